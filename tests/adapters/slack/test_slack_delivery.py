"""The outbox, the real Slack SDK and Slack's stand-in over sockets: whatever Slack does, nothing is lost."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest

from tests.fakes import FakeClock, Ledger, low_dice
from tests.office import Office
from watcher.adapters.outbound.guard import Guard
from watcher.adapters.slack.channel import SlackChannel
from watcher.core.errors import Api
from watcher.core.resilience.retry import RetryPolicy
from watcher.core.times import HOUR, Seconds
from watcher.db.stores import Stores
from watcher.delivery.dispatcher import Dispatcher
from watcher.delivery.router import Router
from watcher.demo.faults import Fault, FaultKind
from watcher.demo.scripted import Scripted
from watcher.demo.server import BOT_TOKEN, DemoServer

WEBHOOK, API = "/slack/services/watches", "/slack/api/chat.postMessage"


@pytest.fixture
async def slack(clock: FakeClock) -> AsyncIterator[DemoServer]:
    async with DemoServer(Scripted(), clock=clock.now) as server:
        yield server


@pytest.fixture
async def office(stores: Stores, clock: FakeClock, slack: DemoServer) -> AsyncIterator[Office]:
    made = Office(stores, clock)
    channel = channel_to(slack, clock, made.meter)
    made.dispatcher = dispatcher_of(made, channel)
    yield made
    await made.dispatcher.close()
    await channel.close()


def channel_to(slack: DemoServer, clock: FakeClock, meter: Ledger, token: str = BOT_TOKEN) -> SlackChannel:
    guard = Guard(
        Api.SLACK,
        RetryPolicy(0, Seconds(1.0), Seconds(2.0)),
        attempt_timeout=Seconds(0.3),
        deadline=Seconds(0.6),
        clock=clock,
        monotonic=time.monotonic,
        jitter=low_dice,
        meter=meter,
    )
    return SlackChannel(
        guard,
        watch_webhook_url=slack.webhook("watches"),
        ops_webhook_url=slack.webhook("ops"),
        destinations={"ops": "#incidents"},
        bot_token=token,
        base_url=f"{slack.url}/slack/api",
    )


def dispatcher_of(office: Office, channel: SlackChannel) -> Dispatcher:
    return Dispatcher(
        office.stores.outbox,
        Router([channel]),
        office.meter,
        office.siren,
        clock=office.clock,
        jitter=low_dice,
        lease="us",
        max_wait=None,
    )


def said(slack: DemoServer) -> list[str]:
    """Which alert or incident each message that was taken is about."""
    return [message.body["blocks"][0]["block_id"].split(":")[1] for message in slack.messages]


PASSING = [
    Fault(FaultKind.STATUS, status=500),
    Fault(FaultKind.STATUS, status=503, retry_after="2"),
    Fault(FaultKind.HANG),
    Fault(FaultKind.RESET),
    Fault(FaultKind.HTML),
    Fault(FaultKind.MALFORMED),
    Fault(FaultKind.REDIRECT),
    Fault(FaultKind.RATE_LIMIT),
    Fault(FaultKind.RATE_LIMIT, retry_after="1"),
    Fault(FaultKind.RATE_LIMIT, retry_after="30"),
    Fault(FaultKind.RATE_LIMIT, retry_after="600"),
]


@pytest.mark.parametrize("to", ["slack", "#deals"])
@pytest.mark.parametrize("fault", PASSING, ids=lambda f: f"{f.kind}-{f.retry_after or f.status}")
async def test_what_passes_is_tried_again_in_order_and_no_sooner_than_slack_asked(
    office: Office, slack: DemoServer, fault: Fault, to: str
) -> None:
    path = WEBHOOK if to == "slack" else API
    slack.faults = [Fault(fault.kind, path, times=2, status=fault.status, retry_after=fault.retry_after)]
    asked = float(fault.retry_after or 1)
    for name in "abc":
        await office.post(name, to)
    await office.drain()
    for calls in (1, 2):
        await office.drain(asked - 0.5)
        assert slack.calls[path] == calls, "no request before the time that was asked for"
        office.clock.move(0.6 if fault.retry_after else 5)
        await office.drain()
    await office.run(30)
    # Half an answer to a message that was taken: it is sent again under its own id.
    again = ["a", "a"] if fault.kind is FaultKind.MALFORMED else []
    assert said(slack) == [*again, "a", "b", "c"]
    assert office.depth() == {"sent": 3}


@pytest.mark.parametrize("to", ["slack", "#deals"])
async def test_a_connection_that_ends_within_the_answer_repeats_the_message_and_loses_none(
    office: Office, slack: DemoServer, to: str
) -> None:
    slack.faults = [Fault(FaultKind.CUT, "/slack", times=1)]
    for name in "ab":
        await office.post(name, to)
    await office.run(10)
    assert said(slack) == ["a", "a", "b"]
    assert office.depth() == {"sent": 2}


@pytest.mark.parametrize("status", [403, 404, 410])
async def test_a_webhook_that_is_gone_is_asked_once_a_message_and_gets_them_when_it_is_back(
    office: Office, slack: DemoServer, status: int
) -> None:
    slack.faults = [Fault(FaultKind.STATUS, WEBHOOK, status=status)]
    for name in "abc":
        await office.post_alert(name)
    await office.run(10)
    assert slack.calls[WEBHOOK] == 3
    assert office.depth() == {"dead": 3}
    assert office.siren.now
    slack.faults = []
    await office.post_alert("d")
    await office.run(10)
    assert said(slack) == ["d", "a", "b", "c"]
    assert office.depth() == {"sent": 4}
    assert not office.siren.now


async def test_a_token_that_is_refused_is_told_by_the_webhook_that_is_left(
    office: Office, slack: DemoServer, clock: FakeClock
) -> None:
    channel = channel_to(slack, clock, office.meter, token="xoxb-revoked")
    office.dispatcher = dispatcher_of(office, channel)
    await office.post("a", "ops")
    await office.run(5)
    assert [(message.to, name) for message, name in zip(slack.messages, said(slack), strict=True)] == [
        ("ops", "a")
    ]
    assert "Slack says invalid_auth" in office.siren.now["dead letters to ops"]
    assert office.depth() == {"dead": 1, "sent": 1}
    await channel.close()


async def test_repeats_and_the_end_answer_the_first_message_in_its_thread_and_show_in_the_channel(
    office: Office, slack: DemoServer
) -> None:
    for phase in ("firing", "reminder", "resolved"):
        await office.post("a", "ops", phase)
        await office.run(2)
    first, *answers = slack.messages
    assert "thread_ts" not in first.body
    assert "reply_broadcast" not in first.body
    (thread,) = {answer.body["thread_ts"] for answer in answers}
    assert float(thread) == pytest.approx(first.clock, abs=1)
    assert [(m.to, m.body["reply_broadcast"]) for m in answers] == [("#incidents", True)] * 2


async def test_a_thread_that_slack_lost_makes_a_message(office: Office, slack: DemoServer) -> None:
    await office.post("a", "ops")
    await office.run(2)
    slack.slack.forget_threads()
    await office.post("a", "ops", "resolved")
    await office.run(2)
    assert ["thread_ts" in m.body for m in slack.messages] == [False, False]
    assert office.depth() == {"sent": 2}


async def test_an_alert_that_waited_says_so(office: Office, slack: DemoServer) -> None:
    slack.faults = [Fault(FaultKind.STATUS, WEBHOOK)]
    await office.post_alert("a")
    await office.run(int(2 * HOUR), step=HOUR / 4)
    slack.faults = []
    await office.run(600, step=60)
    (message,) = slack.messages
    assert message.body["text"].startswith("2 h ")
    assert " late: camera: a camera was found" in message.body["text"]
    assert "Slack took no message until <!date^" in message.body["blocks"][1]["elements"][0]["text"]
