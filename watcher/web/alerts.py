"""The alerts of the caller's watches, also of those that were removed."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from watcher.core.errors import NotFound
from watcher.watches.queries import alert_detail, alert_row_view
from watcher.web.auth import User
from watcher.web.dependencies import Web
from watcher.web.parameters import known_parameters
from watcher.web.watches import MAX_ID, MAX_PAGE

router = APIRouter(prefix="/api/alerts", tags=["alerts"], dependencies=[Depends(known_parameters)])

AlertId = Annotated[str, Path(max_length=100, description="An alert's id.")]


class FeedParameters(BaseModel):
    """Which alerts to list."""

    model_config = ConfigDict(extra="forbid")

    after: str = Field("", max_length=100, description="Start after this alert.")
    watch: int | None = Field(None, ge=1, le=MAX_ID, description="Only alerts of this watch.")
    limit: int = Field(50, ge=1, le=MAX_PAGE)


@router.get("")
async def feed(web: Web, caller: User, asked: Annotated[FeedParameters, Query()]) -> dict[str, Any]:
    """List the caller's alerts, the newest first; `next` is the `after` of the next page, or null."""
    page = web.stores.alerts.page(asked.limit, watch=asked.watch, user=caller.user, after=asked.after)
    return {"alerts": [alert_row_view(row) for row in page.rows], "next": page.next}


@router.get("/{alert}")
async def one_alert(web: Web, caller: User, alert: AlertId) -> dict[str, Any]:
    """Return one alert with its receipt and the state of its message."""
    row = web.stores.alerts.get(alert)
    if row is None or row.alert.user != caller.user:
        raise NotFound(f'You have no alert "{alert[:60]}".')
    return alert_detail(row, web.stores.alerts.receipt(alert))
