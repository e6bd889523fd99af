"""Hostile and spoiled files, and the words of the sentence that refuses each."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

from PIL import Image

from tests.adapters.imaging.pictures import saved, scene

_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    """Return a PNG of chunks."""
    return _SIGNATURE + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )


def header(width: int, height: int, depth: int = 8, colour: int = 2) -> tuple[bytes, bytes]:
    return b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)


def zeros(size: int) -> bytes:
    """Return compressed zeros, a thousandth of their size."""
    packer = zlib.compressobj(9)
    block = bytes(1_000_000)
    return b"".join(packer.compress(block) for _ in range(size // len(block))) + packer.flush()


def chunks_of(content: bytes) -> list[tuple[bytes, bytes]]:
    at, found = len(_SIGNATURE), []
    while at < len(content):
        size = int.from_bytes(content[at : at + 4], "big")
        found.append((content[at + 4 : at + 8], content[at + 8 : at + 8 + size]))
        at += 12 + size
    return found


def png_with(name: bytes, body: bytes) -> bytes:
    """Return a good PNG with one more chunk before its data."""
    first, *rest = chunks_of(saved(scene(1), "PNG"))
    return png(first, (name, body), *rest)


def png_with_surplus() -> bytes:
    """Return a good PNG whose data goes on for 100 MB after the last row."""
    first, *rest = chunks_of(saved(scene(1, (100, 80)), "PNG"))
    rows = zlib.decompress(b"".join(body for name, body in rest if name == b"IDAT"))
    packer = zlib.compressobj(9)
    packed = packer.compress(rows) + b"".join(packer.compress(bytes(1_000_000)) for _ in range(100))
    return png(first, (b"IDAT", packed + packer.flush()), (b"IEND", b""))


def jpeg_of_size(width: int, height: int) -> bytes:
    """Return a JPEG whose header claims another size."""
    content = bytearray(saved(scene(1, (64, 64))))
    at = content.index(b"\xff\xc0")
    content[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(content)


def gif_of_size(width: int, height: int) -> bytes:
    """Return a GIF whose only frame claims another size than its screen."""
    content = bytearray(saved(scene(1, (64, 64)), "GIF"))
    at = content.index(b"\x2c\0\0\0\0\x40\0\x40\0")
    content[at + 5 : at + 9] = struct.pack("<HH", width, height)
    return bytes(content)


def webp_of_size(width: int, height: int) -> bytes:
    body = b"\0\0\0\0" + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return b"RIFF" + struct.pack("<I", 22) + b"WEBPVP8X" + struct.pack("<I", 10) + body


def jpeg_of_many_scans(scans: int) -> bytes:
    """Return a progressive JPEG that repeats its last scan, each of which is a pass over all blocks."""
    content = saved(Image.new("L", (6000, 6000), 99), "JPEG", progressive=True)
    last = content.rindex(b"\xff\xda")
    return content[:last] + content[last:-2] * scans + b"\xff\xd9"


def cut(kind: str) -> bytes:
    content = saved(scene(1), kind)
    return content[: len(content) // 2]


def with_changed_bytes() -> bytes:
    content = bytearray(saved(scene(1), "PNG"))
    for at in range(len(content) // 2, len(content) - 20, 7):
        content[at] ^= 0xFF
    return bytes(content)


ACCEPTED = "Send a JPEG, PNG, WebP, AVIF or GIF."
DAMAGED = "The picture is damaged or incomplete."
NOTHING = "Nothing can be seen in the picture"
PIXELS = "more than 40 megapixels"

REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "The picture is empty"),
    "50 MB": (lambda: b"\xff\xd8\xff" + bytes(50_000_000), "larger than 10 MB"),
    "an SVG": (
        lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        "SVG drawings",
    ),
    "an SVG behind a prolog": (
        lambda: b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- x -->\n<SVG/>',
        "SVG drawings",
    ),
    "HTML named .jpg": (lambda: b"\n<!DOCTYPE html><title>x.jpg</title>", "The file is a web page"),
    "text": (lambda: b"not a picture", ACCEPTED),
    "a PDF": (lambda: b"%PDF-1.7\n%", "The file is a PDF"),
    "a ZIP": (lambda: b"PK\3\4" + bytes(100), ACCEPTED),
    "a TIFF": (lambda: saved(scene(1), "TIFF"), ACCEPTED),
    "a BMP": (lambda: saved(scene(1), "BMP"), ACCEPTED),
    "a HEIC": (lambda: b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(99), "Save it as a JPEG"),
    "a video": (lambda: b"\0\0\0\x18ftypisom\0\0\0\0isommp42" + bytes(99), "The file is a video"),
    "an AVIF without content": (lambda: b"\0\0\0\x18ftypavif\0\0\0\0avifmif1" + bytes(99), DAMAGED),
    "PNG of 2,500 megapixels": (lambda: png(header(50_000, 50_000), (b"IDAT", zeros(1_000_000))), PIXELS),
    "JPEG of 4,290 megapixels": (lambda: jpeg_of_size(65_500, 65_500), PIXELS),
    "GIF of 4,290 megapixels": (lambda: gif_of_size(65_500, 65_500), PIXELS),
    "WebP of 268 megapixels": (lambda: webp_of_size(16_384, 16_384), PIXELS),
    "WebP of 36 megapixels": (lambda: webp_of_size(6_000, 6_000), "needs too much memory"),
    "a PNG of zeros": (lambda: png(header(6_000, 6_000, colour=0), (b"IDAT", zeros(37_000_000))), NOTHING),
    "a PNG that ends early": (lambda: png(header(5_000, 5_000), (b"IDAT", zeros(1_000_000))), DAMAGED),
    "a PNG without data": (lambda: png(header(99, 99), (b"IEND", b"")), DAMAGED),
    "a PNG with 100 MB of text": (lambda: png_with(b"zTXt", b"x\0\0" + zeros(100_000_000)), DAMAGED),
    "a PNG with a vast colour profile": (lambda: png_with(b"iCCP", b"x\0\0" + zeros(50_000_000)), DAMAGED),
    "a PNG with changed bytes": (with_changed_bytes, DAMAGED),
    "half a JPEG": (lambda: cut("JPEG"), DAMAGED),
    "half a PNG": (lambda: cut("PNG"), DAMAGED),
    "half a GIF": (lambda: cut("GIF"), DAMAGED),
    "half a WebP": (lambda: cut("WEBP"), DAMAGED),
    "half an AVIF": (lambda: cut("AVIF"), DAMAGED),
    "a JPEG's first bytes": (lambda: b"\xff\xd8\xff\xe0", DAMAGED),
    "1 by 1": (lambda: saved(Image.new("RGB", (1, 1), "red"), "PNG"), NOTHING),
    "a tracking pixel": (lambda: saved(Image.new("P", (1, 1)), "GIF", transparency=0), NOTHING),
    "a thin strip": (lambda: saved(scene(1, (3_000, 40))), NOTHING),
    "one colour": (lambda: saved(Image.new("RGB", (800, 600), (120, 30, 30))), NOTHING),
    "all transparent": (lambda: saved(Image.new("RGBA", (800, 600), (9, 9, 9, 0)), "PNG"), NOTHING),
}
