"""What one user wants (Watch) and one question to a market (Search)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NewType

from watcher.core.comps import Filters
from watcher.core.listing import Condition
from watcher.core.money import Money
from watcher.core.rules import Rule
from watcher.core.times import Instant, Seconds

WatchId = NewType("WatchId", int)
SearchId = NewType("SearchId", int)
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class UnknownShipping:
    """How a rule judges an item whose shipping is unknown: `assume`, `skip`, or an amount."""

    policy: str = "assume"
    amount: Money | None = None

    def __str__(self) -> str:
        return f"{self.amount.amount} {self.amount.currency}" if self.amount else self.policy


@dataclass(frozen=True, slots=True)
class Question:
    """One distinct question to a market; searches with the same key are one search."""

    query: str
    condition: Condition
    category: str
    marketplace: str

    @property
    def key(self) -> str:
        """Equal for questions that are one search."""
        return "|".join((self.marketplace, normal_query(self.query), self.condition, self.category))


@dataclass(frozen=True, slots=True)
class Search:
    """A question with its schedule, as the store keeps it."""

    id: SearchId
    question: Question
    due_at: Instant
    polled_at: Instant | None = None
    attempt: int = 0
    lease: str = ""


@dataclass(frozen=True, slots=True)
class Watch:
    """One user's wish: a search, a rule, filters, and where to send the alert.

    `baseline_at`: the watch's first successful poll, None before it. `revision` grows with each edit.
    `rejected`: hashes of the items that a person said are not it.
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
    to: str = "slack"
    paused: bool = False
    created_at: Instant = Instant(0.0)
    baseline_at: Instant | None = None
    armed: bool = True
    revision: int = 1
    rejected: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What to call it in a message."""
        return self.label or self.question.query


def normal_query(query: str) -> str:
    """The query as it identifies a search: one space between words, case folded."""
    return _SPACE.sub(" ", query).strip().casefold()
