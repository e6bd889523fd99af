"""Identifying pictures: which way answers, what that costs, and what a failure of each way means."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator

import pytest

from tests.conftest import AGES
from tests.fakes import FakeClock
from tests.scans.senses import ASKED, CAMERA, PHOTO, SURE, UNSURE, FakeSenses, listings, scanner_of
from watcher.core.ai_answers import AiAnswer, AiAnswerUnusable, TokenUsage
from watcher.core.apis import Api
from watcher.core.errors import CallFailed, Code, InvalidInput, Kind, NotFound, WatcherError
from watcher.core.identification import Way
from watcher.core.listing import Snapshot
from watcher.core.plan_limits import LimitReached
from watcher.core.plans import SCANS, Plan, Plans
from watcher.core.resilience.quota import month_of, quota_window
from watcher.core.times import DAY
from watcher.db.api_usage import Usage
from watcher.db.stores import Stores
from watcher.scans.scanner import GUESS, OLD, Scanner

EBAY_DOWN = CallFailed(Api.EBAY, Kind.UNAVAILABLE, "status 503")
AI_DOWN = CallFailed(Api.OPENAI, Kind.UNAVAILABLE, "status 503")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def senses() -> FakeSenses:
    return FakeSenses()


@pytest.fixture
def scanner(stores: Stores, senses: FakeSenses, clock: FakeClock) -> Scanner:
    return scanner_of(stores, senses, clock)


async def test_a_barcode_answers_before_anything_is_asked_about_the_picture(
    scanner: Scanner, senses: FakeSenses
) -> None:
    senses.barcodes, senses.by_gtin = ("4006381333931",), SURE
    found = (await scanner.identify(PHOTO, ASKED)).identification
    assert (found.way, found.query, found.gtin) == (Way.BARCODE, "zenitar mk2 camera", "4006381333931")
    assert senses.calls == ["gtin 4006381333931"]


async def test_a_barcode_without_listings_leaves_it_to_the_next_way(
    scanner: Scanner, senses: FakeSenses
) -> None:
    senses.barcodes, senses.by_image = ("4006381333931",), SURE
    assert (await scanner.identify(PHOTO, ASKED)).identification.way is Way.EBAY
    assert senses.calls == ["gtin 4006381333931", "image"]


async def test_listings_that_look_alike_name_the_item_without_a_model(
    scanner: Scanner, senses: FakeSenses
) -> None:
    senses.by_image = SURE
    found = (await scanner.identify(PHOTO, ASKED)).identification
    assert (found.way, found.title, found.category) == (Way.EBAY, "Zenitar MK2 camera", "electronics")
    assert found.cost is None
    assert senses.calls == ["image"]


async def test_the_model_is_asked_when_listings_disagree(scanner: Scanner, senses: FakeSenses) -> None:
    senses.by_image = UNSURE
    found = (await scanner.identify(PHOTO, ASKED)).identification
    assert (found.way, found.query, found.confidence) == (Way.OPENAI, "zenitar mk2", 0.9)
    assert found.cost == 1_000 * 2 + 100 * 8


async def test_the_same_bytes_cost_one_call(scanner: Scanner, senses: FakeSenses, stores: Stores) -> None:
    first, second = await scanner.identify(PHOTO, ASKED), await scanner.identify(PHOTO, ASKED)
    assert (first.identification.way, second.identification.way) == (Way.OPENAI, Way.LIBRARY)
    assert second.identification.cost is None
    assert senses.calls.count("ai") == 1
    start = quota_window(Api.OPENAI, FakeClock().now()).start
    assert stores.api_usage.of_user("collector", Api.OPENAI, start) == Usage(1, 2_800)


async def test_the_same_bytes_at_once_cost_one_call(scanner: Scanner, senses: FakeSenses) -> None:
    found = await asyncio.gather(*(scanner.identify(PHOTO, ASKED) for _ in range(5)))
    assert {one.identification.way for one in found} == {Way.OPENAI}
    assert senses.calls.count("ai") == 1


async def test_a_changed_copy_of_a_picture_costs_nothing(scanner: Scanner, senses: FakeSenses) -> None:
    await scanner.identify(PHOTO, ASKED)
    senses.bits = 5
    assert (await scanner.identify(b"a smaller copy", ASKED)).identification.way is Way.LIBRARY
    assert senses.calls.count("ai") == 1


async def test_a_picture_without_an_item_is_paid_for_once(scanner: Scanner, senses: FakeSenses) -> None:
    senses.by_ai = AiAnswer("A meadow", "", 0.0)
    for _ in range(2):
        with pytest.raises(NotFound, match="Nothing for sale was recognised"):
            await scanner.identify(PHOTO, ASKED)
    assert senses.calls == ["image", "ai"]


async def test_only_the_allowed_ways_are_used(stores: Stores, senses: FakeSenses, clock: FakeClock) -> None:
    senses.barcodes, senses.by_gtin, senses.by_image = ("4006381333931",), SURE, SURE
    for ways, asked in (
        ((Way.LIBRARY,), []),
        ((Way.OPENAI,), ["ai"]),
        ((Way.EBAY, Way.BARCODE), ["gtin 4006381333931"]),
    ):
        senses.calls.clear()
        scanner = scanner_of(stores, senses, clock, ways=ways)
        if asked:
            await scanner.identify(PHOTO + bytes(len(ways)), ASKED)
        else:
            with pytest.raises(NotFound):
                await scanner.identify(b"another", ASKED)
        assert senses.calls == asked


async def test_without_a_model_the_other_ways_work(
    stores: Stores, senses: FakeSenses, clock: FakeClock
) -> None:
    scanner = scanner_of(stores, senses, clock, with_ai=False)
    senses.by_image = UNSURE
    found = await scanner.identify(PHOTO, ASKED)
    assert (found.identification.way, found.warnings) == (Way.EBAY, (GUESS,))
    senses.by_image = ()
    with pytest.raises(NotFound):
        await scanner.identify(b"another", ASKED)


async def test_a_failing_model_leaves_the_best_match(scanner: Scanner, senses: FakeSenses) -> None:
    senses.by_image, senses.by_ai = UNSURE, AI_DOWN
    found = await scanner.identify(PHOTO, ASKED)
    assert found.identification.way is Way.EBAY
    assert found.warnings == (f"AI is busy, using visual matching. {GUESS}",)


async def test_a_failing_model_is_replaced_by_an_expired_identification(
    scanner: Scanner, senses: FakeSenses, clock: FakeClock
) -> None:
    await scanner.identify(PHOTO, ASKED)
    clock.move(30 * DAY)
    senses.by_ai, senses.by_image = AI_DOWN, UNSURE
    found = await scanner.identify(b"a copy", ASKED)
    assert (found.identification.way, found.identification.query) == (Way.LIBRARY, "zenitar mk2")
    assert found.warnings == (f"AI is busy, using visual matching. {OLD}",)


async def test_an_outage_is_never_nothing_found(scanner: Scanner, senses: FakeSenses) -> None:
    senses.by_image, senses.by_ai = EBAY_DOWN, AI_DOWN
    with pytest.raises(CallFailed) as failed:
        await scanner.identify(PHOTO, ASKED)
    assert failed.value is AI_DOWN
    senses.by_ai = AiAnswer("", "", 0.0)
    with pytest.raises(CallFailed) as failed:  # eBay might have known it
        await scanner.identify(b"another", ASKED)
    assert failed.value is EBAY_DOWN


async def test_a_failing_market_leaves_it_to_the_model(scanner: Scanner, senses: FakeSenses) -> None:
    senses.barcodes, senses.by_gtin, senses.by_image = ("4006381333931",), EBAY_DOWN, EBAY_DOWN
    found = await scanner.identify(PHOTO, ASKED)
    assert (found.identification.way, found.warnings) == (Way.OPENAI, ())


async def test_a_declined_picture_is_charged_once_and_nothing_found(
    scanner: Scanner, senses: FakeSenses, stores: Stores
) -> None:
    senses.by_ai = AiAnswerUnusable(Kind.REFUSED, "a refusal", TokenUsage(500, 0), caller_caused=True)
    for _ in range(2):
        with pytest.raises(NotFound):
            await scanner.identify(PHOTO, ASKED)
    start = quota_window(Api.OPENAI, FakeClock().now()).start
    assert stores.api_usage.of_user("collector", Api.OPENAI, start) == Usage(1, 1_000)
    senses.by_image = UNSURE
    assert (await scanner.identify(PHOTO, ASKED)).identification.way is Way.EBAY
    assert senses.calls == ["image", "ai", "image", "image"]


async def test_an_unsure_model_is_a_guess_now_and_later(scanner: Scanner, senses: FakeSenses) -> None:
    senses.by_ai = CAMERA._replace(confidence=0.3)
    first, again = await scanner.identify(PHOTO, ASKED), await scanner.identify(PHOTO, ASKED)
    assert [one.identification.way for one in (first, again)] == [Way.OPENAI, Way.LIBRARY]
    assert first.identification.cost == 2_800
    assert first.warnings == again.warnings == (GUESS,)
    assert senses.calls == ["image", "ai"]


async def test_a_user_without_calls_left_gets_visual_matching(
    stores: Stores, senses: FakeSenses, clock: FakeClock
) -> None:
    scanner = scanner_of(stores, senses, clock, per_user=0)
    with pytest.raises(CallFailed) as refused:
        await scanner.identify(PHOTO, ASKED)
    assert (refused.value.code, refused.value.kind) == ("OPENAI_RATE_LIMIT", Kind.QUOTA)
    senses.by_image = UNSURE
    assert (await scanner.identify(PHOTO, ASKED)).identification.way is Way.EBAY
    assert "ai" not in senses.calls


async def test_bytes_that_cannot_be_used_are_refused_before_anything_is_asked(
    scanner: Scanner, senses: FakeSenses
) -> None:
    with pytest.raises(InvalidInput, match="empty"):
        await scanner.identify(b"", ASKED)
    assert senses.calls == []


async def test_a_guess_is_not_remembered(scanner: Scanner, senses: FakeSenses) -> None:
    senses.by_image, senses.by_ai = UNSURE, AI_DOWN
    await scanner.identify(PHOTO, ASKED)
    senses.by_ai = CAMERA
    assert (await scanner.identify(PHOTO, ASKED)).identification.way is Way.OPENAI


async def test_one_brand_in_common_names_no_item(scanner: Scanner, senses: FakeSenses) -> None:
    senses.by_image = listings("Zenitar lens", "Zenitar bag", "Zenitar strap")
    assert (await scanner.identify(PHOTO, ASKED)).identification.way is Way.OPENAI


async def test_scans_of_one_flight_show_its_cost_once(scanner: Scanner, senses: FakeSenses) -> None:
    found = await asyncio.gather(*(scanner.identify(PHOTO, ASKED) for _ in range(3)))
    assert sorted(one.identification.cost or 0 for one in found) == [0, 0, 2_800]
    assert senses.calls.count("ai") == 1


async def test_an_answer_that_cannot_be_remembered_is_still_given(
    scanner: Scanner, senses: FakeSenses, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_args: object) -> None:
        raise WatcherError(Code.DATABASE_QUERY_FAILED)

    monkeypatch.setattr(scanner.library, "teach", full)
    assert (await scanner.identify(PHOTO, ASKED)).identification.query == "zenitar mk2"
    assert senses.calls == ["image", "ai"]


async def test_a_picture_is_not_held_while_a_service_is_waited_for(
    stores: Stores, senses: FakeSenses, clock: FakeClock
) -> None:
    freed, asked, answers = asyncio.Event(), asyncio.Event(), asyncio.Event()

    class Photo(bytes):
        def __del__(self) -> None:
            freed.set()

    async def search_by_image(*_args: object) -> Snapshot:
        asked.set()
        await answers.wait()
        raise EBAY_DOWN

    senses.search_by_image = search_by_image  # type: ignore[method-assign]
    scanner = scanner_of(stores, senses, clock)
    caller = asyncio.create_task(scanner.identify(Photo(PHOTO), ASKED))
    await asked.wait()
    caller.cancel()  # the client is gone; what was asked goes on
    await asyncio.wait([caller])
    del caller
    gc.collect()
    assert freed.is_set()
    answers.set()
    await scanner.close()


async def test_a_scanner_without_a_way_does_not_blame_the_picture(
    stores: Stores, senses: FakeSenses, clock: FakeClock
) -> None:
    for ways in ((), (Way.OPENAI,)):
        with pytest.raises(InvalidInput, match="api_key"):
            await scanner_of(stores, senses, clock, ways=ways, with_ai=False).identify(PHOTO, ASKED)


async def test_a_plan_counts_the_pictures_that_are_answered_and_not_from_memory(
    planned: Stores, senses: FakeSenses, clock: FakeClock
) -> None:
    scanner, senses.by_image = scanner_of(planned, senses, clock), EBAY_DOWN
    with pytest.raises(CallFailed):
        await scanner_of(planned, senses, clock, with_ai=False).identify(PHOTO, ASKED)
    with pytest.raises(InvalidInput):
        await scanner.identify(b"", ASKED)
    assert scans_of(planned) == 0
    senses.by_image = SURE
    for _ in range(2):
        assert (await scanner.identify(PHOTO, ASKED)).identification.query
    assert scans_of(planned) == 1
    senses.by_image, senses.by_ai = (), AiAnswer("", "", 0.0, usage=TokenUsage(1, 1))
    senses.bits = 60  # looks like no earlier one
    with pytest.raises(NotFound):  # is an answer, which costs calls
        await scanner.identify(b"another", ASKED)
    assert scans_of(planned) == 2
    senses.bits = 30
    with pytest.raises(LimitReached, match='Your plan "free" allows 2 scans a month, and you have used 2'):
        await scanner.identify(b"third", ASKED)
    assert (await scanner.identify(PHOTO, ASKED)).identification.way is Way.LIBRARY
    senses.by_image = SURE
    await scanner.identify(b"third", ASKED._replace(user="local"))
    assert scans_of(planned, "local") == 0
    clock.at = month_of(clock.now()).end
    assert (await scanner.identify(b"third", ASKED)).identification.way is Way.EBAY


async def test_pictures_at_once_are_no_more_than_the_plan_allows(
    planned: Stores, senses: FakeSenses, clock: FakeClock
) -> None:
    scanner, senses.by_image = scanner_of(planned, senses, clock, ways=[Way.EBAY]), SURE
    results = await asyncio.gather(
        *(scanner.identify(b"picture %d" % number, ASKED) for number in range(5)), return_exceptions=True
    )
    assert sum(isinstance(one, LimitReached) for one in results) == 3
    assert scans_of(planned) == 2


@pytest.fixture
def planned(database_url: str) -> Iterator[Stores]:
    """Return stores with a plan of two scans a month."""
    opened = Stores.opened(database_url, AGES, Plans((Plan("free", scans=2),)))
    yield opened
    opened.close()


def scans_of(stores: Stores, user: str = ASKED.user) -> int:
    return stores.api_usage.of_user(user, SCANS, month_of(FakeClock().now()).start).calls
