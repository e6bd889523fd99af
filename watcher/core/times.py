"""Instants and durations in seconds, and how users write and read them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from typing import NewType

Instant = NewType("Instant", float)
"""Seconds since 1970-01-01T00:00Z."""
Seconds = NewType("Seconds", float)
"""A length of time in seconds."""

MINUTE, HOUR, DAY = Seconds(60.0), Seconds(3600.0), Seconds(86400.0)
# What eBay's dates lie between: 1995 and 2100.
_EARLIEST, _LATEST = 788_918_400.0, 4_102_444_800.0
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_WORDS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))
_INSTANT = re.compile(r"\b20\d\d-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\dZ")
_DURATION = re.compile(r"(\d{1,10})(s|m|h|d)\Z", re.ASCII)


def parse_duration(text: str) -> Seconds:
    """Parse `90s`, `15m`, `24h` or `7d`. Raise ValueError with a message for the user."""
    match = _DURATION.match(text.strip())
    if not match:
        raise ValueError(f'"{text}" is not a duration; write 90s, 15m, 24h or 7d')
    seconds = int(match[1]) * _UNITS[match[2]]
    if seconds > 100 * 365 * 86400:
        raise ValueError(f'"{text}" is more than a hundred years')
    return Seconds(float(seconds))


def write_duration(seconds: float) -> str:
    """Return the shortest form that `parse_duration` reads back: `5400` is `90m`."""
    whole = int(seconds)
    for unit in ("d", "h", "m"):
        size = _UNITS[unit]
        if whole >= (2 * size if unit == "d" else size) and whole % size == 0:
            return f"{whole // size}{unit}"
    return f"{whole}s"


@lru_cache(maxsize=1_024)
def in_words(seconds: float) -> str:
    """Return a duration in its two largest units: `3 min`, `2 h 5 min`, `4 d`."""
    left = max(0, round(seconds))
    largest = next((i for i, (size, _) in enumerate(_WORDS) if left >= size), len(_WORDS) - 1)
    parts = []
    for size, name in _WORDS[largest : largest + 2]:
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {name}")
    return " ".join(parts) or "0 s"


def iso(at: float) -> str:
    """Format an instant as `2026-11-23T22:24:09Z`."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def in_zone(moment: datetime, *, seconds: bool = False) -> str:
    """Return an aware time as people read it, with its zone: `2026-11-23 23:24 CET`, `… UTC+03:00`."""
    name = moment.tzname() or ""
    if not name.isalpha():  # many zones have no name, only an offset like "-03"
        offset = moment.strftime("%z")
        name = f"UTC{offset[:3]}:{offset[3:5]}"
    return f"{moment.strftime('%Y-%m-%d %H:%M:%S' if seconds else '%Y-%m-%d %H:%M')} {name}"


def replace_instants(text: str, write: Callable[[Instant], str], *, limit: int = 0) -> str:
    """Return `text` with every time that `iso` wrote, or the first `limit`, written by `write` instead."""

    def written(match: re.Match[str]) -> str:
        at = from_iso(match[0])
        return match[0] if at is None else write(at)

    return _INSTANT.sub(written, text, count=limit)


def from_iso(text: object) -> Instant | None:
    """Parse eBay's `2025-10-16T07:00:00.000Z`; return None for anything else, also a date without a time."""
    if type(text) is not str or "T" not in text:
        return None
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    if read.tzinfo is None:
        read = read.replace(tzinfo=UTC)
    return Instant(read.timestamp())


def plausible_instant(read: datetime) -> Instant | None:
    """Return when a listing begins or ends, in UTC if it names no zone; None for a year eBay cannot mean."""
    if read.tzinfo is None:
        read = read.replace(tzinfo=UTC)
    at = read.timestamp()
    return Instant(at) if _EARLIEST < at < _LATEST else None
