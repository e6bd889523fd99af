"""`watcher comps`, `status` and `check`, against a market over real sockets."""

from __future__ import annotations

import re
import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import QUERY, Run, configure, files
from tests.market.faults import Fault, FaultKind
from tests.market.rows import summary
from tests.market.scripted import Scripted
from tests.market.serpapi import API_KEY
from tests.market.server import MarketServer
from tests.market.slack_api import BOT_TOKEN
from watcher.db.schema import HEAD
from watcher.demo.vision import OPENAI_KEY, OPENAI_MODEL


def test_comps_show_what_an_item_is_worth(run: Run, market: MarketServer, database: Path) -> None:
    del market, database
    lines = run("comps", "zenitar", "mk2", "camera").out.splitlines()
    assert lines[0] == "zenitar mk2 camera · asking prices, shipping included"
    assert lines[2].split() == ["7", "$50.00", "$65.00", "$80.00", "$95.00", "$110.00"]
    assert lines[-4:] == [
        (
            "Now: 7 asks from $50.00 to $110.00, median $80.00 "
            "(9 listings seen, 1 dropped, 1 with unknown shipping)."
        ),
        "The median is between $50.00 and $110.00 (95 % confidence).",
        "Dropped: 1 for parts.",
        "Fetched from eBay just now.",
    ]
    assert any("$45.00 + ?" in line for line in lines), "unknown shipping is not nothing"
    assert any(line.endswith("https://www.ebay.com/itm/1") for line in lines)


@pytest.mark.parametrize(
    "command", [("comps", QUERY), ("watch", "add", QUERY, "--below", "55", "--dry-run")], ids=lambda c: c[0]
)
def test_listings_are_sorted_by_total_with_unknown_totals_last(
    run: Run, market: MarketServer, database: Path, command: tuple[str, ...]
) -> None:
    del market, database
    rows = [line for line in run(*command).out.splitlines() if "camera" in line]
    found = [m[0] for line in rows if (m := re.search(r"\d+\.00(?: \+ \?)?", line))]
    assert found == ["50.00", "60.00", "70.00", "80.00", "90.00", "100.00", "110.00", "45.00 + ?"]


def test_a_listing_that_is_only_likely_is_marked_with_the_reason(
    run: Run, market: MarketServer, goods: Scripted, database: Path
) -> None:
    del market, database
    cheap = summary("400", "Zenit 5 camera 400", "27.00")
    goods.put(
        "zenit 5 camera", *(summary(str(n), f"Zenit 5 camera {n}", "55.00") for n in range(401, 412)), cheap
    )
    why = "it costs 49% of what others ask"
    (marked,) = [line for line in run("comps", "zenit 5 camera").out.splitlines() if "likely" in line]
    assert f"Zenit 5 camera 400 (likely: {why})" in marked
    kept = run("comps", "zenit 5 camera", "--json").json["comps"]["kept"]
    doubts = {x["itemId"]: (x["confidence"], x["doubt"]) for x in kept if x["confidence"] != "sure"}
    assert doubts == {"v1|400|0": ("likely", why)}
    added = run("watch", "add", "zenit 5 camera", "--below", "30", "--certainty", "sure", "--dry-run")
    assert "No listing satisfies the watch yet." in added.out
    assert f"(likely: {why})" in added.out
    registered = run("watch", "add", "zenit 5", "--certainty", "sure").out
    assert "It alerts only on listings that are surely the item." in registered
    assert "  certainty         sure" in run("watch", "show", "1").out.splitlines()


def test_comps_of_several_items_say_so(
    run: Run, market: MarketServer, goods: Scripted, database: Path
) -> None:
    del market, database
    small = (summary(str(100 + n), "Acme card 40GB", f"{300 + n}.00") for n in range(5))
    large = (summary(str(200 + n), "Acme card 80GB", f"{900 + n}.00") for n in range(5))
    goods.put("acme card", *small, *large)
    expected = "5 around $302.00 (40gb), 5 around $902.00 (80gb)"
    assert (
        f"The query matches several items: {expected}. Add the words of the one you mean."
        in run("comps", "acme card").out
    )
    (warning,) = run("comps", "acme card", "--json").json["warnings"]
    assert expected in warning
    added = run("watch", "add", "acme card", "--rule", "deal 70%")
    assert f"Note: The query matches several items: {expected}." in added.err
    assert expected in run("watch", "add", "acme card", "--rule", "deal 70%", "--dry-run").err
    assert expected in run("watch", "add", "acme card", "--rule", "deal 70%", "--json").json["warnings"][-1]
    assert expected not in run("watch", "add", "acme card", "--below", "50").err


def test_few_prices_have_no_confidence_interval(
    run: Run, market: MarketServer, goods: Scripted, database: Path
) -> None:
    del market, database
    goods.put("acme dial", summary("1", "Acme dial", "50.00"), summary("2", "Acme dial", "60.00"))
    out = run("comps", "acme dial").out
    assert "2 prices are too few for a confidence interval; it takes 6." in out
    assert "95 %" not in out
    assert run("comps", "acme dial", "--json").json["comps"]["interval"] is None


def test_title_cannot_move_the_cursor(run: Run, market: MarketServer, database: Path) -> None:
    del market, database
    out = run("comps", QUERY).out
    assert "\x1b" not in out
    assert "[2Jboxed" in out


def test_comps_as_json_are_fresh_first_and_then_cached(
    run: Run, market: MarketServer, database: Path
) -> None:
    del market, database
    fresh, cached = (run("comps", QUERY, "--json").json for _ in range(2))
    assert (fresh["source"], cached["source"]) == ("fresh", "cached")
    assert fresh["comps"] == cached["comps"]
    assert (fresh["comps"]["n"], fresh["comps"]["median"], fresh["stale"]) == (7, "80.00", False)
    assert run("comps", QUERY).out.splitlines()[-1].startswith("From the cache, fetched ")


def test_unknown_category_is_noted_beside_the_answer(run: Run, market: MarketServer, database: Path) -> None:
    del market, database
    done = run("comps", QUERY, "--category", "camerass", "--json")
    assert done.json["comps"]["category"] == "camerass"
    assert done.json["warnings"] == [done.err.removeprefix("Note: ").strip()]
    assert done.err.startswith('Note: "camerass" is not a known category')


def test_nothing_comparable_is_an_answer(run: Run, market: MarketServer, database: Path) -> None:
    del market, database
    assert run("comps", "unicorn").code == 0
    assert run("comps", "unicorn", "--json").json["comps"]["median"] is None


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault(FaultKind.STATUS), "We're having trouble reaching eBay right now."),
        (Fault(FaultKind.RATE_LIMIT, retry_after="90"), "eBay calls that may be made for now are used up"),
        (Fault(FaultKind.RESET), "We're having trouble reaching eBay right now."),
    ],
)
def test_market_failure_is_reported_in_the_words_of_the_api(
    run: Run, market: MarketServer, database: Path, fault: Fault, expected: str
) -> None:
    del database
    market.faults = [fault]
    done = run("comps", QUERY)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("watcher: ")
    assert expected in done.err
    assert done.err.count("\n") == 1


def test_stale_comps_are_shown_when_the_market_fails(run: Run, market: MarketServer, database: Path) -> None:
    run("comps", QUERY)
    with closing(sqlite3.connect(database)) as conn, conn:
        conn.execute("UPDATE cache_entries SET fetched_at = fetched_at - 864000, expires_at = fetched_at")
    market.faults = [Fault(FaultKind.STATUS)]
    done = run("comps", QUERY)
    assert done.code == 0
    assert done.out.splitlines()[-1].endswith("ago; eBay cannot be reached now, so this may be out of date.")
    assert run("comps", QUERY, "--json").json["stale"] is True


def test_wrong_credentials_point_to_check(run: Run, home: Path, server: MarketServer, database: Path) -> None:
    del database
    configure(home, server, secret="wrong")
    done = run("comps", QUERY)
    assert done.code == 1
    assert done.err.endswith("Run `watcher check` for details.\n")
    assert "wrong" not in done.err


def test_status_reports_refused_credentials_until_they_are_accepted(
    run: Run, home: Path, server: MarketServer, database: Path
) -> None:
    del database
    configure(home, server, secret="wrong")
    run("comps", QUERY)
    expected = "eBay refuses the credentials; check client_id and client_secret in [ebay]"
    assert expected in run("status").out.splitlines()[0]
    assert run("status", "--json").json["apis"]["ebay"]["refusesCredentials"] is True
    configure(home, server)
    run("comps", QUERY)
    assert expected not in run("status").out


def test_status_counts_the_calls_of_commands(run: Run, market: MarketServer, database: Path) -> None:
    del database
    run("comps", QUERY)
    market.faults = [Fault(FaultKind.STATUS)]
    run("comps", "another")
    ebay = run("status", "--json").json["apis"]["ebay"]
    assert (ebay["successCount"], ebay["failureCount"], ebay["lastError"]) == (1, 1, "EBAY_UNAVAILABLE")


def test_status_of_an_empty_database(run: Run, database: Path) -> None:
    lines = run("status").out.splitlines()
    assert lines.pop(0) == "● the daemon is not running, so no watch is polled"
    assert lines[0].split() == ["api", "status", "ok", "failed", "rate", "p50", "/", "p95", "last", "error"]
    assert lines[1].startswith("ebay   no recent calls")
    assert "Daemon: not running; `watcher run` starts it" in lines
    assert f"Database: {database}" in lines
    assert "Watches: 0 active, not polled" in lines
    assert "Outbox: 0 waiting, 0 dead" in lines


def test_status_starts_with_the_problems(run: Run, market: MarketServer, database: Path) -> None:
    for n in range(2):
        run("watch", "add", f"zenitar mk{n}", "--below", "50")
    market.faults = [Fault(FaultKind.STATUS)]
    for n in range(3):
        run("comps", f"another {n}")
    with closing(sqlite3.connect(database)) as conn, conn:
        conn.execute("UPDATE searches SET due_at = due_at - 600")
    done = run("status")
    wrong = ["the daemon is not running, so no watch is polled", "eBay is degraded", "2 searches overdue"]
    assert done.out.splitlines()[0] == f"● {'; '.join(wrong)}"
    (watches,) = [line for line in done.out.splitlines() if line.startswith("Watches:")]
    assert watches == "Watches: 2 active, not polled, 2 searches overdue"
    found = run("status", "--json").json
    assert found["troubles"] == wrong
    assert found["lagSeconds"] >= 500


def test_status_as_json_has_its_fields(run: Run, database: Path) -> None:
    del database
    found = run("status", "--json").json
    assert {"apis", "quota", "watches", "outbox", "deadLetters", "incidents", "daemon", "database"} <= set(
        found
    )
    assert found["daemon"] == {"running": False, "process": None}


def states(run: Run, *words: str) -> dict[str, str]:
    return {c["name"]: c["state"] for c in run("check", *words, "--json").json["checks"]}


def test_check_without_settings_fails_and_creates_nothing(run: Run, home: Path) -> None:
    done = run("check")
    assert done.code == 1
    assert done.out.splitlines() == [
        "ok    config         the defaults",
        f"ok    database       {home}/watcher.db does not exist yet; the first command creates it",
        "ok    statsd         off",
        "FAIL  ebay           no credentials: set [ebay] client_id and client_secret, or try `watcher demo`",
        "warn  slack          not set: alerts wait in `watcher alerts list`",
        "warn  slack ops      not set: ops alerts wait",
    ]
    assert done.err == "watcher: these checks failed: ebay.\n"
    assert files(home) == set()


def test_check_with_all_settings_passes_and_creates_nothing(
    run: Run, home: Path, market: MarketServer
) -> None:
    configure(home, market, more=f'[slack.destinations]\nflips = "{market.webhook("flips")}"\n')
    done = run("check")
    assert (done.code, done.err) == (0, "")
    assert f"ok    ebay           {market.url} accepts the credentials, " in done.out
    assert "ok    flips          127.0.0.1 answers" in done.out
    assert files(home) == {"config.toml"}, "no database, no token, no directory"
    assert market.messages == []


def test_check_tests_the_serpapi_key_without_using_a_search(
    run: Run, home: Path, market: MarketServer
) -> None:
    for key, line in (
        (API_KEY, f"ok    serpapi        {market.url}/serpapi accepts the key, 250 searches left this month"),
        ("canary", "FAIL  serpapi        SerpAPI refuses the credentials; check api_key in [serpapi]"),
    ):
        configure(home, market, more=f'[serpapi]\nbase_url = "{market.url}/serpapi"\napi_key = "{key}"\n')
        done = run("check")
        assert line in done.out.splitlines()
        assert "canary" not in done.out + done.err
    assert done.code == 1
    assert market.serpapi.used == 0


def test_check_tests_the_key_and_the_model_without_a_scan(run: Run, home: Path, market: MarketServer) -> None:
    address = f"{market.url}/openai/v1"
    refused = "OpenAI refuses the credentials; check api_key in [openai] and the credit of its account"
    for key, model, line in (
        (
            OPENAI_KEY,
            OPENAI_MODEL,
            f"ok    openai         {address} accepts the key and has the model demo-vision",
        ),
        (OPENAI_KEY, "gone", f"FAIL  openai         {address} has no model gone; check model in [openai]"),
        ("canary", OPENAI_MODEL, f"FAIL  openai         {refused}"),
    ):
        more = f'[openai]\nbase_url = "{address}"\napi_key = "{key}"\nmodel = "{model}"\n'
        configure(home, market, more=more)
        done = run("check")
        assert line in done.out.splitlines()
        assert "canary" not in done.out + done.err
    assert not any(path.endswith("/responses") for path in market.calls)


@pytest.mark.parametrize(
    ("calls", "state", "says"),
    [
        (500, "ok  ", "; at most 250 calls a day read listings"),
        (1, "warn", ", but daily_calls in [openai] leaves no call to the reader"),
    ],
)
def test_check_says_how_often_listings_are_read(
    run: Run, home: Path, market: MarketServer, calls: int, state: str, says: str
) -> None:
    address = f"{market.url}/openai/v1"
    more = f'[openai]\nbase_url = "{address}"\napi_key = "{OPENAI_KEY}"\nmodel = "{OPENAI_MODEL}"\n'
    configure(home, market, more=f'{more}reader = "both"\ndaily_calls = {calls}\n')
    accepted = f"{address} accepts the key and has the model {OPENAI_MODEL}"
    assert f"{state}  openai         {accepted}{says}" in run("check").out.splitlines()


def test_check_says_that_a_public_url_needs_a_person_or_token(
    run: Run, home: Path, market: MarketServer
) -> None:
    del market
    path = home / "config.toml"
    path.write_text(path.read_text() + '\n[http]\npublic_url = "https://w.example"\n')
    failed = run("check")
    assert (failed.code, failed.err) == (1, "watcher: these checks failed: http.\n")
    assert '[http] public_url = "https://w.example" lets other machines connect' in failed.out
    run("token", "create")
    done = run("check")
    assert (done.code, "ok    http           127.0.0.1 port 8080" in done.out) == (0, True)


def test_check_does_not_change_a_database(run: Run, market: MarketServer, database: Path) -> None:
    del market
    before = database.read_bytes()
    assert f"ok    database       {database}, schema {HEAD}" in run("check").out
    assert database.read_bytes() == before
    assert files(database.parent) == {"config.toml", "watcher.db"}


def test_check_send_posts_a_test_message_to_every_destination(
    run: Run, home: Path, market: MarketServer
) -> None:
    configure(
        home,
        market,
        more=f"""
[slack.destinations]
flips = "{market.webhook("flips")}"
gone = "{market.webhook("gone")}"
ops = "#incidents"
""",
        slack=f"""
ops_webhook_url = "{market.webhook("ops")}"
bot_token = "{BOT_TOKEN}"
base_url = "{market.url}/slack/api"
""",
    )
    market.faults = [Fault(FaultKind.STATUS, "/slack/services/gone", status=404)]
    done = run("check", "--send")
    assert done.code == 1
    assert [line for line in done.out.splitlines() if "send to" in line] == [
        "ok    send to slack  Slack accepted the test message",
        "ok    send to ops webhook  Slack accepted the test message",
        "ok    send to flips  Slack accepted the test message",
        "FAIL  send to gone   Slack did not accept the test message: status 404 no_service",
        "ok    send to ops    Slack accepted the test message",
    ]
    assert [message.to for message in market.messages] == ["watches", "ops", "flips", "#incidents"]
    body = market.messages[0].body
    assert body["text"] == '⚪ This is only a test: watcher can reach "slack"'
    assert body["blocks"][0]["block_id"] == "test"


def test_check_send_without_slack_fails(run: Run) -> None:
    assert states(run, "--send")["test message"] == "fail"


def test_check_reports_credentials_that_ebay_refuses(run: Run, home: Path, server: MarketServer) -> None:
    configure(home, server, secret="wrong-secret")
    done = run("check")
    assert done.code == 1
    assert "FAIL  ebay           eBay refuses the credentials in [ebay]" in done.out
    assert "wrong-secret" not in done.out + done.err


def test_check_tests_the_configured_secret_not_the_stored_token(
    run: Run, home: Path, market: MarketServer, database: Path
) -> None:
    del database
    run("comps", QUERY)
    assert (home / "ebay_token.json").exists()
    configure(home, market, secret="wrong")
    assert states(run)["ebay"] == "fail"


def test_check_reports_unreachable_hosts(run: Run, home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        dead = f"http://127.0.0.1:{taken.getsockname()[1]}"
        (home / "config.toml").write_text(
            f"""
[ebay]
base_url = "{dead}"
client_id = "x"
client_secret = "y"
[retry.ebay]
max_retries = 0
[slack]
watch_webhook_url = "{dead}/services/T0/B0/hush"
ops_webhook_url = "http://no.such.host.invalid/hush"
[statsd]
host = "no.such.host.invalid"
"""
        )
        done = run("check")
    assert done.code == 1
    assert f"FAIL  ebay           {dead} cannot be reached: " in done.out
    assert "FAIL  slack          127.0.0.1:" in done.out
    assert "Connection refused" in done.out
    assert "FAIL  slack ops      no.such.host.invalid is not found" in done.out
    assert "FAIL  statsd         no.such.host.invalid is not found" in done.out
    assert done.err == "watcher: these checks failed: statsd, ebay, slack, slack ops.\n"
    assert "hush" not in done.out


def test_check_reports_database_problems(run: Run, home: Path, database: Path) -> None:
    with closing(sqlite3.connect(database)) as conn, conn:
        conn.execute("UPDATE alembic_version SET version_num = '9999'")
    assert "which is newer than this watcher" in run("check").out
    database.write_text("no database")
    assert f"FAIL  database       {database} is not an SQLite database." in run("check").out
    database.unlink()
    database.mkdir()
    assert "is not a file" in run("check").out
    (home / "config.toml").write_text('[database]\nurl = "postgresql://x:hush@127.0.0.1:1/y"\n')
    done = run("check")
    assert "FAIL  database       postgresql://x@127.0.0.1:1/y cannot be used: connection failed: " in done.out
    assert "port 1 failed: Connection refused\n" in done.out
    assert "hush" not in done.out


def test_check_warns_of_secrets_and_data_that_every_user_can_read(
    run: Run, home: Path, market: MarketServer, database: Path
) -> None:
    del market
    (home / "config.toml").chmod(0o644)
    database.chmod(0o644)
    warned = [c for c in run("check", "--json").json["checks"] if c["name"] == "files"]
    assert [(c["state"], c["ok"]) for c in warned] == [("warn", True)] * 2
    assert "config.toml holds secrets, and every user of this machine can read it" in warned[0]["detail"]
    assert f"`chmod 600 {database}*`" in warned[1]["detail"]
    (home / "config.toml").chmod(0o640)
    database.chmod(0o600)
    assert "files" not in run("check").out


@pytest.mark.parametrize("section", ["statsd", "http"])
def test_check_does_not_quote_a_key_in_place_of_a_host(
    run: Run, home: Path, database: Path, section: str
) -> None:
    del database
    (home / "config.toml").write_text(f'[{section}]\nhost = "xoxb-1234567890-abcdefghijkl"\n')
    assert "1234567890" not in run("check").out + run("check", "--json").out


def test_check_does_not_mind_a_public_configuration_without_secrets(
    run: Run, home: Path, database: Path
) -> None:
    database.chmod(0o600)
    (home / "config.toml").write_text("[http]\nport = 8081\n")
    (home / "config.toml").chmod(0o644)
    assert "files" not in run("check").out
