"""The keys of requests that are answered once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from watcher.core.times import DAY, Instant
from watcher.db import idempotency
from watcher.db.database import Database
from watcher.db.idempotency import EarlierUse, IdempotencyStore, KeptAnswer, KeyUse

NOW = Instant(1_000_000.25)
USE = KeyUse("collector", "k1", "a hash", NOW)
ANSWER = KeptAnswer(201, "[]", b"{}")


@pytest.fixture
def stores(database_url: str) -> Iterator[list[IdempotencyStore]]:
    """The stores of two processes."""
    databases = [Database(database_url), Database(database_url)]
    yield [IdempotencyStore(one) for one in databases]
    for one in databases:
        one.close()


async def test_a_key_is_claimed_once_and_by_no_other_process(stores: list[IdempotencyStore]) -> None:
    first, second = stores
    assert await first.claim(USE) is None
    assert await second.claim(USE._replace(at=Instant(NOW + 5))) == EarlierUse("a hash", NOW, None)
    await first.keep(USE, ANSWER)
    assert await second.claim(USE._replace(request="another")) == EarlierUse("a hash", NOW, ANSWER)
    assert await second.claim(USE._replace(user="operator")) is None  # each user has its own keys


async def test_one_of_many_claims_at_once_gets_the_key(stores: list[IdempotencyStore]) -> None:
    uses = [USE._replace(request=str(n)) for n in range(10)]
    found = await asyncio.gather(*(stores[n % 2].claim(use) for n, use in enumerate(uses)))
    assert sum(earlier is None for earlier in found) == 1


async def test_only_an_unanswered_key_of_the_same_use_is_released(stores: list[IdempotencyStore]) -> None:
    store, _ = stores
    await store.claim(USE)
    await store.release(USE._replace(at=Instant(NOW - 1)))
    assert await store.claim(USE) is not None
    await store.release(USE)
    assert await store.claim(USE) is None
    await store.keep(USE, ANSWER)
    await store.release(USE)
    assert (await store.claim(USE)) == EarlierUse("a hash", NOW, ANSWER)


async def test_a_key_is_free_after_a_day(stores: list[IdempotencyStore]) -> None:
    store, _ = stores
    await store.claim(USE)
    assert await store.claim(USE._replace(at=Instant(NOW + DAY))) is not None
    assert await store.claim(USE._replace(at=Instant(NOW + DAY + 1))) is None


async def test_a_user_has_a_bounded_number_of_keys(
    stores: list[IdempotencyStore], monkeypatch: pytest.MonkeyPatch
) -> None:
    store, _ = stores
    monkeypatch.setattr(idempotency, "MAX_KEYS_PER_USER", 3)
    await store.claim(USE._replace(user="operator"))
    for number in range(5):
        await store.claim(USE._replace(key=f"k{number}", at=Instant(NOW + number)))
    kept = [
        await store.claim(USE._replace(key=f"k{number}", at=Instant(NOW + 9))) for number in (4, 3, 2, 1, 0)
    ]
    assert [earlier is not None for earlier in kept] == [True, True, True, False, False]
    assert await store.claim(USE._replace(user="operator")) is not None
