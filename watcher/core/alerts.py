"""What is told: a price alert with its reason and its comps, an ops notice with its numbers."""

from __future__ import annotations

from base64 import b32encode
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from hashlib import blake2b
from typing import NamedTuple

from watcher.core.comps import Comps
from watcher.core.money import Money
from watcher.core.rules import Below, Deal, Drop, Hit, LastAlerted, Low, MedianBelow, NewListing, Rule
from watcher.core.times import Instant, in_words
from watcher.core.watch import Watch

BEST = 5


class Item(NamedTuple):
    """One line of a price alert's message, money as decimal strings with `currency`."""

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


@dataclass(frozen=True, slots=True)
class Alert:
    """A price alert as it is kept and sent: why, of what, against which comps.

    `items` are the best five, `more` counts the others; `market` is the sentence of a rule about the
    median. `comps` is `[n, low, p25, median, p75, high]` as decimal strings; `basis` is ask or sold.
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


@dataclass(frozen=True, slots=True)
class OpsNotice:
    """What ops are told of an incident. `phase` is firing, reminder or resolved.

    `ended_at`: when it ended. A firing one that has is told when it is over: nobody could be told before.
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
    hits: Sequence[Hit],
    market: str,
    comps: Comps,
    *,
    now: Instant,
    fetched_at: Instant,
    source: str,
) -> Alert:
    """The alert of one watch at one poll: the best five hits (cheapest first) and how many more."""
    stats = comps.statistics
    interval = stats.interval
    return Alert(
        id=alert_id(watch.id, watch.revision, now, (h.listing.item_id for h in hits)),
        watch_id=watch.id,
        watch_name=watch.name,
        user=watch.user,
        to=watch.to,
        rule=str(watch.rule),
        target=target_in_words(watch.rule, stats.median),
        made_at=now,
        fetched_at=fetched_at,
        source=source,
        query=watch.question.query,
        condition=watch.question.condition,
        category=watch.question.category,
        marketplace=watch.question.marketplace,
        basis=stats.basis,
        currency=stats.currency,
        n=stats.n,
        low=_amount(stats.low),
        median=_amount(stats.median),
        high=_amount(stats.high),
        interval=(interval[0].amount, interval[1].amount) if interval else None,
        dropped={
            str(reason): n for reason, n in Counter(d.reason for d in comps.selection.dropped).most_common()
        },
        items=tuple(item_of(h) for h in hits[:BEST]),
        more=max(0, len(hits) - BEST),
        market=market,
    )


def alert_id(watch: int, revision: int, now: Instant, items: Iterable[str]) -> str:
    """Ten letters and digits that are the same for the same alert, whenever it is made."""
    text = "|".join((str(watch), str(revision), repr(now), *items))
    return b32encode(blake2b(text.encode(), digest_size=10).digest()).decode().lower()[:10]


def target_in_words(rule: Rule, median: Money | None) -> str:
    """What the rule waits for, as a message says it."""
    match rule:
        case Below(limit):
            return f"at most {limit}"
        case NewListing():
            return "any new listing"
        case Deal(percent):
            of = f" ({median.share(percent / Decimal(100))})" if median else ""
            return f"at most {percent} % of the median{of}"
        case Low(window):
            return f"a new low of {in_words(window)}"
        case Drop(percent):
            return f"a median {percent} % under its usual"
        case MedianBelow(limit):
            return f"a median of at most {limit}"
        case _:
            return f"at most {rule.limit} with {in_words(rule.within)} left"


def item_of(hit: Hit) -> Item:
    """The line of a message about a hit."""
    listing = hit.listing
    return Item(
        item_id=listing.item_id,
        title=listing.title,
        url=listing.url,
        image=listing.image,
        condition=listing.condition,
        currency=hit.price.currency,
        price=hit.price.amount,
        shipping=_amount(listing.shipping) if hit.assumed is None else None,
        assumed=_amount(hit.assumed),
        total=hit.total.amount,
        why=hit.why,
    )


def _amount(money: Money | None) -> str | None:
    return money.amount if money else None


class ItemAlert(NamedTuple):
    """The state that an alert leaves behind for one item of a watch."""

    item_id: str
    told: LastAlerted
