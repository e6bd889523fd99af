"""The rows of former answers: most rows of an answer are, byte for byte, those of the last one.

An answer is cut into rows before anything is decoded, which works for the JSON that eBay writes: no spaces,
and each row begins with its id. Whatever looks otherwise is decoded as a whole.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

from watcher.core.listing import Listing

MAX_KNOWN_ROWS = 16_384  # of all searches, about 15 MB
ROW_START = b'{"itemId":"'
_BEFORE_ROWS, _AFTER_ROWS = b'"itemSummaries":[', b"]}"

KnownRows = dict[int, Listing]
"""The listings of the rows of an answer, by a hash of the row: its text would take more memory.

Python's hash of bytes has 64 bits and a secret key, so rows with the same one cannot be made.
"""


class RowParts(NamedTuple):
    """An answer cut apart: `envelope` is the answer without its rows.

    Each row lacks ROW_START, and ends with its comma. The answer is valid if the envelope and every row are.
    """

    envelope: bytes
    rows: list[bytes]


def cut_rows(body: bytes) -> RowParts | None:
    """Return an answer cut into its rows, None if it does not have the form that this needs.

    The start of a row cannot be a part of a text, where its quotation marks would be escaped. Rows that are
    cut in a wrong place, because they are nested, are not single objects: decoding them fails.
    """
    head, *rows = body.split(ROW_START)
    if not rows or not head.endswith(_BEFORE_ROWS) or not body.endswith(b"}" + _AFTER_ROWS):
        return None
    rows[-1] = rows[-1][: -len(_AFTER_ROWS)] + b","
    return RowParts(head + _AFTER_ROWS, rows)


class RecentRows:
    """The rows of the requests that were answered most recently; `most`: their number."""

    def __init__(self, most: int = MAX_KNOWN_ROWS) -> None:
        self._most = most
        self._known: OrderedDict[object, KnownRows] = OrderedDict()
        self._rows = 0

    def take(self, request: object) -> KnownRows:
        """Return and remove the rows of the last answer to a request; without one, none, to be filled."""
        known = self._known.pop(request, None)
        if known is None:
            return {}
        self._rows -= len(known)
        return known

    def put(self, request: object, known: KnownRows) -> None:
        """Keep the rows of an answer for the next one; those used longest ago leave."""
        self._rows += len(known) - len(self.take(request))
        self._known[request] = known
        while self._rows > self._most:
            _, oldest = self._known.popitem(last=False)
            self._rows -= len(oldest)
