"""The outbox, the real Slack SDK and a stand-in for Slack over sockets: no failure loses a message."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.channels import channel_guard_for_tests
from tests.dispatch_harness import DispatchHarness
from tests.fakes import FakeClock, RecordingMeter, shortest_wait
from tests.market.faults import Fault, FaultKind
from tests.market.scripted import Scripted
from tests.market.server import MarketServer
from tests.market.slack_api import BOT_TOKEN
from tests.waiting import PATIENCE
from watcher.adapters.slack.channel import SlackChannel
from watcher.core.times import HOUR
from watcher.db.stores import Stores
from watcher.delivery.dispatcher import Dispatcher
from watcher.delivery.router import Router

WEBHOOK, API = "/slack/services/watches", "/slack/api/chat.postMessage"


@pytest.fixture
async def slack(clock: FakeClock) -> AsyncIterator[MarketServer]:
    async with MarketServer(Scripted(), clock=clock.now) as server:
        yield server


@pytest.fixture
async def harness(
    stores: Stores, clock: FakeClock, slack: MarketServer, request: pytest.FixtureRequest
) -> AsyncIterator[DispatchHarness]:
    made = DispatchHarness(stores, clock)
    patience = 0.5 if FaultKind.HANG in request.node.name else PATIENCE
    channel = channel_to(slack, clock, made.meter, patience=patience)
    made.dispatcher = dispatcher_of(made, channel)
    yield made
    await made.dispatcher.close()
    await channel.close()


def channel_to(
    slack: MarketServer,
    clock: FakeClock,
    meter: RecordingMeter,
    token: str = BOT_TOKEN,
    patience: float = PATIENCE,
) -> SlackChannel:
    return SlackChannel(
        channel_guard_for_tests(meter, clock, timeout=patience),
        watch_webhook_url=slack.webhook("watches"),
        ops_webhook_url=slack.webhook("ops"),
        destinations={"ops": "#incidents"},
        bot_token=token,
        base_url=f"{slack.url}/slack/api",
    )


def dispatcher_of(harness: DispatchHarness, channel: SlackChannel) -> Dispatcher:
    return Dispatcher(
        harness.stores.outbox,
        Router([channel]),
        harness.meter,
        harness.alarms,
        clock=harness.clock,
        jitter=shortest_wait,
        lease="us",
        max_wait=None,
    )


def accepted_ids(slack: MarketServer) -> list[str]:
    """Return the alert or incident of each accepted message."""
    return [message.body["blocks"][0]["block_id"].split(":")[1] for message in slack.messages]


TRANSIENT_FAULTS = [
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
@pytest.mark.parametrize("fault", TRANSIENT_FAULTS, ids=lambda f: f"{f.kind}-{f.retry_after or f.status}")
async def test_transient_failures_are_retried_in_order_after_the_requested_wait(
    harness: DispatchHarness, slack: MarketServer, fault: Fault, to: str
) -> None:
    path = WEBHOOK if to == "slack" else API
    slack.faults = [Fault(fault.kind, path, times=2, status=fault.status, retry_after=fault.retry_after)]
    requested = float(fault.retry_after or 1)
    for name in "abc":
        await harness.post(name, to)
    await harness.drain()
    for calls in (1, 2):
        await harness.drain(requested - 0.5)
        assert slack.calls[path] == calls, "no request before the end of the requested wait"
        harness.clock.move(0.6 if fault.retry_after else 5)
        await harness.drain()
    await harness.run(30)
    # The message was accepted and its reply was cut off: it is sent again under the same id.
    again = ["a", "a"] if fault.kind is FaultKind.MALFORMED else []
    assert accepted_ids(slack) == [*again, "a", "b", "c"]
    assert harness.depth() == {"sent": 3}


@pytest.mark.parametrize("to", ["slack", "#deals"])
async def test_a_connection_cut_within_the_reply_repeats_the_message(
    harness: DispatchHarness, slack: MarketServer, to: str
) -> None:
    slack.faults = [Fault(FaultKind.CUT, "/slack", times=1)]
    for name in "ab":
        await harness.post(name, to)
    await harness.run(10)
    assert accepted_ids(slack) == ["a", "a", "b"]
    assert harness.depth() == {"sent": 2}


@pytest.mark.parametrize("status", [403, 404, 410])
async def test_a_restored_webhook_receives_its_dead_letters(
    harness: DispatchHarness, slack: MarketServer, status: int
) -> None:
    slack.faults = [Fault(FaultKind.STATUS, WEBHOOK, status=status)]
    for name in "abc":
        await harness.post_alert(name)
    await harness.run(10)
    assert slack.calls[WEBHOOK] == 3
    assert harness.depth() == {"dead": 3}
    assert harness.alarms.active
    slack.faults = []
    await harness.post_alert("d")
    await harness.run(10)
    assert accepted_ids(slack) == ["d", "a", "b", "c"]
    assert harness.depth() == {"sent": 4}
    assert not harness.alarms.active


async def test_an_ops_message_goes_to_the_webhook_if_the_token_is_refused(
    harness: DispatchHarness, slack: MarketServer, clock: FakeClock
) -> None:
    channel = channel_to(slack, clock, harness.meter, token="xoxb-revoked")
    harness.dispatcher = dispatcher_of(harness, channel)
    await harness.post("a", "ops")
    await harness.run(5)
    assert [
        (message.to, name) for message, name in zip(slack.messages, accepted_ids(slack), strict=True)
    ] == [("ops", "a")]
    assert "Slack says invalid_auth" in harness.alarms.active["dead letters to ops"]
    assert harness.depth() == {"dead": 1, "sent": 1}
    await channel.close()


async def test_later_messages_reply_in_the_thread_and_show_in_the_channel(
    harness: DispatchHarness, slack: MarketServer
) -> None:
    for phase in ("firing", "reminder", "resolved"):
        await harness.post("a", "ops", phase)
        await harness.run(2)
    first, *answers = slack.messages
    assert "thread_ts" not in first.body
    assert "reply_broadcast" not in first.body
    (thread,) = {answer.body["thread_ts"] for answer in answers}
    assert float(thread) == pytest.approx(first.clock, abs=1)
    assert [(m.to, m.body["reply_broadcast"]) for m in answers] == [("#incidents", True)] * 2


async def test_a_message_is_posted_on_its_own_if_its_thread_is_lost(
    harness: DispatchHarness, slack: MarketServer
) -> None:
    await harness.post("a", "ops")
    await harness.run(2)
    slack.slack_api.forget_threads()
    await harness.post("a", "ops", "resolved")
    await harness.run(2)
    assert ["thread_ts" in m.body for m in slack.messages] == [False, False]
    assert harness.depth() == {"sent": 2}


async def test_a_delayed_alert_names_the_delay(harness: DispatchHarness, slack: MarketServer) -> None:
    slack.faults = [Fault(FaultKind.STATUS, WEBHOOK)]
    await harness.post_alert("a")
    await harness.run(int(2 * HOUR), step=HOUR / 4)
    slack.faults = []
    await harness.run(600, step=60)
    (message,) = slack.messages
    assert message.body["text"].startswith("2 h ")
    assert " late: camera: a camera was found" in message.body["text"]
    assert "Slack accepted no message until <!date^" in message.body["blocks"][1]["elements"][0]["text"]
