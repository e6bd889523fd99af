"""Marks of pictures, and an index that works as the worker's does, in this process."""

from __future__ import annotations

from collections.abc import Sequence

from watcher.core.identification import Identification, PictureMarks, Way, distance
from watcher.scans.library import Hashes, PictureIndex


def marks(name: str = "photo", bits: int = 0) -> PictureMarks:
    """Return the marks of a picture whose hashes differ in `bits` bits from those of the one with 0."""
    changed = (1 << bits) - 1
    return PictureMarks(
        name,
        tuple(
            value ^ changed for value in (0xF0F0F0F0F0F0F0F0, 0xFF00FF00FF00FF00, 0xFFFF0000FFFF0000, 2**63)
        ),
    )  # type: ignore[arg-type]


def identified(title: str = "Zenitar MK2", way: Way = Way.OPENAI, **fields: str) -> Identification:
    return Identification(title, title.lower(), way, 0.9, **fields)


class Index:
    """`lose` empties it, as the death of the worker does."""

    def __init__(self) -> None:
        self.rows: dict[int, Hashes] = {}
        self.generation = 0
        self.added: list[int] = []

    @property
    def functions(self) -> PictureIndex:
        return PictureIndex(lambda: self.generation, self._add, self._drop, self._nearest)

    def lose(self) -> None:
        self.rows.clear()
        self.generation += 1

    async def _add(self, rows: Sequence[tuple[int, Hashes]]) -> None:
        self.added += [number for number, _ in rows]
        self.rows.update(rows)

    async def _drop(self, ids: Sequence[int]) -> None:
        for number in ids:
            del self.rows[number]

    async def _nearest(self, hashes: Hashes, within: int) -> Sequence[tuple[int, int]]:
        asked = PictureMarks("", hashes)
        found = [(n, distance(asked, PictureMarks("", known))) for n, known in self.rows.items()]
        return sorted(((n, d) for n, d in found if d <= within), key=lambda one: one[1])
