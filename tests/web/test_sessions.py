"""A session's cookie in place of a token: what is accepted, with whose rights, and until when."""

from __future__ import annotations

import httpx
import pytest

from tests.fakes import FakeClock
from tests.web.clients import bearer, client_of, cookie, session_of
from watcher.core.sessions import SESSION_SECONDS
from watcher.core.times import iso
from watcher.core.tokens import Caller
from watcher.runtime import App
from watcher.runtime.http_server import web_dependencies
from watcher.web.access.auth import revalidate


async def status(client: httpx.AsyncClient, path: str, headers: dict[str, str]) -> int:
    return (await client.get(path, headers=headers)).status_code


async def test_a_session_is_a_caller_with_the_rights_of_its_person(
    app: App, client: httpx.AsyncClient
) -> None:
    user = cookie((await session_of(app))[1])
    operator = cookie((await session_of(app, "operator", admin=True))[1])
    assert [await status(client, "/api/watches", who) for who in (user, operator)] == [200, 200]
    assert [await status(client, "/api/admin/cache", who) for who in (user, operator)] == [403, 200]


async def test_a_person_ends_the_time_without_tokens(app: App, client: httpx.AsyncClient) -> None:
    assert await status(client, "/api/watches", {}) == 200
    await app.stores.people.add("collector", app.clock.now())
    assert await status(client, "/api/watches", {}) == 401
    assert await status(client, "/api/watches", cookie("watcher_" + "a" * 43)) == 401


async def test_an_odd_cookie_does_not_sign_in(app: App, client: httpx.AsyncClient) -> None:
    _, secret = await session_of(app)
    odd = (
        *("", "watcher", "watcher=", f"watcher={secret[:-1]}", f"watcher={secret}x", f'watcher="{secret}"'),
        *(f"WATCHER={secret}", f"__Host-watcher={secret}", f"watcher={secret}; watcher={secret}"),
        *(f"watcher={secret}; watcher=", f"watcher={'x' * 9000}", "watcher=\xff\x80", "=;;=", ";" * 3000),
        f"watcher={secret.removeprefix('watcher_')}",
    )
    for header in odd:
        assert await status(client, "/api/watches", {"Cookie": header.encode("latin-1")}) == 401, header  # type: ignore[dict-item]
    two = [("Cookie", f"watcher={secret}"), ("Cookie", f"watcher={secret}")]
    assert (await client.get("/api/watches", headers=two)).status_code == 401
    assert await status(client, "/api/watches", {"Cookie": f"a=b;watcher={secret} ; c"}) == 200


async def test_a_wrong_token_is_refused_whatever_cookie_comes_with_it(
    app: App, client: httpx.AsyncClient
) -> None:
    who = cookie((await session_of(app))[1])
    for header in ("", "Bearer wrong", "Basic bG9jYWw6"):
        answer = await client.get("/api/watches", headers={"Authorization": header, **who})
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


async def test_session_ids_and_tokens_are_not_interchangeable(app: App, client: httpx.AsyncClient) -> None:
    session, secret = await session_of(app)
    token = (await bearer(app))["Authorization"].removeprefix("Bearer ")
    assert await status(client, "/api/watches", {"Authorization": f"Bearer {secret}"}) == 401
    assert await status(client, "/api/watches", cookie(token)) == 401
    assert secret not in repr(session)


async def test_a_session_ends_at_its_expiry(app: App, client: httpx.AsyncClient, clock: FakeClock) -> None:
    who = cookie((await session_of(app))[1])
    clock.move(SESSION_SECONDS - 1)
    assert await status(client, "/api/watches", who) == 200
    clock.move(1)
    assert await status(client, "/api/watches", who) == 401


async def test_a_change_of_the_person_takes_effect_at_once(
    app: App, client: httpx.AsyncClient, clock: FakeClock
) -> None:
    who = cookie((await session_of(app, "operator", admin=True))[1])
    assert await status(client, "/api/admin/cache", who) == 200
    await app.stores.people.add("operator", clock.now(), admin=False)
    assert await status(client, "/api/admin/cache", who) == 403
    await app.stores.people.add("collector", clock.now())
    await app.stores.people.remove("operator", clock.now())
    assert await status(client, "/api/watches", who) == 401


async def test_a_caller_is_valid_until_its_credential_or_rights_change(app: App, clock: FakeClock) -> None:
    web = web_dependencies(app, lambda: "")
    now, store, people = clock.now(), app.stores.sign_in, app.stores.people
    tokenless = Caller("local", admin=True, credential="")
    assert revalidate(web, [tokenless])
    session, _ = await session_of(app, "operator", admin=True)
    assert not revalidate(web, [tokenless])
    await bearer(app, "operator", admin=True)
    token = app.stores.tokens.listed()[-1].id
    callers = [
        Caller("operator", admin=True, credential=c) for c in (f"session:{session.id}", f"token:{token}")
    ]
    assert revalidate(web, callers) == set(callers)
    assert not revalidate(web, [who._replace(user="collector") for who in callers])
    await people.add("operator", now, admin=False)
    assert not revalidate(web, [callers[0]])
    await people.add("operator", now, admin=True)
    assert revalidate(web, [callers[0]])
    await store.end_all("operator")
    await app.stores.tokens.revoke(token, now)
    assert not revalidate(web, callers)


@pytest.mark.parametrize("sender", ["127.0.0.1", "192.0.2.7"])
async def test_a_session_works_from_any_machine(app: App, sender: str) -> None:
    who = cookie((await session_of(app))[1])
    async with client_of(app, sender=sender) as client:
        assert await status(client, "/api/watches", {**who, "X-Forwarded-For": "192.0.2.7"}) == 200


async def test_a_caller_learns_who_it_is(app: App, client: httpx.AsyncClient, clock: FakeClock) -> None:
    async def me(headers: dict[str, str]) -> list[object]:
        return list((await client.get("/api/me", headers=headers)).json().values())

    assert await me({}) == ["local", True, "none", None]
    _, secret = await session_of(app)
    expires = iso(clock.now() + SESSION_SECONDS)
    assert await me(cookie(secret)) == ["collector", False, "session", expires]
    assert await me(await bearer(app, "operator", admin=True)) == ["operator", True, "token", None]


async def test_a_person_lists_and_ends_own_sessions(app: App, client: httpx.AsyncClient) -> None:
    foreign, _ = await session_of(app, "operator")
    other, _ = await session_of(app)
    own, secret = await session_of(app)
    who = cookie(secret) | {"Origin": "http://localhost:8080"}
    listed = (await client.get("/api/sessions", headers=who)).json()["sessions"]
    assert [(s["id"], s["browser"], s["current"]) for s in listed] == [
        (own.id, "Firefox", True),
        (other.id, "Firefox", False),
    ]
    for number, status_code in (
        (foreign.id, 404),
        (other.id, 200),
        (other.id, 404),
        (own.id, 200),
        (own.id, 401),
    ):
        answer = await client.delete(f"/api/sessions/{number}", headers=who)
        assert (number, answer.status_code) == (number, status_code)
    token = await bearer(app, "operator")
    assert (await client.delete(f"/api/sessions/{foreign.id}", headers=token)).json()["id"] == foreign.id
    assert (await client.get("/api/sessions", headers=token)).json() == {"sessions": []}
