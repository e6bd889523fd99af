"""What a person may do follows the person's rights as they are now, by token and by session."""

from __future__ import annotations

import httpx

from tests.web.clients import bearer, cookie, session_of
from watcher.runtime import App

ADMIN_ONLY = "/api/admin/cache"


async def statuses(client: httpx.AsyncClient, path: str, *credentials: dict[str, str]) -> list[int]:
    return [(await client.get(path, headers=headers)).status_code for headers in credentials]


async def test_a_change_of_rights_takes_effect_with_the_next_request(
    app: App, client: httpx.AsyncClient
) -> None:
    _, session_id = await session_of(app, "operator", admin=True)
    both = (await bearer(app, "operator", admin=True), cookie(session_id))
    people, now = app.stores.people, app.clock.now()
    assert await statuses(client, ADMIN_ONLY, *both) == [200, 200]
    await people.add("operator", now, admin=False)
    assert await statuses(client, ADMIN_ONLY, *both) == [403, 403]
    assert await statuses(client, "/api/watches", *both) == [200, 200]
    await people.add("operator", now, admin=True)
    assert await statuses(client, ADMIN_ONLY, *both) == [200, 200]
    await people.remove("operator", now)
    assert await statuses(client, "/api/watches", *both, {}) == [401, 401, 401]


async def test_the_first_person_closes_the_loopback_and_the_last_opens_it(
    app: App, client: httpx.AsyncClient
) -> None:
    assert await statuses(client, ADMIN_ONLY, {}) == [200]
    await app.stores.people.add("collector", app.clock.now())
    assert await statuses(client, ADMIN_ONLY, {}) == [401]
    await app.stores.people.remove("collector", app.clock.now())
    assert await statuses(client, ADMIN_ONLY, {}) == [200]


async def test_an_owner_that_becomes_a_person_keeps_watches_and_loses_admin(
    app: App, client: httpx.AsyncClient
) -> None:
    token = await bearer(app, "collector", admin=True)
    made = await client.post("/api/watches", json={"query": "omega"}, headers=token)
    assert made.status_code == 201
    _, session_id = await session_of(app, "collector")
    assert await statuses(client, ADMIN_ONLY, token) == [403]
    listed = await client.get("/api/watches", headers=cookie(session_id))
    assert [w["query"] for w in listed.json()["watches"]] == ["omega"]


async def test_moved_watches_belong_to_their_new_user_alone(app: App, client: httpx.AsyncClient) -> None:
    old, new = await bearer(app, "collector"), await bearer(app, "owner")
    made = await client.post("/api/watches", json={"query": "omega"}, headers=old)
    path = f"/api/watches/{made.json()['id']}"
    assert await statuses(client, path, old, new) == [200, 404]
    await app.stores.people.remove("collector", app.clock.now(), heir="owner")
    assert await statuses(client, path, old, new) == [401, 200]
    lost = await client.delete(path, headers={**new, "If-Match": made.headers["etag"]})
    assert lost.status_code == 412
