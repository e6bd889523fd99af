"""The hashes of the visual library, and the nearest to a picture's; imported in the worker process only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from watcher.adapters.imaging.frames import HASHES, MAX_NEAREST

MAX_INDEXED = 250_000  # the library keeps 100,000; the rest leaves room for rows on their way out
_Ids = np.ndarray[tuple[int], np.dtype[np.int64]]
_Columns = np.ndarray[tuple[int, int], np.dtype[np.uint64]]


class _Rows(NamedTuple):
    ids: _Ids
    columns: _Columns  # a column per hash, because comparing long columns is fastest


class HashIndex:
    """The hashes of pictures by row id, in memory only."""

    def __init__(self) -> None:
        self._rows = _Rows(np.empty(0, np.int64), np.empty((HASHES, 0), np.uint64))

    def __len__(self) -> int:
        return len(self._rows.ids)

    def add(self, ids: Sequence[int], hashes: Sequence[int]) -> None:
        """Add rows or replace those with the same id. `hashes`: `HASHES` for each id, in its order.

        Beyond `MAX_INDEXED` the rows with the lowest ids go, which are the oldest.
        """
        added = _Rows(np.array(ids, np.int64), np.array(hashes, np.uint64).reshape(-1, HASHES).T)
        self.drop(ids)
        kept = self._rows
        self._rows = _Rows(
            np.concatenate([kept.ids, added.ids]),
            np.ascontiguousarray(np.concatenate([kept.columns, added.columns], axis=1)),
        )
        if (surplus := len(self) - MAX_INDEXED) > 0:
            self.drop(np.sort(self._rows.ids)[:surplus].tolist())

    def drop(self, ids: Sequence[int]) -> None:
        """Remove rows; unknown ids are ignored."""
        kept = np.isin(self._rows.ids, np.array(ids, np.int64), invert=True)
        if not kept.all():
            self._rows = _Rows(self._rows.ids[kept], np.ascontiguousarray(self._rows.columns[:, kept]))

    def nearest(self, hashes: Sequence[int], within: int) -> list[tuple[int, int]]:
        """Return (id, least distance of any two hashes) of at most `MAX_NEAREST` rows, the nearest first."""
        rows = self._rows
        least = np.full(len(rows.ids), 64, np.uint8)
        differing, count = np.empty(len(rows.ids), np.uint64), np.empty(len(rows.ids), np.uint8)
        for asked in hashes:
            for column in rows.columns:
                np.bitwise_xor(column, np.uint64(asked), out=differing)
                np.bitwise_count(differing, out=count)
                np.minimum(least, count, out=least)
        found = np.flatnonzero(least <= within)
        ordered = found[np.lexsort((-rows.ids[found], least[found]))][:MAX_NEAREST]
        return [(int(rows.ids[at]), int(least[at])) for at in ordered]
