"""Receipts: kept with the alert, they come to the same when judged again, and lose their texts in time."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import NOON, listing, usd
from watcher.core.alerts import Alert, make_alert
from watcher.core.comps import Comps, select, summarize
from watcher.core.item_number import hashed_id
from watcher.core.listing import Condition, Listing
from watcher.core.receipts import (
    MOST_DROPPED,
    Evidence,
    Grounds,
    erased_alert,
    erased_evidence,
    erased_grounds,
    evidence_of,
    replay,
)
from watcher.core.rules import (
    History,
    LastAlerted,
    RuleContext,
    assumed_shipping,
    evaluate_rule,
    worth_telling,
)
from watcher.core.times import DAY, MINUTE, Instant
from watcher.core.watch import Watch
from watcher.core.watch_input import Defaults, KnownDestinations, watch_from

LATER = Instant(NOON + 31 * DAY)
ENDS = Instant(NOON + 10 * MINUTE)
GOODS = (
    *(listing(i, 100.0 + i, 5.0) for i in range(1, 8)),
    listing(20, 60.0, 4.5, url="https://www.example.com/itm/20?amdata=secret"),
    listing(21, 61.0, None),
    listing(22, None, 3.0, fixed=False, auction=True, bid=usd(12.0), bid_count=2, ends_at=ENDS),
    listing(30, 5.0, 1.0, title="Zenitar Mk2 rangefinder camera for parts"),
)


def told_of(
    rule: str,
    goods: tuple[Listing, ...] = GOODS,
    *,
    history: History = History(),
    told: dict[str, LastAlerted] | None = None,
    present: frozenset[str] | None = None,
    **fields: str,
) -> tuple[Alert, Grounds, Evidence]:
    """What one watch is told of these goods, with its receipt."""
    draft = {"query": "zenitar mk2 camera", "rule": rule, **fields}
    watch: Watch = watch_from(draft, Defaults("EBAY_US", KnownDestinations()))
    selection = select(watch.question.query, Condition.ANY, goods, currency="USD")
    comps = Comps(selection, summarize(selection.kept, "USD"))
    assumed = watch.unknown_shipping.amount or assumed_shipping(goods, "USD")
    market = RuleContext(comps, NOON, assumed, new_items=frozenset(("v1|20|0",)), history=history)
    judgement = evaluate_rule(
        watch.rule, market, armed=True, skip_unknown=watch.unknown_shipping.policy == "skip"
    )
    hits = tuple(h for h in judgement.hits if present is None or h.listing.item_id in present)
    hits = worth_telling(hits, told or {})
    alert = make_alert(watch, hits, judgement.market, comps, now=NOON, fetched_at=NOON, source="ebay")
    evidence = evidence_of(
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
        assumed,
        armed=True,
        history=history,
        new_items=("v1|20|0",),
        told=told,
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
def test_every_rule_comes_to_the_same_to_the_cent_before_and_after_erasing(
    rule: str, fields: dict[str, str]
) -> None:
    alert, grounds, evidence = told_of(rule, history=YEAR, **fields)
    assert alert.items or alert.market
    again = replay(alert, grounds, evidence)
    assert (again.differences, again.reselected) == ((), True)
    erased = replay(erased_alert(alert), erased_grounds(grounds), erased_evidence(evidence, LATER))
    assert (erased.differences, erased.agrees, erased.reselected) == ((), True, None)


def test_items_of_the_same_total_agree_whatever_order_their_hashes_have() -> None:
    goods = tuple(listing(i, 60.0) for i in range(1, 10))
    alert, grounds, evidence = told_of("below 70", goods)
    assert (len(alert.items), alert.more) == (5, 4)
    erased = replay(erased_alert(alert), erased_grounds(grounds), erased_evidence(evidence, LATER))
    assert erased.differences == ()


def test_a_cheaper_item_that_was_not_told_is_a_difference() -> None:
    goods = tuple(listing(i, 60.0 + i) for i in range(1, 8))
    alert, grounds, evidence = told_of("below 70", goods)
    again = replay(replace(alert, items=(*alert.items[1:], alert.items[0])), grounds, evidence)
    (difference,) = again.differences
    assert difference.startswith("the best were at 62.00, 63.00, 64.00, 65.00, 61.00, they come out at 61.00")


@given(
    st.lists(st.tuples(st.integers(100, 120), st.none() | st.integers(0, 3)), max_size=15),
    st.sampled_from(["below 110", "deal 98%", "median-below 115", "new"]),
    st.sampled_from(["assume", "skip", "2"]),
)
def test_whatever_was_on_offer_a_receipt_agrees_with_its_alert(
    offers: list[tuple[int, int | None]], rule: str, shipping: str
) -> None:
    goods = tuple(listing(i, float(price), cost) for i, (price, cost) in enumerate(offers))
    alert, grounds, evidence = told_of(rule, goods, unknown_shipping=shipping)
    assert replay(alert, grounds, evidence) == ((), True)
    erased = replay(erased_alert(alert), erased_grounds(grounds), erased_evidence(evidence, LATER))
    assert erased == ((), None)


def test_what_was_told_before_and_what_was_not_on_offer_stay_untold() -> None:
    told = {"v1|20|0": LastAlerted(usd(64.5), usd(60.0), estimated=False)}
    alert, grounds, evidence = told_of("below 70", told=told, present=frozenset(("v1|20|0", "v1|21|0")))
    assert [i.item_id for i in alert.items] == ["v1|21|0"]
    assert replay(alert, grounds, evidence).agrees
    erased = replay(erased_alert(alert), erased_grounds(grounds), erased_evidence(evidence, LATER))
    assert erased.agrees
    assert not replay(alert, replace(grounds, told=None), evidence).agrees


def test_a_receipt_that_was_altered_does_not_agree_and_says_where() -> None:
    alert, grounds, evidence = told_of("below 70")
    cheaper = evidence.kept[0]._replace(price=usd(10.0))
    again = replay(alert, grounds, replace(evidence, kept=(cheaper, *evidence.kept[1:])))
    assert not again.agrees
    assert again.differences[0] == "low was $64.50, it comes out as $15.00"
    assert again.differences[-2:] == (
        "the best were at 64.50, 66.00, they come out at 15.00, 64.50, 66.00",
        "2 items were told, 3 come out",
    )
    dearer = evidence.kept[-2]._replace(price=usd(70.0))
    gone = replay(alert, grounds, replace(evidence, kept=(*evidence.kept[:-2], dearer, evidence.kept[-1])))
    assert any(d.endswith("comes out as nothing to tell") for d in gone.differences)


def test_another_sentence_about_the_median_is_a_difference() -> None:
    alert, grounds, evidence = told_of("median-below 120")
    again = replay(replace(alert, market="the median is low"), grounds, evidence)
    (difference,) = again.differences
    assert difference.startswith(
        'the sentence was "the median is low", it comes out as "the median of 8 asks'
    )


def test_a_selection_that_this_version_would_make_otherwise_is_said_so() -> None:
    alert, grounds, evidence = told_of("below 70")
    moved = replace(
        evidence, dropped=evidence.dropped[:-1], kept=(*evidence.kept, evidence.dropped[-1].listing)
    )
    assert replay(alert, grounds, moved).reselected is False


def test_the_size_is_bounded_and_what_takes_bids_stays() -> None:
    junk = tuple(
        listing(1000 + i, 1.0, title="Zenitar Mk2 camera for parts " + "x" * 5000)
        for i in range(MOST_DROPPED)
    )
    alert, grounds, evidence = told_of("ending 15m 20", (*junk, *GOODS))
    assert evidence.left_out == 2
    assert len(evidence.dropped) == MOST_DROPPED
    assert max(len(d.listing.title) for d in evidence.dropped) == 300
    again = replay(alert, grounds, evidence)
    assert (again.agrees, again.reselected) == (True, None)


def test_tracking_and_pictures_are_not_kept() -> None:
    *_, evidence = told_of("below 70")
    assert "https://www.example.com/itm/20" in {x.url for x in evidence.kept}
    assert {x.image for x in evidence.kept} == {""}


def test_erasing_leaves_no_title_address_or_id_and_keeps_numbers_reasons_and_hashes() -> None:
    alert, grounds, evidence = told_of(
        "below 70", told={"v1|1|0": LastAlerted(usd(1), usd(1), estimated=False)}
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
    alert, grounds, evidence = told_of("below 70", present=frozenset(("v1|20|0",)))
    once = (erased_alert(alert), erased_grounds(grounds), erased_evidence(evidence, LATER))
    assert (erased_alert(once[0]), erased_grounds(once[1]), erased_evidence(once[2], LATER)) == once
