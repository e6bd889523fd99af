"""Mutations of bodies: fields lost, duplicated, renamed, swapped or odd; bytes cut out or inserted."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

Place = tuple[Any, Any]

_DEEP: Any = 5
for _ in range(200):
    _DEEP = [_DEEP]
ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, -0.0, 1e308, -1e308, 1e-9, 0.004, 10**15, 10**30, -(10**30), 2**63,
    float("nan"), float("inf"), -float("inf"), "", " ", "0", "0.00", "-5.00", "1e5", "NaN", "Infinity", "١٢",
    "1,204.99", "1.204,99", "12.50 ", "+5", "0x10", "USD", "GBP", "usd", "EURO", "JPY", "KWD", "$", "£45.00",
    "EUR 45.00", "US $45.00", "$0.00", "$45.00 to $60.00", "Free shipping", "free", "\x00", "\ud800",
    "🦊" * 90,
    "v1|1|0", "CALCULATED", "AUCTION", "2026-07-01T00:00:00.000Z", "0001-01-01T00:00:00+23:59",
    "9999-12-31T23:59:59.999-23:59", "2026-13-45T99:00:00Z", "Jul 16, 2026", "99d 99h", [], {}, [[]], [None],
    {"raw": None}, {"raw": "$45.00", "extracted": 1e300}, {"value": "0.00", "currency": "USD"},
    {"raw": "£45.00", "extracted": 45.0}, {"raw": "45.00 EUR", "extracted": 45},
    {"raw": "$0.00", "extracted": 0},
    {"value": "-1", "currency": "USD"}, {"value": 1, "currency": "GBP"}, {"from": {}, "to": {}}, _DEEP,
)  # fmt: skip
_NOISE = (
    b"NaN",
    b"Infinity",
    b"-",
    b"e999",
    b'"',
    b"{",
    b"]",
    b",",
    b"\x00",
    b"\xff\xfe",
    b"\\ud800",
    b"<html>",
)


def mutated(body: Any, dice: Random) -> bytes:
    """Return `body` with one to four mutations."""
    body = copy.deepcopy(body)
    for _ in range(dice.randint(1, 4)):
        places = list(_places(body))
        holder, key = dice.choice(places)
        dice.choice(_WAYS)(holder, key, places, dice)
    raw = json.dumps(body).encode()
    return _cut(raw, dice) if dice.random() < 0.15 else raw


def _places(node: Any, depth: int = 0) -> Iterator[Place]:
    keys: Any = node if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    if depth > 12:
        return
    for key in keys:
        yield node, key
        yield from _places(node[key], depth + 1)


def _replace(holder: Any, key: Any, _places: list[Place], dice: Random) -> None:
    holder[key] = copy.deepcopy(dice.choice(ODD))


def _lose(holder: Any, key: Any, _places: list[Place], _dice: Random) -> None:
    if _is_there(holder, key) and len(holder) > 1:
        del holder[key]


def _swap(holder: Any, key: Any, places: list[Place], dice: Random) -> None:
    other, place = dice.choice(places)
    if _is_there(holder, key) and _is_there(other, place):
        holder[key] = copy.deepcopy(other[place])


def _double(holder: Any, key: Any, _places: list[Place], dice: Random) -> None:
    if not _is_there(holder, key):
        return
    if isinstance(holder, list):
        holder.extend(copy.deepcopy([holder[key]] * dice.randint(1, 3)))
    else:
        holder[f"{key}2"] = holder.pop(key)


def _is_there(holder: Any, key: Any) -> bool:
    return key in holder if isinstance(holder, dict) else key < len(holder)


_WAYS: tuple[Callable[[Any, Any, list[Place], Random], None], ...] = (
    *(_replace,) * 3,
    _lose,
    _swap,
    _double,
)


def _cut(raw: bytes, dice: Random) -> bytes:
    at = dice.randrange(len(raw))
    match dice.randrange(3):
        case 0:
            return raw[:at]
        case 1:
            return raw[:at] + bytes([dice.randrange(256)]) + raw[at + 1 :]
        case _:
            return raw[:at] + dice.choice(_NOISE) + raw[at:]
