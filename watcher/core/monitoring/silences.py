"""Silences and maintenance windows: who wants to hear nothing of what, why, and until when."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from watcher.core.errors import Api, InvalidInput
from watcher.core.monitoring.incidents import SUBJECT, Symptom
from watcher.core.times import Instant, Seconds, from_iso, iso, parse_duration


class Silence(NamedTuple):
    """Withholds messages from `starts_at` up to `ends_at`; with `every`, again so many seconds later.

    Empty `api` and `symptom` match every one; with `watch` it is about that watch's price alerts instead.
    It never changes a state, only what is delivered.
    """

    id: str
    starts_at: Instant
    ends_at: Instant
    author: str
    reason: str
    api: str = ""
    symptom: str = ""
    watch: int | None = None
    every: Seconds | None = None

    def until(self, now: Instant) -> Instant | None:
        """When the window that `now` lies in ends; None outside of any."""
        if now < self.starts_at:
            return None
        turns = (now - self.starts_at) // self.every if self.every else 0
        end = Instant(self.ends_at + turns * (self.every or 0.0))
        return end if now < end else None

    def past(self, now: Instant) -> bool:
        """Whether it will never hold again."""
        return self.every is None and self.ends_at <= now

    def matches(self, api: str, symptom: str) -> bool:
        """Whether it is about incidents of this kind."""
        return self.watch is None and self.api in ("", api) and self.symptom in ("", symptom)


def silenced(silences: Iterable[Silence], api: str, symptom: str, now: Instant) -> bool:
    """Whether nothing is to be delivered about incidents of this kind now."""
    return any(s.matches(api, symptom) and s.until(now) is not None for s in silences)


def held_until(silences: Iterable[Silence], watch: int, now: Instant) -> Instant | None:
    """Until when a watch's price alerts wait; None where they do not."""
    ends = (s.until(now) for s in silences if s.watch == watch)
    return max((end for end in ends if end is not None), default=None)


_SUBJECTS = frozenset({*(str(a) for a in Api), SUBJECT})


def silence_from(draft: Mapping[str, str], now: Instant) -> Silence:
    """A silence as a person wrote it: `length`, `author`, `reason`, and what it matches.

    That is `everything`, or a `watch`, or an `api` or `symptom` or both; `start` and `every` make it a
    maintenance window. Raises InvalidInput.
    """
    api, symptom, watch = (draft.get(k, "").strip().lower() for k in ("api", "symptom", "watch"))
    if not (api or symptom or watch or draft.get("everything")):
        raise InvalidInput("Say what to silence: an id, --api, --symptom, --watch, or --all.")
    if draft.get("everything") and (api or symptom or watch):
        raise InvalidInput("--all silences every ops message; leave the other matchers out.")
    if watch and (api or symptom):
        raise InvalidInput("A silence is about a watch or about an API's incidents, not both.")
    if api and api not in _SUBJECTS and not api.startswith(f"{SUBJECT}-"):
        raise InvalidInput(f'There is no API "{api[:60]}"; there are {", ".join(sorted(_SUBJECTS))}.')
    if symptom and symptom not in set(Symptom):
        raise InvalidInput(f'There is no symptom "{symptom[:60]}"; there are {", ".join(Symptom)}.')
    length, every = _duration(draft["length"]), draft.get("every")
    again = _duration(every) if every else None
    if again is not None and again <= length:
        raise InvalidInput("What begins again before it has ended is no window; make --every longer.")
    start = _start(draft["start"]) if draft.get("start") else now
    author, reason = draft["author"].strip(), draft["reason"].strip()
    if not author or not reason:
        raise InvalidInput("A silence needs an author (--by) and a reason (--reason).")
    ends = Instant(start + length)
    if again is None and ends <= now:
        raise InvalidInput(f"That ended at {iso(ends)} already.")
    number = int(watch) if watch else None
    name = hashlib.sha256(f"{now}|{api}|{symptom}|{watch}|{start}|{ends}".encode()).hexdigest()[:8]
    return Silence(name, start, ends, author[:200], reason[:500], api, symptom, number, again)


def _duration(text: str) -> Seconds:
    try:
        seconds = parse_duration(text)
    except ValueError as error:
        raise InvalidInput(f"{error}.") from None
    if not seconds:
        raise InvalidInput("A silence lasts longer than nothing.")
    return seconds


def _start(text: str) -> Instant:
    at = from_iso(text)
    if at is None:
        raise InvalidInput(f'"{text[:60]}" is no instant; write 2026-12-01T02:00Z.')
    return at
