"""Scans: from a picture to what it shows, what that is worth, and a watch."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from functools import partial
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response

from watcher.core.errors import InvalidInput
from watcher.core.tokens import Caller
from watcher.core.watch import Inquiry
from watcher.core.watch_fields import FIELDS, as_typed, draft_from_json
from watcher.scans.appraiser import ScanRequest
from watcher.scans.scanner import AdmitCalls
from watcher.scans.views import batch_counts, batch_views, scan_view, session_view
from watcher.web.access.auth import User
from watcher.web.answers.base import MARKET_ERRORS, answers
from watcher.web.answers.scans import BatchView, ConfirmedScanView, ScanSessionView, ScanView
from watcher.web.dependencies import Web, WebDependencies
from watcher.web.endpoints.asking import require_rate, room_for_watches, while_connected
from watcher.web.endpoints.parameters import known_parameters
from watcher.web.endpoints.picture_bodies import (
    BATCH_EXAMPLE,
    CONFIRM_EXAMPLE,
    IDENTIFY_EXAMPLE,
    SCAN_EXAMPLE,
    BatchBody,
    ConfirmBody,
    ConfirmedWatch,
    IdentifyBody,
    ItemBody,
    ScanBody,
    picture_body,
    read_picture_body,
)

router = APIRouter(prefix="/api", tags=["scans"], dependencies=[Depends(known_parameters)])

_ERRORS = (403, 404, 500, *MARKET_ERRORS)  # beyond the plan, nothing is recognised, or a service fails
_WATCH_FIELDS = tuple(name for name in FIELDS if name != "user")  # the caller is the user


def admit_of(web: WebDependencies, caller: Caller) -> AdmitCalls:
    """Return the function that counts an answer that costs calls, and refuses too many a minute."""
    return partial(require_rate, web.misses, caller, "answers")


def read_item(web: WebDependencies, caller: Caller, body: ItemBody, price: object = None) -> ScanRequest:
    """Return what a body says about an item. Raises InvalidInput."""
    return web.open_scans().read_request(
        caller.user,
        category=as_typed("category", body.category),
        condition=as_typed("condition", body.condition),
        price=as_typed("price", price),
    )


@router.post(
    "/ar-overlay/scan",
    name="scanPicture",
    response_class=JSONResponse,
    response_model=None,
    **answers(ScanView, "What it shows, and what that is worth.", errors=_ERRORS)
    | {"openapi_extra": picture_body(ScanBody, SCAN_EXAMPLE)},
)
async def scan(web: Web, caller: User, request: Request) -> Response:
    """Return what a picture shows, its comps, and whether to buy it at the price.

    The ways to identify it are tried in the order of their cost: a barcode, pictures seen before, eBay's
    search by picture, a vision model. Without comps there is no verdict. The same picture is answered from
    memory.
    """
    body = await read_picture_body(request, ScanBody)
    asked = read_item(web, caller, body, body.price)
    work = web.open_scans().scan(body.image, asked, admit_of(web, caller))
    return _json(scan_view(await while_connected(request, work), web.queries))


@router.post(
    "/scan-sessions/identify",
    name="identifyPicture",
    **answers(ScanSessionView, "What it may show.", errors=_ERRORS)
    | {"openapi_extra": picture_body(IdentifyBody, IDENTIFY_EXAMPLE)},
)
async def identify(web: Web, caller: User, request: Request) -> dict[str, Any]:
    """Return what a picture may show, to be confirmed within an hour; the most likely is first."""
    body = await read_picture_body(request, IdentifyBody)
    asked = read_item(web, caller, body).asked
    work = web.open_scans().identify(body.image, asked, admit_of(web, caller))
    return session_view(await while_connected(request, work))


@router.post(
    "/scan/confirm",
    name="confirmScan",
    response_class=JSONResponse,
    response_model=None,
    **answers(
        ConfirmedScanView, "What it is worth, and the new watch.", errors=_ERRORS, body=CONFIRM_EXAMPLE
    ),
)
async def confirm(web: Web, caller: User, request: Request, body: ConfirmBody) -> Response:
    """Choose or correct what a picture shows; return its worth and, if wanted, register a watch.

    The caller sees the confirmed item whenever the same picture is sent again; other users do not. The watch
    is registered once the comps are there: after an error, the same request can be sent again.
    """
    scans, admit = web.open_scans(), admit_of(web, caller)
    chosen = scans.choose(
        body.session_id, caller.user, candidate=body.candidate_id or "", query=body.query or ""
    )
    draft = None if body.watch is None else _draft_of(web, caller, body.watch, chosen.inquiry)
    work = scans.confirm(chosen, as_typed("price", body.price), admit)
    view = scan_view(await while_connected(request, work), web.queries)
    if draft is None:
        return _json(view | {"watch": None})
    async with room_for_watches(web, caller):
        made = await web.registry.add(draft, web.clock.now())
    return _json(view | {"watch": web.queries.view(made)})


@router.post(
    "/batch/scanAndAnalyze",
    name="scanBatch",
    response_class=JSONResponse,
    response_model=None,
    **answers(BatchView, "The scan or the error of each.", errors=MARKET_ERRORS)
    | {"openapi_extra": picture_body(BatchBody, BATCH_EXAMPLE)},
)
async def scan_batch(web: Web, caller: User, request: Request) -> Response:
    """Scan up to 20 pictures; each has its own result or error, also if all fail."""
    body = await read_picture_body(request, BatchBody)
    prices = _prices_of(body)
    requests = [read_item(web, caller, body, price) for price in prices]
    images, body.images = body.images, []
    work = web.open_scans().scan_all(images, requests, admit_of(web, caller))
    results = await while_connected(request, work)
    views = []
    for view in batch_views(results, web.queries):
        views.append(json.dumps(view, ensure_ascii=False, separators=(",", ":")))
        await asyncio.sleep(0)
    counts = json.dumps(batch_counts(results))
    return _encoded(f'{{"results": [{",".join(views)}], {counts[1:]}')


def _prices_of(body: BatchBody) -> Sequence[object]:
    """Return the price of each picture. Raises InvalidInput."""
    if body.prices is None:
        return [None] * len(body.images)
    if not isinstance(body.prices, list):
        raise InvalidInput('The field "prices" must be a list.')
    if len(body.prices) != len(body.images):
        raise InvalidInput(
            f'The field "prices" has {len(body.prices)} prices for {len(body.images)} pictures; send one for '
            "each, or null."
        )
    return body.prices


def _draft_of(
    web: WebDependencies, caller: Caller, watch: ConfirmedWatch, inquiry: Inquiry
) -> dict[str, str]:
    """Return the fields of a watch for what a scan asked, once they are sure to be valid."""
    typed = draft_from_json(watch.given, _WATCH_FIELDS, is_new=False)
    question = inquiry.question
    scanned = {
        "query": question.query,
        "category": inquiry.category,
        "condition": str(question.condition),
        "marketplace": question.marketplace,
    }
    draft = scanned | {name: value for name, value in typed.items() if value or name not in scanned}
    draft["user"] = caller.user
    web.registry.parse(draft)
    return draft


def _json(view: dict[str, Any]) -> Response:
    return _encoded(json.dumps(view, ensure_ascii=False, separators=(",", ":")))


def _encoded(text: str) -> Response:
    return Response(text.encode(errors="replace"), media_type="application/json")
