"""Pictures are fetched from the listed origins alone, and only pictures are."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest

from tests.core.test_picture_addresses import REFUSED
from tests.waiting import PATIENCE, let_tasks_run, until
from watcher.adapters.pictures import PictureHost
from watcher.core.errors import CallFailed, Code, Kind, NotFound, NotSent
from watcher.core.pictures import MAX_PICTURE_BYTES, PictureOrigins
from watcher.core.times import Seconds
from watcher.demo.pictures import draw_picture

PICTURE = draw_picture("x", 64)
Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


class RawServer:
    """Sends the bytes of `answer`, or lets it write them, and counts connections."""

    def __init__(self) -> None:
        self.url, self.connections, self.requests = "", 0, list[bytes]()
        self.answer: bytes | Answer = b""
        self.serving: set[asyncio.Task[None] | None] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.serving.add(asyncio.current_task())
        with suppress(OSError, asyncio.IncompleteReadError):
            self.requests.append(await reader.readuntil(b"\r\n\r\n"))
            if isinstance(self.answer, bytes):
                writer.write(self.answer)
            else:
                await self.answer(writer)
            await writer.drain()
        with suppress(OSError):
            writer.close()
            await writer.wait_closed()


@asynccontextmanager
async def raw_server() -> AsyncIterator[RawServer]:
    server = RawServer()
    listening = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    try:
        yield server
    finally:
        listening.close()
        await let_tasks_run()
        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*filter(None, server.serving))
        await listening.wait_closed()


@pytest.fixture
async def server() -> AsyncIterator[RawServer]:
    async with raw_server() as made:
        yield made


@pytest.fixture
async def host(server: RawServer) -> AsyncIterator[PictureHost]:
    made = PictureHost(origins=PictureOrigins.of(server.url, simulated=True), timeout=Seconds(PATIENCE))
    yield made
    await made.aclose()


def http(body: bytes = PICTURE, status: str = "200 OK", **headers: str) -> bytes:
    named = {"Content-Length": str(len(body)), "Connection": "close"}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body


async def test_a_picture_is_fetched_without_anything_about_the_visitor(
    server: RawServer, host: PictureHost
) -> None:
    server.answer = http(Content_Type="text/html")
    found = await host.fetch(server.url + "/images/g/x/s-l225.jpg")
    assert (found.media_type, found.content) == ("image/png", PICTURE)
    (request,) = server.requests
    line, *headers = request.decode().strip().split("\r\n")
    assert line == "GET /images/g/x/s-l225.jpg HTTP/1.1"
    assert {h.partition(":")[0].lower() for h in headers} == {
        "host", "accept", "accept-encoding", "user-agent",
    }  # fmt: skip


async def test_no_address_off_the_list_is_connected_to(server: RawServer, host: PictureHost) -> None:
    async with raw_server() as trap:
        trap_host = trap.url.removeprefix("http://")
        port = trap_host.rpartition(":")[2]
        server_port = server.url.rpartition(":")[2]
        traps = [
            trap.url,
            f"{server.url}@{trap_host}",
            f"http://localhost:{port}",
            f"http://localhost:{server_port}",
            f"http://127.1:{port}",
            f"http://2130706433:{port}",
            f"http://0x7f000001:{port}",
            f"http://[::ffff:127.0.0.1]:{port}",
            f"http://127.0.0.1.:{server_port}",
            f"{server.url}/../..",
            f"{server.url}/\r\nHost: {trap_host}",
            f"{server.url}#@{trap_host}",
            f"{server.url}\\@{trap_host}",
        ]
        for url in [*REFUSED, *(f"{one}/1.jpg" for one in traps)]:
            with pytest.raises(NotFound):
                await host.fetch(url)
        assert (server.connections, trap.connections) == (0, 0)


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 Other", "307 Here", "308 There"])
async def test_no_redirect_is_followed(server: RawServer, host: PictureHost, status: str) -> None:
    async with raw_server() as trap:
        targets = (f"{trap.url}/1.jpg", f"{server.url}/2.jpg", "http://169.254.169.254/", "//127.0.0.1/")
        for target in targets:
            server.answer = http(status=status, Location=target)
            with pytest.raises(NotFound):
                await host.fetch(server.url + "/1.jpg")
        assert (server.connections, trap.connections) == (4, 0)


LARGE = b"\x89PNG\r\n\x1a\n" + b"\0" * MAX_PICTURE_BYTES
NO_PICTURES = {
    "svg": http(b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", Content_Type="image/svg+xml"),
    "html": http(b"<!DOCTYPE html><script>alert(1)</script>", Content_Type="image/jpeg"),
    "nothing": http(b""),
    "the beginning alone": http(PICTURE[:8]),
    "too large": http(LARGE),
    "more than the declared length": http(LARGE, Content_Length="100"),
    "endless chunks": http(Transfer_Encoding="chunked").partition(b"\r\n\r\n")[0].replace(
        b"Content-Length: %d\r\n" % len(PICTURE), b""
    ) + b"\r\n\r\n" + b"10000\r\n" + b"\x89PNG\r\n\x1a\n" + b"\0" * 65_528 + b"\r\n"
    + (b"10000\r\n" + b"\0" * 65_536 + b"\r\n") * 20,
    "a bomb": http(gzip.compress(b"\x89PNG\r\n\x1a\n" + b"\0" * 50_000_000, 9), Content_Encoding="gzip"),
    "no gzip": http(Content_Encoding="gzip"),
    "an encoding that was not asked for": http(Content_Encoding="br"),
    "a part": http(status="206 Partial Content"),
    "missing": http(status="404 Not Found"),
    "forbidden": http(status="403 Forbidden"),
    "not HTTP": b"\x89PNG\r\n\x1a\n" * 20,
}  # fmt: skip


async def test_other_content_is_refused_as_not_found(server: RawServer, host: PictureHost) -> None:
    for name, answer in NO_PICTURES.items():
        server.answer = answer
        with pytest.raises(NotFound):
            await host.fetch(f"{server.url}/{name.replace(' ', '-')}.jpg")
    assert server.connections == len(NO_PICTURES)


@pytest.mark.parametrize(
    "answer",
    [
        http(Content_Length="99999"),
        http(status="503 Busy"),
        http(status="429 Slow Down"),
        http(status="408 Late"),
        b"",
    ],
)
async def test_a_host_in_trouble_is_unavailable(server: RawServer, host: PictureHost, answer: bytes) -> None:
    server.answer = answer
    with pytest.raises(CallFailed) as caught:
        await host.fetch(server.url + "/1.jpg")
    assert (caught.value.code, caught.value.kind) == (Code.EBAY_UNAVAILABLE, Kind.UNAVAILABLE)


async def test_a_slow_picture_ends_at_the_timeout(server: RawServer) -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(http()[:60])
        while not writer.is_closing():
            writer.write(b"\0")
            await writer.drain()
            await asyncio.sleep(0.01)

    server.answer = drip
    host = PictureHost(origins=PictureOrigins.of(server.url), timeout=Seconds(0.1))
    with pytest.raises(CallFailed) as caught:
        await host.fetch(server.url + "/1.jpg")
    assert caught.value.code is Code.EBAY_TIMEOUT
    await host.aclose()


async def test_a_few_pictures_are_fetched_at_once_and_few_more_wait(
    server: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("watcher.adapters.pictures._MAX_CONCURRENT", 2)
    monkeypatch.setattr("watcher.adapters.pictures._MAX_WAITING", 1)
    gate = asyncio.Event()

    async def wait(writer: asyncio.StreamWriter) -> None:
        await gate.wait()
        writer.write(http())

    server.answer = wait
    host = PictureHost(origins=PictureOrigins.of(server.url), timeout=Seconds(PATIENCE))
    fetches = [asyncio.create_task(host.fetch(f"{server.url}/{n}.jpg")) for n in range(3)]
    await until(lambda: server.connections == 2)
    with pytest.raises(NotSent):
        await host.fetch(server.url + "/4.jpg")
    assert server.connections == 2
    gate.set()
    assert [found.content for found in await asyncio.gather(*fetches)] == [PICTURE] * 3
    await host.aclose()
