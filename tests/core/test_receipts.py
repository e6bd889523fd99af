"""Receipts: an alert can be recomputed from its receipt, also after its texts are erased."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import NOON, listing, usd
from watcher.core.alerts import Alert, make_alert
from watcher.core.background import Background
from watcher.core.comps import Comps, select, summarize
from watcher.core.item_number import hashed_id
from watcher.core.listing import Condition, Listing
from watcher.core.readings import Reading
from watcher.core.receipts import (
    MAX_DROPPED,
    Evidence,
    Grounds,
    build_evidence,
    describe_readings,
    erased_alert,
    erased_evidence,
    erased_grounds,
    replay,
)
from watcher.core.rules import History, LastAlerted, assumed_shipping, matches_worth_alert
from watcher.core.serializers import receipt_view
from watcher.core.times import DAY, MINUTE, Instant
from watcher.core.watch import Watch
from watcher.core.watch_input import Defaults, watch_from

LATER = Instant(NOON + 31 * DAY)
ENDS = Instant(NOON + 10 * MINUTE)
GOODS = (
    *(listing(i, 100.0 + i, 5.0) for i in range(1, 8)),
    listing(20, 60.0, 4.5, url="https://www.example.com/itm/20?amdata=secret"),
    listing(21, 61.0, None),
    listing(22, None, 3.0, fixed=False, auction=True, bid=usd(12.0), bid_count=2, ends_at=ENDS),
    listing(30, 5.0, 1.0, title="Zenitar Mk2 rangefinder camera for parts"),
)


def alert_on(
    rule: str,
    goods: tuple[Listing, ...] = GOODS,
    *,
    history: History = History(),
    last_alerted: dict[str, LastAlerted] | None = None,
    present: frozenset[str] | None = None,
    **fields: str,
) -> tuple[Alert, Grounds, Evidence]:
    """Return the alert of a watch on these goods, and its receipt."""
    draft = {"query": "zenitar mk2 camera", "rule": rule, **fields}
    watch: Watch = watch_from(draft, Defaults("EBAY_US"))
    selection = select(watch.question.query, Condition.ANY, goods, currency="USD")
    comps = Comps(selection, summarize(selection.kept, "USD"))
    usual = assumed_shipping(goods, "USD")
    context = watch.rule_context(comps, NOON, usual, new_items=frozenset(("v1|20|0",)), history=history)
    outcome = watch.rule.evaluate(context)
    on_offer = [m for m in outcome.matches if present is None or m.listing.item_id in present]
    matches = matches_worth_alert(on_offer, last_alerted or {})
    alert = make_alert(watch, matches, outcome.median_reason, comps, now=NOON, fetched_at=NOON, source="ebay")
    evidence = build_evidence(
        comps,
        watch,
        at=NOON,
        fetched_at=NOON,
        source="ebay",
        trust_condition=True,
        present=present,
    )
    grounds = Grounds(
        evidence.id,
        str(watch.rule),
        str(watch.unknown_shipping),
        context.assumed,
        armed=True,
        history=history,
        new_items=("v1|20|0",),
        told=last_alerted,
    )
    return alert, grounds, evidence


YEAR = History(since=Instant(NOON - 90 * DAY), lowest=usd(70), daily_medians=(usd(150),) * 20)


@pytest.mark.parametrize(
    ("rule", "fields"),
    [
        ("below 70", {}),
        ("below 70", {"unknown_shipping": "skip"}),
        ("below 70", {"unknown_shipping": "2.50"}),
        ("new", {}),
        ("deal 70%", {}),
        ("low 30d", {}),
        ("drop 15%", {}),
        ("median-below 120", {}),
        ("ending 15m 20", {}),
    ],
)
def test_replay_agrees_for_every_rule_before_and_after_erasing(rule: str, fields: dict[str, str]) -> None:
    alert, grounds, evidence = alert_on(rule, history=YEAR, **fields)
    assert alert.items or alert.market
    again = replay(alert, grounds, evidence)
    assert (again.differences, again.selection_agrees) == ((), True)
    erased = replay(erased_alert(alert), erased_grounds(grounds), erased_evidence(evidence, LATER))
    assert (erased.differences, erased.agrees, erased.selection_agrees) == ((), True, None)


def test_items_of_the_same_total_agree_in_any_order() -> None:
    goods = tuple(listing(i, 60.0) for i in range(1, 10))
    alert, grounds, evidence = alert_on("below 70", goods)
    assert (len(alert.items), alert.more) == (5, 4)
    erased = replay(erased_alert(alert), erased_grounds(grounds), erased_evidence(evidence, LATER))
    assert erased.differences == ()


def test_cheaper_item_that_did_not_alert_is_a_difference() -> None:
    goods = tuple(listing(i, 60.0 + i) for i in range(1, 8))
    alert, grounds, evidence = alert_on("below 70", goods)
    again = replay(replace(alert, items=(*alert.items[1:], alert.items[0])), grounds, evidence)
    (difference,) = again.differences
    assert difference.startswith("the best totals were 62.00, 63.00, 64.00, 65.00, 61.00, they are now 61.00")


@given(
    st.lists(st.tuples(st.integers(100, 120), st.none() | st.integers(0, 3)), max_size=15),
    st.sampled_from(["below 110", "deal 98%", "median-below 115", "new"]),
    st.sampled_from(["assume", "skip", "2"]),
)
def test_receipt_agrees_with_its_alert_for_any_offers(
    offers: list[tuple[int, int | None]], rule: str, shipping: str
) -> None:
    goods = tuple(listing(i, float(price), cost) for i, (price, cost) in enumerate(offers))
    alert, grounds, evidence = alert_on(rule, goods, unknown_shipping=shipping)
    assert replay(alert, grounds, evidence) == ((), True)
    erased = replay(erased_alert(alert), erased_grounds(grounds), erased_evidence(evidence, LATER))
    assert erased == ((), None)


def test_replay_leaves_out_earlier_alerts_and_cached_comps() -> None:
    last_alerted = {"v1|20|0": LastAlerted(usd(64.5), usd(60.0), estimated=False)}
    alert, grounds, evidence = alert_on(
        "below 70", last_alerted=last_alerted, present=frozenset(("v1|20|0", "v1|21|0"))
    )
    assert [i.item_id for i in alert.items] == ["v1|21|0"]
    assert replay(alert, grounds, evidence).agrees
    erased = replay(erased_alert(alert), erased_grounds(grounds), erased_evidence(evidence, LATER))
    assert erased.agrees
    assert not replay(alert, replace(grounds, told=None), evidence).agrees


def test_altered_receipt_is_reported_with_its_differences() -> None:
    alert, grounds, evidence = alert_on("below 70")
    cheaper = evidence.kept[0]._replace(price=usd(10.0))
    again = replay(alert, grounds, replace(evidence, kept=(cheaper, *evidence.kept[1:])))
    assert not again.agrees
    assert again.differences[0] == "low was $64.50, it is now $15.00"
    assert again.differences[-2:] == (
        "the best totals were 64.50, 66.00, they are now 15.00, 64.50, 66.00",
        "2 items alerted, 3 would now",
    )
    dearer = evidence.kept[-2]._replace(price=usd(70.0))
    gone = replay(alert, grounds, replace(evidence, kept=(*evidence.kept[:-2], dearer, evidence.kept[-1])))
    assert any(d.endswith("is now no match") for d in gone.differences)


def test_changed_sentence_about_the_median_is_a_difference() -> None:
    alert, grounds, evidence = alert_on("median-below 120")
    again = replay(replace(alert, market="the median is low"), grounds, evidence)
    (difference,) = again.differences
    assert difference.startswith('the sentence was "the median is low", it is now "the median of 8 asks')


def test_selection_that_has_changed_is_reported() -> None:
    alert, grounds, evidence = alert_on("below 70")
    moved = replace(
        evidence, dropped=evidence.dropped[:-1], kept=(*evidence.kept, evidence.dropped[-1].listing)
    )
    assert replay(alert, grounds, moved).selection_agrees is False


def test_receipt_is_bounded_and_keeps_auctions() -> None:
    junk = tuple(
        listing(1000 + i, 1.0, title="Zenitar Mk2 camera for parts " + "x" * 5000) for i in range(MAX_DROPPED)
    )
    alert, grounds, evidence = alert_on("ending 15m 20", (*junk, *GOODS))
    assert evidence.left_out == 2
    assert len(evidence.dropped) == MAX_DROPPED
    assert max(len(d.listing.title) for d in evidence.dropped) == 300
    again = replay(alert, grounds, evidence)
    assert (again.agrees, again.selection_agrees) == (True, None)


def test_receipt_has_no_tracking_parameters_or_pictures() -> None:
    *_, evidence = alert_on("below 70")
    assert "https://www.example.com/itm/20" in {x.url for x in evidence.kept}
    assert {x.image for x in evidence.kept} == {""}


def test_erasing_removes_texts_and_ids_and_keeps_numbers() -> None:
    alert, grounds, evidence = alert_on(
        "below 70", last_alerted={"v1|1|0": LastAlerted(usd(1), usd(1), estimated=False)}
    )
    erased = (erased_alert(alert), erased_grounds(grounds), erased_evidence(evidence, LATER))
    text = repr(erased)
    for secret in ("v1|", "Zenitar Mk2", "example.com", "for parts"):
        assert secret not in text
    assert erased[2].erased_at == LATER
    assert [d.reason for d in erased[2].dropped] == [d.reason for d in evidence.dropped]
    assert [x.total for x in erased[2].kept] == [x.total for x in evidence.kept]
    assert erased[0].items[0].item_id == hashed_id("v1|20|0") != hashed_id("v1|21|0")


def test_erasing_twice_changes_nothing() -> None:
    alert, grounds, evidence = alert_on("below 70", present=frozenset(("v1|20|0",)))
    once = (erased_alert(alert), erased_grounds(grounds), erased_evidence(evidence, LATER))
    assert (erased_alert(once[0]), erased_grounds(once[1]), erased_evidence(once[2], LATER)) == once


def test_the_receipt_has_the_verdict_of_the_ai_reader() -> None:
    alert, _, evidence = alert_on("below 70")
    watch = watch_from({"query": "zenitar mk2 camera", "rule": "below 70"}, Defaults("EBAY_US"))
    background = Background(
        readings={"v1|21|0": Reading.SAME, "v1|99|0": Reading.SAME},
        reader_out={"v1|20|0": "OPENAI_TIMEOUT"},
    )
    made = build_evidence(
        evidence.comps,
        watch,
        at=NOON,
        fetched_at=NOON,
        source="ebay",
        trust_condition=True,
        background=background,
    )
    assert made.background == background._replace(readings={"v1|21|0": Reading.SAME})
    grounds = Grounds(made.id, "below 70", "assume", None, armed=True)
    assert list(describe_readings(receipt_view(grounds, made, replay(alert, grounds, made)))) == [
        "the AI reader has read 1 listing: 1 same",
        "1 listing not read by the AI reader: OPENAI_TIMEOUT, so other evidence decided",
    ]
    assert erased_evidence(made, LATER).readings == {hashed_id("v1|21|0"): Reading.SAME}
