"""What the list of watches shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlencode

from watcher.core.error_codes import title_of
from watcher.core.marketplaces import currency_of
from watcher.core.money import Money
from watcher.core.plurals import count_of
from watcher.core.rules import parse_rule
from watcher.core.times import Instant
from watcher.db.watch_lists import WatchOrder, WatchSelection, WatchState
from watcher.watches.overview import OverviewPage, OverviewRow, is_damaged
from watcher.web.pages.charts import Sparkline, draw_sparkline

PAGE_SIZES = (50, 200, 1_000)
_ORDER_NAMES: Mapping[WatchOrder, str] = {
    WatchOrder.NEWEST: "Newest",
    WatchOrder.NAME: "Name",
    WatchOrder.ALERTED: "Last alert",
    WatchOrder.NEXT: "Next look",
    WatchOrder.BEST: "Best total",
    WatchOrder.MEDIAN: "Median",
    WatchOrder.DEAL: "Best deal",
}
_STATE_NAMES: Mapping[str, str] = {
    "": "All states",
    WatchState.ACTIVE: "Active",
    WatchState.PAUSED: "Paused",
    WatchState.FAILING: "Failing",
    WatchState.ALERTED: "With alerts",
}


@dataclass(frozen=True, slots=True)
class FirstRun:
    """What an empty installation has already. `keys`: whether eBay accepts them, empty if that is unknown."""

    keys: str
    has_slack: bool


@dataclass(frozen=True, slots=True)
class StateView:
    """A state in words, the kind of it, and the name of its icon."""

    text: str
    kind: str
    icon: str
    at: Instant | None = None
    alert: str = ""


@dataclass(frozen=True, slots=True)
class WatchRowView:
    """A watch in the list. Amounts are None if unknown, and `why_unknown` says why.

    `picture` is what shows the picture of the best listing below `/img/`, empty if there is none.
    """

    id: int
    name: str
    target: str
    tag: str
    picture: str
    best: str | None
    saving: str
    median: str | None
    basis: str
    why_unknown: str
    spark: Sparkline
    spark_said: str
    last_look: Instant | None
    next_look: Instant | None
    state: StateView


@dataclass(frozen=True, slots=True)
class ListView:
    """The list: what is selected, and the addresses of its neighbours (empty if there are none).

    `rows`: how many a page has, empty for the default.
    """

    total: str
    page: int
    pages: int
    previous: str
    next: str
    words: str
    tag: str
    state: str
    order: str
    rows: str
    is_filtered: bool
    query: str
    tags: Sequence[tuple[str, str]]
    orders: Sequence[tuple[str, str]]
    states: Sequence[tuple[str, str]]


def row_view(row: OverviewRow) -> WatchRowView:
    """Return what the list shows of a watch."""
    watch, figures = row.watch, row.figures
    medians = [m for m in figures.days if m is not None]
    spark = draw_sparkline(figures.days if len(medians) > 1 else ())
    return WatchRowView(
        id=watch.id,
        name=watch.label or watch.query,
        target=target_of(watch.rule, watch.marketplace),
        tag=watch.tag,
        picture=f"w{watch.id}" if figures.item else "",
        best=str(figures.best) if figures.best else None,
        saving=saving_of(figures.best, figures.median),
        median=str(figures.median) if figures.median else None,
        basis=count_of(figures.n, str(figures.basis)),
        why_unknown="no listing with a known total" if watch.polled_at else "not looked at yet",
        spark=spark,
        spark_said=_trend(medians),
        last_look=watch.polled_at,
        next_look=None if watch.paused else watch.due_at,
        state=state_of(row),
    )


def saving_of(best: Money | None, median: Money | None) -> str:
    """Return how far the best total is under the median, in words; empty if it is not."""
    if not best or not median or median <= best:
        return ""
    percent = round(100 - 100 * best.minor / median.minor)
    return f"{percent} % under" if percent else ""


def state_of(row: OverviewRow) -> StateView:
    """Return the state of a watch: what hinders it, else its last alert."""
    watch = row.watch
    if is_damaged(watch):
        return StateView("Cannot be read, so it is not polled", "bad", "cross")
    if watch.paused and watch.over_plan:
        return StateView("Paused: your plan allows no more", "warn", "pause")
    if watch.paused:
        return StateView("Paused", "", "pause")
    if watch.error:
        return StateView(title_of(watch.error), "bad", "cross")
    if watch.suspicion:
        return StateView("Answer doubted", "warn", "warning")
    if row.held_until is not None:
        return StateView("Snoozed, ends", "", "snooze", row.held_until)
    if watch.alert:
        text, kind, icon = {
            "sent": ("Alerted", "good", "bell"),
            "pending": ("Alert waiting", "warn", "clock"),
            "gone": ("Found, gone before its alert", "", "dash"),
        }.get(watch.delivery, ("Alert not delivered", "bad", "cross"))
        return StateView(text, kind, icon, watch.alerted_at, watch.alert)
    if watch.polled_at is None:
        return StateView("First look to come", "", "clock")
    return StateView("No alert yet", "", "dash")


@lru_cache(maxsize=4096)
def target_of(rule: str, marketplace: str) -> str:
    """Return a rule in words; one that cannot be read as it is stored."""
    try:
        return parse_rule(rule, currency_of(marketplace)).describe_target(None)
    except ValueError:
        return rule


def _trend(medians: Sequence[int]) -> str:
    """Return how the median of the last days differs from the first one's, in words."""
    if len(medians) < 2:  # noqa: PLR2004 - a trend has two ends
        return "no trend yet"
    change = round(100 * (medians[-1] - medians[0]) / medians[0]) if medians[0] else 0
    return f"{'up' if change > 0 else 'down'} {abs(change)} %" if change else "steady"


def page_count(total: int, size: int) -> int:
    """Return the number of pages of a list; an empty list has one."""
    return max(1, -(-total // size))


def list_view(
    found: OverviewPage,
    wanted: WatchSelection,
    order: WatchOrder,
    number: int,
    size: int,
    tags: Sequence[tuple[str, int]],
) -> ListView:
    """Return the list around its rows."""
    pages = page_count(found.total, size)
    chosen = {
        "q": wanted.words,
        "tag": wanted.tag,
        "state": wanted.state or "",
        "sort": "" if order is WatchOrder.NEWEST else str(order),
        "rows": "" if size == PAGE_SIZES[0] else str(size),
    }
    return ListView(
        total=count_of(found.total, "watch"),
        page=number,
        pages=pages,
        previous=_address(chosen, number - 1) if number > 1 else "",
        next=_address(chosen, number + 1) if number < pages else "",
        words=wanted.words,
        tag=wanted.tag,
        state=wanted.state or "",
        order=str(order),
        rows=chosen["rows"],
        is_filtered=bool(wanted.words or wanted.tag or wanted.state),
        query=_address(chosen, number),
        tags=[("", "All tags"), *((tag, f"{tag} ({n})") for tag, n in tags)],
        orders=[(str(o), said) for o, said in _ORDER_NAMES.items()],
        states=[(str(s), said) for s, said in _STATE_NAMES.items()],
    )


def _address(chosen: Mapping[str, str], number: int) -> str:
    """Return the query of a page of the list; only what differs from the default is in it."""
    fields = {name: value for name, value in chosen.items() if value}
    if number > 1:
        fields["page"] = str(number)
    return f"?{urlencode(fields)}" if fields else ""
