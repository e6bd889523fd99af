"""The callers that each route answers: every route, every kind of caller, own and foreign objects."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import httpx
from fastapi.routing import iter_route_contexts
from sqlalchemy import update

from tests.market.scripted import Scripted
from tests.market.server import MarketServer
from tests.web.clients import bearer, cookie, session_of
from tests.web.photos import CAMERA, ZENITAR
from watcher.accounts.sign_in import make_sign_in_link, sign_in
from watcher.core.alerts import Alert
from watcher.core.monitoring.incidents import Incident
from watcher.core.monitoring.silences import Silence
from watcher.core.times import Instant
from watcher.core.tokens import LOCAL
from watcher.db.codec import write_notification
from watcher.db.outbox import message_row
from watcher.db.schema import alerts, outbox, sessions, watches
from watcher.runtime import App
from watcher.web.api import _application

TABLE = """
route                                  local proxy anyone proxied wrong revoked ended expired removed user former demoted admin
GET    /api/me                         200   401   401    401     401   401     401   401     401     200  200    200     200
GET    /api/comps?q=zenitar+mk2        200   401   401    401     401   401     401   401     401     200  200    200     200
POST   /api/ar-overlay/scan            200   401   401    401     401   401     401   401     401     200  200    200     200
POST   /api/scan-sessions/identify     200   401   401    401     401   401     401   401     401     200  200    200     200
POST   /api/scan/confirm               404   401   401    401     401   401     401   401     401     404  404    404     404
POST   /api/batch/scanAndAnalyze       200   401   401    401     401   401     401   401     401     200  200    200     200
GET    /api/watches                    200   401   401    401     401   401     401   401     401     200  200    200     200
GET    /api/watches?tag=a              200   401   401    401     401   401     401   401     401     200  200    200     200
POST   /api/watches                    201   401   401    401     401   401     401   401     401     201  201    201     201
POST   /api/watches/preview            200   401   401    401     401   401     401   401     401     200  200    200     200
GET    /api/watches/export             200   401   401    401     401   401     401   401     401     200  200    200     200
POST   /api/watches/import             200   401   401    401     401   401     401   401     401     200  200    200     200
GET    /api/watches/{own}              200   401   401    401     401   401     401   401     401     200  200    200     200
GET    /api/watches/{foreign}          404   401   401    401     401   401     401   401     401     404  404    404     404
GET    /api/watches/{moved}            404   401   401    401     401   401     401   401     401     200  404    404     404
PATCH  /api/watches/{own}              200   401   401    401     401   401     401   401     401     200  200    200     200
PATCH  /api/watches/{foreign}          404   401   401    401     401   401     401   401     401     404  404    404     404
PATCH  /api/watches/{moved}            404   401   401    401     401   401     401   401     401     200  404    404     404
GET    /api/watches/{own}/alerts       200   401   401    401     401   401     401   401     401     200  200    200     200
GET    /api/watches/{foreign}/alerts   404   401   401    401     401   401     401   401     401     404  404    404     404
GET    /api/watches/{moved}/alerts     404   401   401    401     401   401     401   401     401     200  404    404     404
GET    /api/watches/{own}/history      200   401   401    401     401   401     401   401     401     200  200    200     200
GET    /api/watches/{foreign}/history  404   401   401    401     401   401     401   401     401     404  404    404     404
GET    /api/watches/{moved}/history    404   401   401    401     401   401     401   401     401     200  404    404     404
GET    /api/watches/{own}/explain      200   401   401    401     401   401     401   401     401     200  200    200     200
GET    /api/watches/{foreign}/explain  404   401   401    401     401   401     401   401     401     404  404    404     404
GET    /api/watches/{moved}/explain    404   401   401    401     401   401     401   401     401     200  404    404     404
GET    /api/watches/{own}/questions    200   401   401    401     401   401     401   401     401     200  200    200     200
GET    /api/watches/{foreign}/questions 404   401   401    401     401   401     401   401     401     404  404    404     404
GET    /api/watches/{moved}/questions  404   401   401    401     401   401     401   401     401     200  404    404     404
POST   /api/watches/{own}/answers      200   401   401    401     401   401     401   401     401     200  200    200     200
POST   /api/watches/{foreign}/answers  404   401   401    401     401   401     401   401     401     404  404    404     404
POST   /api/watches/{moved}/answers    404   401   401    401     401   401     401   401     401     200  404    404     404
POST   /api/watches/{own}/silence      201   401   401    401     401   401     401   401     401     201  201    201     201
POST   /api/watches/{foreign}/silence  404   401   401    401     401   401     401   401     401     404  404    404     404
POST   /api/watches/{moved}/silence    404   401   401    401     401   401     401   401     401     201  404    404     404
GET    /api/alerts                     200   401   401    401     401   401     401   401     401     200  200    200     200
GET    /api/alerts?watch={foreign}     200   401   401    401     401   401     401   401     401     200  200    200     200
GET    /api/alerts?after={foreign}     200   401   401    401     401   401     401   401     401     200  200    200     200
GET    /api/alerts/{own}               200   401   401    401     401   401     401   401     401     200  200    200     200
GET    /api/alerts/{foreign}           404   401   401    401     401   401     401   401     401     404  404    404     404
GET    /api/alerts/{old}               404   401   401    401     401   401     401   401     401     404  200    404     404
POST   /api/alerts/{own}/ack           200   401   401    401     401   401     401   401     401     200  200    200     200
POST   /api/alerts/{foreign}/ack       404   401   401    401     401   401     401   401     401     404  404    404     404
POST   /api/alerts/{old}/ack           404   401   401    401     401   401     401   401     401     404  200    404     404
POST   /api/alerts/{own}/reject        400   401   401    401     401   401     401   401     401     400  400    400     400
POST   /api/alerts/{foreign}/reject    404   401   401    401     401   401     401   401     401     404  404    404     404
POST   /api/alerts/{old}/reject        404   401   401    401     401   401     401   401     401     404  404    404     404
GET    /api/silences                   200   401   401    401     401   401     401   401     401     200  200    200     200
POST   /api/silences                   201   401   401    401     401   401     401   401     401     403  403    403     201
DELETE /api/silences/{own}             200   401   401    401     401   401     401   401     401     200  200    200     200
DELETE /api/silences/{foreign}         404   401   401    401     401   401     401   401     401     404  404    404     404
GET    /api/incidents                  200   401   401    401     401   401     401   401     401     403  403    403     200
GET    /api/incidents/{any}            200   401   401    401     401   401     401   401     401     403  403    403     200
POST   /api/incidents/{any}/ack        200   401   401    401     401   401     401   401     401     403  403    403     200
POST   /api/incidents/{any}/silence    201   401   401    401     401   401     401   401     401     403  403    403     201
GET    /api/dead-letters               200   401   401    401     401   401     401   401     401     403  403    403     200
POST   /api/dead-letters/{any}/resend  200   401   401    401     401   401     401   401     401     403  403    403     200
GET    /api/status                     200   401   401    401     401   401     401   401     401     403  403    403     200
GET    /api/health                     200   401   401    401     401   401     401   401     401     200  200    200     200
GET    /api/admin/metrics              200   401   401    401     401   401     401   401     401     403  403    403     200
GET    /api/admin/cache                200   401   401    401     401   401     401   401     401     403  403    403     200
GET    /img/{any}                      200   401   401    401     401   401     401   401     401     200  200    200     200
HEAD   /img/{any}                      200   401   401    401     401   401     401   401     401     200  200    200     200
GET    /events                         200   401   401    401     401   401     401   401     401     200  200    200     200
GET    /api/sessions                   200   401   401    401     401   401     401   401     401     200  200    200     200
DELETE /api/sessions/{own}             404   401   401    401     401   401     401   401     401     200  200    200     200
DELETE /api/sessions/{foreign}         404   401   401    401     401   401     401   401     401     404  404    404     404
POST   /sessions/{own}/end             404   401   401    401     401   401     401   401     401     303  303    303     303
POST   /sessions/{foreign}/end         404   401   401    401     401   401     401   401     401     404  404    404     404
GET    /                               200   401   401    401     401   401     401   401     401     200  200    200     200
HEAD   /                               200   401   401    401     401   401     401   401     401     200  200    200     200
GET    /watches/new                    200   401   401    401     401   401     401   401     401     200  200    200     200
HEAD   /watches/new                    200   401   401    401     401   401     401   401     401     200  200    200     200
GET    /watches/new?query=zenitar+mk2  200   401   401    401     401   401     401   401     401     200  200    200     200
POST   /watches/new                    400   401   401    401     401   401     401   401     401     400  400    400     400
GET    /watches/{own}/edit             200   401   401    401     401   401     401   401     401     200  200    200     200
HEAD   /watches/{own}/edit             200   401   401    401     401   401     401   401     401     200  200    200     200
GET    /watches/{foreign}/edit         404   401   401    401     401   401     401   401     401     404  404    404     404
HEAD   /watches/{foreign}/edit         404   401   401    401     401   401     401   401     401     404  404    404     404
GET    /watches/{moved}/edit           404   401   401    401     401   401     401   401     401     200  404    404     404
HEAD   /watches/{moved}/edit           404   401   401    401     401   401     401   401     401     200  404    404     404
POST   /watches/{own}/edit             412   401   401    401     401   401     401   401     401     412  412    412     412
POST   /watches/{foreign}/edit         404   401   401    401     401   401     401   401     401     404  404    404     404
POST   /watches/{moved}/edit           404   401   401    401     401   401     401   401     401     412  404    404     404
GET    /alerts?state=sent              200   401   401    401     401   401     401   401     401     200  200    200     200
HEAD   /alerts                         200   401   401    401     401   401     401   401     401     200  200    200     200
GET    /alerts/{own}                   200   401   401    401     401   401     401   401     401     200  200    200     200
HEAD   /alerts/{own}                   200   401   401    401     401   401     401   401     401     200  200    200     200
GET    /alerts/{foreign}               404   401   401    401     401   401     401   401     401     404  404    404     404
GET    /alerts/{old}                   404   401   401    401     401   401     401   401     401     404  200    404     404
POST   /alerts/{own}/ack               303   401   401    401     401   401     401   401     401     303  303    303     303
POST   /alerts/{foreign}/ack           404   401   401    401     401   401     401   401     401     404  404    404     404
POST   /alerts/seen                    303   401   401    401     401   401     401   401     401     303  303    303     303
POST   /alerts/{own}/reject            403   401   401    401     401   401     401   401     401     400  400    400     400
POST   /alerts/{foreign}/reject        403   401   401    401     401   401     401   401     401     404  404    404     404
GET    /?state=paused&sort=best        200   401   401    401     401   401     401   401     401     200  200    200     200
GET    /accuracy                       200   401   401    401     401   401     401   401     401     200  200    200     200
HEAD   /accuracy                       200   401   401    401     401   401     401   401     401     200  200    200     200
GET    /settings                       200   401   401    401     401   401     401   401     401     200  200    200     200
HEAD   /settings                       200   401   401    401     401   401     401   401     401     200  200    200     200
POST   /watches/bulk                   303   401   401    401     401   401     401   401     401     303  303    303     303
POST   /watches/undo                   404   401   401    401     401   401     401   401     401     404  404    404     404
GET    /watches/import                 200   401   401    401     401   401     401   401     401     200  200    200     200
HEAD   /watches/import                 200   401   401    401     401   401     401   401     401     200  200    200     200
GET    /scan                           200   401   401    401     401   401     401   401     401     200  200    200     200
HEAD   /scan                           200   401   401    401     401   401     401   401     401     200  200    200     200
POST   /scan?                          400   401   401    401     401   401     401   401     401     400  400    400     400
POST   /scan/confirm?                  404   401   401    401     401   401     401   401     401     404  404    404     404
POST   /watches/import?                400   401   401    401     401   401     401   401     401     400  400    400     400
GET    /watches/{own}                  200   401   401    401     401   401     401   401     401     200  200    200     200
HEAD   /watches/{own}                  200   401   401    401     401   401     401   401     401     200  200    200     200
GET    /watches/{foreign}              404   401   401    401     401   401     401   401     401     404  404    404     404
GET    /watches/{moved}                404   401   401    401     401   401     401   401     401     200  404    404     404
GET    /watches/{own}?item=1&days=7    200   401   401    401     401   401     401   401     401     200  200    200     200
POST   /watches/{own}/pause            303   401   401    401     401   401     401   401     401     303  303    303     303
POST   /watches/{foreign}/pause        404   401   401    401     401   401     401   401     401     404  404    404     404
POST   /watches/{own}/resume           303   401   401    401     401   401     401   401     401     303  303    303     303
POST   /watches/{foreign}/resume       404   401   401    401     401   401     401   401     401     404  404    404     404
POST   /watches/{own}/snooze           400   401   401    401     401   401     401   401     401     400  400    400     400
POST   /watches/{foreign}/snooze       404   401   401    401     401   401     401   401     401     404  404    404     404
POST   /watches/{own}/wake             303   401   401    401     401   401     401   401     401     303  303    303     303
POST   /watches/{foreign}/wake         404   401   401    401     401   401     401   401     401     404  404    404     404
POST   /watches/{own}/reject           403   401   401    401     401   401     401   401     401     303  303    303     303
POST   /watches/{foreign}/reject       403   401   401    401     401   401     401   401     401     404  404    404     404
POST   /watches/{own}/teach            403   401   401    401     401   401     401   401     401     303  303    303     303
POST   /watches/{foreign}/teach        403   401   401    401     401   401     401   401     401     404  404    404     404
POST   /watches/{foreign}/remove       404   401   401    401     401   401     401   401     401     404  404    404     404
GET    /status                         200   401   401    401     401   401     401   401     401     403  403    403     200
HEAD   /status                         200   401   401    401     401   401     401   401     401     403  403    403     200
POST   /status/incidents/{any}/ack     303   401   401    401     401   401     401   401     401     403  403    403     303
POST   /status/incidents/{any}/silence 403   401   401    401     401   401     401   401     401     403  403    403     303
POST   /status/silences/{own}/end      404   401   401    401     401   401     401   401     401     403  403    403     404
POST   /status/dead-letters/{any}/resend 404   401   401    401     401   401     401   401     401     403  403    403     404
GET    /sign-in/wrong                  200   200   200    200     200   200     200   200     200     200  200    200     200
HEAD   /sign-in/wrong                  200   200   200    200     200   200     200   200     200     200  200    200     200
POST   /sign-in/wrong                  404   404   404    404     404   404     404   404     404     404  404    404     404
POST   /settings/test                  404   401   401    401     401   401     401   401     401     403  403    403     403/404
POST   /settings/tokens/7/revoke       404   401   401    401     401   401     401   401     401     403/404 403/404 403/404 403/404
POST   /settings/plan/upgrade          404   401   401    401     401   401     401   401     401     403/404 403/404 403/404 403/404
POST   /settings/plan/payments         404   401   401    401     401   401     401   401     401     403/404 403/404 403/404 403/404
POST   /settings/people                400   401   401    401     401   401     401   401     401     403  403    403     403/400
POST   /settings/people/link           400   401   401    401     401   401     401   401     401     403  403    403     403/400
POST   /settings/people/rights         400   401   401    401     401   401     401   401     401     403  403    403     403/400
POST   /settings/people/remove         400   401   401    401     401   401     401   401     401     403  403    403     403/400
POST   /settings/tokens                403   401   401    401     401   401     401   401     401     403/200 403/200 403/200 403/200
GET    /manifest.webmanifest           200   200   200    200     200   200     200   200     200     200  200    200     200
HEAD   /manifest.webmanifest           200   200   200    200     200   200     200   200     200     200  200    200     200
GET    /static/app.css                 200   200   200    200     200   200     200   200     200     200  200    200     200
HEAD   /static/app.css                 200   200   200    200     200   200     200   200     200     200  200    200     200
GET    /docs                           200   200   200    200     200   200     200   200     200     200  200    200     200
GET    /api/openapi.json               200   200   200    200     200   200     200   200     200     200  200    200     200
GET    /healthz                        200   200   200    200     200   200     200   200     200     200  200    200     200
HEAD   /healthz                        200   200   200    200     200   200     200   200     200     200  200    200     200
GET    /readyz                         200   200   200    200     200   200     200   200     200     200  200    200     200
HEAD   /readyz                         200   200   200    200     200   200     200   200     200     200  200    200     200
GET    /metrics                        200   200   200    200     200   200     200   200     200     200  200    200     200
POST   /api/billing/checkout           404   401   401    401     401   401     401   401     401     404  404    404     404
POST   /api/billing/portal             404   401   401    401     401   401     401   401     401     404  404    404     404
POST   /stripe/webhook                 404   404   404    404     404   404     404   404     404     404  404    404     404
GET    /api/nothing                    404   404   404    404     404   404     404   404     404     404  404    404     404
DELETE /api/watches/{foreign}          404   401   401    401     401   401     401   401     401     404  404    404     404
DELETE /api/watches/{moved}            404   401   401    401     401   401     401   401     401     200  404    404     404
DELETE /api/watches/{own}              200   401   401    401     401   401     401   401     401     200  200    200     200
DELETE /api/admin/cache                200   401   401    401     401   401     401   401     401     403  403    403     200
POST   /sign-out                       303   401   401    401     401   401     401   401     401     303  303    303     303
POST   /sessions/others/end            303   401   401    401     401   401     401   401     401     303/401 303/401 303/401 303/401
"""  # noqa: E501 - one line for each route
"""The status of each route, called in this order, for each caller.

An address has objects in braces. `own`: the caller's. `foreign`: another user's, for which the answer is that
for a missing one. `moved`: a watch of `user` that was `former`'s; `old`: the alert that it made before.

While neither a person nor a token exists: `local`, a program of this machine, and `proxy`, the same through a
proxy. From then on: `anyone` and `proxied`, the same two; `wrong`, with secrets that were made up; `revoked`,
`ended` and `expired`, with a token and with sessions of `user` that were; `removed`, with the token and the
session of a removed person. `user`, `former`, `demoted` (an admin until now) and `admin`: each with a token
and with a session, which get the same. Those that are refused try the objects of `user`.
"""
HEADING = TABLE.strip().splitlines()[0]
COLUMNS = HEADING.split()[1:]
PEOPLE = ("user", "former", "demoted", "admin")
BODY = {"query": "zenitar mk2"}
SILENCE = {"for": "1h", "reason": "x"}
BODIES: dict[str, Any] = {
    "checkout": {"plan": "plus"},
    "portal": {},
    "import": [BODY],
    "ack": {},
    "resend": {},
    "reject": {"itemId": "1"},
    "answers": {"forget": ["all"]},
    "silence": SILENCE,
    "silences": SILENCE | {"api": "ebay"},
    "scan": {"image": CAMERA},
    "identify": {"image": CAMERA},
    "confirm": {"sessionId": "x", "candidateId": "1"},
    "scanAndAnalyze": {"images": [CAMERA]},
    **dict.fromkeys(
        ("wrong", "sign-out", "end", "new", "edit", "bulk", "undo", "import?", "scan?", "confirm?")
    ),
    **dict.fromkeys(("test", "tokens", "revoke", "upgrade", "payments")),
    **dict.fromkeys(("people", "link", "rights", "remove")),
}
"""What is sent to an endpoint, by the end of its address; to others `BODY`."""
FORMS = {
    "teach": {"item": "all", "answer": "forget"},
    "reject": {"item": "1"},
    "silence": {"length": "1h", "reason": "x"},
}
"""The same for the form of a page; other forms are empty."""
KINDS = {
    "watches/": "watch",
    "watch=": "watch",
    "alerts/": "alert",
    "after=": "alert",
    "silences/": "silence",
    "sessions/": "session",
    "incidents/": "incident",
    "dead-letters/": "letter",
    "img/": "picture",
}
"""The kind of an object by what stands before it in an address."""
MISSING = {"watch": "999999", "alert": "zz", "silence": "zz", "session": "98"}
PROXY, OWN_PAGE = {"X-Forwarded-For": "::1"}, {"Sec-Fetch-Site": "same-origin"}
PICTURE = "v1|77|0"  # in no answer of the market, whose pictures are not on this machine
Headers = dict[str, str]


@dataclass
class Tried:
    """One of a caller's credentials as headers, and the ids of what the table names."""

    headers: Headers
    objects: dict[str, str]
    spare: Iterator[int]  # sessions of the caller that may end

    def address(self, route: str, foreign: dict[str, str]) -> str:
        """Return the address of a route with its objects."""

        def named(found: re.Match[str]) -> str:
            kind = KINDS[found[1]]
            if (found[2], kind) == ("own", "session"):
                return f"{found[1]}{next(self.spare, 97)}"
            return found[1] + (foreign[kind] if found[2] == "foreign" else self.objects[f"{found[2]} {kind}"])

        return re.sub(r"([a-z-]+[/=])\{([a-z]+)\}", named, route.split()[1])


def rows() -> list[tuple[str, dict[str, str]]]:
    """Return each route of the table with the status for each caller."""
    found = []
    for line in TABLE.strip().splitlines()[1:]:
        method, address, *statuses = line.split()
        found.append((f"{method} {address}", dict(zip(COLUMNS, statuses, strict=True))))
    return found


def alert_named(name: str, watch: int = 1, user: str = "former") -> Alert:
    return Alert(
        name, watch, "camera", user, "slack", "new", "any new listing", 1.0, 1.0, "ebay", "camera",
        "any", "", "EBAY_US", "ask", "USD", 0, None, None, None, None, {}, market="a camera was found",
    )  # fmt: skip


async def write(app: App, table: Any, *new: dict[str, Any]) -> None:
    await app.stores.database.write(lambda conn: conn.execute(table.insert(), list(new)))


async def add_alert(app: App, name: str, watch: int, user: str) -> None:
    receipt = write_notification(alert_named(name, watch, user))
    row = {"id": name, "watch_id": watch, "user_id": user, "made_at": 1.0, "receipt": receipt}
    await write(app, alerts, row)


async def objects_of(app: App, user: str, name: str) -> dict[str, str]:
    """Make a watch with an alert and a silence for a user, and a dead letter; return their ids."""
    now = app.clock.now()
    watch = await app.registry.add({**BODY, "user": user}, now)
    await add_alert(app, f"a{name}", watch.id, user)
    silence = Silence(f"s{name}", Instant(now), Instant(now + 60), user, "x", watch=watch.id)
    await app.stores.silences.add(silence, now)
    dead = message_row("ops", f"d{name}", "ops", "{}", 1.0) | {"state": "dead", "done_at": 1.0}
    await write(app, outbox, dead)
    return {"watch": str(watch.id), "alert": f"a{name}", "silence": f"s{name}", "letter": f"d{name}"}


def tried(headers: Headers, made: dict[str, str], number: int = 0, spare: Iterable[int] = ()) -> Tried:
    """Return a credential; `number` chooses the moved watch, because each can be removed once."""
    objects = {f"own {kind}": found for kind, found in made.items()}
    objects |= {"any incident": "i1", "any letter": made["letter"], "any picture": PICTURE}
    objects |= {"moved watch": str(1 + number), "old alert": "old"}
    return Tried(headers, objects, iter(spare))


async def another_session(app: App, user: str) -> tuple[int, Headers]:
    """Sign a person in once more."""
    now = app.clock.now()
    made = await sign_in(app.stores, await make_sign_in_link(app.stores, user, now), "Firefox/1", "", now)
    assert made is not None
    return made[0].id, cookie(made[1]) | OWN_PAGE


async def make_people(app: App) -> dict[str, list[Tried]]:
    """Return the callers that are people or have been: each with its token and its session."""
    found = {}
    for user in (*PEOPLE, "removed"):
        is_admin = user in ("admin", "demoted")
        _, secret = await session_of(app, user, admin=is_admin)
        spare = [(await another_session(app, user))[0] for _ in range(4)]
        both = (await bearer(app, user, admin=is_admin), cookie(secret) | OWN_PAGE)
        found[user] = [
            tried(headers, await objects_of(app, user, f"{user}{n}"), n, spare[2 * n : 2 * n + 2])
            for n, headers in enumerate(both)
        ]
    now = app.clock.now()
    await app.stores.people.add("demoted", now, admin=False)
    await app.stores.people.remove("removed", now, delete_watches=True)
    return found


async def make_refused(app: App) -> dict[str, list[Headers]]:
    """Return the headers of the callers that are refused, by their names."""
    revoked = await bearer(app, "user")
    await app.stores.tokens.revoke(app.stores.tokens.listed()[-1].id, app.clock.now())
    (ended, ended_cookie), (late, late_cookie) = [await another_session(app, "user") for _ in range(2)]
    await app.stores.sign_in.end(ended, "user")
    expired = update(sessions).where(sessions.c.id == late).values(expires_at=app.clock.now())
    await app.stores.database.write(lambda conn: conn.execute(expired))
    secret = "watcher_" + "a" * 43
    return {
        "anyone": [{}],
        "proxied": [PROXY],
        "wrong": [{"Authorization": f"Bearer {secret}"}, cookie(secret) | OWN_PAGE],
        "revoked": [revoked],
        "ended": [ended_cookie],
        "expired": [late_cookie],
    }


async def statuses_of(
    client: httpx.AsyncClient, callers: dict[str, list[Tried]], foreign: dict[str, str]
) -> dict[str, dict[str, str]]:
    """Call each route as each caller; return the statuses, joined if its credentials get different ones."""
    found: dict[str, dict[str, str]] = {}
    for (route, _), (name, credentials) in product(rows(), callers.items()):
        statuses = [(await call(client, route, one, foreign)).status_code for one in credentials]
        found.setdefault(route, {})[name] = "/".join(dict.fromkeys(map(str, statuses)))
    return found


async def call(
    client: httpx.AsyncClient, route: str, caller: Tried, foreign: dict[str, str]
) -> httpx.Response:
    """Call a route. The answer for a foreign object must be that for a missing one."""
    method, address = route.partition(" ")[0], caller.address(route, foreign)
    body = BODIES.get(address.rpartition("/")[2], BODY)
    sent: dict[str, Any] = {"json": body} if method in ("POST", "PATCH") else {}
    if sent and not address.startswith(("/api/", "/stripe/")):  # a page's form
        sent = {"data": FORMS.get(address.rpartition("/")[2], {})}
    answer = await client.request(method, address, headers=caller.headers, **sent)
    if "{foreign}" in route:
        missing = caller.address(route, MISSING)
        other = await client.request(method, missing, headers=caller.headers, **sent)
        a, b = address.split("/")[-2:], missing.split("/")[-2:]
        same = answer.text
        for own, their in zip(a, b, strict=True):
            same = re.sub(rf"\b{re.escape(own)}\b", their, same)
        assert (answer.status_code, same) == (other.status_code, other.text), route
        assert set(answer.headers) == set(other.headers), route
    return answer


def as_table(found: dict[str, dict[str, str]]) -> str:
    """Return statuses in the form of `TABLE`."""
    lines = [HEADING]
    for route, statuses in found.items():
        method, address = route.split()
        cells = " ".join(f"{statuses[name]:<{len(name)}}" for name in COLUMNS)
        lines.append(f"{method:<6} {address:<31} {cells}".rstrip())
    return "\n".join(["", *lines, ""])


async def test_every_caller_gets_exactly_what_is_theirs(
    app: App, client: httpx.AsyncClient, market: MarketServer, goods: Scripted
) -> None:
    goods.shown = ZENITAR
    for _ in range(2):
        await app.registry.add({**BODY, "user": "former"}, app.clock.now())
    await add_alert(app, "old", 1, "former")
    foreign = await objects_of(app, "other", "other") | {"session": "99"}
    at = Instant(1.0)
    await app.stores.incidents.move_incident(None, Incident("i1", "ebay", "outage", at, at, at, at), None)
    app.pictures.remember([(PICTURE, f"{market.url}/images/g/1/s-l225.jpg")])
    own = await objects_of(app, LOCAL, "local")
    early = {"local": [tried({}, own)], "proxy": [tried(PROXY, own)]}
    found = await statuses_of(client, early, foreign)

    people = await make_people(app)
    session, _ = await session_of(app, "other")
    foreign["session"] = str(session.id)
    move = update(watches).where(watches.c.user_id == "former", watches.c.id <= 2).values(user_id="user")
    await app.stores.database.write(lambda conn: conn.execute(move))
    own = await objects_of(app, "user", "refused")
    refused = {
        name: [tried(headers, own) for headers in credentials]
        for name, credentials in (await make_refused(app)).items()
    }
    late = await statuses_of(client, refused | people, foreign)
    answered = as_table({route: found[route] | late[route] for route in found})
    assert set(answered.splitlines()) - set(TABLE.splitlines()) == set()
    assert answered == TABLE


async def test_a_list_shows_exactly_what_is_the_callers(app: App, client: httpx.AsyncClient) -> None:
    people = await make_people(app)
    for name, both in (await lists_of(client, people)).items():
        own = [one.objects for one in people[name]]
        for kinds in both:
            assert kinds == {
                "watches": {int(o["own watch"]) for o in own},
                "alerts": {o["own alert"] for o in own},
                "silences": {o["own silence"] for o in own},
                "export": len(own),
            }


async def lists_of(
    client: httpx.AsyncClient, people: dict[str, list[Tried]]
) -> dict[str, list[dict[str, Any]]]:
    """Return what each credential of each person is shown in lists."""
    found: dict[str, list[dict[str, Any]]] = {}
    for name in PEOPLE:
        for one in people[name]:
            lists: dict[str, Any] = {}
            for kind in ("watches", "alerts", "silences"):
                answer = await client.get(f"/api/{kind}", headers=one.headers)
                lists[kind] = {row["id"] for row in answer.json()[kind]}
            export = await client.get("/api/watches/export", headers=one.headers)
            found.setdefault(name, []).append(lists | {"export": len(export.json()["watches"])})
    return found


def test_the_table_has_every_route() -> None:
    served = {
        (method, str(context.path_format))
        for context in iter_route_contexts(_application().routes)
        for method in context.methods or ()
    }
    tested = {route_of(route, served) for route, _ in rows()}
    assert served - tested == set()
    assert tested - served == {("GET", "/api/nothing")}


def route_of(row: str, served: set[tuple[str, str]]) -> tuple[str, str]:
    """Return the route that answers a row of the table, or the row if none does."""
    method, address = row.split()
    path = address.partition("?")[0]
    fitting = [
        (other, pattern)
        for other, pattern in served
        if other == method and re.fullmatch(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(pattern)), path)
    ]
    return min(fitting, key=lambda one: one[1].count("{"), default=(method, path))


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
