"""The meters cost less than the library's own client in every state of the sink."""

import pytest

from tests.bench.metrics import measure


@pytest.mark.slow
def test_the_99th_percentile_with_a_dead_sink_is_below_a_millisecond() -> None:
    found = measure()
    assert set(found) == {"alive", "full", "gone", "nameless"}
    for kind, figures in found.items():
        assert figures["p99Microseconds"] < 1000, (kind, figures)
        assert figures["ratio"] < 1.0, (kind, figures)
