"""The alerts of the caller's watches, also of those that were removed."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from watcher.core.errors import NotFound
from watcher.core.tokens import Caller
from watcher.core.typed_text import quoted
from watcher.db.alerts import AlertRow
from watcher.monitoring.incident_queries import ack_alert
from watcher.watches.queries import alert_detail, alert_views
from watcher.watches.rejecting import Rejection, reject_item
from watcher.web.access.auth import User
from watcher.web.answers.alerts import AlertDetailView, AlertsView, RejectionView
from watcher.web.answers.base import answers
from watcher.web.answers.incidents import AckedView
from watcher.web.dependencies import Web, WebDependencies
from watcher.web.endpoints.bodies import NoBody, StrictBody
from watcher.web.endpoints.own_watches import admit_own, require_own
from watcher.web.endpoints.parameters import MAX_ID, MAX_PAGE, known_parameters
from watcher.web.endpoints.watch_bodies import ANY_ITEM, PHRASE_LIST, described

router = APIRouter(prefix="/api/alerts", tags=["alerts"], dependencies=[Depends(known_parameters)])

AlertId = Annotated[str, Path(max_length=100, description="An alert's id.")]


class FeedParameters(BaseModel):
    """Which alerts to list."""

    model_config = ConfigDict(extra="forbid")

    after: str = Field(
        "", max_length=100, pattern="^[0-9A-Za-z]*$", description="Start after the alert with this id."
    )
    watch: int | None = Field(None, ge=1, le=MAX_ID, description="Only alerts of this watch.")
    state: Literal["", "pending", "sent", "dead", "gone"] = Field("", description="Only with such a message.")
    acked: bool | None = Field(None, description="Only those that are, or are not, acknowledged.")
    limit: int = Field(50, ge=1, le=MAX_PAGE, description="The maximum number on a page.")


_AnyItem = Annotated[str, described(ANY_ITEM)]
_Phrases = Annotated[str, described(PHRASE_LIST)]
_REJECTION = {"itemId": "256012345678", "words": "strap"}


class RejectBody(StrictBody):
    """The item that is not the wanted one; an alert with a single item needs no `itemId`."""

    item_id: _AnyItem = Field("", max_length=500, description="Its number, id or address.")
    words: _Phrases = Field("", max_length=8_000, description="Also exclude every title with these words.")
    undo: bool = Field(False, description="Withdraw the rejection.")
    dry_run: bool = Field(False, description="Answer what else it would drop, and save nothing.")


@router.get("", name="listAlerts", **answers(AlertsView, "A page of alerts."))
async def feed(web: Web, caller: User, asked: Annotated[FeedParameters, Query()]) -> dict[str, Any]:
    """List the caller's alerts, the newest first; `next` is the `after` of the next page, or null."""
    page = web.stores.alerts.page(
        asked.limit,
        watch=asked.watch,
        user=caller.user,
        after=asked.after,
        state=asked.state,
        is_acked=asked.acked,
    )
    web.pictures.remember((x.item_id, x.image) for row in page.rows for x in row.alert.items)
    return {"alerts": alert_views(web.stores, page.rows), "next": page.next}


@router.get("/{alert}", name="getAlert", **answers(AlertDetailView, "The alert."))
async def one_alert(web: Web, caller: User, alert: AlertId) -> dict[str, Any]:
    """Return one alert with its receipt and the state of its message."""
    row = own_alert(web, caller, alert)
    web.pictures.remember((x.item_id, x.image) for x in row.alert.items)
    return alert_detail(web.stores, row)


@router.post(
    "/{alert}/reject",
    name="rejectItem",
    **answers(RejectionView, "What it did.", errors=(409, 412), body=_REJECTION),
)
async def reject(web: Web, caller: User, alert: AlertId, body: RejectBody) -> dict[str, Any]:
    """Report that an item is not the wanted one: its watch drops it and counts a wrong alert."""
    found = own_alert(web, caller, alert).alert
    require_own(web, caller, found.watch_id)
    asked = Rejection(body.item_id.strip(), body.words, body.undo, body.dry_run)
    return await reject_item(web.registry, web.queries, found, asked, admit_own(caller))


@router.post("/{alert}/ack", name="ackAlert", **answers(AckedView, "The acknowledgement."))
async def acknowledge(web: Web, caller: User, alert: AlertId, _body: NoBody | None = None) -> dict[str, str]:
    """Mark an alert as seen by the caller."""
    own_alert(web, caller, alert)
    done = await ack_alert(web.stores, alert, caller.user, web.clock.now())
    if done is None:  # housekeeping has just deleted it
        raise _no_alert(alert)
    return done


def own_alert(web: WebDependencies, caller: Caller, alert: str) -> AlertRow:
    """Return the caller's alert with this id. Raises NotFound, also for an alert of another user."""
    row = web.stores.alerts.get(alert) if alert.isalnum() else None
    if row is None or row.alert.user != caller.user:
        raise _no_alert(alert)
    return row


def _no_alert(alert: str) -> NotFound:
    return NotFound(f"You have no alert {quoted(alert)}.")
