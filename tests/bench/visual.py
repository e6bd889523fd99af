"""`python -m tests.bench.visual`: how well and how fast the visual library recognises pictures.

Every picture goes the way of a scan: a file, decoded, shrunk, hashed by the worker's own code. Rendered
products have limits, and the exit code is 1 if one is missed. Real photographs have none: they are used if
they are installed (`make photos`, Debian's tuxpaint-stamps-default), and confused pairs are named.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from random import Random
from statistics import median, quantiles
from typing import Any, NamedTuple, TypeVar

import numpy as np
from PIL import Image

from tests.bench.visual_pictures import CHANGES, photograph, saved
from watcher.adapters.imaging.decoding import decode, encode
from watcher.adapters.imaging.frames import HASHES
from watcher.adapters.imaging.hashing import hashes_of
from watcher.adapters.imaging.image_worker import ImageWorker
from watcher.adapters.imaging.refusals import PictureRefused
from watcher.core.identification import MAX_LIBRARY_DISTANCE, PictureMarks, distance

MODELS = 780  # 303,810 pairs
LIBRARY = 100_000  # rows
LEAST_FOUND = 0.99
LONGEST_LOOK_UP = 5.0  # ms, the median of a round trip
_LOOK_UPS = 200
_CODE_MODELS = 210  # pictures without a barcode, of all kinds
_PHOTOS = (
    Path(".venv/photos/skimage/data"),
    Path("/usr/share/tuxpaint/stamps"),
)
_DRAWN = {"symbols", "cartoon", "alphabets", "flags"}  # folders of stamps that are drawings
_DIAGRAMS = ("chessboard", "logo", "phantom", "horse", "color.png", "page", "text.png", "_gray")

Hashes = tuple[int, int, int, int]
T = TypeVar("T")


class Seen(NamedTuple):
    """A picture, and how far its changed versions are, and another photo of the same model (`other`)."""

    name: str
    hashes: Hashes
    changed: dict[str, int]
    other: int | None


class Result(NamedTuple):
    """What a set of pictures shows. `confused`: pairs of different pictures that count as the same."""

    pictures: int
    found: dict[str, float]
    pairs: int
    nearest: int
    confused: list[str]
    same_model: list[int]


def look(content: bytes) -> Hashes:
    """Return the hashes of a file, as the worker computes them."""
    return hashes_of(encode(decode(content).image)[0])


def between(one: Hashes, other: Hashes) -> int:
    return distance(PictureMarks("", one), PictureMarks("", other))


def see_model(model: int) -> Seen:
    """Look at a rendered product, its changed versions, and another photo of it."""
    image = photograph(model)
    return _see(str(model), image, look(saved(photograph(model, 1))))


def see_file(path: Path) -> Seen | None:
    """Look at a photograph and its changed versions; None if it is refused."""
    try:
        return _see(f"{path.parent.name}/{path.name}", decode(path.read_bytes()).image)
    except PictureRefused:
        return None


def _see(name: str, image: Image.Image, other: Hashes | None = None) -> Seen:
    own = look(saved(image))
    changed = {change: between(own, look(make(image))) for change, make in CHANGES.items()}
    apart = None if other is None else between(own, other)
    return Seen(name, own, changed, apart)


def judge(seen: Sequence[Seen]) -> Result:
    """Return the shares that are found again, and the pairs that are confused."""
    found = {
        change: sum(one.changed[change] <= MAX_LIBRARY_DISTANCE for one in seen) / len(seen)
        for change in CHANGES
    }
    apart = distances(np.array([one.hashes for one in seen], np.uint64))
    first, second = np.triu_indices(len(seen), 1)
    pairs = apart[first, second]
    confused = [
        f"{seen[first[at]].name} and {seen[second[at]].name} ({pairs[at]})"
        for at in np.flatnonzero(pairs <= MAX_LIBRARY_DISTANCE)
    ]
    return Result(
        len(seen),
        found,
        len(pairs),
        int(pairs.min()),
        confused,
        sorted(one.other for one in seen if one.other is not None),
    )


def distances(
    hashes: np.ndarray[tuple[int, ...], np.dtype[np.uint64]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Return the least distance of any two hashes of every pair of rows."""
    least = np.full((len(hashes), len(hashes)), 64, np.uint8)
    for one in hashes.T:
        for other in hashes.T:
            least = np.minimum(least, np.bitwise_count(one[:, None] ^ other[None, :]))
    return least


async def time_look_ups(rows: int, count: int) -> list[float]:
    """Return the milliseconds of look-ups in a library, with the round trip to the worker."""
    dice = Random(1)
    library = [(n, tuple(dice.getrandbits(64) for _ in range(HASHES))) for n in range(rows)]
    worker = ImageWorker()
    taken = list[float]()
    try:
        await worker.index(library)
        for n in range(count):
            number, hashes = library[n * 7 % rows]
            start = time.perf_counter()
            found = await worker.nearest(hashes, MAX_LIBRARY_DISTANCE)
            taken.append(1000 * (time.perf_counter() - start))
            assert (number, 0) in found, "the library does not find its own row"
    finally:
        await worker.aclose()
    return taken


async def count_codes(models: int) -> int:
    """Return how many product codes the worker reads in pictures that have none."""
    worker = ImageWorker()
    try:
        return sum([len((await worker.inspect(saved(photograph(n)))).barcodes) for n in range(models)])
    finally:
        await worker.aclose()


def misses(result: Result, look_ups: Sequence[float], codes: int) -> list[str]:
    """Return the limits that were missed."""
    wrong = [
        f"{change}: {share:.1%} found, at least {LEAST_FOUND:.0%} expected"
        for change, share in result.found.items()
        if share < LEAST_FOUND
    ]
    if result.confused:
        wrong.append(f"{len(result.confused)} of {result.pairs:,} pairs of different products are confused")
    same = sum(bits <= MAX_LIBRARY_DISTANCE for bits in result.same_model)
    if same:
        wrong.append(
            f"{same} of {len(result.same_model)} other photos of the same model count as the same picture"
        )
    if codes:
        wrong.append(f"{codes} barcodes were read where none are")
    if median(look_ups) > LONGEST_LOOK_UP:
        wrong.append(f"a look-up takes {median(look_ups):.1f} ms, at most {LONGEST_LOOK_UP:g} expected")
    return wrong


def report(title: str, result: Result) -> str:
    lines = [f"{title}: {result.pictures} pictures"]
    lines += [f"  {change:32} {share:7.1%}" for change, share in result.found.items()]
    lines.append(
        f"  {result.pairs:,} pairs of different pictures: {len(result.confused)} within "
        f"{MAX_LIBRARY_DISTANCE} bits, the nearest at {result.nearest}"
    )
    lines += [f"    {pair}" for pair in result.confused[:20]]
    if result.same_model:
        same = sum(bits <= MAX_LIBRARY_DISTANCE for bits in result.same_model)
        lines.append(
            f"  {len(result.same_model)} pairs of photos of the same model: {same} within "
            f"{MAX_LIBRARY_DISTANCE} bits, the nearest at {result.same_model[0]}"
        )
    return "\n".join(lines)


def photographs(folders: Iterable[Path]) -> list[Path]:
    """Return the photographs in folders, without what is drawn."""
    files = (file for folder in folders for file in sorted(folder.rglob("*")))
    return [
        file
        for file in files
        if file.suffix in {".jpg", ".jpeg", ".png"}
        and not _DRAWN & set(file.parts)
        and not any(word in file.name for word in _DIAGRAMS)
        and "_mirror" not in file.name
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, default=MODELS, help="rendered products")
    parser.add_argument(
        "--first", type=int, default=0, help="the first product; 780 for products never tuned on"
    )
    parser.add_argument("--library", type=int, default=LIBRARY, help="rows in the library")
    parser.add_argument("--photos", type=Path, nargs="*", default=_PHOTOS, help="folders of real photographs")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    rendered = judge(look_at_all(see_model, range(given.first, given.first + given.models)))
    files = photographs(given.photos)
    real = judge([one for one in look_at_all(see_file, files) if one]) if files else None
    look_ups = asyncio.run(time_look_ups(given.library, _LOOK_UPS))
    codes = asyncio.run(count_codes(min(given.models, _CODE_MODELS)))
    wrong = misses(rendered, look_ups, codes)
    if given.json:
        print(
            json.dumps(
                {
                    "rendered": rendered._asdict(),
                    "real": real and real._asdict(),
                    "codes": codes,
                    "missed": wrong,
                }
            )
        )
        return bool(wrong)
    print(report("Rendered products", rendered))
    print(
        report("Real photographs, without limits", real)
        if real
        else "Real photographs: none were used (make photos)"
    )
    print(
        f"Look-up among {given.library:,} pictures: {median(look_ups):.1f} ms, "
        f"95 % within {quantiles(look_ups, n=20)[-1]:.1f} ms (at most {LONGEST_LOOK_UP:g})"
    )
    print(f"Barcodes read where none are: {codes}")
    print(*(f"MISSED: {one}" for one in wrong), sep="\n") if wrong else print("All limits are kept.")
    return bool(wrong)


def look_at_all(see: Callable[[Any], T], what: Sequence[Any]) -> list[T]:
    """Return what two processes see."""
    if len(what) < 20:
        return [see(one) for one in what]
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        return list(pool.map(see, what, chunksize=10))


if __name__ == "__main__":
    sys.exit(main())
