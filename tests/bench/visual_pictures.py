"""Pictures for the benchmark of the visual library: products drawn from a seed, photographed on a table.

`photograph(model, shot)` shows the same product for the same model, from another side, on another ground and
in another light for each shot. `CHANGES` are what happens to one picture on its way through the web.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Mapping
from random import Random

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter, ImageOps

SIZE = (640, 480)
_CANVAS = 480  # pixels a side that a product is drawn on
Colour = tuple[int, int, int]
_GROUNDS: tuple[tuple[Colour, ...], ...] = (
    ((250, 250, 250), (235, 232, 226)),
    ((150, 110, 75), (122, 84, 60)),
    ((90, 95, 100), (60, 62, 66)),
    ((196, 200, 205), (176, 182, 170)),
)


def photograph(model: int, shot: int = 0) -> Image.Image:
    """Return a photo of a product."""
    dice = Random(f"{model}/{shot}")
    product = _product(model)
    extent = dice.uniform(0.72, 0.95) * min(SIZE)
    product = product.resize(
        (round(extent), round(extent * dice.uniform(0.88, 1.05))), Image.Resampling.LANCZOS
    )
    if shot:
        product = _seen_from_a_side(product, dice)
    scene = _ground(dice, Random(model).randrange(len(_GROUNDS)) + shot)  # another owner has another table
    place = tuple(
        round((whole - part) * dice.uniform(0.2, 0.8)) for whole, part in zip(SIZE, product.size, strict=True)
    )
    shadow = Image.new("RGBA", product.size, (0, 0, 0, 0))
    shadow.putalpha(
        product.getchannel("A").filter(ImageFilter.GaussianBlur(9)).point(lambda level: level // 3)
    )
    scene.paste(shadow, (place[0] + dice.randint(-14, 14), place[1] + 12), shadow)
    scene.paste(product, place, product)
    return _lit(scene, dice)


def _seen_from_a_side(product: Image.Image, dice: Random) -> Image.Image:
    """Turn a product and tilt it, as another photographer holds the camera."""
    width, height = product.size
    left, right = (dice.uniform(0.03, 0.16) * height for _ in range(2))
    if dice.random() < 0.5:
        left = -left / 3
    else:
        right = -right / 3
    corners = (0, -left, 0, height + left, width, height + right, width, -right)
    tilted = product.transform(product.size, Image.Transform.QUAD, corners, Image.Resampling.BICUBIC)
    angle = dice.choice((-1, 1)) * dice.uniform(6, 18)
    return tilted.rotate(angle, Image.Resampling.BICUBIC, expand=True)


def _ground(dice: Random, family: int) -> Image.Image:
    """Return a table: plain, shaded, or of planks."""
    base = np.array(dice.choice(_GROUNDS[family % len(_GROUNDS)]))
    rows, columns = np.mgrid[0 : SIZE[1], 0 : SIZE[0]]
    shade = (
        1
        + dice.uniform(-0.15, 0.15) * (rows / SIZE[1] - 0.5)
        + dice.uniform(-0.15, 0.15) * (columns / SIZE[0] - 0.5)
    )
    if dice.random() < 0.35:
        plank = dice.randint(60, 140)
        shade = shade * np.where(rows % plank < 3, 0.7, 1 + 0.04 * np.sin(columns / 40 + rows // plank * 7))
    return Image.fromarray((base * shade[..., None]).clip(0, 255).astype(np.uint8))


def _lit(scene: Image.Image, dice: Random) -> Image.Image:
    """Return a scene with the light, the tint and the noise of a camera."""
    noise = np.random.default_rng(dice.getrandbits(32)).normal(0, 3, (SIZE[1], SIZE[0], 1))
    tint = np.array([dice.uniform(0.95, 1.05) for _ in range(3)]) * dice.uniform(0.85, 1.02)
    return Image.fromarray((np.asarray(scene) * tint + noise).clip(0, 255).astype(np.uint8))


def _product(model: int) -> Image.Image:
    dice = Random(model)
    image = Image.new("RGBA", (_CANVAS, _CANVAS), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    _KINDS[model % len(_KINDS)](draw, dice)
    return image


def _colour(dice: Random) -> Colour:
    return dice.randrange(20, 236), dice.randrange(20, 236), dice.randrange(20, 236)


def _text(
    draw: ImageDraw.ImageDraw, dice: Random, box: tuple[float, float, float, float], ink: Colour
) -> None:
    """Write lines of unreadable words."""
    left, top, right, bottom = box
    line = dice.uniform(14, 34)
    while top + line < bottom:
        at = left
        while (end := at + line * dice.uniform(0.6, 3)) < right:
            draw.rectangle((at, top, end, top + line * 0.6), fill=ink)
            at = end + line * 0.5
        top += line


def _artwork(draw: ImageDraw.ImageDraw, dice: Random, box: tuple[float, float, float, float]) -> None:
    """Fill a box with a picture of its own."""
    left, top, right, bottom = box
    draw.rectangle(box, fill=_colour(dice))
    for _ in range(dice.randint(4, 9)):
        x, y = dice.uniform(left, right), dice.uniform(top, bottom)
        reach = dice.uniform(0.1, 0.45) * (right - left)
        around = (max(left, x - reach), max(top, y - reach), min(right, x + reach), min(bottom, y + reach))
        if dice.random() < 0.5:
            draw.ellipse(around, fill=_colour(dice))
        else:
            points = [
                (dice.uniform(around[0], around[2]), dice.uniform(around[1], around[3])) for _ in range(5)
            ]
            draw.polygon(points, fill=_colour(dice))


def _card(draw: ImageDraw.ImageDraw, dice: Random) -> None:
    frame, left = _colour(dice), dice.randint(60, 80)
    draw.rounded_rectangle((left, 5, _CANVAS - left, 475), 18, fill=frame)
    split = dice.uniform(200, 330)
    _artwork(draw, dice, (left + 20, 50, _CANVAS - left - 20, split))
    _text(draw, dice, (left + 20, 16, 330, 50), _colour(dice))
    _text(draw, dice, (left + 24, split + 12, _CANVAS - left - 24, 465), _colour(dice))


def _box(draw: ImageDraw.ImageDraw, dice: Random) -> None:
    left, top = dice.randint(10, 90), dice.randint(10, 120)
    draw.rectangle((left, top, _CANVAS - left, _CANVAS - 10), fill=_colour(dice))
    draw.polygon([(left, top), (_CANVAS - left, top), (430 - left, 2), (50 + left, 2)], fill=_colour(dice))
    across = dice.uniform(150, 330)
    _artwork(draw, dice, (left + 10, top + 20, across, dice.uniform(260, 450)))
    _text(draw, dice, (across + 10, top + 30, _CANVAS - left - 10, 440), _colour(dice))


def _watch(draw: ImageDraw.ImageDraw, dice: Random) -> None:
    strap = _colour(dice)
    half = dice.randint(50, 85)
    draw.rectangle((240 - half, 0, 240 + half, 480), fill=strap)
    for top in range(0, 480, dice.randint(14, 60)):
        draw.line((240 - half, top, 240 + half, top), fill=_colour(dice), width=dice.randint(1, 8))
    radius = dice.randint(130, 180)
    draw.ellipse((240 - radius, 240 - radius, 240 + radius, 240 + radius), fill=_colour(dice))
    radius -= dice.randint(12, 34)
    draw.ellipse((240 - radius, 240 - radius, 240 + radius, 240 + radius), fill=_colour(dice))
    ink = _colour(dice)
    for number in range(dice.choice((4, 12, 12, 60))):
        angle = number * math.tau / 12
        x, y = 240 + 0.85 * radius * math.sin(angle), 240 - 0.85 * radius * math.cos(angle)
        draw.ellipse((x - 7, y - 7, x + 7, y + 7), fill=ink)
    for length in (0.5, 0.8):
        angle = dice.uniform(0, math.tau)
        end = (240 + length * radius * math.sin(angle), 240 - length * radius * math.cos(angle))
        draw.line((240, 240, *end), fill=ink, width=10)
    for _ in range(dice.randint(0, 3)):
        x, y = 240 + dice.uniform(-0.45, 0.45) * radius, 240 + dice.uniform(-0.45, 0.45) * radius
        draw.ellipse((x - 32, y - 32, x + 32, y + 32), fill=_colour(dice), outline=ink, width=3)


def _shoe(draw: ImageDraw.ImageDraw, dice: Random) -> None:
    upper, heel = dice.randint(60, 190), dice.randint(40, 160)
    outline = [
        (30, heel),
        (dice.randint(110, 190), upper),
        (300, dice.randint(230, 300)),
        (460, 340),
        (465, 400),
        (25, 400),
    ]
    draw.polygon(outline, fill=_colour(dice))
    draw.rounded_rectangle((15, 390, 472, dice.randint(425, 475)), 20, fill=_colour(dice))
    draw.polygon([(330, 300), (460, 340), (465, 392), (dice.randint(280, 360), 392)], fill=_colour(dice))
    for _ in range(dice.randint(1, 4)):
        stripe = [(dice.randint(40, 300), dice.randint(200, 380)) for _ in range(4)]
        draw.line(stripe, fill=_colour(dice), width=dice.randint(8, 40), joint="curve")
    for step in range(dice.randint(3, 7)):
        draw.line(
            (170 + step * 28, 190 + step * 22, 230 + step * 26, 160 + step * 26), fill=_colour(dice), width=7
        )


def _bag(draw: ImageDraw.ImageDraw, dice: Random) -> None:
    top = dice.randint(150, 240)
    draw.arc(
        (130, dice.randint(10, 90), 350, 2 * top - 60),
        180,
        360,
        fill=_colour(dice),
        width=dice.randint(10, 26),
    )
    slant = dice.randint(-20, 50)
    draw.polygon([(30 + slant, top), (450 - slant, top), (470, 470), (10, 470)], fill=_colour(dice))
    draw.polygon(
        [(30 + slant, top), (450 - slant, top), (dice.randint(200, 420), dice.randint(280, 420))],
        fill=_colour(dice),
    )
    spot = dice.randint(120, 340)
    draw.ellipse((spot, 300, spot + dice.randint(24, 90), 350), fill=_colour(dice))
    if dice.random() < 0.5:
        _artwork(draw, dice, (60, 350, dice.uniform(150, 430), 455))


def _console(draw: ImageDraw.ImageDraw, dice: Random) -> None:
    top = dice.randint(80, 150)
    draw.rounded_rectangle((8, top, 472, 480 - top), dice.randint(10, 90), fill=_colour(dice))
    screen = (dice.randint(90, 150), top + 25, dice.randint(310, 400), 455 - top)
    draw.rectangle(screen, fill=_colour(dice))
    _artwork(draw, dice, (screen[0] + 12, screen[1] + 12, screen[2] - 12, screen[3] - 12))
    for x in (48, 432):
        for _ in range(dice.randint(2, 5)):
            y, reach = dice.uniform(top + 40, 440 - top), dice.randint(10, 26)
            draw.ellipse((x - reach, y - reach, x + reach, y + reach), fill=_colour(dice))


def _figure(draw: ImageDraw.ImageDraw, dice: Random) -> None:
    for _ in range(2):
        arm = [(240, dice.randint(200, 260)), (dice.randint(20, 460), dice.randint(60, 400))]
        draw.line(arm, fill=_colour(dice), width=dice.randint(24, 60))
    for foot in (dice.randint(90, 220), dice.randint(260, 390)):
        draw.line((240, 320, foot, 465), fill=_colour(dice), width=dice.randint(30, 70))
    half = dice.randint(50, 110)
    draw.rounded_rectangle((240 - half, 160, 240 + half, 350), 30, fill=_colour(dice))
    _artwork(draw, dice, (260 - half, 190, 220 + half, 320))
    head = dice.randint(50, 90)
    draw.ellipse((240 - head, 100 - head, 240 + head, 100 + head), fill=_colour(dice))
    draw.pieslice(
        (240 - head, 100 - head, 240 + head, 100 + head), 180, dice.randint(270, 380), fill=_colour(dice)
    )


_KINDS: tuple[Callable[[ImageDraw.ImageDraw, Random], None], ...] = (
    _card,
    _box,
    _watch,
    _shoe,
    _bag,
    _console,
    _figure,
)


def saved(image: Image.Image, quality: int = 90) -> bytes:
    """Return a picture as JPEG."""
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return file.getvalue()


def _cropped(image: Image.Image, share: float) -> Image.Image:
    width, height = image.size
    left, top = round(width * share), round(height * share)
    return image.crop((left, top, width - left, height - top))


def _bordered(image: Image.Image, share: float, colour: str) -> Image.Image:
    width, height = image.size
    return ImageOps.expand(image, (round(width * share), round(height * share)), colour)


def _turned(image: Image.Image, degrees: float, colour: str) -> Image.Image:
    return image.rotate(degrees, Image.Resampling.BICUBIC, fillcolor=colour)


def _halved(image: Image.Image) -> Image.Image:
    width, height = image.size
    return image.resize((width // 2, height // 2), Image.Resampling.LANCZOS)


CHANGES: Mapping[str, Callable[[Image.Image], bytes]] = {
    "JPEG of quality 30": lambda image: saved(image, 30),
    "half the size": lambda image: saved(_halved(image)),
    "8 % cropped from each side": lambda image: saved(_cropped(image, 0.08)),
    "turned by 3°, white corners": lambda image: saved(_turned(image, 3, "white")),
    "turned by -3°, black corners": lambda image: saved(_turned(image, -3, "black")),
    "a white border of 6 %": lambda image: saved(_bordered(image, 0.06, "white")),
    "a black border of 6 %": lambda image: saved(_bordered(image, 0.06, "black")),
    "30 % more light": lambda image: saved(ImageEnhance.Brightness(image).enhance(1.3)),
}
