"""`watcher accuracy`, and the sentence about it beside medians."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.cli.conftest import QUERY, Run
from tests.market.server import MarketServer

WITHIN = {"5": [0.4, 0.3, 0.5], "10": [0.7, 0.6, 0.8], "20": [0.9, 0.8, 1.0]}
SENTENCE = "On 212 delistings of this category our median was 6 % off."


def know(database: Path, *categories: str, n: int = 212) -> None:
    """Store how wrong the medians of these categories were."""
    figures = {"n": n, "median": 0.061, "interval": [0.05, 0.07], "within": WITHIN}
    payload = {"kinds": {"gone": n}, "plain": figures, "corrected": None, "covered": None, "since": 1.75e9}
    with closing(sqlite3.connect(database)) as opened, opened:
        for category in categories:
            row = (category, "ask", n, json.dumps(payload), 1.76e9)
            opened.execute("INSERT INTO accuracy VALUES (?, ?, ?, ?, ?)", row)


def figures_of(run: Run, *words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run("accuracy", *words, "--json").out)["accuracy"]
    return found


def test_without_delistings_it_says_what_is_missing(run: Run, database: Path) -> None:
    del database
    assert "Nothing is known yet" in run("accuracy").out
    assert figures_of(run) == []


def test_each_category_has_a_row(run: Run, database: Path) -> None:
    know(database, "cards", "")
    lines = run("accuracy").out.splitlines()
    assert " ".join(lines[0].split()) == "category basis median n error interval 5% 10% 20%"
    assert " ".join(lines[1].split()) == "none ask as shown 212 6.1 % 5.0 % to 7.0 % 40.0 % 70.0 % 90.0 %"
    assert "424 comparable listings have left since 2025-06-15" in lines[-1]


def test_a_category_may_have_any_of_its_names(run: Run, database: Path) -> None:
    know(database, "cards", "shoes")
    (found,) = figures_of(run, "--category", "Card")
    assert (found["category"], found["n"], found["medianError"]) == ("cards", 212, 0.061)
    assert found["interval"] == [0.05, 0.07]
    assert found["within"]["5"] == {"share": 0.4, "interval": [0.3, 0.5]}
    assert found["since"] == "2025-06-15T15:06:40Z"
    assert figures_of(run, "--category", "tools") == []
    said = run("accuracy", "--category", "tools").out
    assert said == 'Nothing is known about the category "tools" yet; there are figures for cards, shoes.\n'


def test_comps_and_watches_say_how_wrong_medians_were(run: Run, market: MarketServer, database: Path) -> None:
    del market
    commands = (("comps", QUERY), ("watch", "add", QUERY, "--dry-run"), ("watch", "add", QUERY))
    for command in commands:
        assert "our median was" not in run(*command, "--category", "cards").out
    know(database, "cards")
    for command in commands:
        assert SENTENCE in run(*command, "--category", "cards").out.splitlines(), command
    found = json.loads(run("comps", QUERY, "--category", "cards", "--json").out)["comps"]
    assert (found["accuracy"], found["corrected"]) == ({"n": 212, "medianError": 0.061}, None)


def test_comps_show_the_corrected_median(run: Run, market: MarketServer, database: Path) -> None:
    del market
    run("watch", "add", QUERY)
    with closing(sqlite3.connect(database)) as opened, opened:
        (search,) = opened.execute("SELECT id FROM searches").fetchone()
        opened.execute(
            "INSERT INTO price_points (search_id, filters, at, basis, currency, n, corrected) "
            "VALUES (?, '', strftime('%s'), 'ask', 'USD', 7, 7650)",
            (search,),
        )
    assert "Corrected for what stays unsold, the median is $76.50." in run("comps", QUERY).out
