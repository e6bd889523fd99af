"""Hostile texts wherever a page shows one that a stranger, a seller or another user wrote."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from sqlalchemy import insert, update

from tests.market.rows import summary
from tests.market.scripted import Scripted
from watcher.accounts.people import add_person
from watcher.core.errors import WatcherError
from watcher.core.teaching import Teaching
from watcher.core.times import HOUR, Instant
from watcher.db.schema import accuracy, incidents, outbox
from watcher.monitoring.incident_queries import add_silence
from watcher.runtime import App

QUERY = "zenitar mk2"
TEXTS = {
    "script": "a<script>alert(1)</script>",
    "attribute": 'b"><img src=x onerror=alert(1)>',
    "apostrophe": "c' onfocus='alert(1)' autofocus='",
    "ends": "d</textarea></title></option></svg></p>",
    "comment": "e<!-- <!DOCTYPE ]]>",
    "template": "f{{7*7}}{% raw %}",
    "address": "javascript:alert(1)",
    "bidi": "h\u202egnp.exe\u2066",
    "zero width": "i\u200b\u2060\ufeffj",
    "zalgo": "k" + "\u0301\u0316\u0489" * 25,
    "long": "l" * 500,
    "emoji": "m" + "\U0001f469\u200d\U0001f680" * 9,
    "spaces": "   ",
    "encoded": "o%00%0d%0a%3Cscript%3E",
    "entities": "p&amp;&lt;b&gt;&#60;",
    "separators": "q\u2028r\u2029s",
}
PLAIN = {name: f"plain{name.replace(' ', '')}" for name in TEXTS}
_LIMITS = {"label": 80, "tag": 80, "exclude": 200, "query": 100}


async def fill_with(app: App, goods: Scripted, now: Instant, texts: Mapping[str, str], user: str) -> None:
    """Use each text as title, address, label, tag, query, name, headline, reason, error and category.

    The first watch has learned from some of the titles.
    """
    for n, text in enumerate(texts.values()):
        title = f"Zenitar mk2 camera {text}"
        goods.put(QUERY, summary(str(100 + n), title, f"{41 + n}.00", image=None, itemWebUrl=text))
    for n, text in enumerate(texts.values()):
        for fields in (("label",), ("tag",), ("exclude",), ("query",)):
            draft = {"query": QUERY, "below": "60", "user": user}
            draft |= {name: text[: _LIMITS[name]] for name in fields}
            with suppress(WatcherError):
                await app.registry.add(draft, now)
        with suppress(WatcherError):
            await add_person(app.stores, text[:60], now)
        silence = {"length": "2h", "reason": text[:200], "author": user, "api": ("ebay", "slack")[n % 2]}
        with suppress(WatcherError):
            await add_silence(app.stores, silence, now)
    await app.poller.tick(now)
    await app.poller.settle()
    first = app.stores.watches.page(user=user).rows[0].watch.id
    learned = Teaching(different=tuple(f"v1|{100 + n}|0" for n in range(0, len(texts), 3)))
    await app.teacher.teach(first, learned)

    def put(connection: Any) -> None:
        before = now - HOUR
        times = {"since": before, "fired_at": before, "changed_at": before, "notified_at": now}
        for name, text in texts.items():
            facts = {"id": f"i{name[:3]}", "api": "ebay", "symptom": f"custom-{name}", "headline": text}
            connection.execute(insert(incidents).values(**facts, **times))
        within = {percent: [0.2, 0.1, 0.3] for percent in ("5", "10", "20")}
        figures = {"n": 99, "median": 0.1, "interval": [0.1, 0.2], "within": within}
        payload = {"kinds": {"gone": 99}, "plain": figures, "corrected": None, "covered": None, "since": 1.0}
        row = {"basis": "ask", "n": 99, "payload": json.dumps(payload), "computed_at": now}
        connection.execute(insert(accuracy), [{"category": text, **row} for text in texts.values()])
        dead = {"state": "dead", "error": "".join(texts.values())[:900], "attempt": 5, "done_at": now}
        connection.execute(update(outbox).values(dead))

    await app.stores.database.write(put)


def addresses_of(app: App, user: str) -> list[str]:
    """Return every page that shows the texts."""
    alerts = [row.alert.id for row in app.stores.alerts.latest(100, user=user)][:2]
    watches = [row.watch.id for row in app.stores.watches.page(user=user).rows]
    return [
        "/?rows=200",
        "/?sort=name&q=zenitar",
        *(f"/watches/{number}" for number in (watches[0], watches[-1])),
        *(f"/watches/{number}?item=v1%7C101%7C0&words=camera#doubt" for number in watches[:1]),
        *(f"/watches/{number}/edit" for number in (watches[0], watches[-1])),
        "/watches/new?query=zenitar+mk2&value=60",
        "/alerts",
        *(f"/alerts/{alert}" for alert in alerts),
        "/accuracy",
        "/status",
        "/settings",
    ]
