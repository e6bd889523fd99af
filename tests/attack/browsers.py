"""Attacks on people who are signed in: by foreign pages, by other users, and by former ones."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from aiohttp import web

from tests.attack.world import QUERY, Running, World, attack, attacked_world
from tests.market.rows import summary

OWN_PAGE = {"Sec-Fetch-Site": "same-origin"}
HTML = {"Accept": "text/html"}
EVIL = "https://evil.example"
REFUSED = (400, 401, 403, 404, 405, 415, 421)


@asynccontextmanager
async def browser(world: World, name: str, *options: str) -> AsyncIterator[httpx.AsyncClient]:
    """Yield a browser in which a new person is signed in."""
    link = (await world.json("user", "add", name, *options))["link"]
    async with world.client() as client:
        answer = await client.post(urlsplit(link).path, headers=OWN_PAGE)
        assert answer.status_code == HTTPStatus.SEE_OTHER, answer.text
        yield client


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def token_of(world: World, user: str, *options: str) -> dict[str, str]:
    return bearer((await world.json("token", "create", "--user", user, *options))["token"])


@attack
async def a_session_id_that_was_planted(home: Path) -> None:
    async with attacked_world(home) as world, world.daemon(), world.client() as client:
        planted = {"Cookie": f"watcher=watcher_{'a' * 43}"}
        link = urlsplit((await world.json("user", "add", "owner"))["link"]).path
        answer = await client.post(link, headers=OWN_PAGE | planted)
        assert answer.status_code == HTTPStatus.SEE_OTHER
        assert "a" * 43 not in answer.headers["set-cookie"]
        client.cookies.clear()
        assert (await client.get("/api/me", headers=planted)).status_code == 401
        for cookies in ("watcher=; watcher=", f"watcher={'a' * 9}", "__Host-watcher=x", "watcher"):
            assert (await client.get("/api/me", headers={"Cookie": cookies})).status_code == 401


@attack
async def a_foreign_page_that_uses_the_cookie(home: Path) -> None:
    async with attacked_world(home) as world, world.daemon(), browser(world, "owner", "--admin") as client:
        made = (await client.post("/api/watches", json={"query": QUERY}, headers=OWN_PAGE)).json()
        signs: tuple[dict[str, str], ...] = (
            {"Sec-Fetch-Site": "cross-site", "Origin": EVIL},
            {"Sec-Fetch-Site": "same-site"},
            {"Origin": EVIL},
            {"Origin": "null"},
            {"Origin": f"http://127.0.0.1:{world.port}.evil.example"},
            {"Origin": "http://localhost:3000"},
            {"Sec-Fetch-Site": "same-origin", "Origin": EVIL},
            {},
        )
        bodies = (
            ("application/json", b'{"query": "planted"}'),
            ("text/plain", b'{"query": "planted"}'),
            ("", b'{"query": "planted"}'),
            ("application/x-www-form-urlencoded", b"query=planted&_method=DELETE"),
            (
                "multipart/form-data; boundary=x",
                b'--x\r\nContent-Disposition: form-data; name="query"\r\n\r\np\r\n',
            ),
            ("text/csv", b"query\nplanted\n"),
        )
        targets = (
            ("POST", "/api/watches"),
            ("POST", "/api/watches/import"),
            ("PATCH", f"/api/watches/{made['id']}"),
            ("DELETE", f"/api/watches/{made['id']}"),
            ("DELETE", "/api/sessions/1"),
            ("DELETE", "/api/admin/cache"),
            ("POST", "/sessions/1/end"),
            ("POST", "/sign-out"),
        )
        for sign in signs:
            for method, path in targets:
                for kind, body in bodies if method == "POST" else bodies[:1]:
                    headers = sign | ({"Content-Type": kind} if kind else {})
                    answer = await client.request(method, path, content=body, headers=headers)
                    assert answer.status_code in REFUSED, (sign, method, path, kind, answer.status_code)
        for override in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
            await client.get(f"/api/watches/{made['id']}", headers=OWN_PAGE | {override: "DELETE"})
            await client.post("/?_method=DELETE", headers=OWN_PAGE | {override: "DELETE"})
        assert world.rows("SELECT query FROM watches JOIN searches ON search_id = searches.id") == [(QUERY,)]
        assert world.rows("SELECT count(*) FROM sessions") == [(1,)]
        assert (await client.get("/api/me", headers=OWN_PAGE)).json()["user"] == "owner"
        for sign in signs[:2]:  # nor may it read or count
            for path in ("/api/me", "/api/watches", "/events", "/img/v1|1|0", "/"):
                assert (await client.get(path, headers=sign)).status_code == 403, (sign, path)


@attack
async def a_page_in_a_frame_of_another(home: Path) -> None:
    async with attacked_world(home) as world, world.daemon(), browser(world, "owner") as client:
        for path in ("/", "/sign-in/x", "/docs", "/nothing", "/?x=1", "/api/me", "/static/app.css", "/img/x"):
            answer = await client.get(path, headers=OWN_PAGE | HTML)
            assert answer.headers["x-frame-options"] == "DENY", path
            assert "frame-ancestors 'none'" in answer.headers["content-security-policy"], path
            assert not [name for name in answer.headers if name.startswith("access-control")], path
            assert answer.headers["x-content-type-options"] == "nosniff", path


@attack
async def a_redirect_to_another_site(home: Path) -> None:
    async with attacked_world(home) as world, world.daemon():
        for n, more in enumerate(
            (
                {"Referer": EVIL},
                {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"},
                {"X-Original-URL": "//evil.example", "X-Rewrite-URL": "//evil.example"},
                {"X-Forwarded-Prefix": "//evil.example"},
            )
        ):
            link = urlsplit((await world.json("user", "add", f"owner {n}"))["link"]).path
            async with world.client() as client:
                for end in ("?next=//evil.example", "?return_to=https://evil.example", "//evil.example"):
                    answer = await client.post(link + end, headers=OWN_PAGE | more)
                    assert answer.status_code in REFUSED, (more, end, answer.status_code)
                answer = await client.post(link, headers=OWN_PAGE | more)
                assert answer.headers["location"] == "/", answer.headers
        async with world.client() as client:
            for path in ("//evil.example", "/\\evil.example", "/%2f%2fevil.example", "//evil.example/%2e%2e"):
                answer = await client.get(f"http://127.0.0.1:{world.port}{path}")
                assert "location" not in answer.headers, path
                assert answer.status_code in REFUSED, path


@attack
async def a_host_that_is_rebound_with_a_session(home: Path) -> None:
    async with attacked_world(home) as world, world.daemon(), browser(world, "owner") as client:
        cookie = "; ".join(f"{name}={value}" for name, value in client.cookies.items())
        for host in (
            "evil.example",
            f"evil.example:{world.port}",
            f"127.0.0.1:{world.port}.evil.example",
            f"127.0.0.1.:{world.port}",
            f"localhost:{world.port}@evil.example",
            "localhost:1",
            "",
        ):
            for path in ("/api/me", "/", "/api/watches/export"):
                answer = await client.get(path, headers=OWN_PAGE | {"Host": host, "Cookie": cookie})
                assert answer.status_code in REFUSED, (host, path, answer.status_code)
        link = urlsplit((await world.json("user", "link", "owner"))["link"]).path
        answer = await client.post(link, headers=OWN_PAGE | {"Host": "evil.example"})
        assert answer.status_code == 403, answer.text
        assert (await client.post(link, headers=OWN_PAGE)).status_code == HTTPStatus.SEE_OTHER


@attack
async def a_picture_inside_the_network(home: Path) -> None:
    asked: list[str] = []

    async def secret(request: web.BaseRequest) -> web.StreamResponse:
        asked.append(str(request.url))
        return web.Response(body=b"\x89PNG\r\n\x1a\n" + b"\0" * 100, content_type="image/png")

    runner = web.ServerRunner(web.Server(secret))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    inside = f"127.0.0.1:{runner.addresses[0][1]}"
    addresses = (
        f"http://{inside}/images/g/1/s-l225.jpg",
        f"https://i.ebayimg.com@{inside}/images/g/1/s-l225.jpg",
        f"http://{inside}#i.ebayimg.com/images/g/1/s-l225.jpg",
        f"https://{inside}\\@i.ebayimg.com/images/g/1/s-l225.jpg",
        f"//{inside}/images/g/1/s-l225.jpg",
        "https://169.254.169.254/latest/meta-data/",
        "https://i.ebayimg.com.evil.example/images/g/1/s-l225.jpg",
        "http://[::1]:1/images/g/1/s-l225.jpg",
        "file:///etc/passwd",
        "gopher://127.0.0.1:25/x",
    )
    async with attacked_world(home) as world:
        world.offer_plain()
        for n, address in enumerate(addresses):
            row = summary(f"v1|{900 + n}|0", f"Kestrel X1 odd {n}", "320.00", "5.00")
            world.spoiled.append(row | {"image": {"imageUrl": address}})
        token = await token_of(world, "owner")
        async with world.daemon(), world.client(**token) as client:
            assert (await client.get("/api/comps", params={"q": QUERY})).status_code == 200
            for n, address in enumerate(addresses):
                answer = await client.get(f"/img/v1|{900 + n}|0")
                assert answer.status_code == 404, (address, answer.status_code)
            for item in ("http://127.0.0.1/", "v1|1|0/../../x", "..%2f..%2fetc%2fpasswd", "v1%7C1%7C0%00"):
                assert (await client.get(f"/img/{item}")).status_code in (400, 404), item
        assert asked == []
    await runner.cleanup()


@attack
async def an_answer_that_another_user_earned(home: Path) -> None:
    async with attacked_world(home) as world:
        world.offer_plain()
        owner, other = await token_of(world, "owner"), await token_of(world, "other")
        async with world.daemon(), world.client() as client:
            key = {"Idempotency-Key": "shared"}
            first = await client.post("/api/watches", json={"query": QUERY}, headers=owner | key)
            again = await client.post("/api/watches", json={"query": QUERY}, headers=other | key)
            assert (first.status_code, again.status_code) == (201, 201)
            assert "idempotency-replayed" not in again.headers
            assert first.json()["id"] != again.json()["id"]
            wrong = bearer("watcher_" + "a" * 43)
            for headers in ({}, wrong):
                answer = await client.post("/api/watches", json={"query": QUERY}, headers=headers | key)
                assert answer.status_code == 401

            for _ in range(3):
                assert (await client.get("/api/comps", params={"q": QUERY}, headers=owner)).status_code == 200
            lists = (
                [("Authorization", wrong["Authorization"]), ("Authorization", owner["Authorization"])],
                [("Cookie", f"watcher={owner['Authorization'].split()[1]}")],
                [("X-Authorization", owner["Authorization"])],
                [("Authorization", owner["Authorization"] + "x")],
                [("Authorization", f"Basic {owner['Authorization'].split()[1]}")],
            )
            for pairs in lists:
                answer = await client.get("/api/comps", params={"q": QUERY}, headers=pairs)
                assert answer.status_code == 401, pairs
            (number,) = [
                t["id"] for t in (await world.json("token", "list"))["tokens"] if t["user"] == "owner"
            ]
            await world.json("token", "revoke", str(number))
            answer = await client.get("/api/comps", params={"q": QUERY}, headers=owner)
            assert answer.status_code == 401, "a revoked token is answered"
            answer = await client.post("/api/watches", json={"query": QUERY}, headers=owner | key)
            assert answer.status_code == 401


async def _stream(client: httpx.AsyncClient, headers: dict[str, str], into: list[str]) -> float:
    """Read a stream of events to its end; return when it ended."""
    async with client.stream("GET", "/events", headers=headers, timeout=60) as answer:
        assert answer.status_code == 200
        into.append("")
        async for text in answer.aiter_text():
            into[0] += text
    return time.monotonic()


@attack
async def a_stream_of_one_who_may_not_listen(home: Path) -> None:
    async with attacked_world(home) as world:
        tokens = {user: await token_of(world, user) for user in ("owner", "other", "former")}
        async with world.daemon(), world.client() as client, browser(world, "person") as person:
            heard: dict[str, list[str]] = {name: [] for name in (*tokens, "person")}
            streams = {
                name: asyncio.create_task(_stream(client, headers, heard[name]))
                for name, headers in tokens.items()
            }
            streams["person"] = asyncio.create_task(_stream(person, OWN_PAGE, heard["person"]))
            while not all(heard.values()):
                await asyncio.sleep(0.05)  # real time: another process answers
            made = await client.post("/api/watches", json={"query": QUERY}, headers=tokens["owner"])
            assert made.status_code == 201
            await _until(lambda: '"watch"' in heard["owner"][0])
            assert not [name for name in heard if name != "owner" and '"type"' in heard[name][0]]
            numbers = {t["user"]: str(t["id"]) for t in (await world.json("token", "list"))["tokens"]}
            await world.json("token", "revoke", numbers["other"])
            await world.json("user", "remove", "former", "--delete")
            await person.delete("/api/sessions/1", headers=OWN_PAGE)
            ended = time.monotonic()
            for name in ("other", "former", "person"):
                assert await asyncio.wait_for(streams[name], 20) - ended < 5, name
            assert not streams["owner"].done()
            streams["owner"].cancel()
            await asyncio.gather(*streams.values(), return_exceptions=True)


async def _until(is_true: object, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    assert callable(is_true)
    while not is_true():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)  # real time: another process answers


@attack
async def a_sign_in_code_in_the_log(home: Path) -> None:
    async with attacked_world(home) as world:
        world.configure(log='level = "debug"')
        async with world.daemon() as running, world.client() as client:
            codes = []
            for name in ("owner", "other"):
                code = urlsplit((await world.json("user", "add", name))["link"]).path.rpartition("/")[2]
                codes.append(code)
                page = await client.get(f"/sign-in/{code}", headers=HTML)
                assert page.headers["referrer-policy"] in ("no-referrer", "same-origin")
                assert "set-cookie" not in page.headers
                assert code not in page.text
                await client.request("BREW", f"/sign-in/{code}")
                await client.get(f"/sign-in/{code}/x")
                await client.post(f"/sign-in/{code}", content=b"x" * 100_000)
            await client.post(f"/sign-in/{codes[0]}", headers=OWN_PAGE)
            await client.post(f"/sign-in/{codes[0]}", headers=OWN_PAGE)
            metrics = (await client.get("/metrics")).text
            await asyncio.sleep(0.3)  # real time: another process writes the log
            _require_absent(running, codes, metrics)


def _require_absent(running: Running, secrets: list[str], *texts: str) -> None:
    for text in (*running.log, *texts):
        assert not [one for one in secrets if one in text], "a secret is in the log"


@attack
async def a_thousand_guessed_sign_in_links(home: Path) -> None:
    async with attacked_world(home) as world, world.daemon(), world.client() as client:
        link = urlsplit((await world.json("user", "add", "owner"))["link"]).path
        statuses = []
        for n in range(1_000):
            answer = await client.post(f"/sign-in/{n:043}", headers=OWN_PAGE)
            statuses.append(answer.status_code)
        assert set(statuses) == {404, 429}, set(statuses)
        assert statuses.count(404) < 800, statuses.count(404)
        assert (await client.post(link, headers=OWN_PAGE)).status_code == HTTPStatus.SEE_OTHER
