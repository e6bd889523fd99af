"""The watches of the caller."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from watcher.core.serializers import explanation_view, history_view, preview_view, watch_view
from watcher.core.times import DAY, Instant
from watcher.core.typed_text import clean_field
from watcher.core.watch_fields import FIELDS, draft_from_json
from watcher.db.watches import DamagedWatch
from watcher.watches.queries import alert_views, damaged_view
from watcher.web.access.auth import User
from watcher.web.answers.alerts import AlertsView
from watcher.web.answers.base import ETAG, MARKET_ERRORS, answers
from watcher.web.answers.watches import (
    DamagedWatchView,
    ExplanationView,
    HistoryView,
    PreviewView,
    RemovedWatchView,
    WatchesView,
    WatchView,
)
from watcher.web.dependencies import Web
from watcher.web.endpoints.asking import room_for_watches
from watcher.web.endpoints.etags import Conditional, both, tag_of
from watcher.web.endpoints.own_watches import (
    Number,
    admit_own,
    no_own_watch,
    own_watch,
    require_own,
    watch_id_of,
)
from watcher.web.endpoints.parameters import MAX_ID, AlertCursor, PageLimit, known_parameters
from watcher.web.endpoints.trying import try_watch
from watcher.web.endpoints.watch_bodies import (
    ANY_ITEM,
    LABEL_TEXT,
    NEW_WATCH,
    NewWatch,
    WatchChange,
    described,
)

router = APIRouter(prefix="/api/watches", tags=["watches"], dependencies=[Depends(known_parameters)])

_OWN_FIELDS = tuple(name for name in FIELDS if name != "user")  # the caller is the user


@router.post(
    "",
    name="addWatch",
    **answers(WatchView, "The new watch.", status=201, headers=ETAG, errors=(403,), body=NEW_WATCH),
)
async def register(web: Web, caller: User, response: Response, new: NewWatch) -> dict[str, Any]:
    """Register a watch; its first poll is due at once."""
    draft = draft_from_json(new.given, _OWN_FIELDS)
    async with room_for_watches(web, caller):
        made = await web.registry.add({**draft, "user": caller.user}, web.clock.now())
    response.headers["Location"] = f"/api/watches/{made.id}"
    return _tagged(web.queries.view(made), response)


@router.get("", name="listWatches", **answers(WatchesView, "A page of watches."))
async def watches(
    web: Web,
    caller: User,
    tag: Annotated[
        str, described(LABEL_TEXT), Query(max_length=80, description="Only watches with this tag.")
    ] = "",
    after: Annotated[int, Query(ge=0, le=MAX_ID, description="Start after this id.")] = 0,
    limit: PageLimit = 100,
) -> dict[str, Any]:
    """List the caller's watches by id; `next` is the `after` of the next page, or null.

    `damaged` names those whose row cannot be read; they can be removed.
    """
    page = web.stores.watches.page(caller.user, clean_field(tag, "tag"), after=after, limit=limit)
    shown = web.queries.views(page.rows)
    return {"watches": shown, "damaged": [damaged_view(d) for d in page.damaged], "next": page.next}


@router.get(
    "/{number:watch}",
    name="getWatch",
    response_model=None,
    **answers(WatchView, "The watch.", headers=ETAG, errors=(304, 412)),
)
async def watch(
    web: Web, caller: User, response: Response, conditions: Conditional, number: Number
) -> dict[str, Any] | Response:
    """Return one watch: its fields, its last and next poll, and what is wrong with it."""
    found = own_watch(web, caller, number)
    if conditions.match:
        conditions._replace(none_match=None).admit(found)
    view = _tagged(web.queries.view(found), response)
    tag = response.headers["ETag"]
    return Response(status_code=304, headers={"ETag": tag}) if conditions.is_unchanged(tag) else view


@router.patch(
    "/{number:watch}",
    name="editWatch",
    **answers(WatchView, "The changed watch.", headers=ETAG, errors=(403, 412), body={"paused": True}),
)
async def edit(
    web: Web, caller: User, response: Response, conditions: Conditional, number: Number, change: WatchChange
) -> dict[str, Any]:
    """Change, pause or resume a watch, all in one step."""
    found = own_watch(web, caller, number)
    draft = draft_from_json(change.given, _OWN_FIELDS, is_new=False)
    admit = both(admit_own(caller), conditions.admit)
    edited = await web.registry.update(found.id, draft, web.clock.now(), paused=change.paused, admit=admit)
    return _tagged(web.queries.view(edited), response)


@router.delete(
    "/{number:watch}",
    name="removeWatch",
    **answers(RemovedWatchView | DamagedWatchView, "The watch that was removed.", errors=(412,)),
)
async def remove(web: Web, caller: User, conditions: Conditional, number: Number) -> dict[str, Any]:
    """Remove a watch and return it; its alerts stay."""
    require_own(web, caller, number)
    if isinstance(web.stores.watches.find(watch_id_of(web, number)), DamagedWatch):
        conditions.admit_damaged()
    admit = both(admit_own(caller), conditions.admit)
    removed = await web.registry.remove(number, web.clock.now(), admit)
    return damaged_view(removed) if isinstance(removed, DamagedWatch) else watch_view(removed)


@router.get("/{number:watch}/alerts", name="listAlertsOfWatch", **answers(AlertsView, "The alerts."))
async def alerts(
    web: Web, caller: User, number: Number, after: AlertCursor = "", limit: PageLimit = 50
) -> dict[str, Any]:
    """List the alerts of a watch, the newest first; `next` is the `after` of the next page, or null.

    The alerts of a removed watch stay, and are listed for its last user.
    """
    owner = web.stores.watches.owner(watch_id_of(web, number))
    if owner is not None:
        require_own(web, caller, number)
    page = web.stores.alerts.page(limit, watch=number, user=caller.user, after=after)
    if owner is None and not page.rows and not after:
        raise no_own_watch(number)
    return {"alerts": alert_views(web.stores, page.rows), "next": page.next}


@router.post(
    "/preview",
    name="previewWatch",
    **answers(PreviewView, "What it would do.", errors=MARKET_ERRORS, body=NEW_WATCH),
)
async def preview(web: Web, caller: User, request: Request, new: NewWatch) -> dict[str, Any]:
    """Return what a watch would do at its first poll and on stored history, without saving it."""
    drafted = web.registry.parse({**draft_from_json(new.given, _OWN_FIELDS), "user": caller.user})
    tried = await try_watch(web, caller, request, drafted)
    view = preview_view(drafted, tried.comps, tried.preview, tried.cadence, tried.promise)
    return view | {"warnings": list(tried.warnings)}


@router.get("/{number:watch}/history", name="getHistory", **answers(HistoryView, "The asks."))
async def history(
    web: Web,
    caller: User,
    number: Number,
    days: Annotated[int, Query(ge=1, le=366, description="Length of the history.")] = 90,
) -> dict[str, Any]:
    """Return the asks that the watch saw, one point per poll that changed them and at least one per hour."""
    found = own_watch(web, caller, number)
    since = Instant(web.clock.now() - days * DAY)
    points = web.stores.history.price_points(found.search_id, found.filters.key, since)
    return history_view(found, points, web.queries.observed(found.question))


@router.get("/{number:watch}/explain", name="explainWatch", **answers(ExplanationView, "The explanation."))
async def explain(
    web: Web,
    caller: User,
    number: Number,
    item: Annotated[
        str, described(ANY_ITEM), Query(max_length=500, description="An item: its number, id or URL.")
    ] = "",
) -> dict[str, Any]:
    """Return why the watch did or did not alert, on one item or in general, without asking eBay."""
    found = own_watch(web, caller, number)
    return explanation_view(found, web.queries.explain(found, item))


def _tagged(view: dict[str, Any], response: Response) -> dict[str, Any]:
    """Return a watch as JSON after setting the answer's `ETag`."""
    response.headers["ETag"] = tag_of(view)
    return view
