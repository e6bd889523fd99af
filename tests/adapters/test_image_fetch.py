"""Pictures are fetched from public addresses over https, and every trick to reach others is refused."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress

import pytest

from tests.tls import self_signed, trusting
from tests.waiting import PATIENCE, let_tasks_run, until
from watcher.adapters.image_fetch import MAX_FETCHED_BYTES, ImageFetcher
from watcher.core.errors import InvalidInput, RequestRefused
from watcher.core.proxies import ProxyRule
from watcher.core.times import Seconds

PICTURE = b"\xff\xd8\xff" + bytes(5_000)
Answer = bytes | Callable[[asyncio.StreamWriter], Awaitable[None]]


def answer(body: bytes = PICTURE, status: str = "200 OK", **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Host:
    """A web server on the loopback that answers by path, and the addresses that its name has."""

    def __init__(self) -> None:
        self.port = 0
        self.answers: dict[str, Answer] = {"/photo.jpg": answer()}
        self.requests: list[str] = []
        self.addresses: list[Sequence[str]] = [["127.0.0.1"]]
        self.resolved: list[str] = []

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}"

    async def resolve(self, name: str, _port: int) -> Sequence[str]:
        self.resolved.append(name)
        return self.addresses[min(len(self.resolved), len(self.addresses)) - 1]

    def fetcher(self, *, tls: ssl.SSLContext | None = None, deadline: float = PATIENCE) -> ImageFetcher:
        """Return a fetcher for which 127.0.0.1 is the internet and this host's port is 443."""
        return ImageFetcher(
            resolve=self.resolve,
            is_public=lambda address: address == "127.0.0.1",
            ports=(443, self.port),
            tls=tls or trusting(),
            deadline=Seconds(deadline),
        )

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            self.requests.append(head)
            reply = self.answers.get(head.split()[1], answer(b"", "404 Not Found"))
            if isinstance(reply, bytes):
                writer.write(reply)
            else:
                await reply(writer)
            await writer.drain()
        writer.close()


@asynccontextmanager
async def web_host(address: str = "127.0.0.1", port: int = 0) -> AsyncIterator[Host]:
    host, watched = Host(), asyncio.get_running_loop()._selector.get_map()  # type: ignore[attr-defined]
    before = len(watched)
    server = await asyncio.start_server(host.serve, address, port, ssl=self_signed())
    host.port = server.sockets[0].getsockname()[1]
    yield host
    server.close()
    await let_tasks_run()
    await until(lambda: len(watched) <= before)  # the ends of its connections have been noticed


@pytest.fixture
async def host() -> AsyncIterator[Host]:
    async with web_host() as opened:
        yield opened


async def refusal_of(fetcher: ImageFetcher, url: str) -> str:
    with pytest.raises(InvalidInput) as refusal:
        await fetcher.fetch(url)
    return str(refusal.value)


async def test_a_picture_is_fetched_without_cookies_or_traces(host: Host) -> None:
    host.answers["/photo.jpg?size=1"] = answer()
    assert await host.fetcher().fetch(f"{host.url}/photo.jpg?size=1#part") == PICTURE
    request = host.requests[0].lower()
    assert request.startswith("get /photo.jpg?size=1 http/1.1\r\n")
    assert "cookie" not in request
    assert "referer" not in request
    assert "python" not in request


async def test_redirects_are_followed_three_times(host: Host) -> None:
    for number in range(9):
        host.answers[f"/{number}"] = answer(b"", "302 Found", Location=f"/{number + 1}")
    host.answers["/3"] = answer()
    assert await host.fetcher().fetch(f"{host.url}/0") == PICTURE
    assert host.resolved == ["localhost"] * 4, "every request resolves its name once"
    host.answers["/3"] = answer(b"", "307 Moved", Location="/4")
    assert "redirects more than 3 times" in await refusal_of(host.fetcher(), f"{host.url}/0")


PRIVATE = "leads into a private network"
NO_NAME = "no valid host name"
REFUSED = {
    "https://127.0.0.1/x": PRIVATE,
    "https://10.1.2.3/x": PRIVATE,
    "https://169.254.169.254/latest/meta-data/": PRIVATE,
    "https://100.100.100.200/x": PRIVATE,
    "https://0/x": PRIVATE,
    "https://2130706433/x": PRIVATE,
    "https://0177.0.0.1/x": PRIVATE,
    "https://127.1/x": PRIVATE,
    "https://0x7f000001/x": NO_NAME,
    "https://0x7f.0.0.1/x": NO_NAME,
    "https://8.8.8.8./x": PRIVATE,
    "https://①②⑦.⓪.⓪.①/x": PRIVATE,
    "https://[::1]/x": PRIVATE,
    "https://[::]/x": PRIVATE,
    "https://[::ffff:127.0.0.1]/x": PRIVATE,
    "https://[::ffff:8.8.8.8]/x": PRIVATE,
    "https://[64:ff9b::7f00:1]/x": PRIVATE,
    "https://[2002:7f00:1::]/x": PRIVATE,
    "https://[fd00:ec2::254]/x": PRIVATE,
    "https://[fe80::1%25eth0]/x": PRIVATE,
    "https://localhost/x": PRIVATE,
    "https://LOCALHOST./x": PRIVATE,
    "http://example.com/x": "https addresses only",
    "ftp://example.com/x": "https addresses only",
    "file:///etc/passwd": "not valid",
    "data:image/png;base64,AAAA": "not valid",
    "javascript:alert(1)": "not valid",
    "//example.com/x": "https addresses only",
    "/x": "not valid",
    "": "not valid",
    "https://": "not valid",
    "https:///x": "not valid",
    "https://[::1/x": "not valid",
    "https://example.com:99999/x": "not valid",
    "https://example.com\\@127.0.0.1/x": "not valid",
    "https://example.com/x\r\nHost: internal": "not valid",
    "https://example.com/" + "x" * 2_100: "not valid",
    "https://user@example.com/x": "contains a user or a password",
    "https://:word@example.com/x": "contains a user or a password",
    "https://example.com@127.0.0.1/x": "contains a user or a password",
    "https://example.com:8443/x": "only 443 is allowed",
    "https://example.com:80/x": "only 443 is allowed",
    "https://exa mple.com/x": NO_NAME,
    "https://127.0.0.1%2f.example.com/x": NO_NAME,
    "https://*.example.com/x": NO_NAME,
}


@pytest.mark.parametrize("url", REFUSED)
async def test_an_address_that_is_not_public_https_is_refused(url: str) -> None:
    sentence = await refusal_of(ImageFetcher(deadline=Seconds(PATIENCE)), url)
    assert REFUSED[url] in sentence
    assert sentence.endswith((".", "!"))
    assert "example.com/x" not in sentence


async def test_a_name_with_one_private_address_is_refused(host: Host) -> None:
    host.addresses = [["127.0.0.1", "10.0.0.1"]]
    assert PRIVATE in await refusal_of(host.fetcher(), f"{host.url}/photo.jpg")
    assert host.requests == []


async def test_a_redirect_to_a_private_address_is_refused(host: Host) -> None:
    for number, target in enumerate(("https://10.0.0.1/", "https://[::1]/", "//169.254.169.254/")):
        host.answers[f"/{number}"] = answer(b"", "302 Found", Location=target)
        assert PRIVATE in await refusal_of(host.fetcher(), f"{host.url}/{number}")
    for target, words in (("http://localhost/", "https addresses only"), ("file:///etc/passwd", "not valid")):
        host.answers["/other"] = answer(b"", "302 Found", Location=target)
        assert words in await refusal_of(host.fetcher(), f"{host.url}/other")
    host.answers["/nowhere"] = answer(b"", "302 Found")
    assert "not valid" in await refusal_of(host.fetcher(), f"{host.url}/nowhere")


async def test_a_name_that_changes_its_mind_gains_nothing(host: Host) -> None:
    async with web_host("127.0.0.9", host.port) as inner:
        host.addresses = [["127.0.0.1"], ["127.0.0.9"]]
        fetcher = host.fetcher()
        assert await fetcher.fetch(f"{host.url}/photo.jpg") == PICTURE
        assert len(host.resolved) == 1, "the connection goes to what was checked"
        assert PRIVATE in await refusal_of(fetcher, f"{host.url}/photo.jpg")
        host.answers["/hop"] = answer(b"", "302 Found", Location="/photo.jpg")
        host.resolved.clear()
        assert PRIVATE in await refusal_of(fetcher, f"{host.url}/hop")
        assert inner.requests == []


async def test_a_slow_drip_ends_at_the_deadline(host: Host) -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(100):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    async def slow_head(writer: asyncio.StreamWriter) -> None:
        for _ in range(100):
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            await writer.drain()
            await asyncio.sleep(0.02)

    for path, reply in (("/drip", drip), ("/head", slow_head)):
        host.answers[path] = reply
        sentence = await refusal_of(host.fetcher(deadline=0.2), host.url + path)
        assert "did not arrive within 0.2 seconds" in sentence


async def test_a_name_server_that_hangs_ends_at_the_deadline() -> None:
    async def hang(_host: str, _port: int) -> Sequence[str]:
        await asyncio.sleep(60)
        return []

    fetcher = ImageFetcher(resolve=hang, deadline=Seconds(0.1))
    assert "did not arrive within" in await refusal_of(fetcher, "https://example.com/x")


async def test_a_huge_body_is_given_up(host: Host) -> None:
    sent = 0

    async def endless(writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while sent < 10 * MAX_FETCHED_BYTES:
            writer.write(b"100000\r\n" + bytes(0x100000) + b"\r\n")
            await writer.drain()
            sent += 0x100000

    host.answers["/endless"] = endless
    host.answers["/declared"] = b"HTTP/1.1 200 OK\r\nContent-Length: 10000001\r\n\r\n" + bytes(99)
    assert "larger than 10 MB" in await refusal_of(host.fetcher(), f"{host.url}/endless")
    assert sent < 5 * MAX_FETCHED_BYTES
    assert "larger than 10 MB" in await refusal_of(host.fetcher(), f"{host.url}/declared")


BROKEN = {
    "/missing": (answer(b"", "404 Not Found"), "its host answers 404"),
    "/error": (answer(b"", "503 Unavailable"), "its host answers 503"),
    "/part": (answer(b"", "206 Partial Content"), "its host answers 206"),
    "/cut": (answer()[:-100], "cannot be reached or fails"),
    "/nonsense": (b"SSH-2.0-OpenSSH\r\n\r\n", "cannot be reached or fails"),
    "/nothing": (b"", "cannot be reached or fails"),
    "/long": (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 99_000 + b"\r\n\r\n", "cannot be reached or fails"),
}


@pytest.mark.parametrize("path", BROKEN)
async def test_a_host_that_fails_is_refused_with_a_sentence(host: Host, path: str) -> None:
    host.answers[path], words = BROKEN[path]
    assert words in await refusal_of(host.fetcher(), host.url + path)
    assert len(host.requests) == 1, "nothing is repeated in silence"


async def test_a_host_without_connection_name_or_trust_is_refused(host: Host) -> None:
    untrusting = ssl.create_default_context()
    sentence = await refusal_of(host.fetcher(tls=untrusting), f"{host.url}/photo.jpg")
    assert "certificate" in sentence
    host.addresses = [[]]
    assert "cannot be reached" in await refusal_of(host.fetcher(), f"{host.url}/photo.jpg")
    async with web_host() as gone:
        pass
    assert "cannot be reached" in await refusal_of(gone.fetcher(), f"{gone.url}/photo.jpg")


async def test_nothing_is_fetched_through_a_proxy() -> None:
    fetcher = ImageFetcher(proxies=ProxyRule(https="http://proxy.example:3128"))
    assert "through a proxy" in await refusal_of(fetcher, "https://example.com/x")


async def test_more_than_may_wait_are_refused_at_once() -> None:
    async def hang(_host: str, _port: int) -> Sequence[str]:
        await asyncio.sleep(60)
        return []

    fetcher = ImageFetcher(resolve=hang, deadline=Seconds(0.2))
    done = await asyncio.gather(
        *(fetcher.fetch("https://example.com/x") for _ in range(50)), return_exceptions=True
    )
    assert sum(isinstance(one, RequestRefused) for one in done) == 2
    assert sum(isinstance(one, InvalidInput) for one in done) == 48
