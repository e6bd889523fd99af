"""What a plan refuses, pauses and resumes in the rows, on SQLite and Postgres."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection, insert, select, update

from tests.conftest import AGES, database_url
from tests.fakes import NOON
from watcher.accounts.plan_use import everyone, plan_use
from watcher.core.errors import Code
from watcher.core.plan_limits import LimitReached
from watcher.core.plans import NO_PLAN, SCANS, UNLIMITED, Plan, Plans, SubscriptionStatus, prompt_polls
from watcher.core.resilience.quota import month_of, utc_day_of
from watcher.core.times import DAY, HOUR, MINUTE, Instant, Seconds
from watcher.core.watch import Watch, WatchId
from watcher.core.watch_input import Defaults, watch_from
from watcher.db.plan_limits import Enforced, enforce_plan
from watcher.db.schema import searches, subscriptions, tokens, users, watches
from watcher.db.stores import Stores
from watcher.db.users import add_users

# On SQLite and, with `make test-slow PART=postgres`, on Postgres.
__all__ = ["database_url"]

FREE = Plan("free", watches=2, min_every=Seconds(HOUR), scans=3)
PLUS = Plan("plus", watches=4, min_every=Seconds(5 * MINUTE), scans=100, price_id="price_plus")
PLANS = Plans((FREE, PLUS), "https://watcher.example.com")
UPGRADE = "upgrade at https://watcher.example.com/settings#plan"
DEFAULTS = Defaults("EBAY_US", lambda _: None)


def watch(query: str = "camera", user: str = "collector", **fields: str) -> Watch:
    return watch_from({"query": query, "user": user, **fields}, DEFAULTS)


@pytest.fixture
def stores(database_url: str) -> Iterator[Stores]:
    opened = Stores.opened(database_url, AGES, PLANS)
    yield opened
    opened.close()


async def add(stores: Stores, *queries: str, user: str = "collector", at: float = NOON) -> list[WatchId]:
    return [*await stores.watches.add([watch(query, user) for query in queries], Instant(at))]


async def subscribe(stores: Stores, price: str = "price_plus", **state: Any) -> Enforced:
    """Store what Stripe says of the collector, as its events do."""
    values = {"status": "active", "price": price, "changed_at": NOON, "confirmed_at": NOON, **state}

    def run(conn: Connection) -> Enforced:
        add_users(conn, ["collector"], NOON)
        if not conn.execute(update(subscriptions).values(**values)).rowcount:
            conn.execute(insert(subscriptions).values(user_id="collector", **values))
        return enforce_plan(conn, stores.plan_limits.plans, "collector", NOON)

    return await stores.database.write(run)


def states(stores: Stores) -> list[tuple[int, bool, bool]]:
    rows = stores.database.rows(select(watches).order_by(watches.c.id))
    return [(row.id, row.paused, row.over_plan) for row in rows]


async def test_a_plan_allows_its_number_of_unpaused_watches(stores: Stores) -> None:
    await add(stores, "a", "b")
    with pytest.raises(LimitReached) as caught:
        await add(stores, "c")
    assert (caught.value.code, str(caught.value)) == (
        Code.FORBIDDEN,
        f'Your plan "free" allows 2 watches, and you have 2: pause or remove one, or {UPGRADE}.',
    )
    assert caught.value.refusal.to_operator == (
        'The plan "free" of "collector" allows 2 watches, and "collector" has 2: '
        f"pause or remove one, or {UPGRADE}."
    )
    await stores.watches.add([watch("c", paused="yes"), watch("d", user="local")], NOON)
    assert [number for number, paused, _ in states(stores) if not paused] == [1, 2, 4]


async def test_the_refusal_of_many_watches_names_those_that_do_not_fit(stores: Stores) -> None:
    new = [watch("a"), watch("b", every="5m"), watch("c", paused="yes"), watch("d"), watch("e")]
    with pytest.raises(LimitReached) as caught:
        await stores.watches.add(new, NOON)
    assert {place: refusal.to_user for place, refusal in caught.value.rows.items()} == {
        1: 'Your plan "free" allows intervals of 1h or longer, and 5m is shorter: '
        f"choose a longer one, or {UPGRADE}.",
        4: 'Your plan "free" allows 2 watches; you have 0, and this would make 3: '
        f"pause or remove one, or {UPGRADE}.",
    }
    assert states(stores) == []


async def test_an_import_for_a_new_user_is_checked_before_it_is_made(stores: Stores) -> None:
    new = [watch(query, user) for query in "abc" for user in ("collector", "local")]
    assert [*await stores.watches.refused(new)] == [4]
    assert stores.people.find("collector") is None


async def test_only_a_change_that_a_plan_limits_is_refused(stores: Stores) -> None:
    old = Stores.opened(str(stores.database.engine.url), AGES)
    await old.watches.add([watch("a", every="5m"), watch("b"), watch("c"), watch("d", paused="yes")], NOON)
    old.close()
    first, last = (stores.watches.get(WatchId(number)) for number in (1, 4))
    assert first
    assert last
    assert await stores.watches.change(replace(first, label="mine"), NOON)
    changes = (
        replace(first, label="", revision=2, every=Seconds(6 * MINUTE)),
        replace(last, paused=False),
        replace(last, user="other", every=Seconds(MINUTE)),
    )
    for changed, why in zip(changes, ("6m is shorter", "you have 3", "1m is shorter"), strict=True):
        with pytest.raises(LimitReached, match=why):
            await stores.watches.change(changed, NOON)
    assert (states(stores)[0], states(stores)[3]) == ((1, False, False), (4, True, False))


async def test_a_downgrade_pauses_the_newest_and_an_upgrade_resumes_the_oldest(stores: Stores) -> None:
    await add(stores, "first")
    assert await subscribe(stores) == Enforced()
    for minutes, query in enumerate(("a", "b", "c"), 1):
        await add(stores, query, at=NOON + minutes)
    await stores.watches.add([watch("old", paused="yes")], NOON)
    assert await subscribe(stores, status="canceled") == Enforced(paused=2)
    kept, both = [(1, False, False), (2, False, False)], [(3, True, True), (4, True, True)]
    assert states(stores) == [*kept, *both, (5, True, False)]
    active = select(searches.c.query).where(searches.c.due_at.is_not(None)).order_by(searches.c.id)
    assert [row.query for row in stores.database.rows(active)] == ["first", "a"]
    one = stores.watches.get(WatchId(1))
    assert one
    await stores.watches.change(one.set_paused(paused=True), NOON)
    assert await subscribe(stores) == Enforced(resumed=2)
    assert [paused for _, paused, _ in states(stores)] == [True, False, False, False, True]
    assert all(not over for _, _, over in states(stores))


async def test_room_for_one_resumes_the_oldest(stores: Stores) -> None:
    await subscribe(stores)
    await add(stores, "a", "b", "c", "d")
    await subscribe(stores, status="canceled")
    await stores.watches.remove(WatchId(1), NOON)
    assert await stores.plan_limits.enforce(NOON) == Enforced(resumed=1)
    assert states(stores) == [(2, False, False), (3, False, False), (4, True, True)]
    assert await stores.plan_limits.enforce(NOON) == Enforced()


async def test_a_short_interval_is_raised_to_the_shortest_of_the_plan(stores: Stores) -> None:
    await subscribe(stores)
    await stores.watches.add([watch("a", every="10m"), watch("b", every="2h"), watch("c")], NOON)
    assert await subscribe(stores, status="unpaid") == Enforced(paused=1, slowed=1)
    assert [row.watch.every for row in stores.watches.listed()] == [HOUR, 2 * HOUR, None]


async def test_without_plans_what_a_plan_paused_is_resumed(stores: Stores, database_url: str) -> None:
    await subscribe(stores)
    await add(stores, "a", "b", "c")
    await subscribe(stores, status="canceled")
    free = Stores.opened(database_url, AGES)
    assert await free.plan_limits.enforce(NOON) == Enforced(resumed=1)
    await free.watches.add([watch(str(number), every="1m") for number in range(3)], NOON)
    free.close()
    assert await stores.plan_limits.enforce(NOON) == Enforced(paused=4, slowed=3)


async def test_an_admin_has_no_limits_and_loses_them_with_the_rights(stores: Stores) -> None:
    await stores.people.add("collector", NOON, admin=True)
    await add(stores, "a", "b", "c")
    await stores.people.add("collector", NOON, admin=False)
    assert states(stores)[2] == (3, True, True)
    await stores.people.add("collector", NOON, admin=True)
    assert states(stores)[2] == (3, False, False)
    await stores.tokens.add("digest", "robot", NOON, admin=True)
    await add(stores, *"abc", user="robot")
    assert stores.plan_limits.holder("robot").plan == UNLIMITED


async def test_a_revoked_token_of_an_admin_takes_its_rights_along(stores: Stores) -> None:
    token = await stores.tokens.add("digest", "robot", NOON, admin=True)
    await add(stores, *"abc", user="robot")
    assert await stores.tokens.revoke(token.id, NOON)
    assert states(stores)[2] == (3, True, True)
    assert not await stores.tokens.revoke(token.id, NOON)
    await stores.tokens.add("another", "robot", NOON, admin=True)
    assert states(stores)[2] == (3, False, False)


async def test_an_heir_keeps_its_own_watches_and_the_surplus_is_paused(stores: Stores) -> None:
    await add(stores, "a", "b", user="leaver")
    await add(stores, "c", at=NOON + 1)
    assert (await stores.people.remove("leaver", NOON, heir="collector")).paused == 1
    assert states(stores) == [(1, False, False), (2, True, True), (3, False, False)]


async def test_a_watch_that_comes_back_is_paused_if_its_place_is_taken(stores: Stores) -> None:
    await add(stores, "a", "b")
    removed = await stores.removed_watches.remove([1], "collector", NOON)
    await add(stores, "c", at=NOON + 1)
    assert await stores.removed_watches.restore(removed, NOON) == 1
    assert states(stores) == [(1, True, True), (2, False, False), (3, False, False)]


async def test_without_a_free_plan_users_who_do_not_pay_add_nothing(database_url: str) -> None:
    stores = Stores.opened(database_url, AGES, PLANS._replace(all=(PLUS,)))
    for draft in ({}, {"paused": "yes"}):
        with pytest.raises(LimitReached) as caught:
            await stores.watches.add([watch(**draft)], NOON)
    assert str(caught.value) == (
        "You have no plan, so you may not add or resume watches: "
        "choose one at https://watcher.example.com/settings#plan."
    )
    assert stores.plan_limits.holder("collector").plan == NO_PLAN
    await stores.watches.add([watch(user="local")], NOON)
    stores.close()


async def test_the_use_of_a_plan_counts_watches_and_scans_of_the_month(stores: Stores) -> None:
    await subscribe(stores)
    await add(stores, "a", "b", "c")
    await subscribe(stores, status="canceled", paid_until=NOON + DAY)
    month = month_of(NOON)
    assert await stores.api_usage.book("collector", SCANS, month.start, 3)
    used = plan_use(stores, "collector", NOON)
    assert used[:6] == ("collector", FREE, 2, 1, month.end, 1)
    assert used.subscription
    assert used.subscription.paid_until == NOON + DAY
    await add(stores, "d", user="local")
    local = ("local", UNLIMITED, 1, 0, month.end, 0, None, False)
    assert [*everyone(stores, NOON)] == [used, local]
    assert plan_use(stores, "nobody", NOON)[:4] == ("nobody", FREE, 0, 0)


async def change(stores: Stores, number: WatchId, now: Instant, **changed: Any) -> None:
    found = stores.watches.get(number)
    assert found is not None
    await stores.watches.change(replace(found, **changed), now)


async def act(stores: Stores, number: WatchId, way: str, turn: int, now: Instant) -> WatchId:
    """Do what has a watch polled at once; return the watch."""
    match way:
        case "resume":
            await change(stores, number, now, paused=True)
            await change(stores, number, now, paused=False)
        case "edit":
            await change(stores, number, now, question=watch(f"query {turn}").question)
        case "rule":
            await change(stores, number, now, rule=watch(below=f"{turn + 2}").rule)
        case "every":
            await change(stores, number, now, every=None)
            await change(stores, number, now, every=Seconds(2 * HOUR))
        case "undo":
            removed = await stores.removed_watches.remove([number], "collector", now)
            await stores.removed_watches.restore(removed, now)
        case _:
            await stores.watches.remove(number, now)
            [number] = await add(stores, f"query {turn}", at=now)
    return number


@pytest.mark.parametrize("way", ["resume", "edit", "rule", "every", "undo", "add"])
async def test_changing_watches_all_day_causes_few_polls(stores: Stores, way: str) -> None:
    """Otherwise as many are polled as a user can pause and resume, whatever the plan allows."""
    polled, most = 0, prompt_polls(FREE) or 0
    [number] = await add(stores, "query")
    for turn in range(most + 5):
        now = Instant(NOON + 1 + turn)
        later = update(searches).where(searches.c.due_at.is_not(None))
        await stores.database.write(
            lambda conn, later=later, now=now: conn.execute(later.values(due_at=now + DAY, polled_at=now))
        )
        number = await act(stores, number, way, turn, now)
        row = stores.watches.row(number)
        assert row is not None
        polled += row.due_at == now
    assert polled == most - 1  # the first one was that of the new watch
    assert row.due_at in (utc_day_of(NOON).end, now + DAY)  # as planned, or on the next day
    tomorrow = Instant(NOON + DAY)
    await act(stores, number, way, -1, tomorrow)
    assert [due.due_at for due in stores.database.rows(select(searches).where(searches.c.due_at == tomorrow))]


async def test_the_last_watches_of_an_import_wait_for_the_next_day(database_url: str) -> None:
    stores = Stores.opened(database_url, AGES, Plans((FREE._replace(watches=30, min_every=None),)))

    def due(number: WatchId) -> float | None:
        row = stores.watches.row(number)
        return None if row is None else row.due_at

    for turn in range(4):
        ids = await stores.watches.add([watch(f"query {turn} {n}") for n in range(30)], NOON)
        assert {due(number) for number in ids} == {NOON}
        await stores.watches.remove_all(ids, NOON)
    [late, new] = await stores.watches.add([watch("query 0 0"), watch("new")], NOON)
    assert (due(late), due(new)) == (utc_day_of(NOON).end, utc_day_of(NOON).end)
    await stores.watches.add([watch("query 0 0", user="local")], NOON)  # has no limit
    assert (due(late), due(new)) == (NOON, utc_day_of(NOON).end)
    stores.close()


async def test_users_are_counted_by_plan_as_each_one_s_plan_is_found(stores: Stores) -> None:
    """Every state of a subscription, in and out of grace, of known and unknown prices, and admins."""
    states = [*SubscriptionStatus, "word_of_tomorrow"]
    ages = (None, NOON - DAY, NOON - 8 * DAY)
    kinds = [*itertools.product(states, ("price_plus", "price_gone", ""), ages)]

    def run(conn: Connection) -> None:
        names = [f"user{number}" for number in range(len(kinds))]
        add_users(conn, [*names, "unasked", "token", "former"], NOON)
        for name, (status, price, since) in zip(names, kinds, strict=True):
            row = {"user_id": name, "status": status, "price": price, "unpaid_since": since}
            conn.execute(insert(subscriptions).values(changed_at=NOON, confirmed_at=NOON, **row))
        for name, revoked in (("token", None), ("former", NOON)):
            made = {"user_id": name, "digest": name, "admin": True, "created_at": NOON, "revoked_at": revoked}
            conn.execute(insert(tokens).values(**made))
        conn.execute(update(users).where(users.c.id == "user0").values(admin=True, person_since=NOON))

    await stores.database.write(run)
    holders, counted = stores.plan_limits.holders(), stores.plan_limits.count_users()
    assert counted.users == Counter(holder.plan.name for holder in holders)
    assert set(counted.users) == {"free", "plus", "unlimited"}
    paid = [one.subscription for one in holders if one.subscription and one.subscription.price]
    strange = [one.user for one in paid if PLANS.lacks_price_of(one)]
    assert [one.user for one in stores.plan_limits.strangers(999)] == strange
    assert [one.user for one in stores.plan_limits.strangers(2)] == strange[:2]
    assert counted.strangers == len(strange) > 2


async def test_status_reads_no_row_for_each_user(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    names = [f"user{number}" for number in range(300)]
    await stores.database.write(lambda conn: add_users(conn, names, NOON))
    read: list[int] = []
    rows = stores.database.rows
    monkeypatch.setattr(stores.database, "rows", lambda *args: read.append(len(rows(*args))) or rows(*args))
    assert stores.plan_limits.count_users() == ({"free": 300}, 0)
    assert read == [1]
