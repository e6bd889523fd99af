"""The listings of the simulated market: what each one is, and its item summary over time."""

from __future__ import annotations

from bisect import bisect_right
from enum import StrEnum
from typing import NamedTuple

from watcher.core.times import Instant
from watcher.demo.catalogue import Product
from watcher.demo.sales import Departure, Stay
from watcher.demo.source import HOME, DemoRow


class DemoKind(StrEnum):
    """What a listing really is, which its item summary does not contain."""

    GENUINE = "genuine"
    BARGAIN = "bargain"
    LOT = "lot"
    PARTS = "parts"
    BOX = "box"
    OTHER = "other"
    ACCESSORY = "accessory"
    COPY = "copy"
    PRESALE = "presale"
    GROUP = "group"


class DemoListing(NamedTuple):
    """A listing on offer from `starts_at` to `ends_at`; `rows[i]` is valid from `row_starts[i]` on.

    `rank` orders Best Match; with `duplicated` the listing appears again further down, as in real answers.
    """

    kind: DemoKind
    starts_at: Instant
    ends_at: Instant
    rank: float
    duplicated: bool
    outcome: Departure
    words: frozenset[str]
    row_starts: tuple[float, ...]
    rows: tuple[DemoRow, ...]

    def at(self, now: Instant) -> DemoRow:
        """Return the item summary at `now`, which is between start and end."""
        return self.rows[max(0, bisect_right(self.row_starts, now) - 1)]


class Creation(NamedTuple):
    """Everything that determines a listing.

    `true_price` is the product's at the start, in US dollars; `stay` says how the price compares with it and
    how the listing ends. `bargain_at` is when the price drops below the
    usual one, None for a listing that is never a bargain.
    """

    product: Product
    seed: str
    legacy_id: str
    starts_at: Instant
    ends_at: Instant
    true_price: float
    stay: Stay
    marketplace: str = HOME
    bargain_at: Instant | None = None
