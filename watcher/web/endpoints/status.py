"""The status of the daemon and of everything it depends on. Only for admins."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Response
from fastapi.responses import JSONResponse

from watcher.web.access.auth import Admin
from watcher.web.answers.base import answers
from watcher.web.answers.status import StatusView
from watcher.web.dependencies import Web
from watcher.web.endpoints.parameters import known_parameters

router = APIRouter(prefix="/api/status", tags=["status"], dependencies=[Depends(known_parameters)])


@router.get("", name="getStatus", response_class=JSONResponse, **answers(StatusView, "The status."))
async def status(web: Web, _caller: Admin) -> Response:
    """Return what `watcher status --json` prints, at most one second old.

    It counts watches and messages. It names searches that are in trouble by their query: a search is shared
    by watches and carries no user.
    """
    return Response(await web.render_status(), media_type="application/json")
