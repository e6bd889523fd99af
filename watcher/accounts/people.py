"""Adds people, and finds the user that a name means."""

from __future__ import annotations

import unicodedata
from typing import NamedTuple

from watcher.accounts.billing import Billing
from watcher.core.errors import CallFailed, Code, WatcherError
from watcher.core.people import MissingUser, OpenCheckout, UserAccount, parse_person_name
from watcher.core.times import Instant
from watcher.core.tokens import parse_user_name
from watcher.core.typed_text import quoted
from watcher.db.people import Removal
from watcher.db.stores import Stores


class Added(NamedTuple):
    """A person, and what it was before: None if there was no such user."""

    account: UserAccount
    before: UserAccount | None

    @property
    def is_new(self) -> bool:
        """Whether the user became a person only now."""
        return self.before is None or not self.before.is_person


async def add_person(stores: Stores, text: str, now: Instant, *, admin: bool | None = None) -> Added:
    """Make a user a person who can sign in, or give (`admin`) a person other rights.

    Raises InvalidInput if the name is not valid, NameTaken if it looks like another, and WatcherError if the
    person exists and no rights are given.
    """
    before = find_user(stores, text) if text.strip() else None
    name = before.name if before else parse_person_name(text)
    if before and before.is_person and admin is None:
        raise WatcherError(
            Code.INVALID_INPUT,
            f"{quoted(name)} is a person already: `watcher user link {name}` prints a sign-in link, and "
            "--admin or --no-admin changes the rights.",
        )
    return Added(await stores.people.add(name, now, admin=admin), before)


async def remove_person(
    stores: Stores,
    billing: Billing | None,
    user: str,
    now: Instant,
    *,
    heir: str | None = None,
    delete_watches: bool = False,
) -> Removal:
    """Remove a user, whose open checkouts are ended at Stripe first; nothing is removed if that fails.

    `billing`: None if no plan is for sale, so that Stripe cannot be asked. Raises WatcherError.
    """

    async def remove() -> Removal:
        return await stores.people.remove(
            user, now, heir=heir, delete_watches=delete_watches, sells=billing is not None
        )

    try:
        return await remove()
    except OpenCheckout:
        if billing is None:
            raise
    try:
        await billing.end_checkouts(user, now)
    except CallFailed as error:
        raise OpenCheckout(user) from error
    return await remove()  # or StillPaying, if it was paid meanwhile


def find_user(stores: Stores, text: str) -> UserAccount | None:
    """Return the user of a name as it was typed, None if there is none. Raises InvalidInput."""
    name = parse_user_name(text)
    return stores.people.find(name) or stores.people.find(unicodedata.normalize("NFC", name))


def require_user(stores: Stores, text: str) -> UserAccount:
    """Return the user of a name as it was typed. Raises InvalidInput, MissingUser."""
    found = find_user(stores, text)
    if found is None:
        raise MissingUser(text)
    return found
