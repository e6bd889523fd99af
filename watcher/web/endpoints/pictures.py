"""The pictures of listings, fetched by the daemon so that eBay does not learn who looks at them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from watcher.core.errors import WatcherError
from watcher.core.pictures import PICTURE_TYPES, PictureSize, no_picture
from watcher.core.tokens import Caller
from watcher.watches.pictures import KeptPicture
from watcher.web.access.auth import User
from watcher.web.access.rate_limit import count_answer
from watcher.web.dependencies import Web, WebDependencies
from watcher.web.endpoints.asking import require_rate, while_connected
from watcher.web.endpoints.own_watches import require_own
from watcher.web.endpoints.parameters import known_parameters

router = APIRouter(tags=["pictures"], dependencies=[Depends(known_parameters)])

ItemId = Annotated[
    str,
    Path(
        max_length=60,
        pattern=r"^(v1\|[0-9]{1,19}\|[0-9]{1,19}|[0-9]{1,19}|w[0-9]{1,18})$",
        description="`v1|256123456789|0` or the number alone; `w12` is what costs least for your watch 12.",
        examples=["v1|256123456789|0"],
    ),
]
_NOT_MODIFIED = 304
_WATCH = "w"  # before the id of a watch
# A picture comes from a stranger: it is shown as a picture by this origin's pages, and never as a document.
_HEADERS = {
    "Content-Disposition": "inline",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The picture.", "content": dict.fromkeys(PICTURE_TYPES, _BINARY)},
    304: {"description": "The picture is the one that `If-None-Match` names."},
    504: {},
}


class PictureParameters(BaseModel):
    """How large the picture is."""

    model_config = ConfigDict(extra="forbid")

    size: PictureSize = Field(
        PictureSize.SMALL, description="small (225 pixels) or large (500), if eBay offers sizes."
    )


Asked = Annotated[PictureParameters, Query()]


@router.head("/img/{item}", include_in_schema=False)
@router.get("/img/{item}", name="getPicture", response_class=Response, responses=_RESPONSES)
async def picture(web: Web, caller: User, request: Request, item: ItemId, asked: Asked) -> Response:
    """Return the picture of a listing.

    A poll must have seen the listing, or an alert or an answer about comps must have shown it lately. The
    daemon fetches the picture and keeps it in memory, for six hours at most.
    """
    found = item if item[0] != _WATCH else await _best_of(web, caller, int(item[1:]))
    answer = _respond(request, await _find(web, caller, request, found, asked.size))
    if found != item:
        answer.headers["Cache-Control"] = "private, no-cache"  # another listing may be the best one by then
    return answer


async def _best_of(web: WebDependencies, caller: Caller, number: int) -> str:
    """Return the listing with the lowest total of a watch. Raises NotFound, also if it is another user's."""
    require_own(web, caller, number)
    row = await web.overview.row(number, web.clock.now())
    if row is None or not row.figures.item:
        raise no_picture()
    return row.figures.item


async def _find(
    web: WebDependencies, caller: Caller, request: Request, item: str, size: PictureSize
) -> KeptPicture:
    """Return the picture from memory, or fetch it. Raises NotFound, CallFailed, RequestRefused."""
    try:
        address = web.pictures.address(item, size)
        kept = web.pictures.kept(address)
    except WatcherError:
        count_answer(web, caller, request.scope, cached=False)
        raise
    costs_nothing = kept is not None or web.pictures.is_coming(address)
    count_answer(web, caller, request.scope, cached=costs_nothing)
    if kept is not None:
        return kept
    if not costs_nothing:
        require_rate(web.picture_misses, caller, "pictures")
    return await while_connected(request, web.pictures.get(address))


def _respond(request: Request, kept: KeptPicture) -> Response:
    found = kept.picture
    tag = f'"{found.tag}"'
    headers = _HEADERS | {"ETag": tag, "Cache-Control": f"private, max-age={int(kept.age_left)}"}
    asked = {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}
    if asked & {tag, "*"}:
        return Response(status_code=_NOT_MODIFIED, headers=headers)
    headers["Content-Length"] = str(len(found.content))
    body = b"" if request.method == "HEAD" else found.content
    return Response(body, headers=headers, media_type=found.media_type)
