"""A market that a test controls: items are put, altered and removed by query and time."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from watcher.core.times import Instant
from watcher.demo.recognition import Shown, features_of
from watcher.demo.source import HOME, DemoRow, SourceKey, Terms, query_words, read_terms

BEGINNING = Instant(0.0)
_STEP_FIELDS = {"at", "query", "put", "remove", "alter", "sold"}


class _ItemHistory:
    """The versions of an item by the instant at which each starts; None while it is not on offer."""

    def __init__(self) -> None:
        self._versions: list[tuple[float, int, DemoRow | None]] = []

    def set(self, at: float, row: DemoRow | None) -> None:
        insort(self._versions, (at, len(self._versions), row), key=lambda version: version[:2])

    def at(self, now: float) -> DemoRow | None:
        place = bisect_right(self._versions, now, key=lambda version: version[0])
        return self._versions[place - 1][2] if place else None


class Scripted:
    """A source whose listings are all scripted. A search finds what was put under the same words.

    `shown` is what every picture shows; None is unknown. `judged`: what a reader says of titles.
    """

    def __init__(self) -> None:
        self.shown: Shown | None = None
        self.judged: dict[str, bool] = {}
        self._items: dict[SourceKey, dict[str, _ItemHistory]] = {}
        self._sold: dict[SourceKey, list[tuple[float, DemoRow]]] = {}

    def put(self, query: str, *rows: DemoRow, at: Instant = BEGINNING) -> None:
        """Offer these item summaries under `query` from `at` on; the same `itemId` replaces."""
        items = self._items.setdefault(read_terms(query).key, {})
        for row in rows:
            items.setdefault(row["itemId"], _ItemHistory()).set(at, row)

    def remove(self, item_id: str, at: Instant = BEGINNING) -> None:
        """Take an item off the market at `at`. Raises KeyError."""
        for history in self._histories(item_id):
            history.set(at, None)

    def alter(self, item_id: str, changes: Mapping[str, Any], at: Instant = BEGINNING) -> None:
        """Replace fields of an item from `at` on; None removes a field. Raises KeyError."""
        altered = False
        for history in self._histories(item_id):
            if (row := history.at(at)) is not None:
                history.set(at, {k: v for k, v in {**row, **changes}.items() if v is not None})
                altered = True
        if not altered:
            raise KeyError(item_id)

    def put_sold(self, query: str, *rows: DemoRow, at: Instant = BEGINNING) -> None:
        """Report these as sold under `query` from `at` on; `itemEndDate` is the time of the sale."""
        self._sold.setdefault(read_terms(query).key, []).extend((at, row) for row in rows)

    def apply(self, step: Mapping[str, Any], start: Instant) -> None:
        """Apply one step of a script, `at` in seconds after `start`.

        `{"at": 5, "query": Q, "put": [row], "sold": [row], "remove": [id], "alter": {id: {field: value}}}`,
        each optional. Raises ValueError with a message.
        """
        if not isinstance(step, dict):
            raise ValueError("a script is a list of steps, and a step is an object")  # noqa: TRY004 - documented
        if unknown := step.keys() - _STEP_FIELDS:
            fields = ", ".join(sorted(_STEP_FIELDS))
            raise ValueError(f'a step has no "{min(unknown)}"; it may have {fields}')
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
        """Return what was put under these words, in that order; an empty query finds everything."""
        del marketplace
        terms = read_terms(query)
        groups = [self._items.get(terms.key, {})] if terms.groups else list(self._items.values())
        rows = (row for items in groups for history in items.values() if (row := history.at(now)))
        return _drop_unwanted(terms, rows)

    async def recognise(self, picture: bytes, now: Instant) -> Shown | None:
        """Return `shown`, whatever the picture. Raises UnreadablePicture."""
        del now
        features_of(picture)
        return self.shown

    def judge(self, query: str, title: str, now: Instant) -> bool | None:
        """Return what `judged` says of a title."""
        del query, now
        return self.judged.get(title)

    def sold(self, query: str, now: Instant, marketplace: str = HOME) -> Sequence[DemoRow]:
        """Return what was put as sold under these words."""
        del marketplace
        terms = read_terms(query)
        return _drop_unwanted(terms, (row for at, row in self._sold.get(terms.key, ()) if at <= now))

    def _histories(self, item_id: str) -> Sequence[_ItemHistory]:
        histories = [items[item_id] for items in self._items.values() if item_id in items]
        if not histories:
            raise KeyError(item_id)
        return histories


def _drop_unwanted(terms: Terms, rows: Iterator[DemoRow]) -> list[DemoRow]:
    return [row for row in rows if not terms.unwanted or not terms.unwanted & query_words(row["title"])]
