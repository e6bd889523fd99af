"""The rule of access: other machines can connect only if a person or a token exists."""

from __future__ import annotations

from collections.abc import Callable

from watcher.config import ConfigRefused
from watcher.config.settings import HttpSettings
from watcher.db.database import Database
from watcher.db.people import PeopleStore
from watcher.db.revisions import revision_at
from watcher.db.tokens import TokenStore
from watcher.runtime.app import App

_FIRST_WITH_PEOPLE = "0011"  # the schema


def require_access(app: App) -> None:
    """Raise ConfigRefused if other machines can connect and there is neither a person nor a valid token."""
    stores = app.stores
    if refusal := why_closed(app.settings.http, lambda: _can_enter(stores.tokens, stores.people)):
        raise ConfigRefused([refusal])


def why_closed(http: HttpSettings, can_enter: Callable[[], bool]) -> str:
    """Return why the daemon does not start without a person or token, and what to do; empty if it starts."""
    why = http.exposed_by
    if not why or can_enter():
        return ""
    instead = "remove public_url" if "public_url" in why else 'set host = "127.0.0.1"'
    return (
        f"{why} lets other machines connect, but there is neither a person nor a valid token yet: add a "
        f"person with `watcher user add NAME`, create a token with `watcher token create`, or {instead}."
    )


def can_enter_at(url: str) -> bool:
    """Whether a database, which may not exist yet, has a person or a valid token. Raises WatcherError."""
    revision = revision_at(url)
    if not revision:
        return False
    database = Database(url)
    try:
        people = PeopleStore(database) if revision >= _FIRST_WITH_PEOPLE else None
        return _can_enter(TokenStore(database), people)
    finally:
        database.close()


def _can_enter(tokens: TokenStore, people: PeopleStore | None) -> bool:
    return bool(tokens.count_valid()) or (people is not None and people.any())
