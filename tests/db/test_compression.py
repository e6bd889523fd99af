"""Packing and unpacking: what zlib wrote is read, what is broken is told, nothing unpacks without a bound."""

import gzip
import zlib

import pytest

from watcher.db.compression import Unreadable, gunzip, pack, unpack

TEXT = b'{"itemSummaries": []}' * 5000


def test_what_is_packed_comes_back():
    assert unpack(pack(TEXT)) == TEXT
    assert len(pack(TEXT)) < len(TEXT) / 10


def test_the_format_is_that_of_zlib():
    assert zlib.decompress(pack(TEXT)) == TEXT
    assert unpack(zlib.compress(TEXT)) == TEXT


def test_a_gzip_body_is_unpacked_and_known_to_be_whole():
    assert gunzip(gzip.compress(TEXT), len(TEXT) + 1) == (TEXT, True)


def test_a_body_that_broke_off_is_not_whole():
    body, whole = gunzip(gzip.compress(TEXT)[:-9], len(TEXT) + 1)
    assert TEXT.startswith(body)
    assert not whole


def test_no_more_is_unpacked_than_was_asked_for():
    body, whole = gunzip(gzip.compress(bytes(10_000_000)), 1000)
    assert (len(body), whole) == (1000, False)


@pytest.mark.parametrize("junk", [b"junk that is not packed", b"\x1f\x8b\x08" + bytes(20), TEXT])
def test_junk_is_unreadable(junk: bytes):
    with pytest.raises(Unreadable):
        unpack(junk)
    with pytest.raises(Unreadable):
        gunzip(b"no gzip" + junk, 1000)
