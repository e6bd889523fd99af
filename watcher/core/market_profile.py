"""What the strong rows of a search's answers have in common."""

from __future__ import annotations

from typing import NamedTuple


class MarketProfile(NamedTuple):
    """What listings that are surely the item have in common. The field names are stored.

    `leaves`: their leaf categories; `epids`: the catalogue ids that several of them share; `typical`: the
    median of their prices in minor units, 0 if unknown; `rows`: their number; `kinds`: the kind of thing
    that most titles name; `systems`: whether the query means a whole system.
    """

    leaves: tuple[str, ...] = ()
    epids: tuple[str, ...] = ()
    typical: int = 0
    rows: int = 0
    kinds: tuple[str, ...] = ()
    systems: bool = False
