"""Product codes in a picture; imported in the worker process only."""

from __future__ import annotations

import zxingcpp
from PIL import Image

from watcher.core.product_codes import expand_upc_e, product_code

_FORMATS = zxingcpp.BarcodeFormats(
    [
        zxingcpp.BarcodeFormat.EAN13,
        zxingcpp.BarcodeFormat.EAN8,
        zxingcpp.BarcodeFormat.UPCA,
        zxingcpp.BarcodeFormat.UPCE,
    ]
)
MAX_CODES = 5


def barcodes_of(image: Image.Image) -> tuple[str, ...]:
    """Return the digits of the product codes in a picture, the largest code first."""
    found = zxingcpp.read_barcodes(image.convert("L"), formats=_FORMATS)
    codes = [_digits_of(code) for code in sorted(found, key=_extent, reverse=True)]
    return tuple(dict.fromkeys(code for code in codes if code))[:MAX_CODES]


def _digits_of(code: zxingcpp.Barcode) -> str:
    short = code.format is zxingcpp.BarcodeFormat.UPCE and len(code.text) == 8  # noqa: PLR2004 - not expanded
    return product_code(expand_upc_e(code.text) if short else code.text)


def _extent(code: zxingcpp.Barcode) -> int:
    one, other = code.position.top_left, code.position.bottom_right
    return abs(one.x - other.x) + abs(one.y - other.y)
