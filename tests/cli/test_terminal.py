"""Every command on a terminal: nothing is wider than it, no column is lost, and no word is broken."""

from __future__ import annotations

import io
import re
import shlex
import sys

import pytest

from tests.cli.conftest import LABEL, Run
from watcher.cli import run_cli
from watcher.cli.wrapping import display_width

# The headers of the tables that a command prints.
COMMANDS: dict[str, tuple[tuple[str, ...], ...]] = {
    "watch list": (("id", "watch", "rule", "condition", "every", "to", "state"),),
    "watch show 1": (("alert", "made", "message", "why"),),
    "alerts list": (("id", "made", "watch", "what", "message"),),
    "alerts show ALERT": (("total", "condition", "kept"), ("reason", "detail", "dropped")),
    "alerts silences": (("id", "what", "when", "now", "why"),),
    "alerts reject ALERT": (),
    "comps zenitar mk2 camera": (
        ("n", "low", "p25", "median", "p75", "high"),
        ("total", "condition", "title"),
    ),
    "explain 1": (),
    "status": (("api", "status", "ok", "failed", "rate", "p50 / p95", "last error"),),
    "check": (),
    "token list": (("id", "user", "admin", "created", "revoked"),),
    "db status": (),
    "watch pause 1 2": (),
    "watch edit 1 --below '50 EUR'": (),
    "watch add zenitar mk2 camera --rule 'median-below 5'": (),
    "watch show 99": (),
}
# What is not broken, so that it can be copied: addresses, and commands in backticks.
_WHOLE = re.compile(r"https?://\S+|`[^`]+`|/\S+")


class Terminal(io.StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("command", COMMANDS)
def test_output_fits_the_terminal_without_losing_a_column(
    run: Run, filled: str, monkeypatch: pytest.MonkeyPatch, command: str, width: int
) -> None:
    words = shlex.split(command.replace("ALERT", filled))
    piped = run(*words)
    terminal = Terminal()
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setattr(sys, "stderr", terminal)
    assert run_cli(words) == piped.code
    lines = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", terminal.getvalue()).splitlines()
    assert lines
    assert [line for line in lines if display_width(_WHOLE.sub("", line)) > width] == []
    for header in COMMANDS[command]:
        if header == ("total", "condition", "title") and width == 120:
            header = (*header, "link")  # noqa: PLW2901 - a wide terminal has room for it
        assert any(line.split() == " ".join(header).split() for line in lines), header


def test_label_is_readable_in_the_list_of_watches(filled: str, monkeypatch: pytest.MonkeyPatch) -> None:
    del filled
    terminal = Terminal()
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(sys, "stdout", terminal)
    assert run_cli(["watch", "list"]) == 0
    words = terminal.getvalue().split()
    assert all(word in words for word in LABEL.split() if word.isascii())
