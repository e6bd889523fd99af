"""The callers that each route answers: every route, and every kind of caller."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import httpx
import pytest
from sqlalchemy import update

from tests.market.server import MarketServer
from tests.web.clients import bearer, cookie, session_of
from watcher.core.alerts import Alert
from watcher.core.monitoring.incidents import Incident
from watcher.core.monitoring.silences import Silence
from watcher.core.times import Instant
from watcher.db.codec import write_notification
from watcher.db.outbox import message_row
from watcher.db.schema import alerts, outbox, sessions, watches
from watcher.runtime import App


class Statuses(NamedTuple):
    """The HTTP status for each kind of caller of watch 1 and alert a1.

    `own`: the watch's user. `former`: its user before that, when it made the alert. `foreign`: another user,
    in a browser, with session 1. `admin`: an admin, in a browser. `revoked`: a token of `own` that was
    revoked, and an expired session. `tokenless`: without either, on this machine and behind a proxy.
    """

    own: int
    former: int
    foreign: int
    admin: int
    revoked: int = 401
    tokenless: int = 401


BODY = {"query": "zenitar mk2"}
SILENCE = {"for": "1h", "reason": "x"}
BODIES: dict[str, Any] = {
    "import": [BODY],
    "ack": {},
    "resend": {},
    "reject": {"itemId": "1"},
    "silence": SILENCE,
    "silences": SILENCE | {"api": "ebay"},
    **dict.fromkeys(("wrong", "sign-out", "end")),
}
"""What is sent to an endpoint, by the end of its address; to others `BODY`."""
EVERYBODY = Statuses(200, 200, 200, 200)
OWNER = Statuses(200, 404, 404, 404)
ADMIN = Statuses(403, 403, 403, 200)
NOBODY = Statuses(404, 404, 404, 404)
OPEN = Statuses(200, 200, 200, 200, 200, 200)
TABLE = {
    "GET /api/comps?q=zenitar+mk2": EVERYBODY,
    "GET /api/watches": EVERYBODY,
    "POST /api/watches": Statuses(201, 201, 201, 201),
    "POST /api/watches/preview": EVERYBODY,
    "GET /api/watches/export": EVERYBODY,
    "POST /api/watches/import": EVERYBODY,
    "GET /api/watches/1": OWNER,
    "PATCH /api/watches/1": OWNER,
    "DELETE /api/watches/1": OWNER,
    "GET /api/watches/1/alerts": OWNER,
    "GET /api/watches/1/history": OWNER,
    "GET /api/watches/1/explain": OWNER,
    "GET /api/alerts": EVERYBODY,
    "GET /api/alerts/a1": Statuses(404, 200, 404, 404),
    "POST /api/alerts/a1/ack": Statuses(404, 200, 404, 404),
    # The alert belongs to another user than its watch, so no caller may reject its items.
    "POST /api/alerts/a1/reject": NOBODY,
    "GET /api/incidents": ADMIN,
    "GET /api/incidents/i1": ADMIN,
    "POST /api/incidents/i1/ack": ADMIN,
    "POST /api/incidents/i1/silence": ADMIN._replace(admin=201),
    "GET /api/silences": EVERYBODY,
    "POST /api/silences": Statuses(403, 403, 403, 201),
    "DELETE /api/silences/s1": Statuses(200, 404, 404, 404),
    "POST /api/watches/1/silence": Statuses(201, 404, 404, 404),
    "GET /api/dead-letters": ADMIN,
    "POST /api/dead-letters/i1/resend": ADMIN,
    "GET /api/status": ADMIN,
    "GET /img/v1|1|0": EVERYBODY,
    "GET /api/me": EVERYBODY,
    "GET /api/sessions": EVERYBODY,
    "DELETE /api/sessions/1": Statuses(404, 404, 200, 404),
    "GET /": EVERYBODY,
    "POST /sign-out": Statuses(303, 303, 303, 303),
    "POST /sessions/1/end": Statuses(404, 404, 303, 404),
    "GET /sign-in/wrong": OPEN,
    "POST /sign-in/wrong": Statuses(404, 404, 404, 404, 404, 404),
    "GET /static/app.css": OPEN,
    "GET /api/health": EVERYBODY,
    "GET /events": EVERYBODY,
    "GET /api/admin/metrics": ADMIN,
    "GET /api/admin/cache": ADMIN,
    "DELETE /api/admin/cache": ADMIN,
    "GET /api/openapi.json": OPEN,
    "GET /docs": OPEN,
    "GET /healthz": OPEN,
    "GET /readyz": OPEN,
    "GET /metrics": OPEN,
}
HIDDEN = {
    *("GET /api/openapi.json", "GET /docs", "GET /", "POST /sign-out", "POST /sessions/{number}/end"),
    *("GET /sign-in/wrong", "POST /sign-in/wrong", "GET /static/app.css"),
}
"""The routes that the description leaves out."""
# The owner comes last, because he may remove the watch.
ORDER = ("tokenless", "proxied", "revoked", "expired", "foreign", "former", "admin", "own")
COLUMNS = {"proxied": "tokenless", "expired": "revoked"}
"""The columns of the callers that have none of their own."""
Callers = dict[str, dict[str, str]]


def alert_named(name: str) -> Alert:
    return Alert(
        name, 1, "camera", "former", "slack", "new", "any new listing", 1.0, 1.0, "ebay", "camera",
        "any", "", "EBAY_US", "ask", "USD", 0, None, None, None, None, {}, market="a camera was found",
    )  # fmt: skip


@pytest.fixture
async def callers(app: App, client: httpx.AsyncClient, market: MarketServer) -> Callers:
    """Return the headers of each caller; watch 1 was former's when it alerted, and is own's now."""
    page = {"Sec-Fetch-Site": "same-origin"}
    made: Callers = {
        name: cookie((await session_of(app, name, admin=name == "admin"))[1]) | page
        for name in ("foreign", "admin", "expired")
    }
    late = update(sessions).where(sessions.c.user_id == "expired").values(expires_at=app.clock.now())
    await app.stores.database.write(lambda conn: conn.execute(late))
    made |= {name: await bearer(app, name) for name in ("own", "former")}
    made |= {"tokenless": {}, "proxied": {"X-Forwarded-For": "::1"}, "revoked": await bearer(app, "own")}
    await app.stores.tokens.revoke(app.stores.tokens.listed()[-1].id, app.clock.now())
    app.pictures.remember([("v1|1|0", f"{market.url}/images/g/1/s-l225.jpg")])
    watch = (await client.post("/api/watches", json=BODY, headers=made["former"])).json()
    row = {
        "id": "a1",
        "watch_id": watch["id"],
        "user_id": "former",
        "made_at": 1.0,
        "receipt": write_notification(alert_named("a1")),
    }
    await app.stores.database.write(lambda conn: conn.execute(alerts.insert(), [row]))
    await app.stores.database.write(lambda conn: conn.execute(update(watches).values(user_id="own")))
    at = Instant(1.0)
    await app.stores.incidents.move_incident(None, Incident("i1", "ebay", "outage", at, at, at, at), None)
    dead = message_row("ops", "i1", "ops", "{}", 1.0) | {"state": "dead", "done_at": 1.0}
    await app.stores.database.write(lambda conn: conn.execute(outbox.insert(), [dead]))
    silence = Silence("s1", at, Instant(app.clock.now() + 60), "own", "x", watch=watch["id"])
    await app.stores.silences.add(silence, app.clock.now())
    return made


@pytest.mark.parametrize(("route", "statuses"), TABLE.items())
async def test_every_caller_gets_exactly_what_is_his(
    client: httpx.AsyncClient, callers: Callers, route: str, statuses: Statuses
) -> None:
    method, url = route.split()
    body = BODIES.get(url.rpartition("/")[2], BODY)
    sent: dict[str, Any] = {"json": body} if method in ("POST", "PATCH") else {}
    for name in ORDER:
        answer = await client.request(method, url, headers=callers[name], **sent)
        assert (name, answer.status_code) == (name, getattr(statuses, COLUMNS.get(name, name)))


async def test_the_table_has_every_route(app: App, client: httpx.AsyncClient) -> None:
    del app
    described = (await client.get("/api/openapi.json")).json()["paths"]
    routes = {f"{method.upper()} {path}" for path, methods in described.items() for method in methods}
    tested = {
        re.sub(r"/1(?=/|$)", "/{number}", route.partition("?")[0])
        .replace("incidents/i1", "incidents/{incident}")
        .replace("letters/i1", "letters/{letter}")
        .replace("/a1", "/{alert}")
        .replace("/s1", "/{silence}")
        .replace("v1|1|0", "{item}")
        for route in TABLE
    }
    assert tested - HIDDEN == routes


async def test_a_list_shows_nothing_of_another_user(client: httpx.AsyncClient, callers: Callers) -> None:
    async def seen(path: str, caller: str) -> list[Any]:
        answer = (await client.get(path, headers=callers[caller])).json()
        return [one["id"] for one in answer[path.rpartition("/")[2]]]

    for caller, numbers in {"own": [1], "former": [], "foreign": [], "admin": []}.items():
        assert await seen("/api/watches", caller) == numbers
    for caller, names in {"own": [], "former": ["a1"], "foreign": [], "admin": []}.items():
        assert await seen("/api/alerts", caller) == names
    assert await seen("/api/watches/1/alerts", "own") == []
    feed = await client.get("/api/alerts", params={"watch": 1}, headers=callers["own"])
    assert feed.json()["alerts"] == []


async def test_the_feed_pages_through_alerts_of_one_instant(app: App, client: httpx.AsyncClient) -> None:
    rows = [
        {
            "id": f"a{n}",
            "watch_id": 1,
            "user_id": "local",
            "made_at": float(made_at),
            "receipt": write_notification(alert_named(f"a{n}")),
        }
        for n, made_at in enumerate((1, 2, 2, 2, 3))
    ]
    await app.stores.database.write(lambda conn: conn.execute(alerts.insert(), rows))
    seen: list[str] = []
    after: str | None = ""
    while after is not None:
        page = (await client.get("/api/alerts", params={"after": after, "limit": 2})).json()
        seen += [a["id"] for a in page["alerts"]]
        after = page["next"]
    assert seen == ["a4", "a1", "a2", "a3", "a0"]
    whole = (await client.get("/api/alerts", params={"limit": 5})).json()
    assert (len(whole["alerts"]), whole["next"]) == (5, None)
    assert (await client.get("/api/alerts", params={"limit": 501})).status_code == 400
    assert (await client.get("/api/alerts", params={"colour": "red"})).status_code == 400
