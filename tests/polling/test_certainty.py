"""Watches that alert only on sure listings, and how a listing that is only likely is marked."""

from __future__ import annotations

from tests.fakes import listing
from tests.trips import QUERY, Trip
from watcher.core.alerts import Alert
from watcher.core.confidence import Confidence
from watcher.core.explanation import Explanation
from watcher.core.preview import Preview, build_preview
from watcher.core.receipts import erased_alert, erased_evidence, erased_grounds, replay
from watcher.core.times import DAY, HOUR
from watcher.core.watch import WatchId
from watcher.watches.backtest import backtest_watch
from watcher.watches.explain import explain_watch

PLAIN = tuple(listing(n, 55.0 + n / 10) for n in range(1, 12))
# At half of the price of the others, so only likely to be the item.
CHEAP = listing(50, 27.0)
WHY = "it costs 49% of what others ask"


def explained(trip: Trip, number: int, item: str = "") -> Explanation:
    return explain_watch(
        trip.registry.get(WatchId(number)),
        item,
        trip.clock.now(),
        stores=trip.stores,
        cache=trip.fetcher.cache,
        destination_known=True,
    )


def previewed(trip: Trip, **draft: str) -> Preview:
    watch = trip.registry.parse({"query": QUERY, "below": "30", **draft})
    cache, now = trip.fetcher.cache, trip.clock.now()
    answer = cache.get(watch.inquiry)
    assert answer is not None
    tested = backtest_watch(trip.stores.history, watch, now, cache.background_of)
    return build_preview(watch, cache.comps_of(watch.question, answer), answer.snapshot.listings, tested, now)


def items_of(alerts: list[Alert]) -> dict[int, list[str]]:
    return {a.watch_id: [i.item_id for i in a.items] for a in alerts}


async def test_only_watches_that_accept_likely_ones_alert_on_them(trip: Trip) -> None:
    sure, likely = await trip.watch(below="60", certainty="sure"), await trip.watch(below="30")
    trip.market.offers(*PLAIN, CHEAP)
    alerts = {a.watch_id: a for a in await trip.poll()}
    assert [(i.item_id, i.confidence, i.doubt) for i in alerts[likely].items] == [
        (CHEAP.item_id, Confidence.LIKELY, WHY)
    ]
    assert {i.confidence for i in alerts[sure].items} == {Confidence.SURE}
    assert len(alerts[sure].items) + alerts[sure].more == len(PLAIN)
    assert {a.n for a in alerts.values()} == {12}, "comps have likely ones for every watch"


async def test_a_changed_certainty_alerts_on_what_was_held_back(trip: Trip) -> None:
    number = await trip.watch(below="30", certainty="sure")
    trip.market.offers(*PLAIN, CHEAP)
    assert await trip.poll() == []
    await trip.registry.edit(WatchId(number), {"certainty": ""}, trip.clock.now())
    assert items_of(await trip.poll(HOUR)) == {number: [CHEAP.item_id]}


async def test_rules_about_a_median_look_at_all_comps(trip: Trip) -> None:
    rule = {"rule": "median-below 56"}
    numbers = [await trip.watch(**rule, certainty=name) for name in ("sure", "likely")]
    trip.market.offers(*PLAIN, CHEAP)
    assert sorted(a.watch_id for a in await trip.poll()) == numbers


async def test_an_alert_on_a_likely_listing_is_recomputed_exactly(trip: Trip) -> None:
    await trip.watch(below="60", certainty="sure")
    await trip.watch(below="60")
    trip.market.offers(*PLAIN, CHEAP)
    for alert in await trip.poll():
        receipt = trip.stores.alerts.receipt(alert.id)
        assert receipt is not None
        grounds, evidence = receipt
        assert evidence.doubts == {CHEAP.item_id: (Confidence.LIKELY, WHY)}
        again = replay(alert, grounds, evidence)
        assert (again.differences, again.selection_agrees) == ((), True)
        old = erased_alert(alert), erased_grounds(grounds), erased_evidence(evidence, trip.clock.now())
        assert replay(*old).differences == ()
        assert {i.doubt for i in old[0].items} == {""}
        assert {(d.confidence, d.why) for d in old[2].doubts.values()} == {(Confidence.LIKELY, "")}
        assert CHEAP.item_id not in old[2].doubts


async def test_an_explanation_names_the_doubt_that_held_an_alert_back(trip: Trip) -> None:
    number = await trip.watch(below="30", certainty="sure")
    trip.market.offers(*PLAIN, CHEAP)
    await trip.poll()
    found = explained(trip, number, CHEAP.item_id)
    assert found.verdict == (f"it is only likely to be the item ({WHY}); this watch alerts only on sure ones")
    kept = next(s for s in found.steps if s.name == "kept")
    assert kept.sentence == f"it is kept, one of 12 comps with a total, and likely the item: {WHY}"
    assert kept.facts["confidence"] == "likely"
    assert explained(trip, number).verdict == (
        "1 item satisfies the rule, but is only likely to be the item; this watch alerts only on sure ones"
    )
    await trip.registry.edit(WatchId(number), {"certainty": "likely"}, trip.clock.now())
    rule = next(s for s in explained(trip, number).steps if s.name == "rule")
    assert rule.sentence.startswith("1 item satisfies the rule, the best")


async def test_a_preview_and_a_back_test_hold_back_likely_listings(trip: Trip) -> None:
    await trip.watch(below="1")
    trip.market.offers(*PLAIN, CHEAP)
    for _ in range(5):
        await trip.poll(DAY)
    likely, sure = previewed(trip), previewed(trip, certainty="sure")
    assert ([m.listing.item_id for m in likely.matches], sure.matches) == ([CHEAP.item_id], ())
    assert sure.outlook == (
        "No listing satisfies the watch yet. 1 listing satisfies it but is only likely to be the item, so it "
        "does not alert."
    )
    assert (likely.backtest.alerts, sure.backtest.alerts) == (1, 0)
