"""A market that a test controls: items are put, altered and removed by query and time."""

from __future__ import annotations

from bisect import bisect_right, insort
from typing import TYPE_CHECKING, Any

from watcher.core.times import Instant
from watcher.demo.source import HOME, DemoRow, SourceKey, Terms, query_words, read_terms

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

BEGINNING = Instant(0.0)
_STEP = {"at", "query", "put", "remove", "alter", "sold"}


class _Life:
    """What an item is from which instant on; None: not on offer."""

    def __init__(self) -> None:
        self._versions: list[tuple[float, int, DemoRow | None]] = []

    def set(self, at: float, row: DemoRow | None) -> None:
        insort(self._versions, (at, len(self._versions), row), key=lambda version: version[:2])

    def at(self, now: float) -> DemoRow | None:
        place = bisect_right(self._versions, now, key=lambda version: version[0])
        return self._versions[place - 1][2] if place else None


class Scripted:
    """A source whose every listing is put there. A search finds what was put under the same words."""

    def __init__(self) -> None:
        self._shelves: dict[SourceKey, dict[str, _Life]] = {}
        self._sold: dict[SourceKey, list[tuple[float, DemoRow]]] = {}

    def put(self, query: str, *rows: DemoRow, at: Instant = BEGINNING) -> None:
        """Offer these item summaries under `query` from `at` on; the same `itemId` replaces."""
        shelf = self._shelves.setdefault(read_terms(query).key, {})
        for row in rows:
            shelf.setdefault(row["itemId"], _Life()).set(at, row)

    def remove(self, item_id: str, at: Instant = BEGINNING) -> None:
        """Take an item off every shelf at `at`. Raises KeyError where there is none."""
        for life in self._lives(item_id):
            life.set(at, None)

    def alter(self, item_id: str, changes: Mapping[str, Any], at: Instant = BEGINNING) -> None:
        """Put `changes` over an item's fields from `at` on; None takes a field away. Raises KeyError."""
        altered = False
        for life in self._lives(item_id):
            if (row := life.at(at)) is not None:
                life.set(at, {k: v for k, v in {**row, **changes}.items() if v is not None})
                altered = True
        if not altered:
            raise KeyError(item_id)

    def put_sold(self, query: str, *rows: DemoRow, at: Instant = BEGINNING) -> None:
        """Tell these as sold under `query` from `at` on; their `itemEndDate` is when."""
        self._sold.setdefault(read_terms(query).key, []).extend((at, row) for row in rows)

    def apply(self, step: Mapping[str, Any], start: Instant) -> None:
        """Do one step of a script, `at` in seconds after `start`.

        `{"at": 5, "query": Q, "put": [row], "sold": [row], "remove": [id], "alter": {id: {field: value}}}`,
        each optional. Raises ValueError with a sentence.
        """
        if not isinstance(step, dict):
            raise ValueError("a script is a list of steps, and a step is an object")  # noqa: TRY004 - as told
        if unknown := step.keys() - _STEP:
            raise ValueError(f'a step has no "{min(unknown)}"; it may have {", ".join(sorted(_STEP))}')
        try:
            at = Instant(start + step.get("at", 0.0))
            self.put(step.get("query", ""), *step.get("put", ()), at=at)
            self.put_sold(step.get("query", ""), *step.get("sold", ()), at=at)
            for item_id, changes in step.get("alter", {}).items():
                self.alter(item_id, changes, at)
            for item_id in step.get("remove", ()):
                self.remove(item_id, at)
        except KeyError as error:
            raise ValueError(f"there is no item {error} to change") from error
        except (AttributeError, TypeError) as error:
            raise ValueError("a step has a time in seconds and item summaries with an itemId") from error

    def search(self, query: str, now: Instant, marketplace: str = HOME) -> Sequence[DemoRow]:
        """What is on the shelf of these words, whatever the marketplace, in the order it was put."""
        del marketplace
        terms = read_terms(query)
        shelves = [self._shelves.get(terms.key, {})] if terms.groups else list(self._shelves.values())
        rows = (row for shelf in shelves for life in shelf.values() if (row := life.at(now)))
        return _without(terms, rows)

    def sold(self, query: str, now: Instant, marketplace: str = HOME) -> Sequence[DemoRow]:
        """What was put as sold under these words."""
        del marketplace
        terms = read_terms(query)
        return _without(terms, (row for at, row in self._sold.get(terms.key, ()) if at <= now))

    def _lives(self, item_id: str) -> Sequence[_Life]:
        lives = [shelf[item_id] for shelf in self._shelves.values() if item_id in shelf]
        if not lives:
            raise KeyError(item_id)
        return lives


def _without(terms: Terms, rows: Iterator[DemoRow]) -> list[DemoRow]:
    return [row for row in rows if not terms.unwanted or not terms.unwanted & query_words(row["title"])]
