from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.core.categories import (
    DEFAULT_TTL,
    TTLS,
    canonical_category,
    category_warning,
    normalize_category,
    ttl_of,
)
from watcher.core.times import DAY, HOUR, Seconds

DAYS = {
    1: ("cards", "trading-cards", "sports-cards", "pokemon", "magic"),
    7: ("collectibles", "electronics", "handbags", "vintage"),
    14: ("gaming", "tools", "antiques"),
    21: ("watches", "toys"),
    28: ("shoes",),
}


@pytest.mark.parametrize(("days", "name"), [(d, n) for d, names in DAYS.items() for n in names])
def test_each_category_has_its_ttl(days: int, name: str) -> None:
    assert ttl_of(name) == days * DAY


def test_no_other_categories_are_known() -> None:
    assert set(TTLS) == {n for names in DAYS.values() for n in names}


@pytest.mark.parametrize("name", ["", "boots", "9355", "antique-watches"])
def test_an_unknown_category_has_a_ttl_of_seven_days(name: str) -> None:
    assert ttl_of(name) == DEFAULT_TTL == 7 * DAY


@pytest.mark.parametrize(
    ("typed", "known"),
    [
        ("WATCHES", "watches"),
        ("watch", "watches"),
        ("Shoe", "shoes"),
        ("toy", "toys"),
        ("card", "cards"),
        ("antique", "antiques"),
        ("collectible", "collectibles"),
        ("electronic", "electronics"),
        ("handbag", "handbags"),
        ("tool", "tools"),
        ("vintages", "vintage"),
        ("pokemons", "pokemon"),
        ("Pokémon", "pokemon"),
        ("Trading Cards", "trading-cards"),
        ("trading_card", "trading-cards"),
        ("  trading   cards ", "trading-cards"),
        ("Sports-Card", "sports-cards"),
        ("sport cards", "sports-cards"),
        ("SPORT_CARD", "sports-cards"),
    ],
)
def test_names_match_in_any_case_number_and_separator(typed: str, known: str) -> None:
    assert canonical_category(typed) == known


@given(
    st.sampled_from(sorted(TTLS)), st.sampled_from("-_ "), st.sampled_from([str.upper, str.title, str.lower])
)
def test_every_known_name_matches_in_every_spelling(name: str, separator: str, case: object) -> None:
    spelled = case(name.replace("-", separator))  # type: ignore[operator]
    assert canonical_category(spelled) == name
    assert canonical_category(spelled.rstrip("sS")) == name


@pytest.mark.parametrize(
    ("plural", "singular"),
    [
        ("boxes", "box"),
        ("dresses", "dress"),
        ("batteries", "battery"),
        ("cookies", "cookie"),
        ("glasses", "glass"),
    ],
)
def test_a_configured_category_matches_its_singular_and_plural(plural: str, singular: str) -> None:
    assert canonical_category(singular, {plural: HOUR}) == plural
    assert canonical_category(plural, {singular: HOUR}) == singular


@pytest.mark.parametrize("typed", ["boots", "cars", "glas", "card-tools", "game", "s"])
def test_an_unknown_category_is_returned_unchanged(typed: str) -> None:
    assert canonical_category(typed) == typed


@given(st.text())
def test_canonicalizing_twice_changes_nothing(name: str) -> None:
    assert canonical_category(canonical_category(name)) == canonical_category(name)
    assert normalize_category(normalize_category(name)) == normalize_category(name)


def test_configured_ttls_replace_the_defaults() -> None:
    assert ttl_of("Sneaker", {**TTLS, "sneakers": Seconds(3 * DAY)}) == 3 * DAY
    assert ttl_of("card", {**TTLS, "cards": HOUR}) == HOUR


@pytest.mark.parametrize("name", ["", "  ", "cards", "Card", "183454"])
def test_a_known_an_empty_and_a_numeric_category_give_no_warning(name: str) -> None:
    assert category_warning(name) == ""


def test_the_warning_suggests_the_nearest_and_lists_all_categories() -> None:
    warning = category_warning("electronix")
    assert warning.startswith('"electronix" is not a known category, so its comps are cached for 7 days.')
    assert 'Did you mean "electronics"?' in warning
    assert all(name in warning for name in TTLS)


def test_the_warning_suggests_nothing_if_nothing_is_similar() -> None:
    assert "Did you mean" not in category_warning("zzz")
