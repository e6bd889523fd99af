"""The caller, and the browsers in which that person is signed in."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path

from watcher.core.errors import NotFound
from watcher.core.sessions import Session, session_number
from watcher.core.times import iso
from watcher.core.tokens import Caller
from watcher.web.access.auth import User
from watcher.web.answers.base import answers
from watcher.web.answers.sessions import MeView, SessionsView, SessionView
from watcher.web.dependencies import Web, WebDependencies
from watcher.web.endpoints.parameters import known_parameters

router = APIRouter(prefix="/api", tags=["sessions"], dependencies=[Depends(known_parameters)])

SessionId = Annotated[int, Path(ge=1, le=2**62, description="A session's id.")]


@router.get("/me", name="getMe", **answers(MeView, "The caller."))
async def me(web: Web, caller: User) -> dict[str, Any]:
    """Return who the caller is, by what it was identified, and until when that is valid."""
    number = session_number(caller)
    session = web.stores.sign_in.get(number, web.clock.now()) if number else None
    return {
        "user": caller.user,
        "admin": caller.admin,
        "credential": caller.credential.partition(":")[0] or "none",
        "expiresAt": iso(session.expires_at) if session else None,
    }


@router.get("/sessions", name="listSessions", **answers(SessionsView, "The sessions."))
async def sessions(web: Web, caller: User) -> dict[str, Any]:
    """List the browsers in which the caller's person is signed in, the one seen last first."""
    found = web.stores.sign_in.listed(caller.user, web.clock.now())
    return {"sessions": [_view(session, caller) for session in found]}


@router.delete("/sessions/{number}", name="endSession", **answers(SessionView, "The session that has ended."))
async def end(web: Web, caller: User, number: SessionId) -> dict[str, Any]:
    """Sign a browser of the caller's person out and return its session."""
    return _view(await end_session(web, caller, number), caller)


async def end_session(web: WebDependencies, caller: Caller, number: int) -> Session:
    """End a session of the caller's person and return it. Raises NotFound."""
    session = web.stores.sign_in.get(number, web.clock.now())
    if session is None or not await web.stores.sign_in.end(number, caller.user):
        raise NotFound(f"You have no session {number}.")
    return session


def _view(session: Session, caller: Caller) -> dict[str, Any]:
    return {
        "id": session.id,
        "browser": session.browser,
        "createdAt": iso(session.created_at),
        "seenAt": iso(session.seen_at),
        "expiresAt": iso(session.expires_at),
        "current": session.id == session_number(caller),
    }
