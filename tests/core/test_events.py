"""Events: their form in a stream, and their order."""

from __future__ import annotations

import pytest

from watcher.core.events import GAP_SECONDS, ChangeEvent, EventType, OrderedTail, StoredEvent, parse_id


def alert(name: str) -> ChangeEvent:
    return ChangeEvent("local", EventType.ALERT, name, 1)


def test_ids_of_watches_are_numbers_and_others_are_text() -> None:
    messages = [ChangeEvent("local", kind, "7", 2).message().decode() for kind in EventType]
    ids = {"alert": '"7"', "watch": "7", "incident": '"7"', "plan": '"7"', "poll": "7"}
    expected = [f'data: {{"type": "{kind}", "id": {text}, "revision": 2}}\n\n' for kind, text in ids.items()]
    assert messages == expected


def test_only_a_stored_event_has_an_id() -> None:
    stored = StoredEvent(31, alert("a1")).message()
    assert stored == b'id: 31\ndata: {"type": "alert", "id": "a1", "revision": 1}\n\n'


def test_an_odd_reference_cannot_end_its_line() -> None:
    for kind in EventType:
        message = ChangeEvent("local", kind, "a\n\nid: 9\u2028", 1).message()
        assert message.count(b"\n") == 2
        assert message.isascii()


@pytest.mark.parametrize("text", ["", "-1", "+1", " 1", "1e3", "\u0661", "a1", "9" * 19, "9" * 9_000])
def test_a_text_that_is_not_an_id_is_zero(text: str) -> None:
    assert parse_id(text) == 0
    assert parse_id("9" * 18) == 10**18 - 1


def test_a_tail_passes_a_gap_when_it_is_old_and_waits_at_the_next() -> None:
    stored = [StoredEvent(number, alert(str(number))) for number in (2, 4, 5, 7)]
    tail = OrderedTail(1, waits=True)

    def admitted(now: float) -> list[int]:
        return [e.id for e in tail.admit([e for e in stored if e.id > tail.position], now)]

    assert admitted(100.0) == [2]
    assert admitted(100.0 + GAP_SECONDS - 0.1) == []
    assert admitted(100.0 + GAP_SECONDS) == [4, 5]
    assert admitted(101.0 + GAP_SECONDS) == []
    assert admitted(100.0 + 2 * GAP_SECONDS) == [7]


def test_a_tail_does_not_wait_for_ids_that_cannot_appear() -> None:
    stored = [StoredEvent(number, alert("a")) for number in (3, 9)]
    assert OrderedTail(1, waits=False).admit(stored, 0.0) == stored
    assert OrderedTail(0, waits=True).admit(stored[:1], 0.0) == stored[:1], "the first event of all"
