"""Silences and maintenance windows: their periods, what they match, and how they are parsed."""

from __future__ import annotations

import pytest

from watcher.core.errors import InvalidInput
from watcher.core.monitoring.silences import Silence, held_until, parse_silence, silenced
from watcher.core.times import DAY, HOUR, Instant, iso

NOW = Instant(1_750_000_000.0)
DRAFT = {"length": "2h", "author": "ann", "reason": "a new network"}


def silence(after: float = 0.0, lasts: float = HOUR, **matchers: object) -> Silence:
    return Silence("s", Instant(NOW + after), Instant(NOW + after + lasts), "ann", "why", **matchers)  # type: ignore[arg-type]  # fields of a test


def refusal(**draft: str) -> str:
    with pytest.raises(InvalidInput) as refused:
        parse_silence(DRAFT | draft, NOW)
    return str(refused.value)


def test_a_silence_includes_its_first_instant_but_not_its_last() -> None:
    window = silence(after=60)
    assert window.until(Instant(NOW + 59)) is None
    assert window.until(Instant(NOW + 60)) == NOW + 60 + HOUR
    assert window.until(Instant(NOW + 60 + HOUR)) is None


def test_a_repeated_window_applies_each_time() -> None:
    window = silence(every=DAY)
    assert window.until(Instant(NOW + 3 * DAY + HOUR - 1)) == NOW + 3 * DAY + HOUR
    assert window.until(Instant(NOW + 3 * DAY + HOUR)) is None


def test_a_matcher_that_is_not_given_matches_everything() -> None:
    assert silenced([silence()], "ebay", "outage", NOW)
    assert silenced([silence(api="ebay")], "ebay", "latency", NOW)
    assert not silenced([silence(api="ebay")], "slack", "latency", NOW)
    assert not silenced([silence(symptom="outage")], "ebay", "latency", NOW)
    assert not silenced([silence(after=1)], "ebay", "outage", NOW)


def test_a_silence_of_a_watch_applies_to_alerts_not_to_incidents() -> None:
    of_watch = silence(watch=7)
    assert not silenced([of_watch], "ebay", "outage", NOW)
    assert held_until([of_watch], 7, NOW) == NOW + HOUR
    assert held_until([of_watch, silence()], 8, NOW) is None


def test_the_longest_of_several_silences_of_a_watch_counts() -> None:
    several = [silence(watch=7), silence(lasts=DAY, watch=7), silence(after=DAY, lasts=DAY, watch=7)]
    assert held_until(several, 7, NOW) == NOW + DAY


def test_typed_fields_are_parsed_into_a_silence_from_now_on() -> None:
    parsed = parse_silence(DRAFT | {"api": " eBay ", "symptom": "outage"}, NOW)
    assert (parsed.starts_at, parsed.ends_at, parsed.author, parsed.reason) == (
        NOW,
        NOW + 2 * HOUR,
        "ann",
        "a new network",
    )
    assert (parsed.api, parsed.symptom, parsed.watch, parsed.every) == ("ebay", "outage", None, None)
    assert parse_silence(DRAFT | {"watch": "7"}, NOW).watch == 7
    assert parse_silence(DRAFT | {"api": "watcher-berlin"}, NOW).api == "watcher-berlin"


def test_a_maintenance_window_starts_at_an_instant_and_repeats() -> None:
    start = Instant(NOW - 30 * DAY)
    parsed = parse_silence(DRAFT | {"everything": "yes", "start": iso(start), "every": "7d"}, NOW)
    assert (parsed.starts_at, parsed.ends_at, parsed.every) == (start, start + 2 * HOUR, 7 * DAY)


@pytest.mark.parametrize(
    ("draft", "words"),
    [
        ({}, "Choose what to silence"),
        ({"everything": "yes", "api": "ebay"}, "omit the other matchers"),
        ({"watch": "7", "symptom": "outage"}, "either to a watch or to incidents"),
        ({"api": "amazon"}, 'Unknown API "amazon"; choose from ebay'),
        ({"symptom": "sadness"}, 'Unknown symptom "sadness"; choose from outage'),
        ({"api": "ebay", "every": "2h"}, '"every" must be longer than "for"'),
        ({"api": "ebay", "author": " "}, '"by"'),
        ({"api": "ebay", "reason": ""}, '"reason"'),
        ({"api": "ebay", "start": iso(Instant(NOW - DAY))}, "already have ended"),
        ({"api": "ebay", "start": "tomorrow"}, '"tomorrow" is not a time'),
        ({"api": "ebay", "length": "0s"}, "longer than zero"),
        ({"api": "ebay", "length": "a while"}, "a while"),
    ],
)
def test_an_invalid_silence_is_refused_with_a_hint(draft: dict[str, str], words: str) -> None:
    assert words in refusal(**draft)


def test_different_silences_have_different_ids() -> None:
    drafts = [{"api": "ebay"}, {"api": "slack"}, {"api": "ebay", "symptom": "outage"}, {"watch": "7"}]
    silences = [parse_silence(DRAFT | d, Instant(NOW + wait)) for d in drafts for wait in (0, 1)]
    assert len({s.id for s in silences}) == len(silences)
