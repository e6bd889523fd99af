"""The page of one watch: its market, history and alerts, and what can be done to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from watcher.accounts.plan_use import late_poll_sentence
from watcher.core.accuracy import accuracy_sentence
from watcher.core.comps import Comps
from watcher.core.errors import InvalidInput, status_of, user_sentence
from watcher.core.teaching import Teaching
from watcher.core.times import DAY, MINUTE, Instant
from watcher.core.tokens import Caller
from watcher.core.typed_text import quoted
from watcher.core.watch import Watch
from watcher.monitoring.incident_queries import end_silence
from watcher.watches.queries import alert_views
from watcher.watches.rejecting import Rejection, reject_listing
from watcher.watches.teaching import teach
from watcher.web.access.auth import User
from watcher.web.access.forms import form_of
from watcher.web.dependencies import Web, WebDependencies
from watcher.web.endpoints.own_watches import (
    Number,
    admit_own,
    no_own_watch,
    own_watch,
    require_own,
    watch_id_of,
)
from watcher.web.endpoints.parameters import known_parameters
from watcher.web.endpoints.silences import add_silence_of_watch
from watcher.web.pages.layout import Message, Undo, render_own, see_other
from watcher.web.pages.views.alerts import alert_card
from watcher.web.pages.views.rejection import RejectionForm, with_outcome
from watcher.web.pages.views.teaching import teaching_view
from watcher.web.pages.views.watch import (
    RANGES,
    SNOOZES,
    MedianNotes,
    WatchPageView,
    history_of,
    watch_view_of,
)

router = APIRouter(include_in_schema=False, dependencies=[Depends(known_parameters)])

_MAX_ITEM, _MAX_WORDS = 80, 8_000
_ALERTS_SHOWN, _ALERTS_DRAWN = 5, 500
_LONGEST_SNOOZE = 366 * DAY  # seconds
_MESSAGES: Mapping[str, str] = {
    "added": "Saved: the first poll is due.",
    "saved": "Saved.",
    "paused": "Paused: nothing is looked for until you resume it.",
    "resumed": "Resumed: the next look is due.",
    "snoozed": "Snoozed: its alerts wait and are sent afterwards.",
    "woken": "Its alerts are sent again.",
    "rejected": "Rejected: the watch drops this listing from now on.",
    "taught": "Learned: your answer counts for similar listings, too, in this watch only.",
    "forgotten": "Taken back.",
    "unlearned": "Saved. The answers were about the former query, so they are taken back.",
    "restored": "The rejection is withdrawn. Excluded words stay: edit the watch to allow them.",
}

_PROMPT: Mapping[str, str] = {"added": "Saved.", "resumed": "Resumed."}  # what is polled at once, or not


class WatchParameters(BaseModel):
    """What the page shows: the length of the history, a listing to reject, and the message of an action."""

    model_config = ConfigDict(extra="forbid")

    days: Literal["7", "30", "90", "365"] = "90"
    item: str = Field("", max_length=_MAX_ITEM)
    words: str = Field("", max_length=_MAX_WORDS)
    done: str = Field("", max_length=20)
    last: str = Field("", max_length=_MAX_ITEM)


NoFields = Annotated[Mapping[str, str], Depends(form_of())]
Snooze = Annotated[Mapping[str, str], Depends(form_of("for", "until"))]
Answered = Annotated[Mapping[str, str], Depends(form_of("item", "answer"))]
RejectedListing = Annotated[Mapping[str, str], Depends(form_of("item", "words", "undo"))]


@router.head("/watches/{number:int}")
@router.get("/watches/{number:int}")
async def watch_page(
    request: Request, web: Web, who: User, number: Number, asked: Annotated[WatchParameters, Query()]
) -> Response:
    """Show a watch, and what rejecting one of its listings would do."""
    watch = own_watch(web, who, number)
    if not asked.item:
        return await _page(request, web, who, watch, asked, message=_message(web, watch, asked))
    try:
        found = await _reject(web, who, number, Rejection(asked.item, asked.words, dry_run=True))
    except InvalidInput as refusal:
        return await _refused(request, web, who, watch, asked, refusal)
    doubt = with_outcome(_doubt(web, watch, asked), found)
    return await _page(request, web, who, watch, asked, doubt=doubt)


@router.post("/watches/{number:int}/pause")
async def pause(request: Request, web: Web, who: User, number: Number, _: NoFields) -> Response:
    """Pause a watch."""
    await web.registry.update(
        own_watch(web, who, number).id, {}, web.clock.now(), paused=True, admit=admit_own(who)
    )
    return see_other(request, f"watches/{number}", "paused")


@router.post("/watches/{number:int}/resume")
async def resume(request: Request, web: Web, who: User, number: Number, _: NoFields) -> Response:
    """Resume a watch."""
    await web.registry.update(
        own_watch(web, who, number).id, {}, web.clock.now(), paused=False, admit=admit_own(who)
    )
    return see_other(request, f"watches/{number}", "resumed")


@router.post("/watches/{number:int}/snooze")
async def snooze(request: Request, web: Web, who: User, number: Number, fields: Snooze) -> Response:
    """Hold the alerts of a watch back for a while, or until a time."""
    require_own(web, who, number)
    length = _snooze_length(fields, web.clock.now())
    draft = {"length": length, "reason": "snoozed", "author": who.user, "watch": str(number)}
    await add_silence_of_watch(web, who, number, draft)
    return see_other(request, f"watches/{number}", "snoozed")


@router.post("/watches/{number:int}/wake")
async def wake(request: Request, web: Web, who: User, number: Number, _: NoFields) -> Response:
    """Send the alerts of a watch again."""
    require_own(web, who, number)
    now = web.clock.now()
    for silence in web.stores.incidents.silences(now):
        if silence.watch == number and silence.until(now) is not None:
            await end_silence(web.stores, silence.id, now)
    return see_other(request, f"watches/{number}", "woken")


@router.post("/watches/{number:int}/remove")
async def remove(request: Request, web: Web, who: User, number: Number, _: NoFields) -> Response:
    """Remove a watch and go to the list, where that can be undone."""
    done = await web.bulk.remove(who.user, [watch_id_of(web, number)], web.clock.now())
    if not done.watches:
        raise no_own_watch(number)
    return see_other(request, f"?n=1&undo={done.undo}", "removed")


@router.post("/watches/{number:int}/reject")
async def reject(request: Request, web: Web, who: User, number: Number, fields: RejectedListing) -> Response:
    """Reject a listing, or withdraw that."""
    watch, undo = own_watch(web, who, number), bool(fields["undo"])
    item, words = fields["item"][:_MAX_ITEM], fields["words"][:_MAX_WORDS]
    try:
        await _reject(web, who, number, Rejection(item, words, undo=undo))
    except InvalidInput as refusal:
        asked = WatchParameters.model_validate({"item": item, "words": words})
        return await _refused(request, web, who, watch, asked, refusal)
    if undo:
        return see_other(request, f"watches/{number}", "restored")
    return see_other(request, f"watches/{number}?last={quote(item)}", "rejected")


@router.post("/watches/{number:int}/teach")
async def teach_from_page(
    request: Request, web: Web, who: User, number: Number, fields: Answered
) -> Response:
    """Answer whether a listing is the item, or take that back."""
    watch, item, answer = own_watch(web, who, number), fields["item"][:_MAX_ITEM], fields["answer"]
    given = Teaching(**{answer: (item,)}) if answer in Teaching._fields else Teaching()
    try:
        await teach(web.registry, web.queries, number, given, admit_own(who))
    except InvalidInput as refusal:
        message, nothing = Message(user_sentence(refusal), "bad"), WatchParameters.model_validate({})
        return await _page(request, web, who, watch, nothing, message=message, status=status_of(refusal))
    if answer == "forget":
        return see_other(request, f"watches/{number}", "forgotten")
    return see_other(request, f"watches/{number}?last={quote(item)}", "taught")


def _snooze_length(fields: Mapping[str, str], now: Instant) -> str:
    """Return how long a snooze lasts; a time without a zone is in the daemon's. Raises InvalidInput."""
    until = fields["until"].strip()
    if fields["for"] or not until:
        if fields["for"] not in SNOOZES:
            raise InvalidInput(f"A watch is snoozed for {', '.join(SNOOZES)}, or until a time.")
        return fields["for"]
    try:
        seconds = datetime.fromisoformat(until).astimezone().timestamp() - now
    except (ValueError, OverflowError, OSError):
        raise InvalidInput(f"{quoted(until)} is not a date and a time, such as 2026-12-01T08:00.") from None
    if not MINUTE <= seconds <= _LONGEST_SNOOZE:
        raise InvalidInput("A snooze ends in the future, within a year: choose another time.")
    return f"{round(seconds)}s"


async def _reject(web: WebDependencies, who: Caller, number: int, asked: Rejection) -> dict[str, Any]:
    return await reject_listing(web.registry, web.queries, number, asked, admit_own(who))


async def _refused(
    request: Request,
    web: WebDependencies,
    who: Caller,
    watch: Watch,
    asked: WatchParameters,
    refusal: InvalidInput,
) -> Response:
    doubt = replace(_doubt(web, watch, asked), error=user_sentence(refusal))
    return await _page(request, web, who, watch, asked, doubt=doubt, status=status_of(refusal))


def _doubt(web: WebDependencies, watch: Watch, asked: WatchParameters) -> RejectionForm:
    comps = web.queries.cached_comps(watch)
    kept = comps.selection.kept if comps else ()
    title = next((x.title for x in kept if x.item_id == asked.item), "")
    return RejectionForm(f"watches/{watch.id}", "market", asked.item, asked.words, title)


async def _page(
    request: Request,
    web: WebDependencies,
    who: Caller,
    watch: Watch,
    asked: WatchParameters,
    *,
    message: Message | None = None,
    doubt: RejectionForm | None = None,
    status: int = 200,
) -> Response:
    comps = _comps(web, watch)
    view = await _view(web, who, watch, comps, int(asked.days))
    return render_own(
        request,
        web,
        who,
        "watch.html",
        section="Watches",
        message=message,
        status=status,
        watch=view,
        teaching=teaching_view(watch, comps),
        doubt=doubt,
        ranges=RANGES,
        snoozes=SNOOZES,
    )


def _comps(web: WebDependencies, watch: Watch) -> Comps | None:
    """Return the comps of the stored answer, whose pictures may then be asked for."""
    comps = web.queries.cached_comps(watch)
    if comps is not None:
        shown = (*comps.selection.kept, *(d.listing for d in comps.selection.dropped))
        web.pictures.remember((x.item_id, x.image) for x in shown)
    return comps


async def _view(
    web: WebDependencies, who: Caller, watch: Watch, comps: Comps | None, days: int
) -> WatchPageView:
    now, stores = web.clock.now(), web.stores
    row = await web.overview.row(watch.id, now)
    if row is None:  # removed since it was read
        raise no_own_watch(watch.id)
    points = stores.history.price_points(watch.search_id, watch.filters.key, Instant(now - days * DAY))
    alerts = stores.alerts.page(_ALERTS_DRAWN, watch=watch.id, user=who.user).rows
    history = history_of(points, [a.alert for a in alerts], watch, days, now)
    cards = [alert_card(view) for view in alert_views(stores, alerts[:_ALERTS_SHOWN])]
    notes = _median_notes(web, watch, comps) if comps else MedianNotes()
    return watch_view_of(watch, row, web.queries.view(watch), comps, history, cards, notes)


def _median_notes(web: WebDependencies, watch: Watch, comps: Comps) -> MedianNotes:
    """Return what is known of the watch's median; the corrected one is that of a watch without filters."""
    basis, is_plain = comps.statistics.basis, not (watch.filters.key or watch.rejected or watch.taught)
    corrected = web.queries.corrected(watch.question, basis) if is_plain else None
    return MedianNotes(corrected, accuracy_sentence(web.queries.accuracy_of(watch.category, basis)))


def _message(web: WebDependencies, watch: Watch, asked: WatchParameters) -> Message | None:
    said, number = _MESSAGES.get(asked.done), watch.id
    if said is None:
        return None
    if asked.done in _PROMPT and (late := late_poll_sentence(web.stores, watch, web.clock.now())):
        said = f"{_PROMPT[asked.done]} {late}"
    undo = None
    if asked.last and asked.done == "rejected":
        undo = Undo(f"watches/{number}/reject", {"item": asked.last, "undo": "yes"})
    elif asked.last and asked.done == "taught":
        undo = Undo(f"watches/{number}/teach", {"item": asked.last, "answer": "forget"})
    return Message(said, undo=undo)
