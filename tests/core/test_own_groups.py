"""The price group of a listing, and `deal` within it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.rules.contexts import context_of, matching_totals
from tests.core.test_backtest import past, run
from tests.fakes import NOON, listing, listings, usd
from watcher.core.backtest import Backtest
from watcher.core.comps import Comps, Selection, summarize
from watcher.core.listing import Listing
from watcher.core.own_groups import ONE_MARKET, OwnGroup, find_market_groups
from watcher.core.preview import build_preview, market_warnings
from watcher.core.rules import RuleContext, parse_rule
from watcher.core.suggestions import suggest_rules
from watcher.core.watch import Watch
from watcher.core.watch_input import Defaults, watch_from

QUERY = "zenitar mk2 camera"
DEAL = parse_rule("deal 70%", "USD")


def priced(first: int, amounts: range, extra: str) -> list[Listing]:
    return [listing(first + i, n, title=f"Zenitar Mk2 camera {extra}") for i, n in enumerate(amounts)]


PLAIN = priced(1, range(180, 190), "boxed")
GRADED = priced(100, range(900, 1018, 9), "PSA graded")


def context(*kept: Listing) -> RuleContext:
    return context_of(*kept, groups=find_market_groups(QUERY, kept, "USD"))


def group_of(title: str, kept: list[Listing]) -> OwnGroup | None:
    one = listing(999, 500, title=title)
    return find_market_groups(QUERY, [*kept, one._replace(shipping=None)], "USD").own_group(one)


def test_a_cheap_thing_is_not_a_deal_among_dear_ones() -> None:
    assert matching_totals(DEAL, context_of(*PLAIN, *GRADED)) == [f"{n}.00" for n in range(180, 190)]
    assert matching_totals(DEAL, context(*PLAIN, *GRADED)) == []


def test_each_listing_is_compared_with_its_group_however_cheap_it_is() -> None:
    cheap = [
        listing(200, 120, title="Zenitar Mk2 camera boxed"),
        listing(201, 185, title="Mk2 Zenitar camera PSA"),
    ]
    assert matching_totals(DEAL, context(*PLAIN, *GRADED, *cheap)) == ["120.00", "185.00"]


def test_two_bargains_do_not_hide_that_there_are_several_things() -> None:
    cheap = priced(200, range(181, 183), "PSA graded")
    assert matching_totals(DEAL, context(*PLAIN, *GRADED, *cheap)) == ["181.00", "182.00"]
    few = [*priced(1, range(180, 185), "40GB")[:5], *priced(50, range(900, 905), "80GB")]
    assert matching_totals(DEAL, context(*few, listing(200, 182, title="Zenitar Mk2 camera 80GB"))) == [
        "182.00"
    ]


def test_words_of_one_listing_make_no_group() -> None:
    odd = listing(200, 500, title="Zenitar Mk2 camera gold")
    assert find_market_groups(QUERY, [*PLAIN, odd], "USD") is ONE_MARKET
    assert group_of("Zenitar Mk2 camera gold", [*PLAIN, *GRADED]) is None


def test_a_group_without_words_takes_the_rest() -> None:
    plain = [x._replace(title="Zenitar Mk2 camera") for x in PLAIN]
    assert group_of("Zenitar Mk2 camera with strap", [*plain, *GRADED]) == OwnGroup(
        "without “graded”, “psa”", 10, usd(184.5)
    )


def test_a_title_without_a_word_of_any_named_group_never_alerts() -> None:
    bare = listing(999, 100, title="Zenitar Mk2 camera")
    market = context(*PLAIN, *GRADED, bare)
    assert DEAL.why_not(bare, market) == (
        "its title has none of the words that tell the price groups apart (“boxed”, “graded”, “psa”)"
    )
    assert matching_totals(DEAL, market) == []


def test_a_title_with_words_of_two_groups_is_compared_with_the_cheaper() -> None:
    found = group_of("Zenitar Mk2 camera boxed, PSA graded", [*PLAIN, *GRADED])
    assert found == OwnGroup("with “boxed”", 10, usd(184.5))
    weak = group_of("Zenitar Mk2 camera graded", [*[x._replace(title="Zenitar Mk2") for x in PLAIN], *GRADED])
    assert weak
    assert weak.median == usd(184.5)


def test_a_small_group_of_its_own_is_too_few_and_is_named() -> None:
    few = priced(50, range(900, 904), "80GB")
    cheap = listing(200, 300, title="Zenitar Mk2 camera 80GB")._replace(shipping=None)
    market = context(*priced(1, range(180, 190), "40GB"), *few, cheap)._replace(assumed=usd(5))
    assert matching_totals(DEAL, market) == []
    assert DEAL.why_not(cheap, market) == "only 4 comps with “80gb” have a total; the rule needs 5"


def test_the_reason_against_names_the_group_and_its_median() -> None:
    said = DEAL.why_not(GRADED[0], context(*PLAIN, *GRADED))
    assert said.endswith(", 70 % of the median $958.50 of 14 asks with “graded”, “psa”")


@given(st.lists(st.integers(50, 400), min_size=1, max_size=30))
def test_with_one_group_nothing_changes(amounts: list[int]) -> None:
    kept = listings(amounts)
    groups = find_market_groups(QUERY, kept, "USD")
    assert groups is ONE_MARKET
    with_groups, without = context(*kept), context_of(*kept)
    assert DEAL.evaluate(with_groups) == DEAL.evaluate(without)
    assert [DEAL.why_not(x, with_groups) for x in kept] == [DEAL.why_not(x, without) for x in kept]


@given(st.permutations([*PLAIN, *GRADED]))
def test_the_order_of_listings_does_not_change_their_groups(shuffled: list[Listing]) -> None:
    assert find_market_groups(QUERY, shuffled, "USD") == find_market_groups(QUERY, [*PLAIN, *GRADED], "USD")


def watch_of(rule: str) -> Watch:
    return watch_from({"query": QUERY, "rule": rule}, Defaults("EBAY_US"))


def comps_of(*kept: Listing) -> Comps:
    return Comps(Selection(kept, ()), summarize(kept, "USD"))


def test_a_preview_names_the_group_of_the_best_listing() -> None:
    kept = (*PLAIN, *GRADED, listing(300, 600, title="Zenitar Mk2 camera PSA graded"))
    found = build_preview(watch_of("deal 70%"), comps_of(*kept), kept, Backtest("unknown"), NOON)
    assert found.outlook == (
        "1 of them satisfies the watch already, the best at $600.00 (the median of 15 comps with “graded”, "
        "“psa” is $954.00): the first poll alerts at once."
    )


@pytest.mark.parametrize(
    ("rule", "words"), [("deal 70%", "of its own group"), ("drop 10%", "the price of none")]
)
def test_only_a_rule_with_one_median_is_said_to_have_a_median_of_nothing(rule: str, words: str) -> None:
    (warning,) = market_warnings(watch_of(rule), comps_of(*PLAIN, *GRADED))
    assert words in warning


def test_a_back_test_judges_within_groups_as_they_were_then() -> None:
    pool = [past(i, 1, 180.0 + i, title="Zenitar Mk2 camera boxed") for i in range(10)]
    pool += [past(100 + i, 2, 900.0 + i, title="Zenitar Mk2 camera PSA graded") for i in range(12)]
    early = past(200, 0, 600.0, title="Zenitar Mk2 camera PSA graded")
    late = past(201, 20, 600.0, title="Zenitar Mk2 camera PSA graded")
    found = run("deal 70%", [*pool, early, late])
    assert found.alerts == 1
    assert found.sentence == (
        "In 40 d of stored history, comparing each listing with its own group (10 around $184.50 (boxed), 14 "
        "around $904.50 (graded psa)), it would have sent 1 message about 1 of 24 listings."
    )
    assert run("deal 50%", pool).suggestion == "deal 99%"


def test_a_suggested_deal_counts_within_groups() -> None:
    comps = comps_of(*PLAIN, *GRADED, listing(300, 600, title="Zenitar Mk2 camera PSA graded"))
    groups = find_market_groups(QUERY, comps.selection.kept, "USD")
    assert suggest_rules(comps, groups)[-1] == ("deal 70%", None, 1)
    assert suggest_rules(comps)[-1].matches == 11
