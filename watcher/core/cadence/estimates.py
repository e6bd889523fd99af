"""What the polls of a search taught: arrivals, matches, price cuts and lives, as sums that are forgotten.

Only sums are kept; priors and curves belong to the category and are applied when the sums are read. So better
curves correct what was learned under worse ones.
"""

from __future__ import annotations

import base64
import binascii
import json
import math
import struct
from collections.abc import Sequence
from operator import mul
from typing import NamedTuple, Self

from watcher.core.cadence.lives import (
    BARGAIN_LIFE,
    BINS,
    OTHER_LIFE,
    Life,
    LifeCurve,
    exponential,
)
from watcher.core.times import DAY, Instant

# Time constant of forgetting, in days; half is forgotten after 19.
FORGETTING_DAYS = 28.0
# The same for what is compared with it, to notice sudden changes.
NOTICE_DAYS = 1.5
# The prior of arrival rates: three Gamma distributions with this shape and these parts of the category's mean
# are as wide as a lognormal one with a standard deviation of 1.5 (a factor of 4.5 either way).
RATE_SHAPE = 1.5
_RATE_PARTS = (0.137, 0.562, 2.301)
# Weight of the category's lives in those of a search, in ends.
FRAILTY_WEIGHT = 1.7
# Weight of the expected share of matches in the observed one, in arrivals.
SHARE_WEIGHT = 2.0

# Means of the fifths of a normal distribution, the least cube root of a part of the frailty, and the shape of
# one that is known.
_QUINTILES = (-1.4, -0.53, 0.0, 0.53, 1.4)
_LEAST_PART, _KNOWN = 0.3, 1e6
_LEAST_DAYS = 1e-6
_SUMS = 8  # single numbers in the packed form, before the age bins
_MOST = 1e12
_PACKED = struct.Struct(f"<{_SUMS + 5 * BINS}f")


class Lives(NamedTuple):
    """Ends of items, and days that items were seen alive, by age bin."""

    ends: tuple[float, ...] = (0.0,) * BINS
    exposures: tuple[float, ...] = (0.0,) * BINS


_NO_LIVES = Lives()


class Priors(NamedTuple):
    """What is expected of a search of a category before anything is known about it.

    `rate`: new kept items per day. `cuts`: price cuts per item and day.
    """

    rate: float = 1.0
    cuts: float = 0.01
    bargains: LifeCurve = exponential(BARGAIN_LIFE)
    others: LifeCurve = exponential(OTHER_LIFE)


class Aim(NamedTuple):
    """What one watch wants of its search: its weight, the share of totals that match, and of which kind.

    `share`: see `share_of_matches`. `is_bargain`: whether its target is below 80 % of the median.
    """

    weight: float = 1.0
    share: float = 1.0
    is_bargain: bool = True


class Estimates(NamedTuple):
    """The sums of a search at its last look.

    `arrivals`: new kept items; `matches`: how many of them matched. `windows`: days in which an arrival would
    have been at most that old, by age bin. `cuts` in `item_days`; `stock`: kept items on offer.
    `recent`: arrivals that are forgotten sooner, of `recent_days` of exposure.
    `is_bargain`: whether what its watches want are bargains, or as good as all items.
    """

    at: Instant
    is_bargain: bool = True
    arrivals: float = 0.0
    matches: float = 0.0
    cuts: float = 0.0
    item_days: float = 0.0
    stock: float = 0.0
    recent: float = 0.0
    recent_days: float = 0.0
    windows: tuple[float, ...] = (0.0,) * BINS
    bargains: Lives = _NO_LIVES
    others: Lives = _NO_LIVES

    def life(self, priors: Priors, *, is_bargain: bool | None = None) -> Life:
        """Return the lives of items as they are expected now: of one kind, or of what the watches want."""
        if self.is_bargain if is_bargain is None else is_bargain:
            curve, seen = priors.bargains, self.bargains
        else:
            curve, seen = priors.others, self.others
        expected = sum(map(mul, curve.hazards, seen.exposures))
        return Life(curve, FRAILTY_WEIGHT + sum(seen.ends), FRAILTY_WEIGHT + expected)

    def usual_life(self, priors: Priors) -> Life:
        """Return the lives of the kind of items that most days were seen of."""
        return self.life(priors, is_bargain=self._usual_kind)

    @property
    def _usual_kind(self) -> bool:
        """Whether most days were seen of bargains; before any were, whether most arrivals may be some."""
        of_bargains, of_others = sum(self.bargains.exposures), sum(self.others.exposures)
        if of_bargains == of_others:
            return self.is_bargain and 2 * self.matches >= self.arrivals
        return of_bargains > of_others

    def exposure(self, life: Life) -> float:
        """Return the days of arrivals that looks showed: what came and went between them is left out."""
        return life.weighed(self.windows)

    def rate(self, priors: Priors) -> float:
        """Return the expected new kept items per day (posterior mean of a Gamma rate)."""
        return posterior_rate(self.arrivals, self.exposure(self.usual_life(priors)), priors.rate)

    def match_rate(self, priors: Priors, share: float) -> float:
        """Return the expected matches per day; `share`: that of totals which match.

        New items match as often as the share says, corrected by how many did, and by how much sooner they
        leave unseen. Cuts match by the share.
        """
        seen = (self.matches + SHARE_WEIGHT * share) / (self.arrivals + SHARE_WEIGHT)
        usual, wanted = self.usual_life(priors), self.life(priors)
        exposure = self.exposure(usual)
        new = posterior_rate(self.arrivals, exposure, priors.rate) * seen
        if usual != wanted:
            base = RATE_SHAPE / priors.rate
            new *= (base + exposure) / (base + self.exposure(wanted))
        return float(new + self.stock * self.cut_rate(priors) * share)

    def share_alive(self, priors: Priors, days: float) -> float:
        """Return the share of what the watches want that is seen alive by polls at this interval."""
        found = [
            (weight * rate, life.caught(days))
            for weight, rate, life in self._possible(priors, is_bargain=self.is_bargain)
        ]
        return sum(n * caught for n, caught in found) / sum(n for n, _ in found)

    def expected_frailty(self, priors: Priors, *, is_bargain: bool) -> float:
        """Return the expected frailty of items of one kind, by their arrivals if most items are of it."""
        if is_bargain != self._usual_kind:
            return self.life(priors, is_bargain=is_bargain).frailty
        found = [(weight, life.frailty) for weight, _, life in self._possible(priors, is_bargain=is_bargain)]
        return sum(n * frailty for n, frailty in found) / sum(n for n, _ in found)

    def _possible(self, priors: Priors, *, is_bargain: bool) -> list[tuple[float, float, Life]]:
        """Return what the lives of one kind may be: a weight, the rate of arrivals, and the life.

        Rate and life are considered together: a market that shows nothing may be quiet, or its items may
        leave at once, and then there are many of those. Arrivals say nothing about the lives of a kind that
        few of them are of. The frailty takes its five quintile means (Wilson & Hilferty 1931).
        """
        life = self.life(priors, is_bargain=is_bargain)
        is_usual = is_bargain == self._usual_kind
        found = []
        parts = [
            max(_LEAST_PART, 1 - 1 / (9 * life.shape) + z / (3 * math.sqrt(life.shape))) ** 3
            for z in _QUINTILES
        ]
        for part in parts:
            one = Life(life.curve, _KNOWN, _KNOWN * sum(parts) / (life.frailty * part * len(parts)))
            rate, log = _posterior(self.arrivals, self.exposure(one), priors.rate) if is_usual else (1.0, 0.0)
            found.append((log, rate, one))
        most = max(log for log, _, _ in found)
        return [(math.exp(log - most), rate, one) for log, rate, one in found]

    def cut_rate(self, priors: Priors) -> float:
        """Return the expected price cuts per item and day."""
        return (1.0 + self.cuts) / (1.0 / priors.cuts + self.item_days)

    def aged(self, now: Instant) -> Self:
        """Return the sums after forgetting until `now`."""
        gap = max(0.0, now - self.at) / DAY
        kept, briefly = math.exp(-gap / FORGETTING_DAYS), math.exp(-gap / NOTICE_DAYS)

        def fade(sums: tuple[float, ...]) -> tuple[float, ...]:
            return tuple([kept * x for x in sums]) if any(sums) else sums

        return type(self)(
            at=now,
            is_bargain=self.is_bargain,
            stock=self.stock,
            arrivals=kept * self.arrivals,
            matches=kept * self.matches,
            cuts=kept * self.cuts,
            item_days=kept * self.item_days,
            recent=briefly * self.recent,
            recent_days=briefly * self.recent_days,
            windows=fade(self.windows),
            bargains=self.bargains if self.bargains is _NO_LIVES else Lives(*map(fade, self.bargains)),
            others=self.others if self.others is _NO_LIVES else Lives(*map(fade, self.others)),
        )

    def write(self) -> str:
        """Return the stored form: JSON with packed single-precision numbers, about 350 bytes."""
        packed = _PACKED.pack(
            self.is_bargain,
            self.arrivals,
            self.matches,
            self.cuts,
            self.item_days,
            self.stock,
            self.recent,
            self.recent_days,
            *self.windows,
            *self.bargains.ends,
            *self.bargains.exposures,
            *self.others.ends,
            *self.others.exposures,
        )
        return f'{{"at":{self.at:.3f},"sums":"{base64.b64encode(packed).decode()}"}}'

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Return what `write` wrote; None if it is empty or damaged, because it can be learned again."""
        if not text:
            return None
        try:
            stored = json.loads(text)
            numbers = _PACKED.unpack(base64.b64decode(stored["sums"], validate=True))
            at = Instant(float(stored["at"]))
        except (ValueError, TypeError, KeyError, struct.error, binascii.Error):
            return None
        if not all(0.0 <= x < _MOST for x in numbers) or not math.isfinite(at):
            return None
        bins = [numbers[i : i + BINS] for i in range(_SUMS, len(numbers), BINS)]
        return cls(at, bool(numbers[0]), *numbers[1:_SUMS])._replace(
            windows=bins[0], bargains=Lives(*bins[1:3]), others=Lives(*bins[3:])
        )


def posterior_rate(arrivals: float, days: float, mean: float) -> float:
    """Return the expected rate after this many arrivals in some days of exposure."""
    return _posterior(arrivals, days, mean)[0]


def _posterior(arrivals: float, days: float, mean: float) -> tuple[float, float]:
    """Return the expected rate, and the logarithm of the likelihood of the arrivals but for a constant.

    The posterior mean of the mixture: each part has that of a Gamma prior, weighted by how well it foresaw
    the arrivals (negative binomial likelihood).
    """
    shape = RATE_SHAPE + arrivals
    bases = [RATE_SHAPE / (part * mean) for part in _RATE_PARTS]
    logs = [RATE_SHAPE * math.log(base) - shape * math.log(base + days) for base in bases]
    most = max(logs)
    weights = [math.exp(log - most) for log in logs]
    whole = sum(weights)
    rate = shape * sum([w / (base + days) for w, base in zip(weights, bases, strict=True)]) / whole
    return rate, most + math.log(whole) + arrivals * math.log(max(days, _LEAST_DAYS))


def share_of_matches(matching: int, known: int) -> float:
    """Return the expected share of totals that match, of which `matching` of `known` do: Beta(1/2, 1/2)."""
    return (matching + 0.5) / (known + 1.0)


def wants_bargains(aims: Sequence[Aim]) -> bool:
    """Return whether most of what these watches want are bargains."""
    return sum(aim.weight * aim.share * (1 if aim.is_bargain else -1) for aim in aims) >= 0


def value_of(estimates: Estimates | None, priors: Priors, aims: Sequence[Aim]) -> float:
    """Return the alerts expected per day, weighted: the value of seeing all of the search's items.

    `matches` count what the widest target admits, and narrower ones admit their part of it.
    """
    share = max((aim.share for aim in aims), default=0.0)
    if share <= 0:
        return 0.0
    wanted = sum(aim.weight * aim.share for aim in aims) / share
    return wanted * (priors.rate * share if estimates is None else estimates.match_rate(priors, share))
