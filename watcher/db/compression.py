"""Packing and unpacking: ISA-L, which writes and reads what zlib does in a third to half of its time."""

from __future__ import annotations

from typing import cast

from isal import isal_zlib

_FAST = 1
_ERROR = cast("type[Exception]", isal_zlib.error)  # its type stub says that it is an instance


class Unreadable(Exception):
    """These bytes were not packed as they say."""


def pack(content: bytes) -> bytes:
    """Smaller, quickly; in zlib's own format."""
    return isal_zlib.compress(content, _FAST)


def unpack(packed: bytes) -> bytes:
    """What `pack` packed. Raises Unreadable."""
    try:
        return isal_zlib.decompress(packed)
    except _ERROR as error:
        raise Unreadable from error
