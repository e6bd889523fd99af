"""Tables and sentences, free of control characters."""

from __future__ import annotations

import io
import json
import re
import sys
import unicodedata
from contextlib import redirect_stdout

import pytest

from tests.zones import machine_zone
from watcher.cli.printing import coloured, print_json, print_table, printable, say, time_words, with_times


class Terminal(io.StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)


def test_unsafe_characters_do_not_reach_a_terminal() -> None:
    assert printable("a\x1b[2Jb\r\nc\x9b\u202ed") == "a [2Jb  c d"
    assert printable("half \udce9, tag\U000e0041, zero\u200bwidth") == "half \ufffd, tag, zerowidth"
    assert printable("ünï · 漢字 🎉 it's") == "ünï · 漢字 🎉 it's"


def test_row_in_a_pipe_is_one_uncut_line(capsys: pytest.CaptureFixture[str]) -> None:
    print_table("", ("id", "title"), [(1, "x" * 300), (22, None), (3, "two\nlines")], "id")
    assert capsys.readouterr().out.splitlines() == [
        "id  title",
        " 1  " + "x" * 300,
        "22",
        " 3  two lines",
    ]


def test_wide_characters_in_a_pipe_take_two_columns(capsys: pytest.CaptureFixture[str]) -> None:
    print_table("T", ("a", "b"), [("漢字", 1), ("e\u0301", 2), ("abcd", 3)])
    assert capsys.readouterr().out.splitlines() == ["T", "a     b", "漢字  1", "e\u0301     2", "abcd  3"]


def test_table_without_rows_is_its_header(capsys: pytest.CaptureFixture[str]) -> None:
    print_table("", ("a", "b"), [])
    assert capsys.readouterr().out == "a  b\n"


def drawn(columns: tuple[str, ...], rows: list[tuple[object, ...]], right: str = "") -> str:
    with redirect_stdout(Terminal()) as terminal:
        print_table("", columns, rows, right)
    return terminal.getvalue()


def test_table_on_a_terminal_fits_and_shows_square_brackets() -> None:
    shown = drawn(("id", "title", "when"), [(1, "[red]" + "word " * 40, "2026-11-24T00:25:22Z")], "id")
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert max(map(len, plain.splitlines())) <= 80
    assert "[red]word" in plain
    assert "2026-11-24T00:25:22Z" in plain, "an instant is not broken"


def test_cell_may_have_several_lines() -> None:
    shown = drawn(("title",), [(("first", "second\x1b"),)])
    assert "first" in shown
    assert "second" in shown


def test_table_of_thousands_of_rows_is_not_drawn() -> None:
    assert drawn(("id",), [(n,) for n in range(5000)], "id").splitlines()[-1] == "4999"


def test_colour_needs_a_terminal_that_allows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with redirect_stdout(Terminal()):
        assert coloured("ok", "green") == "\x1b[32mok\x1b[0m"
        monkeypatch.setenv("NO_COLOR", "1")
        assert coloured("ok", "green") == "ok"
        monkeypatch.delenv("NO_COLOR")
        monkeypatch.setenv("TERM", "dumb")
        assert coloured("ok", "green") == "ok"


def test_pipe_gets_no_colour(capsys: pytest.CaptureFixture[str]) -> None:
    assert coloured("ok", "green") == "ok"
    del capsys


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1"])
def test_json_is_valid_in_any_encoding(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=encoding))
    print_json({"title": "漢字 ünï"})
    sys.stdout.flush()
    assert json.loads(raw.getvalue().decode("utf-8")) == {"title": "漢字 ünï"}


def test_json_shows_what_a_terminal_would_obey_or_hide(capsys: pytest.CaptureFixture[str]) -> None:
    unsafe = "\x00\x1b\x7f\x85\x9b\xad\u061c\u200b\u200d\u202e\u2028\u2029\u2066\ufeff\U000e0041\ud83d"
    value = {unsafe: ["漢字 ünï 🎉", unsafe]}
    print_json(value)
    shown = capsys.readouterr().out
    assert not [c for c in shown if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp", "Cs") and c != "\n"]
    assert "\\u202e" in shown
    assert "\\udb40\\udc41" in shown
    assert "漢字 ünï 🎉" in shown
    assert json.loads(shown) == value


def test_long_line_is_wrapped_on_a_terminal_only(capsys: pytest.CaptureFixture[str]) -> None:
    sentence = "Every word of this sentence is shown. " * 5
    with redirect_stdout(Terminal()) as terminal:
        say(sentence)
    lines = terminal.getvalue().splitlines()
    assert max(map(len, lines)) <= 80
    assert " ".join(line.strip() for line in lines).split() == sentence.split()
    say(sentence)
    assert capsys.readouterr().out == f"{sentence}\n"


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("UTC", "2026-11-24 00:25 UTC"),
        ("Europe/Berlin", "2026-11-24 01:25 CET"),
        ("America/Los_Angeles", "2026-11-23 16:25 PST"),
        ("Asia/Kolkata", "2026-11-24 05:55 IST"),
        ("America/Sao_Paulo", "2026-11-23 21:25 UTC-03:00"),
    ],
)
def test_times_are_shown_in_the_local_zone(zone: str, shown: str) -> None:
    with machine_zone(zone):
        assert time_words("2026-11-24T00:25:22Z") == shown
        assert with_times("since 2026-11-24T00:25:22Z.") == f"since {shown[:16]}:22{shown[16:]}."
