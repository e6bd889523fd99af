"""One look at a market, and what it teaches about arrivals, price cuts and lives."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

from watcher.core.cadence.estimates import RATE_SHAPE, Estimates, Lives, Priors, posterior_rate
from watcher.core.cadence.lives import AGES, STARTS, Life, ended_between, spread_over_bins
from watcher.core.times import DAY, HOUR, Instant, Seconds

# Seconds of creation dates that count at the first look, at most and at least: what is older are survivors.
FIRST_WINDOW, _SHORT_WINDOW = Seconds(8 * DAY), Seconds(2 * DAY)
# Between these bounds the window is the mean time on offer within the longest window, times this factor: how
# many older items have gone unseen can only be guessed from the lives of other searches.
_WINDOW_LIVES = 1.5
# Seconds by which the market may show an item late.
_SLACK = Seconds(HOUR)
# Negative log-likelihood ratio beyond which recent arrivals are a surprise: what was learned no longer holds.
_SURPRISE = 12.0
# Arrivals that a single look needs to be a surprise: two may well come together.
_LEAST_SURPRISE = 8.0


class Items(NamedTuple):
    """Kept items of one kind that the last look showed, by their time of creation.

    `stayed`: still there; `gone`: missing now, which only a look at the whole market shows. Items whose
    creation is unknown are left out.
    """

    stayed: Sequence[Instant] = ()
    gone: Sequence[Instant] = ()


class Look(NamedTuple):
    """What one poll showed of the kept items of a search.

    `arrivals`: creation times of those that no look showed before, None if the source has no dates; then
    `changed` says whether there are new ones. `matches`: how many of them match a watch. `cuts`: items whose
    total fell since the last look. `stock`: how many are on offer. `oldest`: the creation time of the oldest
    row of a full page, if the market is larger; None if the whole market was seen. `is_bargain`: see
    `wants_bargains`.
    """

    at: Instant
    arrivals: Sequence[Instant] | None = ()
    matches: float = 0
    cuts: int = 0
    stock: int = 0
    oldest: Instant | None = None
    bargains: Items = Items()
    others: Items = Items()
    changed: bool = False
    is_bargain: bool = True


def updated(before: Estimates | None, look: Look, priors: Priors) -> Estimates:
    """Return the estimates after a look; `before` is None at the first one."""
    if before is None:
        return _first(look, priors)
    if look.at <= before.at:
        return before
    since, aged = before.at, before.aged(look.at)
    gap = (look.at - since) / DAY
    stayed = len(look.bargains.stayed) + len(look.others.stayed)
    arrived = _arrivals(aged, look, priors, since)
    return Estimates(
        at=aged.at,
        is_bargain=look.is_bargain,
        stock=look.stock,
        cuts=aged.cuts + look.cuts,
        item_days=aged.item_days + gap * stayed,
        bargains=_with_lives(aged, look, look.bargains, priors, since, is_bargain=True),
        others=_with_lives(aged, look, look.others, priors, since, is_bargain=False),
        arrivals=arrived.arrivals,
        matches=arrived.matches,
        recent=arrived.recent,
        recent_days=arrived.recent_days,
        windows=arrived.windows,
    )


def _first(look: Look, priors: Priors) -> Estimates:
    """Return the estimates after a first look; only its last days tell of sudden changes later."""
    start = Estimates(look.at, look.is_bargain)
    if look.arrivals is None:
        return start._replace(stock=look.stock, **_arrivals(start, look, priors, look.at)._asdict())
    known = start._replace(arrivals=float(len(look.arrivals)), matches=float(look.matches))
    days = known.usual_life(priors).alive(FIRST_WINDOW / DAY)
    window = max(_SHORT_WINDOW, min(FIRST_WINDOW, Seconds(_WINDOW_LIVES * days * DAY)))
    found = _arrivals(start, _since(look, look.at - window), priors, Instant(look.at - window))
    last = Instant(look.at - _SHORT_WINDOW)
    recent = _arrivals(start, _since(look, last), priors, last)
    return start._replace(
        stock=look.stock,
        **found._replace(recent=recent.recent, recent_days=recent.recent_days)._asdict(),
    )


def _since(look: Look, start: float) -> Look:
    """Return a first look at what was listed from `start` on, of which the same share matches."""
    arrivals = [at for at in look.arrivals or () if at > start]
    share = len(arrivals) / len(look.arrivals) if look.arrivals else 0.0
    return look._replace(arrivals=arrivals, matches=share * look.matches)


class _Arrivals(NamedTuple):
    """The sums of estimates that arrivals change."""

    arrivals: float
    matches: float
    recent: float
    recent_days: float
    windows: tuple[float, ...]


def _arrivals(known: Estimates, look: Look, priors: Priors, since: Instant) -> _Arrivals:
    """Return the sums with the arrivals since the last look."""
    start = since if look.oldest is None else max(since, look.oldest)
    gap = max(0.0, look.at - start) / DAY
    usual = known.usual_life(priors)
    exposure = usual.alive(gap)
    if look.arrivals is None:
        new = _undated(known.rate(priors) * exposure) if look.changed else 0.0
    else:
        earliest = start - (_SLACK if start == since else 0.0)
        new = float(len([at for at in look.arrivals if at >= earliest]))
    sums = _after_surprise(known, new, exposure, usual, priors)
    windows = list(sums.windows)
    for i, days in spread_over_bins(0.0, gap):
        windows[i] += days
    return _Arrivals(
        sums.arrivals + new,
        sums.matches + min(float(look.matches), new),
        sums.recent + new,
        sums.recent_days + exposure,
        tuple(windows),
    )


def _undated(expected: float) -> float:
    """Return the expected number of arrivals given that there was at least one.

    Its fixed point is the maximum likelihood of changed and unchanged intervals (Cho & Garcia-Molina 2003).
    """
    return expected / -math.expm1(-expected) if expected > 0 else 1.0


def _after_surprise(known: Estimates, new: float, days: float, usual: Life, priors: Priors) -> _Arrivals:
    """Return the sums without what the arrivals of this look, `new` in `days` of exposure, contradict.

    None of the sums are left if this look alone is a surprise, the recent ones if it is one together with
    them.
    """
    same = _Arrivals(known.arrivals, known.matches, known.recent, known.recent_days, known.windows)
    exposure = known.exposure(usual)
    if exposure <= 0:
        return same
    shape = RATE_SHAPE + known.arrivals
    rate = posterior_rate(known.arrivals, exposure, priors.rate)
    if new >= _LEAST_SURPRISE and _is_surprise(new, rate * days, shape):
        kept, part = 0.0, 0.0
    elif _is_surprise(known.recent + new, rate * (known.recent_days + days), shape):
        kept, part = known.recent, min(1.0, known.recent_days / exposure)
    else:
        return same
    share = known.matches / known.arrivals if known.arrivals > 0 else 0.0
    return _Arrivals(
        kept, share * kept, kept, known.recent_days if part else 0.0, tuple([part * x for x in known.windows])
    )


def _is_surprise(seen: float, expected: float, shape: float) -> bool:
    """Return whether a number of arrivals is unlikely: Poisson deviance, allowing for a Gamma's spread."""
    deviance = (seen * math.log(seen / expected) if seen > 0 < expected else 0.0) - (seen - expected)
    return deviance > _SURPRISE * (1 + expected / shape)


def _with_lives(
    known: Estimates, look: Look, items: Items, priors: Priors, since: Instant, *, is_bargain: bool
) -> Lives:
    """Return the sums with what happened to the items of one kind since the last look.

    Exposure starts at the first look that showed an item, never at its creation (left truncation).
    """
    seen = known.bargains if is_bargain else known.others
    if not items.stayed and not items.gone:
        return seen
    ends, exposures = list(seen.ends), list(seen.exposures)
    gap = (look.at - since) / DAY
    if items.stayed:
        _expose(exposures, [(since - at) / DAY for at in items.stayed], gap)
    if items.gone:
        life = known.life(priors, is_bargain=is_bargain)
        for at in items.gone:
            age = max(0.0, (since - at) / DAY)
            for i, share, days in ended_between(life.curve, life.frailty, age, age + gap):
                ends[i] += share
                exposures[i] += days
    return Lives(tuple(ends), tuple(exposures))


def _expose(exposures: list[float], ages: list[float], gap: float) -> None:
    """Add the days that items of these ages lived until `gap` days later to their age bins.

    Items whose age bin may end meanwhile are few and take their own way; the others are counted together.
    """
    ages.sort()
    first = 0
    for i, (start, end) in enumerate(zip(STARTS, (*AGES, math.inf), strict=True)):
        inside = bisect_left(ages, end - gap, first) if end - gap > start else first
        exposures[i] += gap * (inside - first)
        after = bisect_left(ages, end, inside)
        for age in ages[inside:after]:
            for j, days in spread_over_bins(max(0.0, age), age + gap):
                exposures[j] += days
        first = after
        if first == len(ages):
            return
