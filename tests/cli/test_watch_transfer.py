"""`watcher watch import` and `export`: all or none, bad rows with their lines, and round trips."""

from __future__ import annotations

import io
import json
import os
import sqlite3
import sys
import threading
from contextlib import closing, redirect_stderr
from pathlib import Path

import pytest

from tests.cli.conftest import Run, files
from watcher.cli import rich_output
from watcher.cli.runner import Setup, with_app


class Terminal(io.StringIO):
    """A stream that claims to be a terminal."""

    def isatty(self) -> bool:
        return True


GOOD = 'query,below,exclude\nomega,50,"box, strap only"\nrolex,60,\n'
BAD = "query,below\nomega,50\nrolex,much\n,5\n"


def listed(run: Run) -> list[str]:
    return [f"{w['query']}: {w['rule']}" for w in run("watch", "list", "--json").json["watches"]]


def write(home: Path, text: str | bytes, name: str = "in.csv") -> str:
    (home / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return name


def test_import_adds_every_row(run: Run, home: Path, database: Path) -> None:
    del database
    done = run("watch", "import", write(home, GOOD))
    assert (done.code, done.out, done.err) == (0, "Imported 2 watches.\n", "")
    assert listed(run) == ["omega: below 50.00 USD", "rolex: below 60.00 USD"]


def test_bad_row_is_reported_with_its_line_and_imports_nothing(run: Run, home: Path) -> None:
    done = run("watch", "import", write(home, BAD))
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines() == [
        'line 3: "much" is not an amount of money; write 50, 49.90, "50 USD" or "EUR 49.90".',
        "line 4: The query is missing: say what to search for.",
        "watcher: 2 rows are bad, so nothing was imported. --keep-going imports the 1 good row.",
    ]
    assert files(home) == {"in.csv"}, "not even a database"


def test_keep_going_imports_the_good_rows(run: Run, home: Path, database: Path) -> None:
    del database
    done = run("watch", "import", "--keep-going", write(home, BAD))
    assert (done.code, done.out) == (0, "Imported 1 watch; 2 bad rows skipped.\n")
    assert done.err.count("\n") == 2
    assert listed(run) == ["omega: below 50.00 USD"]


def test_keep_going_without_a_good_row_is_a_failure(run: Run, home: Path) -> None:
    done = run("watch", "import", "--keep-going", write(home, "query,below\nx,y\n"))
    assert done.code == 2
    assert done.err.endswith("watcher: 1 row is bad, so nothing was imported.\n")


def test_import_reports_as_json(run: Run, home: Path, database: Path) -> None:
    del database
    done = run("watch", "import", "--json", write(home, BAD))
    assert done.code == 2
    assert done.json["imported"] == 0
    assert [b["line"] for b in done.json["bad"]] == [3, 4]
    assert (done.json["code"], done.json["imported"]) == ("INVALID_INPUT", 0)
    assert done.json["userMessage"]["message"] in done.err
    assert run("watch", "import", "--json", "--keep-going", "in.csv").json["imported"] == 1


def test_only_the_first_of_many_bad_rows_are_shown(run: Run, home: Path) -> None:
    done = run("watch", "import", write(home, "query,below\n" + "x,y\n" * 1500))
    assert len(done.err.splitlines()) == 22
    assert "… and 1,480 more bad rows" in done.err


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "The file is empty."),
        (b"qurey\nx\n", 'The field "qurey" is not known. Did you mean "query"?'),
        (b"\x89PNG\r\n\x1a\n\xff\xfe", "in.csv is not UTF-8 text (line 1); save it as UTF-8."),
        ("query\nx\n".encode("utf-16"), "in.csv is not UTF-8 text (line 1); save it as UTF-8."),
        (b"query\nfine\n\xff\n", "in.csv is not UTF-8 text (line 3)"),
        (b'{"watches": ', "Line 1 is not JSON"),
    ],
)
def test_file_without_a_list_of_watches_is_refused(
    run: Run, home: Path, content: bytes, expected: str
) -> None:
    done = run("watch", "import", write(home, content))
    assert (done.code, done.out) == (2, "")
    assert expected in done.err
    assert done.err.count("\n") == 1
    assert files(home) == {"in.csv"}


def test_too_large_import_is_refused(run: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("watcher.cli.watch_transfer._MAX_FILE_BYTES", 1 << 20)
    done = run("watch", "import", write(home, b"query\n" + b"x\n" * (1 << 20)))
    assert (done.code, done.err) == (2, "watcher: in.csv is larger than 1 MB; import it in parts.\n")


def test_import_without_rows_is_not_a_failure(run: Run, home: Path) -> None:
    for text in ("query,below\n", '{"watches": []}'):
        done = run("watch", "import", write(home, text))
        assert (done.code, done.out) == (0, "The file contains no watches: nothing to import.\n")
    assert files(home) == {"in.csv"}


def test_imported_file_cannot_move_the_cursor(run: Run, home: Path) -> None:
    done = run("watch", "import", write(home, '[{"\\u001b[2Jquery": "x"}]', "in.json"))
    assert "\x1b" not in done.err
    assert "watch 1 of the file: The field" in done.err


def test_import_on_a_terminal_shows_its_progress(
    run: Run, home: Path, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del database
    monkeypatch.setenv("TERM", "xterm")
    write(home, "query\n" + "omega\n" * 2500)
    with redirect_stderr(Terminal()) as terminal:
        assert run("watch", "import", "in.csv").code == 0
    shown = terminal.getvalue()
    assert "Reading" in shown
    assert "2001/2501" in shown
    assert "Writing" in shown


def test_work_without_a_terminal_reports_its_progress_in_lines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(rich_output, "_LINE_SECONDS", 0.001)
    for total, line in ((5000, "Reading: 2,000 of 5,000"), (None, "Reading …")):
        shown = ""
        with rich_output.progress_bar("Reading", total) as advance:
            advance(2000)
            while f"{line}\n" not in shown:  # a suite's time limit ends it
                shown += capsys.readouterr().err
    assert not capsys.readouterr().out


def test_import_reads_standard_input(run: Run, database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del database
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(GOOD.encode())))
    assert run("watch", "import", "-").out == "Imported 2 watches.\n"


RICH = """query,category,condition,rule,exclude,buying,min_feedback,from_country,marketplace,label,user,paused
"omega ""moon"", 42mm",watches,used,below 3000,"for parts, box only",fixed,50,uk,EBAY_GB,Überraschung,ann,yes
a|b,,,deal 12.5%,single,,,,,,,no
iphone 13,electronics,new,ending 15m 50,"one phrase,",auction,0,,,,,
"""
MORE = """query,unknown_shipping,every,tag,certainty,priority,sellers
rolex,GBP 12.50,90m,t,sure,high,"-a-,Two_2"
seiko,skip,,,,low,one
"""


def test_export_is_imported_identically(run: Run, home: Path, database: Path, empty_database: Path) -> None:
    for text in (RICH, MORE):
        assert run("watch", "import", write(home, text)).code == 0
    before = run("watch", "export")
    assert before.err == ""
    (home / "all.json").write_text(before.out)
    database.write_bytes(empty_database.read_bytes())
    assert run("watch", "import", "all.json").code == 0
    assert run("watch", "export").out == before.out
    rows = json.loads(before.out)["watches"]
    assert rows[0]["exclude"] == "for parts,box only"
    assert rows[1]["exclude"] == "single,"
    assert rows[0]["paused"] == "yes"


def test_exported_file_is_complete_or_missing(run: Run, home: Path, database: Path) -> None:
    del database
    run("watch", "import", write(home, GOOD))
    done = run("watch", "export", "out.json", "--json")
    assert (done.code, done.out, done.err) == (0, "", "Wrote 2 watches to out.json.\n")
    assert len(json.loads((home / "out.json").read_text())["watches"]) == 2
    assert files(home) == {"in.csv", "out.json", "watcher.db"}


def test_export_may_be_limited_to_a_user(run: Run, home: Path, database: Path) -> None:
    del database
    run("watch", "import", write(home, RICH))
    assert len(json.loads(run("watch", "export", "--user", "ann").out)["watches"]) == 1


def test_export_keeps_a_symbolic_link(run: Run, home: Path, database: Path) -> None:
    del database
    (home / "link.json").symlink_to("real.json")
    run("watch", "export", "link.json")
    assert (home / "link.json").is_symlink()
    assert (home / "real.json").exists()


def test_export_never_replaces_a_pipe_or_a_device(run: Run, home: Path, database: Path) -> None:
    del database
    os.mkfifo(home / "pipe")
    got: list[str] = []
    reader = threading.Thread(target=lambda: got.append((home / "pipe").read_text()))
    reader.start()
    assert run("watch", "export", "pipe").code == 0
    reader.join()
    assert json.loads(got[0]) == {"watches": []}
    assert (home / "pipe").is_fifo()


def test_export_to_an_unwritable_place_fails_in_one_line(run: Run, home: Path, database: Path) -> None:
    del database
    done = run("watch", "export", "no/where.json")
    assert (done.code, done.out) == (1, "")
    assert done.err == "watcher: no/where.json: could not be written: No such file or directory.\n"
    assert run("watch", "export", ".").code == 2
    assert files(home) == {"watcher.db"}


def test_files_that_commands_write_are_private_and_follow_no_link(
    run: Run, home: Path, database: Path
) -> None:
    del database
    run("watch", "add", "omega")
    victim = home / "victim"
    victim.write_text("mine")
    for name in ("out.json", "copy.db"):
        (home / f"{name}.partial").symlink_to(victim)
    assert run("watch", "export", "out.json").code == 0
    assert run("db", "backup", "copy.db").code == 0
    assert victim.read_text() == "mine"
    assert all((home / f"{name}.partial").is_symlink() for name in ("out.json", "copy.db"))
    assert {(home / name).stat().st_mode & 0o777 for name in ("out.json", "copy.db")} == {0o600}


def test_new_database_and_its_log_are_private(run: Run, home: Path) -> None:
    assert run("watch", "add", "omega").code == 0
    with closing(sqlite3.connect(home / "watcher.db")) as opened:
        opened.execute("BEGIN IMMEDIATE")
        opened.execute("UPDATE watches SET label = 'x'")
        opened.commit()
        modes = {p.name: p.stat().st_mode & 0o777 for p in home.glob("watcher.db*")}
    assert modes == {"watcher.db": 0o600, "watcher.db-wal": 0o600, "watcher.db-shm": 0o600}


DOUBTFUL = """query,below,marketplace,category
omega,$50,EBAY_CA,
rolex,50 EUR,EBAY_GB,
seiko,50,,wathces
seiko,50.00,,wathces
"""
DOUBTS = {
    2: "EBAY_CA prices in CAD, so a rule in USD can never alert; write the amount in CAD.",
    3: "EBAY_GB prices in GBP, so a rule in EUR can never alert; write the amount in GBP.",
    4: '"wathces" is not a known category',
    5: "It asks for the same as line 4: what they find in one poll comes in one message.",
}


def test_import_reports_the_doubts_about_each_line(run: Run, home: Path, database: Path) -> None:
    del database
    write(home, DOUBTFUL)
    done = run("watch", "import", "in.csv")
    assert (done.code, done.out) == (0, "Imported 4 watches.\n")
    for line, doubt in DOUBTS.items():
        assert f"line {line}: Note: {doubt}" in done.err


def test_import_lists_the_doubts_in_json_too(run: Run, home: Path, database: Path) -> None:
    del database
    write(home, DOUBTFUL)
    found = {w["line"]: w["warnings"] for w in run("watch", "import", "in.csv", "--json").json["warnings"]}
    assert list(found) == [2, 3, 4, 5]
    assert all(DOUBTS[line] in " ".join(doubts) for line, doubts in found.items())
    again = run("watch", "import", "in.csv", "--json").json["warnings"]
    assert "It asks for the same as watch 1:" in again[0]["warnings"][-1]
    assert "It asks for the same as watch 3, watch 4 and line 4:" in again[3]["warnings"][-1]


def test_note_about_json_names_rows_and_saved_watches_apart(run: Run, home: Path, database: Path) -> None:
    del database
    for query in ("rolex", "omega"):
        assert run("watch", "add", query).code == 0
    write(home, '[{"query": "seiko"}, {"query": "omega"}]', "in.json")
    done = run("watch", "import", "in.json")
    assert "watch 2 of the file: Note: It asks for the same as watch 2: " in done.err


def test_rule_beyond_the_kept_history_gets_a_note(run: Run, database: Path) -> None:
    del database
    done = run("watch", "add", "omega", "--rule", "low 400d")
    assert 'Note: Price history is kept for 365 d ([retention] history), so "low 400d"' in done.err


def test_import_of_an_export_keeps_the_rejected_items(run: Run, home: Path, database: Path) -> None:
    del database
    write(home, '[{"query": "omega", "rejected": ["v1|1|0"], "paused": true}]', "in.json")
    assert run("watch", "import", "in.json").code == 0
    assert run("watch", "export", "out.json").code == 0
    assert run("watch", "import", "out.json").code == 0
    assert [run("watch", "show", str(n), "--json").json["rejected"] for n in (1, 2)] == [1, 1]


def test_the_result_of_a_commands_work_is_not_written_out(home: Path) -> None:
    del home  # the configuration is looked for there
    written = []

    class Result:
        """As large as that of an import: to write it out would take as long as to make it."""

        def __repr__(self) -> str:
            written.append(self)
            return "a result"

    async def work(_app: object) -> Result:
        return Result()

    found = with_app(Setup(config=None, debug=False), work, with_database=False)
    assert isinstance(found, Result)
    assert not written
