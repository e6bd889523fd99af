"""A market of recorded answers: one file of item summaries for each query."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from watcher.demo.source import HOME, DemoRow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from watcher.core.times import Instant

_OTHER = re.compile(r"[\W_]+")


class RecordedMarket:
    """The `*.json` files of a directory, each an array of item summaries, read once.

    Raises ValueError with a sentence when `directory` is none or a file of it is no such array.
    """

    def __init__(self, directory: Path) -> None:
        if not directory.is_dir():
            raise ValueError(f"{directory} is no directory of recorded answers")
        self._answers = {path.stem: _read(path) for path in sorted(directory.glob("*.json"))}
        if not self._answers:
            raise ValueError(f"{directory} has no .json files of recorded answers")

    @property
    def queries(self) -> list[str]:
        """A query for each file, which finds it."""
        return [stem.replace("-", " ") for stem in self._answers]

    def search(self, query: str, now: Instant, marketplace: str = HOME) -> Sequence[DemoRow]:
        """The file of that query, duplicates and all; without a file nothing. Only EBAY_US was recorded."""
        del now
        return self._answers.get(file_stem(query), []) if marketplace == HOME else []

    def sold(self, query: str, now: Instant, marketplace: str = HOME) -> Sequence[DemoRow]:
        """Nothing: no sold items were recorded."""
        del query, now, marketplace
        return []


def file_stem(query: str) -> str:
    """The file of a query, without `.json`: lower case, every run of other characters one `-`."""
    return _OTHER.sub("-", query.strip().lower())


def _read(path: Path) -> list[DemoRow]:
    try:
        rows = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ValueError(f"{path} cannot be read as JSON: {error}") from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) and "itemId" in row for row in rows):
        raise ValueError(f"{path} is no array of item summaries")
    return rows
