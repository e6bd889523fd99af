"""Compression: zlib's own format, and an error for broken data."""

import zlib

import pytest

from watcher.db.codec import Unreadable, compress, decompress

TEXT = b'{"itemSummaries": []}' * 5000


def test_compressed_content_is_decompressed_unchanged():
    assert decompress(compress(TEXT)) == TEXT
    assert len(compress(TEXT)) < len(TEXT) / 10


def test_the_format_is_zlib():
    assert zlib.decompress(compress(TEXT)) == TEXT
    assert decompress(zlib.compress(TEXT)) == TEXT


@pytest.mark.parametrize("junk", [b"junk that is not compressed", b"\x1f\x8b\x08" + bytes(20), TEXT])
def test_junk_is_unreadable(junk: bytes):
    with pytest.raises(Unreadable):
        decompress(junk)
