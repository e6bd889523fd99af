"""The perceptual hash: equal to the reference, and near after small changes."""

from __future__ import annotations

import imagehash
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageEnhance

from tests.adapters.imaging.pictures import opened, saved, scene
from watcher.adapters.imaging.hashing import hashes_of, signs_of
from watcher.core.identification import MAX_LIBRARY_DISTANCE, PictureMarks, distance


@pytest.mark.parametrize("seed", range(12))
def test_the_transform_is_the_reference_librarys(seed: int) -> None:
    image = scene(seed, (300 + 31 * seed, 400 - 17 * seed))
    grey = image.convert("L").resize((32, 32), Image.Resampling.LANCZOS)
    assert signs_of(np.asarray(grey, np.float64)) == int(str(imagehash.phash(image)), 16)


def marks(image: Image.Image) -> PictureMarks:
    return PictureMarks("", hashes_of(image))


def test_the_same_shape_in_another_colour_is_another_picture() -> None:
    red, green = (Image.new("RGB", (400, 300), "white") for _ in range(2))
    for image, colour in ((red, (220, 40, 40)), (green, (20, 126, 38))):
        ImageDraw.Draw(image).polygon([(60, 20), (390, 120), (80, 290)], fill=colour)
    assert np.abs(np.subtract(red.convert("L"), green.convert("L"), dtype=int)).max() < 12
    assert distance(marks(red), marks(green)) > MAX_LIBRARY_DISTANCE
    for light in (0.8, 1.2):
        assert distance(marks(red), marks(ImageEnhance.Brightness(red).enhance(light))) <= 4


@pytest.mark.parametrize("turn", [-3, 3])
def test_a_symmetrical_thing_is_found_when_it_is_turned(turn: int) -> None:
    image = Image.new("RGB", (600, 600), "white")
    draw = ImageDraw.Draw(image)
    for inset, colour in ((80, "navy"), (160, "gold"), (220, "navy")):
        draw.ellipse((inset, inset, 600 - inset, 600 - inset), fill=colour)
    draw.rectangle((280, 20, 320, 580), fill="gray")
    turned = image.rotate(turn, Image.Resampling.BICUBIC, fillcolor="white")
    assert distance(marks(image), marks(opened(saved(turned, quality=40)))) <= MAX_LIBRARY_DISTANCE


def test_a_crop_of_8_percent_is_near_and_a_mirror_image_is_not() -> None:
    image = scene(2)
    whole = marks(image)
    assert distance(whole, marks(image.crop((51, 38, 589, 442)))) <= MAX_LIBRARY_DISTANCE
    assert distance(whole, marks(image.transpose(Image.Transpose.FLIP_LEFT_RIGHT))) > MAX_LIBRARY_DISTANCE
    assert distance(whole, marks(scene(3))) > MAX_LIBRARY_DISTANCE
