"""The dispatcher under test."""

from __future__ import annotations

import pytest

from tests.dispatch_harness import DispatchHarness
from tests.fakes import FakeClock
from watcher.db.stores import Stores


@pytest.fixture
def harness(stores: Stores, clock: FakeClock) -> DispatchHarness:
    return DispatchHarness(stores, clock)
