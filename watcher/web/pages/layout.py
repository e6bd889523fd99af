"""What surrounds the content of a caller's page: navigation, the form token, and what an action did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request
from starlette.responses import HTMLResponse, RedirectResponse

from watcher.core.sessions import session_number
from watcher.core.times import DAY, Instant
from watcher.core.tokens import Caller
from watcher.web.access.csrf import form_token
from watcher.web.access.session_cookie import read_session_id
from watcher.web.dependencies import WebDependencies
from watcher.web.pages.rendering import path_to_root, render_page, root_for

_SEE_OTHER = 303
_RECENT, MAX_UNSEEN = 7 * DAY, 100  # alerts that the navigation counts: their age, and how many
DONE = "done"
"""The query parameter that names the message about an action; the value is a key of the page's messages."""


@dataclass(frozen=True, slots=True)
class NavLink:
    """A link of the navigation; the address is relative to the first page's."""

    name: str
    address: str
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class Undo:
    """The form of one button that takes an action back, and until when it does."""

    address: str
    fields: Mapping[str, str] = field(default_factory=dict)
    label: str = "Undo"
    until: Instant | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """What an action did; `kind` is "", "warn" or "bad"."""

    text: str
    kind: str = ""
    undo: Undo | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """What surrounds the content.

    `form_token` is empty without a session, which needs none.
    `unseen`: the number of recent alerts that are not marked as seen, empty for none.
    """

    root: str
    user: str
    is_admin: bool
    form_token: str
    links: tuple[NavLink, ...]
    is_live: bool
    message: Message | None = None
    unseen: str = ""


# The pages in the navigation: name, address, and whether only admins see it.
_NAVIGATION = (
    ("Watches", "", False),
    ("Alerts", "alerts", False),
    ("Status", "status", True),
    ("Settings", "settings", False),
)


def render_own(
    request: Request,
    web: WebDependencies,
    who: Caller,
    template: str,
    *,
    section: str,
    message: Message | None = None,
    status: int = 200,
    **values: Any,
) -> HTMLResponse:
    """Return a page of the caller's; `section` is the name of its link in the navigation."""
    layout = layout_of(request, web, who, section, message)
    return render_page(request.scope, template, status, layout=layout, now=web.clock.now(), **values)


def layout_of(
    request: Request, web: WebDependencies, who: Caller, section: str, message: Message | None = None
) -> Layout:
    """Return what surrounds a page of the caller's."""
    session_id = read_session_id(request.headers, web.site) if session_number(who) else ""
    links = (
        NavLink(name, address, name == section)
        for name, address, is_for_admins in _NAVIGATION
        if who.admin or not is_for_admins
    )
    is_live = not (who.is_tokenless and web.stores.people.any())  # the first person was added just now
    token = form_token(session_id) if session_id else ""
    return Layout(
        root_for(request.scope),
        who.user,
        who.admin,
        token,
        tuple(links),
        is_live,
        message,
        unseen_text(web, who),
    )


def unseen_text(web: WebDependencies, who: Caller) -> str:
    """Return how many recent alerts the caller has not marked as seen, empty for none."""
    count = web.stores.alerts.count_unseen(who.user, Instant(web.clock.now() - _RECENT), MAX_UNSEEN)
    return f"{MAX_UNSEEN - 1}+" if count >= MAX_UNSEEN else str(count or "")


def see_other(request: Request, address: str, done: str = "") -> RedirectResponse:
    """Return the redirect after an action, to a page relative to the first, with the key of its message."""
    query = f"{'&' if '?' in address else '?'}{DONE}={done}" if done else ""
    return RedirectResponse(path_to_root(request.scope) + address + query, _SEE_OTHER)
