"""What the form shows by which a listing is rejected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from watcher.core.plurals import count_of

_MOST_TITLES = 10  # that are listed; vague words drop many


@dataclass(frozen=True, slots=True)
class RejectionForm:
    """The form by which an item is rejected, as it was sent: what was typed, an error, or what it would do.

    `page` is the address of its page relative to the first, `part` what a script replaces afterwards.
    `removed` has titles that the words would drop too, and `more` says how many others.
    """

    page: str
    part: str
    item: str
    words: str
    title: str = ""
    error: str = ""
    removed: tuple[str, ...] | None = None
    more: str = ""
    kept: str = ""


def with_outcome(doubt: RejectionForm, found: Mapping[str, Any]) -> RejectionForm:
    """Return a form with what the JSON of a rejection that is not saved says."""
    titles = tuple(x["title"] for x in found["alsoRemoved"])
    more = len(titles) - _MOST_TITLES
    return replace(
        doubt,
        removed=titles[:_MOST_TITLES],
        more=f"and {more:,} more" if more > 0 else "",
        kept="" if found["kept"] is None else f"{count_of(found['kept'], 'comp')} would remain.",
    )
