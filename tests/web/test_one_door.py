"""Every way of registering a watch gives the same watch, doubts and refusals for the same input."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest

from tests.fakes import FakeClock
from watcher.cli.options import given_options
from watcher.cli.watch_add import add as add_command
from watcher.core.countries import COUNTRY_CODES
from watcher.core.errors import WatcherError
from watcher.core.marketplaces import CURRENCIES
from watcher.core.watch_fields import FIELDS
from watcher.runtime import App
from watcher.watches.registry import Import

Verdict = str | dict[str, Any]
"""The sentence of a refusal, or the watch with its doubts."""

MONEY = [
    "50",
    "49.90",
    "1,250",
    "$50",
    "EUR 49.90",
    "50€",
    "US $50",
    "1.500",
    "12.000 USD",
    "49,90",
    "1.500,50",
]
MONEY += [
    "0",
    "-5",
    "1e3",
    "\u0665\u0660",
    "50 XYZ",
    "50 JPY",
    "1.5 JPY",
    "$50 EUR",
    "9" * 13,
    ".5",
    "5.",
    "free",
    "NaN",
]
DURATIONS = ["90s", "15m", "24h", "7d", "0s", "5", "15 m", "1.5h", "-5m", "\u0665m", "99999d", "1M", "soon"]
VALUES: dict[str, list[str]] = {
    "query": ["omega", "omega 3570.50", "Ölkanne", "漢字", "-band", "a*b", "x" * 100, "x" * 101, "€", "a|b"],
    "category": ["watches", "Watch", "toyz", "9355", "a|b", "trading cards", "x" * 81, "é", "-"],
    "condition": ["new", "NEW", "refurbished", "used", "any", "refurb", "1000", "neu"],
    "below": MONEY,
    "rule": [
        *(f"below {m}" for m in MONEY),
        *(f"median-below {m}" for m in MONEY[:9]),
        *(f"ending 15m {m}" for m in MONEY[:9]),
        *(f"low {d}" for d in DURATIONS),
        *(
            "new",
            "New",
            "new x",
            "deal 70%",
            "deal 0%",
            "deal 100%",
            "deal 70",
            "drop 15%",
            "drop \u0661\u0665%",
            "sale",
        ),
    ],
    "exclude": ["box", "box strap", "for parts, box only", "for parts,", ",,", "x" * 81, "a " * 101, "ü"],
    "buying": ["fixed", "auction", "ANY", "bid", "FIXED "],
    "min_feedback": ["0", "5", "007", "-1", "1.5", "\u0663", "1" * 10, "1e3", "+5", "many"],
    "from_country": [*sorted(COUNTRY_CODES)[::20], "uk", "UK", "EU", "XX", "USA", "ß", "D", "\uff24", "us "],
    "marketplace": [*sorted(CURRENCIES)[::6], "ebay_gb", "EBAY_UK", "EBAY_XX", "DE", "ebay"],
    "unknown_shipping": ["assume", "skip", "Assume", "lots", *MONEY],
    "certainty": ["sure", "likely", "Sure", "doubtful", "certain"],
    "every": DURATIONS,
    "priority": ["low", "normal", "high", "High", "urgent", "2"],
    "sellers": ["cards-4u", "A.b, c_d*", "x" * 64, "x" * 65, "two names", "a|b", "a,b;c", "ü", "a," * 251],
    "label": ["Gift", "x" * 80, "x" * 81, "🎁", "-", "0"],
    "tag": ["a", "x" * 80, "x" * 81, "a,b"],
    "to": ["slack", "#deals", "nowhere", "https://hooks.slack.com/x", "U012AB3CD", "-"],
    "user": ["local", "ann", "x" * 81, "Ann Lee"],
}
ODD = [
    "",
    " ",
    "\t\n",
    "\0",
    "a\0b",
    "\x1b[2J",
    "\u200b",
    "a\u200bb",
    "\u202e",
    "\u3164",
    "\ud800",
    "\x9b",
    "\ufeff",
]
ODD += [
    "\u0663",
    "½",
    "NaN",
    "null",
    "true",
    "[]",
    "'",
    '"',
    ";",
    "x" * 10_000,
    "=1+1",
    "\u2028",
    "a\rb",
    "e\u0301",
]
JSON_VALUES: list[object] = [None, True, False, 0, 5, -1, 1.5, 1.005, 50.0, 1e22, float("nan"), float("inf")]
JSON_VALUES += [10**30, [], ["a"], ["a", 1], ["a,b"], [None], {}, {"a": 1}, [[]], -0.0]


def drawn_texts(dice: random.Random, number: int) -> list[tuple[str, str]]:
    """Return fields with valid, invalid and odd texts."""
    found = []
    for _ in range(number):
        field = dice.choice(FIELDS)
        text = dice.choice(VALUES[field] if dice.random() < 0.7 else ODD)
        if dice.random() < 0.3:
            odd = dice.choice(ODD)
            changes: list[Callable[[str], str]] = [str.upper, str.lower, str.title, " {} ".format]
            changes += [f"{{}}{odd.replace('{', '').replace('}', '')}".format, _reversed]
            text = dice.choice(changes)(text)
        found.append((field, text))
    return found


def _reversed(text: str) -> str:
    return text[::-1]


def draft_of_text(field: str, text: str) -> dict[str, str]:
    return {"query": "omega", field: text}


async def registered(app: App, draft: Mapping[str, str]) -> Verdict:
    """Return the verdict on a draft; the watch is removed again."""
    try:
        watch = await app.registry.add(draft, app.clock.now())
    except WatcherError as refused:
        return str(refused)
    view = app.queries.view(watch)
    await app.registry.remove(watch.id, app.clock.now())
    return comparable(view)


def comparable(view: dict[str, Any]) -> Verdict:
    return {name: value for name, value in view.items() if name != "id"}


async def by_command_line(app: App, field: str, text: str) -> Verdict:
    options = [] if field == "query" else [f"--{field.replace('_', '-')}={text}"]
    query = text if field == "query" else "omega"
    parsed = add_command.make_context("add", [*options, "--", query]).params
    names = {name: parsed[name] for name in FIELDS if name != "query"}
    return await registered(app, {"query": " ".join(parsed["query"]), **given_options(names)})


async def imported(app: App, found: Import) -> Verdict:
    if found.bad:
        return found.bad[0].why
    (doubts,) = await app.queries.doubts_of_import(found.watches, found.names)
    try:
        (number,) = await app.registry.add_all(found.watches, app.clock.now())
    except WatcherError as refused:  # the name of a new user
        return str(refused)
    view = app.queries.view(app.registry.get(number))
    assert view["warnings"] == list(doubts)
    await app.registry.remove(number, app.clock.now())
    return comparable(view)


async def by_csv(app: App, field: str, text: str) -> Verdict:
    written = io.StringIO()
    writer = csv.writer(written, quoting=csv.QUOTE_ALL)
    draft = draft_of_text(field, text)
    # The second column keeps a row of empty cells from being skipped.
    writer.writerows([[*draft, "paused"], [*draft.values(), "no"]])
    return await imported(app, app.registry.read_import(written.getvalue()))


async def by_json(app: App, field: str, value: object) -> Verdict:
    rows = [{"query": "omega", field: value}]
    return await imported(app, app.registry.read_import(json.dumps({"watches": rows})))


async def by_api(client: httpx.AsyncClient, field: str, value: object) -> Verdict:
    humps = "".join(p.title() if i else p for i, p in enumerate(field.split("_")))
    body = json.dumps({"query": "omega", humps: value}).encode()
    answer = await client.post("/api/watches", content=body, headers={"Content-Type": "application/json"})
    view: dict[str, Any] = answer.json()
    if answer.status_code != 201:
        assert answer.status_code == 400, answer.text
        assert view["code"] in ("INVALID_INPUT", "MISSING_REQUIRED_FIELD")
        return str(view["message"])
    await client.delete(f"/api/watches/{view['id']}")
    return comparable(view)


async def compare_doors(app: App, client: httpx.AsyncClient, texts: int, seed: int) -> int:
    """Register each input in every way and compare; return how many inputs were accepted."""
    accepted = 0
    dice = random.Random(seed)
    for field, text in drawn_texts(dice, texts):
        expected = await registered(app, draft_of_text(field, text))
        accepted += isinstance(expected, dict)
        assert await by_command_line(app, field, text) == expected, (field, text)
        assert await by_csv(app, field, text) == expected, (field, text)
        assert await by_json(app, field, text) == expected, (field, text)
        if field != "user":  # the caller is the user
            assert await by_api(client, field, text) == expected, (field, text)
    for field in FIELDS:
        for value in JSON_VALUES:
            found = await by_json(app, field, value)
            assert found or value is None, (field, value)
            if field != "user":
                assert await by_api(client, field, value) == found, (field, value)
    return accepted


async def test_every_door_gives_the_same_verdict(app: App, client: httpx.AsyncClient) -> None:
    assert 25 < await compare_doors(app, client, 75, seed=1) < 65


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", range(2, 6))
async def test_every_door_gives_the_same_verdict_on_thousands(
    app: App, client: httpx.AsyncClient, clock: FakeClock, seed: int
) -> None:
    del clock
    assert await compare_doors(app, client, 1000, seed) > 300
