"""The answers about the caller and its sessions."""

from __future__ import annotations

from typing import Literal

from watcher.web.answers.base import AnswerBody, Time, shown


class MeView(AnswerBody):
    """The caller of the API."""

    user: str = shown("collector")
    admin: bool
    credential: Literal["session", "token", "none"] = shown(
        about="By what the caller was identified; none: nothing is needed yet."
    )
    expires_at: Time | None = shown(about="When the session expires; null: never.")


class SessionView(AnswerBody):
    """A browser that is signed in."""

    id: int = shown(7)
    browser: str = shown("Firefox on Linux", "By its User-Agent.")
    created_at: Time
    seen_at: Time = shown(about="The time of a recent request, to within a few minutes.")
    expires_at: Time
    current: bool = shown(about="Whether this request comes from that browser.")


class SessionsView(AnswerBody):
    """The sessions of a person."""

    sessions: list[SessionView]
