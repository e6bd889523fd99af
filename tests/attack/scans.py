"""Attacks by pictures, and by what others see in them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.adapters.imaging.hostile import header, png, zeros
from tests.attack.world import QUERY, Running, World, attack, attacked_world
from tests.market.rows import summary
from tests.web.photos import CAMERA, data_uri, photo
from watcher.demo.recognition import Shown

SCAN, BATCH = "/api/ar-overlay/scan", "/api/batch/scanAndAnalyze"
IDENTIFY, CONFIRM = "/api/scan-sessions/identify", "/api/scan/confirm"
MB = 1_000_000
JSON = {"Content-Type": "application/json"}


@asynccontextmanager
async def _scanning_world(home: Path) -> AsyncIterator[World]:
    """Start a market that sees a Kestrel X1 in every picture."""
    async with attacked_world(home) as world:
        world.goods.shown = Shown(QUERY, "Kestrel X1", "electronics", "used")
        world.goods.put(
            "kestrel x1 camera",
            *(summary(f"v1|{n}|0", "Kestrel X1 camera", f"{90 + n}.00") for n in range(9)),
        )
        world.goods.put(QUERY, *(summary(f"v1|{n}|0", "Kestrel X1 camera", f"{90 + n}.00") for n in range(9)))
        yield world


def _memory(pid: int) -> int:
    """Return the bytes that a process and its children keep in memory."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return pages * os.sysconf("SC_PAGE_SIZE") + sum(_memory(int(child)) for child in children)


async def _peak(running: Running, work: Any) -> tuple[int, Any]:
    """Return how much the daemon's memory grew at most while `work` was done, and its result."""
    before = peak = _memory(running.process.pid)
    task = asyncio.ensure_future(work)
    while not task.done():
        peak = max(peak, _memory(running.process.pid))
        await asyncio.sleep(0.02)  # real time: another process works
    return peak - before, task.result()


async def _scans(client: httpx.AsyncClient) -> str:
    """Return the query of a good picture: the daemon still scans."""
    answer = await client.post(SCAN, json={"image": CAMERA})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["identification"]["query"])


@attack
async def an_image_address_that_leads_inside(home: Path) -> None:
    connections: list[Any] = []
    server = await asyncio.start_server(lambda *pair: connections.append(pair), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    addresses = (
        f"https://127.0.0.1:{port}/a.jpg",
        f"http://127.0.0.1:{port}/a.jpg",
        f"https://localhost:{port}/a.jpg",
        f"https://user@localhost:{port}@example.com/a.jpg",
        "https://127.0.0.1/a.jpg",
        "https://localhost/a.jpg",
        "https://[::1]/a.jpg",
        "https://[::ffff:127.0.0.1]/a.jpg",
        "https://[64:ff9b::7f00:1]/a.jpg",
        "https://2130706433/a.jpg",
        "https://0x7f.1/a.jpg",
        "https://169.254.169.254/latest/meta-data/",
        "https://10.0.0.1/a.jpg",
        "file:///etc/passwd",
        "gopher://127.0.0.1:6379/_INFO",
    )
    async with server, _scanning_world(home) as world, world.daemon(), world.client() as client:
        for address in addresses:
            answer = await asyncio.wait_for(client.post(SCAN, json={"image": address}), 10)
            assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_INPUT"), (
                address,
                answer.text,
            )
            assert "passwd" not in answer.text.replace(address, "")
        assert not connections, f"{len(connections)} connections to a private address"
        assert not world.market.calls["/buy/browse/v1/item_summary/search_by_image"]


@attack
async def a_picture_that_is_a_bomb(home: Path) -> None:
    bomb = png(header(30_000, 30_000), (b"IDAT", zeros(2_700 * MB // 1_000 * 100)), (b"IEND", b""))
    small = png(header(6_000, 6_000), (b"IDAT", zeros(400 * MB)), (b"IEND", b""))
    async with _scanning_world(home) as world, world.daemon() as running, world.client() as client:
        await _scans(client)
        for picture in (bomb, small, b"<svg onload='alert(1)'/>", b"\xff\xd8\xff" + bytes(1_000)):
            grown, answer = await _peak(running, client.post(SCAN, json={"image": data_uri(picture)}))
            assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_INPUT"), answer.text
            assert grown < 250 * MB, f"{grown:,} bytes"
        assert await _scans(client) == "kestrel x1 camera"


@attack
async def bodies_of_33_mb_at_once(home: Path) -> None:
    too_large = b'{"image": "' + b"A" * (33 * 1024 * 1024) + b'"}'
    large = b'{"image": "data:image/png;base64,' + b"A" * (31 * MB) + b'"}'
    async with _scanning_world(home) as world, world.daemon() as running, world.client() as client:
        await _scans(client)

        async def send(body: bytes) -> int:
            return (await client.post(SCAN, content=body, headers=JSON)).status_code

        async def all_at_once() -> list[int]:
            work = [send(too_large), *(send(large) for _ in range(6))]
            sending = asyncio.gather(*work)
            await asyncio.sleep(0.2)
            usual = await client.post("/api/watches", json={"query": QUERY})
            assert usual.status_code == 201, usual.text  # pictures leave room for the others
            return await sending

        grown, statuses = await _peak(running, all_at_once())
        assert statuses[0] == 413, statuses
        assert set(statuses[1:]) <= {400, 429}, statuses
        assert grown < 250 * MB, f"{grown:,} bytes"
        await _scans(client)


@attack
async def ten_million_values_in_a_body(home: Path) -> None:
    bodies = (
        b'{"images": [' + b"{}," * 10_000_000 + b"{}]}",
        b'{"images": [' + b'"a",' * 7_000_000 + b'"a"]}',
        b'{"images": ' + b"[" * 31_000_000 + b"}",
        b'{"' + b"\\u0041" * 5_000_000 + b'": 1}',
    )
    async with _scanning_world(home) as world, world.daemon() as running, world.client() as client:
        await _scans(client)
        for body in bodies:
            grown, answer = await _peak(running, client.post(BATCH, content=body, headers=JSON))
            assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_INPUT"), answer.text[:300]
            assert len(answer.content) < 2_000
            assert grown < 150 * MB, f"{grown:,} bytes"


@attack
async def a_scan_session_of_another_user(home: Path) -> None:
    async with _scanning_world(home) as world:
        owner, mallory = [
            (await world.json("token", "create", "--user", user))["token"] for user in ("owner", "mallory")
        ]
        async with world.daemon(), world.client() as client:
            mine, theirs = ({"Authorization": f"Bearer {token}"} for token in (owner, mallory))
            opened = (await client.post(IDENTIFY, json={"image": CAMERA}, headers=mine)).json()
            body = {"sessionId": opened["sessionId"], "candidateId": "1", "watch": {"below": 1}}
            stolen = await client.post(CONFIRM, json=body, headers=theirs)
            guessed = await client.post(CONFIRM, json=body | {"sessionId": "a" * 43}, headers=theirs)
            assert (stolen.status_code, stolen.json()) == (404, guessed.json())
            assert world.rows("SELECT count(*) FROM watches") == [(0,)]
            assert opened["sessionId"] not in str(world.rows("SELECT * FROM scan_sessions"))
            assert (await client.post(CONFIRM, json=body, headers=mine)).status_code == 200


@attack
async def a_confirmation_that_lies_to_everybody(home: Path) -> None:
    async with _scanning_world(home) as world:
        owner, mallory = [
            (await world.json("token", "create", "--user", user))["token"] for user in ("owner", "mallory")
        ]
        async with world.daemon(), world.client() as client:
            mine, theirs = ({"Authorization": f"Bearer {token}"} for token in (owner, mallory))
            for picture in (CAMERA, data_uri(photo(2)), data_uri(photo(1, 128))):
                opened = (await client.post(IDENTIFY, json={"image": picture}, headers=theirs)).json()
                lie = {"sessionId": opened["sessionId"], "query": "worthless trinket"}
                await client.post(CONFIRM, json=lie, headers=theirs)
            for picture in (CAMERA, data_uri(photo(2)), data_uri(photo(1, 96))):
                answer = (await client.post(SCAN, json={"image": picture}, headers=mine)).json()
                assert answer["identification"]["query"] == "kestrel x1 camera", answer["identification"]
            seen = (await client.post(SCAN, json={"image": CAMERA}, headers=theirs)).json()
            assert seen["identification"]["query"] == "worthless trinket"
