"""Recognition of the simulated market's own pictures: a stand-in for eBay's and a model's eyes.

A picture shows the product whose picture has nearly the same colours in the same places. This works for the
pictures that this package draws, also shrunk, encoded again or slightly turned, and for no photograph.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import NamedTuple, Protocol, TypeVar, runtime_checkable

from PIL import Image

from watcher.core.times import Instant
from watcher.demo.pictures import draw_picture

T = TypeVar("T")

SAMPLE = Path(__file__).with_name("sample.jpg")  # drawn by tests/demo/draw_sample.py
SAMPLE_DRAWING = "shoe"  # what it shows; a product has this drawing

_DRAWN_PIXELS, _CELLS = 32, 8  # a side: of a picture that is drawn to be compared, and of what is compared
_MAX_DIFFERENCE = 12.0  # of 255, in the mean; encoding a picture again or turning it a little changes less
_MAX_PIXELS = 4096 * 4096  # of a picture; the decoder's memory is three bytes for each


class Shown(NamedTuple):
    """What a picture shows; `query` finds it in the market."""

    query: str
    title: str
    category: str
    condition: str


@runtime_checkable
class PictureReader(Protocol):
    """A source of listings that recognises pictures."""

    async def recognise(self, picture: bytes, now: Instant) -> Shown | None:
        """Return what the picture shows, None if that is unknown. Raises UnreadablePicture."""
        ...


class UnreadablePicture(ValueError):
    """The bytes cannot be decoded as a picture."""


def features_of(picture: bytes) -> bytes:
    """Return the colours of a coarse grid over a picture. Raises UnreadablePicture."""
    try:
        with Image.open(BytesIO(picture), formats=("JPEG", "PNG", "WEBP")) as image:
            if image.width * image.height > _MAX_PIXELS:
                raise UnreadablePicture("the picture is too large")
            return image.convert("RGB").resize((_CELLS, _CELLS), Image.Resampling.BOX).tobytes()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise UnreadablePicture("the bytes are not a picture") from error


@lru_cache(maxsize=5000)
def features_of_drawn(name: str) -> bytes:
    """Return the features of the picture that the market draws for a name, or of the sample."""
    if name == SAMPLE.name:
        return features_of(SAMPLE.read_bytes())
    return features_of(draw_picture.__wrapped__(name, _DRAWN_PIXELS))


async def most_similar(picture: bytes, drawn: Mapping[str, T]) -> T | None:
    """Return the value of the drawn picture that is most similar, by its name; None if none is.

    Raises UnreadablePicture. It takes a second or two for the first picture, in a thread.
    """
    return await asyncio.to_thread(_most_similar, features_of(picture), drawn)


def _most_similar(seen: bytes, drawn: Mapping[str, T]) -> T | None:
    limit = _MAX_DIFFERENCE * len(seen)
    best: T | None = None
    for name, value in drawn.items():
        pairs = zip(seen, features_of_drawn(name), strict=True)
        difference = sum(abs(one - other) for one, other in pairs)
        if difference <= limit:
            best, limit = value, difference
    return best
