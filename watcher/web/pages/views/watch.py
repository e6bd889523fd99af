"""What the page of one watch shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from watcher.core.alerts import Alert
from watcher.core.backtest import HistoryPoint
from watcher.core.comps import Comps
from watcher.core.lateness_views import lateness_sentences
from watcher.core.listing import Listing
from watcher.core.money import Money, from_wire
from watcher.core.plurals import count_of
from watcher.core.times import DAY, Instant, in_words
from watcher.core.watch import Certainty, Priority, Watch
from watcher.watches.overview import OverviewRow
from watcher.web.pages.charts import Event, HistoryChart, draw_history, short
from watcher.web.pages.views.alerts import AlertCard
from watcher.web.pages.views.watches import StateView, saving_of, state_of

RANGES = {7: "7 days", 30: "30 days", 90: "90 days", 365: "A year"}
SNOOZES = {"1h": "1 hour", "8h": "8 hours", "1d": "1 day", "7d": "1 week", "30d": "30 days"}
_MOST_LISTINGS = 200  # of each kind
_FIRST_LISTINGS = 12  # that are kept; the others are folded up


@dataclass(frozen=True, slots=True)
class ListingView:
    """A listing of the last answer. `total`: None if its shipping is unknown; `picture`: its id, or empty.

    `doubt`: why a kept listing is only likely to be the item.
    """

    id: str
    picture: str
    title: str
    link: str
    total: str | None
    parts: str
    condition: str
    why: str = ""
    doubt: str = ""
    is_rejected: bool = False


@dataclass(frozen=True, slots=True)
class Listings:
    """The listings that the watch keeps or drops; `more` says how many are not shown.

    Those of `folded` are shown on demand, and `folded_count` says how many they are.
    """

    rows: Sequence[ListingView]
    count: str
    more: str
    folded: Sequence[ListingView] = ()
    folded_count: str = ""


@dataclass(frozen=True, slots=True)
class MarketView:
    """The comps of the last answer, as the watch sees them.

    `corrected`: the median corrected for what stays unsold; `accuracy`: how wrong medians were.
    """

    best: str | None
    median: str | None
    saving: str
    middle: str
    interval: str
    basis: str
    corrected: str
    accuracy: str
    kept: Listings
    dropped: Listings


@dataclass(frozen=True, slots=True)
class MedianNotes:
    """What is known of the median: the corrected one, None if unknown, and how wrong medians were."""

    corrected: Money | None = None
    accuracy: str = ""


@dataclass(frozen=True, slots=True)
class PriceHistory:
    """The prices of the last `days`; without a chart, `said` is why there is none."""

    days: int
    chart: HistoryChart | None
    said: str = ""


@dataclass(frozen=True, slots=True)
class WatchPageView:
    """A watch with its state, its market and its history."""

    id: int
    name: str
    target: str
    facts: Sequence[tuple[str, str]]
    state: StateView
    is_paused: bool
    is_over_plan: bool
    held_until: Instant | None
    last_look: Instant | None
    next_look: Instant | None
    warnings: Sequence[str]
    item: str
    market: MarketView | None
    history: PriceHistory
    alerts: Sequence[AlertCard]
    precision: str
    expectations: Sequence[str]


def watch_view_of(
    watch: Watch,
    row: OverviewRow,
    view: Mapping[str, Any],
    comps: Comps | None,
    history: PriceHistory,
    alerts: Sequence[AlertCard],
    notes: MedianNotes = MedianNotes(),
) -> WatchPageView:
    """Return the page of a watch; `view` is its JSON, `row` its row in lists."""
    return WatchPageView(
        id=watch.id,
        name=watch.name,
        target=_target(watch, comps),
        facts=list(_facts(watch, view)),
        state=state_of(row),
        is_paused=watch.paused,
        is_over_plan=watch.paused and watch.over_plan,
        held_until=row.held_until,
        last_look=row.watch.polled_at,
        next_look=None if watch.paused else row.watch.due_at,
        warnings=view["warnings"],
        item=row.figures.item,
        market=_market(comps, notes) if comps else None,
        history=history,
        alerts=alerts,
        precision=_precision(view),
        expectations=list(_expectations(view)),
    )


def _target(watch: Watch, comps: Comps | None) -> str:
    """Return what the rule waits for, by the present comps."""
    if comps and watch.groups_of(comps).groups:
        return f"{watch.rule.describe_target(None)} of its price group"
    return watch.rule.describe_target(comps.statistics.median if comps else None)


def history_of(
    points: Sequence[HistoryPoint], alerts: Sequence[Alert], watch: Watch, days: int, now: Instant
) -> PriceHistory:
    """Draw the prices of a watch with its alerts and target; less than `days` fills the width, too."""
    known = [p for p in points if p.statistics.median is not None]
    if not known:
        return PriceHistory(days, None, "No price is stored for this time yet.")
    if now - known[0].at < DAY:
        median = known[-1].statistics.median
        said = f"The median is {short(median)} today. " if median else ""
        return PriceHistory(days, None, f"{said}The line of prices starts tomorrow.")
    start = Instant(max(now - days * DAY, known[0].at))
    events = [_event(alert) for alert in alerts if alert.made_at >= start]
    return PriceHistory(days, draw_history(known, events, watch.rule.price_limit, start, now))


def _event(alert: Alert) -> Event:
    first = alert.items[0] if alert.items else None
    amount = from_wire(first.total, first.currency) if first else None
    said = f"{short(amount)} {first.title}" if amount and first else alert.market or alert.watch_name
    return Event(Instant(alert.made_at), amount, f"Alert: {said}")


def _facts(watch: Watch, view: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what the watch asks for, without what is at its default."""
    question, filters = watch.question, watch.filters
    cadence = view["cadenceSeconds"]
    facts = {
        "Query": question.query,
        "Rule": str(watch.rule),
        "Condition": "" if str(question.condition) == "any" else str(question.condition),
        "Category": watch.category,
        "Excluded words": ", ".join(filters.exclude),
        "Buying": "" if str(filters.buying) == "any" else str(filters.buying),
        "Seller's feedback": f"{filters.min_feedback} or more" if filters.min_feedback else "",
        "From": filters.from_country,
        "Sellers": ", ".join(watch.sellers),
        "Marketplace": question.marketplace,
        "Unknown shipping": str(watch.unknown_shipping),
        "Alerts on": "only listings that are surely the item" if watch.certainty is Certainty.SURE else "",
        "Looks": "none: the quota allows no polls" if cadence is None else f"every {in_words(cadence)}",
        "Priority": "" if watch.priority is Priority.NORMAL else str(watch.priority),
        "Alerts go to": watch.to,
        "Tag": watch.tag,
    }
    if watch.paused:
        facts["Looks"] = (
            "none: it is paused because your plan allows no more watches; with more room it resumes"
            if watch.over_plan
            else "none while it is paused"
        )
    yield from ((name, value) for name, value in facts.items() if value)


def _expectations(view: Mapping[str, Any]) -> Iterator[str]:
    """Yield what can be expected of its polls, and what came of that."""
    if view["promise"]:
        yield view["promise"]["said"]
    yield from lateness_sentences(view["lateness"])


def _precision(view: Mapping[str, Any]) -> str:
    if not view["told"]:
        return ""
    return f"{view['rejected']} of {count_of(view['told'], 'alerted item')} rejected"


def _market(comps: Comps, notes: MedianNotes) -> MarketView:
    stats, selection = comps.statistics, comps.selection
    kept = sorted(selection.kept, key=_by_total)
    kept_views = [
        _listing(x, doubt=d.why if (d := selection.doubts.get(x.item_id)) else "")
        for x in kept[:_MOST_LISTINGS]
    ]
    dropped = [
        _listing(d.listing, d.detail or str(d.reason), is_rejected=str(d.reason) == "rejected")
        for d in selection.dropped[:_MOST_LISTINGS]
    ]
    return MarketView(
        best=str(stats.low) if stats.low else None,
        median=str(stats.median) if stats.median else None,
        saving=saving_of(stats.low, stats.median),
        middle=f"{short(stats.p25)} to {short(stats.p75)}" if stats.p25 and stats.p75 else "",
        interval=f"{short(stats.interval[0])} to {short(stats.interval[1])}" if stats.interval else "",
        basis=count_of(stats.n, str(stats.basis)),
        corrected=short(notes.corrected) if notes.corrected and stats.n else "",
        accuracy=notes.accuracy if stats.n else "",
        kept=_listings(kept_views, len(kept), _FIRST_LISTINGS),
        dropped=_listings(dropped, len(selection.dropped), len(dropped)),
    )


def _by_total(x: Listing) -> tuple[bool, int]:
    """Return what to sort by: the cheapest first, those without a total last."""
    return (True, x.price.minor if x.price else 0) if x.total is None else (False, x.total.minor)


def _listings(rows: Sequence[ListingView], count: int, first: int) -> Listings:
    more, folded = count - len(rows), rows[first:]
    return Listings(
        rows[:first],
        f"{count:,}",
        f"and {more:,} more" if more else "",
        folded,
        f"{len(folded):,} more" if folded else "",
    )


def _listing(x: Listing, why: str = "", *, doubt: str = "", is_rejected: bool = False) -> ListingView:
    return ListingView(
        x.item_id,
        x.item_id if x.image else "",
        x.title,
        x.link,
        None if x.total is None else str(x.total),
        _parts(x.price, x.shipping),
        x.condition,
        why,
        doubt,
        is_rejected,
    )


def _parts(price: Money | None, shipping: Money | None) -> str:
    """Return how a total is made up."""
    if price is None:
        return "no fixed price"
    if shipping is None:
        return f"{price} plus unknown shipping"
    return f"{price} + {shipping}" if shipping.minor else "free shipping"
