"""Typed fields become a watch, or one sentence refuses them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.core.categories import TTLS
from watcher.core.comps import Buying
from watcher.core.errors import InvalidInput
from watcher.core.listing import Condition
from watcher.core.marketplaces import CURRENCIES
from watcher.core.money import Money
from watcher.core.rules.below import Below
from watcher.core.rules.deal import Deal
from watcher.core.rules.ending import Ending
from watcher.core.rules.new_listing import NewListing
from watcher.core.sellers import SELLER_NAME
from watcher.core.times import Instant, Seconds
from watcher.core.watch import Certainty, Priority, UnknownShipping, Watch, WatchId
from watcher.core.watch_fields import FIELDS
from watcher.core.watch_input import (
    MAX_QUERY_LENGTH,
    Defaults,
    draft_of,
    edit_watch,
    watch_from,
)

PLAIN = Defaults("EBAY_US")


def watch_of(**draft: str) -> Watch:
    return watch_from({"query": "omega", **draft}, PLAIN)


def refusal(**draft: str) -> str:
    with pytest.raises(InvalidInput) as refused:
        watch_of(**draft)
    return str(refused.value)


def test_query_without_options_waits_for_new_listings() -> None:
    watch = watch_of()
    assert watch.rule == NewListing()
    assert (watch.question.condition, watch.question.category) == (Condition.ANY, "")
    assert (watch.question.marketplace, watch.to, watch.user) == ("EBAY_US", "slack", "local")
    assert (watch.unknown_shipping, watch.every, watch.filters.key) == (UnknownShipping(), None, "")
    assert watch.certainty is Certainty.LIKELY


def test_below_is_shorthand_for_the_rule() -> None:
    assert watch_of(below="50").rule == watch_of(rule="below 50").rule == Below(Money(5000, "USD"))


def test_amount_without_a_currency_is_in_that_of_the_marketplace() -> None:
    assert watch_of(below="50", marketplace="EBAY_GB").rule == Below(Money(5000, "GBP"))
    assert watch_of(below="50", marketplace="ebay_jp").rule == Below(Money(50, "JPY"))


def test_excluded_words_are_split_at_spaces_and_phrases_at_commas() -> None:
    assert watch_of(exclude="box  strap box").filters.exclude == ("box", "strap")
    assert watch_of(exclude="for  parts, box only").filters.exclude == ("for parts", "box only")
    assert watch_of(exclude="for parts,").filters.exclude == ("for parts",)
    assert watch_of(exclude=" , ,").filters.exclude == ()


def test_white_space_of_any_kind_becomes_one_space() -> None:
    assert watch_of(query=" omega\u00a0 speed\tmaster\n").question.query == "omega speed master"
    assert watch_of(label=" a\u2003b ").label == "a b"


def test_country_is_two_letters_and_uk_becomes_gb() -> None:
    assert watch_of(from_country="de").filters.from_country == "DE"
    assert watch_of(from_country="uk").filters.from_country == "GB"


@pytest.mark.parametrize(
    ("draft", "sentence"),
    [
        ({"query": ""}, "The query is missing: say what to search for."),
        ({"query": " \t"}, "The query is missing: say what to search for."),
        ({"query": "x" * 101}, "The query has 101 characters; eBay reads only the first 100."),
        ({"query": "ome*"}, 'eBay does not allow "*" in a query.'),
        ({"query": "-- !"}, '"-- !" names nothing to search for.'),
        ({"query": "-band -strap"}, '"-band -strap" names nothing to search for.'),
        ({"below": "abc"}, '"abc" is not an amount of money; write 50, 49.90, "50 USD" or "EUR 49.90".'),
        ({"below": "0"}, '"0" must be more than 0 and less than a trillion.'),
        ({"below": "5", "rule": "new"}, 'A watch has one rule: give either "below" or "rule".'),
        ({"rule": "deal 100%"}, '"deal 100%" needs a share between 0% and 100%, like deal 70%.'),
        ({"condition": "refurb"}, '"refurb" is not a condition; write one of new, refurbished, used, any.'),
        ({"buying": "bid"}, '"bid" is not a way of buying; write one of fixed, auction, any.'),
        ({"min_feedback": "-1"}, '"-1" is not a whole number for min-feedback.'),
        ({"min_feedback": "1" * 10}, '"1111111111" is not a whole number for min-feedback.'),
        ({"min_feedback": "\u0663"}, '"\u0663" is not a whole number for min-feedback.'),
        ({"from_country": "USA"}, '"USA" is not a country code; write two letters, like US or DE.'),
        ({"from_country": "ß"}, '"ß" is not a country code; write two letters, like US or DE.'),
        ({"every": "5"}, '"5" is not a duration; write 90s, 15m, 24h or 7d.'),
        ({"every": "0s"}, '"0s" is too short an interval; write 15m or 24h.'),
        ({"marketplace": "EBAY_DEE"}, '"EBAY_DEE" is not an eBay marketplace; did you mean "EBAY_DE"?'),
        ({"category": "a|b"}, 'The name of a category must not contain "|".'),
        ({"label": "x" * 81}, "The label has 81 characters; the maximum is 80."),
        ({"below": "9" * 10_000}, "The below has 10000 characters; the maximum is 200."),
        ({"exclude": "x" * 81}, "The word to exclude has 81 characters; the maximum is 80."),
        (
            {"exclude": " ".join(map(str, range(101)))},
            "There are 101 words to exclude; the maximum is 100.",
        ),
        (
            {"certainty": "doubtful"},
            '"doubtful" is not a certainty; write one of sure, likely.',
        ),
        ({"priority": "urgent"}, '"urgent" is not a priority; write one of low, normal, high.'),
        (
            {"sellers": "good, bad|name"},
            '"bad|name" is not an eBay user name: those have up to 64 letters, digits, ".", "_", "-" or "*".',
        ),
        (
            {"sellers": ",".join(map(str, range(251)))},
            "There are 251 sellers; the maximum is 250.",
        ),
        (
            {"unknown_shipping": "lots"},
            '"lots" is not a way to treat unknown shipping; write assume, skip or an amount of money.',
        ),
    ],
)
def test_invalid_field_is_refused_with_one_sentence(draft: dict[str, str], sentence: str) -> None:
    assert refusal(**draft) == sentence


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("junk", ["a\0b", "a\x1b[2Jb", "caf\udce9", "a\x9bb"])
def test_every_field_refuses_control_characters(name: str, junk: str) -> None:
    assert "character that is not text" in refusal(**{name: junk})


@pytest.mark.parametrize("name", ["label", "tag", "user", "query", "category"])
@pytest.mark.parametrize(
    "junk", ["\u200b", "\u2060\ufeff", "\u3164", "\u2800 \u00ad", "\u0301", "\U000e0041"]
)
def test_name_without_a_visible_character_is_refused(name: str, junk: str) -> None:
    assert refusal(**{name: junk}) == f'The field "{name}" contains no visible character.'


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("ome\u200bga", "omega"),
        ("\u202eomega", "omega"),
        ("gift 🎁", "gift 🎁"),
        ("👨\u200d👩", "👨\u200d👩"),
    ],
)
def test_invisible_characters_of_a_name_are_removed(typed: str, shown: str) -> None:
    assert watch_of(label=typed).label == shown


@pytest.mark.parametrize(
    ("draft", "sentence"),
    [
        ({"below": "1.500"}, '"1.500" has more decimal places than USD has; write 1500 or 1.50.'),
        (
            {"below": "12.000 USD", "marketplace": "EBAY_DE"},
            '"12.000 USD" has more decimal places than USD has; write 12000 USD or 12.00 USD.',
        ),
        ({"rule": "ending 15m 1.500"}, '"1.500" has more decimal places than USD has; write 1500 or 1.50.'),
        ({"rule": "median-below 1.500"}, '"1.500" has more decimal places than USD has; write 1500 or 1.50.'),
        (
            {"unknown_shipping": "1.500", "marketplace": "EBAY_DE"},
            '"1.500" has more decimal places than EUR has; write 1500 or 1.50.',
        ),
        ({"below": "50 XYZ"}, '"XYZ" is not a currency; write one like USD, EUR or GBP.'),
        ({"unknown_shipping": "5 ABC"}, '"ABC" is not a currency; write one like USD, EUR or GBP.'),
        ({"from_country": "XX"}, '"XX" is not a country code; write two letters, like US or DE.'),
        (
            {"from_country": "eu"},
            '"eu" is the European Union, and every item is in one country; write a country, like DE.',
        ),
    ],
)
def test_value_that_means_nothing_is_refused_with_what_to_write(draft: dict[str, str], sentence: str) -> None:
    assert refusal(**draft) == sentence


def test_refused_destination_is_refused() -> None:
    def refuse(to: str) -> None:
        raise InvalidInput(f"no {to}")

    with pytest.raises(InvalidInput, match="no bob"):
        watch_from({"query": "omega", "to": "bob"}, Defaults("EBAY_US", refuse))


def test_different_questions_have_different_keys() -> None:
    # "|" joins the key; a query may hold one, a category may not.
    tricky = watch_of(query="a|any|cards").question
    plain = watch_of(query="a", category="cards").question
    assert tricky.key != plain.key


# --- editing --------------------------------------------------------------------------------------

KEPT: dict[str, Any] = {
    "id": WatchId(7),
    "paused": True,
    "baseline_at": Instant(5.0),
    "armed": False,
    "revision": 3,
}


def existing(**draft: str) -> Watch:
    return replace(watch_of(**draft), **KEPT)


def test_edit_changes_only_the_named_fields() -> None:
    watch = edit_watch(existing(below="50", exclude="box"), {"label": "Gift"}, PLAIN)
    assert watch == replace(existing(below="50", exclude="box"), label="Gift")


@pytest.mark.parametrize(
    ("name", "value"),
    [("condition", "new"), ("exclude", "box"), ("every", "1h"), ("label", "x"), ("certainty", "sure")],
)
def test_empty_value_restores_the_default(name: str, value: str) -> None:
    assert edit_watch(existing(**{name: value}), {name: " "}, PLAIN).filters == watch_of().filters
    assert draft_of(edit_watch(existing(**{name: value}), {name: ""}, PLAIN)) == draft_of(watch_of())


def test_empty_below_removes_only_a_below_rule() -> None:
    assert edit_watch(existing(below="50"), {"below": ""}, PLAIN).rule == NewListing()
    assert isinstance(edit_watch(existing(rule="deal 70%"), {"below": ""}, PLAIN).rule, Deal)
    assert edit_watch(existing(rule="deal 70%"), {"rule": ""}, PLAIN).rule == NewListing()


def test_below_replaces_any_rule() -> None:
    assert edit_watch(existing(rule="deal 70%"), {"below": "9"}, PLAIN).rule == Below(Money(900, "USD"))


@pytest.mark.parametrize("changes", [{"rule": "new"}, {"query": "rolex"}, {"condition": "new"}])
def test_changed_question_or_rule_restarts_the_watch(changes: dict[str, str]) -> None:
    watch = edit_watch(existing(below="50"), changes, PLAIN)
    assert (watch.baseline_at, watch.armed) == (None, True)


def test_changed_label_or_same_rule_does_not_restart_the_watch() -> None:
    for changes in ({"label": "x"}, {"below": "50.00"}, {"query": "OMEGA"}):
        watch = edit_watch(existing(below="50"), changes, PLAIN)
        assert (watch.baseline_at, watch.armed) == (5.0, False)


def test_invalid_change_is_refused() -> None:
    with pytest.raises(InvalidInput, match="is not a duration"):
        edit_watch(existing(), {"every": "soon"}, PLAIN)


# --- the round trip ---------------------------------------------------------------------------------

_text = st.text(
    st.characters(blacklist_categories=("Cc", "Cs", "Cf")).filter(lambda c: not c.isspace()),
    min_size=1,
    max_size=12,
).map(lambda text: f"x{text}")
_phrases = st.lists(_text, min_size=1, max_size=3).map(" ".join)
_money = st.builds(
    lambda minor, place: f"{minor // 100}.{minor % 100:02} {place}",
    st.integers(1, 10**11),
    st.sampled_from(["USD", "EUR", "GBP"]),
)
_duration = st.builds(lambda n, unit: f"{n}{unit}", st.integers(1, 300), st.sampled_from("smhd"))
_share = st.integers(1, 9999).map(lambda n: f"{n // 100}.{n % 100:02}%")
_rule = st.one_of(
    st.just("new"),
    _money.map("below {}".format),
    _money.map("median-below {}".format),
    _share.map("deal {}".format),
    _share.map("drop {}".format),
    st.integers(1, 400).map("low {}d".format),
    st.builds("ending {} {}".format, _duration, _money),
)
DRAFTS = st.fixed_dictionaries(
    {
        "query": st.builds(
            "{} {}".format, st.sampled_from(["omega", "iphone 13", "ünïcode 漢字"]), _text
        ).filter(lambda q: "*" not in q and len(q) <= MAX_QUERY_LENGTH)
    },
    optional={
        "category": st.one_of(_text.filter(lambda t: "|" not in t), st.sampled_from(sorted(TTLS))),
        "condition": st.sampled_from(list(Condition)),
        "rule": _rule,
        "exclude": st.lists(_phrases, max_size=4).map(",".join) | _phrases,
        "buying": st.sampled_from(list(Buying)),
        "min_feedback": st.integers(0, 999_999_999).map(str),
        "from_country": st.sampled_from(["US", "de", "uk"]),
        "marketplace": st.sampled_from(sorted(CURRENCIES)),
        "unknown_shipping": st.sampled_from(["assume", "skip"]) | _money,
        "certainty": st.sampled_from(list(Certainty)),
        "every": _duration,
        "priority": st.sampled_from(list(Priority)),
        "sellers": st.lists(st.from_regex(SELLER_NAME, fullmatch=True), max_size=4).map(", ".join),
        "label": _phrases,
        "tag": _phrases,
        "to": st.sampled_from(["slack", "flips", "#deals", "U012AB3CD"]),
        "user": _phrases,
    },
)


@given(DRAFTS)
def test_watch_from_its_own_draft_is_the_same_watch(draft: dict[str, str]) -> None:
    watch = watch_from(draft, PLAIN)
    assert watch_from(draft_of(watch), PLAIN) == watch
    assert draft_of(watch_from(draft_of(watch), PLAIN)) == draft_of(watch)


@given(DRAFTS)
def test_edit_without_changes_changes_nothing(draft: dict[str, str]) -> None:
    watch = replace(watch_from(draft, PLAIN), **KEPT)
    assert edit_watch(watch, {}, PLAIN) == watch


@given(st.dictionaries(st.sampled_from(FIELDS), st.text(max_size=120), min_size=1))
def test_any_draft_gives_a_watch_or_an_error_message(draft: dict[str, str]) -> None:
    sentence = ""
    try:
        watch_from(draft, PLAIN)
    except InvalidInput as refused:
        sentence = str(refused)
    assert sentence[-1:] in ("", ".", "?")


def test_ending_is_parsed() -> None:
    assert watch_of(rule="ending 15m 50").rule == Ending(Money(5000, "USD"), Seconds(900.0))
