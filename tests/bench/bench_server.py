"""The market that all contenders of the benchmark poll: a separate process, with all bodies built in advance.

It serves eBay's token endpoint and search, and accepts Slack webhooks. Each poll of a search gets another
body, up to `--polls-each`; then they repeat. `POST /bench/reset` restarts the rotation; `GET /bench/counts`
returns the requests by path since then. The process ends when its standard input does.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import gzip
import json
import re
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import cast
from urllib.parse import parse_qs, urlsplit

import uvloop

from tests.bench.job import Wanted
from tests.bench.pages import ChangingPage
from tests.bench.queries import list_wanted

SEARCH = "/buy/browse/v1/item_summary/search"
TOKEN = "/identity/v1/oauth2/token"
SLACK = "/services/bench"
LIMITS = "/developer/analytics/v1_beta/rate_limit/"

Respond = Callable[[str, str, bytes, Callable[[bytes], None]], None]
"""Answers a request, of which it gets method, target and body, by writing complete responses."""
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class Market:
    """The complete responses of every search, and the number of times each search was served."""

    def __init__(self, wanted: tuple[Wanted, ...], polls_each: int) -> None:
        self._bodies: dict[str, list[bytes]] = {}
        self._served: Counter[str] = Counter()
        self._requests: Counter[str] = Counter()
        self._query_of: dict[str, str] = {}
        self.page_bytes = self.wire_bytes = 0
        for number, search in enumerate(wanted):
            page, bodies = ChangingPage(search, seed=number), []
            for _ in range(polls_each):
                body = page.body()
                compressed = gzip.compress(body, 6, mtime=0)
                self.page_bytes += len(body)
                self.wire_bytes += len(compressed)
                bodies.append(_response(200, compressed, gzipped=True))
                page.advance()
            self._bodies[search.query] = bodies
        self.page_bytes //= max(1, len(wanted) * polls_each)
        self.wire_bytes //= max(1, len(wanted) * polls_each)

    def answer(self, method: str, target: str) -> bytes:
        """Return the complete response to a request."""
        path, _, _ = target.partition("?")
        if path == SEARCH:
            return self._search(target)
        if method == "POST" and path == "/bench/reset":
            self._served.clear()
            self._requests.clear()
            return _json({})
        if path == "/bench/counts":
            return _json(dict(self._requests))
        self._requests[path] += 1
        if path == TOKEN:
            token = {"access_token": "v^1.1#i^1#bench", "expires_in": 7200}
            return _json({**token, "token_type": "Application Access Token"})
        if path.startswith("/services/"):
            return _response(200, b"ok", kind="text/plain")
        if path.startswith(LIMITS.rstrip("/")):
            return _json({"rateLimits": []})
        return _response(404, b'{"errors":[]}')

    def respond(self, method: str, target: str, _body: bytes, write: Callable[[bytes], None]) -> None:
        """Answer a request."""
        write(self.answer(method, target))

    def _search(self, target: str) -> bytes:
        self._requests[SEARCH] += 1
        query = self._query_of.get(target)
        if query is None:
            query = " ".join(parse_qs(urlsplit(target).query).get("q", [""])[0].casefold().split())
            self._query_of[target] = query
        bodies = self._bodies.get(query)
        if bodies is None:
            return _json({"href": target, "total": 0, "limit": 50, "offset": 0, "itemSummaries": []})
        number = self._served[query]
        self._served[query] = number + 1
        return bodies[number % len(bodies)]


class Connection(asyncio.Protocol):
    """One keep-alive HTTP/1.1 connection, for whatever answers."""

    def __init__(self, respond: Respond) -> None:
        self._respond, self._buffer = respond, b""
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)  # uvloop's does not inherit from it

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end]
            length = int(found[1]) if (found := _LENGTH.search(head)) else 0
            if len(self._buffer) < end + 4 + length:
                return
            body, self._buffer = self._buffer[end + 4 : end + 4 + length], self._buffer[end + 4 + length :]
            method, target, _ = head[: head.index(b"\r\n")].decode("latin-1").split(" ")
            assert self._transport is not None
            self._respond(method, target, body, self._transport.write)


def _response(status: int, body: bytes, *, kind: str = "application/json", gzipped: bool = False) -> bytes:
    lines = [
        f"HTTP/1.1 {status} {'OK' if status == 200 else 'Not Found'}",
        f"Content-Type: {kind};charset=UTF-8",
        f"Content-Length: {len(body)}",
        "Cache-Control: private",
        "Server: ebay-proxy-server",
        "X-EBAY-C-VERSION: 1.20.4",
        "rlogid: t6pitnmsg%60ibhg%3D9vjdpitnmsg%60ibhg",
        *(["Content-Encoding: gzip", "Vary: Accept-Encoding"] if gzipped else []),
    ]
    return "\r\n".join((*lines, "", "")).encode() + body


def _json(value: object) -> bytes:
    return _response(200, json.dumps(value).encode())


async def serve(market: Market, port: int) -> None:
    """Serve on loopback until standard input ends; the first output line has the port and the sizes."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(market.respond), "127.0.0.1", port)
    ready = {
        "port": server.sockets[0].getsockname()[1],
        "pageBytes": market.page_bytes,
        "wireBytes": market.wire_bytes,
    }
    print(json.dumps(ready), flush=True)
    await loop.run_in_executor(None, sys.stdin.buffer.read)
    server.close()


def main() -> None:
    """Build the bodies, then serve them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--searches", type=int, default=200)
    parser.add_argument("--polls-each", type=int, default=8)
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args()
    market = Market(list_wanted(options.searches), options.polls_each)
    gc.collect()
    gc.freeze()
    with suppress(KeyboardInterrupt):  # a terminal sends it to the whole process group; the parent reports it
        uvloop.run(serve(market, options.port))


if __name__ == "__main__":
    main()
