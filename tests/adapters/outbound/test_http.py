from __future__ import annotations

import asyncio
import contextlib
import gzip
import socket
import ssl
import struct
import traceback
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from tests.tls import self_signed
from tests.waiting import let_tasks_run, until
from watcher.adapters.outbound.http import MAX_BODY_BYTES, HttpClient
from watcher.adapters.outbound.refusals import kind_of_status, parse_retry_after
from watcher.core.errors import Api, CallFailed, Kind
from watcher.core.times import Instant, Seconds

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture
async def http() -> AsyncIterator[HttpClient]:
    client = HttpClient(
        concurrency=4, connect_timeout=Seconds(60.0), total_timeout=Seconds(60.0), max_body=200_000
    )
    yield client
    await client.aclose()


@contextlib.asynccontextmanager
async def serving(
    talk: Talk, tls: ssl.SSLContext | None = None, reads: bytes = b"\r\n\r\n"
) -> AsyncIterator[str]:
    """Run a server that reads a request up to `reads` and then runs `talk`."""

    talks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.add(asyncio.current_task())
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await reader.readuntil(reads)
                await talk(reader, writer)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    server = await asyncio.start_server(connected, "127.0.0.1", 0, ssl=tls)
    host, port = server.sockets[0].getsockname()
    try:
        yield f"http{'s' if tls else ''}://{host}:{port}/page"
    finally:
        server.close()
        await let_tasks_run()  # a connection that was accepted a moment before
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


def sending(*chunks: bytes) -> Talk:
    async def talk(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for chunk in chunks:
            writer.write(chunk)
            await writer.drain()

    return talk


def full_response(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


async def failure_of(http: HttpClient, url: str) -> CallFailed:
    with pytest.raises(CallFailed) as caught:
        await http.fetch(Api.EBAY, url, {})
    return caught.value


async def failure_when(http: HttpClient, talk: Talk) -> CallFailed:
    async with serving(talk) as url:
        return await failure_of(http, url)


async def test_response_has_its_status_headers_and_body(http: HttpClient) -> None:
    async with serving(sending(full_response(b"{}", "X-Thing: 7"))) as url:
        answer = await http.fetch(Api.EBAY, url, {})
    assert (answer.status, answer.body, answer.headers["x-thing"]) == (200, b"{}", "7")


async def test_request_sends_its_headers_and_body_and_accepts_gzip_only(http: HttpClient) -> None:
    heard = bytearray()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.extend(await reader.readuntil(b"a=b"))
        writer.write(full_response(b""))
        await writer.drain()

    async with serving(talk, reads=b"POST ") as url:
        await http.fetch(Api.EBAY, f"{url}?q=a%7Cb", {"X-Mine": "yes"}, method="POST", content=b"a=b")
    first, *lines = heard.decode().lower().split("\r\n")
    assert first == "/page?q=a%7cb http/1.1"
    assert "x-mine: yes" in lines
    assert "accept-encoding: gzip" in lines
    assert lines[-1] == "a=b"


async def test_every_status_is_a_response_and_redirects_are_not_followed(http: HttpClient) -> None:
    for status in ("302 Found", "404 Not Found", "500 Oops"):
        async with serving(sending(full_response(b"x", "Location: /page", status=status))) as url:
            answer = await http.fetch(Api.EBAY, url, {})
        assert answer.status == int(status[:3])


async def test_request_on_a_broken_connection_is_not_repeated(http: HttpClient) -> None:
    heard = []

    async def talk(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(1)

    async with serving(talk) as url:
        assert (await failure_of(http, url)).kind is Kind.UNAVAILABLE
    assert len(heard) == 1


async def test_connection_is_reused(http: HttpClient) -> None:
    peers = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for turn in range(3):
            peers.add(writer.get_extra_info("peername"))
            writer.write(full_response(b"x"))
            await writer.drain()
            if turn < 2:
                await reader.readuntil(b"\r\n\r\n")

    async with serving(talk) as url:
        for _ in range(3):
            await http.fetch(Api.EBAY, url, {})
    assert len(peers) == 1


async def test_cookies_are_not_stored(http: HttpClient) -> None:
    asked = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(full_response(b"x", "Set-Cookie: who=me; Path=/"))
        await writer.drain()
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(full_response(b"x"))
        await writer.drain()

    async with serving(talk) as url:
        await http.fetch(Api.EBAY, url, {})
        await http.fetch(Api.EBAY, url, {})
    assert b"cookie" not in asked[0].lower()


async def test_refused_connection_is_unavailable(http: HttpClient) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound but not listening, so refused
        failure = await failure_of(http, "http://127.0.0.1:{1}/".format(*taken.getsockname()))
    assert failure.kind is Kind.UNAVAILABLE
    assert failure.transient
    assert failure.detail == "127.0.0.1: no connection (ConnectionRefusedError)"


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("a." * 130 + "a", "its host name was not found"),  # too long for any resolver
        ("a..b", "its host name is not valid"),
    ],
)
async def test_unknown_host_name_is_unavailable(http: HttpClient, host: str, words: str) -> None:
    failure = await failure_of(http, f"http://{host}/")
    assert failure.kind is Kind.UNAVAILABLE
    assert words in failure.detail


async def test_server_without_tls_is_unavailable(http: HttpClient) -> None:
    async with serving(sending(b"HTTP/1.1 400 Bad\r\n\r\n"), reads=b"\x16") as url:
        failure = await failure_of(http, url.replace("http:", "https:"))
    assert failure.kind is Kind.UNAVAILABLE
    assert "TLS failed" in failure.detail


async def test_self_signed_certificate_is_not_trusted(http: HttpClient) -> None:
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)  # hides the server's handshake error
    async with serving(sending(full_response(b"x")), self_signed()) as url:
        failure = await failure_of(http, url)
    assert failure.kind is Kind.UNAVAILABLE
    assert "its certificate is not trusted" in failure.detail


async def test_reset_connection_is_unavailable(http: HttpClient) -> None:
    async def talk(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        sock: socket.socket = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    failure = await failure_when(http, talk)
    assert failure.kind is Kind.UNAVAILABLE
    assert "the connection was lost" in failure.detail


async def test_closed_connection_is_unavailable(http: HttpClient) -> None:
    failure = await failure_when(http, sending())
    assert failure.kind is Kind.UNAVAILABLE
    assert "it closed the connection without an answer" in failure.detail


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
    ],
)
async def test_body_cut_short_is_unavailable(http: HttpClient, answer: bytes) -> None:
    failure = await failure_when(http, sending(answer))
    assert failure.kind is Kind.UNAVAILABLE
    assert "the body was cut short" in failure.detail


@pytest.mark.parametrize(
    "answer",
    [
        b"\x00\xff" * 50 + b"\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nA: " + b"x" * 20_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
    ids=["binary", "ssh", "endless header", "length", "chunk"],
)
async def test_response_that_is_not_http_is_malformed(http: HttpClient, answer: bytes) -> None:
    failure = await failure_when(http, sending(answer))
    assert failure.kind is Kind.MALFORMED
    assert failure.transient
    assert failure.detail == "127.0.0.1: the response is not HTTP (ClientResponseError)"


async def test_slow_body_ends_at_the_total_timeout() -> None:
    async def talk(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    http = HttpClient(concurrency=1, total_timeout=Seconds(0.15))
    failure = await failure_when(http, talk)
    await http.aclose()
    assert failure.kind is Kind.TIMEOUT
    assert failure.detail == "127.0.0.1: no complete response within 0.15 s"


async def test_wait_for_a_free_connection_times_out() -> None:
    http = HttpClient(concurrency=1, connect_timeout=Seconds(60.0))
    connected, release = asyncio.Event(), asyncio.Event()

    async def talk(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connected.set()
        await release.wait()
        writer.write(full_response(b"first"))
        await writer.drain()

    async with serving(talk) as url:
        first = asyncio.create_task(http.fetch(Api.EBAY, url, {}))
        await connected.wait()
        http._connect_timeout = Seconds(0.1)
        failure = await failure_of(http, url)
        release.set()
        assert (await first).body == b"first"
    await http.aclose()
    assert failure.kind is Kind.TIMEOUT
    assert "no connection in time" in failure.detail


async def test_cancelled_request_leaves_no_connection_open(http: HttpClient) -> None:
    sent, closed = asyncio.Event(), asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nx")
        await writer.drain()
        sent.set()
        await reader.read()
        closed.set()

    async with serving(talk) as url:
        call = asyncio.create_task(http.fetch(Api.EBAY, url, {}))
        await sent.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await until(closed.is_set)


async def test_endless_body_ends_at_the_size_limit(http: HttpClient) -> None:
    closed = asyncio.Event()

    async def talk(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        try:
            while True:
                writer.write(b"1000\r\n" + b"x" * 4096 + b"\r\n")
                await writer.drain()
        except OSError:
            closed.set()

    async with serving(talk) as url:
        failure = await failure_of(http, url)
        await until(closed.is_set)
    assert failure.kind is Kind.MALFORMED
    assert failure.detail == "the body is larger than 200000 bytes"


async def test_gzip_body_is_decompressed(http: HttpClient) -> None:
    packed = gzip.compress(b'{"a":1}', mtime=0)
    for name in ("gzip", "GZIP", "x-gzip"):
        async with serving(sending(full_response(packed, f"Content-Encoding: {name}"))) as url:
            assert (await http.fetch(Api.EBAY, url, {})).body == b'{"a":1}'


async def test_empty_body_may_be_declared_as_gzip(http: HttpClient) -> None:
    async with serving(sending(full_response(b"", "Content-Encoding: gzip"))) as url:
        assert (await http.fetch(Api.EBAY, url, {})).body == b""


async def test_gzip_bomb_is_not_decompressed_beyond_the_limit() -> None:
    packing = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packing.compress(bytes(1 << 20)) for _ in range(100)) + packing.flush()
    assert len(bomb) < 150_000
    http = HttpClient(concurrency=1)
    async with serving(sending(full_response(bomb, "Content-Encoding: gzip"))) as url:
        tracemalloc.start()
        failure = await failure_of(http, url)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    await http.aclose()
    assert failure.kind is Kind.MALFORMED
    assert failure.detail == f"the body is larger than {MAX_BODY_BYTES} bytes"
    assert peak < 20_000_000


@pytest.mark.parametrize(
    ("body", "encoding", "kind"),
    [
        (b"not packed", "gzip", Kind.MALFORMED),
        (gzip.compress(b"cut" * 100, mtime=0)[:-9], "gzip", Kind.UNAVAILABLE),
        (b"whatever", "br", Kind.MALFORMED),
        (b"whatever", "gzip, gzip", Kind.MALFORMED),
    ],
)
async def test_body_that_is_not_in_its_declared_encoding_fails(
    http: HttpClient, body: bytes, encoding: str, kind: Kind
) -> None:
    failure = await failure_when(http, sending(full_response(body, f"Content-Encoding: {encoding}")))
    assert failure.kind is kind


async def test_invalid_url_is_malformed(http: HttpClient) -> None:
    for url in ("http://[::1/", "ftp://127.0.0.1/", "/nowhere"):
        assert (await failure_of(http, url)).kind is Kind.MALFORMED


async def test_failure_shows_no_url_because_it_may_contain_a_key(http: HttpClient) -> None:
    for answer in (b"junk\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"):
        async with serving(sending(answer)) as url:
            failure = await failure_of(http, url + "?api_key=s3cret")
        told = "".join(traceback.format_exception(failure))
        assert "s3cret" not in told + failure.detail + str(failure) + repr(failure)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (302, Kind.MALFORMED),
        (400, Kind.REFUSED),
        (401, Kind.CREDENTIALS),
        (403, Kind.CREDENTIALS),
        (404, Kind.REFUSED),
        (408, Kind.TIMEOUT),
        (409, Kind.REFUSED),
        (429, Kind.RATE_LIMIT),
        (500, Kind.UNAVAILABLE),
        (503, Kind.UNAVAILABLE),
        (504, Kind.TIMEOUT),
        (599, Kind.UNAVAILABLE),
    ],
)
def test_status_decides_the_kind_of_failure(status: int, kind: Kind) -> None:
    assert kind_of_status(status) is kind


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30", 30),
        ("0", 1),
        (" 7 ", 7),
        ("999999999999", 3_600),
        ("315360000", 3_600),
        ("9" * 4000, 3_600),
        ("Sun, 15 Jun 2025 15:07:40 GMT", 60),
        ("Sun, 15 Jun 2025 14:00:00 GMT", 1),
        ("Sun, 15 Jun 2099 14:00:00 GMT", 3_600),
        ("-5", None),
        ("soon", None),
        ("1.5", 1.5),
        ("0.01", 1),
        ("", None),
        ("Sun, 99 Jun 2025 14:00:00 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_from_a_second_to_an_hour(text: str, seconds: float | None) -> None:
    assert parse_retry_after(text, Instant(1_750_000_000.0)) == seconds


def test_date_in_retry_after_needs_the_time_of_day() -> None:
    assert parse_retry_after("Sun, 15 Jun 2025 15:07:40 GMT") is None
