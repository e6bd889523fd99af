"""Pictures of listings: fetched once, kept in memory for a while."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from tests.fakes import FakeClock
from tests.waiting import let_tasks_run
from watcher.core.errors import Api, CallFailed, Code, Kind, NotFound, NotSent, WatcherError
from watcher.core.pictures import EBAY_PICTURES, Picture, PictureOrigins, PictureSize
from watcher.core.times import Seconds
from watcher.watches import pictures as pictures_module
from watcher.watches.pictures import Pictures

MAX_AGE = Seconds(100.0)
SHOWN = f"{EBAY_PICTURES}/images/g/x/s-l225.jpg"


class Host:
    """A picture host: `failures` come first, and answers wait for the gate."""

    def __init__(self) -> None:
        self.fetched: Counter[str] = Counter()
        self.failures: list[WatcherError] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.cancelled = 0
        self.content = b"x" * 100

    async def fetch(self, url: str) -> Picture:
        self.fetched[url] += 1
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self.failures:
            raise self.failures.pop(0)
        return Picture(self.content, "image/png", "tag")


@pytest.fixture
def host() -> Host:
    return Host()


@pytest.fixture
def counts() -> Counter[str]:
    return Counter()


@pytest.fixture
def stored() -> dict[str, str]:
    return {}


@pytest.fixture
def pictures(host: Host, clock: FakeClock, counts: Counter[str], stored: dict[str, str]) -> Pictures:
    return Pictures(
        fetch=host.fetch,
        stored_address=lambda ids: next((stored[i] for i in ids if i in stored), ""),
        origins=PictureOrigins.of("https://api.ebay.com"),
        max_age=MAX_AGE,
        count=lambda name: counts.update([name]),
        monotonic=clock.now,
    )


async def test_an_item_is_found_under_ebays_id_and_serpapis(
    pictures: Pictures, stored: dict[str, str], clock: FakeClock
) -> None:
    pictures.remember([("v1|1|0", SHOWN), ("2", SHOWN), ("v1|3|7", SHOWN), ("v1|4|0", "")])
    stored["v1|5|0"] = SHOWN
    for item in ("v1|1|0", "1", "v1|2|0", "2", "v1|3|7", "v1|5|0", "5"):
        assert pictures.address(item, PictureSize.SMALL) == SHOWN
    for item in ("v1|3|0", "3", "v1|4|0", "v1|1|7", "9"):
        with pytest.raises(NotFound):
            pictures.address(item, PictureSize.SMALL)
    clock.at += MAX_AGE
    assert pictures.address("5", PictureSize.SMALL) == SHOWN
    with pytest.raises(NotFound):
        pictures.address("1", PictureSize.SMALL)
    await pictures.close()


async def test_callers_at_once_share_one_fetch(pictures: Pictures, host: Host, counts: Counter[str]) -> None:
    host.gate.clear()
    waiting = [asyncio.create_task(pictures.get(SHOWN)) for _ in range(5)]
    await let_tasks_run()
    assert pictures.is_coming(SHOWN)
    host.gate.set()
    assert len({found.picture.tag for found in await asyncio.gather(*waiting)}) == 1
    assert (await pictures.get(SHOWN)).age_left == MAX_AGE
    assert (host.fetched, counts) == ({SHOWN: 1}, {"picture.fetched": 1})
    await pictures.close()


async def test_a_fetch_goes_on_only_while_a_caller_waits(pictures: Pictures, host: Host) -> None:
    host.gate.clear()
    first, second = (asyncio.create_task(pictures.get(SHOWN)) for _ in range(2))
    await let_tasks_run()
    first.cancel()
    await let_tasks_run()
    assert (host.cancelled, pictures.is_coming(SHOWN)) == (0, True)
    second.cancel()
    await asyncio.gather(first, second, return_exceptions=True)
    await let_tasks_run()
    assert (host.cancelled, pictures.is_coming(SHOWN)) == (1, False)
    assert pictures.kept(SHOWN) is None


async def test_a_picture_is_kept_until_its_age_has_come(
    pictures: Pictures, host: Host, clock: FakeClock
) -> None:
    await pictures.get(SHOWN)
    clock.at += MAX_AGE - 1
    assert (await pictures.get(SHOWN)).age_left == 1
    clock.at += 1
    assert pictures.kept(SHOWN) is None
    await pictures.get(SHOWN)
    assert host.fetched[SHOWN] == 2
    await pictures.close()


async def test_an_old_picture_leaves_the_memory_unasked(pictures: Pictures, clock: FakeClock) -> None:
    pictures.remember([("v1|1|0", SHOWN)])
    await pictures.get(SHOWN)
    clock.at += 1
    await pictures.get(SHOWN.replace("x", "y"))
    for left in (1, 0):
        clock.at += MAX_AGE - left
        pictures._expire()
        assert (len(pictures._pictures), len(pictures._addresses)) == (left, 0)
        assert (pictures._expiry is not None) == bool(left)
    await pictures.close()


async def test_the_memory_of_pictures_is_bounded_in_bytes(
    pictures: Pictures, host: Host, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.content = b"x" * (pictures_module._MAX_BYTES // 4)
    for number in range(5):
        await pictures.get(f"{EBAY_PICTURES}/{number}.jpg")
    kept = [number for number in range(5) if pictures.kept(f"{EBAY_PICTURES}/{number}.jpg")]
    assert kept == [2, 3, 4]
    assert pictures._pictures.weight <= pictures_module._MAX_BYTES
    await pictures.close()


@pytest.mark.parametrize(
    ("failure", "code", "seconds"),
    [
        (NotFound("no"), Code.ITEM_NOT_FOUND, 600),
        (CallFailed(Api.EBAY, Kind.UNAVAILABLE, "down"), Code.EBAY_UNAVAILABLE, 30),
        (CallFailed(Api.EBAY, Kind.TIMEOUT, "slow"), Code.EBAY_TIMEOUT, 30),
    ],
)
async def test_a_failure_is_remembered_for_a_while(
    pictures: Pictures, host: Host, clock: FakeClock, failure: WatcherError, code: Code, seconds: int
) -> None:
    host.failures = [failure]
    for left in (None, seconds, 1):
        if left:
            clock.at = clock.at if left == seconds else clock.at + seconds - 1
        with pytest.raises(WatcherError) as caught:
            await pictures.get(SHOWN)
        assert caught.value.code is code
        assert not left or caught.value.retry_after in {None, left}
    assert host.fetched[SHOWN] == 1
    clock.at += 1
    assert (await pictures.get(SHOWN)).picture.tag == "tag"
    await pictures.close()


async def test_a_fetch_that_was_not_sent_is_tried_again(
    pictures: Pictures, host: Host, counts: Counter[str]
) -> None:
    host.failures = [NotSent(Api.EBAY, Kind.UNAVAILABLE, "full")]
    with pytest.raises(NotSent):
        await pictures.get(SHOWN)
    assert (await pictures.get(SHOWN)).picture.tag == "tag"
    assert counts == {"picture.fetched": 1}
    await pictures.close()
