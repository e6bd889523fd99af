"""The perceptual hash: equal to the reference, and near after small changes."""

from __future__ import annotations

import imagehash
import pytest
from PIL import Image

from tests.adapters.imaging.pictures import scene
from watcher.adapters.imaging.hashing import hashes_of, perceptual_hash
from watcher.core.identification import MAX_LIBRARY_DISTANCE, PictureMarks, distance


@pytest.mark.parametrize("seed", range(12))
def test_the_hash_is_the_reference_librarys(seed: int) -> None:
    image = scene(seed, (300 + 31 * seed, 400 - 17 * seed))
    assert perceptual_hash(image) == int(str(imagehash.phash(image)), 16)


def test_the_first_of_four_hashes_is_of_the_whole_picture() -> None:
    image = scene(1)
    hashes = hashes_of(image)
    assert hashes[0] == perceptual_hash(image)
    assert hashes[3] == perceptual_hash(image.crop((58, 43, 582, 437)))
    assert len(set(hashes)) == 4


def marks(image: Image.Image) -> PictureMarks:
    return PictureMarks("", hashes_of(image))


def test_a_crop_of_8_percent_is_near_and_a_mirror_image_is_not() -> None:
    image = scene(2)
    whole = marks(image)
    assert distance(whole, marks(image.crop((51, 38, 589, 442)))) <= MAX_LIBRARY_DISTANCE
    assert distance(whole, marks(image.transpose(Image.Transpose.FLIP_LEFT_RIGHT))) > MAX_LIBRARY_DISTANCE
    assert distance(whole, marks(scene(3))) > MAX_LIBRARY_DISTANCE
