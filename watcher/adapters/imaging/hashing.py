"""The perceptual hashes of a picture; imported in the worker process only.

A hash is the signs of the 64 lowest frequencies of a cosine transform (the pHash of the library ImageHash),
of a picture that fades out towards its edges, combined with a code of its colours; docs/scan.md has the
reasons and figures. Computing it here spares a dependency on scipy.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

Grid = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
_SIDE = 32  # places a side that the transform sees
_KEPT = 8  # frequencies a side
_ENOUGH = 256  # pixels a side that the views are made from
# Shares that are cropped from each side, and degrees: a crop or a border of up to 9 % meets one of the first
# three, and a turned picture the last. It also gives symmetrical things, which lack half of all frequencies,
# a hash that does not depend on noise.
_VIEWS = ((0.0, 0), (0.045, 0), (0.09, 0), (0.05, 3))
_MARGIN = 0.03  # of the mean size of a frequency; what is smaller is noise and counts as negative
_COLOUR_KEPT = 4  # frequencies a side of each of two colours
_COLOUR_MARGIN = 2.0  # of 128; fainter colour is noise
_USUAL_LIGHT, _DARK = 170.0, 24.0  # of 255; colours are compared as if every place had the first
_WEIGHTS = 1 << np.arange(_KEPT * _KEPT - 1, -1, -1, dtype=np.uint64)


def _cosines() -> Grid:
    """Return the rows of the cosine transform (DCT-II) that are kept."""
    frequency, place = np.ogrid[:_KEPT, :_SIDE]
    return np.asarray(np.cos(np.pi * frequency * (2 * place + 1) / (2 * _SIDE)))


def _fading() -> Grid:
    """Return weights that are 1 in the middle and 0 at the edges, where crops and turns change most."""
    place = np.linspace(-1, 1, _SIDE)
    profile = 1 - place**4
    return np.outer(profile, profile)


_TRANSFORM, _FADING = _cosines(), _fading()
# What a frequency measures if the colour follows it everywhere with strength 1.
_COLOUR_UNIT = float((np.abs(np.outer(_TRANSFORM[1], _TRANSFORM[1])) * _FADING).sum())


def hashes_of(image: Image.Image) -> tuple[int, int, int, int]:
    """Return the hashes of four views of a picture in RGB."""
    small = image.copy()
    small.thumbnail((_ENOUGH, _ENOUGH), Image.Resampling.LANCZOS)
    first, second, third, turned = (_hash_of(_view(small, share, turn)) for share, turn in _VIEWS)
    return first, second, third, turned


def signs_of(grid: Grid, margin: float = 0.0) -> int:
    """Return 64 bits: which of the lowest frequencies of a grid are above the median and the margin."""
    low = _TRANSFORM @ grid @ _TRANSFORM.T
    median = np.median(low)
    limit = median + margin * np.abs(low - median).mean()
    return int(_WEIGHTS[(low > limit).ravel()].sum())


def _view(image: Image.Image, share: float, turn: int) -> Image.Image:
    width, height = image.size
    left, top = round(width * share), round(height * share)
    turned = image.rotate(turn, Image.Resampling.BILINEAR) if turn else image
    return turned.crop((left, top, width - left, height - top))


def _hash_of(view: Image.Image) -> int:
    grey = np.asarray(view.convert("L").resize((_SIDE, _SIDE), Image.Resampling.LANCZOS), np.float64)
    faded = (grey - np.average(grey, weights=_FADING)) * _FADING
    return signs_of(faded, _MARGIN) ^ _colour_code(view)


def _colour_code(view: Image.Image) -> int:
    """Return 64 bits about where which colour is: 0 for a grey picture.

    A frequency of a colour is two bits: clearly above neutral, and clearly below.
    """
    small = view.convert("YCbCr").resize((_SIDE, _SIDE), Image.Resampling.BOX)
    light, *colours = np.moveaxis(np.asarray(small, np.float64), 2, 0)
    strength = _FADING * _USUAL_LIGHT / (light + _DARK) / _COLOUR_UNIT
    rows = _TRANSFORM[:_COLOUR_KEPT]
    low = np.stack([rows @ ((colour - 128) * strength) @ rows.T for colour in colours])
    bits = np.stack([low > _COLOUR_MARGIN, low < -_COLOUR_MARGIN], axis=-1)
    return int(_WEIGHTS[bits.ravel()].sum())
