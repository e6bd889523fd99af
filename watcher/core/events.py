"""Events: which of a user's things changed, without what it is now."""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from watcher.core.times import Seconds

# A missing id belongs to a transaction that may still commit, or to one that was rolled back; after this
# time it counts as rolled back.
GAP_SECONDS = Seconds(5.0)
_MAX_ID_DIGITS = 18
# The header of a stored event; a hint has no id, so that a browser resumes after the last stored event.
_WITH_ID = b"id: %d\ndata: %s\n\n"
_HINT = b"data: %s\n\n"


class EventType(StrEnum):
    """What an event is about. Polls are hints that are not stored."""

    ALERT = "alert"
    WATCH = "watch"
    INCIDENT = "incident"
    PLAN = "plan"
    POLL = "poll"


class ChangeEvent(NamedTuple):
    """One change: the user whose it is (None: it concerns the admins), and the object with its revision."""

    user: str | None
    type: str
    ref: str
    revision: int

    def message(self, number: int | None = None) -> bytes:
        """Return the event as a stream sends it. `number`: its id, None for a hint."""
        by_number = self.type in (EventType.WATCH, EventType.POLL) and self.ref.isdecimal()
        data = json.dumps(
            {"type": self.type, "id": int(self.ref) if by_number else self.ref, "revision": self.revision}
        ).encode()
        return _HINT % data if number is None else _WITH_ID % (number, data)


class StoredEvent(NamedTuple):
    """An event with its id; ids grow, and a stream is resumed after one."""

    id: int
    event: ChangeEvent

    def message(self) -> bytes:
        """Return the event as a stream sends it."""
        return self.event.message(self.id)


class OrderedTail:
    """Passes stored events on in the order of their ids, although they may be committed in another order.

    Every event up to `position` has been passed on, or never will be; 0 if there has been no event.
    `waits`: whether an id that is missing may still appear.
    """

    def __init__(self, position: int, *, waits: bool) -> None:
        self.position = position
        self._waits = waits
        self._gap: tuple[int, float] | None = None

    def admit(self, events: Sequence[StoredEvent], now: float) -> Sequence[StoredEvent]:
        """Return the events to pass on now. `events`: those above `position`, by id; `now`: monotonic."""
        for number, event in enumerate(events):
            if self._must_wait(event.id, now):
                return events[:number]
            self.position = event.id
        return events

    def _must_wait(self, following: int, now: float) -> bool:
        if not self._waits or following == self.position + 1 or not self.position:
            return False
        if self._gap is None or self._gap[0] != self.position:
            self._gap = (self.position, now)
        return now - self._gap[1] < GAP_SECONDS


def parse_id(text: str) -> int:
    """Return the id of an event or a search that a client or a daemon names; 0 if the text is not one."""
    is_number = text.isascii() and text.isdecimal() and len(text) <= _MAX_ID_DIGITS
    return int(text) if is_number else 0
