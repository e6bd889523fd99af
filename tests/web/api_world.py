"""A database with one of everything that the API shows, and callers of every kind."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import insert, update

from tests.fakes import FakeClock
from tests.web.clients import bearer, cookie, session_of
from watcher.core.identification import Identification, PictureMarks, Way
from watcher.core.times import HOUR
from watcher.core.tokens import hash_token
from watcher.db.schema import incidents, outbox, scan_sessions
from watcher.monitoring.incident_queries import add_silence
from watcher.runtime import App
from watcher.scans.scanner import Found, PictureQuestion
from watcher.web.endpoints.picture_bodies import CONFIRM_EXAMPLE

OWNER, OTHER = "owner", "other"
_SAME_SITE = {"Sec-Fetch-Site": "same-origin"}


@dataclass(frozen=True, slots=True)
class ApiWorld:
    """`callers`: the headers of each. `known`: ids that exist, by the last name before them in an address."""

    callers: dict[str, dict[str, str]]
    known: dict[str, list[Any]] = field(default_factory=dict)


async def make_world(app: App, clock: FakeClock, *, watches: int = 3) -> ApiWorld:
    """Fill the database of an open app, whose market knows `zenitar mk2`."""
    now = clock.now()
    _, admin_session = await session_of(app, "operator", admin=True)
    _, user_session = await session_of(app, OWNER)
    callers = {
        "nobody": {},
        "wrong": {"Authorization": "Bearer wrong"},
        "user": await bearer(app, OWNER),
        "session": cookie(user_session) | _SAME_SITE,
        "admin": await bearer(app, "operator", admin=True),
        "admin session": cookie(admin_session) | _SAME_SITE,
    }
    numbers = []
    for user in ("operator", OWNER, OTHER):
        for n in range(watches):
            draft = {"query": "zenitar mk2", "below": f"{41 + n}", "user": user, "label": f"camera {n}"}
            numbers.append((await app.registry.add(draft, now)).id)
    await app.poller.tick(now)
    await app.poller.settle()
    of_user = [app.stores.alerts.latest(100, user=user) for user in ("operator", OWNER, OTHER)]
    alerts = [row.alert.id for rows in of_user for row in rows]
    await app.stores.database.write(lambda conn: _fill(conn, now, alerts))
    silences = []
    for about in ({"api": "ebay"}, {"watch": str(numbers[0])}, {"watch": str(numbers[watches])}):
        draft = {"length": "2h", "reason": "maintenance", "author": "operator", **about}
        silences.append((await add_silence(app.stores, draft, now)).id)
    await _open_scan(app, "operator")
    return ApiWorld(
        callers,
        {
            "watches": numbers,
            "alerts": alerts,
            "incidents": ["inc1", "inc2"],
            "dead-letters": [alerts[0], "inc1"],
            "sessions": [s.id for user in ("operator", OWNER) for s in app.stores.sign_in.listed(user, now)],
            "silences": silences,
            "img": ["1", "v1|1|0"],
        },
    )


async def _open_scan(app: App, user: str) -> None:
    """Open the scan session that the description's example confirms."""
    camera = Identification("Zenitar mk2", "zenitar mk2", Way.EBAY, 0.9)
    found = Found(camera, PictureMarks("f" * 64, (1, 2, 3, 4)))
    await app.scanning.sessions.open(found, PictureQuestion(user, "EBAY_US"), app.clock.now())
    example = update(scan_sessions).values(digest=hash_token(CONFIRM_EXAMPLE["sessionId"]))
    await app.stores.database.write(lambda conn: conn.execute(example))


def _fill(conn: Any, now: float, alerts: list[str]) -> None:
    for n in (1, 2):
        conn.execute(
            insert(incidents).values(
                id=f"inc{n}",
                api="ebay",
                symptom="outage" if n == 1 else "latency",
                since=now - HOUR,
                notified_at=now,
                fired_at=now - HOUR,
                changed_at=now - HOUR,
                headline="eBay does not answer",
            )
        )
    dead = {"state": "dead", "done_at": now, "error": "channel_not_found", "attempt": 5}
    conn.execute(update(outbox).where(outbox.c.ref == alerts[0]).values(**dead))
