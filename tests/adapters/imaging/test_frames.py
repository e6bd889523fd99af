"""The messages between the daemon and its picture worker."""

from __future__ import annotations

import io

import pytest

from watcher.adapters.imaging.frames import (
    MAX_FRAME,
    MAX_NEAREST,
    BrokenFrame,
    Frame,
    Inspected,
    pack_asked,
    pack_found,
    pack_frame,
    pack_ids,
    pack_inspected,
    pack_rows,
    read_frame,
    unpack_asked,
    unpack_found,
    unpack_ids,
    unpack_inspected,
    unpack_rows,
)

HASHES = (2**64 - 1, 0, 2**63, 5)
FOUND = Inspected(4032, 3024, HASHES, ("4006381333931", "96385074"), b"\xff\xd8\xff\xe0 and so on")


def test_every_body_reads_as_what_was_written() -> None:
    assert unpack_inspected(pack_inspected(FOUND)) == FOUND
    assert unpack_found(pack_found([(-1, 0), (2**62, 64)])) == [(-1, 0), (2**62, 64)]
    assert unpack_asked(pack_asked(HASHES, 8)) == (HASHES, 8)
    assert list(unpack_ids(pack_ids([3, -4]))) == [3, -4]
    ids, hashes = unpack_rows(pack_rows([(7, HASHES), (8, (1, 2, 3, 4))]))
    assert (list(ids), list(hashes)) == ([7, 8], [*HASHES, 1, 2, 3, 4])


def test_frames_follow_each_other_until_the_end() -> None:
    stream = io.BytesIO(pack_frame(1, b"one") + pack_frame(2) + pack_frame(3, b"cut")[:-1])
    assert [read_frame(stream) for _ in range(4)] == [Frame(1, b"one"), Frame(2, b""), None, None]


def test_a_frame_beyond_the_limit_is_not_read() -> None:
    with pytest.raises(BrokenFrame):
        read_frame(io.BytesIO((MAX_FRAME + 1).to_bytes(4, "big") + b"\1"))


BROKEN = {
    "empty": b"",
    "cut in the hashes": pack_inspected(FOUND)[:20],
    "more codes than there are": b"\0" * 40 + b"\xff" + b"\x011" * 254,
    "a code with letters": pack_inspected(FOUND._replace(barcodes=("<script>",))),
    "a code that is too long": pack_inspected(FOUND._replace(barcodes=("1" * 15,))),
    "no picture": pack_inspected(FOUND._replace(jpeg=b"<html>")),
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN.keys())
def test_an_answer_that_is_none_is_refused(body: bytes) -> None:
    with pytest.raises(BrokenFrame):
        unpack_inspected(body)


def test_found_rows_are_whole_and_few() -> None:
    with pytest.raises(BrokenFrame):
        unpack_found(b"\0" * 10)
    with pytest.raises(BrokenFrame):
        unpack_found(pack_found([(1, 1)] * (MAX_NEAREST + 1)))
