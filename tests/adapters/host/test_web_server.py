"""The embedded server over real sockets: its limits, and its shutdown despite slow clients."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import socket
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from tests.waiting import PATIENCE, until
from watcher.adapters.host import web_server
from watcher.adapters.host.sockets import CannotListen, open_sockets, url_of
from watcher.adapters.host.web_server import serving


def refuse(status: int, sentence: str) -> bytes:
    return json.dumps({"statusCode": status, "message": sentence}).encode()


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answer 4 MB under /large, never under /never, otherwise the request's body."""
    body, more = b"", True
    while more:
        message = await receive()
        more, body = message.get("more_body", False), body + message.get("body", b"")
    if scope["path"] == "/never":
        await asyncio.sleep(3600)
    body = b"x" * 4_000_000 if scope["path"] == "/large" else body
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def served(app: Any = echo) -> AsyncIterator[tuple[str, int]]:
    with open_sockets("127.0.0.1", 0) as sockets:
        port = sockets[0].getsockname()[1]
        async with serving(app, sockets, refuse):
            yield f"http://127.0.0.1:{port}", port


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Return how many connections the server has made and lost, and how often it has read from one."""
    counts = Counter[str]()

    def count(name: str, method: str) -> None:
        call = getattr(web_server._LimitedProtocol, method)

        def counted(protocol: Any, *args: Any) -> Any:
            counts[name] += 1
            return call(protocol, *args)

        monkeypatch.setattr(web_server._LimitedProtocol, method, counted)

    count("made", "connection_made")
    count("lost", "connection_lost")
    count("read", "data_received")
    return counts


async def talk(port: int, sent: bytes) -> bytes:
    """Return everything that the server sends before it closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(sent)
        async with asyncio.timeout(PATIENCE):
            return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def test_server_answers_without_naming_itself() -> None:
    async with served() as (url, _), httpx.AsyncClient() as client:
        for _ in range(3):
            answer = await client.post(url, content=b"hello")
            assert (answer.status_code, answer.text) == (200, "hello")
    assert "server" not in answer.headers


async def test_server_installs_no_signal_handlers() -> None:
    before = [signal.getsignal(s) for s in (signal.SIGTERM, signal.SIGINT)]
    async with served() as (url, _), httpx.AsyncClient() as client:
        await client.get(url)
        assert [signal.getsignal(s) for s in (signal.SIGTERM, signal.SIGINT)] == before


async def test_port_is_released_at_the_end() -> None:
    async with served() as (url, port), httpx.AsyncClient() as client:
        await client.get(url)
    with open_sockets("127.0.0.1", port):
        pass


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"this is not http\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost\r\n\r\n", 400),
        (b"GET http://[ HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET http://x/ HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET /\r\n\r\n", 400),
        (b"GET / HTTP/0.9\r\nHost: x\r\n\r\n", 400),
        (b"GET / HTTP/2.0\r\nHost: x\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 3,3\r\n\r\nabc", 400),
        (b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\n", 431),
        (b"GET / HTTP/1.1\r\n" + b"X: " + b"a" * 40_000, 431),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 10_000, 431),
        (b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 40_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 10_000 + b"\r\n", 431),
    ],
)
async def test_invalid_http_is_refused_with_our_error_body(sent: bytes, status: int) -> None:
    async with served() as (_, port):
        said = await talk(port, sent)
    head, _, body = said.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status), said[:200]
    assert b"connection: close" in head
    assert json.loads(body)["statusCode"] == status


@pytest.mark.parametrize(
    "sent", [b"", b"GET / HTTP/1.1\r\nHost: x", b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /"]
)
async def test_connection_is_closed_if_the_head_does_not_arrive(
    monkeypatch: pytest.MonkeyPatch, sent: bytes
) -> None:
    monkeypatch.setattr(web_server, "_HEAD_SECONDS", 0.1)
    monkeypatch.setattr(web_server, "_KEEP_ALIVE_SECONDS", 0.1)
    async with served() as (_, port):
        await talk(port, sent)  # which ends when the server closes the connection


async def test_kept_alive_connection_may_be_idle_between_requests(
    monkeypatch: pytest.MonkeyPatch, connections: Counter[str]
) -> None:
    async def answer(scope: Any, receive: Any, send: Any) -> None:
        monkeypatch.setattr(web_server, "_HEAD_SECONDS", 0.1)  # from the first answer on
        await echo(scope, receive, send)

    async with served(answer) as (url, _), httpx.AsyncClient() as client:
        await client.get(url)
        await asyncio.sleep(0.2)
        assert (await client.get(url)).status_code == 200
    assert connections["made"] == 1


async def test_client_that_does_not_read_is_disconnected(
    monkeypatch: pytest.MonkeyPatch, connections: Counter[str]
) -> None:
    monkeypatch.setattr(web_server, "_SEND_SECONDS", 0.1)
    async with served() as (_, port):
        with _small_socket(port) as client:
            client.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
            await until(lambda: connections["lost"])
            client.settimeout(PATIENCE)
            got = 0
            while part := client.recv(1_000_000):
                got += len(part)
            assert got < 4_000_000


def _small_socket(port: int) -> socket.socket:
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(("127.0.0.1", port))
    return client


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET / HT",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc",
        b"GET /never HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
async def test_no_client_can_delay_the_shutdown(
    monkeypatch: pytest.MonkeyPatch, connections: Counter[str], sent: bytes
) -> None:
    monkeypatch.setattr(web_server, "_SHUTDOWN_SECONDS", 0.2)
    async with served() as (_, port):
        client = _small_socket(port)
        client.sendall(sent)
        await until(lambda: connections["made"] and (connections["read"] or not sent))
    client.close()
    assert not [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]


async def test_running_request_is_finished(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web_server, "_SHUTDOWN_SECONDS", int(PATIENCE))
    began = asyncio.Event()

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        began.set()
        await asyncio.sleep(0.2)
        await echo(scope, receive, send)

    async with httpx.AsyncClient() as client:
        with open_sockets("127.0.0.1", 0) as sockets:
            async with serving(slow, sockets, refuse):
                asked = asyncio.create_task(client.get(url_of(sockets)))
                await began.wait()
        assert (await asked).status_code == 200


async def test_connections_beyond_the_maximum_are_refused(
    monkeypatch: pytest.MonkeyPatch, connections: Counter[str]
) -> None:
    monkeypatch.setattr(web_server, "_MAX_OPEN_FILES", 4)
    async with served() as (url, port):
        kept = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
        await until(lambda: connections["made"] == 2)
        async with httpx.AsyncClient() as client:
            with pytest.raises(httpx.TransportError):
                await client.get(url)
            for _, writer in kept:
                writer.close()
            await until(lambda: connections["lost"] == connections["made"] == 3)
            assert (await client.get(url)).status_code == 200


def test_port_in_use_is_reported_in_one_sentence() -> None:
    with open_sockets("127.0.0.1", 0) as (taken,):
        port = taken.getsockname()[1]
        with (
            pytest.raises(
                CannotListen, match=rf"^Port {port} of 127\.0\.0\.1 is in use by another program; .*\.$"
            ),
            open_sockets("127.0.0.1", port),
        ):
            pass


@pytest.mark.parametrize("host", ["no-such-host.invalid", "192.0.2.1", "a" * 300])
def test_foreign_host_is_reported_in_one_sentence(host: str) -> None:
    with pytest.raises(CannotListen, match=r"set \[http\] host"), open_sockets(host, 0):
        pass


def test_all_addresses_of_a_name_share_one_port() -> None:
    with open_sockets("localhost", 0) as sockets:
        assert len({each.getsockname()[1] for each in sockets}) == 1
        assert url_of(sockets).startswith("http://")


def test_wildcard_address_is_shown_as_a_url_to_open() -> None:
    with open_sockets("0.0.0.0", 0) as sockets:
        assert url_of(sockets).startswith("http://127.0.0.1:")


async def test_pipelined_requests_are_bounded_and_all_answered_in_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waiting: list[int] = []
    complete = web_server._LimitedProtocol.on_headers_complete

    def counted(protocol: Any) -> None:
        waiting.append(len(protocol.pipeline))
        complete(protocol)

    monkeypatch.setattr(web_server._LimitedProtocol, "on_headers_complete", counted)
    bodies = [b"%04d" % n for n in range(2_000)]
    async with served() as (_, port):
        sent = b"".join(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n" + body for body in bodies)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        async with asyncio.timeout(PATIENCE):
            said = await reader.read()
        writer.close()
    assert re.findall(rb"\n(\d{4})\r\n", said) == bodies
    assert 0 < max(waiting) < 100
