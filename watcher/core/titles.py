"""What a title says an item is, and whether that is what a query asks for."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Reason(StrEnum):
    """Why a listing is not comparable."""

    QUERY = "query"
    EXCLUDED = "excluded"
    LOT = "lot"
    PARTS = "parts"
    ACCESSORY = "accessory"
    REPRINT = "reprint"
    PRESALE = "presale"
    SYSTEM = "system"
    GROUP = "group"
    AUCTION = "auction"
    CONDITION = "condition"
    CURRENCY = "currency"
    NO_PRICE = "no-price"
    BUYING = "buying"
    FEEDBACK = "feedback"
    COUNTRY = "country"


class Verdict(NamedTuple):
    """Why a title is not what the query asks for, with the words that say so."""

    reason: Reason
    detail: str


def judge_title(query: str, title: str) -> Verdict | None:
    """None when `title` may be the item that `query` names, else the most certain reason against it."""
    have = set(title.casefold().split())
    missing = [w for w in query.casefold().split() if w not in have]
    return Verdict(Reason.QUERY, f'no "{missing[0]}"') if missing else None
