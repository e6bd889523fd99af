"""The picture in a request: what is read, and one sentence for what cannot be."""

from __future__ import annotations

import base64

import pytest

from watcher.core.errors import InvalidInput, MissingInput
from watcher.scans.picture_input import MAX_DATA_BYTES, read_picture

PICTURE = b"\xff\xd8\xff picture"
BASE64 = base64.b64encode(PICTURE).decode()


async def fetch(url: str) -> bytes:
    return url.encode()


@pytest.mark.parametrize(
    "text",
    [
        f"data:image/jpeg;base64,{BASE64}",
        f" data:image/jpeg;base64,{BASE64.rstrip('=')}\n",
        f"DATA:image/jpeg;charset=utf-8;base64,{BASE64}",
        f"data:;base64,{BASE64}",
    ],
)
async def test_a_data_uri_is_decoded(text: str) -> None:
    assert await read_picture(text, fetch) == PICTURE


async def test_everything_else_is_an_address() -> None:
    assert await read_picture("https://example.com/a.jpg", fetch) == b"https://example.com/a.jpg"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "The picture is missing"),
        ("  ", "The picture is missing"),
        ("data:image/jpeg;base64,", "The picture is empty"),
        ("data:image/svg+xml,<svg/>", "no base64 picture"),
        ("data:image/jpeg;base64,%%%", "not valid base64"),
        ("data:image/jpeg;base64,A", "not valid base64"),
        ("data:image/jpeg;base64," + "A" * (MAX_DATA_BYTES * 4 // 3 + 8), "more than 10 MB"),
    ],
)
async def test_an_unreadable_picture_is_refused_in_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(InvalidInput, match=sentence) as refused:
        await read_picture(text, fetch)
    assert isinstance(refused.value, MissingInput) == ("missing" in sentence or "empty" in sentence)
