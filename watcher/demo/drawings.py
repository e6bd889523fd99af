"""Simple drawings of the simulated market's products, on a square of 100 by 100 units."""

from __future__ import annotations

import colorsys
import math
from collections.abc import Callable, Mapping
from random import Random

from PIL import ImageDraw

Colour = tuple[int, int, int]
INK, STEEL, PALE, GOLD = (38, 42, 48), (168, 174, 182), (236, 238, 240), (214, 170, 72)


def colour_of(hue: float, lightness: float, saturation: float) -> Colour:
    """Return a colour; all three parts are from 0 to 1."""
    red, green, blue = colorsys.hls_to_rgb(hue % 1.0, lightness, saturation)
    return round(255 * red), round(255 * green), round(255 * blue)


class Pen:
    """Draws in units on an image of `scale` pixels a unit; `dice` make one picture differ from others."""

    def __init__(self, draw: ImageDraw.ImageDraw, scale: float, dice: Random) -> None:
        self._draw, self._scale, self.dice = draw, scale, dice

    def box(
        self, left: float, top: float, right: float, bottom: float, fill: Colour, radius: float = 2.0
    ) -> None:
        """Draw a rectangle with round corners."""
        self._draw.rounded_rectangle(self._pixels(left, top, right, bottom), radius * self._scale, fill)

    def disc(self, x: float, y: float, radius: float, fill: Colour) -> None:
        """Draw a disc."""
        self._draw.ellipse(self._pixels(x - radius, y - radius, x + radius, y + radius), fill)

    def shape(self, fill: Colour, *points: float) -> None:
        """Draw a polygon; its points are pairs of numbers in a row."""
        self._draw.polygon(self._pixels(*points), fill)

    def line(self, fill: Colour, width: float, *points: float) -> None:
        """Draw a line through points."""
        self._draw.line(self._pixels(*points), fill, round(width * self._scale), joint="curve")

    def arc(
        self, x: float, y: float, radius: float, first: float, last: float, fill: Colour, width: float
    ) -> None:
        """Draw a part of a circle, in degrees clockwise from the right."""
        around = self._pixels(x - radius, y - radius, x + radius, y + radius)
        self._draw.arc(around, first, last, fill, round(width * self._scale))

    def tint(self, *hues: float, lightness: float = 0.5, saturation: float = 0.6) -> Colour:
        """Return a colour of one of these hues."""
        return colour_of(self.dice.choice(hues) + self.dice.uniform(-0.02, 0.02), lightness, saturation)

    def _pixels(self, *units: float) -> list[float]:
        return [unit * self._scale for unit in units]


def _draw_card(pen: Pen) -> None:
    frame = pen.tint(0.13, 0.14, 0.02, lightness=0.55, saturation=0.75)
    pen.box(26, 12, 74, 84, frame, 3)
    pen.box(30, 22, 70, 48, pen.tint(0.55, 0.05, 0.3, lightness=0.75), 1)
    fire = pen.tint(0.04, 0.07, lightness=0.5, saturation=0.85)
    pen.shape(fire, 50, 25, 58, 34, 61, 43, 50, 47, 39, 43, 43, 37, 46, 39)
    pen.disc(50, 42, 4, (250, 214, 110))
    pen.box(30, 16, 56, 19, INK, 1)
    for row in range(4):
        pen.box(31, 54 + 6 * row, 69 - 5 * (row % 3), 56.5 + 6 * row, (120, 98, 50), 1)


def _draw_player(pen: Pen) -> None:
    shirt = pen.tint(0.0, 0.11, 0.62, lightness=0.42, saturation=0.7)
    pen.box(26, 12, 74, 84, PALE, 3)
    pen.box(29, 15, 71, 70, pen.tint(0.58, 0.1, lightness=0.8, saturation=0.4), 1)
    pen.disc(50, 33, 9, (124, 84, 60))
    pen.shape(shirt, 35, 70, 37, 50, 45, 43, 55, 43, 63, 50, 65, 70)
    pen.box(44, 54, 47, 65, PALE, 1)
    pen.box(50, 54, 57, 65, PALE, 1)
    pen.box(34, 74, 66, 78, INK, 1)


def _draw_console(pen: Pen) -> None:
    left, right = pen.dice.choice((((228, 72, 62), (46, 160, 214)), (PALE, PALE)))
    pen.box(10, 32, 30, 68, left, 8)
    pen.box(70, 32, 90, 68, right, 8)
    pen.box(22, 32, 78, 68, INK, 1)
    pen.box(26, 36, 74, 64, pen.tint(0.5, 0.6, 0.75, 0.3, lightness=0.6), 1)
    pen.shape(pen.tint(0.12, 0.33, lightness=0.7), 26, 64, 44, 46, 56, 56, 63, 50, 74, 60, 74, 64)
    pen.disc(16, 43, 3.4, INK)
    pen.disc(84, 56, 3.4, INK)
    for x, y in ((84, 39), (84, 47), (80.5, 43), (87.5, 43)):
        pen.disc(x, y, 1.5, INK)


def _draw_watch(pen: Pen, dial: Colour = INK, bezel: Colour = INK) -> None:
    strap = pen.dice.choice((STEEL, STEEL, (92, 62, 44), (52, 56, 62)))
    pen.shape(strap, 39, 8, 61, 8, 64, 32, 36, 32)
    pen.shape(strap, 36, 68, 64, 68, 61, 92, 39, 92)
    for link in (14, 20, 26, 74, 80, 86):
        pen.line((120, 124, 130) if strap == STEEL else (38, 30, 26), 0.8, 39, link, 61, link)
    pen.box(72, 46, 78, 54, STEEL, 1)
    pen.disc(50, 50, 25, STEEL)
    pen.disc(50, 50, 22, bezel)
    pen.disc(50, 50, 18, dial)
    for hour in range(12):
        x, y = math.sin(hour * math.tau / 12), math.cos(hour * math.tau / 12)
        pen.line(PALE, 1.4, 50 + 14 * x, 50 - 14 * y, 50 + 16.5 * x, 50 - 16.5 * y)
    pen.line(PALE, 2, 50, 50, 42, 44)
    pen.line(PALE, 1.6, 50, 50, 59, 41)


def _draw_chronograph(pen: Pen) -> None:
    _draw_watch(pen)
    for x, y in ((43, 50), (57, 50), (50, 57.5)):
        pen.disc(x, y, 4, (84, 88, 96))
        pen.line(PALE, 0.8, x, y, x, y - 3)


def _draw_diver(pen: Pen) -> None:
    _draw_watch(pen, pen.dice.choice((INK, (30, 52, 92))), pen.dice.choice((INK, (40, 74, 130))))
    pen.shape((244, 244, 220), 50, 29, 47, 33, 53, 33)


def _draw_shoe(pen: Pen) -> None:
    red, white = pen.tint(0.0, 0.99, lightness=0.44, saturation=0.75), (246, 246, 246)
    pen.shape(white, 20, 28, 42, 26, 48, 44, 66, 52, 84, 58, 88, 70, 16, 70)
    pen.shape(red, 20, 28, 42, 26, 44, 36, 30, 42, 20, 42)
    pen.shape(red, 16, 70, 18, 50, 32, 56, 36, 70)
    pen.shape(red, 62, 58, 74, 55, 84, 58, 88, 70, 64, 70)
    pen.shape(INK, 24, 52, 36, 60, 54, 54, 62, 46, 46, 62, 34, 66)
    for number in range(4):
        pen.line(INK, 1.4, 42 + 4 * number, 38 + 4 * number, 49 + 4 * number, 35 + 4.6 * number)
    pen.box(14, 69, 89, 77, white, 3)
    pen.box(14, 74, 89, 78, red, 2)


def _draw_drill(pen: Pen) -> None:
    red = pen.tint(0.0, 0.99, lightness=0.43, saturation=0.75)
    pen.box(6, 37, 26, 40, STEEL, 1)
    pen.shape((70, 74, 80), 22, 34, 34, 28, 34, 49, 22, 43)
    pen.box(33, 25, 80, 51, red, 6)
    pen.box(60, 25, 80, 51, INK, 6)
    pen.box(33, 25, 40, 51, INK, 2)
    pen.shape(INK, 58, 48, 76, 48, 72, 76, 54, 76)
    pen.box(52, 52, 58, 59, red, 2)
    pen.box(42, 74, 80, 88, INK, 3)
    pen.box(46, 79, 68, 83, red, 1)


def _draw_bag(pen: Pen) -> None:
    canvas, leather = pen.tint(0.07, 0.08, lightness=0.32, saturation=0.4), (196, 146, 96)
    pen.arc(50, 40, 19, 180, 360, leather, 4)
    pen.box(14, 40, 86, 80, canvas, 12)
    for row in range(3):
        for column in range(7):
            x, y = 22 + 9.5 * column + 4 * (row % 2), 51 + 10 * row
            pen.shape(GOLD, x, y - 2, x + 2, y, x, y + 2, x - 2, y)
    pen.box(14, 76, 86, 81, leather, 3)
    pen.box(16, 40, 84, 44, leather, 2)
    pen.box(46, 41, 54, 51, GOLD, 2)


def _draw_headphones(pen: Pen) -> None:
    shell = pen.dice.choice((INK, (210, 206, 200), (40, 52, 84)))
    dark = tuple(int(part * 0.7) for part in shell)
    pen.arc(50, 50, 33, 180, 360, shell, 6)
    for left, right, inner in ((13, 31, 27), (69, 87, 64)):
        pen.box(left, 46, right, 80, shell, 8)
        pen.box(inner, 48, inner + 9, 78, (dark[0], dark[1], dark[2]), 5)
    pen.box(17, 42, 21, 52, STEEL, 1)
    pen.box(79, 42, 83, 52, STEEL, 1)


def _draw_spaceship(pen: Pen) -> None:
    hull, dark = pen.tint(0.6, 0.1, lightness=0.68, saturation=0.06), (112, 116, 122)
    pen.shape(hull, 24, 52, 40, 10, 46, 10, 47, 40, 53, 40, 54, 10, 60, 10, 76, 52)
    pen.disc(50, 57, 31, hull)
    pen.disc(50, 57, 13, dark)
    pen.disc(50, 57, 8, hull)
    for turn in range(8):
        x, y = math.cos(turn * math.tau / 8), math.sin(turn * math.tau / 8)
        pen.line(dark, 1.2, 50 + 15 * x, 57 + 15 * y, 50 + 29 * x, 57 + 29 * y)
    pen.shape(dark, 78, 44, 88, 38, 88, 48, 80, 52)
    pen.box(34, 83, 66, 87, (96, 186, 232), 2)
    for x in (28, 34, 66, 72):
        pen.disc(x, 60, 2, dark)


def _draw_camera(pen: Pen) -> None:
    pen.box(12, 32, 88, 78, INK, 6)
    pen.shape(INK, 36, 33, 41, 20, 61, 20, 66, 33)
    pen.box(18, 27, 30, 33, (70, 74, 80), 2)
    pen.box(12, 42, 30, 70, (58, 62, 70), 4)
    for radius, fill in ((20, STEEL), (17, (54, 58, 66)), (12, pen.tint(0.6, 0.7, 0.8, lightness=0.35))):
        pen.disc(53, 55, radius, fill)
    pen.disc(49, 51, 3, PALE)
    pen.disc(80, 38, 2.6, pen.tint(0.07, 0.99))


def _draw_cartridge(pen: Pen) -> None:
    pen.box(16, 22, 84, 80, (176, 176, 182), 4)
    pen.box(24, 74, 76, 84, (150, 150, 158), 1)
    pen.box(26, 28, 74, 60, pen.tint(0.6, 0.55, 0.08, lightness=0.42), 2)
    pen.disc(50, 44, 11, PALE)
    pen.line(INK, 1.6, 50, 44, 50, 36)
    pen.line(INK, 1.6, 50, 44, 56, 47)
    for x in (18, 21, 77, 80):
        pen.box(x, 30, x + 1.5, 66, (130, 130, 138), 0.5)


def _draw_jeans(pen: Pen) -> None:
    denim = pen.tint(0.6, 0.61, lightness=pen.dice.uniform(0.3, 0.42), saturation=0.42)
    pen.shape(denim, 30, 14, 70, 14, 76, 88, 56, 88, 50, 42, 44, 88, 24, 88)
    pen.box(29, 12, 71, 19, denim, 1)
    pen.line(GOLD, 0.9, 30, 19.5, 70, 19.5)
    pen.line(GOLD, 0.9, 50, 20, 50, 41)
    pen.arc(31, 19, 11, 10, 80, GOLD, 0.9)
    pen.arc(69, 19, 11, 100, 170, GOLD, 0.9)
    for left in (24, 56):
        pen.box(left, 82, left + 20, 88, (206, 216, 228), 0.5)
    pen.box(61, 13, 67, 18, (150, 98, 54), 0.5)


def _draw_plane(pen: Pen) -> None:
    wood = pen.tint(0.04, 0.06, lightness=0.34, saturation=0.5)
    pen.shape(wood, 72, 62, 74, 34, 84, 28, 90, 36, 84, 44, 88, 62)
    pen.disc(24, 44, 7, wood)
    pen.box(21, 48, 27, 62, wood, 1)
    pen.shape(STEEL, 42, 62, 56, 22, 63, 24, 54, 62)
    pen.box(10, 60, 92, 68, STEEL, 2)
    pen.box(14, 70, 80, 78, (128, 134, 142), 2)
    for x in (30, 64):
        pen.box(x, 54, x + 4, 76, GOLD, 1)


def _draw_box(pen: Pen) -> None:
    card = pen.tint(0.08, 0.09, lightness=0.62, saturation=0.4)
    pen.box(18, 34, 82, 84, card, 2)
    pen.shape((226, 196, 150), 18, 36, 28, 22, 72, 22, 82, 36)
    pen.box(44, 22, 56, 52, (232, 218, 190), 1)


DRAWINGS: Mapping[str, Callable[[Pen], None]] = {
    "bag": _draw_bag,
    "box": _draw_box,
    "camera": _draw_camera,
    "card": _draw_card,
    "cartridge": _draw_cartridge,
    "chronograph": _draw_chronograph,
    "console": _draw_console,
    "diver": _draw_diver,
    "drill": _draw_drill,
    "headphones": _draw_headphones,
    "jeans": _draw_jeans,
    "plane": _draw_plane,
    "player": _draw_player,
    "shoe": _draw_shoe,
    "spaceship": _draw_spaceship,
}
"""How to draw the things that pictures show; each drawing has a product that looks like it."""
