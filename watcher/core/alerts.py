"""The content of notifications: a price alert with its reason and comps, an incident with its numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import NamedTuple

from watcher.core.comps import Comps, Selection, Statistics
from watcher.core.confidence import Confidence
from watcher.core.item_number import digest
from watcher.core.money import amount_or_none
from watcher.core.plain_text import clean_text
from watcher.core.plurals import count_of
from watcher.core.rules import Match, Rule
from watcher.core.search_page import search_page
from watcher.core.specifics import Specifics
from watcher.core.times import Instant
from watcher.core.watch import Watch

MAX_ITEMS = 5  # per alert; the others are only counted
# Characters of the names of several watches together, and of each of them at least.
_MAX_NAMES, _MIN_NAME = 90, 12


class Item(NamedTuple):
    """A match as a message shows it, amounts as decimal strings in `currency`.

    `confidence`: that it is the item, and `doubt` why it is not sure. `specifics`: the item specifics without
    which the verdict on it would be another, in words. `reading`: what the AI reader said, or why it did not.
    `listed_at`: by the market, None if it does not say. `onset` and `since`: a `lateness.Start`.
    """

    item_id: str
    title: str
    url: str
    image: str
    condition: str
    currency: str
    price: str
    shipping: str | None
    assumed: str | None
    total: str
    why: str
    # The price group that it was compared with, with the number and the median of its comps; empty if the
    # comps are one thing, or the rule compares with none.
    group: str = ""
    n: int = 0
    median: str | None = None
    confidence: str = Confidence.SURE
    doubt: str = ""
    specifics: str = ""
    reading: str = ""
    listed_at: Instant | None = None
    onset: str = ""
    since: Instant | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """A price alert as it is stored and sent: why, about what, against which comps.

    `items` are the best five, `more` counts the others. `market` is the sentence of a rule about the
    median; `caution` says why that median may mislead. `low`, `median`, `high` and `interval` are decimal
    strings; `basis` is ask or sold. `also`: the ids of the duplicate watches whose alerts share its message.
    `accuracy`: how wrong medians of the category were, in a sentence, or empty. `promised`: the share of what
    its search is polled for that was to be still there when seen. The field names are stored.
    """

    id: str
    watch_id: int
    watch_name: str
    user: str
    to: str
    rule: str
    target: str
    made_at: float
    fetched_at: float
    source: str
    query: str
    condition: str
    category: str
    marketplace: str
    basis: str
    currency: str
    n: int
    low: str | None
    median: str | None
    high: str | None
    interval: tuple[str, str] | None
    dropped: dict[str, int]
    items: tuple[Item, ...] = ()
    more: int = 0
    market: str = ""
    caution: str = ""
    also: tuple[int, ...] = ()
    accuracy: str = ""
    promised: float | None = None

    @property
    def search_url(self) -> str:
        """The page on which a person sees what the search finds now."""
        return search_page(self.marketplace, self.query, self.category)


@dataclass(frozen=True, slots=True)
class OpsNotice:
    """A notification about an incident; `phase` is firing, reminder or resolved. Its field names are stored.

    `ended_at`: when the incident ended. A firing notice has one if no notice could be sent before the end.
    """

    incident_id: str
    phase: str
    api: str
    symptom: str
    since: float
    at: float
    headline: str
    facts: tuple[tuple[str, str], ...] = ()
    advice: str = ""
    ended_at: float | None = None


def make_alert(
    watch: Watch,
    matches: Sequence[Match],
    median_reason: str,
    comps: Comps,
    *,
    now: Instant,
    fetched_at: Instant,
    source: str,
    caution: str = "",
) -> Alert:
    """Return the alert of one watch at one poll; `matches` are cheapest first."""
    stats = comps.statistics
    reasons = Counter(d.reason for d in comps.selection.dropped)
    # Equal whenever the same alert is made again.
    identity = "|".join(
        (str(watch.id), str(watch.revision), repr(now), *(m.listing.item_id for m in matches))
    )
    return Alert(
        id=digest(identity)[:10],
        watch_id=watch.id,
        watch_name=watch.name,
        user=watch.user,
        to=watch.to,
        rule=str(watch.rule),
        target=_target(watch.rule, matches, stats),
        made_at=now,
        fetched_at=fetched_at,
        source=source,
        query=watch.question.query,
        condition=watch.question.condition,
        category=watch.category,
        marketplace=watch.question.marketplace,
        basis=stats.basis,
        currency=stats.currency,
        n=stats.n,
        low=amount_or_none(stats.low),
        median=amount_or_none(stats.median),
        high=amount_or_none(stats.high),
        interval=(stats.interval[0].amount, stats.interval[1].amount) if stats.interval else None,
        dropped={str(reason): n for reason, n in reasons.most_common()},
        items=tuple(item_of(m, comps.selection) for m in matches[:MAX_ITEMS]),
        more=max(0, len(matches) - MAX_ITEMS),
        market=median_reason,
        caution=caution,
    )


def with_specifics(alert: Alert, decided: Mapping[str, Specifics]) -> Alert:
    """Return the alert with the item specifics that decided, which are given by item id."""
    if not decided:
        return alert
    items = (
        item._replace(specifics=found.in_words()) if (found := decided.get(item.item_id)) else item
        for item in alert.items
    )
    return replace(alert, items=tuple(items))


def with_readings(alert: Alert, words: Mapping[str, str]) -> Alert:
    """Return the alert with what the AI reader said of its items, in words by item id."""
    if not words:
        return alert
    return replace(alert, items=tuple(i._replace(reading=words.get(i.item_id, "")) for i in alert.items))


def _target(rule: Rule, matches: Sequence[Match], stats: Statistics) -> str:
    """Return what the rule waits for, with the price groups of the matches if it judges within them."""
    groups = sorted({m.group for m in matches if m.group}, key=lambda group: (group.median, group.label))
    if not groups:
        return rule.describe_target(stats.median)
    if len(groups) == 1:
        comps = f"of {count_of(groups[0].n, 'comp')} {groups[0].label} ({groups[0].median})"
    else:
        comps = f"of its price group: {', '.join(f'{g.median} {g.label}' for g in groups)}"
    return f"{rule.describe_target(None)} {comps}"


def merge_alerts(alerts: Sequence[Alert], item_ids: Collection[str]) -> Alert:
    """Return the one message about alerts of duplicate watches; it has the first one's id and names all.

    `item_ids`: of every item in them, shown or not.
    """
    first = alerts[0]
    found = {item.item_id: item for alert in reversed(alerts) for item in alert.items}
    best = sorted(found.values(), key=lambda item: (Decimal(item.total), item.item_id))[:MAX_ITEMS]
    return replace(
        first,
        watch_name=_all_names(alerts),
        items=tuple(best),
        more=max(0, len(item_ids) - len(best)),
        market=next((a.market for a in alerts if a.market), ""),
        also=tuple(a.watch_id for a in alerts[1:]),
    )


def _all_names(alerts: Sequence[Alert]) -> str:
    """Return the names of watches: `Gift (watch 1), Bargain (watch 2)`, or `omega (watches 1, 2)`."""
    names = dict.fromkeys(a.watch_name for a in alerts)
    if len(names) == 1:
        return f"{alerts[0].watch_name} (watches {', '.join(str(a.watch_id) for a in alerts)})"
    room = max(_MIN_NAME, _MAX_NAMES // len(alerts))
    return ", ".join(f"{clean_text(a.watch_name, room)} (watch {a.watch_id})" for a in alerts)


def item_of(match: Match, selection: Selection) -> Item:
    """Return a match as a message shows it."""
    listing = match.listing
    doubt = selection.doubts.get(listing.item_id)
    return Item(
        item_id=listing.item_id,
        title=listing.title,
        url=listing.link,
        image=listing.image,
        condition=listing.condition,
        currency=match.price.currency,
        price=match.price.amount,
        shipping=amount_or_none(listing.shipping) if match.assumed is None else None,
        assumed=amount_or_none(match.assumed),
        total=match.total.amount,
        why=match.reason,
        group=match.group.label if match.group else "",
        n=match.group.n if match.group else 0,
        median=amount_or_none(match.group.median) if match.group else None,
        confidence=selection.confidence_of(listing.item_id),
        doubt=doubt.why if doubt else "",
    )
