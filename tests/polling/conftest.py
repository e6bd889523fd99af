from __future__ import annotations

import pytest

from tests.fakes import FakeClock, FakeMarket, Ledger, listings


@pytest.fixture
def market(clock: FakeClock) -> FakeMarket:
    return FakeMarket(clock, *listings([50, 60, 70, 80, 90]))


@pytest.fixture
def meter() -> Ledger:
    return Ledger()
