"""The lists of files and modules in coverage_gaps.py and mutants.py name existing files."""

from __future__ import annotations

from importlib.util import find_spec

from tests.conftest import ON_POSTGRES
from tests.quality.coverage_gaps import FULLY_COVERED
from tests.quality.mutants import ROOT, TESTS


def test_every_fully_covered_pattern_matches_a_file() -> None:
    assert [pattern for pattern in FULLY_COVERED if not list(ROOT.glob(pattern))] == []


def test_every_mutated_module_and_its_test_files_exist() -> None:
    assert [module for module in TESTS if find_spec(module) is None] == []
    files = {path.name for path in (ROOT / "tests").rglob("test_*.py")}
    names = {name for tests in TESTS.values() for name in tests.split()}
    assert {f"test_{name}.py" for name in names} - files == set()


def test_every_test_that_runs_on_postgres_exists() -> None:
    missing = [
        f"{file}::{name}"
        for file, names in ON_POSTGRES.items()
        for name in names
        if f"def {name}(" not in next((ROOT / "tests").rglob(file)).read_text(encoding="utf-8")
    ]
    assert missing == []
