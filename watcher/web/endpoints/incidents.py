"""Incidents of the operators: listed, shown, acknowledged and silenced. Only for admins."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query

from watcher.core.errors import NotFound
from watcher.core.monitoring.incident_views import incident_view, silence_view
from watcher.core.monitoring.incidents import Incident
from watcher.core.typed_text import quoted
from watcher.monitoring.incident_queries import (
    ack_incident,
    add_silence,
    find_incident,
    incident_detail,
    matchers_of,
)
from watcher.web.access.auth import Admin
from watcher.web.answers.base import answers
from watcher.web.answers.incidents import AckedView, IncidentDetailView, IncidentsView, SilenceView
from watcher.web.dependencies import Web, WebDependencies
from watcher.web.endpoints.bodies import NoBody
from watcher.web.endpoints.parameters import AlertCursor, PageLimit, known_parameters
from watcher.web.endpoints.silences import SILENCE, SilenceLength

router = APIRouter(prefix="/api/incidents", tags=["incidents"], dependencies=[Depends(known_parameters)])

IncidentId = Annotated[str, Path(max_length=100, description="An incident's id.")]


@router.get("", name="listIncidents", **answers(IncidentsView, "A page of incidents."))
async def incidents(
    web: Web,
    _caller: Admin,
    state: Annotated[Literal["", "open", "resolved"], Query(description="Only these.")] = "",
    after: AlertCursor = "",
    limit: PageLimit = 50,
) -> dict[str, Any]:
    """List incidents, the newest first; `next` is the `after` of the next page, or null."""
    page = web.stores.incidents.page(limit, is_open=state == "open" if state else None, after=after)
    return {"incidents": [incident_view(one) for one in page.rows], "next": page.next}


@router.get("/{incident}", name="getIncident", **answers(IncidentDetailView, "The incident."))
async def one_incident(web: Web, _caller: Admin, incident: IncidentId) -> dict[str, Any]:
    """Return one incident with its messages and their delivery."""
    return incident_detail(web.stores, _incident(web, incident))


@router.post("/{incident}/ack", name="ackIncident", **answers(AckedView, "The acknowledgement."))
async def acknowledge_incident(
    web: Web, caller: Admin, incident: IncidentId, _body: NoBody | None = None
) -> dict[str, str]:
    """Acknowledge an open incident in the caller's name: it sends no more reminders, only its end."""
    done = await ack_incident(web.stores, incident, caller.user, web.clock.now())
    if done is None:
        raise no_incident(incident)
    return done


@router.post(
    "/{incident}/silence",
    name="silenceIncident",
    **answers(SilenceView, "The new silence.", status=201, body=SILENCE),
)
async def silence_incident(
    web: Web, caller: Admin, incident: IncidentId, body: SilenceLength
) -> dict[str, object]:
    """Hold back the messages about this API and symptom for a while; they are still recorded."""
    now, matchers = web.clock.now(), matchers_of(_incident(web, incident))
    return silence_view(await add_silence(web.stores, body.draft(caller) | matchers, now), now)


def _incident(web: WebDependencies, name: str) -> Incident:
    found = find_incident(web.stores, name)
    if found is None:
        raise no_incident(name)
    return found


def no_incident(name: str) -> NotFound:
    """Return the error for an incident that does not exist."""
    return NotFound(f"There is no incident {quoted(name)}.")
