"""The measurement of event streams runs to its end."""

from __future__ import annotations

import pytest

from tests.bench.event_streams import measure_streams


@pytest.mark.slow
def test_the_memory_of_streams_is_measured() -> None:
    cost = measure_streams(20)
    assert cost.streams == 20
    assert cost.seconds > 0
