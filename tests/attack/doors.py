"""Attacks on the HTTP door of the daemon."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import httpx

from tests.attack.world import QUERY, attack, attacked_world


@attack
async def a_public_url_without_a_token(home: Path) -> None:
    async with attacked_world(home) as world:
        world.configure(http='public_url = "https://watcher.example"')
        attempt = await asyncio.wait_for(world.run("run"), 30)
        assert attempt.code == 78, attempt
        assert "token create" in attempt.err, attempt.err


@attack
async def a_tokenless_request_through_a_proxy(home: Path) -> None:
    signs = {
        "Forwarded": "for=203.0.113.7",
        "X-Forwarded-For": "203.0.113.7",
        "X-Forwarded-Host": "watcher.example",
        "X-Forwarded-Proto": "https",
        "X-Real-IP": "203.0.113.7",
        "Via": "1.1 proxy",
        "CF-Connecting-IP": "203.0.113.7",
        "True-Client-IP": "203.0.113.7",
        "X-Client-IP": "203.0.113.7",
        "X-Forwarded": "203.0.113.7",
    }
    async with attacked_world(home) as world, world.daemon(), world.client() as client:
        assert (await client.get("/api/watches")).status_code == 200
        for name, value in signs.items():
            answer = await client.get("/api/watches", headers={name: value})
            assert answer.status_code in (401, 403), (name, answer.status_code)


@attack
async def a_foreign_host_or_origin_that_contains_ours(home: Path) -> None:
    async with attacked_world(home) as world, world.daemon(), world.client() as client:
        port = world.port
        hosts = (
            "evil.example",
            f"127.0.0.1:{port}.evil.example",
            f"evil.example@127.0.0.1:{port}",
            "localhost:3000",
            f"127.0.0.1.evil.example:{port}",
            f"localhost.evil.example:{port}",
        )
        for host in hosts:
            answer = await client.get("/api/watches", headers={"Host": host})
            assert answer.status_code in (400, 401, 403, 421), (host, answer.status_code)
        origins = (
            "http://localhost:3000",
            f"http://evil.example@127.0.0.1:{port}",
            f"https://127.0.0.1:{port}",
            f"http://127.0.0.1:{port}.evil.example",
            "null",
            f"http://127.0.0.1:{port + 1}",
        )
        for origin in origins:
            answer = await client.post("/api/watches", headers={"Origin": origin}, json={"query": QUERY})
            assert answer.status_code in (401, 403), (origin, answer.status_code)
        assert world.rows("SELECT count(*) FROM watches") == [(0,)]
        ours = f"http://127.0.0.1:{port}"
        assert (await client.get("/api/watches", headers={"Origin": ours})).status_code == 200


@attack
async def one_token_that_asks_for_a_thousand_comps(home: Path) -> None:
    async with attacked_world(home) as world:
        world.configure(ebay="daily_quota = 400")
        token = (await world.json("token", "create", "--user", "mallory"))["token"]
        async with world.daemon(), world.client(Authorization=f"Bearer {token}") as client:
            statuses = []
            for n in range(150):
                answer = await client.get("/api/comps", params={"q": f"kestrel number {n}"})
                statuses.append(answer.status_code)
                if answer.status_code == 429:
                    assert int(answer.headers["Retry-After"]) >= 1
                    assert answer.json()["shouldRetry"] is True
        asked = statuses.count(200)
        assert 429 in statuses, "nothing bounded the misses of one user"
        assert asked < 100, f"{asked} misses in a row"


@attack
async def a_request_of_http_0_9(home: Path) -> None:
    async with attacked_world(home) as world, world.daemon():
        reader, writer = await asyncio.open_connection("127.0.0.1", world.port)
        writer.write(b"GET /api/watches\r\n\r\n")
        answer = await asyncio.wait_for(reader.read(), 10)
        writer.close()
        assert not answer or answer.startswith(b"HTTP/1.1 400"), answer[:100]


@attack
async def a_page_of_5_000_rows(home: Path) -> None:
    async with attacked_world(home) as world, world.daemon(), world.client() as client:
        answer = await client.get("/api/watches", params={"limit": 5000})
        assert answer.status_code == 400, answer.text
        assert answer.json()["code"] == "INVALID_INPUT"


@attack
async def methods_that_a_route_does_not_have(home: Path) -> None:
    async with attacked_world(home) as world, world.daemon(), world.client() as client:
        document = (await client.get("/api/openapi.json")).json()
        for path, operations in document["paths"].items():
            real = path.replace("{watch_id}", "1").replace("{id}", "1")
            answer = await client.request("TRACE", real)
            assert answer.status_code == 405, (path, answer.status_code)
            allowed = {m.strip() for m in answer.headers["Allow"].split(",")}
            documented = {m.upper() for m in operations}
            assert documented <= allowed <= documented | {"HEAD", "OPTIONS"}, (path, allowed, documented)


@attack
async def an_unknown_query_parameter(home: Path) -> None:
    async with attacked_world(home) as world, world.daemon(), world.client() as client:
        for path in ("/api/watches", "/api/comps", "/api/health"):
            answer = await client.get(path, params={"q": QUERY, "nonsense": "1"})
            assert answer.status_code == 400, (path, answer.status_code)


@attack
async def an_invisible_label_at_every_door(home: Path) -> None:
    invisible = "\u200b\u2060"
    async with attacked_world(home) as world, world.daemon(), world.client() as client:
        body = {"query": QUERY, "rule": "below 50", "label": invisible}
        assert (await client.post("/api/watches", json=body)).status_code == 400
        attempt = await world.run("watch", "add", QUERY, "--below", "50", "--label", invisible)
        assert attempt.code in (1, 2), attempt
        file = home / "watches.csv"
        file.write_text(f"query,below,label\n{QUERY},50,{invisible}\n")
        assert (await world.run("watch", "import", str(file))).code in (1, 2)
        file = home / "watches.json"
        file.write_text(json.dumps([body]))
        assert (await world.run("watch", "import", str(file))).code in (1, 2)
        assert world.rows("SELECT count(*) FROM watches") == [(0,)]


@attack
async def pipelined_requests_without_an_end(home: Path) -> None:
    async with attacked_world(home) as world, world.daemon():
        request = f"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:{world.port}\r\n\r\n".encode()
        reader, writer = await asyncio.open_connection("127.0.0.1", world.port)
        writer.write(request * 2000)
        reading = asyncio.create_task(reader.read())
        async with world.client() as client:
            answer = await client.get("/healthz", timeout=httpx.Timeout(5))
            assert answer.status_code == 200
        writer.close()
        reading.cancel()
