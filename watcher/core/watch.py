"""What one user wants (`Watch`), and one question to a market (`Search`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import NamedTuple, NewType

from watcher.core.background import Background
from watcher.core.comps import Basis, Comps, Filters, Selection, select, summarize
from watcher.core.confidence import Confidence
from watcher.core.known_verdicts import KnownVerdicts
from watcher.core.listing import Condition, Listing
from watcher.core.market_profile import MarketProfile
from watcher.core.marketplaces import currency_of, languages_of
from watcher.core.money import Money
from watcher.core.own_groups import ONE_MARKET, MarketGroups, find_market_groups
from watcher.core.rules import History, Match, Rule, RuleContext
from watcher.core.taught import Taught, taught_key
from watcher.core.times import Instant, Seconds

# Where the alerts of a watch go that names no destination.
DEFAULT_DESTINATION = "slack"

WatchId = NewType("WatchId", int)
SearchId = NewType("SearchId", int)


@dataclass(frozen=True, slots=True)
class UnknownShipping:
    """How a rule treats a listing without a shipping cost: `assume`, `skip`, or assume `amount`."""

    policy: str = "assume"
    amount: Money | None = None

    def __str__(self) -> str:
        return self.amount.typed if self.amount else self.policy


class Certainty(StrEnum):
    """How certain it must be that a listing is the item before it may alert."""

    SURE = "sure"
    LIKELY = "likely"

    def admits(self, confidence: Confidence) -> bool:
        """Return whether a listing of this confidence may alert."""
        return confidence is Confidence.SURE or (self is Certainty.LIKELY and confidence is Confidence.LIKELY)

    def admitted(self, matches: Sequence[Match], selection: Selection) -> tuple[Match, ...]:
        """Return the matches that may alert."""
        if not selection.doubts:
            return tuple(matches)
        return tuple(m for m in matches if self.admits(selection.confidence_of(m.listing.item_id)))


class Priority(StrEnum):
    """How a user wants the calls for their own watches shared; those of others are not affected."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"

    @property
    def weight(self) -> float:
        """How much an alert of the watch counts, compared with one of a normal watch."""
        return _WEIGHTS[self]


_WEIGHTS = {Priority.LOW: 0.5, Priority.NORMAL: 1.0, Priority.HIGH: 2.0}


@dataclass(frozen=True, slots=True)
class Question:
    """A distinct question to a market. Questions with the same key share one search.

    `category`: eBay's number of the category, or empty; a category's name is nothing that a market is asked.
    """

    query: str
    condition: Condition
    category: str
    marketplace: str
    key: str = field(init=False, repr=False, compare=False)
    """The identity of the search that asks this question; an import needs it nine times for each row."""

    def __post_init__(self) -> None:
        parts = (self.marketplace, normal_query(self.query), self.condition, self.category)
        object.__setattr__(self, "key", "|".join(parts))


class Inquiry(NamedTuple):
    """What a person wants to know: a question, and the category that they named, canonically or by number.

    The category decides how long an answer is fresh; it does not change the answer.
    """

    question: Question
    category: str = ""


@dataclass(frozen=True, slots=True)
class Search:
    """A question with its schedule, as it is stored.

    `profile`, `estimates`, `value`: what its polls learned of the market; the last one is what its alerts are
    worth. `paced`: whether its due time is a plan, so that it is polled when there is a call for it.
    `scanned_at`: when the whole market was read last, or the newest listings of all of it. `shortest`: the
    interval that its watches asked for at the last poll.
    """

    id: SearchId
    question: Question
    due_at: Instant
    polled_at: Instant | None = None
    attempt: int = 0
    lease: str = ""
    profile: MarketProfile | None = None
    estimates: str = ""
    value: float | None = None
    paced: bool = False
    scanned_at: Instant | None = None
    shortest: Seconds | None = None


@dataclass(frozen=True, slots=True)
class Watch:
    """What one user wants: a search, filters, a rule, and where to send its alerts.

    `baseline_at`: the watch's first successful poll, None before it. `armed`: whether a rule about the
    median may alert. `revision` grows with each edit. `rejected`: hashes of the ids of items that the user
    marked as not wanted. `taught`: the answers to "is this it?". `certainty`: which listings may alert.
    `sellers`: the names of those that it follows, as typed; `filters` has their hashes.
    `category`: the one that the user named, canonically or by its number; it decides when comps are stale.
    `over_plan`: paused because the plan of its user does not allow it, not by the user.
    """

    id: WatchId
    search_id: SearchId
    user: str
    rule: Rule
    question: Question
    filters: Filters = field(default_factory=Filters)
    unknown_shipping: UnknownShipping = field(default_factory=UnknownShipping)
    every: Seconds | None = None
    label: str = ""
    tag: str = ""
    to: str = DEFAULT_DESTINATION
    paused: bool = False
    created_at: Instant = Instant(0.0)
    baseline_at: Instant | None = None
    armed: bool = True
    revision: int = 1
    rejected: tuple[str, ...] = ()
    taught: Taught = ()
    certainty: Certainty = Certainty.LIKELY
    priority: Priority = Priority.NORMAL
    sellers: tuple[str, ...] = ()
    category: str = ""
    over_plan: bool = False

    @property
    def inquiry(self) -> Inquiry:
        """The watch's question with the category that its user named."""
        return Inquiry(self.question, self.category)

    @property
    def name(self) -> str:
        """The name of the watch in messages."""
        return self.label or self.question.query

    def set_paused(self, *, paused: bool) -> Watch:
        """Return the watch as its user pauses or resumes it; from then on the plan does not resume it."""
        return replace(self, paused=paused, over_plan=False)

    @property
    def purpose(self) -> tuple[str, ...]:
        """What the watch is for: two watches of the same purpose find the same things for the same person."""
        return (
            self.user,
            self.question.key,
            str(self.rule),
            self.filters.key,
            str(self.unknown_shipping),
            self.to,
            str(self.certainty),
            taught_key(self.taught),
        )

    def is_restarted_by(self, before: Watch) -> bool:
        """Return whether the change from `before` makes the watch start again: another question or rule."""
        return self.question.key != before.question.key or str(self.rule) != str(before.rule)

    def rule_context(
        self,
        comps: Comps,
        now: Instant,
        assumed: Money | None,
        *,
        new_items: frozenset[str] = frozenset(),
        history: History = History(),
        groups: MarketGroups | None = None,
    ) -> RuleContext:
        """Return what the rule looks at; `assumed` is the search's usual shipping cost.

        `groups`: the price groups of these comps, if they are known already.
        """
        unknown = self.unknown_shipping
        return RuleContext(
            comps,
            now,
            assumed=unknown.amount or assumed,
            skips_unknown_shipping=unknown.policy == "skip",
            baseline_at=self.baseline_at,
            new_items=new_items,
            history=history,
            groups=self.groups_of(comps) if groups is None else groups,
        )

    def groups_of(self, comps: Comps) -> MarketGroups:
        """Return the price groups of comps if the rule judges within them."""
        if not self.rule.within_groups:
            return ONE_MARKET
        return find_market_groups(self.question.query, comps.selection.kept, comps.statistics.currency)


def normal_query(query: str) -> str:
    """Return the query as it identifies a search: single spaces, case folded."""
    return " ".join(query.split()).casefold()


def comps_for(
    question: Question,
    listings: Sequence[Listing],
    filters: Filters = Filters(),
    *,
    trust_condition: bool = True,
    basis: Basis = Basis.ASK,
    background: Background = Background(),
    known: KnownVerdicts | None = None,
) -> Comps:
    """Return the listings that are comparable for `question` under `filters`, and their statistics.

    `known`: the verdicts of its last selection, if any.
    """
    currency = currency_of(question.marketplace)
    selection = select(
        question.query,
        question.condition,
        listings,
        currency=currency,
        filters=filters,
        trust_condition=trust_condition,
        background=background,
        languages=languages_of(question.marketplace),
        known=known,
    )
    return Comps(selection, summarize(selection.kept, currency, basis))
