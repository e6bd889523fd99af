"""What a watch that is being written would do, in words and figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from watcher.core.comps import Basis, Comps, Dropped, Statistics, describe_counts
from watcher.core.confidence import Doubt
from watcher.core.errors import WatcherError, error_view, retry_after_of
from watcher.core.listing import Listing
from watcher.core.money import Money
from watcher.core.own_groups import MarketGroups, find_market_groups
from watcher.core.plan_limits import LimitReached
from watcher.core.plurals import count_of, plural_of
from watcher.core.rules.deal import Deal
from watcher.core.suggestions import (
    SuggestedExclusion,
    SuggestedItem,
    suggest_exclusions,
    suggest_items,
    suggest_rules,
)
from watcher.core.times import in_words
from watcher.polling.comps_cache import Answer
from watcher.web.endpoints.trying import TriedWatch
from watcher.web.pages.charts import short
from watcher.web.pages.histogram import Histogram, draw_histogram
from watcher.web.pages.views.words import with_local_times

_FIRST = 10  # kept listings that are shown at once; the others are folded up


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its name; `amount` is None if it is unknown, for the reason `why`."""

    name: str
    amount: str | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class KeptRow:
    """A comparable listing; `total` is None if the shipping is unknown. `alerts`: it would alert now.

    `doubt`: why it is only likely to be the item.
    """

    title: str
    url: str
    picture: str
    total: str | None
    price: str | None
    condition: str
    alerts: bool
    doubt: str


@dataclass(frozen=True, slots=True)
class DroppedRow:
    """A listing that is not comparable, and why."""

    title: str
    url: str
    detail: str


@dataclass(frozen=True, slots=True)
class DroppedGroup:
    """Listings dropped for one reason."""

    name: str
    rows: tuple[DroppedRow, ...]


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One of several things that the query finds, with what makes the watch mean it alone."""

    name: str
    count: str
    prices: str
    suggestion: SuggestedItem


@dataclass(frozen=True, slots=True)
class RuleButton:
    """A suggested rule: as it is typed, in words, and what speaks for it."""

    rule: str
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class WatchPreview:
    """What a watch would keep, find and cost. Without a target there is no `outlook` and no `history`.

    `read_as`: the query that an address was read as, if one was typed.
    """

    headline: str
    read_as: str
    outlook: str
    history: str
    cadence: str
    source: str
    allowance: str
    warnings: tuple[str, ...]
    figures: tuple[Figure, ...]
    accuracy: str
    histogram: Histogram | None
    groups: tuple[GroupRow, ...]
    rules: tuple[RuleButton, ...]
    exclusions: tuple[SuggestedExclusion, ...]
    kept: tuple[KeptRow, ...]
    more_kept: tuple[KeptRow, ...]
    dropped: tuple[DroppedGroup, ...]


@dataclass(frozen=True, slots=True)
class PreviewFailure:
    """Why there is no preview, and what to do; `wait` is the seconds until it may succeed, or 0.

    `is_limit`: the caller's plan does not allow it; then the message says what to do.
    """

    title: str
    message: str
    action: str = ""
    wait: int = 0
    is_limit: bool = False


def preview_of(
    tried: TriedWatch, now: float, *, has_target: bool, allowance: str, read_as: str = ""
) -> WatchPreview:
    """Return what the page shows of a tried watch."""
    watch, comps, found = tried.watch, tried.comps, tried.preview
    stats, kept = comps.statistics, comps.selection.kept
    alerting = {match.listing.item_id for match in found.matches} if has_target else set()
    rows = tuple(
        _kept_row(x, comps.selection.doubts.get(x.item_id), alerts=x.item_id in alerting)
        for x in _by_price(kept)
    )
    query = watch.question.query
    tested = found.backtest
    groups = find_market_groups(query, kept, stats.currency)
    return WatchPreview(
        headline=_headline(comps),
        read_as=read_as,
        outlook=_outlook(tried) if has_target else "",
        history=tested.sentence if has_target else "",
        cadence=_cadence(tried),
        source=source_of(tried.answer, now),
        allowance=allowance,
        warnings=tried.warnings,
        figures=tuple(_figures(stats, len(kept))),
        accuracy=tried.accuracy if stats.n else "",
        histogram=draw_histogram([t for x in kept if (t := x.total)], _limit(tried) if has_target else None),
        groups=tuple(_groups(query, groups)),
        rules=tuple(_rules(comps, groups, tested.suggestion if has_target else "")),
        exclusions=suggest_exclusions(query, comps, watch.filters.exclude),
        kept=rows[:_FIRST],
        more_kept=rows[_FIRST:],
        dropped=tuple(_dropped(comps.selection.dropped)),
    )


def failure_of(error: WatcherError) -> PreviewFailure:
    """Return what the page shows in place of a preview."""
    said = error_view(error)["userMessage"]
    assert isinstance(said, dict)
    if isinstance(error, LimitReached):
        return PreviewFailure(said["title"], with_local_times(said["message"]), is_limit=True)
    return PreviewFailure(said["title"], said["message"], said["action"], retry_after_of(error) or 0)


def source_of(answer: Answer, now: float) -> str:
    """Return where an answer comes from, and how old it is."""
    source = answer.api.facts.name
    if answer.source != "cached":
        return f"{source} was asked just now."
    age = f"The answer of {source} is {in_words(now - answer.fetched_at)} old"
    return (
        f"{age}; there is no newer one, because the market cannot be reached." if answer.stale else f"{age}."
    )


def _headline(comps: Comps) -> str:
    kept, dropped = len(comps.selection.kept), len(comps.selection.dropped)
    listings = count_of(kept + dropped, "listing")
    if not kept:
        return f"None of {listings} is the item." if dropped else "Nothing is on offer for these words now."
    likely = sum(x.item_id in comps.selection.doubts for x in comps.selection.kept)
    doubt = f", {likely} of them only likely" if likely else ""
    return f"{kept} of {listings} {plural_of(kept, 'is', 'are')} the item{doubt}."


def _outlook(tried: TriedWatch) -> str:
    """Return what the next poll would do; what a watch has alerted on before does not alert again."""
    watch, found = tried.watch, tried.preview
    if watch.baseline_at is None:  # it is new, or its question or rule is
        return found.outlook
    if watch.rule.about_median or watch.rule.first_poll_note:
        return ""
    n = len(found.matches)
    if not n:
        return found.outlook
    satisfy = plural_of(n, "satisfies", "satisfy")
    again = "An item that it has alerted on alerts again only if it gets cheaper."
    return f"{n} of them {satisfy} the watch now. {again}"


def _cadence(tried: TriedWatch) -> str:
    if tried.watch.paused:
        return "The watch is paused."
    if tried.cadence is None:
        return "It is not polled: eBay leaves no calls for it."
    if tried.promise is None:
        return f"It is polled every {in_words(tried.cadence)}."
    said = tried.promise["said"].removeprefix("Looked at ")
    return f"{said[:1].upper()}{said[1:]}"


def _limit(tried: TriedWatch) -> Money | None:
    """Return the highest total that satisfies the rule now, if the rule is about totals."""
    rule, median = tried.watch.rule, tried.comps.statistics.median
    if isinstance(rule, Deal):
        if tried.watch.groups_of(tried.comps).groups:
            return None  # each group has its own
        return median and median.share(rule.percent / 100)
    return None if rule.about_auctions else rule.price_limit


def _figures(stats: Statistics, kept: int) -> Iterator[Figure]:
    kinds = {
        Basis.SOLD: ("sale", "sales"),
        Basis.SOLD_PRICE: ("sale without shipping", "sales without shipping"),
    }
    count = count_of(stats.n, *kinds.get(stats.basis, ("ask", "asks")))
    why = "no comparable listing has a known total"
    if not kept:
        return
    for name, amount in (
        ("Lowest", stats.low),
        ("A quarter up to", stats.p25),
        (f"Median of {count}", stats.median),
        ("Highest", stats.high),
    ):
        yield Figure(name, short(amount) if amount else None, why)


def _rules(comps: Comps, groups: MarketGroups, by_history: str) -> Iterator[RuleButton]:
    suggested = suggest_rules(comps, groups)
    for s in suggested:
        share = s.rule.removeprefix("deal ") if s.rule.startswith("deal") else ""
        limit = short(s.limit) if s.limit else "of its price group"
        name = f"{share} of the median ({limit})" if share else f"up to {limit}"
        yield RuleButton(s.rule, name, f"{count_of(s.matches, 'offer')} now")
    if by_history and by_history not in {s.rule for s in suggested}:
        yield RuleButton(by_history, by_history, "by its history")


def _groups(query: str, groups: MarketGroups) -> Iterator[GroupRow]:
    for suggested in suggest_items(query, groups.groups):
        group = suggested.group
        prices = f"{short(group.low)} to {short(group.high)}, median {short(group.median)}"
        yield GroupRow(group.name, count_of(group.n, "listing"), prices, suggested)


def _by_price(kept: Sequence[Listing]) -> list[Listing]:
    """Return listings by total, those without one last."""

    def place(x: Listing) -> tuple[bool, int]:
        amount = x.total or x.price or x.bid
        return x.total is None, amount.minor if amount else 0

    return sorted(kept, key=place)


def _kept_row(x: Listing, doubt: Doubt | None, *, alerts: bool) -> KeptRow:
    picture = x.item_id if x.image else ""
    total, price = (str(amount) if amount else None for amount in (x.total, x.price))
    return KeptRow(x.title, x.link, picture, total, price, x.condition, alerts, doubt.why if doubt else "")


def _dropped(dropped: Sequence[Dropped]) -> Iterator[DroppedGroup]:
    by_reason: dict[str, list[DroppedRow]] = {}
    for d in dropped:
        by_reason.setdefault(str(d.reason), []).append(DroppedRow(d.listing.title, d.listing.link, d.detail))
    for reason, rows in sorted(by_reason.items(), key=lambda group: -len(group[1])):
        yield DroppedGroup(describe_counts({reason: len(rows)}), tuple(rows))
