"""What a market says about single items now: whether they can still be bought, and at what price."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from watcher.core.money import Money
from watcher.core.times import Instant


class Gone(StrEnum):
    """Why an item can no longer be bought, in words."""

    ENDED = "ended"
    SOLD_OUT = "sold out"
    NOT_FOUND = "no longer listed"


class ItemState(NamedTuple):
    """One item at one time. `None` is unknown, never zero, and never gone.

    `gone`: why it can no longer be bought; None while it can, as far as the market says. `price` is the fixed
    or Buy-It-Now price; an auction may repeat its bid there. `revision` changes when the seller changes
    something.
    """

    gone: Gone | None = None
    price: Money | None = None
    bid: Money | None = None
    bid_count: int | None = None
    ends_at: Instant | None = None
    revision: str = ""
