"""Streams of events, over real connections."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.fakes import NOON, FakeClock
from tests.waiting import PATIENCE, until
from tests.web.clients import bearer, cookie, opened_app, session_of
from tests.web.event_clients import event_server, listening
from watcher.adapters.host.sockets import open_sockets
from watcher.adapters.host.web_server import serving
from watcher.core.events import ChangeEvent, EventType
from watcher.core.times import DAY
from watcher.db.events import record_events
from watcher.runtime import App
from watcher.runtime.http_server import web_dependencies
from watcher.web import event_hub
from watcher.web.api import build_api
from watcher.web.event_stream import MAX_HINTS, MAX_PENDING
from watcher.web.middleware import RequestLimits

OWNER = "collector"


@pytest.fixture
async def port(app: App, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    for name, seconds in (("_ROUND_SECONDS", 0.05), ("_CHECK_SECONDS", 0.05), ("_PAUSE_SECONDS", 0.0)):
        monkeypatch.setattr(event_hub, name, seconds)
    async with event_server(app) as made:
        yield made


async def record(app: App, *changes: ChangeEvent) -> None:
    await app.stores.database.write(record_events, changes, NOON)


def alert(name: str, user: str = OWNER) -> ChangeEvent:
    return ChangeEvent(user, EventType.ALERT, name, 1)


async def no_streams(app: App) -> bool:
    await until(lambda: not app.events.count)
    return True


# --- what arrives ---------------------------------------------------------------------------------------


async def test_a_stream_shows_the_changes_polls_and_alerts_of_its_user_alone(app: App, port: int) -> None:
    headers = await bearer(app, OWNER)
    async with listening(port, headers) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert stream.headers["cache-control"] == "no-store"
        assert stream.headers["x-accel-buffering"] == "no"
        now = app.clock.now()
        await app.registry.add({"query": "zenitar mk2", "rule": "new", "user": "operator"}, now)
        watch = await app.registry.add({"query": "zenitar mk2", "below": "42", "user": OWNER}, now)
        await app.poller.tick(now)
        await app.poller.settle()
        number, added = await stream.next()
        assert added == {"type": "watch", "id": watch.id, "revision": 1}
        found = dict([await stream.next() for _ in range(2)])
        (made,) = app.stores.alerts.latest(9, user=OWNER)
        alerted = {"type": "alert", "id": made.alert.id, "revision": 1}
        assert number is not None
        assert found == {None: {"type": "poll", "id": watch.id, "revision": 1}, number + 1: alerted}


async def test_incidents_are_shown_to_admins_alone(app: App, port: int) -> None:
    user, admin = await bearer(app, OWNER), await bearer(app, "operator", admin=True)
    async with listening(port, user) as theirs, listening(port, admin) as ours:
        await record(app, ChangeEvent(None, EventType.INCIDENT, "i1", 3), alert("a1"))
        assert await ours.data() == {"type": "incident", "id": "i1", "revision": 3}
        assert await theirs.data() == {"type": "alert", "id": "a1", "revision": 1}


async def test_a_resumed_stream_gets_the_missed_alerts_of_its_user_first(app: App, port: int) -> None:
    headers = await bearer(app, OWNER)
    watch = ChangeEvent(OWNER, EventType.WATCH, "1", 1)
    await record(app, alert("a1"), watch, alert("a2"), alert("b1", "operator"), watch, alert("a3"))
    async with listening(port, {**headers, "Last-Event-ID": "2"}) as stream:
        await record(app, watch)
        assert [await stream.next() for _ in range(3)] == [
            (3, {"type": "alert", "id": "a2", "revision": 1}),
            (6, {"type": "alert", "id": "a3", "revision": 1}),
            (7, {"type": "watch", "id": 1, "revision": 1}),
        ]


async def test_many_missed_alerts_arrive_in_parts_in_order(app: App, port: int) -> None:
    await record(app, *(alert(str(n)) for n in range(1, 451)))
    async with listening(port, {**await bearer(app, OWNER), "Last-Event-ID": "1"}) as stream:
        assert [(await stream.next())[0] for _ in range(449)] == list(range(2, 451))


@pytest.mark.parametrize("last_id", ["", "0", "-1", "1e3", "99999", "9" * 30, "a1", "\u0661", "1, 2"])
async def test_a_last_id_that_is_not_ours_is_ignored(app: App, port: int, last_id: str) -> None:
    headers = await bearer(app, OWNER)
    await record(app, alert("a1"), alert("a2"))
    async with listening(port, {**headers, "Last-Event-ID": last_id}) as stream:
        await record(app, alert("a3"))
        assert (await stream.data())["id"] == "a3"


async def test_a_new_stream_starts_with_what_is_new_after_the_last_one_was_ended(
    app: App, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_hub, "_PAUSE_SECONDS", 0.2)  # in which the ended stream is closed
    first, second = await bearer(app, OWNER), await bearer(app, OWNER)
    async with listening(port, first) as stream:
        await record(app, alert("a1"))
        await stream.data()
        await app.stores.tokens.revoke(1, NOON)
        assert await stream.ended()
    assert await no_streams(app)
    await record(app, alert("a2"))
    async with listening(port, second) as stream:
        await record(app, alert("a3"))
        assert (await stream.data())["id"] == "a3"


async def test_a_command_line_beside_the_daemon_is_heard(app: App, port: int) -> None:
    async with listening(port, await bearer(app, OWNER)) as stream:
        app.stores.database.on_announced(lambda _: None)  # as if another process had written
        await record(app, alert("a1"))
        assert (await stream.data())["id"] == "a1"


async def test_a_quiet_stream_is_kept_alive(app: App, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_hub, "_KEEP_ALIVE_SECONDS", 0.05)
    async with listening(port, await bearer(app, OWNER)) as stream:
        assert [await stream.block() for _ in range(2)] == [":", ":"]


# --- who may listen -------------------------------------------------------------------------------------


async def test_a_stream_is_refused_without_a_caller_or_with_an_unknown_field(app: App, port: int) -> None:
    headers = await bearer(app, OWNER)
    async with listening(port) as tokenless, listening(port, headers, "/events?since=1") as wrong:
        assert (tokenless.status, wrong.status) == (401, 400)
    assert app.events.count == 0


async def test_a_stream_ends_with_its_token_its_session_or_its_rights(
    app: App, port: int, clock: FakeClock
) -> None:
    kept = await bearer(app, OWNER)
    token = await bearer(app, OWNER)
    session, secret = await session_of(app, "visitor")
    _, expiring = await session_of(app, "guest")
    _, admin = await session_of(app, "operator", admin=True)
    async with (
        listening(port, kept) as staying,
        listening(port, token) as revoked,
        listening(port, cookie(secret)) as signed_out,
        listening(port, cookie(admin)) as demoted,
    ):
        await app.stores.tokens.revoke(app.stores.tokens.listed()[-1].id, clock.now())
        assert await revoked.ended()
        await app.stores.sign_in.end(session.id, "visitor")
        assert await signed_out.ended()
        await app.stores.people.add("operator", clock.now(), admin=False)
        assert await demoted.ended()
        async with listening(port, cookie(expiring)) as expired:
            clock.move(31 * DAY)
            assert await expired.ended()
        await record(app, alert("a1"))
        assert (await staying.data())["id"] == "a1"


async def test_a_stream_of_this_machine_ends_when_a_token_is_made(app: App, port: int) -> None:
    async with listening(port) as stream:
        await bearer(app, OWNER)
        assert await stream.ended()


async def test_too_many_streams_are_refused_for_a_while(
    app: App, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_hub, "MAX_STREAMS", 3)
    monkeypatch.setattr(event_hub, "MAX_STREAMS_PER_USER", 2)
    one, other = await bearer(app, OWNER), await bearer(app, "visitor")
    async with listening(port, one), listening(port, one) as second:
        async with listening(port, one) as third, listening(port, other), listening(port, other) as fourth:
            assert (third.status, third.headers["retry-after"]) == (429, "30")
            assert (fourth.status, fourth.headers["retry-after"]) == (429, "30")
        second.writer.close()
        await until(lambda: app.events.count <= 1)
        async with listening(port, one) as again:
            assert again.status == 200


# --- the end of a stream --------------------------------------------------------------------------------


async def test_a_client_that_leaves_frees_everything(app: App, port: int) -> None:
    headers = await bearer(app, OWNER)
    before = len(asyncio.all_tasks())
    for _ in range(100):
        async with listening(port, headers) as stream:
            assert stream.status == 200
    assert await no_streams(app)
    await until(lambda: len(asyncio.all_tasks()) <= before)


async def test_a_client_that_does_not_read_is_disconnected(app: App, port: int) -> None:
    headers = await bearer(app, OWNER)
    async with listening(port, headers) as slow, listening(port, headers) as quick:
        slow.reader._transport.pause_reading()  # type: ignore[attr-defined]
        (name,) = {"x" * 20_000}
        sent = 0
        while app.events.count > 1:
            await record(app, *(alert(f"{sent + n}{name}") for n in range(20)))
            for _ in range(20):
                await quick.next()
            sent += 20
        assert sent > MAX_PENDING


async def test_more_events_at_once_than_a_queue_holds_end_the_stream(app: App, port: int) -> None:
    async with listening(port, await bearer(app, OWNER)) as stream:
        await record(app, *(alert(str(n)) for n in range(MAX_PENDING + 1)))
        assert await stream.ended(), "the browser reconnects and fetches its rows"


async def test_polls_do_not_fill_a_queue(app: App, port: int) -> None:
    async with listening(port, await bearer(app, OWNER)) as stream:
        watch = await app.registry.add({"query": "zenitar mk2", "user": OWNER}, app.clock.now())
        await stream.data()
        app.events.note_poll(watch.search_id, [watch] * 2 * MAX_PENDING)
        await record(app, alert("a1"))
        kinds = [(await stream.data())["type"] for _ in range(MAX_HINTS + 1)]
        assert kinds == ["poll"] * (MAX_HINTS) + ["alert"]


async def test_streams_end_at_once_when_the_daemon_stops(app: App) -> None:
    ended = asyncio.Event()
    async with event_server(app, ended) as port, listening(port) as stream:
        ended.set()
        assert await stream.ended(), "nothing else ends a stream: it would go on, and this would fail"
        async with asyncio.timeout(PATIENCE):
            assert not (await stream.reader.read()).strip(), "the connection is closed too"
    assert app.events.count == 0


async def test_streams_leave_room_for_other_requests(app: App) -> None:
    web = web_dependencies(app, lambda: "")
    with open_sockets("127.0.0.1", 0) as sockets:
        port = sockets[0].getsockname()[1]
        async with (
            serving(build_api(web, RequestLimits(concurrent=1)), sockets, lambda *_: b""),
            app.events.running(lambda callers: callers, asyncio.Event()),
            listening(port),
            listening(port) as second,
        ):
            assert second.status == 200


# --- several daemons ------------------------------------------------------------------------------------


@pytest.fixture
async def daemons(
    configured: Callable[[str], Path], postgres_url: str, clock: FakeClock
) -> AsyncIterator[tuple[App, App]]:
    """Yield two apps on one Postgres that receive each other's signals, as two daemons do."""
    path = configured("")
    path.write_text(re.sub(r'url = "sqlite.*"', f'url = "{postgres_url}"', path.read_text()))
    async with opened_app(path, clock) as one, opened_app(path, clock) as other:
        tasks = []
        for app in (one, other):
            listens = asyncio.Event()
            signals = app.stores.database.listen(app.events.receive_signal, listens.set)
            tasks.append(asyncio.create_task(signals))
            await listens.wait()
        yield one, other
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.mark.parametrize("signal", ["streams", "polled x", "polled x ,y,\u0661", "polled x " + "9" * 5_000])
async def test_an_odd_signal_changes_nothing(app: App, port: int, signal: str) -> None:
    async with listening(port, await bearer(app, OWNER)) as stream:
        assert app.events.receive_signal(signal)
        await record(app, alert("a1"))
        assert (await stream.data())["id"] == "a1"
    assert not app.events.receive_signal("deliver")


async def test_events_and_polls_of_another_daemon_arrive(daemons: tuple[App, App]) -> None:
    here, there = daemons
    now = here.clock.now()
    watch = await there.registry.add({"query": "zenitar mk2", "below": "42", "user": OWNER}, now)
    async with event_server(here) as port, event_server(there):
        headers = await bearer(there, OWNER)
        async with listening(port, headers) as stream:
            await until(lambda: there.events.sends_polls)
            await there.poller.tick(now)
            await there.poller.settle()
            found = [(await stream.data())["type"] for _ in range(2)]
            assert sorted(found) == ["alert", "poll"]
            await there.registry.remove(watch.id, now)
            assert await stream.data() == {"type": "watch", "id": watch.id, "revision": 2}
