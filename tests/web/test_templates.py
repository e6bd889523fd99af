"""The templates of pages: small enough for a designer to read, and without logic of their own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TEMPLATES = Path("watcher/web/pages/templates")
MOST_LINES = 120
STATEMENTS = frozenset(("extends", "block", "from", "include", "if", "elif", "else", "for", "call", "macro"))
MACROS = {"macros.html", "status_parts.html"}
_STATEMENT = re.compile(r"\{%-?\s*(\w+)")
_IMPORT = re.compile(r"\{%-?\s*from\s+\"([^\"]+)\"")


@pytest.mark.parametrize("path", sorted(TEMPLATES.glob("*.html")), ids=lambda path: path.name)
def test_a_template_is_short_and_only_chooses_and_repeats(path: Path) -> None:
    text = path.read_text()
    used = {name for name in _STATEMENT.findall(text) if not name.startswith("end")}
    assert len(text.splitlines()) <= MOST_LINES
    assert used <= STATEMENTS
    assert ("macro" in used) is (path.name in MACROS)
    assert set(_IMPORT.findall(text)) <= MACROS
    assert not re.search(r"<style|<script(?! type=\"module\")|\sstyle=|\son\w+=", text)
