"""Items a little above a target, looked at between polls where eBay grants that."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import pytest

from tests.fakes import NOON, listing, usd
from watcher.core.errors import Api, CallFailed, Kind
from watcher.core.item_state import Gone, ItemState
from watcher.core.listing import Condition, Listing
from watcher.core.rechecks import ItemStates
from watcher.core.rules import parse_rule
from watcher.core.times import HOUR, MINUTE, Instant, Seconds
from watcher.core.watch import Question, Search, SearchId, Watch, WatchId
from watcher.polling import followed as followed_module
from watcher.polling.evaluation import Evaluation, Observation, select_comps
from watcher.polling.followed import MAX_PER_SEARCH, ItemFollower, near_items

QUESTION = Question("zenitar mk2", Condition.ANY, "", "EBAY_US")


class Bulk:
    """eBay's getItems: what it says of items, and what it was asked."""

    def __init__(self) -> None:
        self.granted: bool | None = True
        self.is_wanted = False
        self.states_of: dict[str, ItemState] = {}
        self.failure: CallFailed | None = None
        self.asked: list[Sequence[str]] = []
        self.probes = 0

    def is_probe_due(self, now: Instant) -> bool:
        del now
        return self.is_wanted and self.granted is None

    async def probe(self, marketplace: str) -> bool:
        assert marketplace == "EBAY_US"
        self.probes += 1
        if self.failure:
            raise self.failure
        self.granted = True
        return True

    async def states(
        self, item_ids: Sequence[str], marketplace: str, within: Seconds, *, interactive: bool
    ) -> ItemStates:
        assert (marketplace, interactive) == ("EBAY_US", False)
        assert within <= 5
        self.asked.append(item_ids)
        if self.failure:
            raise self.failure
        return {item: state for item, state in self.states_of.items() if item in item_ids}


class Calls:
    """A quota of getItems that is restored in ten hours."""

    def __init__(self) -> None:
        self.calls = 36_000

    def left(self, now: Instant) -> int:
        del now
        return self.calls

    def resets_at(self, now: Instant) -> Instant:
        return Instant(now + 10 * HOUR)


class Bench:
    """A follower, and the searches that it made due."""

    def __init__(self) -> None:
        self.bulk, self.calls = Bulk(), Calls()
        self.hurried: list[set[int]] = []
        self.woken = 0
        self.follower = ItemFollower(self.bulk, self.calls, self._hurry, marketplace="EBAY_US")
        self.follower.on_due = self._wake

    async def _hurry(self, ids: Collection[SearchId], now: Instant) -> None:
        del now
        self.hurried.append(set(ids))

    def _wake(self) -> None:
        self.woken += 1

    def polled(self, *listings: Listing, search: int = 1, rule: str = "below 50", at: float = NOON) -> None:
        found = Search(SearchId(search), QUESTION, Instant(at))
        self.follower.note_poll(found, [watch(rule)], *evaluated(*listings, rule=rule), Instant(at))

    async def round(self, after: float) -> None:
        await self.follower.round(Instant(NOON + after))


def watch(rule: str = "below 50", **fields: Any) -> Watch:
    return Watch(WatchId(1), SearchId(1), "local", parse_rule(rule, "USD"), QUESTION, **fields)


def evaluated(*listings: Listing, rule: str = "below 50") -> tuple[Observation, Evaluation]:
    observed = Observation(listings, NOON, None, True, True, Api.EBAY)
    key = watch(rule).filters.key
    comps = {key: select_comps(QUESTION, observed, watch(rule).filters)}
    return observed, Evaluation(comps, [], [], {}, {}, {}, {})


def follower_keys(bench: Bench) -> list[str]:
    return [item for _, item in bench.follower._followed]


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_near_items_are_those_a_little_above_a_target() -> None:
    observed, evaluation = evaluated(
        listing(1, 50.0), listing(2, 50.01), listing(3, 58.0, 4.5), listing(4, 58.0, 4.51), listing(5, 30.0)
    )
    near = near_items("EBAY_US", [watch()], observed, evaluation)
    assert [(one.item_id, one.trigger, one.distance) for one in near] == [
        ("v1|2|0", usd(50), 1),
        ("v1|3|0", usd(45.5), 1250),
    ]


def test_unknown_shipping_counts_as_what_is_usual() -> None:
    observed, evaluation = evaluated(listing(1, 48.0, None), listing(2, 90.0, 5.0))
    [near] = near_items("EBAY_US", [watch()], observed, evaluation)
    assert (near.item_id, near.trigger) == ("v1|1|0", usd(45))


def test_next_lower_target_of_all_watches_counts() -> None:
    observed, evaluation = evaluated(listing(1, 60.0))
    rules = ("below 58", "below 59", "below 61", "new", "median-below 59.50", "ending 15m 59.90")
    [near] = near_items("EBAY_US", [watch(rule) for rule in rules], observed, evaluation)
    assert near.trigger == usd(59)


def test_target_of_a_deal_is_its_share_of_the_median() -> None:
    observed, evaluation = evaluated(*(listing(n, 100.0) for n in range(1, 6)), listing(6, 71.0))
    [near] = near_items("EBAY_US", [watch("deal 70%")], observed, evaluation)
    assert (near.item_id, near.trigger) == ("v1|6|0", usd(70))


def test_nearest_items_of_a_search_are_followed_and_no_more() -> None:
    observed, evaluation = evaluated(*(listing(n, 50 + n / 10) for n in range(1, 60)))
    near = near_items("EBAY_US", [watch()], observed, evaluation)
    assert [one.item_id for one in near] == [f"v1|{n}|0" for n in range(1, MAX_PER_SEARCH + 1)]


async def test_price_cut_to_the_target_makes_the_search_due(bench: Bench) -> None:
    bench.polled(listing(1, 55.0), listing(2, 56.0))
    bench.bulk.states_of = {"v1|1|0": ItemState(price=usd(50)), "v1|2|0": ItemState(price=usd(50.01))}
    await bench.round(2 * MINUTE)
    assert bench.bulk.asked == [["v1|1|0", "v1|2|0"]]
    assert (bench.hurried, bench.woken) == ([{1}], 1)


async def test_items_wait_a_minute_after_their_poll_and_their_last_look(bench: Bench) -> None:
    bench.polled(listing(1, 55.0))
    for seconds, calls in ((0, 0), (50, 0), (60, 1), (110, 1), (120, 2)):
        await bench.round(seconds)
        assert len(bench.bulk.asked) == calls


async def test_same_cut_makes_a_search_due_again_after_longer_and_longer_waits(bench: Bench) -> None:
    bench.bulk.states_of = {"v1|1|0": ItemState(price=usd(45))}
    times = []
    for minute in range(1, 70):
        bench.polled(listing(1, 55.0), at=NOON + (minute - 1) * MINUTE)  # the search shows the old price
        await bench.round(minute * MINUTE)
        if len(bench.hurried) > len(times):
            times.append(minute)
    assert times == [1, 6, 16, 36]


async def test_items_that_are_gone_are_not_followed_any_more(bench: Bench) -> None:
    bench.polled(listing(1, 55.0), listing(2, 56.0))
    bench.bulk.states_of = {"v1|1|0": ItemState(Gone.SOLD_OUT, price=usd(45))}
    await bench.round(MINUTE)
    assert follower_keys(bench) == ["v1|2|0"]
    assert bench.hurried == []


async def test_each_poll_replaces_the_items_of_its_search(bench: Bench) -> None:
    bench.polled(listing(1, 55.0), listing(2, 56.0))
    bench.polled(listing(3, 55.0), search=2)
    bench.polled(listing(2, 56.0), listing(4, 90.0))
    assert follower_keys(bench) == ["v1|3|0", "v1|2|0"]
    bench.polled()
    assert follower_keys(bench) == ["v1|3|0"]


async def test_calls_are_spread_evenly_over_the_rest_of_the_day(bench: Bench) -> None:
    bench.calls.calls = 360  # one in 100 s
    for number in range(10):
        bench.polled(*(listing(20 * number + n, 55.0) for n in range(20)), search=number)
    for seconds in range(100, 2100, 10):
        await bench.round(seconds)
    assert 19 <= len(bench.bulk.asked) <= 21
    looked_at = [item for ids in bench.bulk.asked[:10] for item in ids]
    assert len(set(looked_at)) == 200


async def test_without_calls_nothing_is_looked_at(bench: Bench) -> None:
    bench.calls.calls = 0
    bench.polled(listing(1, 55.0))
    await bench.round(HOUR)
    assert bench.bulk.asked == []


async def test_number_of_followed_items_is_bounded(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(followed_module, "MAX_FOLLOWED", 5)
    for number in range(4):
        bench.polled(listing(10 * number, 55.0), listing(10 * number + 1, 56.0), search=number)
    assert len(bench.follower) == 5
    assert follower_keys(bench)[-2:] == ["v1|30|0", "v1|31|0"]
    for number in range(4):
        bench.polled(search=number)
    assert len(bench.follower) == 0


async def test_grant_is_asked_for_once_something_is_near(bench: Bench) -> None:
    bench.bulk.granted = None
    bench.polled(listing(1, 90.0))
    await bench.round(MINUTE)
    assert bench.bulk.probes == 0
    bench.polled(listing(1, 55.0))
    await bench.round(2 * MINUTE)
    assert (bench.bulk.probes, len(bench.bulk.asked)) == (1, 1)


async def test_without_the_grant_nothing_is_followed(bench: Bench) -> None:
    bench.polled(listing(1, 55.0))
    bench.bulk.granted = False
    bench.polled(listing(2, 55.0))
    await bench.round(HOUR)
    assert (len(bench.follower), bench.bulk.asked) == (0, [])


async def test_look_that_fails_is_not_repeated_at_once(bench: Bench) -> None:
    bench.bulk.failure = CallFailed(Api.EBAY, Kind.UNAVAILABLE, "status 503")
    bench.polled(listing(1, 55.0))
    for seconds in (60, 70, 110):
        await bench.round(seconds)
    assert len(bench.bulk.asked) == 1


async def test_probe_that_fails_does_not_fail_the_round(bench: Bench) -> None:
    bench.bulk.granted = None
    bench.bulk.failure = CallFailed(Api.EBAY, Kind.TIMEOUT, "slow")
    bench.polled(listing(1, 55.0))
    await bench.round(MINUTE)
    assert (bench.bulk.probes, bench.bulk.asked) == (1, [])
