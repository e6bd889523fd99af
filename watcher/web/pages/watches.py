"""The first page: the list of the caller's watches, and what is done to many of them at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Annotated, Literal
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from watcher.core.apis import Api
from watcher.core.errors import InvalidInput
from watcher.core.plurals import count_of
from watcher.core.times import Instant
from watcher.core.typed_text import clean_field, quoted
from watcher.core.watch import DEFAULT_DESTINATION
from watcher.db.watch_lists import WatchOrder, WatchSelection, WatchState
from watcher.watches.bulk import Done
from watcher.watches.overview import MAX_SORTED, OverviewPage, OverviewRow, TooManyToSort
from watcher.web.access.auth import User
from watcher.web.access.forms import FORM_TOKEN, form_fields
from watcher.web.dependencies import Web, WebDependencies
from watcher.web.endpoints.parameters import known_parameters
from watcher.web.pages.layout import Message, Undo, render_own, see_other
from watcher.web.pages.rendering import render_part, root_for, zone_of
from watcher.web.pages.views.watches import PAGE_SIZES, FirstRun, list_view, page_count, row_view

router = APIRouter(include_in_schema=False, dependencies=[Depends(known_parameters)])

_MAX_SHOWN = 10_000  # pages
_SELECTION = frozenset(("q", "tag", "state", "sort", "rows", "page"))
_BOX = "w"  # before a watch's id: the name of its box
_SENTENCES = {
    "paused": "{} paused.",
    "resumed": "{} resumed: the next look is due.",
    "tagged": "{} tagged.",
    "untagged": "The tag of {} is removed.",
    "removed": "{} deleted. Past alerts stay.",
    "undone": "{} as before.",
}


class ListParameters(BaseModel):
    """What the list shows, and the message above it."""

    model_config = ConfigDict(extra="forbid")

    q: str = Field("", max_length=200)
    tag: str = Field("", max_length=80)
    state: WatchState | Literal[""] = ""
    sort: WatchOrder | Literal[""] = ""
    rows: Literal["", "50", "200", "1000"] = ""
    page: int = Field(1, ge=1, le=_MAX_SHOWN)
    done: Literal["", "paused", "resumed", "tagged", "untagged", "removed", "undone", "none"] = ""
    n: int = Field(0, ge=0, le=1_000_000)
    undo: str = Field("", max_length=40, pattern="^[0-9a-f]*$")


@router.head("/")
@router.get("/")
async def list_page(
    request: Request, web: Web, who: User, asked: Annotated[ListParameters, Query()]
) -> Response:
    """List the caller's watches."""
    size = int(asked.rows or PAGE_SIZES[0])
    order = asked.sort or WatchOrder.NEWEST
    wanted = WatchSelection(
        who.user, clean_field(asked.q, "q"), clean_field(asked.tag, "tag"), asked.state or None
    )
    lists, number = web.stores.watch_lists, asked.page
    if number > 1:  # what was on the last page may have been removed
        number = min(number, page_count(lists.count(wanted), size))
    found, order, refused = await _found(web, wanted, order, size, number)
    shown = list_view(found, wanted, order, number, size, lists.tags(who.user))
    until = web.bulk.undone_until(who.user, asked.undo, web.clock.now())
    message, root = _message(asked, shown.query, until), root_for(request.scope)
    zone = zone_of(web.clock.now())
    return render_own(
        request,
        web,
        who,
        "watches.html",
        section="Watches",
        message=message or refused,
        shown=shown,
        rows=[_row(row, root, zone) for row in found.rows],
        row=None,  # the same template has the headings
        damaged=[d.sentence for d in found.damaged],
        start=_start(web),
    )


@router.post("/watches/bulk")
async def change_many(request: Request, web: Web, who: User) -> Response:
    """Pause, resume, tag or remove the ticked watches."""
    fields = form_fields(request.scope)
    numbers = _ticked(fields)
    if not numbers:
        return see_other(request, _back(fields), "none")
    return _answer(request, *await _change(web, who.user, numbers, fields), _back(fields))


@router.post("/watches/undo")
async def undo(request: Request, web: Web, who: User) -> Response:
    """Take the last change back."""
    fields = form_fields(request.scope)
    count = await web.bulk.undo(who.user, fields.get("undo", ""), web.clock.now())
    return _answer(request, "undone", Done(count), _back(fields))


def _start(web: WebDependencies) -> FirstRun:
    accepted = web.health.accepts_keys(Api.EBAY)
    keys = {True: "accepted", False: "refused", None: ""}[accepted]
    return FirstRun(keys, has_slack=web.queries.is_destination(DEFAULT_DESTINATION))


async def _found(
    web: WebDependencies, wanted: WatchSelection, order: WatchOrder, size: int, number: int
) -> tuple[OverviewPage, WatchOrder, Message | None]:
    """Return the page and its order; by name, with a message, if there are too many watches for a price's."""
    now, skip = web.clock.now(), (number - 1) * size
    try:
        return await web.overview.page(wanted, order, size, skip, now), order, None
    except TooManyToSort:
        limit = f"{MAX_SORTED:,}"
        said = f"More than {limit} watches are not sorted by price but by name: narrow the list first."
        order = WatchOrder.NAME
        return await web.overview.page(wanted, order, size, skip, now), order, Message(said, "warn")


async def _change(
    web: WebDependencies, user: str, numbers: Sequence[int], fields: Mapping[str, str]
) -> tuple[str, Done]:
    now = web.clock.now()
    match fields.get("do", ""):
        case "pause":
            return "paused", await web.bulk.set_paused(user, numbers, now, paused=True)
        case "resume":
            return "resumed", await web.bulk.set_paused(user, numbers, now, paused=False)
        case "tag":
            tag = fields.get("tag", "")
            done = await web.bulk.set_tag(user, numbers, tag, now)
            return "tagged" if tag.strip() else "untagged", done
        case "remove":
            return "removed", await web.bulk.remove(user, numbers, now)
        case other:
            raise InvalidInput(f"There is no action {quoted(other)}.")


def _ticked(fields: Mapping[str, str]) -> list[int]:
    """Return the ids of the ticked watches. Raises InvalidInput for a field that the form does not have."""
    numbers = []
    for name in fields:
        number = name.removeprefix(_BOX)
        if number != name and number.isascii() and number.isdecimal() and len(number) < len(str(2**62)):
            numbers.append(int(number))
        elif name not in (FORM_TOKEN, "do", "tag", "back"):
            raise InvalidInput(f"There is no field {quoted(name)}.")
    return numbers


def _back(fields: Mapping[str, str]) -> str:
    """Return the query of the list that a form came from: what it may have, and nothing else."""
    given = dict(parse_qsl(fields.get("back", "").removeprefix("?")))
    kept = {name: value for name, value in given.items() if name in _SELECTION}
    return f"?{urlencode(kept)}" if kept else ""


def _answer(request: Request, done: str, result: Done, back: str) -> Response:
    about = {"n": str(result.watches)} | ({"undo": result.undo} if result.undo else {})
    return see_other(request, f"{back}{'&' if back else '?'}{urlencode(about)}", done)


def _message(asked: ListParameters, back: str, until: Instant | None) -> Message | None:
    """Return what an action did, with its undo while that is possible."""
    if not asked.done:
        return None
    if asked.done == "none":
        return Message("Nothing was changed: tick the watches first.", "warn")
    fields = {"undo": asked.undo, "back": back}
    return Message(
        _SENTENCES[asked.done].format(count_of(asked.n, "watch")),
        undo=Undo("watches/undo", fields, until=until) if until else None,
    )


@lru_cache(maxsize=4096)
def _row(row: OverviewRow, root: str, zone: str) -> str:
    """Return a row of the list. Most rows of a page are those of the last one, so they are kept."""
    return render_part("watch_row.html", root=root, zone=zone, row=row_view(row))
