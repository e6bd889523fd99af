"""The rows of former answers: most rows of an answer are, byte for byte, those of the last one.

An answer is cut into rows before anything is decoded, which works for the JSON that eBay writes: no spaces,
and each row begins with its id. Whatever looks otherwise is decoded as a whole.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

from watcher.core.listing import Listing

MAX_KNOWN_ROWS = 16_384  # of all searches, about 15 MB
_ROW_START = b'{"itemId":"'
_BEFORE_ROWS, _AFTER_ROWS = b'"itemSummaries":[', b"]}"
_SHORT_ROW = 200  # bytes; hardly a row is shorter, so the next one is not looked for within them


class RowParts(NamedTuple):
    """An answer cut apart: `envelope` is the answer without its rows, and each row ends with its comma.

    The answer is valid if the envelope and every row are.
    """

    envelope: bytes
    rows: list[bytes | memoryview]


def cut_rows(body: bytes) -> RowParts | None:
    """Return an answer cut into its rows, None if it does not have the form that this needs.

    The start of a row cannot be a part of a text, where its quotation marks would be escaped. Rows that are
    cut in a wrong place, because they are nested or very short, are not single objects: decoding them fails.
    """
    start = body.find(_ROW_START)
    if start < 0 or not body.endswith(_BEFORE_ROWS, 0, start) or not body.endswith(b"}" + _AFTER_ROWS):
        return None
    envelope, view, find = body[:start] + _AFTER_ROWS, memoryview(body), body.find
    rows: list[bytes | memoryview] = []
    while (end := find(_ROW_START, start + _SHORT_ROW)) > 0:
        rows.append(view[start:end])
        start = end
    rows.append(body[start : -len(_AFTER_ROWS)] + b",")
    return RowParts(envelope, rows)


class KnownRows:
    """The listings of rows that were read lately, by a hash of the row: its text would take more memory.

    Python's hash of bytes has 64 bits and a secret key, so rows with the same one cannot be made.
    """

    def __init__(self, most: int = MAX_KNOWN_ROWS) -> None:
        self._most = most
        self._listings: OrderedDict[int, Listing] = OrderedDict()

    def __len__(self) -> int:
        return len(self._listings)

    def find(self, row: int) -> Listing | None:
        """Return the listing of a row with this hash, None if it is not known."""
        listing = self._listings.get(row)
        if listing is not None:
            self._listings.move_to_end(row)
        return listing

    def keep(self, row: int, listing: Listing) -> None:
        """Remember the listing of a row; it must depend on nothing else. Those used longest ago leave."""
        self._listings[row] = listing
        if len(self._listings) > self._most:
            self._listings.popitem(last=False)
