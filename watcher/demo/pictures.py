"""Pictures of the simulated market's listings: drawn, not stored, one per listing and size."""

from __future__ import annotations

import colorsys
import math
import struct
import zlib
from functools import lru_cache
from hashlib import blake2b

from aiohttp import web

PICTURES = "/images/g/{picture:[A-Za-z0-9~_-]{1,40}}/s-l{size:[0-9]{2,4}}.{suffix:jpg|png|webp}"
_MAX_SIZE = 500  # pixels
_BACKGROUNDS, _SHADES = 64, 64  # colours of the palette: of the background, and of the shape
_SHADOW = _BACKGROUNDS + _SHADES  # one more
_HEADERS = {"Cache-Control": "max-age=31536000", "X-Content-Type-Options": "nosniff"}


async def send_picture(request: web.Request) -> web.Response:
    """Handle the address of a picture. Like eBay's host, it sends what it has, whatever the suffix says."""
    size = min(int(request.match_info["size"]), _MAX_SIZE)
    return web.Response(
        body=draw_picture(request.match_info["picture"], size), headers=_HEADERS, content_type="image/png"
    )


@lru_cache(maxsize=500)
def draw_picture(name: str, size: int) -> bytes:
    """Return a square PNG, the same for the same name: a shape before a soft background, in one hue."""
    dice = blake2b(name.encode(), digest_size=4).digest()
    draw = (_disc, _ring, _diamond, _bottle)[dice[2] % 4]
    middle, scale = size / 2, size * (0.30 + dice[3] / 255 * 0.08)
    rows = bytearray()
    for y in range(size):
        across = y / size
        row = bytearray([int(across * _BACKGROUNDS)]) * size
        for offset, colour in ((size * 0.03, _SHADOW), (0.0, _BACKGROUNDS + int(across * _SHADES))):
            for left, right in draw((y - middle - offset) / scale):
                start, end = (max(0, round(middle + offset + side * scale)) for side in (left, right))
                row[start:end] = bytes([colour]) * max(0, min(size, end) - start)
        rows.append(0)  # the filter of a row: none
        rows += row[:size]
    header = struct.pack(">IIBBBBB", size, size, 8, 3, 0, 0, 0)  # 8 bits per pixel, with a palette
    chunks = ((b"IHDR", header), (b"PLTE", _palette(dice[0] / 255, dice[1] / 255)))
    body = b"".join(_chunk(*one) for one in (*chunks, (b"IDAT", zlib.compress(rows)), (b"IEND", b"")))
    return b"\x89PNG\r\n\x1a\n" + body


def _palette(hue: float, contrast: float) -> bytes:
    other = (hue + 0.08 + 0.12 * contrast) % 1.0
    colours = [colorsys.hls_to_rgb(hue, 0.95 - 0.12 * i / _BACKGROUNDS, 0.35) for i in range(_BACKGROUNDS)]
    colours += [colorsys.hls_to_rgb(other, 0.62 - 0.24 * i / _SHADES, 0.45) for i in range(_SHADES)]
    colours.append(colorsys.hls_to_rgb(hue, 0.76, 0.2))
    return bytes(round(255 * part) for colour in colours for part in colour)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


Spans = list[tuple[float, float]]
"""Parts of a row from left to right; the shape lies between -1 and 1, as does its height."""


def _disc(y: float) -> Spans:
    half = math.sqrt(max(0.0, 1 - y * y))
    return [(-half, half)] if half else []


def _ring(y: float) -> Spans:
    outer, inner = math.sqrt(max(0.0, 1 - y * y)), math.sqrt(max(0.0, 0.36 - y * y))
    return [(-outer, -inner), (inner, outer)] if outer else []


def _diamond(y: float) -> Spans:
    half = 0.9 * (1 - abs(y))
    return [(-half, half)] if half > 0 else []


def _bottle(y: float) -> Spans:
    if not -1 <= y <= 1:
        return []
    half = 0.22 if y < -0.45 else min(0.6, 0.22 + (y + 0.45) * 1.6)
    return [(-half, half)]
