"""Many watches at once: the caller's as a file, and a file's as the caller's."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from itertools import islice
from typing import Annotated, Any, Literal, NamedTuple

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from watcher.core.errors import InvalidInput, MissingInput, WatcherError, error_view, status_of
from watcher.core.tokens import Caller
from watcher.core.watch import Watch
from watcher.core.watch_input import exported_fields
from watcher.watches.import_rows import csv_header, csv_row_of, decode_import, is_json
from watcher.watches.importing import (
    Doubts,
    bad_row_views,
    import_error,
    read_import_of,
    warning_views,
)
from watcher.watches.registry import Import
from watcher.web.access.auth import User
from watcher.web.answers.transfer import REFUSED_IMPORT, ImportView
from watcher.web.dependencies import Web, WebDependencies
from watcher.web.endpoints.asking import room_for_watches, room_of
from watcher.web.endpoints.parameters import known_parameters

router = APIRouter(prefix="/api/watches", tags=["watches"], dependencies=[Depends(known_parameters)])

_AT_ONCE = 100  # watches, or rows of an answer, before other tasks run
_TEXT = {"schema": {"type": "string"}}
_WATCHES: dict[str, Any] = {
    "type": "object",
    "required": ["watches"],
    "properties": {"watches": {"type": "array", "items": {"type": "object", "required": ["query"]}}},
    "example": {"watches": [{"query": "omega speedmaster 3570.50", "rule": "below 3000.00 USD"}]},
}
_BODY = {
    "required": True,
    "content": {
        "application/json": {"schema": _WATCHES},
        "text/csv": {"schema": {"type": "string", "example": "query,below\nomega speedmaster,3000\n"}},
    },
}


class ImportParameters(BaseModel):
    """How to import."""

    model_config = ConfigDict(extra="forbid", alias_generator=to_camel)

    keep_going: bool = Field(False, description="Import the good rows and report the bad ones.")
    dry_run: bool = Field(False, description="Check the rows, and import none.")


class DoneImport(NamedTuple):
    """What became of an import: its rows, how many watches are new, and the doubts about each.

    `is_refused`: nothing was registered, because rows are bad.
    """

    read: Import
    registered: int
    doubts: Doubts
    is_refused: bool


@router.get(
    "/export",
    name="exportWatches",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "A file that an import reads.",
            "content": {"application/json": {"schema": _WATCHES}, "text/csv": _TEXT},
        }
    },
)
async def export(
    web: Web,
    caller: User,
    kind: Annotated[Literal["json", "csv"], Query(alias="format", description="json or csv.")] = "json",
) -> StreamingResponse:
    """Return the caller's watches as a file that an import reads, like `watcher watch export`."""
    parts = _json_parts(web, caller) if kind == "json" else _csv_parts(web, caller)
    headers = {"Content-Disposition": f'attachment; filename="watches.{kind}"'}
    return StreamingResponse(
        parts, headers=headers, media_type="application/json" if kind == "json" else "text/csv; charset=utf-8"
    )


@router.post(
    "/import",
    name="importWatches",
    response_model=None,
    openapi_extra={"requestBody": _BODY},
    responses={
        200: {"model": ImportView, "description": "What was imported."},
        400: REFUSED_IMPORT,
        403: REFUSED_IMPORT,
    },
)
async def import_watches(
    web: Web,
    caller: User,
    request: Request,
    asked: Annotated[ImportParameters, Query()],
) -> StreamingResponse:
    """Register the watches of a file for the caller: of all its rows or, if one is bad, of none.

    The body is what an export writes, as JSON or CSV, or any CSV whose header names fields of a watch. Bad
    rows are reported with their line, and in JSON with their place in the list.
    """
    text = _text_of(await request.body(), request.headers.get("content-type", ""))
    done = await import_text(web, caller, text, keep_going=asked.keep_going, dry_run=asked.dry_run)
    refusal = import_error(done.read, "keepGoing=true") if done.is_refused else None
    return StreamingResponse(
        _view_parts(done.read, done.registered, done.doubts, refusal),
        status_code=status_of(refusal) if refusal else 200,
        media_type="application/json",
    )


async def import_text(
    web: WebDependencies, caller: Caller, text: str, *, keep_going: bool, dry_run: bool
) -> DoneImport:
    """Register the watches of a text for the caller. Raises InvalidInput if none of it can be read."""
    async with web.importing:
        read = await read_import_of(web.registry, text, caller.user, room_of(web, caller))
        read = await web.registry.fit_to_plans(read, lambda refusal: refusal.to_user)
        is_refused = bool(read.bad) and not (read.watches and keep_going) and not dry_run
        doubts: Doubts = []
        count = 0
        if read.watches and not is_refused:
            doubts = await web.queries.doubts_of_import(read.watches, read.names)
            if not dry_run:
                async with room_for_watches(web, caller, len(read.watches)):
                    count = len(await web.registry.add_all(read.watches, web.clock.now()))
    return DoneImport(read, count, doubts, is_refused)


def _text_of(body: bytes, content_type: str) -> str:
    """Return the text of an import. Raises InvalidInput."""
    if not body.strip():
        raise MissingInput("The body is missing; it is the JSON or CSV of an import.")
    text = decode_import(body, "The body")
    if "csv" not in content_type and not is_json(text):
        raise InvalidInput("The body is not JSON; CSV has the content type text/csv.")
    return text


async def _watches_of(web: WebDependencies, caller: Caller) -> AsyncIterator[list[Watch]]:
    """Yield the caller's watches in parts, by id; those that cannot be read are left out."""
    after: int | None = 0
    while after is not None:
        page = web.stores.watches.page(caller.user, after=after, limit=_AT_ONCE)
        yield [row.watch for row in page.rows]
        after = page.next
        await asyncio.sleep(0)


async def _json_parts(web: WebDependencies, caller: Caller) -> AsyncIterator[str]:
    yield '{"watches": ['
    separator = "\n"
    async for watches in _watches_of(web, caller):
        rows = [json.dumps(exported_fields(w), ensure_ascii=False) for w in watches]
        if rows:
            yield separator + ",\n".join(rows)
            separator = ",\n"
    yield "\n]}\n"


async def _csv_parts(web: WebDependencies, caller: Caller) -> AsyncIterator[str]:
    yield csv_header()
    async for watches in _watches_of(web, caller):
        yield "".join(map(csv_row_of, watches))


async def _view_parts(
    read: Import, count: int, doubts: Doubts, refusal: WatcherError | None
) -> AsyncIterator[str]:
    """Yield what `import_view` returns in parts, because that of many rows is large."""
    error = error_view(refusal) if refusal else {}
    yield json.dumps(error | {"imported": count}).removesuffix("}")
    for name, rows in (("bad", bad_row_views(read)), ("warnings", warning_views(read, doubts))):
        yield f', "{name}": ['
        separator = ""
        while part := list(islice(rows, _AT_ONCE)):
            yield separator + json.dumps(part)[1:-1]
            separator = ", "
            await asyncio.sleep(0)
        yield "]"
    yield "}"
