"""The perceptual hash of a picture; imported in the worker process only.

It is the hash that the library ImageHash calls phash: the signs of the 64 lowest frequencies of a cosine
transform. Computing it here spares a dependency on scipy. docs/scan.md says how it was measured.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

_SIDE = 32  # pixels a side that the transform sees
_KEPT = 8  # frequencies a side
_CROPS = (0.0, 0.03, 0.06, 0.09)  # of a side, from each side
_WEIGHTS = 1 << np.arange(_KEPT * _KEPT - 1, -1, -1, dtype=np.uint64)


def _cosines() -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Return the rows of the cosine transform (DCT-II) that are kept."""
    frequency, place = np.ogrid[:_KEPT, :_SIDE]
    return np.asarray(np.cos(np.pi * frequency * (2 * place + 1) / (2 * _SIDE)))


_TRANSFORM = _cosines()


def perceptual_hash(image: Image.Image) -> int:
    """Return 64 bits, of which few differ between two versions of one picture."""
    grey = image.convert("L").resize((_SIDE, _SIDE), Image.Resampling.LANCZOS)
    low = _TRANSFORM @ np.asarray(grey, dtype=np.float64) @ _TRANSFORM.T
    return int(_WEIGHTS[(low > np.median(low)).ravel()].sum())


def hashes_of(image: Image.Image) -> tuple[int, int, int, int]:
    """Return the hashes of a picture with 0, 3, 6 and 9 % cropped from each side."""
    grey = image.convert("L")
    whole, slight, middle, most = (perceptual_hash(_crop(grey, share)) for share in _CROPS)
    return whole, slight, middle, most


def _crop(image: Image.Image, share: float) -> Image.Image:
    width, height = image.size
    left, top = round(width * share), round(height * share)
    return image.crop((left, top, width - left, height - top))
