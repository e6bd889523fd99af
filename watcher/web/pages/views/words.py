"""Words and figures that several views share, made from the API's JSON."""

from __future__ import annotations

from datetime import UTC, datetime

from watcher.core.money import from_wire
from watcher.core.times import Instant, from_iso, in_zone, replace_instants


def money_or_none(amount: str | None, currency: str) -> str | None:
    """Return an amount for a reader, `$49.90`; None if it is unknown."""
    found = None if amount is None else from_wire(amount, currency)
    return None if found is None else str(found)


def read_instant(text: str | None) -> Instant | None:
    """Return an instant of the API's JSON."""
    return from_iso(text)


def with_local_times(text: str) -> str:
    """Return a sentence with its instants in the daemon's zone."""
    return replace_instants(text, lambda at: in_zone(datetime.fromtimestamp(at, UTC).astimezone()))
