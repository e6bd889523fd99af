"""People: users who can sign in. Other users only own watches or tokens."""

from __future__ import annotations

from typing import NamedTuple

from watcher.core.times import Instant, iso


class UserAccount(NamedTuple):
    """A user; a person if `person_since` is set. Only a person can be an admin."""

    name: str
    created_at: Instant
    person_since: Instant | None = None
    admin: bool = False

    @property
    def is_person(self) -> bool:
        """Whether the user can sign in."""
        return self.person_since is not None


class Belongings(NamedTuple):
    """What belongs to a user: the numbers of watches, alerts, valid tokens and valid sessions."""

    watches: int
    alerts: int
    tokens: int
    sessions: int


def user_view(user: UserAccount, belongings: Belongings) -> dict[str, object]:
    """Return the public fields of a user: counts, and nothing of the content."""
    return {
        "user": user.name,
        "person": user.is_person,
        "admin": user.admin,
        "createdAt": iso(user.created_at),
        "personSince": None if user.person_since is None else iso(user.person_since),
        **belongings._asdict(),
    }
