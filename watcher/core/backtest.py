"""What a watch would have alerted on: its rule applied to stored history.

Only the last price of a listing is stored, so each listing counts once, at the instant of that price.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median_high
from typing import NamedTuple

from watcher.core.background import Background
from watcher.core.comps import Basis, Comps, Filters, Selection, Statistics, select, summarize
from watcher.core.confidence import Confidence
from watcher.core.listing import Condition, Listing
from watcher.core.marketplaces import currency_of, languages_of
from watcher.core.money import Money
from watcher.core.own_comps import own_comps
from watcher.core.own_groups import MarketGroups
from watcher.core.plurals import count_of
from watcher.core.price_clusters import describe_price_groups, restate_group
from watcher.core.rules import History, Rule
from watcher.core.thinning import DayPoint, thinned
from watcher.core.times import DAY, Instant, Seconds, in_words
from watcher.core.watch import Watch

MIN_SPAN = 3 * DAY  # seconds of stored history; a shorter one proves nothing
MIN_LISTINGS = 5  # fewer prove nothing
ALWAYS_SHARE = 0.5  # of all listings: a rule that matches them filters too little
_NO_STATISTICS = Statistics(Basis.ASK, "", 0)


class HistoryPoint(NamedTuple):
    """The statistics of one poll."""

    at: Instant
    statistics: Statistics


class PastListing(NamedTuple):
    """A stored listing, when it was first seen, and when its last price was first seen (`at`)."""

    listing: Listing
    first_seen: Instant
    at: Instant


@dataclass(frozen=True, slots=True)
class Backtest:
    """How often a rule would have alerted since the start of the stored history.

    `verdict` is never, always, sometimes, or unknown if too little is stored. `messages`: matches of one
    poll share one. `suggestion`: another rule, empty if this one is fine or there is no better one.
    """

    verdict: str
    since: Instant | None = None
    listings: int = 0
    alerts: int = 0
    messages: int = 0
    suggestion: str = ""
    sentence: str = ""


def backtest(
    watch: Watch,
    past: Sequence[PastListing],
    points: Sequence[HistoryPoint],
    assumed: Money | None,
    now: Instant,
    background: Background = Background(),
) -> Backtest:
    """Apply the watch's rule to stored history.

    `points` are oldest first; `assumed` is the search's usual shipping cost; `background`: what is known of
    the listings besides. Of old days it reads those points alone that housekeeping keeps, whether it has
    deleted the others or not.
    """
    rule = watch.rule
    points = thinned(points, now, _day_point)
    start = min([p.first_seen for p in past] + [p.at for p in points], default=None)
    if rule.about_auctions:
        return Backtest("unknown", start, sentence="No history of auction bids is stored.")
    if start is None or now - start < MIN_SPAN:
        stored = "none" if start is None else f"only {in_words(now - start)}"
        sentence = f"A back-test needs three days of history; {stored} is stored."
        return Backtest("unknown", start, sentence=sentence)
    pool, certain = _select_past(watch, past, background)
    days = _DailyPoints(points)
    groups = watch.groups_of(_comps_of(watch, pool))
    if rule.about_median:
        fired = list(_median_alerts(watch, points, days))
    else:
        fired = list(_item_alerts(watch, certain, points, days, assumed, start, groups))
    alerts, listings, by_item = len(fired), len(pool), not rule.about_median
    found = Backtest("sometimes", start, listings, alerts, messages=len(set(fired)))
    stored = f"In {in_words(now - start)} of stored history"
    if groups.groups:
        stored += f", comparing each listing with its own group ({describe_price_groups(groups.groups)}),"
    if by_item and listings >= MIN_LISTINGS and alerts >= listings * ALWAYS_SHARE:
        verdict = "always"
        result = (
            f"it would have alerted for {alerts} of {count_of(listings, 'listing')}, so it filters too little"
        )
    elif not alerts and (pool if by_item else points):
        verdict, result = "never", "it would never have alerted"
    else:
        about = f" about {alerts} of {count_of(listings, 'listing')}" if by_item else ""
        messages = count_of(found.messages, "message")
        return replace(found, sentence=f"{stored} it would have sent {messages}{about}.")
    totals = groups.leveled_totals([p.listing for p in pool])
    medians = [median for p in points if (median := p.statistics.median)]
    return with_verdict(found, verdict, f"{stored} {result}.", rule.suggest(totals, medians))


def _day_point(point: HistoryPoint) -> DayPoint:
    low, median = point.statistics.low, point.statistics.median
    return DayPoint(point.at, None if low is None else low.minor, None if median is None else median.minor)


def with_verdict(tested: Backtest, verdict: str, sentence: str, suggestion: Rule | None) -> Backtest:
    """Return the back-test with a verdict and, if there is a better rule, a suggestion."""
    hint = f' Try "{suggestion}".' if suggestion else ""
    return replace(tested, verdict=verdict, suggestion=str(suggestion or ""), sentence=f"{sentence}{hint}")


def _select_past(
    watch: Watch, past: Sequence[PastListing], background: Background
) -> tuple[list[PastListing], list[PastListing]]:
    """Select by title, excluded words and the user's answers; seller and country are not stored.

    Return the comparable listings, and those of them that the watch may alert on.
    """
    question = replace(watch.question, condition=Condition.ANY)
    filters = Filters(exclude=watch.filters.exclude)
    currencies = {p.listing.price.currency for p in past if p.listing.price}
    kept: dict[str, Confidence] = {}
    for currency in currencies:
        selection = select(
            question.query,
            question.condition,
            [p.listing for p in past],
            currency=currency,
            languages=languages_of(question.marketplace),
            filters=filters,
            background=background,
        )
        comps = Comps(selection, summarize(selection.kept, currency))
        judged = replace(watch, question=question, filters=filters)
        own = own_comps(judged, comps, background=background).selection
        kept |= {x.item_id: own.confidence_of(x.item_id) for x in own.kept}
    pool = [p for p in past if p.listing.item_id in kept]
    return pool, [p for p in pool if watch.certainty.admits(kept[p.listing.item_id])]


def _median_alerts(watch: Watch, points: Sequence[HistoryPoint], days: _DailyPoints) -> Iterator[Instant]:
    armed = True
    for point in points:
        comps = Comps(Selection((), ()), point.statistics)
        history = days.history(point.at, watch.rule.history_window)
        outcome = watch.rule.evaluate(watch.rule_context(comps, point.at, None, history=history), armed=armed)
        armed = outcome.armed
        if outcome.median_reason:
            yield point.at


def _item_alerts(
    watch: Watch,
    pool: Sequence[PastListing],
    points: Sequence[HistoryPoint],
    days: _DailyPoints,
    assumed: Money | None,
    start: Instant,
    groups: MarketGroups,
) -> Iterator[Instant]:
    """Yield when a rule about listings would have alerted, once per listing."""
    times = [p.at for p in points]
    past_groups = _PastGroups(groups, pool)
    for past in sorted(pool, key=lambda p: p.at):
        place = bisect_right(times, past.at)
        stats = points[place - 1].statistics if place else _NO_STATISTICS
        comps = Comps(Selection((past.listing,), ()), stats)
        new_items = frozenset((past.listing.item_id,)) if past.first_seen > start else frozenset[str]()
        history = days.history(past.at, watch.rule.history_window)
        context = watch.rule_context(
            comps, past.at, assumed, new_items=new_items, history=history, groups=past_groups.at(past.at)
        )
        if watch.rule.evaluate(context).matches:
            yield past.at


def _comps_of(watch: Watch, pool: Sequence[PastListing]) -> Comps:
    """Return the selected listings of the past as comps."""
    listings = tuple(p.listing for p in pool)
    return Comps(Selection(listings, ()), summarize(listings, currency_of(watch.question.marketplace)))


class _PastGroups:
    """The price groups of the whole history, with their number and median at an instant."""

    def __init__(self, groups: MarketGroups, pool: Sequence[PastListing]) -> None:
        self._groups = groups
        self._waiting = sorted(((p.first_seen, p.listing) for p in pool), key=lambda one: -one[0])
        self._totals: list[list[int]] = [[] for _ in groups.groups]

    def at(self, now: Instant) -> MarketGroups:
        """Return the groups as of `now`, which never goes back."""
        if not self._groups.groups:
            return self._groups
        while self._waiting and self._waiting[-1][0] <= now:
            _, listing = self._waiting.pop()
            for group, totals in zip(self._groups.groups, self._totals, strict=True):
                if (total := listing.total) and group.low <= total <= group.high:
                    insort(totals, total.minor)
        pairs = zip(self._groups.groups, self._totals, strict=True)
        return self._groups._replace(groups=tuple(restate_group(group, totals) for group, totals in pairs))


class _DailyPoints:
    """Price points grouped by day, so that the history before any instant is found quickly."""

    def __init__(self, points: Sequence[HistoryPoint]) -> None:
        self._since = points[0].at if points else None
        self._days: dict[int, list[HistoryPoint]] = {}
        for p in points:
            if p.statistics.median is not None:
                self._days.setdefault(int(p.at // DAY), []).append(p)
        self._medians = {
            day: median_high([m for p in of_day if (m := p.statistics.median)])
            for day, of_day in self._days.items()
        }

    def history(self, now: Instant, window: Seconds | None) -> History:
        """Return what the database would have returned at `now` for a rule with this window."""
        if window is None:
            return History()
        today = int(now // DAY)
        before = range(int((now - window) // DAY), today)
        past = [p for day in before for p in self._days.get(day, ())]
        past += [p for p in self._days.get(today, ()) if p.at < now]
        lowest = min([low for p in past if (low := p.statistics.low)], default=None)
        medians = tuple(self._medians[day] for day in before if day in self._medians)
        return History(self._since, lowest, medians)
