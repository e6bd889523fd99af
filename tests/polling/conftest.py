from __future__ import annotations

import pytest

from tests.fakes import FakeClock, FakeMarket, RecordingMeter, listings


@pytest.fixture
def market(clock: FakeClock) -> FakeMarket:
    return FakeMarket(clock, *listings([50, 60, 70, 80, 90]))


@pytest.fixture
def meter() -> RecordingMeter:
    return RecordingMeter()
