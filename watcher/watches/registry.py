"""The life of a watch: registered, edited, paused, removed, imported and exported."""

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
from watcher.core.rejections import forgiving, rejecting
from watcher.core.times import DAY, Instant, Seconds
from watcher.core.watch import Watch, WatchId
from watcher.core.watch_input import FIELDS, Defaults, as_draft, edited, watch_from
from watcher.db.watches import WatchStore

# The progress of an import is told once in so many rows.
PROGRESS_EVERY = 1_000
_TRIES = 3
_MAX_ID = 2**62  # SQLite's integers have 64 bits
_YES = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
_NAMES = (*FIELDS, "paused")


class BadRow(NamedTuple):
    """A row of an import that is not taken: its line (of JSON: its place in the list), and why."""

    line: int
    why: str


class Import(NamedTuple):
    """What an import would register, and the rows that it cannot; `counted`: what their numbers count."""

    watches: tuple[Watch, ...]
    bad: tuple[BadRow, ...]
    counted: str = "line"


@dataclass(frozen=True, slots=True)
class Registry:
    """Registers watches in a store. Raises InvalidInput and NotFound with a sentence for the person."""

    store: WatchStore
    defaults: Defaults
    daily_quota: int

    def parse(self, draft: Mapping[str, str]) -> Watch:
        """Return the watch that these fields describe, without saving it."""
        return watch_from(draft, self.defaults)

    async def add(self, draft: Mapping[str, str], now: Instant) -> Watch:
        """Register one watch; it is polled at once."""
        watch = self.parse(draft)
        (number,) = await self.store.add([watch], now)
        # Not read back: a read that fails now would tell the person that nothing was registered.
        return replace(watch, id=number, created_at=now)

    async def add_all(self, watches: Sequence[Watch], now: Instant) -> Sequence[WatchId]:
        """Register many, all or none; their first polls are spread so that the quota outlasts them."""
        calls = max(1.0, self.daily_quota * (1 - RESERVE))
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
        return await self._alter(number, lambda watch: edited(watch, changes, self.defaults), now)

    async def reject(
        self, number: WatchId, items: Sequence[str], words: str, now: Instant, *, save: bool = True
    ) -> Watch:
        """Leave out items, and titles with these words, written as for `exclude`."""
        phrases = self.parse({"query": "x", "exclude": words}).filters.exclude
        change = partial(rejecting, items=items, words=phrases)
        return await self._alter(number, change, now) if save else change(self.get(number))

    async def forgive(self, number: WatchId, items: Sequence[str], now: Instant) -> Watch:
        """Take back items that were left out."""
        return await self._alter(number, partial(forgiving, items=items), now)

    async def pause(self, number: WatchId, now: Instant) -> Watch:
        """Stop polling for a watch and alerting on it."""
        return await self._alter(number, lambda watch: replace(watch, paused=True), now)

    async def resume(self, number: WatchId, now: Instant) -> Watch:
        """Go on with a paused watch; what it was told before still counts."""
        return await self._alter(number, lambda watch: replace(watch, paused=False), now)

    async def remove(self, number: WatchId, now: Instant) -> Watch:
        """Forget a watch; its alerts stay."""
        watch = self.get(number)
        await self.store.remove(number, now)
        return watch

    async def _alter(self, number: WatchId, change: Callable[[Watch], Watch], now: Instant) -> Watch:
        # Read again when another person changed it in between, so that neither change undoes the other.
        for _ in range(_TRIES):
            if await self.store.change(change(self.get(number)), now):
                return self.get(number)
        raise InvalidInput(f"Watch {number} was changed by others at the same moment; try again.")

    def read(self, text: str, progress: Callable[[int], None] = lambda _: None) -> Import:
        """Check an import: CSV with a header, or the JSON that `write` makes.

        `progress` is told the line, once in a thousand rows. Raises InvalidInput for a file of neither form.
        """
        watches: list[Watch] = []
        bad: list[BadRow] = []
        for place, (line, row) in enumerate(rows_of(text), 1):
            if place % PROGRESS_EVERY == 0:
                progress(line)
            try:
                watches.append(self._watch(row))
            except InvalidInput as error:
                bad.append(BadRow(line, str(error)))
        return Import(tuple(watches), tuple(bad), "watch" if _is_json(text) else "line")

    def _watch(self, row: ImportRow) -> Watch:
        if isinstance(row, str):
            raise InvalidInput(row)
        watch = watch_from(row, self.defaults)
        paused = row.get("paused", "").strip()
        if not paused:
            return watch
        if paused.casefold() not in _YES:
            raise InvalidInput(f'"{paused[:20]}" is neither yes nor no for paused.')
        return replace(watch, paused=_YES[paused.casefold()])


def _no_watch(number: int) -> NotFound:
    return NotFound(f"There is no watch {number}; `watcher watch list` shows them.")


def write(watches: Sequence[Watch]) -> str:
    """Watches as JSON that `Registry.read` reads again."""
    rows = [{**as_draft(w), **({"paused": "yes"} if w.paused else {})} for w in watches]
    return json.dumps({"watches": rows}, ensure_ascii=False, indent=2)


ImportRow = Mapping[str, str] | str
"""The fields of a row, or the sentence why it has none."""


def rows_of(text: str) -> Iterator[tuple[int, ImportRow]]:
    """Each row of an import with its line. Raises InvalidInput for a file that is neither CSV nor JSON."""
    text = text.lstrip("\ufeff")
    if not text.strip():
        raise InvalidInput("The file is empty.")
    return _json_rows(text) if _is_json(text) else _csv_rows(text)


def _is_json(text: str) -> bool:
    return text.lstrip("\ufeff \t\r\n")[:1] in ("{", "[")


def _csv_rows(text: str) -> Iterator[tuple[int, ImportRow]]:
    # Spreadsheets of half of Europe write semicolons, and what is copied from one has tabs.
    first = text.lstrip("\r\n").partition("\n")[0]
    mark = next((m for m in ",;\t" if m in first), ",")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    header: list[str] = []
    begins = 1
    try:
        for row in reader:
            line, begins = begins, reader.line_num + 1
            if not any(cell.strip() for cell in row):
                continue
            if not header:
                header = _header(row)
            else:
                yield line, _csv_row(header, row)
    except csv.Error as error:
        raise InvalidInput(f"Line {begins} is not CSV: {error}.") from None


def _header(row: Sequence[str]) -> list[str]:
    header = [name.strip().casefold().replace("-", "_") for name in row]
    while not header[-1]:  # what a spreadsheet adds on the right
        header.pop()
    for name in header:
        if unknown := _unknown(name):
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
        return f"The row has {len(cells)} field{'s' * (len(cells) != 1)}, the header {len(header)}."
    return dict(zip(header, cells, strict=True))


def _json_rows(text: str) -> Iterator[tuple[int, ImportRow]]:
    try:
        read = json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidInput(f"Line {error.lineno} is not JSON: {error.msg}.") from None
    except (ValueError, RecursionError):
        raise InvalidInput("The JSON holds a number or a nesting without end.") from None
    rows = read.get("watches") if isinstance(read, dict) else read
    if not isinstance(rows, list):
        raise InvalidInput(
            'The JSON holds no list of watches; `watcher watch export` writes {"watches": [...]}.'
        )
    for place, row in enumerate(rows, 1):
        yield place, _json_row(row)


def _json_row(row: object) -> ImportRow:
    if not isinstance(row, dict):
        return "It is no object with a query."
    fields = {}
    for name, value in row.items():
        if unknown := _unknown(name):
            return unknown
        if name == "paused" and isinstance(value, bool):
            fields[name] = "yes" if value else "no"
        elif isinstance(value, bool) or not isinstance(value, str | int | float | None):
            return f'The field "{name}" is no text.'
        elif value is not None:
            fields[name] = str(value)
    return fields


def _unknown(name: str) -> str:
    """The sentence about a field that there is not; empty where there is."""
    if name in _NAMES:
        return ""
    if not name:
        return "A column has no name."
    name = name[:40]
    near = get_close_matches(name, FIELDS, n=1)
    hint = f' Did you mean "{near[0]}"?' if near else ""
    return f'The field "{name}" is not known.{hint} Known: {", ".join(FIELDS)}.'
