"""Item specifics: what a seller filled in beside the title, such as storage capacity or grade."""

from __future__ import annotations

from typing import NamedTuple


class Specifics(NamedTuple):
    """The item specifics of one listing: pairs of name and value, as the market sends them."""

    pairs: tuple[tuple[str, str], ...] = ()
