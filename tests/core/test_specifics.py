"""What item specifics say about a query where the title is silent."""

from __future__ import annotations

import pytest

from watcher.core.specifics import Specifics, SpecificsCheck, Standing, check_specifics

QUERY, TITLE = "iPad Air 2 64GB WiFi", "Apple iPad Air 2 Space Gray"


def check(*pairs: tuple[str, str], query: str = QUERY, title: str = TITLE) -> SpecificsCheck:
    return check_specifics(query, title, Specifics(pairs))


def contradiction(*pairs: tuple[str, str], query: str, title: str) -> tuple[str, str, str] | None:
    found = check(*pairs, query=query, title=title)
    return (found.name, found.value, found.asked) if found.standing is Standing.CONTRADICTED else None


@pytest.mark.parametrize(
    ("query", "pair", "answered"),
    [
        (QUERY, ("Storage Capacity", "64 GB"), "64gb"),
        (QUERY, ("Internet Connectivity", "Wi-Fi"), "wifi"),
        (QUERY, ("Model", "Apple iPad Air 2"), "air 2"),
        ("charizard 4/102", ("Card Number", "4/102"), "4/102"),
        ("macbook MD101LL/A", ("MPN", "MD101LL/A"), "md101ll/a"),
        ("charizard psa 10", ("Professional Grader", "Professional Sports Authenticator (PSA)"), "psa"),
        ("charizard psa 10", ("Grade", "10"), "10"),
        ("boba fett 1979", ("Year", "1979"), "1979"),
        ("zelda japanese", ("Language", "Japanese"), "japanese"),
        ("iphone 12 unlocked", ("Unlocked", "Yes"), "unlocked"),
        ("kind of blue vinyl", ("Format", "Vinyl"), "vinyl"),
        ("airpods pro 2nd generation", ("Model", "Apple AirPods Pro (2nd Generation)"), "gen 2"),
    ],
)
def test_specifics_confirm_what_the_query_names(query: str, pair: tuple[str, str], answered: str) -> None:
    found = check(pair, query=query, title="a title that is silent")
    assert found.standing is Standing.CONFIRMED
    assert found.answers(answered)


def test_grader_and_grade_together_answer_a_graded_query() -> None:
    found = check(("Grader", "PSA"), ("Grade", "10"), query="charizard psa 10", title="Charizard")
    assert found.answers("psa 10")
    assert not check(("Grader", "PSA"), query="charizard psa 10", title="Charizard").answers("psa 10")


@pytest.mark.parametrize(
    "value",
    [
        "Does Not Apply",
        "N/A",
        "See description",
        "16GB, 32GB, 64GB",
        "16 GB or 64 GB or 128 GB",
        "64gb/128gb",
        "Apple",
        "a very long text about a 64GB tablet that a seller copied from somewhere else",
    ],
)
def test_vague_and_multiple_values_say_nothing(value: str) -> None:
    assert check(("Storage Capacity", value)) == SpecificsCheck(Standing.SILENT)


def test_bare_number_is_not_confirmed_by_any_count() -> None:
    assert check(("Number of Players", "2"), ("Battery Life", "2")).standing is Standing.SILENT
    assert check(("Screen Size", "10 in"), query="charizard psa 10", title="x").standing is Standing.SILENT


@pytest.mark.parametrize(
    ("query", "title", "pair", "asked"),
    [
        (QUERY, "Apple iPad Air 2 64GB WiFi", ("Internet Connectivity", "Wi-Fi + 4G"), "wifi"),
        ("macbook air 512gb", "MacBook Air", ("SSD Capacity", "256 GB"), "512gb"),
        ("boba fett 1979", "Boba Fett vintage", ("Year", "1995"), "1979"),
        ("chuck taylor black", "Chuck Taylor", ("Color", "Red"), "black"),
        ("zelda japanese", "Zelda", ("Language", "English"), "japanese"),
        ("charizard psa 10", "Charizard", ("Grade", "9"), "10"),
        ("charizard psa 10", "Charizard", ("Professional Grader", "CGC"), "psa"),
        ("macbook MD101LL/A", "MacBook", ("MPN", "MD102LL/A"), "md101lla"),
        ("booster box sealed", "Booster Box", ("Sealed", "No"), "sealed"),
        ("rtx 4070", "Asus RTX 4070 OC", ("Chipset/GPU Model", "NVIDIA GeForce RTX 4070 Ti"), "rtx 4070"),
        ("ipad mini 4", "Folio iPad mini 4", ("Compatible Model", "For Apple iPad mini 4"), "ipad mini 4"),
    ],
)
def test_specifics_contradict_a_title_that_is_silent(
    query: str, title: str, pair: tuple[str, str], asked: str
) -> None:
    assert contradiction(pair, query=query, title=title) == (*pair, asked)


@pytest.mark.parametrize(
    ("query", "title", "pair"),
    [
        ("macbook air 512gb", "MacBook Air 512GB", ("SSD Capacity", "256 GB")),
        ("boba fett 1979", "Boba Fett 1979", ("Year", "1995")),
        ("chuck taylor black", "Chuck Taylor Black", ("Color", "Red")),
        ("charizard psa 10", "Charizard PSA 10", ("Grade", "9")),
        ("ipad mini 4", "iPad mini 4", ("Model", "Apple iPad (3rd Generation)")),
        ("macbook air 512gb", "MacBook Air", ("RAM Size", "8 GB")),
        ("chuck taylor black", "Chuck Taylor", ("Color", "Black & White")),
        ("switch console", "Switch", ("Items Included", "Console + Dock")),
        ("rtx 4070", "RTX 4070 Ti", ("Compatible Slot", "PCIe 4.0")),
    ],
)
def test_title_wins_and_other_qualities_do_not_count(query: str, title: str, pair: tuple[str, str]) -> None:
    assert contradiction(pair, query=query, title=title) is None


def test_title_that_says_another_colour_or_year_is_not_confirmed() -> None:
    colour = ("Color", "Black")
    assert check(colour, query="chuck taylor black", title="Chuck Taylor").answers("black")
    assert not check(colour, query="chuck taylor black", title="Chuck Taylor White").answers("black")
    year = ("Year", "1979")
    assert not check(year, query="boba fett 1979", title="Boba Fett 1995").answers("1979")


def test_specifics_are_read_in_the_languages_of_the_site() -> None:
    german = ("de", "en")
    capacity = Specifics((("Speicherkapazität", "256 GB"),))
    found = check_specifics("macbook air 512gb", "MacBook Air", capacity, german)
    assert (found.standing, found.asked) == (Standing.CONTRADICTED, "512gb")
    colour = Specifics((("Farbe", "Schwarz"),))
    assert check_specifics("kleid schwarz", "Kleid", colour, german).answers("black")
    assert check_specifics("kleid blau", "Kleid", colour, german).standing is Standing.CONTRADICTED


def test_value_confirmed_elsewhere_is_not_contradicted() -> None:
    pairs = ("Features", "Wi-Fi + Cellular"), ("Connectivity", "Wi-Fi + Bluetooth"), ("Network", "Wi-Fi")
    assert check(*pairs).standing is Standing.CONFIRMED


def test_order_of_pairs_does_not_matter() -> None:
    pairs = ("Year", "1995"), ("Color", "Red"), ("Model", "Chuck Taylor")
    query, title = "chuck taylor 1979 black", "Chuck"
    assert check(*pairs, query=query, title=title) == check(*pairs[::-1], query=query, title=title)
