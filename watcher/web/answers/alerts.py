"""The answers about price alerts."""

from __future__ import annotations

from typing import Literal

from watcher.core.comps import Basis
from watcher.core.confidence import Confidence
from watcher.core.lateness import Onset
from watcher.core.readings import Reading
from watcher.core.watch import Certainty
from watcher.web.answers.base import AnswerBody, MoneyText, Time, shown
from watcher.web.answers.comps import Bounds, FiguresBody, PriceGroupView, SelectionBody

_URL = "https://www.ebay.com/itm/256012345678"


class OwnGroupView(AnswerBody):
    """The comps of the same price group, if the comps are several things."""

    name: str = shown("with “box”", "The words that tell them from the others.")
    n: int = shown(6, ge=0)
    median: MoneyText = shown("3600.00")


class LatenessView(AnswerBody):
    """How late an item was: since when it could have matched, when it was seen, when its message was sent."""

    onset: Onset = shown(
        "listed",
        "What lateness counts from: its listing or its price cut. It does not count for an item that was on "
        "offer before the watch looked for it (earlier), that matches for another reason (seen), or unknown.",
    )
    since: Time | None = shown(
        about="The listing, or the last look that saw the old price; null: not counted."
    )
    seen_at: Time = shown(about="The poll that made the alert.")
    sent_at: Time | None = shown(about="When the message was accepted; null before.")
    seconds_to_seen: int | None = shown(172, "null: unknown, or not counted.", ge=0)
    seconds_to_sent: int | None = shown(174, "null: unknown, not counted, or not sent.", ge=0)
    was_there: bool | None = shown(
        True, "Whether it was on offer just before the message; null: not looked at again."
    )
    said: str = shown("listed 2026-03-01T18:42:00Z, seen 2 min 52 s later; sent after 2 min 54 s")


class AlertItemView(AnswerBody):
    """A listing that an alert is about, as its message shows it."""

    item_id: str = shown("v1|256012345678|0")
    title: str = shown("Omega Speedmaster Professional 3570.50 Moonwatch")
    url: str = shown(_URL)
    image: str = shown("https://i.ebayimg.com/images/g/abc/s-l225.jpg")
    condition: str = shown("Pre-Owned")
    currency: str = shown("USD")
    price: MoneyText = shown("2880.00")
    shipping: MoneyText | None = shown("20.00", "null: unknown.")
    assumed: MoneyText | None = shown(None, "The cost assumed for unknown shipping.")
    total: MoneyText = shown("2900.00", "Price plus shipping, or plus the assumed cost.")
    why: str = shown("2900.00 USD is at most 3000.00 USD")
    group: OwnGroupView | None = shown(None, "What `deal` compared it with; null if that was all comps.")
    confidence: Confidence = shown("sure", "How certain it is that this is the item: sure or likely.")
    doubt: str = shown("", "Why it is not sure; empty if it is.")
    specifics: str = shown("", "The item specifics that decided that it is the item; empty if its title did.")
    reading: str = shown("", "What the AI reader said, or why it did not read it; empty if it is off.")
    listed_at: Time | None = shown(about="When it was listed; null: eBay does not say, or it is forgotten.")
    seen_at: Time | None = shown(about="When a poll first saw it; null: it is forgotten.")
    lateness: LatenessView | None = shown(about="null: an older version made the alert.")


class AlertedCompsView(AnswerBody):
    """The comps at the time of an alert."""

    query: str = shown("omega speedmaster 3570.50")
    condition: str = shown("any")
    category: str = shown("watches")
    marketplace: str = shown("EBAY_US")
    basis: Basis = shown("ask")
    currency: str = shown("USD")
    n: int = shown(24, ge=0)
    low: MoneyText | None = shown("2700.00")
    median: MoneyText | None = shown("3150.00")
    high: MoneyText | None = shown("4100.00")
    interval: Bounds | None = shown(["2950.00", "3420.00"])
    dropped: dict[str, int] = shown({"accessory": 4}, "How many listings were dropped for each reason.")
    fetched_at: Time
    source: str = shown("ebay")


class DeliveryView(AnswerBody):
    """What became of an alert's message."""

    to: str = shown("slack", "A destination's name, never its address.")
    state: Literal["pending", "sent", "dead", "gone"] = shown(
        "sent", "gone: everything in the alert was gone before its message was sent; `error` says so."
    )
    sent_at: Time | None
    error: str | None = shown(None, "Why it is not sent.")


class AlertView(AnswerBody):
    """An alert."""

    id: str = shown("a3f19c0b77de4512")
    watch: int = shown(7, "The watch's id.")
    name: str = shown("Speedmaster", "The watch's label or query.")
    rule: str = shown("below 3000.00 USD")
    target: str = shown("at most 3000.00 USD", "The rule in words.")
    made_at: Time
    market: str | None = shown(None, "What a rule about the median found; null with other rules.")
    search_url: str = shown("https://www.ebay.com/sch/i.html?_nkw=omega+speedmaster+3570.50")
    items: list[AlertItemView] = shown(about="The best five.")
    more: int = shown(0, "How many more items satisfy the rule.", ge=0)
    warnings: list[str] = shown([], "What makes the comps less certain.")
    also_watches: list[int] = shown([], "Duplicate watches whose alerts share the message.")
    comps: AlertedCompsView
    delivery: DeliveryView
    acked_by: str | None = shown(None, "The user that acknowledged it.")
    erased_at: Time | None = shown(None, "When the titles were erased, by `[retention]`.")


class QuotaUseView(AnswerBody):
    """Calls of the day."""

    used: int = shown(120, ge=0)
    limit: int = shown(5000, ge=0)


class ToldView(AnswerBody):
    """The cost at which an item last alerted."""

    total: MoneyText
    price: MoneyText
    estimated: bool = shown(about="Whether the shipping was assumed.")


class GroundsHistoryView(AnswerBody):
    """The stored prices that the rule looked at."""

    since: Time | None
    lowest: MoneyText | None = shown("2890.00")
    daily_medians: list[MoneyText]


class ReceiptStatisticsView(FiguresBody):
    """The statistics that the rule looked at."""

    interval: Bounds | None = shown(["2950.00", "3420.00"])


class ReplayView(AnswerBody):
    """The result of recomputing the alert from its receipt."""

    agrees: bool = shown(True)
    differences: list[str] = shown([], "In words; empty if it agrees to the cent.")
    selection_agrees: bool | None = shown(
        True, "Whether this version selects the same comps; null if the titles are erased."
    )


class ReceiptView(SelectionBody):
    """What an alert is based on."""

    rule: str = shown("below 3000.00 USD")
    at: Time = shown(about="When the market was polled.")
    fetched_at: Time
    age_seconds: int = shown(0, ge=0)
    source: str = shown("ebay")
    basis: Basis = shown("ask")
    currency: str = shown("USD")
    quota: QuotaUseView | None
    unknown_shipping: str = shown("assume")
    assumed_shipping: MoneyText | None = shown("15.00")
    armed: bool = shown(True)
    certainty: Certainty = shown("likely", "Which listings could alert: sure, or also likely ones.")
    new_items: list[str] = shown([], "Listings that were not there before.")
    told_before: dict[str, ToldView] = shown({}, "What items that match last alerted at, by item.")
    history: GroundsHistoryView
    statistics: ReceiptStatisticsView
    specifics: dict[str, str] = shown(
        {"v1|256012345678|0": "Storage Capacity: 128 GB"}, "The item specifics that decided, by item."
    )
    unread: list[str] = shown([], "Items whose specifics could not be read before they alerted.")
    groups: list[PriceGroupView] = shown(about="The price groups that `deal` judged within; else empty.")
    readings: dict[str, Reading] = shown({}, "What the AI reader says about listings, by item.")
    reader_out: dict[str, str] = shown({}, "Why it did not read listings that it was to read, by item.")
    left_out: int = shown(0, "Dropped listings that were too many to store.", ge=0)
    erased_at: Time | None = shown(None)
    replay: ReplayView


class AlertDetailView(AlertView):
    """An alert with its receipt."""

    receipt: ReceiptView | None = shown(about="null if it is no longer stored.")


class AlertsView(AnswerBody):
    """A page of alerts."""

    alerts: list[AlertView]
    next: str | None = shown("a3f19c0b77de4512", "The `after` of the next page; null on the last.")


class RemovedItemView(AnswerBody):
    """A comp that the excluded words also drop."""

    item_id: str = shown("v1|256099999999|0")
    title: str = shown("Strap for Omega Speedmaster 3570.50")


class RejectionView(AnswerBody):
    """What a rejection did, or would do."""

    watch: int = shown(7)
    name: str = shown("Speedmaster")
    also_watches: list[int] = shown([], "Duplicate watches that drop the item too.")
    item: str = shown("5f2b9c", "A hash of the item's id.")
    exclude: list[str] = shown(["strap"], "The watch's excluded words.")
    also_removed: list[RemovedItemView] = shown(about="What else is dropped.")
    kept: int | None = shown(23, "The comps that stay; null if no answer is stored.", ge=0)
    told: int = shown(12, "Listings that the watch alerted on.", ge=0)
    rejected: int = shown(2, ge=0)
    precision: float | None = shown(83.3, "Percent that were not rejected.")
    saved: bool = shown(True)
