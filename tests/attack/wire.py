"""Attacks on the HTTP door by bytes that no client library sends, and by odd addresses."""

from __future__ import annotations

import asyncio
import re
import time
from contextlib import suppress
from pathlib import Path

from tests.attack.browsers import bearer, token_of
from tests.attack.world import QUERY, World, attack, attacked_world

_STATUS = re.compile(rb"HTTP/1\.[01] ([0-9]{3}) ")


async def sent(world: World, payload: bytes, seconds: float = 3.0) -> bytes:
    """Return what the daemon answers to some bytes until it closes, or is silent for a moment."""
    reader, writer = await asyncio.open_connection("127.0.0.1", world.port)
    writer.write(payload)
    received = b""
    with suppress(TimeoutError, ConnectionError):
        while part := await asyncio.wait_for(reader.read(65_536), seconds if not received else 0.5):
            received += part
    writer.close()
    return received


def statuses(answer: bytes) -> list[int]:
    return [int(status) for status in _STATUS.findall(answer)]


@attack
async def a_request_smuggled_in_another(home: Path) -> None:
    async with attacked_world(home) as world:
        token = await token_of(world, "owner", "--admin")
        host = f"Host: 127.0.0.1:{world.port}\r\n".encode()
        authorization = f"Authorization: {token['Authorization']}\r\n".encode()
        hidden = b"GET /api/admin/cache HTTP/1.1\r\n" + host + authorization + b"\r\n"
        start = b"POST /api/watches/preview HTTP/1.1\r\n" + host + b"Content-Type: application/json\r\n"
        ambiguous = {
            "both lengths": b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + hidden,
            "two lengths": b"Content-Length: 0\r\nContent-Length: %d\r\n\r\n" % len(hidden) + hidden,
            "a signed length": b"Content-Length: +0\r\n\r\n" + hidden,
            "a negative length": b"Content-Length: -1\r\n\r\n" + hidden,
            "a length of hex": b"Content-Length: 0x0\r\n\r\n" + hidden,
            "a list of lengths": b"Content-Length: 0, 0\r\n\r\n" + hidden,
            "an unknown coding": b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + hidden,
            "a coding after chunked": b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + hidden,
            "a space before the colon": b"Content-Length : 5\r\n\r\n" + hidden,
            "a folded header": b"X-A: b\r\n Content-Length: 5\r\n\r\n" + hidden,
            "a bare CR": b"X-A: b\rContent-Length: 5\r\n\r\n" + hidden,
            "a NUL": b"X-A: b\0\r\n\r\n" + hidden,
            "a chunk with a sign": b"Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n" + hidden,
            "a chunk of 2^64 bytes": b"Transfer-Encoding: chunked\r\n\r\n1"
            + b"0" * 16
            + b"\r\n\r\n"
            + hidden,
        }
        async with world.daemon():
            for name, rest in ambiguous.items():
                answer = await sent(world, start + rest)
                assert b"totalEntries" not in answer, (name, answer[:300])
                assert not answer or statuses(answer)[0] in (400, 401, 408, 411, 413, 501), (
                    name,
                    answer[:80],
                )
            absolute = hidden.replace(b"/api/admin", b"http://127.0.0.1/api/admin")
            assert statuses(await sent(world, absolute)) == [400]
            assert statuses(await sent(world, hidden)) == [200]


@attack
async def a_pipelined_request_without_the_token_of_the_first(home: Path) -> None:
    async with attacked_world(home) as world:
        world.offer_plain()
        token = await token_of(world, "owner")
        target = f"/api/comps?q={QUERY.replace(' ', '+')}"
        host = f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1:{world.port}\r\n"
        right = f"{host}Authorization: {token['Authorization']}\r\n\r\n"
        wrong = f"{host}Authorization: {bearer('watcher_' + 'a' * 43)['Authorization']}\r\n\r\n"
        async with world.daemon():
            assert statuses(await sent(world, right.encode(), 10)) == [200]
            pipelined = "".join([right, f"{host}\r\n", right, wrong, right])
            assert statuses(await sent(world, pipelined.encode(), 10)) == [200, 401, 200, 401, 200]


@attack
async def an_address_that_is_another_in_disguise(home: Path) -> None:
    async with attacked_world(home) as world:
        await token_of(world, "owner")
        paths = (
            *("//api/watches", "/api//watches", "/API/watches", "/api/watches/", "/api/watches;x=1"),
            *("/%61pi/watches", "/api/%77atches", "/api%2fwatches", "/./api/watches", "/x/../api/watches"),
            *("/api/%2e%2e/api/watches", "/healthz/../api/watches", "/healthz/%2e%2e/api/watches"),
            *("/static/../api/watches", "/static/..%2f..%2fpages.py", "/static/%2e%2e/pages.py"),
            *("/static/..%5c..%5cpages.py", "/static/app.css/../../pages.py", "/static/%00app.css"),
            *("/sign-in/../api/watches", "/docs/../api/watches", "/metrics/../api/admin/cache", "*", "/*"),
            *("/api/watches%00", "/api/watches%0d%0a", "/api/watches%20", "/api/watches/1%2fexplain"),
        )
        async with world.daemon():
            for path in paths:
                for method in ("GET", "HEAD", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND"):
                    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{world.port}\r\n"
                    answer = await sent(world, f"{head}X-A: canary\r\nConnection: close\r\n\r\n".encode())
                    found = statuses(answer)
                    assert found, (method, path)
                    assert found[0] in (400, 401, 404, 405, 501), (method, path, answer[:200])
                    lower = answer.lower()
                    assert b"canary" not in lower, (method, path)
                    assert b"access-control" not in lower, (method, path)
                    assert b"location:" not in lower, (method, path)
                    assert b"jinja" not in lower, (method, path)


@attack
async def a_header_inside_a_value(home: Path) -> None:
    async with attacked_world(home) as world, world.daemon():
        host = f"Host: 127.0.0.1:{world.port}\r\n"
        injected = "%0d%0aSet-Cookie:%20a=b%0d%0a%0d%0a<b>"
        heads = (
            *(
                f"GET {start}{injected} HTTP/1.1\r\n{host}\r\n"
                for start in ("/", "/img/", "/sign-in/", "/?x=")
            ),
            f"GET /api/watches/export?format={injected} HTTP/1.1\r\n{host}\r\n",
            f"GET /static/app.css?v={injected} HTTP/1.1\r\n{host}\r\n",
            f'GET /static/app.css HTTP/1.1\r\n{host}If-None-Match: "\x0bSet-Cookie: a=b"\r\n\r\n',
            f"GET /events HTTP/1.1\r\n{host}Last-Event-ID: 1%0d%0aSet-Cookie: a=b\r\nX: \x00\r\n\r\n",
            f"POST /api/watches HTTP/1.1\r\n{host}Idempotency-Key: a\nSet-Cookie: a=b\r\n\r\n",
        )
        for head in heads:
            answer = await sent(world, head.encode("latin-1"))
            lines = answer.partition(b"\r\n\r\n")[0].lower().split(b"\r\n")
            assert not [line for line in lines if line.startswith(b"set-cookie")], (head, answer[:300])
            assert b"<b>" not in answer, (head, answer[:300])


@attack
async def http_1_0_without_a_token(home: Path) -> None:
    async with attacked_world(home) as world, world.daemon():
        for head in (
            "GET /api/watches HTTP/1.0\r\n\r\n",
            f"GET /api/me HTTP/1.0\r\nHost: 127.0.0.1:{world.port}\r\n\r\n",
        ):
            assert statuses(await sent(world, head.encode())) == [401], head
        no_host = "GET /api/watches HTTP/1.1\r\n\r\n"
        assert statuses(await sent(world, no_host.encode()))[0] in (400, 403)
        two = f"GET /api/watches HTTP/1.1\r\nHost: 127.0.0.1:{world.port}\r\nHost: evil.example\r\n\r\n"
        assert statuses(await sent(world, two.encode()))[0] in (400, 403)


@attack
async def one_token_in_many_spellings(home: Path) -> None:
    async with attacked_world(home) as world:
        token = await token_of(world, "owner")
        secret = token["Authorization"].split()[1]
        async with world.daemon(), world.client() as client:
            began, found = time.monotonic(), list[int]()
            for n in range(800):
                scheme = ("Bearer", "bearer", "BEARER", "bEaReR", "Bearer ")[n % 5]
                headers = {"Authorization": f"{scheme} {secret}", "X-Forwarded-For": f"203.0.113.{n % 250}"}
                answer = await client.get(f"/api/me?n={n}" if n % 7 == 0 else "/api/me", headers=headers)
                found.append(answer.status_code)
            most = 600 + 10 * (time.monotonic() - began) + 1  # a tenth of a second for each
            assert found.count(200) + found.count(400) <= most, "the limit of requests is evaded"
            assert 429 in found


@attack
async def bodies_that_never_end(home: Path) -> None:
    async with attacked_world(home) as world, world.daemon(), world.client() as client:
        head = (
            f"POST /api/watches HTTP/1.1\r\nHost: 127.0.0.1:{world.port}\r\n"
            "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        ).encode()
        slow = [await asyncio.open_connection("127.0.0.1", world.port) for _ in range(50)]
        for _, writer in slow:
            writer.write(head + b"1\r\n{\r\n")
        answer = await client.get("/healthz")
        assert answer.status_code == 200
        chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
        endless = await sent(world, head + chunk * 3, 5)
        assert statuses(endless) in ([413], []), endless[:100]
        for reader, writer in slow:
            first = await asyncio.wait_for(reader.read(2_000), 20)
            assert statuses(first) == [408], first[:100]
            writer.close()
