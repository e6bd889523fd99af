"""An import as JSON, and how the daemon does one without keeping its event loop from other work."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any

from watcher.core.errors import Code, InvalidInput, WatcherError
from watcher.core.plurals import count_of, plural_of
from watcher.watches.registry import Import, ImportRows, Registry

Doubts = Sequence[tuple[str, ...]]
"""The sentences about each imported watch."""

MAX_IMPORT_ROWS = 100_000  # of an import over HTTP
_ROWS_AT_ONCE = 50  # before other tasks run; a few milliseconds


async def read_import_of(registry: Registry, text: str, user: str, room: int | None) -> Import:
    """Check an import of a user's own watches; other tasks run in between.

    `room`: how many more watches the user may have; None without a bound. Raises InvalidInput.
    """
    collected = ImportRows(text)
    for place, (line, row) in enumerate(registry.check_rows(text, user), 1):
        if place > MAX_IMPORT_ROWS:
            raise InvalidInput(f"The import has more than {MAX_IMPORT_ROWS:,} rows; import it in parts.")
        collected.add(line, row)
        if room is not None and len(collected.watches) > room:
            raise InvalidInput(
                f"The import has more watches than the {room:,} that you may still have, so nothing was "
                "imported. Remove some, or import fewer."
            )
        if place % _ROWS_AT_ONCE == 0:
            await asyncio.sleep(0)
    return collected.read()


def import_view(read: Import, count: int, doubts: Doubts) -> dict[str, Any]:
    """Return an import as JSON: `watch import --json`, and POST /api/watches/import."""
    return {
        "imported": count,
        "bad": list(bad_row_views(read)),
        "warnings": list(warning_views(read, doubts)),
    }


def bad_row_views(read: Import) -> Iterator[dict[str, Any]]:
    """Yield each bad row of an import as JSON."""
    return ({"line": b.line, "why": b.why} for b in read.bad)


def warning_views(read: Import, doubts: Doubts) -> Iterator[dict[str, Any]]:
    """Yield the doubts about each row of an import that has any as JSON."""
    rows = zip(read.places, doubts, strict=False)
    return ({"line": line, "warnings": list(found)} for line, found in rows if found)


def import_error(read: Import, option: str = "--keep-going") -> WatcherError:
    """Return the error of an import that registered nothing because rows are bad."""
    sentence = import_refusal(read, option)
    return WatcherError(Code.FORBIDDEN, sentence) if read.is_beyond_plan else InvalidInput(sentence)


def import_refusal(read: Import, option: str = "--keep-going") -> str:
    """Return why nothing was imported, and which option imports the good rows."""
    bad, good = len(read.bad), len(read.watches)
    hint = f" {option} imports the {count_of(good, 'good row')}." if good else ""
    return f"{count_of(bad, 'row')} {plural_of(bad, 'is', 'are')} bad, so nothing was imported.{hint}"
