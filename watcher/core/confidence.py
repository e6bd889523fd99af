"""How certain a verdict on a listing is, and what leaves it open."""

from __future__ import annotations

from collections.abc import Collection
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


_MAX_REASONS = 3  # per doubt, the weightiest first


def weigh(doubts: Collection[tuple[int, str]]) -> Doubt | None:
    """Return the doubt that several ones of different weights make together; None without any.

    One of weight 1 leaves a verdict likely; more make it doubtful.
    """
    if not doubts:
        return None
    ordered = sorted(set(doubts), key=lambda d: (-d[0], d[1]))
    weight = sum(w for w, _ in ordered)
    if not weight:
        return None
    why = "; ".join(why for w, why in ordered[:_MAX_REASONS] if w)
    return Doubt(Confidence.LIKELY if weight == 1 else Confidence.DOUBTFUL, why)
