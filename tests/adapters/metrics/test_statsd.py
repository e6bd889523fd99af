"""StatsD over a real socket; a strict parser reads every datagram."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.waiting import PATIENCE
from watcher.adapters.metrics import statsd as adapter
from watcher.adapters.metrics.fan_out import MeterFanOut
from watcher.adapters.metrics.statsd import (
    DATAGRAM_BYTES,
    MAX_NAME_LENGTH,
    MAX_WAITING_SAMPLES,
    StatsdMeter,
    code_name,
    safe_name,
)
from watcher.core.errors import Api, Code
from watcher.core.monitoring.attempts import Attempt
from watcher.core.times import Instant, Seconds

_LINE = re.compile(
    r"(?P<name>[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*):(?P<value>-?[0-9]+(\.[0-9]+)?)\|(?P<kind>c|ms|g)\Z"
)


class Metric(NamedTuple):
    name: str
    value: float
    kind: str


def parse(datagram: bytes) -> list[Metric]:
    """Parse a datagram; raise if it is not valid StatsD."""
    assert len(datagram) <= DATAGRAM_BYTES
    metrics = []
    for line in datagram.decode("ascii").split("\n"):
        match = _LINE.match(line)
        assert match, line
        metrics.append(Metric(match["name"], float(match["value"]), match["kind"]))
    return metrics


class Sink:
    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(0.2)
        self.port: int = self.socket.getsockname()[1]

    def read(self) -> list[Metric]:
        metrics: list[Metric] = []
        self.socket.setblocking(False)
        try:
            while True:
                metrics += parse(self.socket.recv(65_536))
        except BlockingIOError:
            return metrics


@pytest.fixture
def sink() -> Iterator[Sink]:
    opened = Sink()
    yield opened
    opened.socket.close()


@pytest.fixture
def meter(sink: Sink) -> Iterator[StatsdMeter]:
    opened = StatsdMeter("127.0.0.1", sink.port, "watcher")
    yield opened
    opened.close()


def attempt(api: Api, code: Code | None = None, seconds: float = 0.25, *, counts: bool = True) -> Attempt:
    return Attempt(api, Instant(0), Seconds(seconds), code, counts)


def test_successful_attempt_is_counted_and_timed(meter: StatsdMeter, sink: Sink) -> None:
    meter.attempt(attempt(Api.EBAY))
    meter.flush()
    assert sink.read() == [
        Metric("watcher.api.ebay.success", 1, "c"),
        Metric("watcher.api.ebay.latency", 250, "ms"),
    ]


def test_failed_attempt_is_counted_by_code_and_timed(meter: StatsdMeter, sink: Sink) -> None:
    meter.attempt(attempt(Api.EBAY, Code.EBAY_RATE_LIMIT), retry=True)
    meter.flush()
    assert sink.read() == [
        Metric("watcher.api.ebay.failure", 1, "c"),
        Metric("watcher.api.ebay.failure.ebay_rate_limit", 1, "c"),
        Metric("watcher.api.ebay.retry", 1, "c"),
        Metric("watcher.api.ebay.latency", 250, "ms"),
    ]


def test_4xx_caused_by_the_caller_is_not_a_failure(meter: StatsdMeter, sink: Sink) -> None:
    meter.attempt(attempt(Api.EBAY, Code.EBAY_UNAVAILABLE, counts=False))
    meter.flush()
    assert sink.read()[0] == Metric("watcher.api.ebay.success", 1, "c")


@pytest.mark.parametrize("what", ["rate_limit", "timeout", "unavailable", "refused"])
def test_codes_of_slack_lose_their_prefix(what: str) -> None:
    assert code_name(Api.SLACK, Code(f"SLACK_{what.upper()}")) == what


def test_counters_timings_and_gauges_have_the_contracts_names(meter: StatsdMeter, sink: Sink) -> None:
    meter.count("cache.hit")
    meter.count("poll.ok", 3)
    meter.timing("poll.lag", 1.5)
    meter.gauge("quota.ebay.remaining", 4999)
    meter.gauge("outbox.depth", 0.5)
    meter.flush()
    assert sink.read() == [
        Metric("watcher.cache.hit", 1, "c"),
        Metric("watcher.poll.ok", 3, "c"),
        Metric("watcher.poll.lag", 1500, "ms"),
        Metric("watcher.quota.ebay.remaining", 4999, "g"),
        Metric("watcher.outbox.depth", 0.5, "g"),
    ]


def test_negative_gauge_is_set_and_not_subtracted(meter: StatsdMeter, sink: Sink) -> None:
    meter.gauge("quota.ebay.remaining", -3)
    meter.flush()
    assert [m.value for m in sink.read()] == [0, -3]


def test_samples_are_sent_by_a_flush_or_a_full_buffer(meter: StatsdMeter, sink: Sink) -> None:
    for _ in range(adapter.FLUSH_AT_SAMPLES - 1):
        meter.count("cache.hit")
    assert not sink.read()
    meter.count("cache.hit")
    assert len(sink.read()) == adapter.FLUSH_AT_SAMPLES


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["count", "timing", "gauge"]),
            st.text(min_size=1, max_size=300),
            st.one_of(st.integers(-(2**70), 2**70), st.floats()),
        ),
        max_size=50,
    )
)
def test_every_datagram_is_valid_statsd(
    meter: StatsdMeter, sink: Sink, samples: list[tuple[str, str, float]]
) -> None:
    for method, name, value in samples:
        if method == "count":
            meter.count(f"x.{name.replace('.', '')}", 1)
        else:
            getattr(meter, method)(f"x.{name.replace('.', '')}", value)
    meter.flush()
    sink.read()


def test_unused_port_costs_nothing() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as gone:
        gone.bind(("127.0.0.1", 0))
        port = gone.getsockname()[1]
    meter = StatsdMeter("127.0.0.1", port, "watcher")
    began = time.process_time()
    for _ in range(1000):
        meter.attempt(attempt(Api.EBAY))
    meter.flush()
    meter.flush()
    meter.close()
    assert time.process_time() - began < 0.5


def test_slow_or_broken_dns_delays_nothing(sink: Sink, monkeypatch: pytest.MonkeyPatch) -> None:
    real, now, healed = socket.getaddrinfo, [0.0], [False]

    def look_up(host: str, *rest: object, **more: object) -> object:
        if host != "sink.invalid":
            return real(host, *rest, **more)  # type: ignore[arg-type]  # handed through
        if healed[0]:
            return real("127.0.0.1", *rest, **more)  # type: ignore[arg-type]  # handed through
        raise socket.gaierror("no such name")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    meter = StatsdMeter("sink.invalid", sink.port, "watcher", monotonic=lambda: now[0])
    for _ in range(MAX_WAITING_SAMPLES + 10):
        meter.count("cache.hit")
    meter.flush()
    assert not sink.read()
    healed[0] = True
    received, ends = 0, time.monotonic() + PATIENCE
    while not received and time.monotonic() < ends:
        now[0] += 61.0  # the first look-up may still be running
        meter.flush()
        received += len(sink.read())
        time.sleep(0.005)
    meter.close()
    assert 0 < received <= MAX_WAITING_SAMPLES


def test_closed_meter_sends_nothing_and_does_not_fail(sink: Sink) -> None:
    meter = StatsdMeter("127.0.0.1", sink.port, "watcher")
    meter.count("cache.hit")
    meter.close()
    assert len(sink.read()) == 1
    meter.count("cache.hit")
    meter.flush()
    meter.close()
    assert not sink.read()


def test_fan_out_sends_numbers_to_meters_and_attempts_to_observers(meter: StatsdMeter, sink: Sink) -> None:
    seen: list[Attempt] = []
    both = MeterFanOut(meter, MeterFanOut())
    both.observers.append(seen.append)
    both.attempt(attempt(Api.SLACK), retry=True)
    both.count("alert.sent")
    both.timing("alert.latency", 2)
    both.gauge("watch.total", 7)
    meter.flush()
    assert seen == [attempt(Api.SLACK)]
    assert [m.name.removeprefix("watcher.") for m in sink.read()] == [
        "api.slack.success",
        "api.slack.retry",
        "api.slack.latency",
        "alert.sent",
        "alert.latency",
        "watch.total",
    ]


@pytest.mark.parametrize(
    ("prefix", "name"), [("", "cache.hit"), ("a.b.", "a.b.cache.hit"), ("ü x", "_x.cache.hit")]
)
def test_prefix_is_sanitised(sink: Sink, prefix: str, name: str) -> None:
    meter = StatsdMeter("127.0.0.1", sink.port, prefix)
    meter.count("cache.hit")
    meter.close()
    assert [m.name for m in sink.read()] == [name]


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("x" * (MAX_NAME_LENGTH + 1), "x" * MAX_NAME_LENGTH),
        ("x" * MAX_NAME_LENGTH, "x" * MAX_NAME_LENGTH),
        ("a..b.", "a.b"),
        ("a:b|c@d#e\nf g", "a_b_c_d_e_f_g"),
    ],
    ids=["too long", "longest", "empty parts", "separators"],
)
def test_a_name_is_shortened_and_has_no_separators(name: str, safe: str) -> None:
    assert safe_name(name) == safe
