"""Readings: the verdicts of an AI reader on listings."""

from __future__ import annotations

from enum import StrEnum


class Reading(StrEnum):
    """Whether a listing is the item of a query, according to the reader."""

    SAME = "same"
    DIFFERENT = "different"
    UNSURE = "unsure"
