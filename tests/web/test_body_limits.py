"""Bodies of requests: what each address takes, and how much of them is in memory at once."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.waiting import until
from tests.web.clients import bearer
from watcher.core.errors import Code, WatcherError
from watcher.core.times import Seconds
from watcher.runtime import App
from watcher.web.body_limits import body_limit
from watcher.web.middleware import RequestGuard, RequestLimits

ROOT = Path(__file__).resolve().parents[2]
KB, MB = 1024, 1024 * 1024
JSON, CSV, FORM = "application/json", "text/csv", "application/x-www-form-urlencoded"
IMPORT = "/api/watches/import"


class Guarded:
    """A guard around an application that notes the size of each body."""

    def __init__(self, limits: RequestLimits = RequestLimits(), *, admits: bool = True) -> None:
        self.seen: list[int] = []
        self.guard = RequestGuard(self._note, limits, self._admit)
        self._admits = admits

    def _admit(self, _scope: object) -> None:
        if not self._admits:
            raise WatcherError(Code.UNAUTHORIZED)

    async def _note(self, _scope: Any, receive: Any, send: Any) -> None:
        self.seen.append(len((await receive())["body"]))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def send(self, path: str, content: Any, kind: str = JSON, **headers: str) -> httpx.Response:
        transport = httpx.ASGITransport(app=self.guard)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8080") as client:
            return await client.post(path, content=content, headers={"Content-Type": kind, **headers})


async def in_parts(size: int, read: list[int]) -> AsyncIterator[bytes]:
    for _ in range(size // (64 * KB)):
        read.append(64 * KB)
        yield bytes(64 * KB)


@pytest.mark.parametrize(
    ("path", "kind", "size"),
    [
        ("/api/watches", JSON, 64 * KB),
        ("/api/watches", FORM, 0),
        ("/api/watches", CSV, 0),
        ("/api/watches", "", 0),
        (IMPORT, JSON, 20 * MB),
        (IMPORT, CSV, 20 * MB),
        (IMPORT, FORM, 0),
        ("/api/ar-overlay/scan", JSON, 32 * MB),
        ("/api/batch/scanAndAnalyze", CSV, 0),
        ("/api/scan/confirm", JSON, 64 * KB),
        ("/sign-in/code", FORM, 8 * KB),
        ("/watches/new", FORM, 8 * KB),
        ("/watches/new", "multipart/form-data", 0),
    ],
)
async def test_an_address_takes_bodies_of_its_types_up_to_a_size(path: str, kind: str, size: int) -> None:
    guarded, small = Guarded(), 100
    if size:
        assert (await guarded.send(path, bytes(size), kind)).status_code == 200
        refused = await guarded.send(path, bytes(size + 1), kind)
        shown = f"{size // MB} MB" if size >= MB else f"{size // KB} KB"
        assert (refused.status_code, shown in refused.text) == (413, True)
        assert guarded.seen == [size]
    else:
        refused = await guarded.send(path, bytes(small), kind)
        assert (refused.status_code, refused.json()["code"]) == (415, "INVALID_INPUT")
        assert guarded.seen == []


async def test_a_body_without_a_length_is_bounded_too() -> None:
    guarded, read = Guarded(), list[int]()
    answer = await guarded.send(IMPORT, in_parts(20 * MB + 128 * KB, read), CSV)
    assert (answer.status_code, guarded.seen) == (413, [])
    assert (await guarded.send(IMPORT, in_parts(20 * MB, read), CSV)).status_code == 200


async def test_a_large_body_of_an_unknown_caller_is_not_kept() -> None:
    guarded, read = Guarded(admits=False), list[int]()
    assert (await guarded.send(IMPORT, in_parts(2 * MB, read), CSV)).status_code == 401
    assert sum(read) == 2 * MB  # so that the client reads the answer
    read.clear()
    assert (await guarded.send(IMPORT, in_parts(19 * MB, read), CSV)).status_code == 401
    assert sum(read) < 5 * MB
    assert (guarded.seen, guarded.guard._held) == ([], 0)


async def test_a_client_that_waits_for_approval_is_refused_before_its_body() -> None:
    read: list[int] = []
    for guarded, path, kind, status in (
        (Guarded(admits=False), IMPORT, CSV, 401),
        (Guarded(), "/api/watches", CSV, 415),
    ):
        answer = await guarded.send(path, in_parts(MB, read), kind, Expect="100-continue")
        assert answer.status_code == status
    assert sum(read) <= 2 * 64 * KB  # what the test's transport reads ahead


async def test_all_bodies_together_have_a_bound() -> None:
    guarded = Guarded(RequestLimits(all_bodies=100 * KB))
    arrived = asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield bytes(60 * KB)
        await arrived.wait()

    first = asyncio.create_task(guarded.send("/api/watches", slowly()))
    await until(lambda: guarded.guard._held)
    refused = await guarded.send("/api/watches", bytes(60 * KB))
    assert (refused.status_code, refused.json()["shouldRetry"]) == (429, True)
    assert refused.headers["retry-after"] == "1"
    assert (await guarded.send("/api/watches", bytes(30 * KB))).status_code == 200
    arrived.set()
    assert (await first).status_code == 200
    assert (await guarded.send("/api/watches", bytes(60 * KB))).status_code == 200
    assert guarded.guard._held == 0


async def test_large_bodies_leave_room_for_the_others() -> None:
    guarded, read = Guarded(RequestLimits(all_bodies=4 * MB)), list[int]()
    arrived = asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield bytes(3 * MB)
        await arrived.wait()

    first = asyncio.create_task(guarded.send(IMPORT, slowly()))
    await until(lambda: guarded.guard._held)
    crowded = await guarded.send(IMPORT, in_parts(MB, read))
    assert (crowded.status_code, sum(read)) == (429, MB)  # all of it was read, so that the client reads that
    assert (await guarded.send("/api/watches", bytes(60 * KB))).status_code == 200
    arrived.set()
    assert (await first).status_code == 200
    assert guarded.guard._held == 0


async def test_a_slow_body_frees_its_memory() -> None:
    guarded = Guarded(RequestLimits(send_time=Seconds(0.05)))

    async def never() -> AsyncIterator[bytes]:
        yield bytes(10 * KB)
        await asyncio.Event().wait()

    assert (await guarded.send("/api/watches", never())).status_code == 408
    assert guarded.guard._held == 0


async def test_a_large_import_needs_a_caller(app: App, client: httpx.AsyncClient) -> None:
    headers = await bearer(app)
    large = b'{"watches": []}'.ljust(100 * KB)
    kind = {"Content-Type": JSON}
    assert (await client.post(IMPORT, content=large, headers=kind)).status_code == 401
    known = await client.post(IMPORT, content=large, headers=kind | headers)
    assert known.status_code not in (401, 413, 415)


def test_nginx_as_documented_passes_the_largest_body_on() -> None:
    passed = re.search(r"client_max_body_size (\d+)m;", (ROOT / "docs" / "people.md").read_text())
    scans = [body_limit({"path": path}) for path in ("/scan", "/api/ar-overlay/scan", "/api/watches/import")]
    assert passed
    assert int(passed[1]) << 20 == max(size for limit in scans for size in limit.sizes.values())
