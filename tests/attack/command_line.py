"""Attacks on and with the command line: files, secrets, signals, terminals."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import stat
import sys
import unicodedata
from pathlib import Path

from aiohttp import web

from tests.attack.world import QUERY, attack, attacked_world
from tests.market.rows import summary

SECRETS = (
    "xoxb-" + "1234567890-abcdefghijkl",
    "https://hooks.slack.com/services/" + "T0AAAA/B0BBBB/cccccccccccc",
)
OBEYED = ("Cc", "Cf", "Zl", "Zp", "Cs")


@attack
async def titles_with_controls_on_a_terminal(home: Path) -> None:
    async with attacked_world(home) as world:
        world.offer_plain()
        spoiled = "Kestrel X1 \x9b31m\u202eevil\u2066\u200b\U000e0041\u2028\x07 end"
        world.spoiled.append(summary("v1|666|0", spoiled, "320.00", "5.00"))
        async with world.daemon():
            for arguments in (("comps", QUERY, "--json"), ("comps", QUERY)):
                attempt = await world.run(*arguments)
                assert attempt.code == 0, attempt
                raw = {c for c in attempt.out if unicodedata.category(c) in OBEYED} - {"\n"}
                assert not raw, (arguments, raw)


@attack
async def a_secret_in_the_wrong_place(home: Path) -> None:
    async with attacked_world(home) as world:
        for secret in SECRETS:
            for section, key in (
                ("slack", "base_url"),
                ("ebay", "marketplace"),
                ("http", "host"),
                ("statsd", "host"),
                ("log", "level"),
                ("heartbeat", "every"),
            ):
                world.configure(**{section: f'{key} = "{secret}"'})
                for command in (("status",), ("check",), ("check", "--json")):
                    attempt = await world.run(*command)
                    assert secret not in attempt.out + attempt.err, (section, key, command)


@attack
async def a_symlink_where_an_export_is_written(home: Path) -> None:
    async with attacked_world(home) as world:
        await world.json("watch", "add", QUERY, "--below", "200")
        precious = home / "precious"
        precious.write_text("precious")
        target = home / "watches.json"
        (home / "watches.json.partial").symlink_to(precious)
        assert (await world.run("watch", "export", str(target))).code == 0
        assert precious.read_text() == "precious"
        assert stat.S_IMODE(target.stat().st_mode) == 0o600


@attack
async def files_that_others_can_read(home: Path) -> None:
    before = os.umask(0o022)
    try:
        async with attacked_world(home) as world:
            await world.json("watch", "add", QUERY, "--below", "200")
            async with world.daemon():
                for file in home.glob("watcher.db*"):
                    assert stat.S_IMODE(file.stat().st_mode) & 0o077 == 0, file.name
            world.config.chmod(0o644)
            attempt = await world.run("check")
            assert "chmod 600" in attempt.out + attempt.err or "read" in attempt.out, attempt
    finally:
        os.umask(before)


@attack
async def a_token_that_could_not_be_printed(home: Path) -> None:
    async with attacked_world(home) as world:
        await world.json("watch", "list")
        full = os.open("/dev/full", os.O_WRONLY)
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "watcher", "--config", str(world.config), "token", "create"),
            stdout=full,
            stderr=asyncio.subprocess.PIPE,
        )
        os.close(full)
        _, err = await child.communicate()
        assert child.returncode == 1, err
        assert world.rows("SELECT count(*) FROM tokens WHERE revoked_at IS NULL") == [(0,)]


@attack
async def a_stop_with_a_full_log_pipe(home: Path) -> None:
    async with attacked_world(home) as world:
        read_end, write_end = os.pipe()
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "watcher", "--config", str(world.config), "--debug", "run"),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=write_end,
        )
        os.set_blocking(write_end, False)
        await world.is_alive()
        try:
            while True:
                os.write(write_end, b"x" * 4096)
        except BlockingIOError:
            pass
        child.send_signal(signal.SIGTERM)
        code = await asyncio.wait_for(child.wait(), 30)
        os.close(read_end)
        os.close(write_end)
        assert code == 0, code


@attack
async def a_start_without_standard_descriptors(home: Path) -> None:
    async with attacked_world(home) as world:
        command = f'exec "{sys.executable}" -m watcher --config "{world.config}" run <&- >&- 2>&-'
        child = await asyncio.create_subprocess_exec("/bin/sh", "-c", command)
        try:
            await world.is_alive()
        finally:
            child.send_signal(signal.SIGTERM)
            assert await asyncio.wait_for(child.wait(), 30) == 0


@attack
async def a_stray_signal(home: Path) -> None:
    async with attacked_world(home) as world, world.daemon() as running, world.client() as client:
        for number in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM, signal.SIGPIPE):
            running.process.send_signal(number)
            await asyncio.sleep(0.3)
            assert running.process.returncode is None, number
        assert (await client.get("/healthz")).status_code == 200


@attack
async def an_attempt_timeout_as_long_as_the_whole(home: Path) -> None:
    async with attacked_world(home) as world:
        world.offer_plain()
        world.configure(timeout='attempt = "30s"\ncomps = "30s"')
        answer = await world.json("comps", QUERY)
        assert answer["comps"]["n"] == 8


@attack
async def a_secret_sent_in_clear_to_another_machine(home: Path) -> None:
    async with attacked_world(home) as world:
        text = world.config.read_text().replace(world.market.url, "http://192.0.2.1:9", 1)
        world.config.write_text(text)
        attempt = await world.run("check", "--json")
        assert "clear" in attempt.out or "https" in attempt.out, attempt.out


@attack
async def a_proxy_that_only_some_calls_obey(home: Path) -> None:
    seen: list[str] = []
    async with attacked_world(home) as world:

        async def forward(request: web.BaseRequest) -> web.StreamResponse:
            seen.append(str(request.url))
            return web.Response(status=502, text="no route")

        runner = web.ServerRunner(web.Server(forward))
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        text = world.config.read_text().replace(world.market.url, "http://market.invalid")
        proxy = f'[proxy]\nurl = "http://127.0.0.1:{port}"\n[timeout]\nattempt = "2s"\n'
        world.config.write_text(f"{text}\n{proxy}")
        await world.run("check")
        await world.run("check", "--send")
        await runner.cleanup()
        paths = " ".join(seen)
        assert "oauth2/token" in paths, paths
        assert "/slack/services" in paths, paths


@attack
async def json_of_a_failing_command(home: Path) -> None:
    async with attacked_world(home) as world:
        failing = ("watch show 999", "watch add", "explain 999", "alerts show x", "watch edit 1 --nonsense")
        for arguments in map(str.split, failing):
            attempt = await world.run(*arguments, "--json")
            assert attempt.code in (1, 2), (arguments, attempt)
            error = json.loads(attempt.out)
            assert {"code", "message", "userMessage", "shouldRetry", "statusCode"} <= error.keys()
