"""Probes and metrics, answered without the framework: a daemon without visitors gets no other requests."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import NamedTuple

from starlette.types import Scope, Send

from watcher.core.errors import RequestRefused, WatcherError, error_view, retry_after_of
from watcher.web.response_headers import BODY_HEADERS, EXPOSITION, NOT_STORED, SAFE_HEADERS

_OK, _UNAVAILABLE = 200, 503
_JSON = b"application/json"


class ProbeAnswer(NamedTuple):
    """The answer to a probe."""

    status: int
    body: bytes
    media_type: bytes = _JSON
    headers: tuple[tuple[bytes, bytes], ...] = ()

    async def send(self, send: Send) -> None:
        """Send what the framework would send, in the same order."""
        own = (
            *self.headers,
            (b"content-length", b"%d" % len(self.body)),
            (b"content-type", self.media_type),
        )
        headers = [*own, *SAFE_HEADERS, NOT_STORED]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body})


class Probes(NamedTuple):
    """What probes ask for: why the daemon cannot work ("" if it can), and its metrics."""

    not_ready: Callable[[], str]
    render_metrics: Callable[[], bytes]

    def answer(self, scope: Scope) -> ProbeAnswer | None:
        """Return the answer to a probe; None for any other request, and for one that has a body."""
        if scope["type"] != "http" or any(name in BODY_HEADERS for name, _ in scope["headers"]):
            return None
        path, method = scope["path"], scope["method"]
        if path == "/metrics" and method == "GET":
            return ProbeAnswer(_OK, self.render_metrics(), EXPOSITION.encode())
        if method not in ("GET", "HEAD"):
            return None
        if path == "/healthz":
            return ProbeAnswer(_OK, b'{"status":"alive"}')
        return self._readiness(scope) if path == "/readyz" else None

    def _readiness(self, scope: Scope) -> ProbeAnswer | None:
        try:
            why = self.not_ready()
        except WatcherError:
            return None  # the framework reports it
        if not why:
            return ProbeAnswer(_OK, b'{"status":"ready"}')
        if any(name == b"accept" and b"text/html" in value.lower() for name, value in scope["headers"]):
            return None  # a browser gets a page
        refusal = RequestRefused(_UNAVAILABLE, why, retryable=True, retry_after=1.0)
        wait = b"%d" % (retry_after_of(refusal) or 1)
        return ProbeAnswer(
            _UNAVAILABLE, json.dumps(error_view(refusal)).encode(), headers=((b"retry-after", wait),)
        )
