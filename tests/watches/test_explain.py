"""Explanations from stored state: why a watch did or did not alert, for every step of a poll."""

from __future__ import annotations

from typing import NoReturn

import pytest
from sqlalchemy import Connection, text

from tests.fakes import listing, listings, usd
from tests.trips import Trip
from watcher.core.errors import Api, CallFailed, InvalidInput, Kind
from watcher.core.explanation import Explanation, Step
from watcher.core.monitoring.silences import Silence
from watcher.core.serializers import explanation_view
from watcher.core.times import DAY, HOUR, MINUTE, Instant, Seconds
from watcher.core.watch import WatchId
from watcher.watches.explain import explain_watch

NEVER = "it was not in the last answer"


def why(
    trip: Trip, number: int, item: str = "", *, known_to: bool = True, daemon: bool = True
) -> Explanation:
    return explain_watch(
        trip.registry.get(WatchId(number)),
        item,
        trip.clock.now(),
        stores=trip.stores,
        cache=trip.fetcher.cache,
        destination_known=known_to,
        daemon_runs=daemon,
    )


def step(found: Explanation, name: str) -> Step:
    return next(s for s in found.steps if s.name == name)


def names(found: Explanation) -> list[str]:
    return [s.name for s in found.steps]


async def test_before_the_first_poll_the_market_was_not_seen(trip: Trip) -> None:
    number = await trip.watch(below="51")
    for item in ("", "1"):
        found = why(trip, number, item)
        assert found.verdict == "no usable answer from the market is stored; the next poll is due now"


async def test_a_failed_poll_is_named_with_the_next_attempt(trip: Trip) -> None:
    number = await trip.watch(below="51")
    trip.market.failures = [CallFailed(Api.EBAY, Kind.UNAVAILABLE, "503")]
    await trip.poll()
    found = why(trip, number, "1")
    assert found.verdict == (
        "no usable answer from the market is stored; the last poll failed (eBay is temporarily busy); "
        "the next poll is due in 2 s"
    )
    assert step(found, "fetched").facts["error"] == "EBAY_UNAVAILABLE"


async def test_an_alerted_item_says_when_it_would_alert_again(trip: Trip) -> None:
    number = await trip.watch(below="51")
    (alert,) = await trip.poll()
    found = why(trip, number, "https://www.ebay.com/itm/1")
    assert found.item_id == "v1|1|0"
    assert names(found) == ["watch", "fetched", "kept", "rule", "again", "message"]
    assert step(found, "rule").sentence == "$50.00 in total is at most your $51.00"
    assert step(found, "again").sentence == (
        "it last alerted 2025-06-15T15:06:40Z at $50.00; "
        "it alerts again at a total of at most $47.50 (5 % less)"
    )
    assert step(found, "again").facts["againAt"] == "47.50"
    assert step(found, "message").facts["alert"] == alert.id
    assert found.verdict == (
        f"alert {alert.id} of 2025-06-15T15:06:40Z waits in the outbox for slack; the next attempt is in 0 s"
    )


async def test_the_state_of_the_message_is_explained(trip: Trip) -> None:
    number = await trip.watch(below="51")
    (alert,) = await trip.poll()
    outbox, now = trip.stores.outbox, trip.clock.now()
    assert why(trip, number, "1", known_to=False).verdict.endswith(
        "the configuration has no destination slack"
    )
    (delivery,) = await outbox.lease_deliveries(now, 1, "me", MINUTE, ())
    await outbox.postpone(delivery, now + 30, "SLACK_RATE_LIMIT", "429")
    assert why(trip, number, "1").verdict.endswith(
        "for slack after 1 attempt (SLACK_RATE_LIMIT: 429); the next attempt is in 30 s"
    )
    (delivery,) = await outbox.lease_deliveries(trip.clock.move(60), 1, "me", MINUTE, ())
    await outbox.dead_letter(delivery, trip.clock.now(), "SLACK_REFUSED", "channel_not_found")
    dead = why(trip, number, "1")
    assert dead.verdict == (
        f"slack refused alert {alert.id} of 2025-06-15T15:06:40Z for good (SLACK_REFUSED: channel_not_found)"
    )
    await outbox.requeue("slack", trip.clock.now())
    (delivery,) = await outbox.lease_deliveries(trip.clock.now(), 1, "me", MINUTE, ())
    await outbox.mark_sent(delivery, trip.clock.now())
    sent = why(trip, number, "1")
    assert sent.verdict == f"alert {alert.id} of 2025-06-15T15:06:40Z was sent to slack 2025-06-15T15:07:40Z"
    assert step(sent, "message").passed
    await execute(trip, "DELETE FROM outbox")
    assert step(why(trip, number, "1"), "message").sentence.endswith("was sent to slack")
    await execute(trip, "DELETE FROM alerts")
    assert why(trip, number, "1").verdict == "the alert is no longer stored"


async def test_an_item_above_the_target_names_the_difference(trip: Trip) -> None:
    number = await trip.watch(below="51")
    await trip.poll()
    found = why(trip, number, "2")
    assert found.verdict == "its total $52.00 is $1.00 above $51.00"
    assert step(found, "message").sentence.startswith("there is no alert yet; the next poll is due in ")


async def test_a_dropped_item_names_the_reason_and_the_words(trip: Trip) -> None:
    trip.market.offers(*trip.market.listings, listing(9, 5.0, title="Zenitar Mk2 camera for parts"))
    number = await trip.watch(below="51")
    await trip.poll()
    found = why(trip, number, "9")
    assert found.verdict == 'it is dropped (parts): for parts or with a defect: "parts"'
    assert step(found, "kept").facts["reason"] == "parts"


async def test_an_unseen_item_lists_possible_reasons(trip: Trip) -> None:
    number = await trip.watch(below="51")
    await trip.poll()
    found = why(trip, number, "999")
    assert found.item_id == "999"
    assert found.verdict == (
        "item 999 is not in the last answer; possible reasons: it has ended, or it is too new "
        "(eBay shows a new listing after 10 to 15 minutes), or eBay does not find it under this query, "
        "or it is not offered on EBAY_US"
    )
    trip.market.complete = False
    used = await trip.watch(below="51", condition="used")
    await trip.poll(MINUTE)  # the answer in any condition is too old to be shared
    verdict = why(trip, used, "999").verdict
    assert "it is not among the best 7 of about 7" in verdict
    assert "its condition is not used" in verdict


async def test_a_delisted_item_names_when_and_its_last_price(trip: Trip) -> None:
    number = await trip.watch(below="10")
    await trip.poll()
    trip.market.offers(*trip.market.listings[1:])
    await trip.poll(HOUR)
    found = why(trip, number, "1")
    assert found.verdict == (
        "it was there from 2025-06-15T15:06:40Z and was gone at 2025-06-15T16:06:40Z, when the whole market "
        "was seen without it; its last price was $50.00"
    )


async def test_a_delisted_item_still_has_its_alert(trip: Trip) -> None:
    number = await trip.watch(below="51")
    (alert,) = await trip.poll()
    trip.market.offers(*trip.market.listings[1:])
    await trip.poll(HOUR)
    found = why(trip, number, "1")
    assert found.verdict.startswith("it was there from")
    assert step(found, "message").facts["alert"] == alert.id


async def test_a_large_market_is_explained_from_its_newest_listings(trip: Trip) -> None:
    trip.market.complete = False
    number = await trip.watch(below="51", every="1h")
    trip.market.offers(*listings([60, 61, 62]))
    await trip.poll()
    trip.market.offers(listing(77, 55.0), listing(1, 58.0))
    await trip.poll(HOUR)
    assert why(trip, number, "77").verdict == "its total $55.00 is $4.00 above $51.00"
    assert why(trip, number, "1").verdict == "its total $58.00 is $7.00 above $51.00"


async def test_a_paused_watch_says_so_first(trip: Trip) -> None:
    number = await trip.watch(below="51")
    await trip.poll()
    await trip.registry.set_paused(WatchId(number), trip.clock.now(), paused=True)
    found = why(trip, number)
    assert found.verdict == f"the watch is paused; `watcher watch resume {number}` resumes it"
    assert "no poll is due" in step(found, "fetched").sentence


async def test_a_watch_without_alerts_names_the_nearest_item(trip: Trip) -> None:
    number = await trip.watch(below="45")
    trip.market.offers(*trip.market.listings, listing(9, 5.0, title="Zenitar Mk2 camera for parts"))
    await trip.poll()
    found = why(trip, number)
    assert step(found, "kept").sentence == "7 are kept, median $58.00; dropped: 1 for parts"
    assert found.verdict == (
        "no listing matches; the cheapest is v1|1|0: its total $50.00 is $5.00 above $45.00"
    )


async def test_a_watch_that_alerted_on_every_match_says_so(trip: Trip) -> None:
    number = await trip.watch(below="53")
    await trip.poll()
    found = why(trip, number)
    assert (
        step(found, "rule").sentence
        == "2 items satisfy the rule, the best: $50.00 in total is at most your $53.00"
    )
    assert step(found, "again").sentence == (
        "2 of them have alerted before; each alerts again when it costs 5 % less"
    )


async def test_without_a_daemon_no_poll_and_no_attempt_is_announced(trip: Trip) -> None:
    number = await trip.watch(below="51")
    no_daemon = "no daemon is running, so nothing is polled; `watcher run` starts it"
    assert why(trip, number, daemon=False).verdict.endswith(no_daemon)
    await trip.poll()
    found = why(trip, number, daemon=False)
    assert step(found, "fetched").sentence.endswith(no_daemon)
    assert step(found, "fetched").facts["daemonRuns"] is False
    assert step(found, "message").sentence.endswith("; no daemon is running to send it")


async def test_nothing_alerts_without_a_kept_comp(trip: Trip) -> None:
    trip.market.offers(listing(9, 5.0, title="Zenitar Mk2 camera for parts"))
    number = await trip.watch(below="53")
    await trip.poll()
    assert why(trip, number).verdict == "none is kept; dropped: 1 for parts"


async def test_a_different_item_is_explained_as_something_else(trip: Trip) -> None:
    trip.market.offers(listing(1, 50.0), listing(9, 5.0, title="Another camera"))
    number = await trip.watch(below="53")
    await trip.poll()
    assert step(why(trip, number), "kept").sentence == "1 is kept, median $50.00; dropped: 1 something else"


async def test_a_median_rule_states_its_distance_and_whether_it_is_armed(trip: Trip) -> None:
    low, high = await trip.watch(rule="median-below 50"), await trip.watch(rule="median-below 60")
    await trip.poll()
    assert why(trip, low).verdict == "the median $58.00 is $8.00 above $50.00"
    assert why(trip, low, "1").verdict == "the median $58.00 is $8.00 above $50.00"
    alerted = why(trip, high)
    assert step(alerted, "rule").sentence == (
        "the median of 7 asks is $58.00, at most your $60.00; it has alerted, and re-arms 3 % above "
        "its threshold"
    )
    again = await trip.watch(rule="median-below 60", label="armed")
    assert step(why(trip, again), "rule").sentence.endswith("it alerts at the next poll")


async def test_a_listing_of_the_baseline_is_not_new(trip: Trip) -> None:
    number = await trip.watch(rule="new")
    assert why(trip, number, "1").steps
    await trip.poll()
    trip.market.offers(*trip.market.listings, listing(99, 70))
    await trip.poll(HOUR)
    assert step(why(trip, number, "99"), "again").facts["toldTotal"] == "70.00"
    assert why(trip, number, "1").verdict.startswith("it was there at the first poll, 2025-06-15T15:06:40Z")


async def test_an_auction_far_from_its_end_does_not_alert_yet(trip: Trip) -> None:
    ends = trip.clock.now() + 3 * HOUR
    bid = listing(7, None, 5.0, auction=True, fixed=False, bid=usd(20), bid_count=3, ends_at=ends)
    trip.market.offers(bid)
    number = await trip.watch(rule="ending 15m 30")
    await trip.poll()
    found = why(trip, number, "7")
    assert step(found, "rule").sentence == "the auction ends in 3 h; the rule applies to the last 15 min"
    assert "no listing matches; the cheapest is v1|7|0" in why(trip, number).verdict


async def test_unknown_shipping_names_the_assumed_amount(
    trip: Trip,
) -> None:
    trip.market.offers(listing(99, 40.0, None), listing(1, 100.0, 9.0))
    number = await trip.watch(below="60")
    low = await trip.watch(below="45")
    await trip.poll()
    found = why(trip, number, "99")
    assert step(found, "kept").sentence == (
        "it is kept, but its shipping is unknown, so it is not the one comp with a total"
    )
    assumed = "with $9.00 assumed for its unknown shipping"
    assert step(found, "rule").sentence == f"$49.00 in total is at most your $60.00, {assumed}"
    assert step(why(trip, number), "rule").sentence == (
        f"1 item satisfies the rule, the best: $49.00 in total is at most your $60.00, {assumed}"
    )
    assert why(trip, low, "99").verdict == f"its total $49.00, {assumed}, is $4.00 above $45.00"


async def test_an_item_with_assumed_shipping_is_compared_by_price(trip: Trip) -> None:
    trip.market.offers(listing(99, 40.0, None), listing(1, 100.0, 9.0))
    number = await trip.watch(below="60")
    await trip.poll()
    found = step(why(trip, number, "99"), "again")
    assert found.sentence.endswith("it alerts again at a price of at most $38.00 (5 % less)")


async def test_a_match_from_before_the_watch_never_alerted(trip: Trip) -> None:
    await trip.watch(below="10")
    await trip.poll()
    number = await trip.watch(below="51")
    found = why(trip, number, "1")
    assert step(found, "again") == Step("again", True, "it has not alerted before")
    assert found.verdict == "there is no alert yet; the next poll is due now"
    assert step(why(trip, number), "again").facts == {"told": 0, "untold": 1}


async def test_an_alert_in_another_currency_is_not_repeated(trip: Trip) -> None:
    number = await trip.watch(below="51")
    await trip.poll()
    await execute(trip, "UPDATE item_states SET currency = 'EUR'")
    sentence = step(why(trip, number, "1"), "again").sentence
    assert sentence.endswith(" at €50.00, in another currency, so it does not alert again")


async def test_an_auction_is_not_a_comp_but_can_alert(trip: Trip) -> None:
    ends = trip.clock.now() + 10 * MINUTE
    auction = listing(70, None, 5.0, auction=True, fixed=False, bid=usd(20), bid_count=3, ends_at=ends)
    trip.market.offers(*trip.market.listings, auction)
    number = await trip.watch(rule="ending 15m 30")
    (alert,) = await trip.poll()
    assert step(why(trip, number, "70"), "message").facts["alert"] == alert.id
    assert alert.id in why(trip, number, "70").verdict


async def test_text_that_names_no_item_is_refused(trip: Trip) -> None:
    number = await trip.watch(below="60")
    with pytest.raises(InvalidInput, match="is not an item"):
        why(trip, number, "camera")


async def test_explanations_make_no_market_call(trip: Trip) -> None:
    number = await trip.watch(below="60")
    await trip.poll()
    calls = len(trip.market.asked)
    trip.clock.move(400 * DAY)
    assert why(trip, number, "1").verdict.startswith("no usable answer from the market is stored")
    assert len(trip.market.asked) == calls


async def test_the_json_has_every_step_with_its_numbers(trip: Trip) -> None:
    number = await trip.watch(below="51")
    await trip.poll()
    view = explanation_view(trip.registry.get(WatchId(number)), why(trip, number, "2"))
    assert (view["watch"], view["item"]) == (number, "v1|2|0")
    steps = view["steps"]
    assert isinstance(steps, list)
    assert [s["passed"] for s in steps] == [True, True, True, False, None]
    assert steps[1]["listings"] == 7


async def execute(trip: Trip, statement: str) -> None:
    def run(conn: Connection) -> None:
        conn.execute(text(statement))

    await trip.stores.database.write(run)


async def silence_watch(
    trip: Trip, number: int, *, every: Seconds | None = None, ended: bool = False
) -> None:
    now = trip.clock.now()
    start = Instant(now - DAY if every else now - 2 * HOUR if ended else now)
    silence = Silence("quiet", start, Instant(start + HOUR), "ann", "holiday", watch=number, every=every)
    await trip.stores.silences.add(silence, now)


@pytest.mark.parametrize("every", [None, DAY])
@pytest.mark.parametrize("item", ["", "1"])
async def test_a_silenced_watch_says_until_when_and_by_whom(
    trip: Trip, item: str, every: Seconds | None
) -> None:
    number = await trip.watch(below="51")
    await silence_watch(trip, number, every=every)
    await trip.poll()
    found = why(trip, number, item)
    expected = (
        "its alerts are silenced until 2025-06-15T16:06:40Z by ann (holiday); "
        "`watcher alerts unsilence quiet` ends that"
    )
    assert found.verdict.endswith(f" waits for slack: {expected}")
    assert step(found, "watch").sentence == f"the watch is active: below 51.00 USD; {expected}"
    assert step(found, "message").facts["silencedBy"] == "ann"


async def test_a_silenced_watch_without_an_alert_says_so_too(trip: Trip) -> None:
    number = await trip.watch(below="5")
    await silence_watch(trip, number)
    await trip.poll()
    found = why(trip, number)
    assert "silenced until 2025-06-15T16:06:40Z by ann" in step(found, "message").sentence


@pytest.mark.parametrize("case", ["ended", "another watch"])
async def test_a_silence_that_does_not_hold_is_not_mentioned(trip: Trip, case: str) -> None:
    number = await trip.watch(below="51")
    other = await trip.watch(query="zenitar other", below="51")
    await silence_watch(trip, number if case == "ended" else other, ended=case == "ended")
    await trip.poll()
    assert not [s for s in why(trip, number, "1").steps if "silenced" in s.sentence]


async def test_unrecorded_polls_are_explained(trip: Trip, monkeypatch: pytest.MonkeyPatch) -> None:
    number = await trip.watch(below="51")

    async def fail(*_: object) -> NoReturn:
        raise OverflowError

    monkeypatch.setattr(trip.stores.searches, "record", fail)
    await trip.poll()
    await trip.poll(after=10)
    found = why(trip, number)
    assert "the last 2 polls could not be recorded, so nothing of the answer was judged" in found.verdict
    assert step(found, "fetched").facts["unrecorded"] == 2
