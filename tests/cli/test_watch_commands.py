"""`watcher watch`: add, list, show, edit, pause, resume and remove."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import QUERY, Run, configure, files
from tests.market.faults import Fault, FaultKind
from tests.market.server import MarketServer
from watcher.core.listing import CONDITION_IDS, Condition
from watcher.db.lock_file import LockFile
from watcher.db.sqlite import lock_path

GUESS = (
    "Looked at every minute; of bargains like this more than 99 % are still there when you hear of them. "
    "That is a guess from similar listings until enough of these have come and gone."
)


def test_first_watch_is_added_and_shows_its_cadence(run: Run, home: Path) -> None:
    done = run("watch", "add", "omega", "speedmaster", "--below", "50", "--category", "watch")
    assert done.code == 0
    assert done.out.splitlines()[:2] == [
        "Watch 1: omega speedmaster · below 50.00 USD · watches",
        f"{GUESS} Its alerts go to slack.",
    ]
    assert files(home) == {"watcher.db"}


def test_add_without_credentials_and_slack_names_what_is_missing(run: Run, database: Path) -> None:
    del database
    done = run("watch", "add", "omega")
    assert done.code == 0
    assert "Without eBay credentials the market cannot be searched" in done.out
    assert "`watcher demo`" in done.out
    assert "alerts wait in `watcher alerts list`" in done.out
    assert run("watch", "add", "omega", "--json").json["note"].startswith("Without eBay credentials")


def test_query_needs_no_quotes(run: Run, database: Path) -> None:
    del database
    run("watch", "add", "air", "jordan", "1", "--rule", "new")
    assert run("watch", "show", "1", "--json").json["query"] == "air jordan 1"


def test_add_shows_the_market_and_the_next_step(run: Run, market: MarketServer, database: Path) -> None:
    del market, database
    done = run("watch", "add", QUERY, "--below", "60")
    assert done.out.splitlines() == [
        "Watch 1: zenitar mk2 camera · below 60.00 USD",
        f"{GUESS} Its alerts go to slack.",
        (
            "Now: 7 asks from $50.00 to $110.00, median $80.00 "
            "(9 listings seen, 1 dropped, 1 with unknown shipping)."
        ),
        "3 of them satisfy the watch already, the best at $50.00: the first poll alerts at once.",
        "The daemon is not running: `watcher run` starts it.",
    ]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--below", "40"], "No listing satisfies the watch yet."),
        (["--below", "52"], "1 of them satisfies the watch already, the best at $50.00: the first poll"),
        (["--below", "56"], "2 of them satisfy"),  # one of them with $10 of assumed shipping
        (["--below", "56", "--unknown-shipping", "skip"], "1 of them satisfies"),
        (["--rule", "deal 70%"], "2 of them satisfy"),
        (
            ["--rule", "median-below 80"],
            "The median satisfies the rule already: the first poll alerts at once.",
        ),
        (["--rule", "median-below 79"], "No listing satisfies the watch yet."),
        (["--rule", "new"], "Listings found at the first poll are not new; later ones alert."),
        (["--rule", "low 90d"], "The rule needs seven days of history first."),
        (["--rule", "drop 15%"], "The rule needs seven days of history first."),
        (["--below", "60", "--exclude", "no, with strap"], "No listing satisfies"),
    ],
)
def test_add_predicts_the_first_poll(
    run: Run, market: MarketServer, database: Path, options: list[str], expected: str
) -> None:
    del market, database
    assert expected in run("watch", "add", QUERY, *options).out


def test_add_prints_json_and_nothing_else(run: Run, market: MarketServer, database: Path) -> None:
    del market, database
    view = run("watch", "add", QUERY, "--below", "60", "--json").json
    assert (view["id"], view["rule"], view["cadenceSeconds"]) == (1, "below 60.00 USD", 60)
    assert view["comps"] == {"n": 7, "median": "80.00", "basis": "ask"}
    assert view["note"] is None


def test_watch_is_added_even_if_the_market_fails(run: Run, market: MarketServer, database: Path) -> None:
    del database
    market.faults = [Fault(FaultKind.STATUS)]
    done = run("watch", "add", QUERY)
    assert done.code == 0
    assert "The market could not be searched now: We're having trouble reaching eBay right now." in done.out
    assert len(run("watch", "list", "--json").json["watches"]) == 1


def test_search_without_results_is_an_answer(run: Run, market: MarketServer, database: Path) -> None:
    del market, database
    assert (
        "No comparable listing with a known total now: 0 listings seen" in run("watch", "add", "unicorn").out
    )


def test_add_does_not_suggest_to_start_a_running_daemon(
    run: Run, market: MarketServer, database: Path
) -> None:
    del market
    daemon = LockFile(lock_path(f"sqlite:///{database}"))
    daemon.acquire()
    try:
        assert "watcher run" not in run("watch", "add", QUERY).out
        assert f"Daemon: running, process {os.getpid()}" in run("status").out
    finally:
        daemon.release()


def test_daemon_of_another_database_does_not_count(run: Run, market: MarketServer, database: Path) -> None:
    del market
    daemon = LockFile(lock_path(f"sqlite:///{database.with_name('other.db')}"))
    daemon.acquire()
    try:
        assert "`watcher run` starts it" in run("watch", "add", QUERY).out
        assert "Daemon: not running" in run("status").out
        assert run("db", "backup", "copy.db").code == run("db", "restore", "copy.db").code == 0
    finally:
        daemon.release()


def test_doubtful_fields_are_noted_on_stderr(run: Run, database: Path) -> None:
    del database
    done = run("watch", "add", "lego", "--category", "toyz", "--below", "EUR 5", "--every", "5s")
    assert done.code == 0
    notes = done.err.splitlines()
    assert 'Note: "toyz" is not a known category' in notes[0]
    assert notes[1:] == [
        "Note: EBAY_US prices in USD, so a rule in EUR can never alert; write the amount in USD.",
        "Note: No search is polled more often than every 1 min ([polling] min_interval).",
    ]


def test_empty_list_shows_how_to_add_a_watch(run: Run, database: Path) -> None:
    done = run("watch", "list")
    assert done.out.startswith(f"No watches in {database}. Add one:\n  watcher watch add ")
    assert run("watch", "list", "--tag", "x").out.startswith("No such watches")
    assert run("watch", "list", "--json").json["watches"] == []


def test_list_has_one_line_per_watch(run: Run, database: Path) -> None:
    del database
    run("watch", "add", "omega", "--below", "50", "--label", "Gift for " + "B" * 60, "--tag", "gifts")
    run("watch", "add", "rolex", "--user", "ann")
    run("watch", "pause", "2")
    lines = run("watch", "list").out.splitlines()
    assert len(lines) == 3
    assert lines[1].split()[0] == "1"
    assert lines[2].endswith("paused")
    assert "B" * 60 in lines[1]


def test_list_shows_the_state_of_a_watch(run: Run, database: Path) -> None:
    run("watch", "add", "omega")
    for error, expected in (("", ""), ("EBAY_TIMEOUT", "; eBay is slow"), ("other", "; other")):
        with closing(sqlite3.connect(database)) as conn, conn:
            conn.execute("UPDATE searches SET polled_at = ?, error = ?", (time.time() - 7200.5, error))
        assert run("watch", "list").out.endswith(f"polled 2 h ago{expected}\n")


def test_list_may_be_limited_to_a_user_or_a_tag(run: Run, database: Path) -> None:
    del database
    run("watch", "add", "omega", "--tag", "gifts")
    run("watch", "add", "rolex", "--user", "ann")
    assert [w["id"] for w in run("watch", "list", "--tag", "gifts", "--json").json["watches"]] == [1]
    assert [w["id"] for w in run("watch", "list", "--user", "ann", "--json").json["watches"]] == [2]


def test_watch_shows_its_fields(run: Run, database: Path) -> None:
    del database
    run("watch", "add", "omega", "--below", "50", "--exclude", "box, for parts", "--every", "2h")
    shown = run("watch", "show", "1").out
    assert shown.startswith("Watch 1: omega\n")
    for line in (
        "rule              below 50.00 USD",
        "exclude           box, for parts",
        "every             2 h",
    ):
        assert f"  {line}\n" in shown
    assert shown.endswith("No alerts yet.\n")
    assert run("watch", "show", "1", "--json").json["alerts"] == []


def test_edit_changes_fields_and_an_empty_value_resets_one(run: Run, database: Path) -> None:
    del database
    run("watch", "add", "omega", "--below", "50", "--label", "Gift")
    assert "Watch 1 is changed: omega · below 45.00 USD\n" in run("watch", "edit", "1", "--below", "45").out
    assert run("watch", "edit", "1", "--label", "", "--json").json["label"] == ""
    assert "Watch 1 is changed: omega · new\n" in run("watch", "edit", "1", "--below", "").out


def test_edit_prints_the_new_cadence_and_whether_the_watch_starts_again(run: Run, database: Path) -> None:
    del database
    run("watch", "add", "omega", "--below", "50")
    changed = run("watch", "edit", "1", "--below", "45", "--every", "5m").out
    assert "It is polled every 5 min.\n" in changed
    assert "it starts again: earlier alerts no longer count" in changed
    relabelled = run("watch", "edit", "1", "--label", "Gift").out
    assert "It is polled every 5 min.\n" in relabelled
    assert "starts again" not in relabelled
    view = run("watch", "edit", "1", "--rule", "new", "--every", "", "--json").json
    assert (view["cadence"], view["cadenceSeconds"], view["restarted"]) == ("minute", 60, True)
    assert view["warnings"] == []


def test_refused_edit_changes_nothing(run: Run, database: Path) -> None:
    del database
    run("watch", "add", "omega", "--below", "50")
    done = run("watch", "edit", "1", "--below", "45", "--every", "soon")
    assert (done.code, done.out) == (2, "")
    assert run("watch", "show", "1", "--json").json["rule"] == "below 50.00 USD"


def test_edit_warns_about_a_market_in_another_currency(run: Run, database: Path) -> None:
    del database
    run("watch", "add", "omega", "--below", "50")
    assert (
        "prices in EUR, so a rule in USD can never alert"
        in run("watch", "edit", "1", "--marketplace", "EBAY_DE").err
    )


def test_watch_is_paused_resumed_and_removed(run: Run, database: Path) -> None:
    del database
    run("watch", "add", "omega")
    assert run("watch", "pause", "1").out == "Watch 1 is paused: omega · new\n"
    assert run("watch", "pause", "1", "--json").json["paused"] is True
    assert run("watch", "resume", "1").out == "Watch 1 is resumed: omega · new\n"
    assert run("watch", "remove", "1").out == "Watch 1 is removed: omega · new\n"
    assert run("watch", "list", "--json").json["watches"] == []


@pytest.mark.parametrize("command", ["show", "pause", "resume", "remove", "edit"])
@pytest.mark.parametrize("number", ["1", "0", "99999999999999999999999"])
def test_unknown_watch_is_a_failure(run: Run, database: Path, command: str, number: str) -> None:
    del database
    done = run("watch", command, number, *(["--label", "x"] if command == "edit" else []))
    assert (done.code, done.out) == (1, "")
    assert done.err == f"watcher: There is no watch {number[:20]}; `watcher watch list` shows them.\n"


def test_watch_number_is_never_reused(run: Run, database: Path) -> None:
    del database
    run("watch", "add", "omega")
    run("watch", "remove", "1")
    assert run("watch", "add", "rolex", "--json").json["id"] == 2


def test_configured_state_directory_is_created_for_the_token(
    run: Run, home: Path, server: MarketServer
) -> None:
    configure(home, server)
    text = (home / "config.toml").read_text()
    (home / "config.toml").write_text(f'state_dir = "{home}/state/deep"\n{text}')
    assert run("watch", "add", QUERY).code == 0
    token = home / "state" / "deep" / "ebay_token.json"
    assert token.stat().st_mode & 0o777 == 0o600


def test_dry_run_shows_what_it_would_keep_and_saves_nothing(
    run: Run, market: MarketServer, database: Path
) -> None:
    del market, database
    done = run("watch", "add", QUERY, "--below", "60", "--dry-run")
    assert done.code == 0
    lines = done.out.splitlines()
    assert next(x for x in lines if x.split()[0] == "50.00").endswith("Zenitar mk2 camera no 1")
    assert lines[-7:] == [
        "It would drop 1 for parts.",
        "below 60.00 USD, every minute, to slack.",
        GUESS,
        (
            "Now: 7 asks from $50.00 to $110.00, median $80.00 "
            "(9 listings seen, 1 dropped, 1 with unknown shipping)."
        ),
        "3 of them satisfy the watch already, the best at $50.00: the first poll alerts at once.",
        "A back-test needs three days of history; none is stored.",
        "Nothing is saved. Repeat the command without --dry-run to add the watch.",
    ]
    view = run("watch", "add", QUERY, "--below", "60", "--dry-run", "--json").json
    assert (view["saved"], len(view["comps"]["kept"]), view["satisfiedNow"][0]) == (False, 8, "v1|1|0")
    assert run("watch", "list", "--json").json["watches"] == []


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("below 500", '8 of 8 offers satisfy it now, so it filters too little. Try "below 56.00 USD".'),
        ("below 5", 'The lowest total now is $50.00, more than twice that. Try "below 56.00 USD".'),
        ("deal 99%", '4 of 8 offers satisfy it now, so it filters too little. Try "deal 70%".'),
    ],
)
def test_target_that_always_or_never_fires_is_noted(
    run: Run, market: MarketServer, database: Path, rule: str, expected: str
) -> None:
    del market, database
    assert expected in run("watch", "add", QUERY, "--rule", rule).out.splitlines()


def test_dry_run_needs_a_market_and_warns_of_doubtful_fields(
    run: Run, market: MarketServer, home: Path
) -> None:
    done = run("watch", "add", QUERY, "--below", "EUR 60", "--dry-run")
    assert "can never alert" in done.err
    (home / "config.toml").unlink()
    assert run("watch", "add", QUERY, "--below", "60", "--dry-run").code == 78
    del market


def test_a_damaged_watch_is_named_everywhere_and_removed(run: Run, database: Path) -> None:
    for query in ("omega", "rolex", "tudor"):
        run("watch", "add", query)
    with closing(sqlite3.connect(database)) as conn, conn:
        conn.execute("UPDATE watches SET rule = 'soonest' WHERE id = 2")
    why = "a value is damaged, or from a newer watcher"
    sentence = (
        f"Watch 2 cannot be read, so it is not polled: {why}. "
        "Remove it with `watcher watch remove 2`, or restore a backup."
    )
    listed = run("watch", "list")
    assert [line.split()[:2] for line in listed.out.splitlines()[1:]] == [["1", "omega"], ["3", "tudor"]]
    assert listed.err == f"Note: {sentence}\n"
    view = run("watch", "list", "--json").json
    assert [w["id"] for w in view["watches"]] == [1, 3]
    assert view["damaged"] == [{"id": 2, "why": why, "message": sentence}]
    exported = run("watch", "export")
    assert ("rolex" in exported.out, exported.err) == (False, f"Note: {sentence}\n")
    shown = run("watch", "show", "2")
    assert (shown.code, sentence in shown.err) == (1, True)
    status = run("status")
    assert "1 watch unreadable" in status.out.splitlines()[0]
    assert sentence in status.out.splitlines()
    removed = run("watch", "remove", "2")
    assert (removed.code, removed.out) == (0, f"Watch 2 is removed; it could not be read: {why}.\n")
    assert run("watch", "remove", "2").code == 1
    assert run("watch", "list", "--json").json["damaged"] == []


def test_a_label_that_is_not_utf8_is_shown_with_a_replacement(run: Run, database: Path) -> None:
    run("watch", "add", "omega", "--label", "x")
    with closing(sqlite3.connect(database)) as conn, conn:
        conn.execute("UPDATE watches SET label = CAST(x'636166e9' AS TEXT)")
    assert run("watch", "list", "--json").json["watches"][0]["label"] == "caf\ufffd"
    assert "caf\ufffd" in run("watch", "show", "1").out


def test_several_watches_are_changed_at_once(run: Run, database: Path) -> None:
    del database
    for query in ("omega", "rolex", "seiko"):
        run("watch", "add", query, "--tag", "hunt" if query != "rolex" else "")
    paused = run("watch", "pause", "1", "2", "1").out.splitlines()
    assert paused == ["Watch 1 is paused: omega · new", "Watch 2 is paused: rolex · new"]
    resumed = run("watch", "resume", "2", "1", "--json").json["watches"]
    assert [(w["id"], w["paused"]) for w in resumed] == [(2, False), (1, False)]
    assert [w["id"] for w in run("watch", "pause", "--tag", "hunt", "--json").json["watches"]] == [1, 3]
    edited = run("watch", "edit", "--tagged", "hunt", "--tag", "found", "--below", "50", "--json").json
    assert [(w["id"], w["tag"], w["rule"]) for w in edited["watches"]] == [
        (1, "found", "below 50.00 USD"),
        (3, "found", "below 50.00 USD"),
    ]
    assert len(run("watch", "remove", "--tag", "found").out.splitlines()) == 2
    assert [w["id"] for w in run("watch", "list", "--json").json["watches"]] == [2]


@pytest.mark.parametrize("words", [["pause"], ["resume"], ["remove"], ["edit", "--label", "x"]])
def test_change_of_several_watches_is_of_all_or_of_none(run: Run, database: Path, words: list[str]) -> None:
    del database
    run("watch", "add", "omega")
    run("watch", "add", "rolex")
    before = run("watch", "list", "--json").json
    done = run("watch", words[0], "1", "2", "9", *words[1:])
    assert (done.code, done.out) == (1, "")
    assert done.err == "watcher: There is no watch 9; `watcher watch list` shows them.\n"
    assert run("watch", "list", "--json").json == before


def test_field_that_one_watch_refuses_changes_none(run: Run, database: Path) -> None:
    del database
    run("watch", "add", "omega")
    run("watch", "add", "rolex", "--rule", "below 50 EUR", "--marketplace", "EBAY_DE")
    before = run("watch", "list", "--json").json
    assert run("watch", "edit", "1", "2", "--below", "much").code == 2
    assert run("watch", "list", "--json").json == before


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["pause"], "Give the numbers of watches, or --tag."),
        (["pause", "1", "--tag", "x"], "Give either the numbers of watches or --tag, not both."),
        (["remove", "1", "--user", "ann"], "--user goes with --tag"),
        (["edit", "--label", "x"], "Give the numbers of watches, or --tagged."),
        (["resume", "1", "two"], '"two" is not a watch number'),
    ],
)
def test_choice_of_watches_must_be_clear(run: Run, home: Path, words: list[str], why: str) -> None:
    done = run("watch", *words)
    assert (done.code, done.out) == (2, "")
    assert why in done.err
    assert list(home.iterdir()) == []


def test_tag_without_watches_is_a_failure(run: Run, database: Path) -> None:
    del database
    run("watch", "add", "omega", "--tag", "hunt", "--user", "ann")
    for words in (["--tag", "other"], ["--tag", ""], ["--tag", "hunt", "--user", "bob"]):
        done = run("watch", "remove", *words)
        assert (done.code, done.err[:31]) == (1, 'watcher: No watch has the tag "'[:31]), words
    assert len(run("watch", "list", "--json").json["watches"]) == 1


def test_add_and_show_name_the_ids_of_the_condition(run: Run, database: Path) -> None:
    del database
    ids = ", ".join(map(str, sorted(CONDITION_IDS[Condition.NEW])))
    added = run("watch", "add", "omega", "--condition", "new").out
    assert f"Condition: new (eBay's condition ids {ids})." in added
    assert f"new (eBay's condition ids {ids})" in run("watch", "show", "1").out
    assert run("watch", "show", "1", "--json").json["conditionIds"] == sorted(CONDITION_IDS[Condition.NEW])


def test_list_and_show_note_that_intervals_exceed_the_quota(run: Run, home: Path, database: Path) -> None:
    del database
    (home / "in.csv").write_text("query,every\n" + "".join(f"thing {n},1m\n" for n in range(22)))
    note = "Your watches ask for 31,680 calls a day; 2,992 are yours: every 1 min becomes every 10 min 35 s."
    assert note in run("watch", "import", "in.csv").err
    listed = run("watch", "list")
    assert "ask for need 31,680 calls a day; 2,992 are theirs" in " ".join(listed.err.split())
    assert listed.out.count("10 min 35 s") == 22
    assert note in " ".join(run("watch", "show", "1").err.split())
    assert all(note in w["warnings"][0] for w in run("watch", "list", "--json").json["watches"])


def test_list_of_a_user_notes_what_that_user_does_not_get(run: Run, home: Path, database: Path) -> None:
    del database
    (home / "in.csv").write_text("query,every\n" + "".join(f"thing {n},1m\n" for n in range(22)))
    run("watch", "import", "in.csv")
    run("watch", "add", "thing", "--every", "5m", "--user", "collector")
    assert (
        "their intervals are up to 11.7 times as long" not in run("watch", "list", "--user", "collector").err
    )
    listed = " ".join(run("watch", "list", "--user", "local").err.split())
    assert "need 31,680 calls a day; 2,704 are theirs" in listed
    assert "their intervals are up to 11.7 times as long" in listed


def test_show_names_the_interval_that_another_watch_on_the_search_gets(run: Run, database: Path) -> None:
    del database
    run("watch", "add", "thing", "--below", "5")
    run("watch", "add", "thing", "--below", "6", "--every", "1m")
    for n in range(21):
        run("watch", "add", f"thing {n}", "--below", "6", "--every", "1m")
    shown = run("watch", "show", "1", "--json").json
    assert shown["cadenceSeconds"] == shown["promise"]["everySeconds"] <= 22 * 24 * 3600 / 2992 + 1
