"""Tables that fit a terminal, and lines that are wrapped at its width."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.cli.tables import draw_table
from watcher.cli.wrapping import display_width, wrap_text

LABELS = (
    "a gift for my brother, who collects everything that was made before 1975",
    "漢字の長いラベルで、間に空白がないもの、それでも読めるように折り返す",
    "e\u0301te\u0301 a\u0300 la plage e\u0301te\u0301 a\u0300 la plage e\u0301te\u0301 a\u0300 la plage",
    "Donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunterbeamtengesellschaft",
    "x",
)
# The most demanding rows of each table of the commands: their headers, a row, and the numeric columns.
TABLES = {
    "watch list": (
        ("id", "watch", "rule", "condition", "every", "to", "state"),
        (
            "1204",
            "LABEL",
            "median-below 1200.00 USD",
            "refurbished",
            "2 h 5 min",
            "#bargains-of-today",
            "polled 13 min ago; eBay is temporarily busy",
        ),
        "id",
    ),
    "alerts list": (
        ("id", "made", "watch", "what", "message"),
        (
            "gqllnfbtqy",
            "2026-11-29 11:05 UTC+05:30",
            "1204",
            "112.00 USD LABEL (+4 more)",
            "pending to slack",
        ),
        "watch",
    ),
    "incidents": (
        ("incident", "began", "of", "now", "what"),
        (
            "a1b2c3d4e5",
            "2026-11-29 11:05 CET",
            "serpapi failure-rate",
            "firing, acknowledged by someone, silenced",
            "eBay: 31 of 40 calls failed in 5 min (limit 10 %), LABEL",
        ),
        "",
    ),
    "watch show": (
        ("alert", "made", "message", "why"),
        ("gqllnfbtqy", "2026-11-29 11:05 CET", "pending", "LABEL is at most 75.00 USD"),
        "",
    ),
    "comps": (
        ("total", "condition", "title"),
        ("1,234.00 USD", "Certified - Refurbished", "LABEL\nhttps://www.ebay.com/itm/123456789012"),
        "total",
    ),
    "receipt": (("reason", "detail", "dropped"), ("accessory", "the title says box only", "LABEL"), ""),
    "silences": (
        ("id", "what", "when", "now", "why"),
        (
            "a1b2c3d4",
            "price alerts of watch 1204",
            "2026-11-29 11:05 CET to 2026-12-29 11:05 CET, repeated every 90d",
            "planned",
            "someone: LABEL",
        ),
        "",
    ),
    "tokens": (
        ("id", "user", "admin", "created", "revoked"),
        ("12", "LABEL", "yes", "2026-11-29 11:05 CET", "2026-11-29 11:05 CET"),
        "id",
    ),
    "status": (
        ("api", "status", "ok", "failed", "rate", "p50 / p95", "last error"),
        (
            "serpapi",
            "no recent calls",
            "123456",
            "123456",
            "100.0 %",
            "12345 / 12345 ms",
            "EBAY_RATE_LIMIT: LABEL",
        ),
        "ok failed rate",
    ),
    "demo": (
        ("query", "listings", "n", "low", "median", "high", "unknown shipping", "auctions", "groups"),
        ("LABEL", "200", "143", "1200.00", "1350.00", "19000.00", "12", "8", "3"),
        "listings n low median high auctions groups",
    ),
}


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("table", TABLES)
def test_table_fits_and_no_column_is_lost_or_squeezed(table: str, label: str, width: int) -> None:
    columns, cells, right = TABLES[table]
    row = tuple(cell.replace("LABEL", label) for cell in cells)
    lines = draw_table(
        columns, [row, row], [name in right.split() for name in columns], width=width, rule="-"
    )
    assert all(display_width(line) <= width for line in lines)
    shown = "".join("\n".join(lines).split())
    for name, cell in zip(columns, row, strict=True):
        for word in (*name.split(), *cell.split()):
            assert is_shown(word, shown, lines), (name, word)
    if columns[1] not in lines[0]:  # a line per column
        assert [line.split()[0] for line in lines[: len(lines) // 2] if line[:1].strip()] == [
            name.split()[0] for name in columns
        ]
        return
    starts = [lines[0].index(name.split()[0]) for name in columns]
    ends = [*starts[1:], width + 2]
    for name, cell, start, end in zip(columns, row, starts, ends, strict=True):
        if name not in right.split():
            assert end - start - 2 >= min(10, display_width(cell)), name


def is_shown(word: str, shown: str, lines: list[str]) -> bool:
    """Return whether a word is on one line, or if it is longer than a column, at least its beginning is."""
    if display_width(word) <= 10:
        return any(word in line for line in lines)
    return word[:4] in shown


def test_short_words_are_not_broken() -> None:
    columns, cells, right = TABLES["alerts list"]
    lines = draw_table(columns, [cells], [name in right.split() for name in columns], width=80, rule="-")
    words = " ".join(lines).split()
    assert all(word in words for cell in cells for word in cell.split())


def test_narrow_terminal_gets_a_line_per_column() -> None:
    lines = draw_table(
        ("id", "title"), [("1", "omega speedmaster"), ("2", "x")], [True, False], width=14, rule="-"
    )
    assert lines == ["id     1", "title  omega", "       speedma", "       ster", "", "id     2", "title  x"]


def test_line_is_wrapped_between_words_and_keeps_its_indent() -> None:
    assert wrap_text("  a text of some words", 12) == ["  a text of", "some words"]
    assert wrap_text("  a text of some words", 12, indent=2) == ["  a text of", "  some words"]
    assert wrap_text("name    a value of some words", 16, indent=8) == [
        "name    a value",
        "        of some",
        "        words",
    ]


def test_command_in_backticks_is_not_broken() -> None:
    assert wrap_text("Now run `watcher alerts list` there.", 24) == [
        "Now run",
        "`watcher alerts list`",
        "there.",
    ]


def test_address_longer_than_the_line_is_left_whole() -> None:
    address = "https://www.ebay.com/itm/123456789012"
    assert wrap_text(f"See {address} now", 20, fold=False) == ["See", address, "now"]
    assert wrap_text(address, 22) == ["https://www.ebay.com/", "itm/123456789012"]


def test_text_without_spaces_is_folded_between_characters() -> None:
    assert wrap_text("漢字漢字漢字", 5) == ["漢字", "漢字", "漢字"]
    assert wrap_text("e\u0301" * 5, 3) == ["e\u0301" * 3, "e\u0301" * 2]


@given(st.text("ab `-/漢é\u0301🎉.", max_size=60), st.integers(4, 40), st.integers(0, 50))
def test_any_text_fits_its_width_and_loses_nothing(text: str, width: int, indent: int) -> None:
    lines = wrap_text(text, width, indent=indent)
    assert all(display_width(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())
