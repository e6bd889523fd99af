"""What the page of the settings shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from watcher.core.people import Belongings, UserAccount
from watcher.core.plurals import count_of
from watcher.core.sessions import Session, session_number
from watcher.core.times import Instant
from watcher.core.tokens import Caller, Token
from watcher.web.dependencies import WebDependencies
from watcher.web.pages.views.plan import HoldersView, PlanView, plan_holders, plan_of_caller


@dataclass(frozen=True, slots=True)
class Destination:
    """A configured destination; its address is a secret."""

    name: str
    channel: str


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A user; `owns` says what belongs to it."""

    name: str
    is_person: bool
    is_admin: bool
    is_caller: bool
    since: Instant | None
    owns: str
    must_decide: bool


@dataclass(frozen=True, slots=True)
class ShownSecret:
    """What is shown only now: a token, or a sign-in link."""

    title: str
    text: str
    about: str


@dataclass(frozen=True, slots=True)
class SettingsView:
    """The settings of a caller; lists for admins are empty for others.

    `plan` and `holders` (the plan of each user) are None if no plans are configured.
    `can_change`: whether the caller is a person, or this machine while nothing is needed yet; a token is not.
    """

    is_tokenless: bool
    can_change: bool
    current_session: int
    sessions: Sequence[Session]
    tokens: Sequence[Token]
    destinations: Sequence[Destination]
    people: Sequence[PersonRow]
    plan: PlanView | None
    holders: HoldersView | None


def settings_view(
    web: WebDependencies, who: Caller, now: Instant, *, after: str = "", has_paid: bool = False
) -> SettingsView:
    """Return the settings that the caller may see.

    `after`: of a list of users, those after this name. `has_paid`: the caller comes from a checkout.
    """
    stores = web.stores
    names = dict.fromkeys(web.router.destinations() if who.admin else ())
    people = stores.people.listed(now) if who.admin else ()
    return SettingsView(
        is_tokenless=who.is_tokenless,
        can_change=who.is_tokenless or session_number(who) > 0,
        current_session=session_number(who),
        sessions=stores.sign_in.listed(who.user, now),
        tokens=stores.tokens.valid_of(who.user),
        destinations=[Destination(name, web.router.channel_for(name).name) for name in names],
        people=[_person_row(user, owned, who) for user, owned in people],
        plan=plan_of_caller(web, who, now, has_paid=has_paid),
        holders=plan_holders(web, now, after) if who.admin else None,
    )


def _person_row(user: UserAccount, owned: Belongings, who: Caller) -> PersonRow:
    counts = (
        (owned.watches, "watch"),
        (owned.alerts, "alert"),
        (owned.tokens, "token"),
        (owned.sessions, "session"),
    )
    return PersonRow(
        name=user.name,
        is_person=user.is_person,
        is_admin=user.admin,
        is_caller=user.name == who.user,
        since=user.person_since,
        owns=", ".join(count_of(number, noun) for number, noun in counts if number) or "nothing yet",
        must_decide=bool(owned.watches or owned.alerts),
    )
