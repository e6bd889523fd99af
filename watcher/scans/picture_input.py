"""The picture in a request: a data URI, or an address that it is fetched from."""

from __future__ import annotations

import asyncio
import binascii
import re
from collections.abc import Awaitable, Callable

from watcher.core.errors import InvalidInput, MissingInput

MAX_DATA_BYTES = 10_000_000
_DATA_URI = re.compile(r"data:(?P<type>[\w.+-]+/[\w.+-]+)?(?:;[\w.=+-]+)*;base64,", re.ASCII | re.IGNORECASE)
_STEP = 1 << 20  # characters; a multiple of 4. The interpreter stands still while one step is decoded
_HOW = "Send a data URI of the picture in base64, or an https:// address."


async def read_picture(text: str, fetch: Callable[[str], Awaitable[bytes]]) -> bytes:
    """Return the bytes of a data URI, or what `fetch` gets from an address. Raises InvalidInput."""
    text = text.strip()
    if not text:
        raise MissingInput(f"The picture is missing. {_HOW}")
    if text[:5].lower() != "data:":
        return await fetch(text)
    found = _DATA_URI.match(text)
    if found is None:
        raise InvalidInput(f"The data URI has no base64 picture. {_HOW}")
    content = text[found.end() :]
    if len(content) > MAX_DATA_BYTES * 4 // 3 + 4:
        raise InvalidInput(f"The picture has more than {MAX_DATA_BYTES // 10**6} MB. Send a smaller one.")
    try:
        is_large = len(content) > _STEP
        decoded = await asyncio.to_thread(_decode, content) if is_large else _decode(content)
    except (binascii.Error, ValueError):
        raise InvalidInput(f"The picture is not valid base64. {_HOW}") from None
    if not decoded:
        raise MissingInput(f"The picture is empty. {_HOW}")
    return decoded


def _decode(text: str) -> bytes:
    """Return the bytes of a text in base64; what apps send may lack the padding at its end."""
    found = bytearray()
    for start in range(0, len(text), _STEP):
        part = text[start : start + _STEP]
        found += binascii.a2b_base64(part + "=" * (-len(part) % 4), strict_mode=True)
        if "=" in part and start + _STEP < len(text):
            raise ValueError("the padding is not at the end")
    return bytes(found)
