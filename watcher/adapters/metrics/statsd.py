"""Numbers to StatsD over UDP: nothing waits for it, and nothing fails by it."""

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

# What one Ethernet frame carries.
DATAGRAM = 1432
# So many samples are sent at once, without waiting for the next `flush`.
FULL = 500
# While the sink's name is not found samples wait; beyond this the newest are dropped.
MOST_WAITING = 5_000
LONGEST_NAME = 200
# How often a name is looked up, in seconds: a sink may move, and a failed look-up may heal.
LOOK_UP_EVERY = 60.0
_NO_NAME = re.compile(r"[^A-Za-z0-9_.-]+")


class StatsdMeter:
    """Implements `ports.Meter`. Call `flush` about every second, and `close` at the end.

    The look-up of `host` runs in a thread of its own, so a slow or broken DNS delays nothing.
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
        self._sink = _Sink(host, port)
        self._looked_up_at = -math.inf
        self._find()

    def attempt(self, attempt: Attempt, *, retry: bool = False) -> None:
        """Count an attempt under its API: success or failure with its code, retry, latency."""
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
        """One sample of a length of time, sent in milliseconds."""
        self._put("timing", name, max(0.0, seconds * 1000))

    def gauge(self, name: str, value: float) -> None:
        """Set a level."""
        # Four places, because Python writes smaller numbers with an exponent.
        whole = math.isfinite(value) and float(value).is_integer()
        self._put("gauge", name, int(value) if whole else round(value, 4))

    def flush(self) -> None:
        """Send what was gathered; never waits and never fails."""
        self._find()
        if self._client is None:
            return
        samples, self._samples = self._samples, []
        pipeline = self._client.pipeline()
        for method, name, value in samples:
            getattr(pipeline, method)(safe_name(name), value)
        pipeline.send()

    def close(self) -> None:
        """Send the rest and close the socket."""
        self.flush()
        if self._client is not None:
            self._client.close()
        self._client = None

    def _put(self, method: str, name: str, value: float) -> None:
        if not math.isfinite(value) or len(self._samples) >= MOST_WAITING:
            return
        self._samples.append((method, name, value))
        if len(self._samples) >= FULL and self._client is not None:
            self.flush()

    def _find(self) -> None:
        now = self._monotonic()
        if now - self._looked_up_at >= LOOK_UP_EVERY:
            self._looked_up_at = now
            self._sink.look_up()
        address = self._sink.moved()
        if address:
            if self._client is not None:
                self._client.close()
            self._client = _client(address, self._port, self._prefix)


class _Sink:
    """Where the samples go, found without waiting."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._known = self._found = ""
        self._thread: threading.Thread | None = None

    def look_up(self) -> None:
        """Begin to look the name up; an address needs no looking up."""
        if _is_address(self._host):
            self._found = self._host
        elif self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._ask, name="statsd-dns", daemon=True)
            self._thread.start()

    def moved(self) -> str:
        """The address, once whenever it is new; else an empty text."""
        if self._found == self._known:
            return ""
        self._known = self._found
        return self._known

    def _ask(self) -> None:
        with contextlib.suppress(OSError, UnicodeError):  # the next look-up may succeed
            found = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_DGRAM)
            self._found = str(found[0][4][0])


def code_name(api: Api, code: Code) -> str:
    """The code as metrics name it: in lower case, Slack's without its name."""
    return code.lower().removeprefix(api.facts.code_prefix)


@lru_cache(maxsize=1024)
def safe_name(name: str) -> str:
    """A metric's name with nothing that StatsD's protocol or the library would stumble over."""
    parts = _NO_NAME.sub("_", name)[:LONGEST_NAME].split(".")
    return ".".join(part for part in parts if part)


def _client(address: str, port: int, prefix: str) -> Any:
    try:
        client = statsd.StatsClient(
            address, port, prefix=prefix or None, maxudpsize=DATAGRAM, ipv6=":" in address
        )
    except OSError:  # this machine does not speak the address's family
        return None
    client._sock.setblocking(False)  # noqa: SLF001 - the library has no other way never to wait
    return client


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
