"""With --json every failure is the API's error object on stdout, one sentence on stderr, and an exit code."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run

USAGE = (
    ["watch", "show", "five", "--json"],
    ["watch", "add", "x", "--blow", "5", "--json"],
    ["watch", "add", "--json"],
    ["watch", "add", "x", "--json", "--below", "much"],
    ["watch", "add", "x", "--every", "5", "--json"],
    ["watch", "lst", "--json"],
    ["wath", "--json"],
    ["watch", "edit", "1", "--json"],
    ["watch", "pause", "--json"],
    ["watch", "import", "no.csv", "--json"],
    ["comps", "--json"],
    ["comps", "x", "--marketplace", "EBAY_XX", "--json"],
    ["explain", "x", "--json"],
    ["alerts", "list", "--limit", "0", "--json"],
    ["alerts", "silence", "--json"],
    ["alerts", "silence", "--all", "--for", "soon", "--reason", "x", "--json"],
    ["db", "restore", "no.db", "--json"],
    ["db", "copy", "--to", "x", "--json"],
    ["token", "revoke", "x", "--json"],
    ["user", "remove", "x", "--to", "y", "--delete", "--json"],
    ["user", "add", "", "--json"],
    ["demo", "--for", "x", "--json"],
)
FAILED = (
    ["watch", "show", "7"],
    ["watch", "edit", "7", "--below", "5"],
    ["watch", "pause", "7"],
    ["watch", "resume", "7"],
    ["watch", "remove", "7"],
    ["watch", "export", "no/such/place.json"],
    ["explain", "7"],
    ["alerts", "show", "nothing"],
    ["alerts", "ack", "nothing"],
    ["alerts", "reject", "nothing"],
    ["alerts", "unsilence", "nothing"],
    ["alerts", "silence", "nothing", "--for", "1h", "--reason", "x"],
    ["db", "downgrade", "9999"],
    ["db", "backup", "no/such/place.db"],
    ["token", "revoke", "7"],
    ["user", "link", "stranger"],
    ["user", "remove", "stranger"],
    ["user", "sign-out", "stranger"],
)
CONFIGURED = (["watch", "list"], ["comps", "x"], ["status"], ["check"], ["db", "status"], ["token", "list"])


def check_error(run: Run, words: list[str], code: int) -> None:
    done = run(*words)
    error = done.json
    assert done.code == code
    assert set(error) == {"code", "message", "userMessage", "shouldRetry", "statusCode"}
    assert done.err.startswith("watcher: ")
    assert done.err.count("\n") == 1
    assert error["userMessage"]["message"].split(". ")[0].rstrip(".") in done.err


@pytest.mark.parametrize("words", USAGE, ids=" ".join)
def test_wrong_usage_is_an_error_object_and_exit_code_2(run: Run, words: list[str]) -> None:
    check_error(run, words, 2)


@pytest.mark.parametrize("words", FAILED, ids=" ".join)
def test_failure_is_an_error_object_and_exit_code_1(run: Run, database: Path, words: list[str]) -> None:
    del database
    check_error(run, [*words, "--json"], 1)


@pytest.mark.parametrize("words", CONFIGURED, ids=" ".join)
def test_refused_configuration_is_an_error_object_and_exit_code_78(
    run: Run, home: Path, words: list[str]
) -> None:
    (home / "config.toml").write_text("pollin = 1\n")
    check_error(run, [*words, "--json"], 78)


def test_market_without_credentials_is_an_error_object(run: Run) -> None:
    check_error(run, ["comps", "omega", "--json"], 78)


def test_bug_is_an_error_object_without_its_cause(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("watcher.config.load_settings", fail)
    check_error(run, ["status", "--json"], 1)


def test_json_after_two_dashes_is_a_word_of_the_query(run: Run) -> None:
    done = run("watch", "add", "--below", "much", "--", "x", "--json")
    assert (done.code, done.out) == (2, "")
