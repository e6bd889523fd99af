"""Silences and maintenance windows: when they hold, what they are about, and what a person may write."""

from __future__ import annotations

import pytest

from watcher.core.errors import InvalidInput
from watcher.core.monitoring.silences import Silence, held_until, parse_silence, silenced
from watcher.core.times import DAY, HOUR, Instant, iso

NOW = Instant(1_750_000_000.0)
WRITTEN = {"length": "2h", "author": "ann", "reason": "a new network"}


def silence(after: float = 0.0, lasts: float = HOUR, **about: object) -> Silence:
    return Silence("s", Instant(NOW + after), Instant(NOW + after + lasts), "ann", "why", **about)  # type: ignore[arg-type]  # a test's own fields


def refusal(**draft: str) -> str:
    with pytest.raises(InvalidInput) as refused:
        parse_silence(WRITTEN | draft, NOW)
    return str(refused.value)


def test_a_silence_holds_from_its_first_instant_up_to_its_last() -> None:
    window = silence(after=60)
    assert window.until(Instant(NOW + 59)) is None
    assert window.until(Instant(NOW + 60)) == NOW + 60 + HOUR
    assert window.until(Instant(NOW + 60 + HOUR)) is None
    assert not window.past(Instant(NOW + 59 + HOUR))
    assert window.past(Instant(NOW + 60 + HOUR))


def test_a_window_that_returns_holds_each_time_and_is_never_past() -> None:
    window = silence(every=DAY)
    assert window.until(Instant(NOW + 3 * DAY + HOUR - 1)) == NOW + 3 * DAY + HOUR
    assert window.until(Instant(NOW + 3 * DAY + HOUR)) is None
    assert not window.past(Instant(NOW + 365 * DAY))


def test_what_a_silence_does_not_name_it_is_about_all_the_same() -> None:
    assert silenced([silence()], "ebay", "outage", NOW)
    assert silenced([silence(api="ebay")], "ebay", "latency", NOW)
    assert not silenced([silence(api="ebay")], "slack", "latency", NOW)
    assert not silenced([silence(symptom="outage")], "ebay", "latency", NOW)
    assert not silenced([silence(after=1)], "ebay", "outage", NOW)


def test_a_silence_of_a_watch_is_about_its_alerts_and_no_incident() -> None:
    of_watch = silence(watch=7)
    assert not silenced([of_watch], "ebay", "outage", NOW)
    assert held_until([of_watch], 7, NOW) == NOW + HOUR
    assert held_until([of_watch, silence()], 8, NOW) is None


def test_of_several_silences_of_a_watch_the_longest_counts() -> None:
    several = [silence(watch=7), silence(lasts=DAY, watch=7), silence(after=DAY, lasts=DAY, watch=7)]
    assert held_until(several, 7, NOW) == NOW + DAY


def test_what_a_person_writes_becomes_a_silence_from_now_on() -> None:
    made = parse_silence(WRITTEN | {"api": " eBay ", "symptom": "outage"}, NOW)
    assert (made.starts_at, made.ends_at, made.author, made.reason) == (
        NOW,
        NOW + 2 * HOUR,
        "ann",
        "a new network",
    )
    assert (made.api, made.symptom, made.watch, made.every) == ("ebay", "outage", None, None)
    assert parse_silence(WRITTEN | {"watch": "7"}, NOW).watch == 7
    assert parse_silence(WRITTEN | {"api": "watcher-berlin"}, NOW).api == "watcher-berlin"


def test_a_maintenance_window_begins_at_an_instant_and_returns() -> None:
    start = Instant(NOW - 30 * DAY)
    made = parse_silence(WRITTEN | {"everything": "yes", "start": iso(start), "every": "7d"}, NOW)
    assert (made.starts_at, made.ends_at, made.every) == (start, start + 2 * HOUR, 7 * DAY)


@pytest.mark.parametrize(
    ("draft", "said"),
    [
        ({}, "Choose what to silence"),
        ({"everything": "yes", "api": "ebay"}, "omit the other matchers"),
        ({"watch": "7", "symptom": "outage"}, "either to a watch or to incidents"),
        ({"api": "amazon"}, 'Unknown API "amazon"; choose from ebay'),
        ({"symptom": "sadness"}, 'Unknown symptom "sadness"; choose from outage'),
        ({"api": "ebay", "every": "2h"}, "--every must be longer than --for"),
        ({"api": "ebay", "author": " "}, "--by"),
        ({"api": "ebay", "reason": ""}, "--reason"),
        ({"api": "ebay", "start": iso(Instant(NOW - DAY))}, "already have ended"),
        ({"api": "ebay", "start": "tomorrow"}, '"tomorrow" is not a time'),
        ({"api": "ebay", "length": "0s"}, "longer than zero"),
        ({"api": "ebay", "length": "a while"}, "a while"),
    ],
)
def test_what_is_no_silence_is_refused_with_what_to_write(draft: dict[str, str], said: str) -> None:
    assert said in refusal(**draft)


def test_two_silences_that_differ_have_names_that_differ() -> None:
    drafts = [{"api": "ebay"}, {"api": "slack"}, {"api": "ebay", "symptom": "outage"}, {"watch": "7"}]
    made = [parse_silence(WRITTEN | d, Instant(NOW + wait)) for d in drafts for wait in (0, 1)]
    assert len({s.id for s in made}) == len(made)
