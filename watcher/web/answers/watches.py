"""The answers about watches."""

from __future__ import annotations

from typing import Literal

from watcher.web.answers.base import AnswerBody, Time, shown

_Condition = Literal["any", "new", "refurbished", "used"]


class WatchFieldsView(AnswerBody):
    """The fields of a watch, as they were given or with their defaults."""

    query: str = shown("omega speedmaster 3570.50")
    category: str = shown("watches")
    condition: _Condition
    condition_ids: list[int] = shown([3000], "eBay's numbers of the condition; empty: any.")
    rule: str = shown("below 3000.00 USD")
    exclude: list[str] = shown(["strap", "box only"], "Words or phrases that disqualify a title.")
    buying: Literal["any", "fixed", "auction"]
    min_feedback: int | None = shown(50, "The seller's minimum feedback score.", ge=0)
    from_country: str = shown("US", 'A country of ISO 3166; "": any.')
    marketplace: str = shown("EBAY_US")
    unknown_shipping: str = shown("assume", "assume, skip, or an amount.")
    every: str | None = shown("15m", "The polling interval that was asked for; null: it is planned.")
    label: str = shown("Speedmaster")
    tag: str = shown("watches")
    to: str = shown("slack", "slack, a configured name, #channel or a member id.")
    user: str = shown("local", "The owner.")
    paused: bool
    rejected: int = shown(2, "Listings that were rejected as not the item.", ge=0)
    cadence_seconds: int | None = shown(900, "The interval between polls; null without polls.", ge=0)


class SilenceOfWatchView(AnswerBody):
    """The silence that withholds the messages of a watch."""

    id: str = shown("s1")
    until: Time
    by: str = shown("operator")
    reason: str = shown("on holiday")


class LastErrorView(AnswerBody):
    """Why the last poll failed."""

    code: str = shown("EBAY_UNAVAILABLE")
    title: str = shown("eBay is temporarily busy")


class ListedWatchView(WatchFieldsView):
    """A watch in a list, with what it did last and what is wrong with it."""

    id: int = shown(7)
    revision: int = shown(3, "Grows with each edit.", ge=1)
    created_at: Time
    first_polled_at: Time | None = shown("2026-03-01T12:00:05+00:00", "null before the first poll.")
    last_polled_at: Time | None = shown("2026-03-01T18:45:05+00:00")
    next_poll_at: Time | None = shown("2026-03-01T19:00:05+00:00", "null while it is paused.")
    last_error: LastErrorView | None = shown(None, "Why the last poll failed; null if it did not.")
    suspicion: str | None = shown(None, "Why the market's last answer is doubted.")
    unreadable: int = shown(0, "Listings of the last poll that could not be read.", ge=0)
    unrecorded_polls: int = shown(0, "Polls since the last one whose result could be stored.", ge=0)
    silenced: SilenceOfWatchView | None = shown(None)
    warnings: list[str] = shown([], "A sentence for each setting that is probably a mistake.")


class WatchView(ListedWatchView):
    """A watch, with what it did last, what is wrong with it, and how good its alerts were."""

    told: int = shown(12, "Listings that it alerted on.", ge=0)
    precision: float | None = shown(83.3, "Percent that were not rejected; null before the first.")
