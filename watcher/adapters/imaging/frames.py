"""What the daemon and its picture worker send each other: frames of a length, a kind and a body.

Bodies are packed numbers, so that neither side ever builds an object that the other one names: a worker that
a picture has taken over can send wrong numbers and nothing else.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Sequence
from enum import IntEnum
from typing import BinaryIO, NamedTuple

HASHES = 4  # of a picture
MAX_NEAREST = 100  # rows in an answer
MAX_FRAME = 12_000_000  # bytes; a picture's file is the largest
MAX_REPLY = 4_000_000  # bytes; a JPEG of a million pixels of noise is the largest
ROWS_PER_FRAME = 20_000
FRAME_HEAD = struct.Struct(">IB")

_INSPECTED = struct.Struct(f">II{HASHES}QB")
_ASKED = struct.Struct(f">{HASHES}QB")
_FOUND = struct.Struct(">qB")
_MAX_CODE = 14  # digits


class WorkerTask(IntEnum):
    """What the daemon asks for."""

    INSPECT = 1
    INDEX = 2
    DROP = 3
    NEAREST = 4


class Reply(IntEnum):
    """What the worker answers."""

    READY = 1
    INSPECTED = 2
    REFUSED = 3
    DONE = 4
    FOUND = 5


class Frame(NamedTuple):
    """A message. `kind`: an `WorkerTask` or a `Reply`."""

    kind: int
    body: bytes


class Inspected(NamedTuple):
    """What the worker found out about a picture."""

    width: int
    height: int
    hashes: tuple[int, int, int, int]
    barcodes: tuple[str, ...]
    jpeg: bytes


class BrokenFrame(Exception):
    """The other side sent something else than a message."""


def pack_frame(kind: int, body: bytes = b"") -> bytes:
    """Return a message as bytes."""
    return FRAME_HEAD.pack(len(body), kind) + body


def read_frame(stream: BinaryIO) -> Frame | None:
    """Return the next message of a stream; None at its end."""
    head = stream.read(FRAME_HEAD.size)
    if len(head) < FRAME_HEAD.size:
        return None
    size, kind = FRAME_HEAD.unpack(head)
    if size > MAX_FRAME:
        raise BrokenFrame
    body = stream.read(size)
    return Frame(kind, body) if len(body) == size else None


def pack_inspected(found: Inspected) -> bytes:
    """Return the body of INSPECTED."""
    codes = b"".join(bytes([len(code)]) + code.encode("ascii") for code in found.barcodes)
    head = _INSPECTED.pack(found.width, found.height, *found.hashes, len(found.barcodes))
    return head + codes + found.jpeg


def unpack_inspected(body: bytes) -> Inspected:
    """Return what an INSPECTED says. Raises BrokenFrame."""
    try:
        width, height, one, two, three, four, count = _INSPECTED.unpack_from(body)
        at, codes = _INSPECTED.size, []
        for _ in range(count):
            code = body[at + 1 : at + 1 + body[at]].decode("ascii")
            if not code.isdigit() or len(code) > _MAX_CODE:
                raise BrokenFrame
            codes.append(code)
            at += 1 + body[at]
    except (struct.error, IndexError, UnicodeDecodeError):
        raise BrokenFrame from None
    jpeg = body[at:]
    if not jpeg.startswith(b"\xff\xd8\xff"):
        raise BrokenFrame
    return Inspected(width, height, (one, two, three, four), tuple(codes), jpeg)


def pack_rows(rows: Sequence[tuple[int, tuple[int, int, int, int]]]) -> bytes:
    """Return the body of INDEX: the ids, then the hashes of each."""
    hashes = array("Q", [value for _, row in rows for value in row])
    return pack_ids([row_id for row_id, _ in rows]) + hashes.tobytes()


def unpack_rows(body: bytes) -> tuple[array[int], array[int]]:
    """Return the ids, and the hashes of each in turn."""
    count = len(body) // (8 * (1 + HASHES))
    hashes = array("Q")
    hashes.frombytes(body[8 * count :])
    return unpack_ids(body[: 8 * count]), hashes


def pack_ids(ids: Sequence[int]) -> bytes:
    """Return the body of DROP."""
    return array("q", ids).tobytes()


def unpack_ids(body: bytes) -> array[int]:
    """Return the ids that a DROP names."""
    ids = array("q")
    ids.frombytes(body)
    return ids


def pack_asked(hashes: Sequence[int], within: int) -> bytes:
    """Return the body of NEAREST."""
    return _ASKED.pack(*hashes, within)


def unpack_asked(body: bytes) -> tuple[tuple[int, ...], int]:
    """Return the hashes that are looked for, and the greatest distance."""
    *hashes, within = _ASKED.unpack(body)
    return tuple(hashes), within


def pack_found(found: Sequence[tuple[int, int]]) -> bytes:
    """Return the body of FOUND."""
    return b"".join(_FOUND.pack(row_id, bits) for row_id, bits in found)


def unpack_found(body: bytes) -> list[tuple[int, int]]:
    """Return (row id, distance) of each row. Raises BrokenFrame."""
    if len(body) % _FOUND.size or len(body) > MAX_NEAREST * _FOUND.size:
        raise BrokenFrame
    return [(row_id, bits) for row_id, bits in _FOUND.iter_unpack(body)]
