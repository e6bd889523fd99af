"""The tables of `tests/README.md` are true."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
README = HERE / "README.md"
PLANNED = {"planned, with the scan", "planned, with payments"}
_NAMED = re.compile(r"[\w/]+\.py::[\w:]+")


def flaws() -> dict[int, str]:
    """Return the last column of the table of flaws, by number."""
    rows = re.findall(r"^\| (\d+) \|.*\| (.+) \|$", README.read_text(), re.MULTILINE)
    return {int(number): tests for number, tests in rows}


def test_every_flaw_in_the_table_names_its_tests() -> None:
    table = flaws()
    assert list(table) == list(range(1, 37))
    for number, tests in table.items():
        assert tests in PLANNED or _NAMED.sub("", tests).strip(", ") == "", number
    assert {n for n, tests in table.items() if tests in PLANNED} <= {18, 33}


def test_every_test_named_in_a_table_is_collected(request: pytest.FixtureRequest) -> None:
    named = set(_NAMED.findall(re.sub(r"(?s).*## Flaws|## Faults of outside.*", "", README.read_text())))
    collected = {
        f"{item.path.relative_to(HERE)}::{getattr(item, 'originalname', item.name)}"
        for item in request.session.items
        if item.get_closest_marker("slow") is None and item.get_closest_marker("skip") is None
    }
    # If only some test files run, read the names from the others.
    files = {name.partition("::")[0] for name in named} - {name.partition("::")[0] for name in collected}
    assert named - collected - {name for file in files for name in defined(file)} == set()


def defined(file: str) -> Iterator[str]:
    for node in ast.parse((HERE / file).read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{file}::{node.name}"
