"""The listings of the simulated market: what each really is, and what it looks like when."""

from __future__ import annotations

from bisect import bisect_right
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from watcher.demo.source import HOME, DemoRow

if TYPE_CHECKING:
    from watcher.core.times import Instant
    from watcher.demo.catalogue import Product


class DemoKind(StrEnum):
    """What a listing really is, which its row does not tell."""

    GENUINE = "genuine"
    BARGAIN = "bargain"
    LOT = "lot"
    PARTS = "parts"
    BOX = "box"
    OTHER = "other"
    ALONG = "along"
    COPY = "copy"
    PRESALE = "presale"
    GROUP = "group"


class DemoListing(NamedTuple):
    """A listing from `born` to `ends`; `rows[i]` is what it looks like from `starts[i]` on.

    `rank` orders Best Match; one that is listed `twice` comes again further down, as in real answers.
    `sells`: somebody buys it at its end.
    """

    kind: DemoKind
    born: Instant
    ends: Instant
    rank: float
    twice: bool
    sells: bool
    words: frozenset[str]
    starts: tuple[float, ...]
    rows: tuple[DemoRow, ...]

    def at(self, now: Instant) -> DemoRow:
        """The item summary at `now`, which is between its birth and its end."""
        return self.rows[max(0, bisect_right(self.starts, now) - 1)]


class Creation(NamedTuple):
    """All that a listing is made of: the same birth, the same listing.

    `level` is the product's true price at birth in US dollars; `cut_at` is when a bargain's price falls
    from the usual one, `born` for one that is a bargain from the start, None for what is no bargain.
    """

    product: Product
    seed: str
    legacy_id: str
    born: Instant
    ends: Instant
    level: float
    marketplace: str = HOME
    cut_at: Instant | None = None
