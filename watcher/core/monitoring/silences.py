"""Silences and maintenance windows: which messages are withheld, why, and until when."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from watcher.core.errors import Api, InvalidInput
from watcher.core.monitoring.incidents import SELF_SUBJECT, Symptom
from watcher.core.times import DAY, Instant, Seconds, from_iso, iso, parse_duration
from watcher.core.typed_text import clean_field


class Silence(NamedTuple):
    """Withholds messages from `starts_at` to `ends_at`; with `every` it repeats at that interval in seconds.

    Empty `api` and `symptom` match everything. With `watch` it applies to the price alerts of that watch
    instead. It never changes a state, only what is delivered.
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
        """Return the end of the window that contains `now`; None outside of any window."""
        if now < self.starts_at:
            return None
        repeats = (now - self.starts_at) // self.every if self.every else 0
        end = Instant(self.ends_at + repeats * (self.every or 0.0))
        return end if now < end else None


def silenced(silences: Iterable[Silence], api: str, symptom: str, now: Instant) -> bool:
    """Return whether messages about incidents of this kind are withheld now."""
    return any(
        s.watch is None and s.api in ("", api) and s.symptom in ("", symptom) and s.until(now) is not None
        for s in silences
    )


def held_until(silences: Iterable[Silence], watch: int, now: Instant) -> Instant | None:
    """Return until when the price alerts of a watch wait; None if they do not."""
    ends = (s.until(now) for s in silences if s.watch == watch)
    return max((end for end in ends if end is not None), default=None)


def silence_over(silences: Iterable[Silence], watch: int, now: Instant) -> Silence | None:
    """Return the silence that withholds the price alerts of a watch for the longest; None if none does."""
    holding = [(end, s) for s in silences if s.watch == watch and (end := s.until(now)) is not None]
    return max(holding, key=lambda one: one[0])[1] if holding else None


_MAX_AHEAD = 100 * 366 * DAY
_SUBJECTS = frozenset({*(str(a) for a in Api), SELF_SUBJECT})


def parse_silence(draft: Mapping[str, str], now: Instant) -> Silence:
    """Parse a silence from typed fields: `length`, `author`, `reason`, and what it matches.

    It matches `everything`, or a `watch`, or an `api` or `symptom` or both; `start` and `every` make it a
    maintenance window. Raises InvalidInput.
    """
    api, symptom, watch = _matchers(draft)
    length, every = _duration(draft["length"]), draft.get("every")
    again = _duration(every) if every else None
    if again is not None and again <= length:
        raise InvalidInput('"every" must be longer than "for".')
    start = from_iso(draft["start"]) if draft.get("start") else now
    if start is None:
        raise InvalidInput(f'"{draft["start"][:60]}" is not a time; write 2026-12-01T02:00Z.')
    author, reason = clean_field(draft["author"], "author"), clean_field(draft["reason"], "reason")
    if not author or not reason:
        raise InvalidInput('A silence needs an author ("by") and a reason ("reason").')
    ends = Instant(start + length)
    if again is None and ends <= now:
        raise InvalidInput(f"This silence would already have ended, at {iso(ends)}.")
    if ends > now + _MAX_AHEAD:
        raise InvalidInput("A silence must end within a hundred years.")
    number = int(watch) if watch else None
    facts = f"{now}|{api}|{symptom}|{watch}|{start}|{ends}|{again}|{author}|{reason}"
    name = hashlib.sha256(facts.encode("utf-8", "replace")).hexdigest()[:8]
    return Silence(name, start, ends, author[:200], reason[:500], api, symptom, number, again)


def _matchers(draft: Mapping[str, str]) -> tuple[str, str, str]:
    """Return the API, the symptom and the watch that a silence matches; each may be empty."""
    api, symptom, watch = (draft.get(k, "").strip().lower() for k in ("api", "symptom", "watch"))
    if not (api or symptom or watch or draft.get("everything")):
        raise InvalidInput('Choose what to silence: an id, "api", "symptom", "watch" or "all".')
    if draft.get("everything") and (api or symptom or watch):
        raise InvalidInput('"all" silences every operator message; omit the other matchers.')
    if watch and (api or symptom):
        raise InvalidInput("A silence applies either to a watch or to incidents, not to both.")
    if api and api not in _SUBJECTS and not api.startswith(f"{SELF_SUBJECT}-"):
        raise InvalidInput(f'Unknown API "{api[:60]}"; choose from {", ".join(sorted(_SUBJECTS))}.')
    if symptom and symptom not in set(Symptom):
        raise InvalidInput(f'Unknown symptom "{symptom[:60]}"; choose from {", ".join(Symptom)}.')
    return api, symptom, watch


def _duration(text: str) -> Seconds:
    try:
        seconds = parse_duration(text)
    except ValueError as error:
        raise InvalidInput(f"{error}.") from None
    if not seconds:
        raise InvalidInput("A silence must last longer than zero.")
    return seconds
