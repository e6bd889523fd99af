"""Dead letters: what is for ops is said elsewhere, and all is sent when its destination takes it again."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.fakes import FakeClock
from tests.office import Office, refused
from watcher.core.errors import Api, CallFailed, Kind
from watcher.db.stores import Stores


@pytest.fixture
def office(stores: Stores, clock: FakeClock) -> Office:
    made = Office(stores, clock)
    made.channel.second = ("ops", "slack", "deals")
    return made


async def test_what_ops_refuse_is_said_at_the_next_place_and_no_more_when_they_take_it_again(
    office: Office,
) -> None:
    office.channel.failures["ops"] = [refused()] * 2
    for name in "abc":
        await office.post(name, "ops")
    await office.run(10)
    for to, names in (("slack", ["a", "b"]), ("ops", ["c"])):
        assert [name for where, name, _ in office.channel.took if where == to] == names
    assert office.depth() == {"sent": 3}
    assert not office.siren.now


async def test_where_two_refuse_the_next_one_is_told_and_nobody_twice(office: Office) -> None:
    office.channel.failures = {"ops": [refused()] * 99, "slack": [refused()] * 99}
    for name in "ab":
        await office.post(name, "ops")
        await office.run(5)
    assert [(to, name) for to, name, _ in office.channel.took] == [("deals", "a"), ("deals", "b")]
    assert office.depth() == {"dead": 3, "sent": 2}  # the second did not ask where the first was refused


async def test_where_nobody_is_left_this_machine_says_so_until_it_is_over(office: Office) -> None:
    office.channel.second = ()
    office.channel.failures["ops"] = [refused(), refused()]
    await office.post("a", "ops")
    await office.post("b", "ops")
    await office.run(5)
    assert office.siren.heard == [
        "messages to ops are refused for good: SLACK_REFUSED: status 404 no_service"
    ]
    await office.post("c", "ops")
    await office.run(5)
    assert not office.siren.now
    assert Counter(office.channel.names) == {"a": 1, "b": 1, "c": 1}


async def test_after_a_restart_one_dead_letter_tries_and_the_others_follow_when_it_is_taken(
    office: Office,
) -> None:
    office.channel.second = ()
    office.channel.failures["slack"] = [refused() for _ in range(4)]
    for name in "abc":
        await office.post(name)
    await office.run(5)
    office.restart()
    await office.run(5)
    assert [name for _, name, _ in office.channel.tried] == ["a", "b", "c", "a"]
    office.restart()
    await office.run(5)
    assert office.channel.names == ["a", "b", "c"]


async def test_a_message_that_is_wrong_in_itself_stays_dead(office: Office) -> None:
    office.channel.second = ()
    wrong = CallFailed(Api.SLACK, Kind.REFUSED, "status 400 invalid_blocks", caller_caused=True)
    office.channel.failures["slack"] = [wrong]
    for name in ("wrong", "a", "b"):
        await office.post(name)
    await office.run(10)
    office.restart()
    await office.run(10)
    assert Counter(name for _, name, _ in office.channel.tried)["wrong"] == 1
    assert office.siren.now
    assert office.depth() == {"sent": 2, "dead": 1}


async def test_a_dead_letter_is_not_sent_after_what_was_said_later_of_the_same_incident(
    office: Office,
) -> None:
    office.channel.second = ()
    office.channel.failures["slack"] = [refused()]
    await office.post("a")
    await office.run(2)
    await office.post("a", phase="resolved")
    await office.run(5)
    assert [note.phase for _, note, _ in office.channel.told] == ["resolved"]
    assert not office.siren.now
