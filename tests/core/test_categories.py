from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.core.categories import DEFAULT_TTL, TTLS, canonical, normal, ttl_of, warning_of
from watcher.core.times import DAY, HOUR, Seconds

DAYS = {
    1: ("cards", "trading-cards", "sports-cards", "pokemon", "magic"),
    7: ("collectibles", "electronics", "handbags", "vintage"),
    14: ("gaming", "tools", "antiques"),
    21: ("watches", "toys"),
    28: ("shoes",),
}


@pytest.mark.parametrize(("days", "name"), [(d, n) for d, names in DAYS.items() for n in names])
def test_a_categorys_comps_stay_good_for_its_own_time(days: int, name: str) -> None:
    assert ttl_of(name) == days * DAY


def test_there_are_no_further_categories() -> None:
    assert set(TTLS) == {n for names in DAYS.values() for n in names}


@pytest.mark.parametrize("name", ["", "boots", "9355", "antique-watches"])
def test_any_other_category_gets_seven_days(name: str) -> None:
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
def test_names_match_in_any_case_singular_or_plural_with_any_separator(typed: str, known: str) -> None:
    assert canonical(typed) == known


@given(
    st.sampled_from(sorted(TTLS)), st.sampled_from("-_ "), st.sampled_from([str.upper, str.title, str.lower])
)
def test_every_known_name_matches_in_every_spelling(name: str, separator: str, case: object) -> None:
    spelled = case(name.replace("-", separator))  # type: ignore[operator]
    assert canonical(spelled) == name
    assert canonical(spelled.rstrip("sS")) == name


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
def test_a_category_of_ones_own_is_found_by_its_singular_and_by_its_plural(
    plural: str, singular: str
) -> None:
    assert canonical(singular, {plural: HOUR}) == plural
    assert canonical(plural, {singular: HOUR}) == singular


@pytest.mark.parametrize("typed", ["boots", "cars", "glas", "card-tools", "game", "s"])
def test_an_unknown_category_stays_as_it_is(typed: str) -> None:
    assert canonical(typed) == typed


@given(st.text())
def test_naming_a_category_twice_changes_nothing(name: str) -> None:
    assert canonical(canonical(name)) == canonical(name)
    assert normal(normal(name)) == normal(name)


def test_configured_times_replace_the_known_ones() -> None:
    assert ttl_of("Sneaker", {**TTLS, "sneakers": Seconds(3 * DAY)}) == 3 * DAY
    assert ttl_of("card", {**TTLS, "cards": HOUR}) == HOUR


@pytest.mark.parametrize("name", ["", "  ", "cards", "Card", "183454"])
def test_a_known_category_none_and_an_ebay_id_need_no_warning(name: str) -> None:
    assert warning_of(name) == ""


def test_an_unknown_category_is_warned_of_with_the_nearest_and_the_known_ones() -> None:
    warning = warning_of("electronix")
    assert warning.startswith('"electronix" is no known category, so its comps keep 7 days.')
    assert 'Did you mean "electronics"?' in warning
    assert all(name in warning for name in TTLS)


def test_a_category_like_no_other_is_warned_of_without_a_guess() -> None:
    assert "Did you mean" not in warning_of("zzz")
