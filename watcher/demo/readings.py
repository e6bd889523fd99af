"""A stand-in for a model that reads listings: it knows what those of the simulated market really are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

from watcher.core.times import Instant
from watcher.demo.source import Source

_MAX_LISTINGS = 50
_VERDICTS = {True: "same", False: "different", None: "unsure"}


@runtime_checkable
class ListingJudge(Protocol):
    """A source that knows what its listings are."""

    def judge(self, query: str, title: str, now: Instant) -> bool | None:
        """Return whether a listing with this title is the item of a query, None if that is unknown."""
        ...


def is_reading(asked: Mapping[str, Any]) -> bool:
    """Return whether a request is about listings: its last message is a text alone."""
    return [part["type"] for part in asked["input"][-1]["content"]] == ["input_text"]


def read_listings(asked: Mapping[str, Any], source: Source, now: Instant) -> dict[str, Any]:
    """Return the verdicts on the listings of a request. Raises ValueError if it has another form."""
    try:
        question = json.loads(asked["input"][-1]["content"][0]["text"])
        query, listings = str(question["query"]), list(question["listings"])
        titles = {int(listing["n"]): str(listing["title"]) for listing in listings}
    except (KeyError, TypeError) as error:
        raise ValueError("the text is not a question about listings") from error
    if len(titles) != len(listings) or len(titles) > _MAX_LISTINGS:
        raise ValueError("too many listings, or a number that several of them have")
    judge = source.judge if isinstance(source, ListingJudge) else _unknown
    verdicts = {n: _VERDICTS[judge(query, title, now)] for n, title in titles.items()}
    return {
        "verdicts": [{"n": n, "verdict": verdict, "why": "by its kind"} for n, verdict in verdicts.items()]
    }


def _unknown(_query: str, _title: str, _now: Instant) -> bool | None:
    return None
