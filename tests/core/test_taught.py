"""Answers of a user: what is kept of them, and what they change in the comps of a watch."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.test_backtest import past, run, watch
from tests.fakes import NOON, listing, usd
from watcher.core.background import Background
from watcher.core.backtest import backtest
from watcher.core.comps import Comps, select, summarize
from watcher.core.confidence import Confidence
from watcher.core.errors import InvalidInput
from watcher.core.item_number import hashed_id
from watcher.core.listing import Condition, Listing
from watcher.core.receipts import build_evidence, erased_evidence
from watcher.core.rejections import reject_items, restore_items, without_rejected
from watcher.core.specifics import Specifics
from watcher.core.taught import (
    MAX_TAUGHT,
    MAX_WORDS,
    Lesson,
    TaughtAnswer,
    describe_answer,
    read_taught,
    taught_key,
    with_answers,
    without_answers,
    write_taught,
)
from watcher.core.taught_evidence import Judging, apply_taught
from watcher.core.teaching import rows_to_ask
from watcher.core.titles.verdict import Reason

QUERY = "zenitar mk2 camera"
SURE = [listing(n, n - 200, title="Zenitar Mk2 camera") for n in range(300, 360)]
ODD = [listing(20 + n, 100 + n, title="Zenitar Mk2 camera lomo gravita") for n in range(3)]
BARE = [listing(40 + n, 100 + n, title="Zenitar Mk2") for n in range(3)]
CASE = listing(60, 20, title="Leather case for Zenitar Mk2 camera")
JUDGING = Judging(QUERY, Condition.ANY, "EBAY_US")


def comps_of(*listings: Listing) -> Comps:
    selection = select(QUERY, Condition.ANY, listings, currency="USD")
    return Comps(selection, summarize(selection.kept, "USD"))


ALL = comps_of(*SURE, *ODD, *BARE, CASE)


def lesson(comps: Comps = ALL) -> Lesson:
    return Lesson(QUERY, "EBAY_US", comps.selection, {})


def kept(comps: Comps) -> set[str]:
    return {x.item_id for x in comps.selection.kept}


def reason(comps: Comps, item: Listing) -> Reason | None:
    return next((d.reason for d in comps.selection.dropped if d.listing.item_id == item.item_id), None)


def told(answers: dict[str, bool], comps: Comps = ALL) -> Comps:
    by_id = {x.item_id: x for x in (*comps.selection.kept, *(d.listing for d in comps.selection.dropped))}
    taught = tuple(lesson(comps).answer(by_id[item], same=same) for item, same in answers.items())
    return apply_taught(comps, taught, JUDGING)


def test_the_market_of_these_tests_has_sure_likely_and_dropped_listings() -> None:
    assert {ALL.selection.confidence_of(x.item_id) for x in SURE} == {Confidence.SURE}
    assert {ALL.selection.confidence_of(x.item_id) for x in ODD} == {Confidence.LIKELY}
    assert [reason(ALL, x) for x in (*BARE, CASE)] == [*[Reason.QUERY] * 3, Reason.ACCESSORY]


def test_an_answered_listing_is_decided_whatever_speaks_against_it() -> None:
    found = told({CASE.item_id: True, SURE[0].item_id: False})
    assert CASE.item_id in kept(found)
    assert reason(found, SURE[0]) is Reason.TAUGHT
    assert SURE[0].item_id not in kept(found)
    assert found.statistics == summarize(found.selection.kept, "USD")


def test_this_is_it_does_not_overrule_what_the_watch_demands() -> None:
    unpriced = listing(70, None, title="Leather case for Zenitar Mk2 camera")
    found = told({unpriced.item_id: True}, comps_of(*SURE, unpriced))
    assert reason(found, unpriced) is Reason.NO_PRICE


def test_a_word_of_something_else_drops_what_is_only_likely() -> None:
    found = told({ODD[0].item_id: False})
    assert [reason(found, x) for x in ODD] == [Reason.TAUGHT] * 3
    assert found.selection.confidence_of(ODD[1].item_id) is Confidence.DOUBTFUL
    detail = next(d.detail for d in found.selection.dropped if d.listing == ODD[1])
    assert detail.endswith('the title says "gravita", "lomo", like what you called something else')


def test_a_word_alone_never_drops_what_is_sure() -> None:
    answer = TaughtAnswer(hashed_id("v1|777|0"), same=False, words=("gravita",))
    comps = comps_of(*SURE, listing(81, 101, title="Zenitar Mk2 camera gravita"))
    assert comps.selection.confidence_of("v1|81|0") is Confidence.SURE
    found = apply_taught(comps, (answer,), JUDGING)
    assert "v1|81|0" in kept(found)
    assert found.selection.confidence_of("v1|81|0") is Confidence.LIKELY


def test_words_of_sure_listings_are_not_evidence() -> None:
    gravita = listing(81, 101, title="Zenitar Mk2 camera gravita")
    comps = comps_of(*SURE, gravita, other := listing(80, 100, title="Zenitar Mk2 camera gravita popova"))
    assert lesson(comps).answer(other, same=False).words == ("popova",)


def test_words_on_both_sides_of_a_comma_are_learned_one_by_one() -> None:
    comps = comps_of(*SURE, odd := listing(80, 100, title="Zenitar Mk2 camera popova, gravita + lomo"))
    answer = lesson(comps).answer(odd, same=False)
    assert answer.words == ("gravita", "lomo", "popova")


def test_a_word_of_this_is_it_stops_raising_doubt() -> None:
    found = told({ODD[0].item_id: True})
    assert {found.selection.confidence_of(x.item_id) for x in ODD} == {Confidence.SURE}
    both = told({ODD[0].item_id: True, ODD[1].item_id: False})
    assert reason(both, ODD[1]) is Reason.TAUGHT
    assert both.selection.confidence_of(ODD[2].item_id) is Confidence.SURE


def test_a_word_that_this_is_it_lacks_is_free_but_not_sure() -> None:
    found = told({BARE[0].item_id: True})
    assert {x.item_id for x in BARE} <= kept(found)
    assert found.selection.confidence_of(BARE[1].item_id) is Confidence.LIKELY
    assert found.selection.doubts[BARE[1].item_id].why == (
        'the title does not say "camera", like what you said is it'
    )
    contradicted = told({BARE[0].item_id: True, BARE[1].item_id: False})
    assert reason(contradicted, BARE[2]) is Reason.QUERY


def test_a_model_is_never_free() -> None:
    bare = [listing(90 + n, 100, title="Zenitar camera") for n in range(2)]
    found = told({bare[0].item_id: True}, comps_of(*SURE, *bare))
    assert (bare[0].item_id in kept(found), reason(found, bare[1])) == (True, Reason.QUERY)


def test_category_and_specifics_are_evidence_like_words() -> None:
    rows = [x._replace(categories=("1", "9")) for x in SURE]
    odd = [x._replace(categories=("2", "9")) for x in ODD]
    answer = TaughtAnswer(hashed_id("v1|777|0"), same=False, category="2", specifics=(("Type", "Toy"),))
    comps = comps_of(*rows)
    comps = replace(comps, selection=comps.selection._replace(kept=(*comps.selection.kept, *odd)))
    found = apply_taught(comps, (answer,), JUDGING)
    assert {found.selection.confidence_of(x.item_id) for x in odd} == {Confidence.LIKELY}
    specifics = {odd[0].item_id: Specifics((("Type", "Toy"),))}
    background = Background(specifics=specifics)
    found = apply_taught(comps, (answer,), replace(JUDGING, background=background))
    assert reason(found, odd[0]) is Reason.TAUGHT
    assert reason(found, odd[1]) is None


def test_a_taken_back_answer_leaves_no_trace() -> None:
    taught = (lesson().answer(ODD[0], same=False),)
    assert apply_taught(ALL, taught, JUDGING) != ALL
    assert apply_taught(ALL, without_answers(taught, [ODD[0].item_id]), JUDGING) is ALL


@given(st.permutations([*SURE, *ODD, *BARE, CASE]), st.permutations([0, 1, 2]))
def test_the_order_of_listings_and_answers_does_not_matter(rows: list[Listing], order: list[int]) -> None:
    answers = [
        lesson().answer(ODD[0], same=False),
        lesson().answer(BARE[0], same=True),
        lesson().answer(CASE, same=False),
    ]
    found = apply_taught(comps_of(*rows), tuple(answers[i] for i in order), JUDGING)
    expected = apply_taught(ALL, tuple(answers), JUDGING)
    assert (kept(found), found.statistics) == (kept(expected), expected.statistics)
    assert found.selection.doubts == expected.selection.doubts


def test_an_answer_keeps_neither_the_title_nor_the_id() -> None:
    title = "Zenitar Mk2 camera " + " ".join(f"word{chr(97 + n)}" for n in range(20))
    taught = (lesson().answer(listing(99, 5, title=title), same=False),)
    text = write_taught(taught)
    assert "99" not in text.replace(hashed_id("v1|99|0"), "")
    assert len(taught[0].words) == MAX_WORDS
    assert not set(taught[0].words) & {"zenitar", "mk2", "camera"}
    assert read_taught(text) == taught


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "not JSON"),
        ("{}", "not a list"),
        ("[1]", "other fields"),
        ('[{"item": "x", "same": true}]', "needs an item"),
        (f'[{{"item": "{hashed_id("v1|1|0")}", "same": 1}}]', "needs an item"),
        (f'[{{"item": "{hashed_id("v1|1|0")}", "same": true, "words": ["{"x" * 99}"]}}]', "does not write"),
        (f'[{{"item": "{hashed_id("v1|1|0")}", "same": true, "category": 4}}]', "does not write"),
        (
            f'[{{"item": "{hashed_id("v1|1|0")}", "same": true, "specifics": [["a"]]}}]',
            "pairs of name and value",
        ),
        (str([{"item": hashed_id("v1|1|0"), "same": 1}] * 61).replace("'", '"'), "at most 60"),
    ],
)
def test_answers_that_no_export_writes_are_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_taught(text)


def test_answers_are_one_per_item_and_bounded() -> None:
    many = tuple(TaughtAnswer(hashed_id(f"v1|{n}|0"), same=True) for n in range(MAX_TAUGHT))
    changed = TaughtAnswer(many[0].item, same=False)
    assert len(with_answers(many, [changed])) == MAX_TAUGHT
    assert taught_key(with_answers(many, [changed])) != taught_key(many) == taught_key(many[::-1])
    with pytest.raises(InvalidInput, match="at most 60 answers"):
        with_answers(many, [TaughtAnswer(hashed_id("v1|999|0"), same=True)])


def test_a_rejection_teaches_until_it_is_withdrawn() -> None:
    learned = lesson().answer(ODD[0], same=False)
    after = reject_items(watch("new"), [ODD[0].item_id], learned=learned)
    found = apply_taught(without_rejected(ALL, after.rejected), after.taught, JUDGING)
    assert [reason(found, x) for x in ODD] == [Reason.REJECTED, Reason.TAUGHT, Reason.TAUGHT]
    assert restore_items(after, [ODD[0].item_id]) == watch("new")


def test_an_answer_is_described_in_words() -> None:
    assert describe_answer(lesson().answer(ODD[0], same=False)) == "Something else: “gravita”, “lomo”"
    assert describe_answer(lesson().answer(BARE[0], same=True)) == "The item: without “camera” is fine"
    assert describe_answer(TaughtAnswer("#x", same=True)) == "The item"


def test_questions_are_the_unsure_rows_that_decide_most_and_differ() -> None:
    asked = rows_to_ask(ALL.selection, QUERY, "EBAY_US", (), usd(100))
    assert [(row.kept, row.stands_for) for row in asked] == [(True, 3), (False, 3)]
    assert CASE.item_id not in {row.listing.item_id for row in asked}
    taught = tuple(lesson().answer(row.listing, same=True) for row in asked)
    again = rows_to_ask(ALL.selection, QUERY, "EBAY_US", taught, usd(100))
    assert not {row.listing for row in again} & {row.listing for row in asked}
    assert rows_to_ask(comps_of(*SURE).selection, QUERY, "EBAY_US") == ()


def test_no_more_than_three_questions_are_asked() -> None:
    words = ("lomo gravita", "popova kiosk", "skopar ultron", "biogon tessar", "planar sonnar")
    odd = [listing(20 + n, 100, title=f"Zenitar Mk2 camera {w}") for n, w in enumerate(words)]
    assert len(rows_to_ask(comps_of(*SURE, *odd).selection, QUERY, "EBAY_US")) == 3


def test_words_of_what_is_dropped_for_another_reason_are_not_evidence() -> None:
    assert lesson().answer(CASE, same=False) == TaughtAnswer(hashed_id(CASE.item_id), same=False)
    assert lesson().answer(BARE[0], same=False).missing == ("camera",)


def test_questions_prefer_prices_near_the_one_of_interest() -> None:
    far, near = (
        listing(n, p, title=f"Zenitar Mk2 camera {w}")
        for n, p, w in ((20, 220, "lomo gravita"), (30, 80, "popova kiosk"))
    )
    market = comps_of(*SURE, far, near)
    assert rows_to_ask(market.selection, QUERY, "EBAY_US", (), usd(80))[0].listing == near
    assert rows_to_ask(market.selection, QUERY, "EBAY_US", (), usd(220))[0].listing == far


@given(st.permutations([*SURE, *ODD, *BARE, CASE]))
def test_the_order_of_listings_does_not_change_the_questions(rows: list[Listing]) -> None:
    asked = rows_to_ask(comps_of(*rows).selection, QUERY, "EBAY_US", (), usd(100))
    assert asked == rows_to_ask(ALL.selection, QUERY, "EBAY_US", (), usd(100))


def test_a_back_test_leaves_out_what_was_taught_to_be_something_else() -> None:
    pool = [past(n, n, 100.0, title="Zenitar Mk2 camera") for n in range(8)]
    assert run("below 103", pool).alerts == 8
    taught = (TaughtAnswer(hashed_id("v1|3|0"), same=False),)
    assert backtest(replace(watch("below 103"), taught=taught), pool, (), usd(5), NOON).alerts == 7


def test_evidence_keeps_the_answers_and_erases_their_words() -> None:
    taught = (lesson().answer(ODD[0], same=False),)
    evidence = build_evidence(
        ALL,
        replace(watch("new"), taught=taught),
        at=NOON,
        fetched_at=NOON,
        source="ebay",
        trust_condition=True,
    )
    assert evidence.taught == taught
    assert erased_evidence(evidence, NOON).taught == (TaughtAnswer(taught[0].item, same=False),)
    other = build_evidence(ALL, watch("new"), at=NOON, fetched_at=NOON, source="ebay", trust_condition=True)
    assert other.id != evidence.id


def test_a_listing_with_bids_and_a_price_is_doubted_once() -> None:
    hybrid = listing(81, 101, title="Zenitar Mk2 camera gravita", auction=True, bid=usd(1))
    answer = TaughtAnswer(hashed_id("v1|777|0"), same=False, words=("gravita",))
    found = apply_taught(comps_of(*SURE, hybrid), (answer,), JUDGING).selection
    assert (hybrid in found.kept, found.auctions) == (True, (hybrid,))
    assert found.confidence_of(hybrid.item_id) is Confidence.LIKELY


def test_an_auction_like_this_is_it_is_an_auction_of_the_watch() -> None:
    bids = [
        listing(90 + n, None, title="Zenitar Mk2", auction=True, fixed=False, bid=usd(90)) for n in range(2)
    ]
    comps = comps_of(*SURE, *bids)
    assert comps.selection.auctions == ()
    found = told({bids[0].item_id: True}, comps)
    assert set(found.selection.auctions) == set(bids)
    assert [reason(found, x) for x in bids] == [Reason.AUCTION] * 2
    gone = told({bids[0].item_id: False}, found)
    assert gone.selection.auctions == (bids[1],)
