"""What every notification channel must do. Run CHECKS against the channel and a scripted receiver.

@pytest.mark.parametrize("check", CHECKS)
async def test_the_channel_conforms(check: Check, ...) -> None:
    await check(channel, receiver)
"""

from __future__ import annotations

import traceback
from collections.abc import Awaitable, Callable, Sequence
from enum import StrEnum
from typing import Protocol

import pytest

from watcher.core.alerts import OpsNotice
from watcher.core.deliveries import DeliveryContext
from watcher.core.errors import CallFailed, Kind, NotSent
from watcher.core.times import Instant
from watcher.ports import BEFORE_SEND, Channel

NOTICE = OpsNotice("abc", "firing", "ebay", "outage", 1.0, 2.0, "eBay: no answer")
CONTEXT = DeliveryContext(Instant(2.0))
REQUESTED_WAIT_SECONDS = 30.0


class Reply(StrEnum):
    """What the service behind a channel may reply to one message."""

    BUSY = "busy"  # it fails, and may accept the same message soon
    RATE_LIMIT = "rate limit"  # it asks for a wait of REQUESTED_WAIT_SECONDS
    REFUSED = "refused"  # the destination accepts no message
    BAD_MESSAGE = "bad message"  # the destination accepts messages, but not this one


class Receiver(Protocol):
    """A scripted stand-in for the service behind a channel. It accepts messages unless a reply is set.

    `destination` is one that the channel serves and a watch may name. `secrets` are in the channel's
    configuration and must appear nowhere else.
    """

    destination: str
    secrets: Sequence[str]

    def set_reply(self, reply: Reply) -> None:
        """Give this reply to the next request."""
        ...

    def messages(self) -> Sequence[str]:
        """Return the text of every request that arrived, accepted or not."""
        ...


Check = Callable[[Channel, Receiver], Awaitable[None]]


async def failure_of(channel: Channel, to: str) -> CallFailed:
    with pytest.raises(CallFailed) as failed:
        await channel.send(to, NOTICE, CONTEXT)
    assert failed.value.api is channel.api
    return failed.value


async def check_an_accepted_message_has_a_position_or_none(channel: Channel, receiver: Receiver) -> None:
    position = await channel.send(receiver.destination, NOTICE, CONTEXT)
    assert isinstance(position, str)
    (message,) = receiver.messages()
    assert NOTICE.headline in message
    await channel.send(receiver.destination, NOTICE, CONTEXT._replace(thread=position))
    assert len(receiver.messages()) == 2


async def check_a_transient_failure_may_be_retried(channel: Channel, receiver: Receiver) -> None:
    receiver.set_reply(Reply.BUSY)
    failure = await failure_of(channel, receiver.destination)
    assert (failure.transient, failure.caller_caused) == (True, False)
    assert len(receiver.messages()) == 1, "the outbox retries, not the channel"
    await channel.send(receiver.destination, NOTICE, CONTEXT)


async def check_a_requested_wait_is_reported(channel: Channel, receiver: Receiver) -> None:
    receiver.set_reply(Reply.RATE_LIMIT)
    failure = await failure_of(channel, receiver.destination)
    assert (failure.kind, failure.transient) == (Kind.RATE_LIMIT, True)
    assert failure.retry_after == REQUESTED_WAIT_SECONDS


async def check_a_refusal_by_the_destination_is_final(channel: Channel, receiver: Receiver) -> None:
    receiver.set_reply(Reply.REFUSED)
    failure = await failure_of(channel, receiver.destination)
    assert (failure.transient, failure.caller_caused) == (False, False)


async def check_a_bad_message_is_the_callers_fault(channel: Channel, receiver: Receiver) -> None:
    receiver.set_reply(Reply.BAD_MESSAGE)
    failure = await failure_of(channel, receiver.destination)
    assert (failure.transient, failure.caller_caused) == (False, True)


async def check_an_unknown_destination_sends_nothing(channel: Channel, receiver: Receiver) -> None:
    assert not channel.is_configured("no such destination")
    assert not channel.accepts("no such destination")
    failure = await failure_of(channel, "no such destination")
    assert failure.transient, "it may be configured later"
    assert not receiver.messages()


async def check_before_send_runs_once_and_can_prevent_the_send(channel: Channel, receiver: Receiver) -> None:
    arrived: list[int] = []

    def refuse() -> None:
        arrived.append(len(receiver.messages()))
        raise NotSent(channel.api, Kind.TIMEOUT, "not sent")

    token = BEFORE_SEND.set(refuse)
    try:
        with pytest.raises(NotSent):
            await channel.send(receiver.destination, NOTICE, CONTEXT)
    finally:
        BEFORE_SEND.reset(token)
    assert arrived == [0]
    assert not receiver.messages()


async def check_no_secret_is_in_an_error_or_a_repr(channel: Channel, receiver: Receiver) -> None:
    texts = [repr(channel), str(channel.endpoints()), channel.address_help()]
    for reply in Reply:
        receiver.set_reply(reply)
        error = await failure_of(channel, receiver.destination)
        texts += [str(error), error.detail, "".join(traceback.format_exception(error))]
    for secret in receiver.secrets:
        assert not [text for text in texts if secret in text]


async def check_the_description_is_consistent(channel: Channel, receiver: Receiver) -> None:
    assert channel.name
    assert channel.message_interval > 0
    assert channel.is_configured(receiver.destination)
    assert channel.accepts(receiver.destination)
    assert channel.host_of(receiver.destination)
    assert all(channel.is_configured(name) for name in channel.destinations())
    assert set(channel.ops_destinations()) <= set(channel.destinations())
    assert all(endpoint.host or endpoint.note for endpoint in channel.endpoints())


async def check_a_closed_channel_opens_again(channel: Channel, receiver: Receiver) -> None:
    await channel.send(receiver.destination, NOTICE, CONTEXT)
    await channel.close()
    await channel.close()
    await channel.send(receiver.destination, NOTICE, CONTEXT)
    assert len(receiver.messages()) == 2


CHECKS: Sequence[Check] = (
    check_an_accepted_message_has_a_position_or_none,
    check_a_transient_failure_may_be_retried,
    check_a_requested_wait_is_reported,
    check_a_refusal_by_the_destination_is_final,
    check_a_bad_message_is_the_callers_fault,
    check_an_unknown_destination_sends_nothing,
    check_before_send_runs_once_and_can_prevent_the_send,
    check_no_secret_is_in_an_error_or_a_repr,
    check_the_description_is_consistent,
    check_a_closed_channel_opens_again,
)
