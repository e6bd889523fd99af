"""The life of a watch: registered, edited, paused, removed, imported and exported."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import NamedTuple

from watcher.core.cadence import RESERVE
from watcher.core.drafts import FIELDS, Defaults, as_draft, edited, watch_from
from watcher.core.errors import InvalidInput, NotFound
from watcher.core.times import DAY, Instant, Seconds
from watcher.core.watch import Watch, WatchId
from watcher.ports import WatchStore


PROGRESS_EVERY = 5_000


class BadRow(NamedTuple):
    """A row of an import that is not taken: its line, and why."""

    line: int
    why: str


class Import(NamedTuple):
    """What an import would register, and the rows that it cannot."""

    watches: tuple[Watch, ...]
    bad: tuple[BadRow, ...]


@dataclass(frozen=True, slots=True)
class Registry:
    """Registers watches in a store. Raises InvalidInput and NotFound with a sentence for the person."""

    store: WatchStore
    defaults: Defaults
    daily_quota: int

    async def add(self, draft: Mapping[str, str], now: Instant) -> Watch:
        """Register one watch; it is polled at once."""
        watch = watch_from(draft, self.defaults)
        (number,) = await self.store.add([watch], now)
        return self.get(number)

    async def add_all(self, watches: Sequence[Watch], now: Instant) -> Sequence[WatchId]:
        """Register many, all or none; their first polls are spread so that the quota outlasts them."""
        calls = max(1.0, self.daily_quota * (1 - RESERVE))
        return await self.store.add(watches, now, Seconds(DAY / calls))

    def get(self, number: WatchId) -> Watch:
        """The watch of that number."""
        watch = self.store.get(number)
        if watch is None:
            raise NotFound(f"There is no watch {number}; `watcher watch list` shows them.")
        return watch

    async def edit(self, number: WatchId, changes: Mapping[str, str], now: Instant) -> Watch:
        """Change fields of a watch."""
        await self._write(edited(self.get(number), changes, self.defaults), now)
        return self.get(number)

    async def pause(self, number: WatchId, now: Instant) -> Watch:
        """Stop polling for a watch and alerting on it."""
        await self._write(replace(self.get(number), paused=True), now)
        return self.get(number)

    async def resume(self, number: WatchId, now: Instant) -> Watch:
        """Go on with a paused watch; what it was told before still counts."""
        await self._write(replace(self.get(number), paused=False), now)
        return self.get(number)

    async def remove(self, number: WatchId, now: Instant) -> Watch:
        """Forget a watch; its alerts stay."""
        watch = self.get(number)
        await self.store.remove(number, now)
        return watch

    async def _write(self, watch: Watch, now: Instant) -> None:
        # Once more when a poll or another person changed it in between.
        if not await self.store.change(watch, now):
            current = self.get(watch.id)
            if not await self.store.change(replace(watch, revision=current.revision), now):
                raise InvalidInput(f"Watch {watch.id} was changed at the same moment; try again.")

    def read(self, text: str, progress: Callable[[int], None] = lambda _: None) -> Import:
        """Check an import: CSV with a header, or the JSON that `write` makes.

        `progress` is told the line every few thousand rows. Raises InvalidInput for a file of neither form.
        """
        watches: list[Watch] = []
        bad: list[BadRow] = []
        for line, row in rows_of(text):
            if line % PROGRESS_EVERY == 0:
                progress(line)
            if isinstance(row, str):
                bad.append(BadRow(line, row))
                continue
            try:
                watches.append(replace(watch_from(row, self.defaults), paused=row.get("paused") == "yes"))
            except InvalidInput as error:
                bad.append(BadRow(line, str(error)))
        return Import(tuple(watches), tuple(bad))


def write(watches: Sequence[Watch]) -> str:
    """Watches as JSON that `Registry.read` reads again."""
    rows = [{**as_draft(w), **({"paused": "yes"} if w.paused else {})} for w in watches]
    return json.dumps({"watches": rows}, ensure_ascii=False, indent=2)


Row = Mapping[str, str] | str
"""The fields of a row, or the sentence why it has none."""


def rows_of(text: str) -> Iterator[tuple[int, Row]]:
    """Each row of an import with its line. Raises InvalidInput for a file that is neither CSV nor JSON."""
    text = text.lstrip("\ufeff")
    if text.lstrip()[:1] in ("{", "["):
        return _json_rows(text)
    return _csv_rows(text)


def _csv_rows(text: str) -> Iterator[tuple[int, Row]]:
    reader = csv.reader(io.StringIO(text), strict=True)
    try:
        header = [name.strip().casefold().replace("-", "_") for name in next(reader, [])]
        _check_header(header)
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            if len(row) == len(header):
                yield reader.line_num, dict(zip(header, row, strict=True))
            else:
                yield reader.line_num, f"The row has {len(row)} fields, the header {len(header)}."
    except csv.Error as error:
        raise InvalidInput(f"Line {reader.line_num} is not CSV: {error}.") from None


def _check_header(header: Sequence[str]) -> None:
    if "query" not in header:
        raise InvalidInput(f'The first line has no "query" column; it names any of {", ".join(FIELDS)}.')
    for name in header:
        if unknown := _unknown(name):
            raise InvalidInput(unknown)
    if len(set(header)) != len(header):
        raise InvalidInput("A column is named twice.")


def _json_rows(text: str) -> Iterator[tuple[int, Row]]:
    try:
        read = json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidInput(f"Line {error.lineno} is not JSON: {error.msg}.") from None
    except RecursionError:
        raise InvalidInput("The JSON is nested too deeply.") from None
    rows = read.get("watches") if isinstance(read, dict) else read
    if not isinstance(rows, list):
        raise InvalidInput(
            'The JSON holds no list of watches; `watcher watch export` writes {"watches": [...]}.'
        )
    for place, row in enumerate(rows, 1):
        yield place, _json_row(row)


def _json_row(row: object) -> Row:
    if not isinstance(row, dict):
        return "It is no object with a query."
    fields = {}
    for name, value in row.items():
        if unknown := _unknown(name):
            return unknown
        if value is not None:
            if not isinstance(value, str | int | float) or isinstance(value, bool):
                return f'The field "{name}" is no text.'
            fields[name] = str(value)
    return fields


def _unknown(name: str) -> str:
    if name in FIELDS or name == "paused":
        return ""
    near = get_close_matches(name, FIELDS, n=1)
    hint = f' Did you mean "{near[0]}"?' if near else ""
    return f'The field "{name}" is not known.{hint} Known: {", ".join(FIELDS)}.'
