"""What a watch would have told, had it been there: its rule over the prices that are stored.

Of a listing only its last price is stored, so each counts once, at the instant of that price.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from statistics import median_high
from typing import NamedTuple

from watcher.core.comps import Basis, Comps, Filters, Selection, Statistics, percentile, select
from watcher.core.listing import Condition, Listing
from watcher.core.money import Money
from watcher.core.rules import (
    Below,
    Deal,
    Ending,
    History,
    MedianBelow,
    Rule,
    RuleContext,
    evaluate_rule,
    needs_history,
    speaks_of_items,
)
from watcher.core.times import DAY, Instant, Seconds, in_words
from watcher.core.watch import Question, Watch

# A history that is shorter proves nothing.
_LEAST = 3 * DAY
# So many of ten listings: the rule is no filter.
MOST_OF_TEN = 5
FEW_DAYS = 5
_NO_COMPS = Selection((), ())


class Point(NamedTuple):
    """The figures of one poll; amounts are None where nothing had a total."""

    at: Instant
    n: int
    low: Money | None
    p25: Money | None
    median: Money | None
    p75: Money | None
    high: Money | None


class Past(NamedTuple):
    """A listing as it was seen last: `at` its last price, `first_seen` whenever it came."""

    listing: Listing
    first_seen: Instant
    at: Instant


@dataclass(frozen=True, slots=True)
class Backtest:
    """How often a rule would have told of how many listings since when, and what that says of it.

    `verdict` is never, always, sometimes, or unknown where too little is stored. `messages`: listings of one
    poll share one. `suggestion`: another rule, empty where this one is fine or nobody knows a better one.
    """

    verdict: str
    since: Instant | None = None
    listings: int = 0
    alerts: int = 0
    messages: int = 0
    suggestion: str = ""
    sentence: str = ""


def backtest(
    watch: Watch, past: Sequence[Past], points: Sequence[Point], assumed: Money | None, now: Instant
) -> Backtest:
    """Run the watch's rule over stored history, `points` oldest first; `assumed`: shipping where unknown."""
    start = min([p.first_seen for p in past] + [p.at for p in points], default=None)
    if isinstance(watch.rule, Ending):
        return Backtest("unknown", start, sentence="Of auctions no history of bids is kept.")
    if start is None or now - start < _LEAST:
        kept = "none is" if start is None else f"only {in_words(now - start)} are"
        return Backtest("unknown", start, sentence=f"How often it would alert needs history; {kept} stored.")
    pool = _kept(watch.question, watch.filters, past)
    fired = list(_firings(watch, pool, points, assumed, start))
    return _told(watch, pool, points, fired, start, now)


def _kept(question: Question, filters: Filters, past: Sequence[Past]) -> list[Past]:
    """What title and excluded words keep; of seller and country nothing is stored."""
    currencies = {p.listing.price.currency for p in past if p.listing.price}
    kept: set[str] = set()
    for currency in currencies:
        found = select(
            question.query,
            Condition.ANY,
            [p.listing for p in past],
            currency=currency,
            filters=Filters(exclude=filters.exclude),
        )
        kept |= {x.item_id for x in found.kept}
    return [p for p in past if p.listing.item_id in kept]


def _firings(
    watch: Watch, pool: Sequence[Past], points: Sequence[Point], assumed: Money | None, start: Instant
) -> Iterator[Instant]:
    """The instants at which something would have been told, once for each listing."""
    days, window = _Days(points), needs_history(watch.rule)
    if not speaks_of_items(watch.rule):
        armed = True
        for point in points:
            history = days.history(point.at, window) if window else History()
            judged = evaluate_rule(
                watch.rule, RuleContext(_comps(point), point.at, history=history), armed=armed
            )
            armed = judged.armed
            if judged.market:
                yield point.at
        return
    skip = watch.unknown_shipping.policy == "skip"
    shipping = watch.unknown_shipping.amount or assumed
    times = [p.at for p in points]
    for one in pool:
        place = bisect_right(times, one.at)
        stats = _comps(points[place - 1]).statistics if place else _NONE
        history = days.history(one.at, window) if window else History()
        new = frozenset((one.listing.item_id,)) if one.first_seen > start else frozenset[str]()
        comps = Comps(_NO_COMPS._replace(kept=(one.listing,)), stats)
        market = RuleContext(comps, one.at, shipping, new_items=new, history=history)
        if evaluate_rule(watch.rule, market, armed=True, skip_unknown=skip).hits:
            yield one.at


_NONE = Statistics(Basis.ASK, "", 0)


def _comps(point: Point) -> Comps:
    currency = point.median.currency if point.median else ""
    stats = Statistics(
        Basis.ASK, currency, point.n, point.low, point.p25, point.median, point.p75, point.high
    )
    return Comps(_NO_COMPS, stats)


class _Days:
    """Price points by day, so that the history before any instant is told quickly."""

    def __init__(self, points: Sequence[Point]) -> None:
        self._since = points[0].at if points else None
        self._days: dict[int, list[Point]] = {}
        for p in points:
            if p.median is not None:
                self._days.setdefault(int(p.at // DAY), []).append(p)
        self._medians = {
            day: median_high([p.median for p in of_day if p.median]) for day, of_day in self._days.items()
        }

    def history(self, now: Instant, window: Seconds) -> History:
        """What the store would tell a rule that looks back so far."""
        today = int(now // DAY)
        before = range(int((now - window) // DAY), today)
        past = [p for day in before for p in self._days.get(day, ())]
        past += [p for p in self._days.get(today, ()) if p.at < now]
        lowest = min([p.low for p in past if p.low], default=None)
        medians = tuple(self._medians[day] for day in before if day in self._medians)
        return History(self._since, lowest, medians)


def _told(
    watch: Watch,
    pool: Sequence[Past],
    points: Sequence[Point],
    fired: Sequence[Instant],
    start: Instant,
    now: Instant,
) -> Backtest:
    alerts, messages = len(fired), len(set(fired))
    span = in_words(now - start)
    found = Backtest("sometimes", start, len(pool), alerts, messages)
    of_items = speaks_of_items(watch.rule)
    if of_items and len(pool) >= FEW_DAYS and alerts * 10 >= len(pool) * MOST_OF_TEN:
        verdict, said = "always", f"it would have told of {alerts} of {len(pool)} listings: it is no filter"
    elif not alerts and (pool if of_items else points):
        verdict, said = "never", "it would never have alerted"
    else:
        times = f"{messages} message{'s' * (messages != 1)}"
        about = f" about {alerts} of {len(pool)} listings" if of_items else ""
        return replace(found, sentence=f"In {span} of stored history it would have sent {times}{about}.")
    other = better(watch.rule, pool, points)
    hint = f' Try "{other}".' if other else ""
    sentence = f"In {span} of stored history {said}.{hint}"
    return replace(found, verdict=verdict, suggestion=other, sentence=sentence)


def better(rule: Rule, pool: Sequence[Past], points: Sequence[Point]) -> str:
    """The same kind of rule, for the cheapest tenth of what was seen."""
    totals = sorted(t.minor for p in pool if (t := p.listing.total))
    medians = [p.median for p in points if p.median]
    if isinstance(rule, MedianBelow) and medians:
        ordered = sorted(m.minor for m in medians)
        return str(MedianBelow(Money(percentile(ordered, 1, 10), medians[0].currency)))
    if not totals or not isinstance(rule, Below | Deal):
        return ""
    currency = next(t.currency for p in pool if (t := p.listing.total))
    tenth = Money(percentile(totals, 1, 10), currency)
    if isinstance(rule, Below):
        return str(Below(tenth)) if rule.limit.currency == currency else ""
    usual = percentile(totals, 1, 2)
    share = min(99, max(1, round(tenth.minor * 100 / usual))) if usual else 0
    return str(Deal(Decimal(share))) if share else ""
