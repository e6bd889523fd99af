"""The page of the status, for admins: incidents, services, quotas, searches, deliveries, the machine."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from watcher.core.errors import InvalidInput, status_of, user_sentence
from watcher.core.monitoring.incidents import Incident
from watcher.core.times import Instant
from watcher.core.tokens import Caller
from watcher.monitoring.dead_letters import dead_letter_view, resend_dead_letter
from watcher.monitoring.incident_queries import (
    ack_incident,
    add_silence,
    end_silence,
    find_incident,
    matchers_of,
    no_silence,
)
from watcher.web.access.auth import Admin
from watcher.web.access.forms import form_of, require_no_fields
from watcher.web.dependencies import Web, WebDependencies
from watcher.web.endpoints.dead_letters import LetterId
from watcher.web.endpoints.incidents import IncidentId, no_incident
from watcher.web.endpoints.parameters import known_parameters
from watcher.web.endpoints.silences import SilenceId
from watcher.web.pages.layout import Message, render_own, see_other
from watcher.web.pages.views.status import STRETCH_SECONDS, STRETCHES, CallHistory, IncidentNews, status_page

router = APIRouter(include_in_schema=False, dependencies=[Depends(known_parameters)])

_MAX_LETTERS = 20
_MESSAGES: Mapping[str, Message] = {
    "acked": Message("Acknowledged: it sends no more reminders, only its end."),
    "silenced": Message("Silenced. What happens is still recorded."),
    "ended": Message("The silence has ended; what it held back is sent now."),
    "resent": Message("The message will be sent once more at the daemon's next round."),
    "no-destination": Message("The configuration has no such destination, so the message waits.", "warn"),
}
_Done = Annotated[str, Query(max_length=20)]
_SilenceFields = Annotated[Mapping[str, str], Depends(form_of("length", "reason"))]


@router.head("/status")
@router.get("/status")
async def status_now(request: Request, web: Web, who: Admin, done: _Done = "") -> Response:
    """Show the status of the daemon and of everything that it depends on."""
    return await _page(request, web, who, message=_MESSAGES.get(done))


@router.post("/status/incidents/{incident}/ack", dependencies=[Depends(require_no_fields)])
async def acknowledge(request: Request, web: Web, who: Admin, incident: IncidentId) -> Response:
    """Acknowledge an open incident in the caller's name."""
    if await ack_incident(web.stores, incident, who.user, web.clock.now()) is None:
        raise no_incident(incident)
    return _done(request, web, "acked")


@router.post("/status/incidents/{incident}/silence")
async def silence(
    request: Request, web: Web, who: Admin, incident: IncidentId, fields: _SilenceFields
) -> Response:
    """Hold back the messages about this API and symptom for a while."""
    found = _incident(web, incident)
    draft = {"length": fields["length"], "reason": fields["reason"], "author": who.user}
    try:
        await add_silence(web.stores, _with_reason(draft) | matchers_of(found), web.clock.now())
    except InvalidInput as refusal:
        typed = {**draft, "incident": incident, "error": user_sentence(refusal)}
        return await _page(request, web, who, typed=typed, status=status_of(refusal))
    return _done(request, web, "silenced")


@router.post("/status/silences/{silence}/end", dependencies=[Depends(require_no_fields)])
async def end(request: Request, web: Web, _who: Admin, silence: SilenceId) -> Response:
    """End a silence of operators' messages now."""
    if all(s.id != silence or s.watch is not None for s in web.stores.incidents.silences(web.clock.now())):
        raise no_silence(silence)
    await end_silence(web.stores, silence, web.clock.now())
    return _done(request, web, "ended")


@router.post("/status/dead-letters/{letter}/resend", dependencies=[Depends(require_no_fields)])
async def resend(request: Request, web: Web, _who: Admin, letter: LetterId) -> Response:
    """Send the dead letters about an alert or incident once more."""
    found = await resend_dead_letter(web.stores, web.queries.is_destination, letter, web.clock.now())
    return _done(request, web, "no-destination" if found["warnings"] else "resent")


def _done(request: Request, web: WebDependencies, key: str) -> Response:
    web.forget_status()
    return see_other(request, "status", key)


async def _page(
    request: Request,
    web: WebDependencies,
    who: Caller,
    *,
    message: Message | None = None,
    typed: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    status_json = json.loads(await web.render_status())
    letters = web.stores.dead_letters.page(_MAX_LETTERS).letters
    shown = status_page(
        status_json,
        _open_incidents(web),
        [dead_letter_view(letter) for letter in letters],
        _calls(web),
        typed or {},
    )
    return render_own(
        request, web, who, "status.html", section="Status", message=message, status=status, page=shown
    )


def _open_incidents(web: WebDependencies) -> Mapping[str, IncidentNews]:
    """Return what each open incident is about, and the last message. One that began silenced has none."""
    found = {}
    for one in web.stores.incidents.open_incidents():
        messages = web.stores.incidents.messages(one.id)
        found[one.id] = IncidentNews(one.api, one.symptom, messages[-1].notice if messages else None)
    return found


def _calls(web: WebDependencies) -> CallHistory:
    """Return the calls of the shortest time that has all of them: a young installation has minutes."""
    now, longest = web.clock.now(), STRETCH_SECONDS[-1]
    for width in STRETCH_SECONDS[:-1]:
        since = Instant(now - STRETCHES * width)
        if not web.stores.incidents.has_calls(Instant(now - STRETCHES * longest), since):
            break
    else:
        width, since = longest, Instant(now - STRETCHES * longest)
    return CallHistory(web.health.window, since, width, web.stores.incidents.call_tallies(since, width))


def _with_reason(draft: dict[str, str]) -> dict[str, str]:
    if not draft["reason"].strip():
        raise InvalidInput("A silence needs a reason, which lists of silences show.")
    return draft


def _incident(web: WebDependencies, name: str) -> Incident:
    found = find_incident(web.stores, name)
    if found is None:
        raise no_incident(name)
    return found
