"""Wrong usage gets one clear sentence and the right exit code, and creates nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run, files

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = ("run", "demo", "watch", "comps", "alerts", "status", "check", "db", "token", "user")


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["watch", "--help"], ["watch", "add", "-h"]])
def test_help_is_on_stdout_and_not_a_failure(run: Run, words: list[str]) -> None:
    done = run(*words)
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("Usage: watcher")


def test_help_lists_every_command_uncut(run: Run) -> None:
    assert all(f"\n  {command} " in run("--help").out for command in COMMANDS)
    for group in ("watch", "alerts", "db"):
        assert "..." not in run(group, "--help").out.partition("Commands:")[2]


def test_every_printing_command_accepts_json(run: Run) -> None:
    printing = [
        *(
            ["watch", v]
            for v in ["add", "list", "show", "edit", "pause", "resume", "remove", "import", "export"]
        ),
        *(["alerts", v] for v in ("list", "show", "reject", "ack", "silence", "silences", "unsilence")),
        *(["db", v] for v in ("status", "upgrade", "downgrade", "backup", "restore", "prune")),
        ["comps"],
        ["explain"],
        ["status"],
        ["check"],
    ]
    for words in printing:
        assert "--json" in run(*words, "--help").out, words


def test_missing_command_shows_the_help_and_is_wrong_usage(run: Run) -> None:
    for words in ([], ["watch"], ["db"]):
        done = run(*words)
        assert (done.code, done.out) == (2, "")
        assert done.err.startswith("Usage: watcher")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["wath"], 'There is no command "wath". Did you mean "watch"? See: watcher --help'),
        (["xyzzy"], 'There is no command "xyzzy". See: watcher --help'),
        (["watch", "lst"], 'There is no command "lst". Did you mean "list"? See: watcher watch --help'),
        (["watch", "ad"], 'There is no command "ad". Did you mean "add"? See: watcher watch --help'),
        (["alerts", "shw"], 'There is no command "shw". Did you mean "show"? See: watcher alerts --help'),
        (["db", "upgrad"], 'There is no command "upgrad". Did you mean "upgrade"? See: watcher db --help'),
        (
            ["watch", "add", "x", "--blow", "5"],
            'There is no option "--blow". Did you mean "--below"? See: watcher watch add --help',
        ),
        (
            ["--cofig", "x", "run"],
            'There is no option "--cofig". Did you mean "--config"? See: watcher --help',
        ),
        (["watch", "add"], "Missing argument 'QUERY...'. See: watcher watch add --help"),
        (
            ["watch", "add", "x", "--below"],
            "Option '--below' requires an argument.",
        ),
        (
            ["watch", "show", "five"],
            (
                "Invalid value for 'WATCH': \"five\" is not a watch number; "
                "`watcher watch list` shows them. See: watcher watch show --help"
            ),
        ),
        (
            ["alerts", "list", "--limit", "0"],
            "Invalid value for '--limit': 0 is not in the range 1<=x<=10000. See: watcher alerts list --help",
        ),
        (
            ["watch", "edit", "1"],
            "Give at least one field to change, like --below 45. See: watcher watch edit --help",
        ),
        (
            ["watch", "import", "no.csv"],
            "Invalid value for 'FILE': 'no.csv': No such file or directory. See: watcher watch import --help",
        ),
        (
            ["watch", "import", "."],
            "Invalid value for 'FILE': '.': Is a directory. See: watcher watch import --help",
        ),
    ],
)
def test_wrong_usage_is_one_sentence_and_exit_code_2(
    run: Run, home: Path, words: list[str], sentence: str
) -> None:
    done = run(*words)
    assert (done.code, done.out, done.err) == (2, "", f"watcher: {sentence}\n")
    assert files(home) == set()


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (["--below", "much"], '"much" is not an amount of money'),
        (["--rule", "belo 5"], '"belo 5" is not a rule'),
        (["--every", "5"], '"5" is not a duration'),
        (["--condition", "refurb"], '"refurb" is not a condition'),
        (["--marketplace", "EBAY_XX"], '"EBAY_XX" is not an eBay marketplace'),
        (["--to", "https://hooks.slack.com/services/T/B/x"], "URL is a secret"),
        (["--label", "caf\udce9"], "not text"),
        (["--below", "5", "--rule", "new"], "one rule"),
        (["--exclude", "x" * 10_000], "10000 characters"),
    ],
)
def test_wrong_value_is_refused_before_a_database_is_created(
    run: Run, home: Path, options: list[str], word: str
) -> None:
    done = run("watch", "add", "omega", *options)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("watcher: ")
    assert done.err.count("\n") == 1
    assert word in done.err
    assert files(home) == set()


@pytest.mark.parametrize("words", [["comps", "omega"], ["run"]])
def test_missing_credentials_are_refused_with_a_hint_at_the_demo(
    run: Run, home: Path, words: list[str]
) -> None:
    done = run(*words)
    assert (done.code, done.out) == (78, "")
    assert done.err.count("\n") == 1
    assert "client_id and client_secret" in done.err
    assert "`watcher demo`" in done.err
    assert files(home) == set()


def test_wrong_query_is_reported_before_missing_credentials(run: Run) -> None:
    assert run("comps", "*").code == 2
    assert run("comps", "omega", "--condition", "mint").code == 2


@pytest.mark.parametrize("words", [["status"], ["watch", "list"], ["check"], ["db", "upgrade"], ["run"]])
def test_refused_configuration_has_a_line_for_each_problem(run: Run, home: Path, words: list[str]) -> None:
    (home / "config.toml").write_text('pollin = 1\n[ebay]\nclientid = "x"\n[timeout]\ncomps = "soon"\n')
    done = run(*words)
    assert (done.code, done.out) == (78, "")
    assert done.err.splitlines() == [
        'watcher: config.toml: there is no key "pollin".',
        'watcher: config.toml: [ebay] has no key "clientid"; did you mean "client_id"?',
        (
            "watcher: config.toml: [timeout] comps must be a duration above 0, "
            'like "90s", "15m", "24h" or "7d", not "soon".'
        ),
    ]
    assert files(home) == {"config.toml"}


def test_missing_configuration_file_is_refused(run: Run) -> None:
    done = run("--config", "mine.toml", "status")
    assert (done.code, done.err) == (78, "watcher: mine.toml: the file does not exist.\n")
    assert run("--config", ".", "status").code == 78


def test_unexpected_error_is_one_line_and_with_debug_a_traceback(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("watcher.config.load_settings", fail)
    sentence = (
        "watcher: Something went wrong (ZeroDivisionError). This is a bug in watcher; "
        "repeat the command with `watcher --debug` to see where.\n"
    )
    assert run("status") == (1, "", sentence)
    debugged = run("--debug", "status")
    assert debugged.code == 1
    assert "Traceback (most recent call last):" in debugged.err
    assert debugged.err.endswith(sentence)


def test_ctrl_c_ends_a_command_with_one_word(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("watcher.config.load_settings", interrupt)
    assert run("status") == (130, "", "\nwatcher: stopped\n")


def test_help_imports_no_heavy_library() -> None:
    script = (
        "import sys; from watcher.cli import run_cli; code = run_cli(sys.argv[1:]);"
        "heavy = {'pydantic', 'sqlalchemy', 'httpx', 'aiohttp', 'rich', 'asyncio', 'alembic', 'msgspec'};"
        "sys.exit(', '.join(heavy & set(sys.modules)) or code)"
    )
    for words in (["--help"], ["watch", "--help"], ["watch", "add", "--help"], ["db", "--help"], ["wath"]):
        done = subprocess.run(
            [sys.executable, "-c", script, *words], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode in (0, 2), done.stderr
