"""Product codes: the digits of EAN-13 (ISBN among them), EAN-8, UPC-A and UPC-E."""

from __future__ import annotations

import re

_DIGITS = re.compile(r"\d{8}|\d{12,13}", re.ASCII)
# Numbers that shops and coupons use as they like, by the first digits of the EAN-13 or EAN-8.
_NO_PRODUCT_13 = re.compile(r"02|04|05|2|98[1-4]|99|0{12}", re.ASCII)
_NO_PRODUCT_8 = re.compile(r"[02]", re.ASCII)


def product_code(text: str) -> str:
    """Return the digits of a product's code; empty if the text is none or its check digit is wrong.

    A code of 13 digits that starts with 0 is returned as the UPC-A that it is.
    """
    digits = text.replace("-", "").replace(" ", "")
    if not _DIGITS.fullmatch(digits) or not _check_digit_is_right(digits):
        return ""
    if len(digits) == 8:  # noqa: PLR2004 - EAN-8
        return "" if _NO_PRODUCT_8.match(digits) else digits
    full = digits.zfill(13)
    return "" if _NO_PRODUCT_13.match(full) else full.removeprefix("0")


def expand_upc_e(text: str) -> str:
    """Return the twelve digits that a UPC-E of eight stands for; empty if it is none."""
    if not re.fullmatch(r"[01]\d{7}", text, re.ASCII):
        return ""
    system, body, last, check = text[0], text[1:6], text[6], text[7]
    if last in "012":
        body = f"{body[:2]}{last}0000{body[2:]}"
    elif last == "3":
        body = f"{body[:3]}00000{body[3:]}"
    elif last == "4":
        body = f"{body[:4]}00000{body[4]}"
    else:
        body = f"{body}0000{last}"
    return system + body + check


def _check_digit_is_right(digits: str) -> bool:
    """Every second digit, counted from the right, weighs three; the sum ends in 0."""
    weighted = (int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(digits)))
    return sum(weighted) % 10 == 0
