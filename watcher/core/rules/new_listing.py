"""`new`: a listing that was not there at the watch's first poll."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from watcher.core.money import Money
from watcher.core.rules.base import ItemRule
from watcher.core.rules.context import Match, RuleContext
from watcher.core.times import iso


@dataclass(frozen=True)
class NewListing(ItemRule):
    """A listing was not there at the watch's first poll."""

    keyword = "new"
    example = "new"
    needs_new_items = True
    first_poll_note = "Listings found at the first poll are not new; later ones alert."

    @classmethod
    def parse(cls, argument: str, currency: str) -> Self:
        return cls()

    def __str__(self) -> str:
        return "new"

    def describe_target(self, median: Money | None) -> str:
        return "any new listing"

    def reason(self, match: Match, context: RuleContext) -> str:
        is_new = match.listing.item_id in context.new_items
        # Receipts compare this sentence, so the old word "look" stays.
        return "a new listing, not there at the first look" if is_new else ""

    def reason_against(self, match: Match, context: RuleContext) -> str:
        if context.baseline_at is None:
            return "the first poll only records what is there"
        return f"it was there at the first poll, {iso(context.baseline_at)}, or it is too old to be new"
