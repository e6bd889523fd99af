"""`watcher watch teach`: questions at a terminal, answers without one, and the offer of `watch add`."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.market.rows import summary
from tests.market.scripted import Scripted
from tests.market.server import MarketServer
from watcher.core.item_number import hashed_id

QUERY = "zenitar mk2"
ODD = "Zenitar mk2 camera lomo gravita"
Type = Callable[[str], io.StringIO]


class Terminal(io.StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def type_in(monkeypatch: pytest.MonkeyPatch) -> Type:
    """Return a function that types lines at a terminal, and returns what the terminal shows."""

    def type_lines(lines: str) -> io.StringIO:
        shown = Terminal()
        monkeypatch.setattr(sys, "stdin", Terminal(lines))
        monkeypatch.setattr(sys, "stdout", shown)
        monkeypatch.setenv("NO_COLOR", "1")
        monkeypatch.setenv("COLUMNS", "200")
        return shown

    return type_lines


@pytest.fixture
def unsure(market: MarketServer, goods: Scripted, database: Path) -> None:
    """A market with two listings that may or may not be the item."""
    del market, database
    plain = (summary(str(n), f"Zenitar mk2 camera {n}", f"{40 + n % 9}.00") for n in range(100, 160))
    goods.put(QUERY, *plain, *(summary(str(n), ODD, "43.00") for n in (201, 202)))


def test_answers_are_given_and_taken_back_without_a_terminal(run: Run, unsure: None) -> None:
    del unsure
    assert run("watch", "add", QUERY).code == 0
    asked = run("watch", "teach", "1")
    assert f"v1|201|0  {ODD}" in asked.out
    assert "kept now: hardly any other title says" in asked.out
    assert "Answer with `watcher watch teach 1 --same ITEM --different ITEM`." in asked.out
    done = run("watch", "teach", "1", "--different", "201")
    assert "60 listings are kept: 0 came in, 2 went. The median is 44.00 USD, as before." in done.out
    assert f"{hashed_id('v1|201|0')}  Something else: “gravita”, “lomo”." in done.out
    assert "Something else: “gravita”, “lomo”." in run("watch", "show", "1").out
    (answer,) = run("watch", "show", "1", "--json").json["taught"]
    assert (answer["answer"], answer["words"]) == ("different", ["gravita", "lomo"])
    back = run("watch", "teach", "1", "--forget", "201", "--json").json
    assert (back["kept"], back["added"], back["removed"], back["taught"]) == (62, 2, 0, [])
    again = run("watch", "teach", "1", "--json").json
    assert [row["itemId"] for row in again["questions"]] == ["v1|201|0"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--same", "999"), 'Item "999" is not in the last answer of watch 1'),
        (("--same", "x"), '"x" is not an item'),
        (("--same", "201", "--different", "201"), "An item is named twice"),
        (("--forget", "201"), "has no answer about item"),
    ],
)
def test_bad_answers_get_one_sentence(run: Run, unsure: None, words: tuple[str, ...], why: str) -> None:
    del unsure
    run("watch", "add", QUERY)
    refused = run("watch", "teach", "1", *words)
    assert (refused.code, len(refused.err.splitlines()), why in refused.err) == (2, 1, True)


def test_another_query_says_that_its_answers_are_taken_back(run: Run, unsure: None) -> None:
    del unsure
    run("watch", "add", QUERY)
    run("watch", "teach", "1", "--same", "201")
    assert "so they are taken back" not in run("watch", "edit", "1", "--below", "50").out
    assert "so they are taken back" in run("watch", "edit", "1", "--query", "zenitar mk3").out
    assert run("watch", "show", "1", "--json").json["taught"] == []


def test_a_terminal_is_asked_and_shows_what_changed(run: Run, unsure: None, type_in: Type) -> None:
    del unsure
    run("watch", "add", QUERY)
    shown = type_in("what\nd\n")
    run("watch", "teach", "1")
    text = shown.getvalue()
    assert "1 listing may or may not be the item" in text
    assert "Type s, d, q or nothing." in text
    assert "60 listings are kept: 0 came in, 2 went." in text


@pytest.mark.parametrize("typed", ["q\n", "\n", ""])
def test_nothing_typed_teaches_nothing(run: Run, unsure: None, type_in: Type, typed: str) -> None:
    del unsure
    shown = type_in(typed)
    assert run("watch", "add", QUERY).code == 0
    assert "Nothing is learned. `watcher watch teach 1` asks again." in shown.getvalue()


def test_adding_a_watch_asks_only_a_person(run: Run, unsure: None, type_in: Type) -> None:
    del unsure
    assert "may or may not" not in run("watch", "add", QUERY).out
    shown = type_in("s\n")
    assert run("watch", "add", QUERY).code == 0
    assert "62 listings are kept." in shown.getvalue()
    shown = type_in("")
    run("watch", "add", QUERY, "--json")
    assert "may or may not" not in shown.getvalue()
    run("watch", "add", QUERY, "--dry-run")
    assert "may or may not" not in shown.getvalue()


def test_a_market_without_doubt_asks_nothing(
    run: Run, market: MarketServer, type_in: Type, database: Path
) -> None:
    del market, database
    shown = type_in("")
    run("watch", "add", "zenitar mk2 camera")
    assert "may or may not" not in shown.getvalue()
    run("watch", "teach", "1")
    assert "Nothing is left to ask" in shown.getvalue()
