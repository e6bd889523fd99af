"""A market of recorded searches: one file of item summaries per query."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from unicodedata import normalize

from watcher.core.times import Instant
from watcher.demo.source import HOME, DemoRow

_NOT_LETTER_OR_DIGIT = re.compile(r"[\W_]+")


class RecordedMarket:
    """The `*.json` files of a directory, each an array of item summaries, read once.

    Raises ValueError with a message if it is not a directory or a file does not hold such an array.
    """

    def __init__(self, directory: Path) -> None:
        if not directory.is_dir():
            raise ValueError(f"{directory} is not a directory of recorded answers")
        # Some systems store a letter and its accent apart.
        files = {normalize("NFC", path.stem): path for path in sorted(directory.glob("*.json"))}
        self._answers = {stem: _read_rows(path) for stem, path in files.items()}
        # A query may end with other characters, and its file may be named with or without the last `-`.
        self._without_ends = {stem.strip("-"): rows for stem, rows in self._answers.items()}
        if not self._answers:
            raise ValueError(f"{directory} has no .json files of recorded answers")

    @property
    def queries(self) -> list[str]:
        """Return a query for each file."""
        return [stem.replace("-", " ") for stem in self._answers]

    def search(self, query: str, now: Instant, marketplace: str = HOME) -> Sequence[DemoRow]:
        """Return the rows of the query's file, of all files for an empty query.

        Nothing without a file or outside EBAY_US.
        """
        del now
        if marketplace != HOME:
            return []
        if not query:
            return [row for rows in self._answers.values() for row in rows]
        stem = file_stem(query)
        rows = self._answers.get(stem)
        return self._without_ends.get(stem.strip("-"), []) if rows is None else rows


def file_stem(query: str) -> str:
    """Return the file name of a query without `.json`: lower case, each run of other characters one `-`."""
    return _NOT_LETTER_OR_DIGIT.sub("-", normalize("NFC", query).strip().lower())


def _read_rows(path: Path) -> list[DemoRow]:
    try:
        rows = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ValueError(f"{path} cannot be read as JSON: {error}") from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) and "itemId" in row for row in rows):
        raise ValueError(f"{path} is not an array of item summaries")
    return rows
