"""The tables of `tests/README.md` are true."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
LATER = {"with the scan", "with payments"}
_NAMED = re.compile(r"[\w/]+\.py::[\w:]+")


def flaws() -> dict[int, str]:
    """The last column of the table of flaws, by number."""
    rows = re.findall(r"^\| (\d+) \|.*\| (.+) \|$", (HERE / "README.md").read_text(), re.MULTILINE)
    return {int(number): tests for number, tests in rows}


def test_every_flaw_stands_in_the_table_with_its_tests_or_what_it_comes_with() -> None:
    table = flaws()
    assert list(table) == list(range(1, 37))
    for number, told in table.items():
        assert told in LATER or _NAMED.sub("", told).strip(", ") == "", number
    assert {n for n, told in table.items() if told in LATER} <= {18, 33}


def test_every_test_that_the_table_names_is_collected(request: pytest.FixtureRequest) -> None:
    named = {name for told in flaws().values() for name in _NAMED.findall(told)}
    collected = {
        f"{item.path.relative_to(HERE)}::{getattr(item, 'originalname', item.name)}"
        for item in request.session.items
        if item.get_closest_marker("slow") is None and item.get_closest_marker("skip") is None
    }
    # Where only some files are run, the others are read.
    files = {name.partition("::")[0] for name in named} - {name.partition("::")[0] for name in collected}
    assert named - collected - {name for file in files for name in defined(file)} == set()


def defined(file: str) -> Iterator[str]:
    for node in ast.parse((HERE / file).read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{file}::{node.name}"
