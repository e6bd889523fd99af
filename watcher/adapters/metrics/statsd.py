"""Metrics to StatsD over UDP. Nothing waits for it, and its failures affect nothing."""

from __future__ import annotations

import contextlib
import math
import re
import socket
import threading
from collections.abc import Callable
from functools import lru_cache
from ipaddress import ip_address
from time import monotonic as real_monotonic
from typing import Any

import statsd

from watcher.core.errors import Api, Code
from watcher.core.monitoring.attempts import Attempt
from watcher.core.monitoring.windows import is_failure

DATAGRAM_BYTES = 1432  # fits in one Ethernet frame
FLUSH_AT_SAMPLES = 500  # sent at once, without waiting for the next `flush`
MAX_WAITING_SAMPLES = 5_000  # while the host name does not resolve; further samples are dropped
MAX_NAME_LENGTH = 200  # characters
RESOLVE_SECONDS = 60.0  # between look-ups of the host name: it may move, or start to resolve
_NAME_SEPARATORS = re.compile(r"[^A-Za-z0-9_.-]+")


class StatsdMeter:
    """Implements `ports.Meter`. Call `flush` about every second, and `close` at the end.

    `host` is looked up in a separate thread, so that slow or broken DNS delays nothing.
    """

    def __init__(
        self,
        host: str,
        port: int,
        prefix: str,
        *,
        monotonic: Callable[[], float] = real_monotonic,
    ) -> None:
        self._port, self._prefix, self._monotonic = port, safe_name(prefix).strip("."), monotonic
        self._samples: list[tuple[str, str, float]] = []
        self._client: Any = None
        self._resolver = _HostResolver(host, port)
        self._resolved_at = -math.inf
        self._reconnect_if_moved()

    def attempt(self, attempt: Attempt, *, retry: bool = False) -> None:
        """Record an attempt under its API: success, or failure with its code; retry; latency."""
        api = f"api.{attempt.api}"
        if is_failure(attempt) and attempt.code is not None:
            self.count(f"{api}.failure")
            self.count(f"{api}.failure.{code_name(attempt.api, attempt.code)}")
        else:
            self.count(f"{api}.success")
        if retry:
            self.count(f"{api}.retry")
        self.timing(f"{api}.latency", attempt.seconds)

    def count(self, name: str, by: int = 1) -> None:
        """Add to a counter."""
        self._put("incr", name, by)

    def timing(self, name: str, seconds: float) -> None:
        """Record a duration, sent in milliseconds."""
        self._put("timing", name, max(0.0, seconds * 1000))

    def gauge(self, name: str, value: float) -> None:
        """Set a gauge."""
        # Four decimal places, because Python writes smaller numbers with an exponent.
        is_whole = math.isfinite(value) and float(value).is_integer()
        self._put("gauge", name, int(value) if is_whole else round(value, 4))

    def flush(self) -> None:
        """Send the waiting samples. It never blocks and never fails."""
        self._reconnect_if_moved()
        if self._client is None:
            return
        samples, self._samples = self._samples, []
        pipeline = self._client.pipeline()
        for method, name, value in samples:
            getattr(pipeline, method)(safe_name(name), value)
        pipeline.send()

    def close(self) -> None:
        """Send the waiting samples and close the socket."""
        self.flush()
        if self._client is not None:
            self._client.close()
        self._client = None

    def _put(self, method: str, name: str, value: float) -> None:
        if not math.isfinite(value) or len(self._samples) >= MAX_WAITING_SAMPLES:
            return
        self._samples.append((method, name, value))
        if len(self._samples) >= FLUSH_AT_SAMPLES and self._client is not None:
            self.flush()

    def _reconnect_if_moved(self) -> None:
        now = self._monotonic()
        if now - self._resolved_at >= RESOLVE_SECONDS:
            self._resolved_at = now
            self._resolver.start()
        address = self._resolver.take_new_address()
        if address:
            if self._client is not None:
                self._client.close()
            self._client = _connect(address, self._port, self._prefix)


class _HostResolver:
    """Resolves a host name without blocking."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._reported = self._address = ""
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start to resolve the name, unless it is an address or a look-up is still running."""
        if _is_address(self._host):
            self._address = self._host
        elif self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._resolve, name="statsd-dns", daemon=True)
            self._thread.start()

    def take_new_address(self) -> str:
        """Return the address if it has changed since the last call, else an empty string."""
        if self._address == self._reported:
            return ""
        self._reported = self._address
        return self._reported

    def _resolve(self) -> None:
        with contextlib.suppress(OSError, UnicodeError):  # the next look-up may succeed
            addresses = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_DGRAM)
            self._address = str(addresses[0][4][0])


def code_name(api: Api, code: Code) -> str:
    """Return a code as metric names spell it: in lower case, without the prefix of its API."""
    return code.lower().removeprefix(api.facts.code_prefix)


@lru_cache(maxsize=1024)
def safe_name(name: str) -> str:
    """Return a metric's name without characters that have a meaning in StatsD's protocol."""
    parts = _NAME_SEPARATORS.sub("_", name)[:MAX_NAME_LENGTH].split(".")
    return ".".join(part for part in parts if part)


def _connect(address: str, port: int, prefix: str) -> Any:
    try:
        client = statsd.StatsClient(
            address, port, prefix=prefix or None, maxudpsize=DATAGRAM_BYTES, ipv6=":" in address
        )
    except OSError:  # the machine does not support the address family
        return None
    client._sock.setblocking(False)  # noqa: SLF001 - the library has no public way
    return client


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
