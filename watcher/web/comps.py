"""Comps through the cache, and the cache itself."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from watcher.core.categories import category_warning
from watcher.core.errors import InvalidInput
from watcher.core.serializers import answer_view, comps_view, observed_view
from watcher.web.auth import admin, caller
from watcher.web.dependencies import Web

router = APIRouter(tags=["comps"])


class Asked(BaseModel):
    """A question to a market."""

    model_config = ConfigDict(extra="forbid")

    q: str = Field(min_length=1, description="What to search for.")
    category: str = Field("", description="cards, shoes, watches, … or an eBay category id.")
    condition: str = Field("", description="new, refurbished, used or any.")
    marketplace: str = Field("", description="EBAY_US, EBAY_GB, EBAY_DE, …")

    def draft(self) -> dict[str, str]:
        """The same as the command line's fields."""
        fields = self.model_dump()
        return {"query": fields.pop("q")} | fields


class Cleared(BaseModel):
    """What of the cache to forget: one key, the answer to one question, or everything."""

    model_config = ConfigDict(extra="forbid")

    key: str = Field("", description="A key of the cache.")
    q: str = Field("", description="Or the query whose answer to forget, with the three beside it.")
    category: str = ""
    condition: str = ""
    marketplace: str = ""


@router.get("/api/comps", dependencies=[Depends(caller)])
async def comps(web: Web, asked: Annotated[Asked, Query()]) -> dict[str, Any]:
    """What an item is worth: asking or sold prices of comparable listings, and what was left out and why."""
    question = web.registry.parse(asked.draft()).question
    answer, found = await web.queries.comps(question)
    view = answer_view(
        comps_view(question, found),
        source=answer.source,
        api=answer.api,
        stale=answer.stale,
        fetched_at=answer.fetched_at,
        expires_at=answer.expires_at,
        now=web.clock.now(),
    )
    warning = category_warning(question.category, web.queries.cache.freshness.ttls)
    return view | {
        "observed": observed_view(web.queries.observed(question)),
        "warnings": [warning] if warning else [],
    }


@router.get("/api/admin/cache", dependencies=[Depends(admin)])
async def cache_statistics(web: Web) -> dict[str, int | float]:
    """How many answers are kept, and how many of them have expired (they are the fallback)."""
    return dict(web.cache.stats())


@router.delete("/api/admin/cache", dependencies=[Depends(admin)])
async def clear_cache(web: Web, what: Annotated[Cleared, Query()]) -> dict[str, int]:
    """Forget one answer, or all of them; the fallback of a failing market goes with it."""
    if not what.model_fields_set:
        return {"cleared": await web.cache.clear()}
    if bool(what.key) == bool(what.q):  # an empty field is no wish to lose everything
        raise InvalidInput("Name one answer, by key or by q; without any field everything is forgotten.")
    if what.key:
        return {"cleared": await web.cache.forget(what.key)}
    asked = Asked(**what.model_dump(exclude={"key"}))
    return {"cleared": await web.cache.delete(web.registry.parse(asked.draft()).question)}
