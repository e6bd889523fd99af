"""People are added by a name as it is typed, next to users who only own watches or tokens."""

from __future__ import annotations

import pytest

from tests.fakes import NOON
from watcher.accounts.people import add_person, find_user, require_user
from watcher.core.errors import Code, WatcherError
from watcher.core.people import MissingUser, NameTaken
from watcher.db.stores import Stores

DECOMPOSED, COMPOSED = "jose\u0301", "jos\u00e9"


async def test_a_new_person_has_no_rights_unless_given(stores: Stores) -> None:
    added = await add_person(stores, "collector", NOON)
    assert (added.before, added.is_new, added.account.admin) == (None, True, False)
    assert (await add_person(stores, "operator", NOON, admin=True)).account.admin


async def test_an_owner_becomes_a_person_under_the_name_that_it_has(stores: Stores) -> None:
    await stores.tokens.add("digest", DECOMPOSED, NOON, admin=False)
    added = await add_person(stores, DECOMPOSED, NOON)
    assert (added.account.name, added.is_new) == (DECOMPOSED, True)
    with pytest.raises(NameTaken):
        await add_person(stores, COMPOSED, NOON)


async def test_a_person_is_added_once_and_then_given_rights(stores: Stores) -> None:
    await add_person(stores, "collector", NOON)
    with pytest.raises(WatcherError, match="is a person already: `watcher user link collector`") as refused:
        await add_person(stores, " collector ", NOON)
    assert refused.value.code == Code.INVALID_INPUT
    changed = await add_person(stores, "collector", NOON, admin=True)
    assert (changed.is_new, changed.account.admin) == (False, True)


async def test_a_user_is_found_by_the_name_as_it_is_typed(stores: Stores) -> None:
    await add_person(stores, DECOMPOSED, NOON)
    for typed in (DECOMPOSED, COMPOSED, f" {COMPOSED} "):
        assert require_user(stores, typed).name == COMPOSED
    assert find_user(stores, COMPOSED.upper()) is None
    with pytest.raises(MissingUser, match="watcher user list"):
        require_user(stores, "stranger")
