"""The visual library: pictures that were seen before, by their bytes or by what they look like."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from watcher.core.categories import ttl_of
from watcher.core.identification import (
    MAX_LIBRARY_DISTANCE,
    Identification,
    PictureMarks,
    Way,
)
from watcher.core.times import Instant, Seconds
from watcher.db.library import LibraryEntry, LibraryStore

ENTRIES_PER_STEP = 2_000  # read at once; other work runs between two steps
Hashes = tuple[int, int, int, int]


class PictureIndex(NamedTuple):
    """The functions of the index of perceptual hashes, which another process keeps in memory.

    `add` takes (entry id, hashes), `nearest` returns (entry id, distance) within a distance, nearest first.
    `generation` changes when the index was lost and is empty again.
    """

    generation: Callable[[], int]
    add: Callable[[Sequence[tuple[int, Hashes]]], Awaitable[None]]
    drop: Callable[[Sequence[int]], Awaitable[None]]
    nearest: Callable[[Hashes, int], Awaitable[Sequence[tuple[int, int]]]]


class Lifetimes(NamedTuple):
    """How long identifications answer, in seconds: by category, confirmed ones, and of listings' words."""

    by_category: Mapping[str, Seconds]
    confirmed: Seconds
    listing_text: Seconds


class VisualLibrary:
    """Finds and remembers what pictures show, for a user: what the user confirmed, else what all share."""

    def __init__(self, store: LibraryStore, index: PictureIndex, lifetimes: Lifetimes) -> None:
        self._store, self._index, self._lifetimes = store, index, lifetimes
        self._generation, self._indexed = -1, 0  # up to this id
        self._sync = asyncio.Lock()

    def exact(self, digest: str, user: str, now: Instant, *, expired: bool = False) -> LibraryEntry | None:
        """Return the entry of the picture with these bytes. `expired`: also if it is no longer fresh."""
        found = self._store.exact(digest, user)
        return _best(((entry, 0) for entry in found), now, expired=expired)

    async def similar(
        self,
        marks: PictureMarks,
        user: str,
        now: Instant,
        *,
        barcodes: Collection[str] = (),
        expired: bool = False,
    ) -> LibraryEntry | None:
        """Return the entry of the same picture in another size, quality or cut.

        `barcodes`: those of the asked picture. Raises what the index raises. `expired` as in `exact`.
        """
        await self._catch_up()
        near = dict(await self._index.nearest(marks.hashes, MAX_LIBRARY_DISTANCE))
        if not near:
            return None
        found = self._store.listed(list(near), user)
        if gone := set(near) - self._store.existing(list(near)):
            await self._index.drop(sorted(gone))
        alike = ((entry, near[entry.id]) for entry in found if _may_answer(entry, barcodes))
        return _best(alike, now, expired=expired)

    async def teach(
        self, marks: PictureMarks, identification: Identification, now: Instant, *, owner: str = ""
    ) -> None:
        """Remember what a picture shows; with an `owner`, because that user said so."""
        life = self._lifetimes
        seconds = ttl_of(identification.category, life.by_category)
        if owner:
            seconds = max(seconds, life.confirmed)
        if identification.is_by_listings:
            seconds = min(seconds, life.listing_text)
        await self._store.put(marks, identification, owner, now, Instant(now + seconds))

    async def _catch_up(self) -> None:
        """Add to the index what this and other daemons have stored since the last time."""
        async with self._sync:
            if self._generation != (generation := self._index.generation()):
                self._generation, self._indexed = generation, 0
            while rows := self._store.hashes_after(self._indexed, ENTRIES_PER_STEP):
                await self._index.add(rows)
                if self._generation != (generation := self._index.generation()):
                    self._generation, self._indexed = generation, 0  # it was lost while it was filled
                    continue
                self._indexed = rows[-1][0]
                if len(rows) < ENTRIES_PER_STEP:
                    return


def _may_answer(entry: LibraryEntry, barcodes: Collection[str]) -> bool:
    """Return whether an entry may answer a picture that looks like its own.

    A barcode is too small to change a picture's look. So what was identified by one answers only a picture
    that shows the same: the backs of two books look alike, and a stranger could add a barcode to a picture.
    """
    gtin = entry.identification.gtin
    return not gtin or gtin in barcodes or (bool(entry.owner) and not barcodes)


def _best(entries: Iterable[tuple[LibraryEntry, int]], now: Instant, *, expired: bool) -> LibraryEntry | None:
    """Return the best entry, as found by the library: a confirmed one comes first, then the nearest."""
    fresh = [(e, d) for e, d in entries if expired or e.expires_at > now]
    if not fresh:
        return None
    entry, _ = min(fresh, key=lambda one: (not one[0].owner, one[1], -one[0].created_at))
    item = entry.identification
    return entry._replace(identification=item._replace(way=Way.LIBRARY, cost=None, origin=item.way))
