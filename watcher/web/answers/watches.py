"""The answers about watches."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict

from watcher.core.comps import Buying
from watcher.core.listing import Condition
from watcher.core.watch import Certainty, Priority
from watcher.web.answers.base import AnswerBody, Time, shown
from watcher.web.answers.comps import FiguresBody, ObservedView, PlainCompsView


class SpecificView(AnswerBody):
    """An item specific of a listing."""

    name: str = shown("Movement")
    value: str = shown("Quartz")


class TaughtView(AnswerBody):
    """An answer about a listing, and what tells that listing from others."""

    item: str = shown("#5f2b9cabcdefghij", "A hash of the item's id.")
    answer: Literal["same", "different"] = shown("different")
    words: list[str] = shown(["reduced"], "Words of its title beyond the query that few others have.")
    missing: list[str] = shown([], "Words of the query that it lacks: they may be missing elsewhere, too.")
    category: str | None = shown(None, "Its category, if that tells.")
    specifics: list[SpecificView]


class WatchFieldsView(AnswerBody):
    """The fields of a watch, as they were given or with their defaults."""

    query: str = shown("omega speedmaster 3570.50")
    category: str = shown("watches")
    condition: Condition = shown("used")
    condition_ids: list[int] = shown([3000], "eBay's numbers of the condition; empty: any.")
    rule: str = shown("below 3000.00 USD")
    exclude: list[str] = shown(["strap", "box only"], "Words or phrases that disqualify a title.")
    buying: Buying
    min_feedback: int | None = shown(50, "The seller's minimum feedback score.", ge=0)
    from_country: str = shown("US", 'A country of ISO 3166; "": any.')
    marketplace: str = shown("EBAY_US")
    unknown_shipping: str = shown("assume", "assume, skip, or an amount.")
    certainty: Certainty = shown("likely", "Which listings may alert: sure, or also likely ones.")
    every: str | None = shown("15m", "The polling interval that was asked for; null: it is planned.")
    priority: Priority = shown("normal", "How its user's own watches share the calls.")
    sellers: list[str] = shown([], "The eBay user names of the sellers that it follows; empty: any.")
    label: str = shown("Speedmaster")
    tag: str = shown("watches")
    to: str = shown("slack", "slack, a configured name, #channel or a member id.")
    user: str = shown("local", "The owner.")
    paused: bool
    over_plan: bool = shown(False, "Whether it is paused because the plan allows no more watches.")
    rejected: int = shown(2, "Listings that were rejected as not the item.", ge=0)
    taught: list[TaughtView] = shown(about='The answers to "is this it?" and what they taught.')
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
    first_polled_at: Time | None = shown("2026-03-01T12:00:05Z", "null before the first poll.")
    last_polled_at: Time | None = shown("2026-03-01T18:45:05Z")
    next_poll_at: Time | None = shown("2026-03-01T19:00:05Z", "null while it is paused.")
    last_error: LastErrorView | None = shown(None, "Why the last poll failed; null if it did not.")
    suspicion: str | None = shown(None, "Why the market's last answer is doubted.")
    unreadable: int = shown(0, "Listings of the last poll that could not be read.", ge=0)
    unrecorded_polls: int = shown(0, "Polls since the last one whose result could be stored.", ge=0)
    silenced: SilenceOfWatchView | None = shown(None)
    warnings: list[str] = shown([], "A sentence for each setting that is probably a mistake.")


class PromiseView(AnswerBody):
    """What a watch can expect of its polls."""

    every_seconds: int = shown(420, "The usual interval between looks.", ge=0)
    at_least_every_seconds: int = shown(86400, "The longest one.", ge=0)
    still_there: float | None = shown(
        0.81, "The share of what it wants that is still there when it is seen; null for rules about medians."
    )
    still_there_if_high: float | None = shown(
        0.88, "The same with high priority; null if it has that, or asks for its interval."
    )
    others_lose: float | None = shown(0.004, "The share that its user's other watches would lose by that.")
    of: Literal["bargains", "listings"] = shown("bargains", "What the shares are of.")
    guess: bool = shown(False, "Whether too little is known of its own listings, so that similar ones count.")
    said: str = shown("Looked at about every 7 min, at least every 24 h; of bargains like this …")


class WatchLatenessView(AnswerBody):
    """How soon the matches of the last days were seen, and how many were still there."""

    days: int = shown(30)
    matches: int = shown(14, "Items that alerts showed.", ge=0)
    counted: int = shown(9, "Those whose listing or price cut is known.", ge=0)
    seen_within_minutes: dict[str, float | None] = shown(
        {"1": 0.2222, "10": 0.7778, "60": 1.0}, "The share of those seen so soon; null without any."
    )
    checked: int = shown(7, "Items that were looked at again just before their message.", ge=0)
    still_there: float | None = shown(0.8571, "The share of those that were still on offer.")


class WatchView(ListedWatchView):
    """A watch, with what it did last, what is wrong with it, and how good its alerts were."""

    told: int = shown(12, "Listings that it alerted on.", ge=0)
    precision: float | None = shown(83.3, "Percent that were not rejected; null before the first.")
    lateness: WatchLatenessView
    promise: PromiseView | None = shown(about="null while it is paused, and without polls.")


class DamagedWatchView(AnswerBody):
    """A watch whose row cannot be read; it is not polled and can be removed."""

    id: int = shown(8)
    why: str = shown("its rule is not valid")
    message: str = shown("Watch 8 cannot be read, so it is not polled: its rule is not valid. …")


class WatchesView(AnswerBody):
    """A page of watches."""

    watches: list[ListedWatchView]
    damaged: list[DamagedWatchView] = shown([], "Those whose row cannot be read.")
    next: int | None = shown(7, "The `after` of the next page; null on the last.")


class RemovedWatchView(WatchFieldsView):
    """A watch as it was removed."""

    id: int = shown(7)
    created_at: Time
    first_polled_at: Time | None


class BacktestView(AnswerBody):
    """How often the rule would have alerted on stored history."""

    verdict: Literal["never", "always", "sometimes", "unknown"] = shown("sometimes")
    sentence: str = shown("In the last 30 days it would have alerted twice.")
    since: Time | None
    listings: int = shown(140, ge=0)
    alerts: int = shown(3, ge=0)
    messages: int = shown(2, "Matches of one poll share a message.", ge=0)
    suggestion: str | None = shown(None, "A rule that fits better.")


class PreviewView(AnswerBody):
    """What a watch would do, without saving it."""

    watch: WatchFieldsView
    comps: PlainCompsView
    outlook: str = shown("2 listings satisfy the rule now.", "What its first poll would do.")
    satisfied_now: list[str] = shown(["v1|256012345678|0"], "Items that satisfy the rule.")
    backtest: BacktestView
    promise: PromiseView | None = shown(about="null without polls.")
    warnings: list[str] = shown([], "What is probably a mistake, or makes the comps less certain.")


class HistoryPointView(FiguresBody):
    """The asks of one poll."""

    at: Time


class HistoryView(AnswerBody):
    """The asks that a watch saw, oldest first."""

    watch: int = shown(7)
    basis: Literal["ask"]
    currency: str = shown("USD")
    points: list[HistoryPointView]
    observed: ObservedView | None


class StepView(AnswerBody):
    """One step of an explanation. Its further fields are the numbers behind it, which differ by step."""

    model_config = ConfigDict(extra="allow")

    step: str = shown("kept", "watch, fetched, kept, rule, again, message, …")
    passed: bool | None = shown(True, "null: not reached, or not known.")
    said: str = shown("24 comps with a total are kept, median 3150.00 USD")


class ExplanationView(AnswerBody):
    """Why a watch did or did not alert."""

    watch: int = shown(7)
    name: str = shown("Speedmaster")
    item: str | None = shown(None, "The item that was asked about.")
    verdict: str = shown("It has alerted on every item that satisfies its rule.")
    steps: list[StepView]
