"""Decoding of JSON that a strict decoder refuses, so that one odd value does not cost the whole body.

It is slower than a strict decoder and tried after it. It accepts lone surrogates, bytes that are not UTF-8,
raw control characters, NaN, numbers that fit no type, and nesting deeper than any answer has.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

# What a strict decoder raises for a body that is not of the expected form.
UNREADABLE = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)

_MAX_DEPTH = 32  # of arrays and objects; what is nested deeper is read as null
_MAX_DIGITS = 18  # of an integer; a larger one is infinite
# A pair of surrogates, a lone one, or any other escape; the last so that `\\ud83d` is a backslash and text.
_ESCAPE = re.compile(r"\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u[dD][89a-fA-F]..|\\.", re.DOTALL)
_LONE_SURROGATE_LENGTH = len(r"\ud83d")
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]', re.DOTALL)


def decode_leniently(body: bytes) -> Any:
    """Return the decoded body. Raises ValueError if it is not JSON.

    What is too deep is null, a number that is too large or none is infinite: no field accepts either.
    """
    text = _ESCAPE.sub(_repaired, body.decode("utf-8", "replace").removeprefix("\ufeff"))
    try:
        return _DECODER.decode(text)
    except RecursionError:
        return _DECODER.decode(_without_deep_values(text))


def _repaired(escape: re.Match[str]) -> str:
    is_lone = len(escape[0]) == _LONE_SURROGATE_LENGTH
    return r"\ufffd" if is_lone else escape[0]


def _without_deep_values(text: str) -> str:
    kept: list[str] = []
    depth = start = 0
    for token in _TOKEN.finditer(text):
        if token[0] in "[{":
            depth += 1
            if depth == _MAX_DEPTH + 1:
                kept += (text[start : token.start()], "null")
        elif token[0] in "]}":
            depth -= 1
            if depth == _MAX_DEPTH:
                start = token.end()
    return "".join(kept) + (text[start:] if depth <= _MAX_DEPTH else "")


_DECODER = json.JSONDecoder(
    parse_int=lambda digits: int(digits) if len(digits) <= _MAX_DIGITS else math.inf,
    parse_constant=lambda _: math.inf,
    strict=False,
)
