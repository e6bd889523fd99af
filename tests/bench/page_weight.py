"""What the page weighs and costs: a real daemon with many watches, asked over a loopback socket with gzip."""

from __future__ import annotations

import asyncio
import gzip
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.bench.many_watches import seed
from tests.crash import free_port, watcher
from watcher.web.pages.rendering import static_file

MAX_SCRIPT, MAX_STYLE, MAX_VISIT, MAX_LIST = 10 * 1024, 12 * 1024, 40 * 1024, 60 * 1024  # bytes
MAX_LIST_SECONDS = 0.050  # of CPU time of the daemon
_FEW, _MANY = 20, 1_000  # watches
_ROUNDS = 20
_TICKS = os.sysconf("SC_CLK_TCK")
_FILES = re.compile(rb'(?:href|src)="\./(static/[^"#]+|manifest\.webmanifest)')
_SECONDS_TO_START = 30.0


class PageFinding(NamedTuple):
    """A figure of the page with its limit, None if it has none, and how both are shown."""

    what: str
    found: float
    limit: float | None
    unit: str

    @property
    def met(self) -> bool:
        """Whether the figure is within its limit."""
        return self.limit is None or self.found <= self.limit

    def shown(self, value: float) -> str:
        """Return the figure or the limit with its unit."""
        if self.unit == "seconds":
            return f"{value * 1000:.0f} ms"
        return f"{value:.0%}" if self.unit == "share" else f"{value:,.0f} bytes"


class Daemon(NamedTuple):
    """A running daemon."""

    port: int
    process: int

    def get(self, path: str) -> bytes:
        """Return all bytes of the response to a request of a browser."""
        host = f"Host: 127.0.0.1:{self.port}"
        lines = (f"GET /{path} HTTP/1.1", host, "Accept: text/html", "Accept-Encoding: gzip")
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            connection.sendall("\r\n".join((*lines, "Connection: close", "", "")).encode())
            answer = b"".join(iter(lambda: connection.recv(1 << 16), b""))
        if not answer.startswith(b"HTTP/1.1 200 "):
            raise RuntimeError(answer[:200].decode())
        return answer

    def cpu(self) -> float:
        """Return the CPU seconds that the process has used."""
        fields = Path(f"/proc/{self.process}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS


def measure_pages() -> list[PageFinding]:
    """Measure the own files, a first visit, and the page of many watches."""
    own = [
        PageFinding(f"own {kind}", len(static_file(name)[0]), limit, "bytes")
        for kind, name, limit in (("script", "app.js", MAX_SCRIPT), ("style sheet", "app.css", MAX_STYLE))
    ]
    with _daemon(_FEW) as daemon:
        before = daemon.cpu()
        page = daemon.get("")
        first = (daemon.cpu() - before) / before
        files = {found.decode() for found in _FILES.findall(_body(page))}
        visit = len(page) + sum(len(daemon.get(name)) for name in files)
    with _daemon(_MANY) as daemon:
        page = daemon.get(f"?rows={_MANY}")
        assert _body(page).count(b'<svg class="spark"') == _MANY
        before = daemon.cpu()
        for _ in range(_ROUNDS):
            daemon.get(f"?rows={_MANY}")
        each = (daemon.cpu() - before) / _ROUNDS
    return [
        *own,
        PageFinding(f"first visit with {_FEW} watches, pictures apart", visit, MAX_VISIT, "bytes"),
        PageFinding("first page, in shares of the CPU time of the start", first, None, "share"),
        PageFinding(f"page of {_MANY:,} watches with sparklines", len(page), MAX_LIST, "bytes"),
        PageFinding(f"the same, CPU (mean of {_ROUNDS})", each, MAX_LIST_SECONDS, "seconds"),
    ]


def _body(answer: bytes) -> bytes:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"content-encoding: gzip" in head.lower()
    return gzip.decompress(body)


@contextmanager
def _daemon(count: int) -> Iterator[Daemon]:
    """Run a daemon with a new database of some watches while the block runs."""
    with TemporaryDirectory(prefix="watcher-pages") as home:
        port = free_port()
        config = asyncio.run(seed(Path(home), count, port))
        with subprocess.Popen(
            [sys.executable, *watcher(config, "run")], stderr=subprocess.DEVNULL
        ) as process:
            try:
                _wait_for(port)
                yield Daemon(port, process.pid)
            finally:
                process.terminate()


def _wait_for(port: int) -> None:
    until = time.monotonic() + _SECONDS_TO_START
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port)):
                return
        except ConnectionRefusedError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
