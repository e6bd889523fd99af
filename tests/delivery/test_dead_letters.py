"""Dead letters: ops messages go to another destination, and all are sent when theirs accepts again."""

from __future__ import annotations

from collections import Counter

from tests.dispatch_harness import DispatchHarness, refused
from watcher.core.errors import Api, CallFailed, Kind

OPS_NAMES = ("ops", "slack", "deals")


async def test_an_ops_message_that_is_refused_goes_to_the_next_destination(
    harness: DispatchHarness,
) -> None:
    harness.channel.ops_names = OPS_NAMES
    harness.channel.failures["ops"] = [refused()] * 2
    for name in "abc":
        await harness.post(name, "ops")
    await harness.run(10)
    for to, names in (("slack", ["a", "b"]), ("ops", ["c"])):
        assert [sent.name for sent in harness.channel.accepted if sent.to == to] == names
    assert harness.depth() == {"sent": 3}
    assert not harness.alarms.active


async def test_a_destination_that_refuses_is_skipped_as_an_alternative(harness: DispatchHarness) -> None:
    harness.channel.ops_names = OPS_NAMES
    harness.channel.failures = {"ops": [refused()] * 99, "slack": [refused()] * 99}
    for name in "ab":
        await harness.post(name, "ops")
        await harness.run(5)
    assert [(sent.to, sent.name) for sent in harness.channel.accepted] == [("deals", "a"), ("deals", "b")]
    assert harness.depth() == {"dead": 3, "sent": 2}, "the second message skips slack"


async def test_an_alarm_is_raised_until_the_destination_accepts_again(harness: DispatchHarness) -> None:
    harness.channel.failures["ops"] = [refused(), refused()]
    await harness.post("a", "ops")
    await harness.post("b", "ops")
    await harness.run(5)
    assert harness.alarms.raised == [
        "messages to ops are refused for good: SLACK_REFUSED: status 404 no_service"
    ]
    await harness.post("c", "ops")
    await harness.run(5)
    assert not harness.alarms.active
    assert Counter(harness.channel.names) == {"a": 1, "b": 1, "c": 1}


async def test_a_restart_retries_one_dead_letter_and_then_the_others(
    harness: DispatchHarness,
) -> None:
    harness.channel.failures["slack"] = [refused() for _ in range(4)]
    for name in "abc":
        await harness.post(name)
    await harness.run(5)
    harness.restart()
    await harness.run(5)
    assert [sent.name for sent in harness.channel.attempts] == ["a", "b", "c", "a"]
    harness.restart()
    await harness.run(5)
    assert harness.channel.names == ["a", "b", "c"]


async def test_a_bad_message_stays_dead(harness: DispatchHarness) -> None:
    wrong = CallFailed(Api.SLACK, Kind.REFUSED, "status 400 invalid_blocks", caller_caused=True)
    harness.channel.failures["slack"] = [wrong]
    for name in ("wrong", "a", "b"):
        await harness.post(name)
    await harness.run(10)
    harness.restart()
    await harness.run(10)
    assert Counter(sent.name for sent in harness.channel.attempts)["wrong"] == 1
    assert harness.alarms.active
    assert harness.depth() == {"sent": 2, "dead": 1}


async def test_a_dead_letter_is_dropped_after_a_newer_message(
    harness: DispatchHarness,
) -> None:
    harness.channel.failures["slack"] = [refused()]
    await harness.post("a")
    await harness.run(2)
    await harness.post("a", phase="resolved")
    await harness.run(5)
    assert [sent.notice.phase for sent in harness.channel.accepted] == ["resolved"]
    assert not harness.alarms.active


async def test_a_refused_message_becomes_a_dead_letter_at_once(harness: DispatchHarness) -> None:
    await harness.post("a")
    harness.channel.failures["slack"] = [refused()]
    await harness.run(5)
    ((ref, to, why, _),) = harness.stores.outbox.dead_letters()
    assert (ref, to, why) == ("a", "slack", "SLACK_REFUSED: status 404 no_service")
    assert harness.meter.counts == {"alert.dropped": 1}


async def test_dead_letters_are_sent_when_their_destination_accepts_again(harness: DispatchHarness) -> None:
    await harness.post("a")
    await harness.post("b")
    harness.channel.failures["slack"] = [refused(), refused()]
    await harness.run(5)
    assert harness.channel.names == []
    await harness.post("c")
    await harness.run(5)
    assert harness.channel.names == ["c", "a", "b"]
    assert harness.stores.outbox.dead_letters() == []


async def test_a_message_refused_five_times_stays_dead(harness: DispatchHarness) -> None:
    async def fail(to: str) -> None:
        if harness.channel.attempts[-1].name == "wrong":
            raise refused()

    harness.channel.before_attempt = fail
    await harness.post("wrong")
    for n in range(10):
        await harness.post(f"good {n}")
        await harness.run(5)
    assert Counter(sent.name for sent in harness.channel.attempts)["wrong"] == 5
    assert len(harness.channel.names) == 10
