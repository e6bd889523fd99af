"""The measurements of `make house` on small samples."""

from __future__ import annotations

import ast
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.quality import house
from tests.quality.house import Module, first_paths, read_class, read_sections, single_implementations


def parse_module(source: str, name: str = "watcher/sample.py") -> Module:
    module = Module.__new__(Module)
    module.name, module.source, module.tree = name, source, ast.parse(source)
    return module


PROTOCOL = """
class Clock(Protocol):
    def now(self) -> float: ...
"""


@pytest.mark.parametrize(
    ("classes", "expected"),
    [
        ("", []),
        ("class Real:\n    def now(self): return 1.0\n", ["Real"]),
        ("class Other:\n    def later(self): return 1.0\n", []),
    ],
)
def test_a_protocol_with_fewer_than_two_implementations_is_listed(classes: str, expected: list[str]) -> None:
    found = single_implementations([parse_module(PROTOCOL + classes)])
    assert found == {"watcher/sample.py:2 Clock": expected}


def test_two_implementations_are_enough_and_may_inherit() -> None:
    classes = "class Base:\n    def now(self): return 1.0\nclass Derived(Base): ...\n"
    assert single_implementations([parse_module(PROTOCOL + classes)]) == {}


def test_parameters_of_an_implementation_must_have_the_same_names() -> None:
    protocol = read_class(ast.parse("class P(Protocol):\n    def get(self, key): ...").body[0], "here")
    for parameters, fits in (("key", True), ("key, more=1", True), ("*args", True), ("name", False)):
        code = f"class C:\n    def get(self, {parameters}): ..."
        assert house.implements(read_class(ast.parse(code).body[0], "here").members, protocol) is fits


def test_properties_and_attributes_implement_an_attribute() -> None:
    protocol = read_class(ast.parse("class P(Protocol):\n    name: str").body[0], "here")
    for code in (
        "class C:\n    name = 'x'",
        "class C:\n    def __init__(self):\n        self.name = 'x'",
        "class C:\n    @property\n    def name(self): ...",
    ):
        assert house.implements(read_class(ast.parse(code).body[0], "here").members, protocol)


def test_names_of_several_modules_are_found_without_commands_and_loggers() -> None:
    one = "log = 1\nLIMIT = 2\n@cli.command()\ndef show(): ...\n"
    two = "log = 1\nLIMIT: int = 3\ndef show(): ...\ndef _show(): ...\n"
    modules = [parse_module(one, "a.py"), parse_module(two, "b.py")]
    assert house.names_defined_twice(modules) == {"LIMIT": ["a.py", "b.py"]}


def test_only_imports_inside_functions_are_late() -> None:
    source = "import os\nif TYPE_CHECKING:\n    import re\ndef f():\n    import json\n"
    assert list(parse_module(source).late_imports()) == ["watcher/sample.py:5"]


def test_logical_lines_are_statements() -> None:
    assert parse_module('"""Text."""\n\nx = (\n    1\n)  # a comment\nif x: y = 2\n').logical_line_count == 3


def test_sections_end_with_the_next_heading_of_the_same_level() -> None:
    text = "## Recipes\n### A page\n1. `a.py`: x\n2. `b.py`\n### A rule\n- `c.py`\n## More\n- `d.py`\n"
    sections = read_sections(text, "recipe")
    assert sections == {"Recipes": [], "A page": ["1. `a.py`: x", "2. `b.py`"], "A rule": ["- `c.py`"]}


def test_paths_of_a_recipe_count_once_and_without_tests_and_docs() -> None:
    items = ["1. `watcher/a.py`", "2. `watcher/a.py`", "3. `tests/a.py`", "4. `docs/a.md`", "5. nothing"]
    assert first_paths(items) == ["watcher/a.py"]
    assert house.missing_files(["watcher/NAME.py", "watcher/no_such.py", "config.toml"]) == [
        "watcher/no_such.py"
    ]


def test_files_with_the_same_name_in_two_folders_are_found() -> None:
    paths = [Path("web/test_events.py"), Path("db/test_events.py"), Path("db/test_rows.py")]
    assert house.repeated_file_names(paths) == ("test_events.py",)


def test_a_broken_bound_is_an_exit_code_of_1_only_with_check(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    row = SimpleNamespace(figure="files", measured="9", bound="≤ 8", offenders=("a.py",))
    monkeypatch.setattr(house, "measure", lambda **_: [row])
    assert house.main([]) == 0
    assert "| files | 9 | ≤ 8 |" in capsys.readouterr().out
    assert house.main(["--check"]) == 1
    assert "a.py" in capsys.readouterr().out
