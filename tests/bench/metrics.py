"""`python -m tests.bench.metrics`: the cost of a sample, compared with a bare loop over the StatsD library.

Both run in the same process, with a sink that listens, is closed, is full, or has no address.
"""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from time import perf_counter_ns

import statsd

from watcher.adapters.metrics.fan_out import MeterFanOut
from watcher.adapters.metrics.prometheus import Prometheus
from watcher.adapters.metrics.statsd import StatsdMeter
from watcher.core.errors import Api
from watcher.core.monitoring.attempts import Attempt
from watcher.core.times import Instant, Seconds

SAMPLES, ROUNDS = 20_000, 5
FLUSH_EVERY = 100  # samples, as in a daemon with 100 attempts per second
ATTEMPT = Attempt(Api.EBAY, Instant(0.0), Seconds(0.25))


class _FixedClock:
    def now(self) -> Instant:
        return Instant(0.0)


@contextmanager
def sink(kind: str) -> Iterator[tuple[str, int]]:
    """Yield host and port of a sink: `alive`, `full` (not read), `gone`, or `nameless`."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        opened.bind(("127.0.0.1", 0))
        port = opened.getsockname()[1]
        if kind == "gone":
            opened.close()
        # The lookup of an address with an unknown zone fails without sending a packet.
        yield ("fe80::1%no-such-zone" if kind == "nameless" else "127.0.0.1"), port


def time_calls(call: Callable[[], None], flush: Callable[[], None]) -> list[int]:
    """Return the nanoseconds of each call; every hundredth includes a flush."""
    taken = []
    for n in range(SAMPLES):
        began = perf_counter_ns()
        call()
        if n % FLUSH_EVERY == 0:
            flush()
        taken.append(perf_counter_ns() - began)
    return taken


def measure_library(port: int) -> list[int]:
    """Measure the library's client as documented: a counter and a timer, one datagram each."""
    client = statsd.StatsClient("127.0.0.1", port, prefix="watcher")

    def call() -> None:
        client.incr("api.ebay.success")
        client.timing("api.ebay.latency", 250)

    found = time_calls(call, lambda: None)
    client.close()
    return found


def measure_meters(host: str, port: int) -> list[int]:
    """Measure StatsD and Prometheus as the daemon composes them."""
    to_statsd = StatsdMeter(host, port, "watcher")
    meters = MeterFanOut(to_statsd, Prometheus(_FixedClock()))
    found = time_calls(lambda: meters.attempt(ATTEMPT), to_statsd.flush)
    to_statsd.close()
    return found


def measure() -> dict[str, dict[str, float]]:
    """Return the cost per attempt and its ratio to the bare loop, by the state of the sink."""
    found = {}
    for kind in ("alive", "full", "gone", "nameless"):
        runs = []
        for _ in range(ROUNDS):
            with sink(kind) as (host, port), sink("full") as (_, other):
                runs.append((measure_meters(host, port), measure_library(other)))
        means = [(sum(a) / len(a), sum(b) / len(b)) for a, b in runs]
        p99 = [sorted(a)[len(a) * 99 // 100] for a, _ in runs]
        found[kind] = {
            "microseconds": round(median(a for a, _ in means) / 1000, 2),
            "bareMicroseconds": round(median(b for _, b in means) / 1000, 2),
            "ratio": round(median(a / b for a, b in means), 2),
            "p99Microseconds": round(median(p99) / 1000, 1),
            "worstMilliseconds": round(max(max(a) for a, _ in runs) / 1e6, 2),
        }
    return found


def main() -> None:
    """Print the figures."""
    found = measure()
    if "--json" in sys.argv:
        print(json.dumps(found, indent=2))
        return
    print(f"Cost of one attempt, counted by StatsD and Prometheus: median of {ROUNDS} rounds of {SAMPLES:,}")
    for kind, f in found.items():
        print(
            f"  sink {kind:8}  {f['microseconds']:6.2f} us, {f['ratio']:.2f} times the bare loop "
            f"({f['bareMicroseconds']:.2f} us); p99 {f['p99Microseconds']:.1f} us, "
            f"worst {f['worstMilliseconds']} ms"
        )


if __name__ == "__main__":
    main()
