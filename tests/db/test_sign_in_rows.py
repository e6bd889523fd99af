"""Sign-in links and sessions: what is stored, used up once, and ended."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import update

from tests.conftest import AGES
from tests.fakes import FakeClock
from watcher.accounts.sign_in import make_sign_in_link, sign_in
from watcher.core.errors import NotFound
from watcher.core.sessions import Session
from watcher.core.times import DAY, HOUR, MINUTE, Instant
from watcher.core.tokens import hash_token
from watcher.db.schema import metadata, users
from watcher.db.stores import Stores

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


async def add_person(stores: Stores, name: str, *, admin: bool = False) -> None:
    row = {"id": name, "created_at": 1.0, "person_since": 1.0, "admin": admin}
    await stores.database.write(lambda conn: conn.execute(users.insert(), row))


async def signed_in(stores: Stores, name: str, now: Instant, old_id: str = "") -> tuple[Session, str]:
    code = await make_sign_in_link(stores, name, now)
    made = await sign_in(stores, code, FIREFOX, old_id, now)
    assert made is not None
    return made


async def test_a_link_signs_in_once(stores: Stores, clock: FakeClock) -> None:
    await add_person(stores, "collector")
    code = await make_sign_in_link(stores, "collector", clock.now())
    made = await sign_in(stores, code, FIREFOX, "", clock.now())
    assert made is not None
    session, secret = made
    assert session == stores.sign_in.find(hash_token(secret), clock.now())
    assert session == stores.sign_in.get(session.id, clock.now())
    assert (session.user, session.admin, session.browser) == ("collector", False, "Firefox on Linux")
    assert await sign_in(stores, code, FIREFOX, "", clock.now()) is None
    assert stores.sign_in.listed("collector", clock.now()) == [session]


async def test_one_of_many_concurrent_uses_of_a_link_signs_in(stores: Stores, clock: FakeClock) -> None:
    """On Postgres each of two daemons has its own connection."""
    await add_person(stores, "collector")
    other = type(stores).opened(stores.database.engine.url.render_as_string(hide_password=False), AGES)
    try:
        code = await make_sign_in_link(stores, "collector", clock.now())
        made = await asyncio.gather(
            *(sign_in(s, code, FIREFOX, "", clock.now()) for _ in range(10) for s in (stores, other))
        )
    finally:
        other.close()
    assert [m is not None for m in made].count(True) == 1
    assert len(stores.sign_in.listed("collector", clock.now())) == 1


async def test_a_link_expires_after_an_hour(stores: Stores, clock: FakeClock) -> None:
    await add_person(stores, "collector")
    code = await make_sign_in_link(stores, "collector", clock.now())
    assert await sign_in(stores, code, FIREFOX, "", clock.move(HOUR)) is None
    clock.move(-1)
    assert await sign_in(stores, code, FIREFOX, "", clock.now()) is not None


async def test_a_new_link_voids_the_earlier_one_of_its_person(stores: Stores, clock: FakeClock) -> None:
    for name in ("collector", "operator"):
        await add_person(stores, name)
    now = clock.now()
    first, other = [await make_sign_in_link(stores, name, now) for name in ("collector", "operator")]
    second = await make_sign_in_link(stores, "collector", now)
    results = [await sign_in(stores, code, FIREFOX, "", now) for code in (first, second, other)]
    assert [made and made[0].user for made in results] == [None, "collector", "operator"]


async def test_only_a_person_gets_a_link(stores: Stores, clock: FakeClock) -> None:
    """An owner of watches or tokens cannot sign in."""
    await stores.tokens.add("digest", "owner", clock.now(), admin=True)
    for name in ("owner", "nobody"):
        with pytest.raises(NotFound, match="watcher user add"):
            await make_sign_in_link(stores, name, clock.now())


async def test_a_session_lasts_30_days_whatever_its_use(stores: Stores, clock: FakeClock) -> None:
    await add_person(stores, "collector")
    session, secret = await signed_in(stores, "collector", clock.now())
    stores.sign_in.note_seen(session, clock.move(30 * DAY - 1))
    await stores.sign_in.end_all("nobody")  # a write, after which the earlier one is done
    assert stores.sign_in.find(hash_token(secret), clock.now()) is not None
    clock.move(1)
    assert stores.sign_in.find(hash_token(secret), clock.now()) is None
    assert stores.sign_in.get(session.id, clock.now()) is None
    assert stores.sign_in.listed("collector", clock.now()) == []


async def test_a_request_rarely_writes_when_it_was_seen(stores: Stores, clock: FakeClock) -> None:
    await add_person(stores, "collector")
    session, _ = await signed_in(stores, "collector", clock.now())
    seen = []
    for seconds in (5 * MINUTE - 1, 1, 1):
        found = stores.sign_in.get(session.id, clock.move(seconds))
        assert found is not None
        stores.sign_in.note_seen(found, clock.now())
        await stores.sign_in.end_all("nobody")  # a write, after which the earlier one is done
        found = stores.sign_in.get(session.id, clock.now())
        assert found is not None
        seen.append(found.seen_at - session.created_at)
    assert seen == [0, 5 * MINUTE, 5 * MINUTE]


async def test_signing_in_ends_the_session_that_the_browser_had(stores: Stores, clock: FakeClock) -> None:
    for name in ("collector", "operator"):
        await add_person(stores, name)
    _, old = await signed_in(stores, "operator", clock.now())
    _, new = await signed_in(stores, "collector", clock.now(), old)
    assert new != old
    assert stores.sign_in.find(hash_token(old), clock.now()) is None
    found = stores.sign_in.find(hash_token(new), clock.now())
    assert found is not None
    assert found.user == "collector"


async def test_a_person_ends_only_own_sessions(stores: Stores, clock: FakeClock) -> None:
    for name in ("collector", "operator"):
        await add_person(stores, name)
    now = clock.now()
    own, foreign, last = [
        (await signed_in(stores, n, now))[0] for n in ("collector", "operator", "collector")
    ]
    assert not await stores.sign_in.end(foreign.id, "collector")
    assert await stores.sign_in.end(own.id, "collector")
    assert not await stores.sign_in.end(own.id, "collector")
    assert stores.sign_in.listed("collector", now) == [last]
    assert await stores.sign_in.end_all("collector") == 1
    assert stores.sign_in.listed("operator", now) == [foreign]


async def test_the_rights_of_a_session_are_the_persons_now(stores: Stores, clock: FakeClock) -> None:
    await add_person(stores, "operator", admin=True)
    session, _ = await signed_in(stores, "operator", clock.now())
    assert session.admin
    await stores.database.write(lambda conn: conn.execute(update(users).values(admin=False)))
    found = stores.sign_in.get(session.id, clock.now())
    assert found is not None
    assert not found.admin
    await stores.database.write(lambda conn: conn.execute(update(users).values(person_since=None)))
    assert stores.sign_in.get(session.id, clock.now()) is None


async def test_the_sessions_of_a_person_are_bounded(
    stores: Stores, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one that was not seen for the longest time ends, not the oldest."""
    monkeypatch.setattr("watcher.db.sign_in.MAX_SESSIONS", 2)
    for name in ("collector", "operator"):
        await add_person(stores, name)
    foreign, _ = await signed_in(stores, "operator", clock.now())
    first, second = [(await signed_in(stores, "collector", clock.move(1)))[0] for _ in range(2)]
    stores.sign_in.note_seen(first, clock.move(5 * MINUTE))
    third, _ = await signed_in(stores, "collector", clock.move(1))
    assert [s.id for s in stores.sign_in.listed("collector", clock.now())] == [third.id, first.id]
    assert stores.sign_in.get(second.id, clock.now()) is None
    assert stores.sign_in.listed("operator", clock.now()) == [foreign]


async def test_no_code_and_no_session_id_is_stored(stores: Stores, clock: FakeClock) -> None:
    await add_person(stores, "collector")
    used = await make_sign_in_link(stores, "collector", clock.now())
    made = await sign_in(stores, used, FIREFOX, "", clock.now())
    assert made is not None
    code = await make_sign_in_link(stores, "collector", clock.now())
    stored = str([stores.database.rows(table.select()) for table in metadata.sorted_tables])
    assert hash_token(code) in stored
    assert hash_token(made[1]) in stored
    for secret in (code, made[1], made[1].removeprefix("watcher_")):
        assert len(secret) >= 43
        assert secret not in stored
