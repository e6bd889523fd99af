"""Decode a stranger's picture within bounds; imported in the worker process only."""

from __future__ import annotations

import io
import math
import warnings
from typing import NamedTuple

import numpy as np
from PIL import AvifImagePlugin, Image

from watcher.adapters.imaging.refusals import MAX_PIXELS, PictureRefused, Refusal

DETAIL_SIDE = 2_000  # pixels; barcodes are read at this size
SENT_SIDE = 1_024  # pixels; the size of the picture that is sent on
_QUALITY = 85  # of that JPEG
_MIN_SIDE = 32  # pixels
_MAX_RATIO = 25  # of the long side to the short one
_MIN_CONTRAST = 12  # of 255; noise in a JPEG of one colour stays below it
_STRIP_PIXELS = 2_000_000  # converted at a time: a second copy of a large picture would double the memory
_FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
# These decoders hold several copies; the figures fit into the worker's memory.
_MAX_PIXELS_OF = {"WEBP": 16_000_000, "AVIF": 24_000_000}
_ORIENTATION = 0x0112  # the tag of EXIF
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class Decoded(NamedTuple):
    """A picture in RGB, upright, on white, at most `DETAIL_SIDE` a side; `width` and `height` as received."""

    image: Image.Image
    width: int
    height: int


def prepare_decoders() -> None:
    """Load the decoders of the accepted types, and bound what each of them may do."""
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    for name in _FORMATS:
        Image.new("RGB", (_MIN_SIDE, _MIN_SIDE)).save(file := io.BytesIO(), name)
        Image.open(file, formats=_FORMATS).load()


def decode(content: bytes) -> Decoded:
    """Decode the first frame. Raises PictureRefused."""
    try:
        return _decode(content)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureRefused(Refusal.TOO_MANY_PIXELS) from None
    except MemoryError:
        raise PictureRefused(Refusal.TOO_MUCH_MEMORY) from None
    except PictureRefused:
        raise
    except Exception:  # noqa: BLE001 - decoders raise anything for a spoiled file
        raise PictureRefused(Refusal.DAMAGED) from None


def _decode(content: bytes) -> Decoded:
    if content.startswith(b"RIFF"):
        _check_pixels("WEBP", *_webp_size(content))  # its decoder takes the memory when it is opened
    with Image.open(io.BytesIO(content), formats=_FORMATS) as image:
        width, height = image.size
        _check_pixels(image.format or "", width, height)
        short, long = sorted(image.size)
        if short < _MIN_SIDE or long > short * _MAX_RATIO:
            raise PictureRefused(Refusal.NOTHING_VISIBLE)
        share = DETAIL_SIDE / long
        # A JPEG is decoded at a half, a quarter or an eighth if that is large enough.
        image.draft(None, (math.ceil(width * share), math.ceil(height * share)))
        plain = _reduce(image)
        orientation = _orientation_of(image)  # last: reading it from a PNG decodes the picture
    plain.thumbnail((DETAIL_SIDE, DETAIL_SIDE), Image.Resampling.LANCZOS)
    if orientation in _UPRIGHT:
        plain = plain.transpose(_UPRIGHT[orientation])
    if _contrast_of(plain) < _MIN_CONTRAST:
        raise PictureRefused(Refusal.NOTHING_VISIBLE)
    return Decoded(plain, width, height)


def _check_pixels(kind: str, width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise PictureRefused(Refusal.TOO_MANY_PIXELS)
    if width * height > _MAX_PIXELS_OF.get(kind, MAX_PIXELS):
        raise PictureRefused(Refusal.TOO_MUCH_MEMORY)


def _webp_size(content: bytes) -> tuple[int, int]:
    """Return width and height as the first chunk of a WebP gives them."""
    kind, chunk = content[12:16], content[20:30].ljust(10, b"\0")
    if kind == b"VP8X":
        return 1 + int.from_bytes(chunk[4:7], "little"), 1 + int.from_bytes(chunk[7:10], "little")
    if kind == b"VP8L":
        both = int.from_bytes(chunk[1:5], "little")
        return 1 + (both & 0x3FFF), 1 + (both >> 14 & 0x3FFF)
    width, height = int.from_bytes(chunk[6:8], "little"), int.from_bytes(chunk[8:10], "little")
    return width & 0x3FFF, height & 0x3FFF


def _orientation_of(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # noqa: BLE001 - a spoiled EXIF block does not spoil the picture
        return 1


def _contrast_of(image: Image.Image) -> int:
    """Return the greatest difference between two places in one colour; single pixels are evened out."""
    places = np.asarray(image.reduce(max(1, max(image.size) // 256)))
    return int(np.ptp(places, axis=(0, 1)).max())


def _reduce(image: Image.Image) -> Image.Image:
    """Return the picture in RGB on white; a large one is reduced by a whole factor, strip by strip."""
    image.load()
    width, height = image.size
    factor = max(1, max(width, height) // DETAIL_SIDE)
    rows = max(1, _STRIP_PIXELS // (width * factor)) * factor
    plain = Image.new("RGB", (math.ceil(width / factor), math.ceil(height / factor)))
    for top in range(0, height, rows):
        strip = _to_rgb(image.crop((0, top, width, min(top + rows, height))))
        plain.paste(strip.reduce(factor) if factor > 1 else strip, (0, top // factor))
    return plain


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):  # grey with 16 bits, of which eight are enough
        high = (np.asarray(image).clip(0, 0xFFFF) >> 8).astype(np.uint8)
        return Image.fromarray(high).convert("RGB")
    if not image.has_transparency_data:
        return image.convert("RGB")
    layered = image.convert("RGBA")
    white = Image.new("RGB", image.size, "white")
    white.paste(layered, mask=layered.getchannel("A"))
    return white


def encode(image: Image.Image) -> tuple[Image.Image, bytes]:
    """Return a picture at the size that is sent on, and its JPEG, which carries no metadata."""
    small = image.copy()
    small.thumbnail((SENT_SIDE, SENT_SIDE), Image.Resampling.LANCZOS)
    small.info.clear()
    file = io.BytesIO()
    small.save(file, "JPEG", quality=_QUALITY)
    return small, file.getvalue()
