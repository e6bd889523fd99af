"""Hostile, broken and unusual pictures: one sentence or a right result each, within bounded memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from tests.adapters.imaging.hostile import REFUSED, jpeg_of_many_scans, png_with_surplus
from tests.adapters.imaging.pictures import opened, saved, scene
from watcher.adapters.imaging.hashing import hashes_of
from watcher.adapters.imaging.image_worker import ImageWorker
from watcher.core.errors import InvalidInput
from watcher.core.identification import MAX_LIBRARY_DISTANCE, PictureMarks, distance
from watcher.core.times import Seconds

pytestmark = pytest.mark.asyncio(loop_scope="module")
MEGABYTE = 1024 * 1024
WORKER_BYTES, DAEMON_BYTES = 350 * MEGABYTE, 40 * MEGABYTE  # of resident memory: in all; more than before


def memory_of(pid: int | str, name: str) -> int:
    """Return a size in /proc/PID/status, in bytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name + ":"))


def difference(one: Image.Image, other: Image.Image) -> float:
    """Return by how many of 256 levels two pictures differ, with single pixels evened out."""
    return float(np.abs(np.asarray(one.reduce(8), int) - np.asarray(other.reduce(8), int)).mean())


@pytest.mark.parametrize("name", REFUSED)
async def test_a_hostile_picture_is_refused_with_a_sentence(worker: ImageWorker, name: str) -> None:
    make, words = REFUSED[name]
    content, before = make(), worker.generation
    with pytest.raises(InvalidInput) as refusal:
        await worker.inspect(content)
    sentence = str(refusal.value)
    assert words in sentence
    assert 2 <= sentence.count(". ") + sentence.count(": ") + 1 <= 5
    assert worker.generation == before, "the worker should have survived"


def deep_grey() -> bytes:
    grey = np.asarray(scene(1).convert("L")).astype(np.uint16) * 257
    return saved(Image.fromarray(grey), "PNG")


def see_through() -> bytes:
    """Return a picture on a transparent ground whose hidden colours are others than white."""
    image = scene(1).convert("RGBA")
    image.putalpha(Image.linear_gradient("L").resize(image.size).point(lambda level: 255 * (level > 80)))
    return saved(image, "PNG")


def on_white() -> Image.Image:
    layered = opened(see_through())
    white = Image.new("RGBA", layered.size, "white")
    return Image.alpha_composite(white, layered).convert("RGB")


def in_grey(image: Image.Image) -> Image.Image:
    return image.convert("L").convert("RGB")


def palette_with_transparency() -> bytes:
    return saved(opened(see_through()).quantize(64), "PNG")


def animated(kind: str) -> bytes:
    return saved(scene(1), kind, save_all=True, append_images=[scene(2), scene(3)], duration=100)


def turned_with_gps() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Secret Camera"
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0)})
    return saved(
        scene(1).transpose(Image.Transpose.ROTATE_90), exif=exif, comment=b"Secret", icc_profile=b"Secret"
    )


RIGHT: dict[str, tuple[Callable[[], bytes], Callable[[], Image.Image]]] = {
    "CMYK": (lambda: saved(scene(1).convert("CMYK")), lambda: scene(1)),
    "16 bits of grey": (deep_grey, lambda: in_grey(scene(1))),
    "grey": (lambda: saved(scene(1).convert("L")), lambda: in_grey(scene(1))),
    "progressive": (lambda: saved(scene(1), progressive=True), lambda: scene(1)),
    "a palette": (lambda: saved(scene(1).quantize(32), "PNG"), lambda: scene(1)),
    "black and white": (lambda: saved(scene(1).convert("1"), "PNG"), lambda: in_grey(scene(1))),
    "alpha": (see_through, on_white),
    "a palette with transparency": (palette_with_transparency, on_white),
    "grey with alpha": (
        lambda: saved(opened(see_through()).convert("LA"), "PNG"),
        lambda: in_grey(on_white()),
    ),
    "WebP with alpha": (lambda: saved(opened(see_through()), "WEBP"), on_white),
    "AVIF": (lambda: saved(scene(1), "AVIF"), lambda: scene(1)),
    "an animated GIF": (lambda: animated("GIF"), lambda: scene(1)),
    "an animated WebP": (lambda: animated("WEBP"), lambda: scene(1)),
    "an animated PNG": (lambda: animated("PNG"), lambda: scene(1)),
    "a phone's MPO": (lambda: animated("MPO"), lambda: scene(1)),
    "EXIF with orientation and GPS": (turned_with_gps, lambda: scene(1)),
    "a JPEG with a web page behind it": (
        lambda: saved(scene(1)) + b"<html><script>alert(1)</script>",
        lambda: scene(1),
    ),
    "a PNG with 100 MB too much": (png_with_surplus, lambda: scene(1, (100, 80))),
}


@pytest.mark.parametrize("name", RIGHT)
async def test_an_unusual_picture_is_seen_as_it_looks(worker: ImageWorker, name: str) -> None:
    make, looks = RIGHT[name]
    content, expected = make(), looks()
    seen = await worker.inspect(content)
    shown = opened(seen.jpeg)
    assert distance(seen.marks, PictureMarks("", hashes_of(expected))) <= MAX_LIBRARY_DISTANCE
    assert (shown.format, shown.mode, shown.size) == ("JPEG", "RGB", expected.size)
    assert difference(shown.convert("L"), expected.convert("L")) < 16
    assert not {"exif", "icc_profile", "comment", "xmp"} & set(shown.info)
    assert b"Secret" not in seen.jpeg


@pytest.mark.parametrize("orientation", range(1, 9))
async def test_every_orientation_ends_upright(worker: ImageWorker, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = saved(scene(1), exif=exif)
    seen = await worker.inspect(content)
    upright = ImageOps.exif_transpose(opened(content))
    assert difference(opened(seen.jpeg), upright) < 4
    assert (seen.width, seen.height) == (640, 480)


async def test_a_file_that_takes_forever_is_given_up_and_the_worker_replaced() -> None:
    worker = ImageWorker(time_limit=Seconds(1.0))
    try:
        with pytest.raises(InvalidInput, match="takes too long"):
            await worker.inspect(jpeg_of_many_scans(2_000))
        assert (await worker.inspect(saved(scene(1)))).width == 640
    finally:
        await worker.aclose()


async def test_40_megapixels_fit_into_bounded_memory(worker: ImageWorker) -> None:
    content = saved(scene(1, (730, 547)).resize((7_300, 5_470), Image.Resampling.NEAREST), quality=70)
    before = memory_of("self", "VmRSS")
    seen = await worker.inspect(content)
    assert (seen.width, seen.height) == (7_300, 5_470)
    assert opened(seen.jpeg).size == (1_024, 767)
    assert worker.pid
    assert memory_of(worker.pid, "VmHWM") < WORKER_BYTES
    assert memory_of("self", "VmRSS") - before < DAEMON_BYTES


async def test_40_pictures_at_once_are_inspected_in_turn(worker: ImageWorker) -> None:
    content = saved(scene(1, (200, 150)))
    seen = await asyncio.gather(*(worker.inspect(content) for _ in range(40)))
    assert len({one.marks for one in seen}) == 1
