"""The meters cost less than the library's own client, whatever their sink does."""

import pytest

from tests.bench.metrics import measure


@pytest.mark.slow
def test_a_dead_or_full_sink_costs_less_than_a_millisecond_in_99_of_100_calls() -> None:
    found = measure()
    assert set(found) == {"alive", "full", "gone", "nameless"}
    for kind, figures in found.items():
        assert figures["p99Microseconds"] < 1000, (kind, figures)
        assert figures["ratio"] < 1.0, (kind, figures)
