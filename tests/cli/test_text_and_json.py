"""Text and --json of every command say the same: each figure of one is in the other."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cli.conftest import Run
from watcher.cli.printing import printable, time_words
from watcher.core.times import from_iso, in_words

# A number as people read it: an amount, a count, a part of a time or of a name.
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
# Durations count from now, so they are not fields; the length of a rule's target is.
_DURATION = re.compile(r"\b\d+ (?:s|min|h|d)\b(?: \d+ (?:s|min|h|d)\b)?")
# The fields of a command's JSON that its text does not show, with the reason.
COMMANDS: dict[str, tuple[str, dict[str, str]]] = {
    "watch list": (
        "watch list",
        {
            "query": "the label replaces it",
            "category exclude buying minFeedback fromCountry marketplace unknownShipping certainty": "show",
            "every tag user": "show",
            "told": "show",
            "rejected precision createdAt firstPolledAt lastPolledAt nextPollAt warnings": "show",
            "sellers priority": "show",
            "cadenceSeconds": "in words",
            "silenced": "only its end, `watch show` has the rest",
        },
    ),
    "watch show": (
        "watch show 1",
        {
            "firstPolledAt lastPolledAt": "as an age",
            "cadenceSeconds every": "in words",
            "alerts": "the newest ones, `alerts show` has their fields",
            "told": "once an item is rejected",
            "rejected precision": "once an item is rejected",
            "lateness": "once a match counts",
            "promise": "rounded, in a sentence",
            "label": "the title of the page",
        },
    ),
    "watch show, silenced": (
        "watch show 2",
        {
            "firstPolledAt lastPolledAt cadenceSeconds": "in words",
            "id": "the silence's",
            "told lateness": "none",
            "promise": "rounded, in a sentence",
        },
    ),
    "comps": (
        "comps zenitar mk2 camera",
        {
            "query category condition marketplace currency": "the question",
            "spread byCondition humps groups p25 p75": "with enough listings",
            "itemId confidence source api stale ageSeconds fetchedAt expiresAt": "in words",
            "dropped accuracy observed": "counted by reason",
            "price shipping": "in the total",
            "basis": "in words",
        },
    ),
    "token list": ("token list", {"admin": "yes or empty"}),
    "user list": ("user list", {"createdAt": "people have their own date", "person admin": "in words"}),
    "alerts list": (
        "alerts list",
        {
            "items comps rule target name searchUrl more market receipt": "show",
            "sentAt error user fetchedAt dropped": "show",
        },
    ),
    "alerts show": (
        "alerts show ALERT",
        {
            "searchUrl image interval query condition category marketplace user": "the watch",
            "receipt": "its own words; the items that are kept and dropped are listed",
            "basis currency source fetchedAt sentAt": "in words",
            "itemId": "in its address",
            "url": "without its parameters",
            "confidence doubt": "only of what is not sure",
            "onset": "in words",
        },
    ),
    "silences": ("alerts silences", {"holds everything symptom api": "in words"}),
    "db status": ("db status", {}),
}


def fields(value: Any, hidden: set[str], name: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the values that the text has to show."""
    if name in hidden:
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from fields(inner, hidden, key)
    elif isinstance(value, list):
        for inner in value:
            yield from fields(inner, hidden, name)
    elif value is not None and not isinstance(value, bool) and value != "":
        yield name, value


def forms(value: Any) -> list[str]:
    """Return the ways in which a text may write a value."""
    if isinstance(value, str) and from_iso(value) is not None:
        return [time_words(value), time_words(value, seconds=True)]
    if isinstance(value, int | float):
        return [str(value), f"{value:,}", in_words(value)]
    return [printable(value), str(value).partition("?")[0]]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_field_of_the_json_is_in_the_text(run: Run, filled: str, name: str) -> None:
    command, left_out = COMMANDS[name]
    words = command.replace("ALERT", filled).split()
    text, value = run(*words), run(*words, "--json").json
    hidden = {field for names in left_out for field in names.split()}
    shown = text.out + text.err
    missing = [(field, v) for field, v in fields(value, hidden) if not any(f in shown for f in forms(v))]
    assert not missing


@pytest.mark.parametrize("name", COMMANDS)
def test_every_figure_of_the_text_is_in_the_json(run: Run, filled: str, name: str) -> None:
    words = COMMANDS[name][0].replace("ALERT", filled).split()
    text, value = run(*words), run(*words, "--json")
    known = value.out + " ".join(f for _, v in fields(value.json, set()) for f in forms(v))
    known += f" {json.dumps(counts(value.json))}"
    figures = _NUMBER.findall(_DURATION.sub("", text.out))
    assert figures, "a text without figures proves nothing"
    missing = [f for f in figures if f not in known and f.replace(",", "") not in known]
    assert not missing


def counts(value: Any) -> list[int]:
    """Return the length of every list: a text may count what the JSON lists."""
    if isinstance(value, dict):
        return [n for inner in value.values() for n in counts(inner)]
    if isinstance(value, list):
        return [len(value), *(n for inner in value for n in counts(inner))]
    return []
