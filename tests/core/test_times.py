from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.core.times import DAY, HOUR, MINUTE, from_iso, in_words, iso, parse_duration, write_duration

CENTURY = 100 * 365 * 86400


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0s", 0), ("90s", 90), ("15m", 900), ("24h", 86400), ("7d", 604800), (" 5m\n", 300), ("007s", 7)],
)
def test_duration_is_a_number_and_a_unit(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "15",
        "m",
        "15 m",
        "-5m",
        "1.5h",
        "1h30m",
        "15M",
        "15min",
        "5w",
        "1e3s",
        "²s",
        "٣m",
        "99999999999s",
        "15m15",
    ],
)
def test_other_text_is_refused_with_examples(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a duration; write 90s, 15m, 24h or 7d"):
        parse_duration(text)


def test_duration_over_a_hundred_years_is_refused() -> None:
    assert parse_duration("36500d") == CENTURY
    with pytest.raises(ValueError, match="more than a hundred years"):
        parse_duration("36501d")


@given(st.integers(0, CENTURY))
def test_written_duration_parses_back_exactly(seconds: int) -> None:
    assert parse_duration(write_duration(seconds)) == seconds


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (59, "59s"),
        (60, "1m"),
        (90, "90s"),
        (5400, "90m"),
        (86400, "24h"),
        (90000, "25h"),
        (172800, "2d"),
    ],
)
def test_duration_is_written_in_its_largest_exact_unit(seconds: float, text: str) -> None:
    assert write_duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (-5, "0 s"),
        (0.4, "0 s"),
        (59.6, "1 min"),
        (61, "1 min 1 s"),
        (3600, "1 h"),
        (3605, "1 h"),
        (7500, "2 h 5 min"),
        (86400 * 4, "4 d"),
        (86400 + 3661, "1 d 1 h"),
        (86399.7, "1 d"),
    ],
)
def test_words_use_the_two_largest_adjacent_units(seconds: float, words: str) -> None:
    assert in_words(seconds) == words


@given(st.floats(0, CENTURY))
def test_words_have_at_most_two_units(seconds: float) -> None:
    assert 2 <= len(in_words(seconds).split()) <= 4


def test_ebay_instants_are_parsed() -> None:
    assert from_iso("2025-10-16T07:00:00.000Z") == 1760598000
    assert from_iso("2025-10-16T07:00:00.250Z") == 1760598000.25
    assert from_iso("2025-10-16T09:00:00+02:00") == 1760598000


def test_instant_without_a_zone_is_utc() -> None:
    assert from_iso("2025-10-16T07:00:00") == 1760598000


@pytest.mark.parametrize(
    "value",
    [
        None,
        1760598000,
        "",
        "soon",
        "2025-10-16",
        "20251016",
        "2025-13-40T00:00:00Z",
        "T",
        b"2025-10-16T07:00:00Z",
    ],
)
def test_other_text_is_not_an_instant(value: object) -> None:
    assert from_iso(value) is None


@given(st.integers(0, 4_000_000_000))
def test_formatted_instant_parses_back(at: int) -> None:
    assert from_iso(iso(at)) == at


@given(st.text() | st.datetimes().map(lambda d: d.isoformat()))
def test_from_iso_never_raises(text: str) -> None:
    assert from_iso(text) is None or isinstance(from_iso(text), float)


def test_edges_of_the_calendar_do_not_raise() -> None:
    assert from_iso("0001-01-01T00:00:00+14:00") is not None
    assert from_iso("9999-12-31T23:59:59-14:00") is not None


def test_day_has_24_hours_and_100_years_are_the_maximum() -> None:
    assert (MINUTE, HOUR, DAY) == (60, 3600, 86_400)
    assert in_words(86_399) == "23 h 59 min"
    assert parse_duration("36500d") == 36_500 * 86_400
    with pytest.raises(ValueError, match="more than a hundred years"):
        parse_duration("3153600001s")
