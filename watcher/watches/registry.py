"""Registers, edits, pauses, removes, imports and exports watches."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import partial
from typing import NamedTuple

from watcher.core.cadence import RESERVE
from watcher.core.errors import InvalidInput, NotFound
from watcher.core.plurals import count_of
from watcher.core.rejections import reject_items, restore_items
from watcher.core.times import DAY, Instant, Seconds
from watcher.core.watch import Watch, WatchId
from watcher.core.watch_input import FIELDS, Defaults, draft_of, edit_watch, watch_from
from watcher.db.watches import DamagedWatch, WatchStore

PROGRESS_EVERY = 1_000  # rows of an import
_MAX_TRIES = 3  # of an edit that conflicts with another
_MAX_ID = 2**62  # SQLite's integers have 64 bits
_TRUTH = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
_NAMES = (*FIELDS, "paused")


class BadRow(NamedTuple):
    """A refused row of an import: its line (in JSON: its position in the list) and the reason."""

    line: int
    why: str


class Import(NamedTuple):
    """What an import would register, and its bad rows; `counted` says what their numbers refer to."""

    watches: tuple[Watch, ...]
    bad: tuple[BadRow, ...]
    counted: str = "line"


@dataclass(frozen=True, slots=True)
class Registry:
    """Registers watches in a store. Raises InvalidInput and NotFound with a message for the user.

    `daily_quota` returns the calls per day that polls share.
    """

    store: WatchStore
    defaults: Defaults
    daily_quota: Callable[[], int]

    def parse(self, draft: Mapping[str, str]) -> Watch:
        """Return the watch that these fields describe, without saving it."""
        return watch_from(draft, self.defaults)

    async def add(self, draft: Mapping[str, str], now: Instant) -> Watch:
        """Register one watch; its first poll is due at once."""
        watch = self.parse(draft)
        (number,) = await self.store.add([watch], now)
        # Not read back: if that read failed, the user would think that nothing was registered.
        return replace(watch, id=number, created_at=now)

    async def add_all(self, watches: Sequence[Watch], now: Instant) -> Sequence[WatchId]:
        """Register all or none; their first polls are spread over time to save quota for other calls."""
        calls = max(1.0, self.daily_quota() * (1 - RESERVE))
        return await self.store.add(watches, now, Seconds(DAY / calls))

    @staticmethod
    def watch_id(number: int) -> WatchId:
        """Return `number` as an id. Raises NotFound if no watch can have it."""
        if not 0 < number < _MAX_ID:
            raise _no_watch(number)
        return WatchId(number)

    def get(self, number: int) -> Watch:
        """Return the watch with this id. Raises NotFound."""
        watch = self.store.get(self.watch_id(number))
        if watch is None:
            raise _no_watch(number)
        return watch

    async def edit(self, number: WatchId, changes: Mapping[str, str], now: Instant) -> Watch:
        """Change fields of a watch."""
        return await self._alter(number, lambda watch: edit_watch(watch, changes, self.defaults), now)

    async def reject(
        self, number: WatchId, items: Sequence[str], words: str, now: Instant, *, save: bool = True
    ) -> Watch:
        """Exclude items, and titles with these comma-separated words; without `save`, store nothing."""
        phrases = self.parse({"query": "x", "exclude": words}).filters.exclude
        change = partial(reject_items, items=items, words=phrases)
        return await self._alter(number, change, now) if save else change(self.get(number))

    async def unreject(self, number: WatchId, items: Sequence[str], now: Instant) -> Watch:
        """Include items again that were rejected."""
        return await self._alter(number, partial(restore_items, items=items), now)

    async def set_paused(self, number: WatchId, now: Instant, *, paused: bool) -> Watch:
        """Stop polling for a watch and alerting on it, or resume both; its earlier alerts still count."""
        return await self._alter(number, lambda watch: replace(watch, paused=paused), now)

    async def remove(self, number: int) -> Watch | DamagedWatch:
        """Remove a watch, also a damaged one, and return it; its alerts stay. Raises NotFound."""
        watch = self.watch_id(number)
        found = self.store.find(watch)
        if found is None or not await self.store.remove(watch):
            raise _no_watch(number)
        return found if isinstance(found, DamagedWatch) else found.watch

    async def _alter(self, number: WatchId, change: Callable[[Watch], Watch], now: Instant) -> Watch:
        # Retried if the watch was changed in between, so that neither change undoes the other.
        for _ in range(_MAX_TRIES):
            if await self.store.change(change(self.get(number)), now):
                return self.get(number)
        raise InvalidInput(f"Watch {number} was changed by others at the same moment; try again.")

    def read_import(self, text: str, progress: Callable[[int], None] = lambda _: None) -> Import:
        """Check an import: CSV with a header, or the JSON that `export_json` writes.

        `progress` receives the line, once per thousand rows. Raises InvalidInput for any other format.
        """
        watches: list[Watch] = []
        bad: list[BadRow] = []
        for place, (line, row) in enumerate(rows_of(text), 1):
            if place % PROGRESS_EVERY == 0:
                progress(line)
            try:
                watches.append(self._watch_of_row(row))
            except InvalidInput as error:
                bad.append(BadRow(line, str(error)))
        return Import(tuple(watches), tuple(bad), "watch" if _is_json(text) else "line")

    def _watch_of_row(self, row: ImportRow) -> Watch:
        if isinstance(row, str):
            raise InvalidInput(row)
        watch = watch_from(row, self.defaults)
        paused = row.get("paused", "").strip()
        if paused and paused.casefold() not in _TRUTH:
            raise InvalidInput(f'"{paused[:20]}" is neither yes nor no for paused.')
        return replace(watch, paused=_TRUTH.get(paused.casefold(), False))


def _no_watch(number: int) -> NotFound:
    return NotFound(f"There is no watch {number}; `watcher watch list` shows them.")


def export_json(watches: Sequence[Watch]) -> str:
    """Return watches as JSON that `Registry.read_import` accepts."""
    rows = [{**draft_of(w), **({"paused": "yes"} if w.paused else {})} for w in watches]
    return json.dumps({"watches": rows}, ensure_ascii=False, indent=2)


ImportRow = Mapping[str, str] | str
"""The fields of a row, or the sentence that says why it is bad."""


def rows_of(text: str) -> Iterator[tuple[int, ImportRow]]:
    """Yield each row of an import with its line. Raises InvalidInput if the file is neither CSV nor JSON."""
    text = text.lstrip("\ufeff")
    if not text.strip():
        raise InvalidInput("The file is empty.")
    return _json_rows(text) if _is_json(text) else _csv_rows(text)


def _is_json(text: str) -> bool:
    return text.lstrip("\ufeff \t\r\n")[:1] in ("{", "[")


def _csv_rows(text: str) -> Iterator[tuple[int, ImportRow]]:
    # In many locales spreadsheets write semicolons; cells copied from one are separated by tabs.
    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter = next((d for d in ",;\t" if d in first), ",")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    header: list[str] = []
    next_line = 1
    try:
        for row in reader:
            line, next_line = next_line, reader.line_num + 1
            if not any(cell.strip() for cell in row):
                continue
            if not header:
                header = _header(row)
            else:
                yield line, _csv_row(header, row)
    except csv.Error as error:
        raise InvalidInput(f"Line {next_line} is not CSV: {error}.") from None


def _header(row: Sequence[str]) -> list[str]:
    header = [name.strip().casefold().replace("-", "_") for name in row]
    while not header[-1]:  # empty columns that a spreadsheet adds
        header.pop()
    for name in header:
        if unknown := _unknown_field(name):
            raise InvalidInput(unknown)
        if header.count(name) > 1:
            raise InvalidInput(f'The column "{name}" is there twice.')
    if "query" not in header:
        raise InvalidInput(f'The first line has no "query" column; it names any of {", ".join(FIELDS)}.')
    return header


def _csv_row(header: Sequence[str], row: Sequence[str]) -> ImportRow:
    cells = list(row)
    while len(cells) > len(header) and not cells[-1].strip():
        cells.pop()
    if len(cells) != len(header):
        return f"The row has {count_of(len(cells), 'field')}, the header {len(header)}."
    return dict(zip(header, cells, strict=True))


def _json_rows(text: str) -> Iterator[tuple[int, ImportRow]]:
    try:
        read = json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidInput(f"Line {error.lineno} is not JSON: {error.msg}.") from None
    except (ValueError, RecursionError):
        raise InvalidInput("The JSON has a number that is too long or is nested too deeply.") from None
    rows = read.get("watches") if isinstance(read, dict) else read
    if not isinstance(rows, list):
        raise InvalidInput(
            'The JSON has no list of watches; `watcher watch export` writes {"watches": [...]}.'
        )
    for position, row in enumerate(rows, 1):
        yield position, _json_row(row)


def _json_row(row: object) -> ImportRow:
    if not isinstance(row, dict):
        return "It is not an object with a query."
    fields = {}
    for name, value in row.items():
        if unknown := _unknown_field(name):
            return unknown
        if name == "paused" and isinstance(value, bool):
            fields[name] = "yes" if value else "no"
        elif isinstance(value, bool) or not isinstance(value, str | int | float | None):
            return f'The field "{name}" is not text.'
        elif value is not None:
            fields[name] = str(value)
    return fields


def _unknown_field(name: str) -> str:
    """Return the sentence for an unknown field, or "" if the field is known."""
    if name in _NAMES:
        return ""
    if not name:
        return "A column has no name."
    name = name[:40]
    near = get_close_matches(name, FIELDS, n=1)
    hint = f' Did you mean "{near[0]}"?' if near else ""
    return f'The field "{name}" is not known.{hint} Known: {", ".join(FIELDS)}.'
