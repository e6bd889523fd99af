"""`python -m tests.demo.draw_sample`: draw the sample picture that the demo ships, like a phone's photo."""

from __future__ import annotations

import math
from random import Random

from PIL import Image, ImageDraw, ImageFilter

from watcher.demo.drawings import DRAWINGS, Pen
from watcher.demo.recognition import SAMPLE, SAMPLE_DRAWING

_WIDTH, _HEIGHT, _FINENESS = 1200, 900, 2
_THING = 760  # pixels a side
_QUALITY = 82


def draw_sample() -> Image.Image:
    """Return a shoe on a wooden table, in the light of a window."""
    dice = Random(11)
    width, height, side = _WIDTH * _FINENESS, _HEIGHT * _FINENESS, _THING * _FINENESS
    image = _wood(width, height, dice)
    thing = Image.new("RGBA", (side, side))
    DRAWINGS[SAMPLE_DRAWING](Pen(ImageDraw.Draw(thing), side / 100, dice))
    thing = thing.rotate(-8, Image.Resampling.BICUBIC)
    left, top = (width - side) // 2, (height - side) // 2
    mask = Image.new("L", image.size)
    mask.paste(thing.getchannel("A").point(lambda alpha: alpha * 3 // 5), (left + 40, top + 52))
    shadow = mask.filter(ImageFilter.GaussianBlur(26))
    image = Image.composite(Image.new("RGB", image.size, (38, 24, 14)), image, shadow)
    image.paste(thing, (left, top), thing)
    image = Image.blend(image, Image.composite(image, Image.new("RGB", image.size), _light(image.size)), 0.5)
    image = image.resize((_WIDTH, _HEIGHT), Image.Resampling.LANCZOS)
    grain = Image.effect_noise(image.size, 14).convert("RGB")
    return Image.blend(image, grain, 0.05)


def _wood(width: int, height: int, dice: Random) -> Image.Image:
    image = Image.new("RGB", (width, height))
    draw = ImageDraw.Draw(image)
    boards = 5
    for board in range(boards):
        tone = dice.uniform(0.88, 1.06)
        top = board * height // boards
        waves = [(dice.uniform(9, 40), dice.uniform(0, math.tau), dice.uniform(2, 7)) for _ in range(4)]
        for y in range(top, top + height // boards):
            change = sum(strength * math.sin(y / length + at) for length, at, strength in waves)
            shade = tone * (1 + change / 160) * (0.55 if y - top < 5 else 1.0)
            draw.line((0, y, width, y), (int(172 * shade), int(121 * shade), int(76 * shade)))
    return image.filter(ImageFilter.GaussianBlur(2))


def _light(size: tuple[int, int]) -> Image.Image:
    """Return how bright each place is: a window at the upper left."""
    light = Image.radial_gradient("L").resize((size[0] * 2, size[1] * 2)).point(lambda dark: 255 - dark)
    return light.crop(
        (size[0] * 2 // 3, size[1] * 2 // 3, size[0] * 2 // 3 + size[0], size[1] * 2 // 3 + size[1])
    )


if __name__ == "__main__":
    draw_sample().save(SAMPLE, "JPEG", quality=_QUALITY, optimize=True)
