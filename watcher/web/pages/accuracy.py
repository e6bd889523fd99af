"""The page that says how wrong medians were."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Request, Response

from watcher.web.access.auth import User
from watcher.web.dependencies import Web
from watcher.web.endpoints.parameters import known_parameters
from watcher.web.pages.layout import render_own
from watcher.web.pages.views.accuracy import accuracy_rows

router = APIRouter(include_in_schema=False, dependencies=[Depends(known_parameters)])


@router.head("/accuracy")
@router.get("/accuracy")
async def accuracy_page(request: Request, web: Web, who: User) -> Response:
    """Show how far medians were from what listings last cost, per category.

    A category that is only a user's own word is shown to admins alone.
    """
    known = web.queries.cache.freshness.ttls
    found = web.stores.accuracy.all()
    rows = accuracy_rows([one for one in found if who.admin or not one.category or one.category in known])
    return render_own(request, web, who, "accuracy.html", section="", rows=rows)
