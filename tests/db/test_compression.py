"""Packing and unpacking: what zlib wrote is read, what is broken is told."""

import zlib

import pytest

from watcher.db.compression import Unreadable, pack, unpack

TEXT = b'{"itemSummaries": []}' * 5000


def test_what_is_packed_comes_back():
    assert unpack(pack(TEXT)) == TEXT
    assert len(pack(TEXT)) < len(TEXT) / 10


def test_the_format_is_that_of_zlib():
    assert zlib.decompress(pack(TEXT)) == TEXT
    assert unpack(zlib.compress(TEXT)) == TEXT


@pytest.mark.parametrize("junk", [b"junk that is not packed", b"\x1f\x8b\x08" + bytes(20), TEXT])
def test_junk_is_unreadable(junk: bytes):
    with pytest.raises(Unreadable):
        unpack(junk)
