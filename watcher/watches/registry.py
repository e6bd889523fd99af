"""Registers, edits, pauses, removes, imports and exports watches."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

from watcher.core.cadence.call_plan import CallPlan
from watcher.core.errors import InvalidInput, NotFound
from watcher.core.plan_limits import PlanRefusal
from watcher.core.rejections import reject_items, restore_items
from watcher.core.taught import TaughtAnswer
from watcher.core.times import Instant
from watcher.core.tokens import parse_user_name
from watcher.core.typed_text import quoted
from watcher.core.watch import Watch, WatchId
from watcher.core.watch_input import Defaults, edit_watch, exported_fields, watch_from
from watcher.db.watches import DamagedWatch, WatchStore
from watcher.watches.import_rows import ImportRow, is_json, rows_of

PROGRESS_EVERY = 1_000  # rows of an import
_MAX_TRIES = 3  # of an edit that conflicts with another
_MAX_ID = 2**62  # SQLite's integers have 64 bits

Admit = Callable[[Watch], None]
"""Decides on the watch that a change starts from, as it is stored: raises if the change must not be made."""


def admit_any(watch: Watch) -> None:
    """Admit a change of any watch; of one that was changed in the meantime, too."""
    del watch


class BadRow(NamedTuple):
    """A refused row of an import: its line (in JSON: its position in the list) and the reason.

    `is_beyond_plan`: it is valid, but the plan of its user does not allow it.
    """

    line: int
    why: str
    is_beyond_plan: bool = False


class Import(NamedTuple):
    """What an import would register, and its bad rows; `counted` says what their numbers refer to.

    `places`: the number of each good row.
    """

    watches: tuple[Watch, ...]
    bad: tuple[BadRow, ...]
    counted: str = "line"
    places: tuple[int, ...] = ()

    def without(self, refused: Mapping[int, str]) -> Import:
        """Return the import with some of its good rows, by position, as bad ones: a plan refuses them."""
        bad = (BadRow(self.places[n], why, is_beyond_plan=True) for n, why in refused.items())
        kept = [n for n in range(len(self.watches)) if n not in refused]
        return self._replace(
            watches=tuple(self.watches[n] for n in kept),
            places=tuple(self.places[n] for n in kept),
            bad=tuple(sorted((*self.bad, *bad))),
        )

    @property
    def is_beyond_plan(self) -> bool:
        """Whether it has bad rows and only a plan refuses them."""
        return bool(self.bad) and all(row.is_beyond_plan for row in self.bad)

    @property
    def names(self) -> tuple[str, ...]:
        """What sentences call the good rows: `line 3`, or `watch 3 of the file`."""
        return tuple(map(self.name_of, self.places))

    def name_of(self, place: int) -> str:
        """Return what sentences call a row: a saved watch is `watch 3`, one of a file is not."""
        return f"{self.counted} {place}{' of the file' if self.counted == 'watch' else ''}"


class ImportRows:
    """Collects the rows of an import."""

    def __init__(self, text: str) -> None:
        self._counted = "watch" if is_json(text) else "line"
        self.watches: list[Watch] = []
        self._places: list[int] = []
        self._bad: list[BadRow] = []

    def add(self, line: int, row: Watch | BadRow) -> None:
        """Add a checked row."""
        if isinstance(row, BadRow):
            self._bad.append(row)
        else:
            self.watches.append(row)
            self._places.append(line)

    def read(self) -> Import:
        """Return what was collected."""
        return Import(tuple(self.watches), tuple(self._bad), self._counted, tuple(self._places))


@dataclass(frozen=True, slots=True)
class Registry:
    """Registers watches in a store. Raises InvalidInput and NotFound with a message for the user.

    `plan` returns the present plan of polls.
    """

    store: WatchStore
    defaults: Defaults
    plan: Callable[[], CallPlan]

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
        """Register all or none; the first polls of many are spread over time, as the plan says."""
        return await self.store.add(watches, now, partial(self.plan().first_due, now))

    async def fit_to_plans(self, read: Import, say: Callable[[PlanRefusal], str]) -> Import:
        """Return an import in which the rows are bad that plans refuse; `say` returns the sentence."""
        refused = await self.store.refused(read.watches)
        return read.without({n: say(why) for n, why in refused.items()}) if refused else read

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
        return (await self.edit_all([number], changes, now))[0]

    async def edit_all(
        self, numbers: Sequence[int], changes: Mapping[str, str], now: Instant
    ) -> Sequence[Watch]:
        """Change fields of all of these watches, or of none."""
        return await self._alter_all(numbers, lambda watch: edit_watch(watch, changes, self.defaults), now)

    async def update(
        self,
        number: WatchId,
        changes: Mapping[str, str],
        now: Instant,
        *,
        paused: bool | None = None,
        admit: Admit = admit_any,
    ) -> Watch:
        """Change fields of a watch and pause or resume it, at once; store nothing if nothing differs."""

        def change(watch: Watch) -> Watch:
            edited = edit_watch(watch, changes, self.defaults) if changes else watch
            return edited if paused is None else edited.set_paused(paused=paused)

        return await self._alter(number, change, now, admit)

    async def reject(
        self,
        number: WatchId,
        items: Sequence[str],
        words: str,
        now: Instant,
        *,
        learned: TaughtAnswer | None = None,
        save: bool = True,
        admit: Admit = admit_any,
    ) -> Watch:
        """Exclude items, and titles with these comma-separated words; without `save`, store nothing.

        `learned`: what tells the item from others.
        """
        phrases = self.parse({"query": "x", "exclude": words}).filters.exclude
        change = partial(reject_items, items=items, words=phrases, learned=learned)
        return await self._alter(number, change, now, admit) if save else change(self.get(number))

    async def unreject(
        self,
        number: WatchId,
        items: Sequence[str],
        now: Instant,
        *,
        save: bool = True,
        admit: Admit = admit_any,
    ) -> Watch:
        """Include items again that were rejected; without `save`, store nothing."""
        change = partial(restore_items, items=items)
        return await self._alter(number, change, now, admit) if save else change(self.get(number))

    async def teach(
        self, number: WatchId, change: Callable[[Watch], Watch], now: Instant, admit: Admit = admit_any
    ) -> Watch:
        """Give or take back answers to "is this it?"."""
        return await self._alter(number, change, now, admit)

    async def set_paused(self, number: WatchId, now: Instant, *, paused: bool) -> Watch:
        """Stop polling for a watch and alerting on it, or resume both; its earlier alerts still count."""
        return (await self.set_all_paused([number], now, paused=paused))[0]

    async def set_all_paused(
        self, numbers: Sequence[int], now: Instant, *, paused: bool, admit: Admit = admit_any
    ) -> Sequence[Watch]:
        """Pause or resume all of these watches, or none."""

        def change(watch: Watch) -> Watch:
            admit(watch)
            return watch.set_paused(paused=paused)

        return await self._alter_all(numbers, change, now)

    async def remove(self, number: int, now: Instant, admit: Admit = admit_any) -> Watch | DamagedWatch:
        """Remove a watch, also a damaged one, and return it; its alerts stay. Raises NotFound.

        `admit` is not asked about a damaged watch.
        """
        for _ in range(_MAX_TRIES):
            (found,) = self._find_all([number])
            if isinstance(found, DamagedWatch):
                return (await self.remove_all([number], now))[0]
            admit(found)
            if await self.store.remove_all([found.id], now, {found.id: found.revision}):
                return found
        raise _changed_meanwhile([number])

    async def remove_all(self, numbers: Sequence[int], now: Instant) -> Sequence[Watch | DamagedWatch]:
        """Remove all of these watches, also damaged ones, or none; return them. Raises NotFound."""
        found = self._find_all(numbers)
        if not await self.store.remove_all([watch.id for watch in found], now):
            raise InvalidInput("One of the watches was removed by others at the same moment; try again.")
        return found

    def _find_all(self, numbers: Sequence[int]) -> Sequence[Watch | DamagedWatch]:
        ids = [self.watch_id(number) for number in numbers]
        rows = [(watch, self.store.find(watch)) for watch in ids]
        for watch, row in rows:
            if row is None:
                raise _no_watch(watch)
        return [row if isinstance(row, DamagedWatch) else row.watch for _, row in rows if row is not None]

    async def _alter(
        self, number: WatchId, change: Callable[[Watch], Watch], now: Instant, admit: Admit
    ) -> Watch:
        """Change one watch if `admit` allows it; what it admitted is what the transaction replaces."""
        for _ in range(_MAX_TRIES):
            before = self.get(number)
            admit(before)
            after = change(before)
            if after == before:
                return before
            if await self.store.change(after, now):
                return self.get(number)
        raise _changed_meanwhile([number])

    async def _alter_all(
        self, numbers: Sequence[int], change: Callable[[Watch], Watch], now: Instant
    ) -> Sequence[Watch]:
        # Retried if a watch was changed in between, so that neither change undoes the other.
        for _ in range(_MAX_TRIES):
            if await self.store.change_all([change(self.get(number)) for number in numbers], now):
                return [self.get(number) for number in numbers]
        raise _changed_meanwhile(numbers)

    def read_import(self, text: str, progress: Callable[[int], None] = lambda _: None) -> Import:
        """Check an import: CSV with a header, or the JSON that `export_json` writes.

        `progress` receives the line, once per thousand rows. Raises InvalidInput for any other format.
        """
        collected = ImportRows(text)
        for place, (line, row) in enumerate(self.check_rows(text), 1):
            if place % PROGRESS_EVERY == 0:
                progress(line)
            collected.add(line, row)
        return collected.read()

    def check_rows(self, text: str, user: str = "") -> Iterator[tuple[int, Watch | BadRow]]:
        """Yield each row of an import with its line: the watch that it describes, or why it is bad.

        With `user`, every watch is this user's, and a row that names another is bad.
        """
        for line, row in rows_of(text):
            try:
                yield line, self._watch_of_row(row, user)
            except InvalidInput as error:
                yield line, BadRow(line, str(error))

    def _watch_of_row(self, row: ImportRow, user: str) -> Watch:
        if isinstance(row, str):
            raise InvalidInput(row)
        if not user:
            return watch_from(row, self.defaults)
        named = row.get("user", "")
        if named.strip() and parse_user_name(named) != user:
            raise InvalidInput(
                f'The field "user" names {quoted(named.strip())}; you import for {quoted(user)}.'
            )
        return watch_from({**row, "user": user}, self.defaults)


def _changed_meanwhile(numbers: Sequence[int]) -> InvalidInput:
    names = " or ".join(map(str, numbers))
    return InvalidInput(f"Watch {names} was changed by others at the same moment; try again.")


def _no_watch(number: int) -> NotFound:
    return NotFound(f"There is no watch {number}; `watcher watch list` shows them.")


def export_json(watches: Sequence[Watch]) -> str:
    """Return watches as JSON that `Registry.read_import` accepts."""
    return json.dumps({"watches": [exported_fields(w) for w in watches]}, ensure_ascii=False, indent=2)
