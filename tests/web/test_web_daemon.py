"""The HTTP server of `watcher run` and `watcher demo`, as processes."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import httpx

from tests.crash import free_port
from tests.forks import Forked, forked
from tests.waiting import PATIENCE
from tests.web.event_clients import listening


def watcher(*arguments: str) -> AbstractAsyncContextManager[Forked]:
    return forked("-m", "watcher", *arguments)


async def read_until(stream: asyncio.StreamReader, text: str) -> str:
    output = ""
    async with asyncio.timeout(PATIENCE):
        while text not in output:
            line = (await stream.readline()).decode()
            assert line, output
            output += line
    return output


async def wait_until_ready(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(PATIENCE):
        while True:
            if (await client.get("/readyz")).status_code == 200:
                return
            await asyncio.sleep(0.05)


async def test_the_daemon_serves_checks_tokens_and_stops_in_time(configured: Callable[[str], Path]) -> None:
    port = free_port()
    config = str(configured(f"[http]\nport = {port}\n"))
    async with (
        watcher("--config", config, "run") as daemon,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE) as client,
    ):
        assert f"127.0.0.1:{port}" in await read_until(daemon.stderr, " watching")
        await wait_until_ready(client)
        assert (await client.get("/api/comps", params={"q": "zenitar mk2"})).json()["comps"]["n"] == 5

        async with watcher("--config", config, "token", "create", "--json") as making:
            secret = json.loads((await making.communicate())[0])["token"]
        assert (await client.get("/api/health")).status_code == 401
        bearer = {"Authorization": f"Bearer {secret}"}
        assert (await client.get("/api/health", headers=bearer)).status_code == 200

        async with listening(port, bearer) as stream:
            daemon.send_signal(signal.SIGHUP)  # reload, on the same port
            assert await stream.ended()
        await read_until(daemon.stderr, " watching")
        await wait_until_ready(client)

        async with listening(port, bearer) as stream:
            made = await client.post("/api/watches", headers=bearer, json={"query": "zenitar mk2"})
            assert await stream.data() == {"type": "watch", "id": made.json()["id"], "revision": 1}

        with socket.create_connection(("127.0.0.1", port)) as slow:
            slow.sendall(b"POST /api/watches HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n")
            slow.sendall(b"Content-Length: 9\r\n\r\n{")
            await asyncio.sleep(0.1)  # so that the daemon has read it; the end is the same if it has not
            daemon.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(daemon.wait(), PATIENCE) == 0


async def test_a_taken_port_is_reported_in_one_sentence(configured: Callable[[str], Path]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        config = str(configured(f"[http]\nport = {port}\n"))
        async with watcher("--config", config, "run") as daemon, watcher("demo", "--port", str(port)) as demo:
            output = [(await child.communicate())[1].decode() for child in (daemon, demo)]
            assert [daemon.returncode, demo.returncode] == [1, 1]
    sentence = (
        f"watcher: Port {port} of 127.0.0.1 is in use by another program; "
        "stop that program or set [http] port."
    )
    assert [text.strip().splitlines()[-1] for text in output] == [sentence] * 2


async def test_a_public_host_without_a_token_exits_with_78(configured: Callable[[str], Path]) -> None:
    config = str(configured(f'[http]\nhost = "0.0.0.0"\nport = {free_port()}\n'))
    async with watcher("--config", config, "run") as daemon:
        _, output = await daemon.communicate()
    assert daemon.returncode == 78
    assert "watcher token create" in output.decode().splitlines()[-1]


async def test_the_demo_serves_the_same_api() -> None:
    port = free_port()
    async with watcher("demo", "--port", str(port), "--for", "120") as demo:
        output = await read_until(demo.stdout, "The page is at ")
        address = output.rpartition("The page is at ")[2].split()[0].rstrip("/")
        assert address == f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient(base_url=address, timeout=PATIENCE) as client:
            await wait_until_ready(client)
            answer = await client.get("/api/comps", params={"q": "sony wh-1000xm4"})
            assert (answer.status_code, "comps" in answer.json()) == (200, True)
            assert (await client.get("/api/health")).json()["ebay"]["status"] == "healthy"
        demo.send_signal(signal.SIGINT)
        async with asyncio.timeout(PATIENCE):  # it takes half a second of CPU
            await demo.communicate()
        assert demo.returncode == 0
