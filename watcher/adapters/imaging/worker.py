"""`python -m watcher.adapters.imaging.worker`: the process that opens pictures, one at a time.

It reads frames from its standard input, answers on its standard output, and ends when its input does.
"""

from __future__ import annotations

import os
import sys

from watcher.adapters.imaging.barcodes import barcodes_of
from watcher.adapters.imaging.confinement import allow_cpu, confine
from watcher.adapters.imaging.decoding import decode, encode, prepare_decoders
from watcher.adapters.imaging.frames import (
    Frame,
    Inspected,
    Reply,
    WorkerTask,
    pack_found,
    pack_frame,
    pack_inspected,
    read_frame,
    unpack_asked,
    unpack_ids,
    unpack_rows,
)
from watcher.adapters.imaging.hashing import hashes_of
from watcher.adapters.imaging.index import HashIndex
from watcher.adapters.imaging.refusals import PictureRefused, Refusal


def inspect(content: bytes) -> Inspected:
    """Return what a picture is. Raises PictureRefused."""
    decoded = decode(content)
    try:
        small, jpeg = encode(decoded.image)
        codes = barcodes_of(decoded.image)
        return Inspected(decoded.width, decoded.height, hashes_of(small), codes, jpeg)
    except MemoryError:
        raise PictureRefused(Refusal.TOO_MUCH_MEMORY) from None


def answer(frame: Frame, index: HashIndex) -> bytes:
    """Return the frame that answers a frame."""
    allow_cpu()
    match frame.kind:
        case WorkerTask.INSPECT:
            try:
                return pack_frame(Reply.INSPECTED, pack_inspected(inspect(frame.body)))
            except PictureRefused as refused:
                return pack_frame(Reply.REFUSED, bytes([refused.refusal]))
        case WorkerTask.INDEX:
            index.add(*unpack_rows(frame.body))
        case WorkerTask.DROP:
            index.drop(unpack_ids(frame.body))
        case _:
            return pack_frame(Reply.FOUND, pack_found(index.nearest(*unpack_asked(frame.body))))
    return pack_frame(Reply.DONE)


def main() -> None:
    """Serve until the daemon closes its side."""
    out = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a library that prints must not break a frame
    prepare_decoders()
    confine()
    index = HashIndex()
    out.write(pack_frame(Reply.READY))
    out.flush()
    while (frame := read_frame(sys.stdin.buffer)) is not None:
        out.write(answer(frame, index))
        out.flush()


if __name__ == "__main__":
    main()
