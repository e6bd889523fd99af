"""The answers about comps and their cache."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from watcher.core.comps import Basis
from watcher.core.confidence import Confidence
from watcher.core.delistings import DelistingKind
from watcher.core.listing import Condition
from watcher.core.titles.verdict import Reason
from watcher.web.answers.base import AnswerBody, MoneyText, Time, shown

Bounds = Annotated[
    tuple[MoneyText, MoneyText], Field(examples=[["2950.00", "3420.00"]], description="From, to.")
]
_URL = "https://www.ebay.com/itm/256012345678"
_TITLE = "Omega Speedmaster Professional 3570.50 Moonwatch"


class FiguresBody(AnswerBody):
    """Statistics of totals as decimal strings; null without one."""

    n: int = shown(24, "The listings with a total.", ge=0)
    low: MoneyText | None = shown("2700.00")
    p25: MoneyText | None = shown("2980.00")
    median: MoneyText | None = shown("3150.00")
    p75: MoneyText | None = shown("3400.00")
    high: MoneyText | None = shown("4100.00")


class KeptView(AnswerBody):
    """A listing that is comparable."""

    item_id: str = shown("v1|256012345678|0")
    title: str = shown(_TITLE)
    total: MoneyText | None = shown("3120.00", "Price plus shipping; null if the shipping is unknown.")
    price: MoneyText | None = shown("3100.00")
    shipping: MoneyText | None = shown("20.00", "null: unknown, which is not 0.")
    condition: str = shown("Pre-Owned")
    url: str = shown(_URL)
    confidence: Confidence = shown("sure", "How certain it is that this is the item: sure or likely.")
    doubt: str | None = shown(None, "Why it is not sure; null if it is.")


class DroppedView(AnswerBody):
    """A listing that is not comparable."""

    item_id: str = shown("v1|256099999999|0")
    title: str = shown("Box and papers for Omega Speedmaster 3570.50")
    reason: Reason = shown("accessory")
    detail: str = shown('the title says "box and papers for"')
    confidence: Confidence = shown("sure", "How certain it is that this is not the item.")
    doubt: str | None = shown(None, "Why it is not sure; null if it is.")


class SelectionBody(AnswerBody):
    """Which listings are comparable, and why the others are not."""

    kept: list[KeptView]
    dropped: list[DroppedView]


class ConditionGroupView(AnswerBody):
    """The comps of one condition."""

    n: int = shown(20, ge=0)
    median: MoneyText | None = shown("3150.00")
    interval: Bounds | None = shown(["2950.00", "3420.00"])


class PriceGroupView(AnswerBody):
    """Comps whose price is far from the others', probably another item."""

    name: str = shown("with box")
    n: int = shown(6, ge=0)
    median: MoneyText = shown("3600.00")


class HumpView(AnswerBody):
    """A group of prices, and the words that its titles have in common."""

    words: list[str] = shown(["box"])
    n: int = shown(6, ge=0)
    low: MoneyText = shown("3500.00")
    median: MoneyText = shown("3600.00")
    high: MoneyText = shown("3700.00")


class PlainCompsView(SelectionBody, FiguresBody):
    """Comparable listings and their statistics. With none, n is 0 and the statistics are null."""

    query: str = shown("omega speedmaster 3570.50")
    category: str = shown("watches")
    condition: Condition = shown("any")
    condition_ids: list[int] = shown([], "eBay's numbers of the condition; empty: any.")
    marketplace: str = shown("EBAY_US")
    basis: Basis = shown("ask", "Prices asked, prices paid with shipping, or without. Never mixed.")
    currency: str = shown("USD")
    interval: Bounds | None = shown(
        ["2950.00", "3420.00"], "Where the median lies with 95 % confidence; null if n < 6."
    )
    spread: MoneyText | None = shown("420.00", "Between the quartiles; null with too few comps.")
    by_condition: dict[Condition, ConditionGroupView] = shown(
        {"used": {"n": 20, "median": "3150.00", "interval": ["2950.00", "3420.00"]}}
    )
    groups: list[PriceGroupView] = shown([], "More than one: the query finds several items.")
    humps: list[HumpView] = shown([], "The same groups with their words and ranges.")


class AccuracyNote(AnswerBody):
    """How wrong medians of this category were, compared with what listings last cost before they left."""

    n: int = shown(212, "The number of delistings.", ge=0)
    median_error: float = shown(0.06, "Half of them were at most this share of the median off.", ge=0)


class CompsView(PlainCompsView):
    """Comps with warnings."""

    accuracy: AccuracyNote | None = shown(about="Null with fewer than 20 delistings.")
    corrected: MoneyText | None = shown(
        "2980.00", "The median of asks corrected for what stays unsold; null if too little is known."
    )
    warnings: list[str] = shown([], "What makes these prices less certain.")


class ObservedView(FiguresBody):
    """The last prices of listings that left the market, neither asks nor sales."""

    basis: Basis = shown("observed")
    currency: str = shown("USD")
    kinds: dict[DelistingKind, int] = shown({"ended-early": 3, "gone": 9})
    median_seconds_on_market: int | None = shown(604_800, ge=0)
    since: Time | None


class CompsAnswerView(AnswerBody):
    """Comps and the age of the data."""

    comps: CompsView
    source: Literal["cached", "fresh"]
    api: str = shown("ebay", "The service that answered.")
    stale: bool = shown(about="Whether the data has expired, and is served because the market fails.")
    age_seconds: int = shown(0, ge=0)
    fetched_at: Time
    expires_at: Time
    unreadable: int = shown(0, "Listings that could not be read.", ge=0)
    observed: ObservedView | None = shown(
        about="What listings of a watched search last cost; null if no watch polls it."
    )
    warnings: list[str] = shown([], "The same as those of `comps`.")


class CacheView(AnswerBody):
    """The cached answers."""

    total_entries: int = shown(120, ge=0)
    expired_entries: int = shown(30, "Served only if the market fails.", ge=0)
    active_entries: int = shown(90, ge=0)
    percent_expired: float = shown(25.0, ge=0, le=100)


class ClearedView(AnswerBody):
    """What was removed from the cache."""

    cleared: int = shown(1, "The number of answers.", ge=0)
