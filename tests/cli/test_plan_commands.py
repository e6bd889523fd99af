"""Plans on the command line: every limit at every command, `watcher plan`, and what other commands show."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import Run

FREE = 'free = { watches = 2, min_every = "1h", scans = 10 }\n'
PLUS = """plus = { watches = 9, price_id = "price_plus" }
[stripe]
api_key = "sk_test_canary"
webhook_secret = "whsec_canary"
[http]
public_url = "https://watcher.example.com"
"""
UPGRADE = "or upgrade at https://watcher.example.com/settings#plan."
WATCHES = (
    f'The plan "free" of "collector" allows 2 watches, and "collector" has 2: pause or remove one, {UPGRADE}'
)
INTERVAL = (
    'The plan "free" of "collector" allows intervals of 1h or longer, and 5m is shorter: '
    f"choose a longer one, {UPGRADE}"
)
NONE = (
    '"collector" has no plan, so "collector" may not add or resume watches: '
    "choose one at https://watcher.example.com/settings#plan."
)
ADD = ("watch", "add", "nikon", "--user", "collector")
# The collector has the active watches 1 and 2, and watch 3, which is paused. A file has two rows.
ROWS = {
    "csv": "query,user,every\nnikon,collector,{every}\nleica,local,1m\n",
    "json": '{{"watches": [{{"query": "nikon", "user": "collector", "every": "{every}"}}, '
    '{{"query": "leica", "every": "1m"}}]}}',
}
COMMANDS = {
    "add": ADD,
    "add often": (*ADD, "--every", "5m"),
    "edit often": ("watch", "edit", "1", "--every", "5m"),
    "edit the label": ("watch", "edit", "1", "--label", "mine"),
    "resume": ("watch", "resume", "3"),
    "resume several": ("watch", "resume", "1", "3"),
    "import csv": ("watch", "import", "in.csv"),
    "import json": ("watch", "import", "in.json"),
    "import often": ("watch", "import", "often.csv"),
    "import and keep going": ("watch", "import", "in.csv", "--keep-going"),
    "add for local": ("watch", "add", "nikon", "--every", "1m"),
}
# The exit code and the sentence of each command at each limit, and the number of watches afterwards.
TABLE = [
    ("add", FREE, 1, f"watcher: {WATCHES}", 3),
    ("add", "", 1, f"watcher: {NONE}", 3),
    ("add often", FREE, 1, f"watcher: {INTERVAL}", 3),
    ("edit often", FREE, 1, f"watcher: {INTERVAL}", 3),
    ("edit often", "", 0, "", 3),
    ("edit the label", FREE, 0, "", 3),
    ("edit the label", "", 0, "", 3),
    ("resume", FREE, 1, f"watcher: {WATCHES}", 3),
    ("resume", "", 1, f"watcher: {NONE}", 3),
    ("resume several", FREE, 1, f"watcher: {WATCHES}", 3),
    ("import csv", FREE, 1, f"line 2: {WATCHES}", 3),
    ("import csv", "", 1, f"line 2: {NONE}", 3),
    ("import json", FREE, 1, f"watch 1 of the file: {WATCHES}", 3),
    ("import json", "", 1, f"watch 1 of the file: {NONE}", 3),
    ("import often", FREE, 1, f"line 2: {INTERVAL}", 3),
    ("import and keep going", FREE, 0, f"line 2: {WATCHES}", 4),
    ("import and keep going", "", 0, f"line 2: {NONE}", 4),
    ("add for local", FREE, 0, "", 4),
    ("add for local", "", 0, "", 4),
]


def plans(home: Path, free: str = FREE, more: str = PLUS) -> None:
    (home / "config.toml").write_text(f"[plans]\n{free}{more}")


def execute(database: Path, *statements: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(database)) as opened, opened:
        return [row for statement in statements for row in opened.execute(statement).fetchall()]


@pytest.fixture
def watches(run: Run, database: Path) -> Path:
    """Give the collector two active watches and a paused one, before there are plans."""
    for query in ("camera", "lens", "bag"):
        assert run("watch", "add", query, "--user", "collector").code == 0
    assert run("watch", "pause", "3").code == 0
    return database


@pytest.mark.parametrize(
    ("command", "free", "code", "said", "count"),
    TABLE,
    ids=[f"{command}, {'free' if free else 'no free plan'}" for command, free, *_ in TABLE],
)
def test_every_limit_holds_at_every_command(
    run: Run, home: Path, watches: Path, command: str, free: str, code: int, said: str, count: int
) -> None:
    plans(home, free)
    for name, kind, every in (("in.csv", "csv", "2h"), ("in.json", "json", "2h"), ("often.csv", "csv", "5m")):
        (home / name).write_text(ROWS[kind].format(every=every))
    done = run(*COMMANDS[command])
    assert (done.code, said in done.err.splitlines() or not said) == (code, True), done.err
    assert execute(watches, "SELECT count(*) FROM watches") == [(count,)]


def test_a_refused_command_answers_as_the_api_in_json(run: Run, home: Path, watches: Path) -> None:
    del watches
    plans(home)
    refused = run(*ADD, "--json")
    assert (refused.code, refused.json["code"], refused.json["statusCode"]) == (1, "FORBIDDEN", 403)
    assert refused.json["userMessage"]["message"] == WATCHES
    (home / "in.csv").write_text(ROWS["csv"].format(every="2h"))
    imported = run("watch", "import", "in.csv", "--json").json
    assert (imported["code"], imported["imported"], imported["bad"]) == (
        "FORBIDDEN",
        0,
        [{"line": 2, "why": WATCHES}],
    )
    assert imported["message"].endswith("--keep-going imports the 1 good row.")


def test_plans_are_listed_with_their_users(run: Run, home: Path, watches: Path) -> None:
    del watches
    assert run("plan", "list").out.startswith("No plans are configured, so nothing is limited")
    assert run("plan", "list", "--json").json == {"plans": []}
    plans(home)
    listed = run("plan", "list")
    assert [line.split() for line in listed.out.splitlines()][1:3] == [
        ["free", "2", "1", "h", "10", "1"],
        ["plus", "9", "no", "limit", "no", "limit", "price_plus", "0"],
    ]
    assert run("plan", "list", "--json").json["plans"][0] == {
        "plan": "free",
        "watches": 2,
        "minEvery": "1h",
        "scans": 10,
        "priceId": None,
        "users": 1,
    }


def test_a_watch_that_is_not_polled_at_once_says_so(run: Run, home: Path, watches: Path) -> None:
    plans(home)
    run("watch", "pause", "1")
    late = "The plan allows 20 polls a day (UTC) right after a change, and all are used"
    assert late not in run(*ADD).out
    with closing(sqlite3.connect(watches)) as opened, opened:
        opened.execute("UPDATE api_usage SET calls = 20 WHERE api = 'prompt-poll'")
    run("watch", "pause", "2")
    assert late in run("watch", "add", "leica", "--user", "collector").out


def test_the_plan_of_a_user_is_shown_with_its_use(run: Run, home: Path, watches: Path) -> None:
    plans(home)
    execute(
        watches,
        "INSERT INTO subscriptions (user_id, status, price, paid_until, changed_at, confirmed_at)"
        " VALUES ('collector', 'canceled', 'price_plus', 1900000000.0, 1.0, 1800000000.0)",
        "UPDATE watches SET over_plan = 1 WHERE id = 3",
    )
    shown = {
        line.split("  ")[1].strip(): line[21:]
        for line in run("plan", "show", "collector", "--utc").out.splitlines()[1:]
    }
    assert shown["plan"] == "free"
    assert shown["watches"] == "2 of 2"
    assert shown["paused by plan"] == "1"
    assert shown["subscription"] == "canceled"
    assert shown["as of"] == "2027-01-15 08:00 UTC"
    used = run("plan", "show", "collector", "--json").json
    assert used["watches"] == {"used": 2, "limit": 2, "overPlan": 1}
    assert used["subscription"]["paidUntil"] == "2030-03-17T17:46:40Z"
    assert "paused: the plan allows no more watches" in run("watch", "show", "3").out
    assert run("watch", "show", "3", "--json").json["overPlan"] is True
    assert "allows no more watches, so this one is paused until it does" in run("explain", "3").out
    assert run("plan", "show").out.splitlines()[1].split() == ["plan", "unlimited"]
    assert run("plan", "show", "nobody").code == 1


def test_users_status_and_check_name_plans_and_unknown_prices(run: Run, home: Path, watches: Path) -> None:
    assert "plan" not in run("user", "list").out.splitlines()[0]
    assert run("status", "--json").json["plans"] is None
    plans(home)
    execute(
        watches,
        "INSERT INTO subscriptions (user_id, status, price, changed_at, confirmed_at)"
        " VALUES ('collector', 'active', 'price_gone', 1.0, 1.0)",
        "UPDATE watches SET over_plan = 1 WHERE id = 3",
    )
    header, row = (line.split() for line in run("user", "list").out.splitlines()[:2])
    assert (header[2], row[:2]) == ("plan", ["collector", "free"])
    assert run("user", "list", "--json").json["users"][0]["plan"] == "free"
    stranger = (
        '"collector" pays the price "price_gone", which no plan has, so that counts as not paid: add a plan '
        "with it to [plans], or change the subscription in Stripe."
    )
    status = run("status", "--json").json
    assert status["plans"] == {
        "users": {"free": 1, "plus": 0},
        "pausedWatches": 1,
        "unknownPriceUsers": 1,
        "unknownPrices": [{"user": "collector", "priceId": "price_gone", "message": stranger}],
    }
    assert "1 user pays a price that no plan has" in status["troubles"]
    lines = " ".join(run("status").out.split())
    assert (
        "Plans: 1 user on free, 0 users on plus; 1 watch paused because a plan does not allow more" in lines
    )
    checks = {check["name"]: check for check in run("check", "--json").json["checks"]}
    assert (checks["plans"]["state"], checks["plans"]["detail"]) == ("warn", stranger)


def test_watches_that_the_plan_of_an_heir_does_not_allow_are_paused(
    run: Run, home: Path, watches: Path
) -> None:
    assert run("watch", "add", "tripod", "--user", "leaver").code == 0
    plans(home)
    moved = run("user", "remove", "leaver", "--to", "collector")
    assert (moved.code, moved.out) == (0, "leaver is removed: 1 watch moved to collector.\n")
    assert moved.err == "1 watch paused: the plan of collector allows no more.\n"
    assert execute(watches, "SELECT id FROM watches WHERE paused AND over_plan") == [(4,)]
