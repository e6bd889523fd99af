"""The Slack channel, and a stand-in for Slack behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.adapters.slack.stand_in import SlackStandIn, channel_to, slack_server
from tests.fakes import RecordingMeter
from watcher.adapters.slack.channel import SlackChannel


@pytest.fixture
async def slack() -> AsyncIterator[SlackStandIn]:
    async with slack_server() as server:
        yield server


@pytest.fixture
def meter() -> RecordingMeter:
    return RecordingMeter()


@pytest.fixture
async def channel(slack: SlackStandIn, meter: RecordingMeter) -> AsyncIterator[SlackChannel]:
    opened = channel_to(slack.url, meter)
    yield opened
    await opened.close()
