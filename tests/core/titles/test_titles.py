"""Verdicts on titles of many trades, with their reasons."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.core.titles.parsed_title import parse_title
from watcher.core.titles.verdict import Reason, asked_for, found_word, title_verdict


def _titles(file: str) -> list[tuple[str, str, str]]:
    """Return query, title and expected reason (or `keep`) of each line; `? ...` starts the next query."""
    query, cases = "", []
    for line in Path(__file__).with_name(file).read_text(encoding="utf-8").splitlines():
        word, rest = line.split(maxsplit=1)
        if word == "?":
            query = rest
        else:
            cases.append((query, rest, word))
    return cases


@pytest.mark.parametrize(("query", "title", "expected"), _titles("hard_titles.txt"))
def test_a_title_is_kept_or_dropped_for_the_right_reason(query: str, title: str, expected: str) -> None:
    verdict = title_verdict(query, title)
    assert (verdict.reason or "keep") == expected


@pytest.mark.parametrize("table", ["other_titles.txt", "trade_titles.txt"])
def test_most_titles_of_other_trades_are_classified_correctly(table: str) -> None:
    cases = _titles(table)
    wrong = [
        (query, title)
        for query, title, expected in cases
        if (title_verdict(query, title).reason is None) != (expected == "keep")
    ]
    assert len(wrong) <= 0.05 * len(cases), wrong


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("acme 4070 ti", "ACME 4070TI White"),
        ("acme 4070ti", "Acme 4070 Ti"),
        ("acme v100 32gb", "Acme V100 32 GB"),
        ("acme v100 32g", "V100-32GB Acme"),
        ("acme v100 32gb", "Acme V100 16/32GB"),
        ("macbook pro 13", 'Apple MacBook Pro 13" 2020'),
        ("pokemon booster box", "Pokémon Booster Boxes"),
        ("spider man", "SPIDERMAN #1"),
        ("spiderman", "Spider-Man #1"),
        ("acme pcie card", "Acme PCI-E Card"),
        ("acme 9000", "Acme RTX™ 9000"),
        ("levi's 501", "Levi\u2019s 501 Jeans"),
        ("ps5", "PlayStation 5"),
        ("dyson 1500 watt", "Dyson 1,500W"),
        ("acme elite trainer box", "Acme ETB"),
        ("acme etb", "Acme Elite Trainer Box"),
        ("acme phone 8gb 256gb", "Acme Phone 8/256"),
        ("acme tag #57", "Acme tag 057 #057"),
    ],
)
def test_spellings_of_the_same_item_match(query: str, title: str) -> None:
    assert title_verdict(query, title).reason is None


@pytest.mark.parametrize(
    ("title", "detail"),
    [
        ("Acme 4070 Super 12GB", 'another model: "4070 super"'),
        ("Acme 4070 12GB Super", 'another model: "4070 super"'),
        ("Acme 4070M 12GB", 'another model: "4070 m"'),
        ("Acme 4060 12GB", 'the title has no "4070"'),
        ("Acme 4070 8GB", 'the title has no "12gb"'),
        ("better than Acme 4070 12GB", 'the title has no "4070"'),
        ("Acme 4070 12GB lot", 'more than one item: "lot"'),
        ("4x Acme 4070 12GB", 'more than one item: "4x"'),
        ("Acme 4070 x2 12GB", 'more than one item: "x2"'),
        ("Acme 4070 12GB and Acme 3060 8GB", 'more than one item: "acme 4070, acme 3060"'),
        ("Acme 4070 12GB (READ)", 'for parts or with a defect: "read"'),
        ("Shroud taken from Acme 4070 12GB", 'not the item itself: "taken from acme"'),
        ("Bracket for Acme 4070 12GB", 'not the item itself: "bracket for"'),
        ("Gaming PC Acme 4070 12GB", 'a whole system: "gaming pc"'),
        ("Tower Xeon 1TB SSD Acme 4070 12GB", 'a whole system: "tower ssd"'),
        ("Acme 4070 12GB choose your color", 'a choice of items: "choose your"'),
        ("Acme 4070 12GB pre-order", 'not in hand yet: "pre order"'),
        ("Acme 4070 12GB replica", 'not the original: "replica"'),
    ],
)
def test_a_verdict_quotes_the_words_it_is_based_on(title: str, detail: str) -> None:
    verdict = title_verdict("acme 4070 12gb", title)
    assert verdict.detail == detail


@pytest.mark.parametrize(
    "title",
    [
        "Acme 4070 12GB Ventus 3X, 3x Fans, PCI-E 4.0 x16",
        "Triple Fan Acme 4070 12GB",
        "NEW for Acme 4070 12GB",
        "Acme 4070 12GB with stand, cable & case",
        "Acme 4070 12GB tested, not broken",
        "Acme 4070 12GB no damage, never repaired",
        "Acme 4070 12GB new in damaged box",
        "Acme 4070 12GB Card Only",
        "Acme 4070 12GB pulled from a gaming PC",
        "Fast shipping from Japan Acme 4070 12GB",
        "NEW direct from Acme 4070 12GB",
        "4070 12GB OEM",
    ],
)
def test_a_title_that_only_resembles_noise_is_kept(title: str) -> None:
    assert title_verdict("acme 4070 12gb", title).reason is None


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("iphone 13 case", "Leather case for iPhone 13"),
        ("cap from acme 900", "Cap from Acme 900"),
        ("lot of pokemon cards", "Lot of 100 Pokemon Cards"),
        ("acme 900 for parts", "Acme 900 for parts, not working"),
        ("acme 900 gaming laptop", "Acme 900 Gaming Laptop"),
        ("charizard proxy", "Charizard proxy card"),
        ("need for speed", "Need for Speed"),
        ("red dead redemption", "Red Dead Redemption"),
    ],
)
def test_words_of_the_query_are_not_held_against_a_title(query: str, title: str) -> None:
    assert title_verdict(query, title).reason is None


def test_a_short_model_number_needs_its_maker() -> None:
    assert title_verdict("acme l4", "Acme L4 24GB").reason is None
    assert title_verdict("acme l4", "Keyboard L4").reason is not None
    assert title_verdict("acme l4", "Acme 310 512MB L4-9").reason is not None
    assert title_verdict("acme l4", "Acme L40").reason is not None


def test_a_list_of_models_marks_an_accessory() -> None:
    verdict = title_verdict("acme p100", "Acme gear M40 K80 P40 P100 V100")
    assert verdict.reason is Reason.ACCESSORY


def test_a_query_may_exclude_words_and_offer_alternatives() -> None:
    query = "acme (900, 950) -white"
    assert title_verdict(query, "Acme 900 black").reason is None
    assert title_verdict(query, "Acme 950 black").reason is None
    assert title_verdict(query, "Acme 970 black")[:2] == (Reason.QUERY, 'the title has no "950"')
    assert title_verdict(query, "Acme 900 white")[:2] == (Reason.EXCLUDED, 'the title says "white"')


def test_a_query_may_itself_ask_for_parts_or_accessories() -> None:
    assert asked_for("broken camera", Reason.PARTS)
    assert asked_for("camera case", Reason.ACCESSORY)
    assert not asked_for("camera", Reason.PARTS)
    assert not asked_for("(camera, broken phone)", Reason.PARTS)


def test_excluded_words_are_found_in_any_spelling() -> None:
    assert found_word(("for parts",), "Acme FOR  PARTS") == "for parts"
    assert found_word(("16 gb", "ti"), "Acme 4070Ti") == "ti"
    assert found_word(("tin",), "Acme Martini") == ""
    assert found_word((), "Acme") == ""
    assert found_word(("bag",), "Acme with dust bag") == "bag"


def test_a_title_is_parsed_only_once() -> None:
    title = "Acme 777 seen before"
    title_verdict("acme 777", title)
    parse_cache = parse_title.cache_info()
    verdict_hits = title_verdict.cache_info().hits
    title_verdict("acme 777", title)
    assert title_verdict.cache_info().hits == verdict_hits + 1
    assert parse_title.cache_info() == parse_cache
    title_verdict("acme 778", title)
    assert parse_title.cache_info().hits == parse_cache.hits + 1


_PLAIN = (
    "acme",
    "4070",
    "ti",
    "12gb",
    "lot",
    "x",
    "4",
    "fan",
    "i5",
    "4/102",
    "#57",
    "psa",
    "10",
    "v100",
    "case",
)
_WORDS = st.sampled_from(
    (
        *_PLAIN,
        *[
            "(",
            ")",
            "/",
            "-",
            "+",
            "&",
            ",",
            "2x",
            "for",
            "with",
            "only",
            "no",
            "box",
            "and",
            "read",
            *(
                [
                    "style",
                    "only",
                    "sizes",
                    "edition",
                    "console",
                    "project",
                    "two",
                    "wanted",
                    "of",
                    "not",
                    "my",
                    "4/102",
                    "f2.8",
                    "1:64",
                    "#57",
                    "5g",
                    "64gb",
                ]
            ),
            "½",
            "™",
            "é",
            "٣",
            "²",
        ],
    )
)
_TEXTS = st.one_of(st.text(max_size=120), st.lists(_WORDS, max_size=14).map(" ".join))


@given(query=_TEXTS, title=_TEXTS)
def test_any_text_has_a_verdict_that_ignores_case_and_spaces(query: str, title: str) -> None:
    verdict = title_verdict(query, title)
    assert (verdict.reason is None) == (verdict.detail == "")
    if title.isascii() and query.isascii():
        spaced = f"  {title} "
        assert (title_verdict(query.upper(), spaced.upper()).reason is None) == (verdict.reason is None)


@given(st.lists(st.sampled_from(_PLAIN), min_size=1, max_size=6, unique=True).map(" ".join))
def test_a_title_equal_to_the_query_contains_all_of_it(query: str) -> None:
    verdict = title_verdict(query, query)
    assert verdict.reason is not Reason.QUERY or "another model" in verdict.detail


def test_sales_talk_changes_no_verdict() -> None:
    changed = []
    for query, title, _ in _titles("trade_titles.txt"):
        plain = title_verdict(query, title).reason is None
        for talk in (" free shipping", " US seller", " - ships fast"):
            kept = title_verdict(query, title + talk).reason is None
            if kept != plain and not title.endswith("paperback)"):
                changed.append((query, title, talk))
    assert not changed
