"""What the pages of alerts show: the feed, and one alert with its receipt."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from watcher.core.apis import Api
from watcher.core.comps import describe_counts
from watcher.core.confidence import Confidence
from watcher.core.errors import InvalidInput
from watcher.core.item_number import hashed_id, is_hashed_id, is_item_id, parse_item_number
from watcher.core.lateness import Onset, seconds_between
from watcher.core.plurals import count_of
from watcher.core.receipts import describe_readings
from watcher.core.times import Instant, in_words
from watcher.web.pages.views.words import money_or_none, read_instant, with_local_times

_PRICES = {"ask": ("asking price", "asking prices"), "sold": ("sale", "sales")}
_ALL, _EDGE, _NEAR_EDGE = 100, 2, 18  # percent of the width of a scale
_FAR = 48 * 3600  # seconds from listing to alert beyond which "how fast" is no longer a virtue


class DeliveryWord(NamedTuple):
    """What became of an alert's message, as a word, the kind and the icon of a state."""

    word: str
    kind: str
    icon: str
    to: str
    sent_at: Instant | None
    error: str


class AlertedLateness(NamedTuple):
    """How late an item was: since when it could have matched, None if that does not count.

    `said` follows when it was listed.
    """

    onset: str
    since: Instant | None
    said: str

    @property
    def is_cut(self) -> bool:
        """Whether it matched because its price fell."""
        return self.onset == Onset.PRICE_CUT

    @property
    def is_seen_by_alert(self) -> bool:
        """Whether the poll that made the alert was the first one that counts."""
        return self.onset in (Onset.LISTED, Onset.EARLIER)


@dataclass(frozen=True, slots=True)
class AlertItem:
    """A listing that an alert is about. `picture`: the id of its picture, empty if there is none.

    `name`: what rejects it. `doubt`: why it is only likely to be the item. `specifics`: those that decided.
    `cost`: how its total is made up; `parts`: the same in fewer words.
    """

    name: str
    picture: str
    title: str
    url: str
    total: str | None
    cost: str
    parts: str
    condition: str
    why: str
    listed_at: Instant | None
    seen_at: Instant | None
    lateness: AlertedLateness | None = None
    assumption: str = ""
    doubt: str = ""
    specifics: str = ""
    reading: str = ""
    is_rejected: bool = False


class Milestone(NamedTuple):
    """A moment on the way of the first item to its reader; `later`: how long after the one before it."""

    name: str
    at: Instant
    later: str = ""


@dataclass(frozen=True, slots=True)
class AlertedComps:
    """The comps at the time of an alert; `said`: what was dropped, in words."""

    n: int
    prices: str
    low: str | None
    median: str | None
    high: str | None
    interval: str
    dropped: str


@dataclass(frozen=True, slots=True)
class AlertCard:
    """An alert. `headline`: its best item, or what a rule about the median found."""

    id: str
    watch: int
    name: str
    rule: str
    target: str
    made_at: Instant
    headline: str
    market: str
    items: tuple[AlertItem, ...]
    count: str
    more: str
    comps: AlertedComps
    delivery: DeliveryWord
    speed: str
    steps: tuple[Milestone, ...]
    search_url: str
    warnings: tuple[str, ...]
    acked_by: str
    erased_at: Instant | None


def alert_card(view: Mapping[str, Any], rejected: Collection[str] = ()) -> AlertCard:
    """Return what a page shows of an alert's JSON; `rejected`: hashes of items."""
    items = tuple(_items(view["items"], rejected))
    market = with_local_times(view["market"] or "")
    made_at = read_instant(view["madeAt"])
    assert made_at is not None
    first = items[0].title if items else market
    return AlertCard(
        id=view["id"],
        watch=view["watch"],
        name=view["name"],
        rule=view["rule"],
        target=view["target"],
        made_at=made_at,
        headline=first or view["name"],
        market=market,
        items=items,
        count=count_of(total, "item") if (total := len(items) + view["more"]) > 1 else "",
        more=f"and {count_of(view['more'], 'more item', 'more items')}" if view["more"] else "",
        comps=_comps(view["comps"]),
        delivery=_delivery(view["delivery"]),
        speed=_speed(items, read_instant(view["delivery"]["sentAt"])),
        steps=tuple(_steps(items, made_at, read_instant(view["delivery"]["sentAt"]))),
        search_url=view["searchUrl"],
        warnings=tuple(map(with_local_times, view["warnings"])),
        acked_by=view["ackedBy"] or "",
        erased_at=read_instant(view["erasedAt"]),
    )


def _items(views: Sequence[Mapping[str, Any]], rejected: Collection[str]) -> Iterator[AlertItem]:
    for view in views:
        item, currency = view["itemId"], view["currency"]
        yield AlertItem(
            name=_name(item, [other["itemId"] for other in views]),
            picture=item if view["image"] and is_item_id(item) else "",
            title=view["title"],
            url=view["url"],
            total=money_or_none(view["total"], currency),
            cost=_cost(view, currency, " shipping"),
            parts=_cost(view, currency),
            condition=view["condition"],
            why=with_local_times(view["why"]),
            listed_at=read_instant(view["listedAt"]),
            seen_at=read_instant(view["seenAt"]),
            lateness=_lateness(view["lateness"]),
            assumption=""
            if view["assumed"] is None
            else "The cost of its shipping is unknown, so it is assumed.",
            doubt=_doubt(view),
            specifics=view["specifics"],
            reading=view["reading"],
            is_rejected=hashed_id(item) in rejected,
        )


def _name(item: str, others: Sequence[str]) -> str:
    """Return the item's number if that is enough to tell it from the others, else its whole id."""
    if is_hashed_id(item):
        return item
    try:
        number = parse_item_number(item)
    except InvalidInput:
        return item
    return number if sum(number in other.split("|") for other in others) == 1 else item


def _cost(view: Mapping[str, Any], currency: str, noun: str = "") -> str:
    """Return price and shipping, from which the total is made up; `noun` follows the shipping."""
    price = money_or_none(view["price"], currency) or "no price"
    if view.get("assumed") is not None:
        return f"{price} + about {money_or_none(view['assumed'], currency)}{noun}"
    shipping = money_or_none(view["shipping"], currency)
    if shipping is None:
        return f"{price} + unknown{noun}"
    return f"{price} + {shipping}{noun}" if float(view["shipping"]) else f"{price}, free{noun}"


def _comps(view: Mapping[str, Any]) -> AlertedComps:
    currency = view["currency"]
    bounds = [money_or_none(amount, currency) for amount in view["interval"] or ()]
    return AlertedComps(
        n=view["n"],
        prices=count_of(view["n"], *_PRICES.get(view["basis"], ("price", "prices"))),
        low=money_or_none(view["low"], currency),
        median=money_or_none(view["median"], currency),
        high=money_or_none(view["high"], currency),
        interval=f"{bounds[0]} to {bounds[1]}" if bounds else "",
        dropped=describe_counts(view["dropped"]),
    )


def _delivery(view: Mapping[str, Any]) -> DeliveryWord:
    word, kind, icon = {
        "sent": ("sent", "good", "check"),
        "pending": ("waiting", "warn", "clock"),
        "dead": ("not delivered", "bad", "cross"),
        "gone": ("not sent", "", "dash"),
    }[view["state"]]
    error = view["error"] or ""
    return DeliveryWord(word, kind, icon, view["to"], read_instant(view["sentAt"]), error)


def _lateness(view: Mapping[str, Any] | None) -> AlertedLateness | None:
    if view is None:
        return None
    is_cut, seconds, there = view["onset"] == Onset.PRICE_CUT, view["secondsToSeen"], view["wasThere"]
    said = ", before the watch looked for it" if view["onset"] == Onset.EARLIER else ""
    if seconds is not None:
        later = in_words(seconds)
        said = f"; its price cut was seen within {later}" if is_cut else f", seen {later} later"
    if there is not None:
        said += f"; just before the message it was {'still' if there else 'no longer'} on offer"
    return AlertedLateness(view["onset"], read_instant(view["since"]), said)


def _speed(items: Sequence[AlertItem], sent_at: Instant | None) -> str:
    """Return how long after its listing or price cut the first item's alert was sent; empty if unknown."""
    if not items:
        return ""
    late = items[0].lateness
    since = late.since if late else items[0].listed_at
    words = _later(since, sent_at).removesuffix(" later")
    return f"{words} after {'the price cut' if late and late.is_cut else 'listing'}" if words else ""


def _steps(items: Sequence[AlertItem], made_at: Instant, sent_at: Instant | None) -> Iterator[Milestone]:
    """Yield when the first item was listed, or its price cut, when it was seen, and when the alert was sent.

    What was on offer before it matched is not late: nothing is counted from its listing.
    """
    first = items[0] if items else None
    late = first.lateness if first else None
    if late and late.since is not None:
        yield Milestone("old price" if late.is_cut else "listed", late.since)
        yield Milestone("seen", made_at, _later(late.since, made_at))
    elif first and first.listed_at is not None:
        yield Milestone("listed", first.listed_at)
        if late is None and first.seen_at is not None:  # an older version made it
            yield Milestone("seen", first.seen_at, _later(first.listed_at, first.seen_at))
        else:
            yield Milestone("alerted", made_at)
    else:
        yield Milestone("alerted", made_at)
    if sent_at is not None:
        yield Milestone("sent", sent_at, _later(made_at, sent_at))


def _later(start: Instant | None, end: Instant | None) -> str:
    """Return the time from start to end in words; empty if it is unknown, or too long to be news."""
    gap = seconds_between(start, end)
    return "" if gap is None or gap > _FAR else f"{' '.join(in_words(gap).split()[:2])} later"


@dataclass(frozen=True, slots=True)
class KeptComp:
    """A comp of a receipt."""

    total: str | None
    cost: str
    condition: str
    title: str
    url: str
    doubt: str
    specifics: str


@dataclass(frozen=True, slots=True)
class DroppedComp:
    """A listing that was dropped, and why."""

    reason: str
    detail: str
    title: str


class Mark(NamedTuple):
    """A place on a scale of prices, in percent of its width, and what it is."""

    x: float
    said: str

    @property
    def anchor(self) -> str:
        """Where a text above the mark begins, so that it stays on the scale."""
        return "start" if self.x < _NEAR_EDGE else "end" if self.x > _ALL - _NEAR_EDGE else "middle"


@dataclass(frozen=True, slots=True)
class PriceScale:
    """Where the items stand among the comps; `band` is the middle half, as its start and width."""

    low: Mark
    high: Mark
    band: tuple[float, float] | None
    median: Mark | None
    items: tuple[Mark, ...]
    said: str


@dataclass(frozen=True, slots=True)
class ReceiptPage:
    """What an alert is based on: sentences, listings, and whether it still gives the same result."""

    source: str
    fetched_at: Instant | None
    at: Instant | None
    facts: tuple[str, ...]
    scale: PriceScale | None
    kept: tuple[KeptComp, ...]
    dropped: tuple[DroppedComp, ...]
    left_out: str
    erased_at: Instant | None
    agrees: bool
    verdict: str
    differences: tuple[str, ...]


def receipt_of(view: Mapping[str, Any]) -> ReceiptPage | None:
    """Return what a page shows of the receipt in an alert's JSON; None if none is kept."""
    receipt = view["receipt"]
    if receipt is None:
        return None
    currency, replay = receipt["currency"], receipt["replay"]
    kept = sorted(receipt["kept"], key=lambda x: (x["total"] is None, float(x["total"] or x["price"] or 0)))
    same = "Recomputed from this receipt: the same, to the cent."
    differs = "Recomputed from this receipt by this version of watcher, the result differs."
    verdict = same if replay["agrees"] else differs
    if replay["selectionAgrees"] is False:
        verdict += " This version would keep a different set of listings as comps."
    return ReceiptPage(
        source=Api(receipt["source"]).facts.name if receipt["source"] in set(Api) else receipt["source"],
        fetched_at=read_instant(receipt["fetchedAt"]),
        at=read_instant(receipt["at"]),
        facts=tuple(_facts(receipt)),
        scale=_scale(receipt, view["items"]),
        kept=tuple(_kept(row, currency, receipt["specifics"].get(row["itemId"], "")) for row in kept),
        dropped=tuple(
            DroppedComp(d["reason"], d["detail"], d["title"] or "erased") for d in receipt["dropped"]
        ),
        left_out=f"and {receipt['leftOut']:,} more that are not stored" if receipt["leftOut"] else "",
        erased_at=read_instant(receipt["erasedAt"]),
        agrees=replay["agrees"],
        verdict=verdict,
        differences=tuple(map(with_local_times, replay["differences"])),
    )


def _kept(row: Mapping[str, Any], currency: str, specifics: str) -> KeptComp:
    return KeptComp(
        money_or_none(row["total"], currency),
        _cost(row, currency),
        row["condition"] or "",
        row["title"] or "erased",
        row["url"],
        _doubt(row),
        specifics,
    )


def _doubt(view: Mapping[str, Any]) -> str:
    """Return why a listing is only likely to be the item; empty if it is sure."""
    return "" if view["confidence"] == Confidence.SURE else view["doubt"] or "the reason was erased"


def _facts(receipt: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the rule looked at other than the comps, and what the answer cost."""
    currency, history, quota = receipt["currency"], receipt["history"], receipt["quota"]
    if age := receipt["ageSeconds"]:
        yield f"The answer was {in_words(age)} old when the rule looked at it."
    if receipt["assumedShipping"]:
        assumed = money_or_none(receipt["assumedShipping"], currency)
        yield f"Where the cost of shipping is unknown, {assumed} is assumed."
    if unread := len(receipt["unread"]):
        yield f"The item specifics of {count_of(unread, 'listing')} could not be read, so titles decided."
    if receipt["groups"]:
        groups = (
            f"{g['n']} at a median of {money_or_none(g['median'], currency)} ({g['name']})"
            for g in receipt["groups"]
        )
        yield f"Each item was compared with its own price group: {', '.join(groups)}."
    if history["since"]:
        days = count_of(len(history["dailyMedians"]), "daily median")
        lowest = money_or_none(history["lowest"], currency) or "unknown"
        yield f"History since {with_local_times(history['since'])}: lowest total {lowest}, {days}."
    if told := sorted(float(one["total"]) for one in receipt["toldBefore"].values()):
        low, high = (money_or_none(f"{total:.2f}", currency) for total in (told[0], told[-1]))
        span = low if low == high else f"{low} to {high}"
        yield f"{count_of(len(told), 'item')} had alerted before, at {span}."
    if new := len(receipt["newItems"]):
        yield f"{count_of(new, 'listing')} had not been there before."
    yield from (f"{line[:1].upper()}{line[1:]}." for line in describe_readings(receipt))
    if quota:
        yield f"{quota['used']:,} of {quota['limit']:,} calls had been used that day."


def _scale(receipt: Mapping[str, Any], items: Sequence[Mapping[str, Any]]) -> PriceScale | None:
    """Return the scale from the lowest to the highest amount; None without comps or without a range."""
    figures = {
        name: None if amount is None else float(amount)
        for name, amount in receipt["statistics"].items()
        if name in ("low", "p25", "median", "p75", "high")
    }
    currency = receipt["currency"]
    totals = [(float(i["total"]), i) for i in items if i["currency"] == currency]
    amounts = [f for f in figures.values() if f is not None] + [total for total, _ in totals]
    if figures["low"] is None or not amounts or min(amounts) == max(amounts):
        return None
    low, high = min(amounts), max(amounts)

    def place(amount: float) -> float:
        return round(_EDGE + (_ALL - 2 * _EDGE) * (amount - low) / (high - low), 1)

    def mark(amount: float, words: str = "") -> Mark:
        return Mark(place(amount), f"{words} {money_or_none(f'{amount:.2f}', currency)}".strip())

    p25, p75, median = figures["p25"], figures["p75"], figures["median"]
    shown = [mark(total, item["title"] or "item") for total, item in totals]
    middle = None if median is None else mark(median, "median")
    said = ", ".join([mark(low, "from").said, mark(high, "to").said, *([middle.said] if middle else [])])
    return PriceScale(
        low=mark(low),
        high=mark(high),
        band=None if p25 is None or p75 is None else (place(p25), round(place(p75) - place(p25), 1)),
        median=middle,
        items=tuple(shown),
        said=f"Prices {said}; {count_of(len(shown), 'alerted item')} marked",
    )
