"""How certain a verdict on a listing is, and what leaves it open."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Confidence(StrEnum):
    """How certain a verdict is. Comps are made of listings that are surely or likely the item."""

    SURE = "sure"
    LIKELY = "likely"
    DOUBTFUL = "doubtful"


class Doubt(NamedTuple):
    """The confidence of a verdict that is not sure, and why, in words for a person."""

    confidence: Confidence
    why: str
