"""Comps, and the administration of the comps cache."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from watcher.core.errors import InvalidInput
from watcher.web.access.auth import User, admin
from watcher.web.access.rate_limit import count_answer
from watcher.web.answers.base import MARKET_ERRORS, answers
from watcher.web.answers.comps import CacheView, ClearedView, CompsAnswerView
from watcher.web.dependencies import Web
from watcher.web.endpoints.asking import ask_for
from watcher.web.endpoints.parameters import known_parameters
from watcher.web.endpoints.watch_bodies import CATEGORY, CONDITION, MARKETPLACE, QUERY, described

router = APIRouter(tags=["comps"], dependencies=[Depends(known_parameters)])


class CompsParameters(BaseModel):
    """A question to a market."""

    model_config = ConfigDict(extra="forbid")

    q: Annotated[str, described(QUERY)] = Field(min_length=1, description="What to search for.")
    category: Annotated[str, described(CATEGORY)] = Field(
        "", description="cards, shoes, watches, … or an eBay category id."
    )
    condition: Annotated[str, described(CONDITION)] = Field("", description="new, refurbished, used or any.")
    marketplace: Annotated[str, described(MARKETPLACE)] = Field(
        "", description="EBAY_US, EBAY_GB, EBAY_DE, …"
    )

    def draft(self) -> dict[str, str]:
        """Return the fields under the names that a watch's draft uses."""
        fields = {"category": self.category, "condition": self.condition, "marketplace": self.marketplace}
        return {"query": self.q} | fields


class ClearParameters(CompsParameters):
    """What to remove from the cache: the answers to one question, one key, or everything."""

    q: str = Field("", description="The query whose answers to remove.")
    # Postgres refuses a NUL.
    key: str = Field("", pattern=r"^[^\x00]*$", description="Or a key of the cache.")


@router.get(
    "/api/comps",
    name="getComps",
    response_class=JSONResponse,
    response_model=None,
    **answers(CompsAnswerView, "The comps.", errors=MARKET_ERRORS),
)
async def comps(
    web: Web, caller: User, request: Request, asked: Annotated[CompsParameters, Query()]
) -> Response:
    """Return an item's asking or sold prices, and which listings were dropped and why."""
    inquiry = web.registry.parse(asked.draft()).inquiry
    body = web.comps.kept(inquiry)
    count_answer(web, caller, request.scope, cached=body is not None or web.cache.can_answer(inquiry))
    if body is None:
        body = await ask_for(web, caller, request, inquiry, web.comps.body(inquiry))
    web.comps.note_inquiry(request.scope["query_string"], inquiry)  # for `QuickComps`
    return Response(body, media_type="application/json")


@router.get(
    "/api/admin/cache",
    name="getCacheStatistics",
    **answers(CacheView, "The counts."),
    dependencies=[Depends(admin)],
)
async def cache_statistics(web: Web) -> dict[str, int | float]:
    """Count the cached answers, and those that have expired for any category and serve only as a fallback."""
    return dict(web.cache.stats())


@router.delete(
    "/api/admin/cache",
    name="clearCache",
    **answers(ClearedView, "How many were removed."),
    dependencies=[Depends(admin)],
)
async def clear_cache(web: Web, what: Annotated[ClearParameters, Query()]) -> dict[str, int]:
    """Remove one answer or all of them, also as the fallback for a failing market."""
    if not what.model_fields_set:
        return {"cleared": await web.cache.clear()}
    if bool(what.key) == bool(what.q):  # an empty field must not clear everything
        raise InvalidInput("Name one answer, by key or by q; without any field, all are removed.")
    if what.key:
        if what.model_fields_set - {"key"}:
            raise InvalidInput("A key names one answer; no other field goes with it.")
        return {"cleared": await web.cache.forget(what.key)}
    return {"cleared": await web.cache.delete(web.registry.parse(what.draft()).question)}
