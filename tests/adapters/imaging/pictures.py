"""Pictures made on the spot: shapes and colours from a seed, and files of every kind."""

from __future__ import annotations

import io
from random import Random

from PIL import Image, ImageDraw, ImageFilter


def scene(seed: int, size: tuple[int, int] = (640, 480)) -> Image.Image:
    """Return a picture with a few large and many small shapes."""
    dice = Random(seed)
    width, height = size
    image = Image.new("RGB", size, _colour(dice))
    draw = ImageDraw.Draw(image)
    for number in range(24):
        extent = 0.5 if number < 8 else 0.15
        left, top = dice.uniform(-0.1, 0.9) * width, dice.uniform(-0.1, 0.9) * height
        right, bottom = left + dice.uniform(0.03, extent) * width, top + dice.uniform(0.03, extent) * height
        draw_shape = draw.ellipse if dice.random() < 0.5 else draw.rectangle
        draw_shape((left, top, right, bottom), fill=_colour(dice))
    return image.filter(ImageFilter.GaussianBlur(1))


def saved(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    """Return a picture's file."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def opened(content: bytes) -> Image.Image:
    """Return the picture of a file."""
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def _colour(dice: Random) -> tuple[int, int, int]:
    return dice.randrange(256), dice.randrange(256), dice.randrange(256)
