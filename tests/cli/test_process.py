"""The command as a process: closed pipes, full disks, and no traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.forks import Started

ROOT = Path(__file__).resolve().parents[2]


def watcher(*words: str, stdout: int | None = None) -> subprocess.CompletedProcess[str]:
    return Started("-m", "watcher", *words, stdout=stdout).finish()


def test_closed_pipe_is_not_a_failure(run: Run, home: Path, database: Path) -> None:
    del database
    (home / "in.csv").write_text("query\n" + "omega, of which there are enough to fill a pipe\n" * 2000)
    run("watch", "import", "in.csv")
    for words in ("watch export", "--help"):
        out, into = os.pipe()
        os.close(out)
        try:
            done = watcher(*words.split(), stdout=into)
        finally:
            os.close(into)
        assert (done.returncode, done.stderr) == (0, ""), words


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
def test_unwritable_output_is_a_failure_in_one_line(home: Path, database: Path) -> None:
    del database
    for words in ("db upgrade", "--help"):
        with Path("/dev/full").open("w") as full:
            done = watcher(*words.split(), stdout=full.fileno())
        assert done.returncode == 1
        assert done.stderr.startswith("watcher: ")
        assert done.stderr.endswith("No space left on device.\n")
        assert done.stderr.count("\n") == 1


def test_closed_streams_do_not_prevent_the_work(run: Run, home: Path, database: Path) -> None:
    del database
    shell = f'exec "{sys.executable}" -m watcher watch add omega >&- 2>&-'
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    assert subprocess.run(["sh", "-c", shell], cwd=home, env=env, check=False).returncode == 0
    assert [w["query"] for w in run("watch", "list", "--json").json["watches"]] == ["omega"]


def test_output_in_a_pipe_does_not_depend_on_the_environment(run: Run, home: Path, database: Path) -> None:
    del database
    run("watch", "add", "ünïcode · 漢字")
    env = {"COLUMNS": "20", "TERM": "dumb", "FORCE_COLOR": "1", "LC_ALL": "C", "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-m", "watcher", "watch", "list"]  # a new Python, which reads its environment
    done = subprocess.run(words, cwd=home, env={**os.environ, **env}, stdout=subprocess.PIPE, check=False)
    assert done.stdout.decode("utf-8") == run("watch", "list").out


def test_debug_shows_a_traceback_without_secrets(run: Run, home: Path) -> None:
    (home / "config.toml").write_text(
        '[database]\nurl = "postgresql://me:correct-horse-battery@127.0.0.1:1/x"\n'
    )
    plain, debugged = run("watch", "list"), watcher("--debug", "watch", "list")
    assert (plain.code, debugged.returncode) == (1, 1)
    assert plain.err.startswith("watcher: We could not reach our database. Try again in 30 seconds. (conn")
    assert "Traceback (most recent call last):" in debugged.stderr
    assert debugged.stderr.endswith(plain.err)
    assert "correct-horse" not in debugged.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
@pytest.mark.parametrize("place", ["full", "closed"])
def test_token_that_cannot_be_shown_is_revoked(run: Run, home: Path, database: Path, place: str) -> None:
    del database
    if place == "full":
        with Path("/dev/full").open("w") as full:
            done = watcher("token", "create", stdout=full.fileno())
    else:
        out, into = os.pipe()
        os.close(out)
        done = watcher("token", "create", stdout=into)
        os.close(into)
    assert done.returncode == 1
    assert done.stderr.startswith("watcher: Token 1 could not be shown, so it is revoked: ")
    assert done.stderr.count("\n") == 1
    assert run("token", "list", "--json").json["tokens"][0]["revokedAt"]
