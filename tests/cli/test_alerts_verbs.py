"""`watcher alerts`: what was told, why, and what became of the message."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import QUERY, Run
from tests.market.server import MarketServer
from watcher.config import load_settings
from watcher.core.times import DAY, Instant
from watcher.runtime import App


@pytest.fixture
def told(run: Run, market: MarketServer, database: Path) -> str:
    """A daemon has polled two watches and told; the id of the alert about items."""
    del database
    run("watch", "add", QUERY, "--below", "75")
    run("watch", "add", QUERY, "--rule", "median-below 80", "--label", "Cheap market")

    async def poll() -> None:
        async with App.opened(load_settings(None, {})) as app:
            await app.poller.tick(app.clock.now())
            await app.poller.settle()
            await app.dispatcher.drain(app.clock.now())

    asyncio.run(poll())
    alerts = run("alerts", "list", "--json").json["alerts"]
    assert len(alerts) == 2
    del market
    return str(next(a["id"] for a in alerts if a["items"]))


def test_no_alerts_yet(run: Run, database: Path) -> None:
    del database
    assert run("alerts", "list").out == "No alerts yet.\n"
    assert run("alerts", "list", "--json").json == {"alerts": [], "incidents": []}


def test_the_list_names_the_best_item_and_how_to_learn_why(run: Run, told: str) -> None:
    lines = run("alerts", "list").out.splitlines()
    assert lines[0].split() == ["id", "made", "watch", "what", "message"]
    line = next(x for x in lines if x.startswith(told))
    assert "50.00 USD Zenitar mk2 camera no 1 (+3 more)" in line
    assert any("the median of 7 asks is $80.00" in x for x in lines)
    assert lines[-1] == "`watcher alerts show ID` tells why."


def test_the_list_may_be_of_one_watch_and_short(run: Run, told: str) -> None:
    (only,) = run("alerts", "list", "--watch", "1", "--json").json["alerts"]
    assert only["id"] == told
    assert len(run("alerts", "list", "--limit", "1", "--json").json["alerts"]) == 1
    assert run("alerts", "list", "--watch", "99").out == "No alerts yet.\n"


def test_an_alert_shows_every_item_its_parts_and_the_comps(run: Run, told: str) -> None:
    lines = run("alerts", "show", told).out.splitlines()
    assert lines[0] == f"Alert {told} of watch 1, zenitar mk2 camera: at most $75.00"
    assert lines[2:6] == [
        "  Zenitar mk2 camera no 1",
        "    50.00 USD = 50.00 + 0.00 shipping",
        "    $50.00 in total is at most your $75.00",
        "    Used · https://www.ebay.com/itm/1",
    ]
    assert "    55.00 USD = 45.00 + 10.00 assumed shipping" in lines
    assert "Comps: 7 asks, low 50.00, median 80.00, high 110.00 USD" in lines
    assert "Dropped: 1 parts" in lines
    assert lines[-1].startswith("Message to slack: ")


def test_an_alert_is_judged_again_from_its_receipt(run: Run, told: str, database: Path) -> None:
    lines = run("alerts", "show", told).out.splitlines()
    receipt = next(x for x in lines if x.startswith("Receipt: ebay's answer of "))
    assert receipt.endswith(" of 5000 calls were used that day")
    assert "  unknown shipping: assume, taken as 10.00 USD" in lines
    assert any(x.split("  ")[0] == "parts" and "Zenitar mk2 camera for parts" in x for x in lines)
    assert "Judged again from this receipt: the same, to the cent." in lines
    kept = run("alerts", "show", told, "--json").json["receipt"]
    assert kept["replay"] == {"agrees": True, "differences": [], "selectionAgrees": True}
    assert kept["statistics"]["median"] == "80.00"
    assert (len(kept["kept"]), len(kept["dropped"]), kept["basis"]) == (8, 1, "ask")
    _execute(database, "UPDATE alerts SET receipt = replace(receipt, '\"50.00\"', '\"49.00\"')")
    lines = run("alerts", "show", told).out.splitlines()
    assert "Judged again from this receipt by this version of watcher, it differs:" in lines
    assert any(x.startswith("  v1|1|0 at 49.00 USD ") for x in lines)
    _execute(database, "DELETE FROM evidence")
    assert (
        "Receipt: what it rests on was not kept, so it cannot be judged again."
        in run("alerts", "show", told).out
    )
    assert run("alerts", "show", told, "--json").json["receipt"] is None


def test_an_erased_alert_says_so(run: Run, told: str, database: Path) -> None:
    _execute(database, "UPDATE alerts SET made_at = 0")
    _execute(database, "UPDATE evidence SET at = 1")

    async def prune() -> None:
        async with App.opened(load_settings(None, {})) as app:
            await app.stores.housekeeping.prune(Instant(31 * DAY))

    asyncio.run(prune())
    shown = run("alerts", "show", told).out
    assert "Zenitar" not in shown
    assert "ebay.com" not in shown
    assert "Erased 1970-02-01T00:00:00Z: titles, addresses, pictures and item ids" in shown
    assert "Judged again from this receipt: the same, to the cent." in shown


def test_a_watch_and_an_item_are_explained_step_by_step(run: Run, told: str) -> None:
    lines = run("explain", "1", "https://www.ebay.com/itm/1").out.splitlines()
    assert lines[0].startswith(f"Watch 1, zenitar mk2 camera: alert {told} of ")
    assert [x.split()[1] for x in lines[1:]] == ["watch", "fetched", "kept", "rule", "again", "message"]
    assert "yes   rule      $50.00 in total is at most your $75.00" in lines
    dropped = run("explain", "1", "9", "--json").json
    assert (dropped["item"], dropped["steps"][2]["reason"]) == ("v1|9|0", "parts")
    assert "4 of them have alerted before" in run("explain", "1").out


def test_an_item_that_is_none_and_a_watch_that_there_is_not(run: Run, told: str) -> None:
    del told
    refused = run("explain", "1", "camera")
    assert (refused.code, refused.out) == (2, "")
    assert refused.err.startswith('watcher: "camera" is no item: give its number')
    assert run("explain", "99").code == 1


def test_what_is_not_the_item_is_left_out_with_a_preview_of_what_else_goes(run: Run, told: str) -> None:
    which = run("alerts", "reject", told)
    assert which.code == 2
    assert "told of several items; say which: v1|1|0, v1|8|0, v1|2|0" in which.err
    tried = run("alerts", "reject", told, "1", "--words", "strap", "--dry-run").out.splitlines()
    assert tried == [
        "Watch 1, zenitar mk2 camera, would leave the item out; nothing is saved.",
        "It also removes 1 of what is kept now:",
        "  Zenitar mk2 camera with strap",
        "Of 4 items told, 1 were not it: 75.0 % were right.",
    ]
    assert run("watch", "show", "1", "--json").json["rejected"] == 0
    done = run("alerts", "reject", told, "https://www.ebay.com/itm/1")
    assert done.out.splitlines()[:2] == [
        "Watch 1, zenitar mk2 camera, leaves the item out from now on.",
        "It removes nothing else of what is kept now.",
    ]
    shown = run("watch", "show", "1").out
    assert "1 of 4 told" in shown
    assert "75.0 %" in shown
    assert "Watch 1: 1 of 4 alerted items were rejected" in run("status").out.splitlines()
    assert run("status", "--json").json["precision"] == [
        {"watch": 1, "told": 4, "rejected": 1, "precision": 75.0}
    ]
    assert run("explain", "1", "1", "--json").json["steps"][2]["reason"] == "rejected"
    back = run("alerts", "reject", told, "1", "--undo", "--json").json
    assert (back["rejected"], back["precision"], back["saved"]) == (0, 100.0, True)


def test_many_others_are_named_in_part(run: Run, told: str) -> None:
    lines = run("alerts", "reject", told, "1", "--words", "camera", "--dry-run").out.splitlines()
    assert lines[1] == "It also removes 7 of what is kept now:"


def test_what_cannot_be_rejected_says_why(run: Run, told: str) -> None:
    about = next(a["id"] for a in run("alerts", "list", "--json").json["alerts"] if not a["items"])
    assert "is about the median, not about an item" in run("alerts", "reject", about).err
    assert "is no item" in run("alerts", "reject", told, "camera").err
    assert run("alerts", "reject", "nope").code == 1
    run("watch", "remove", "1")
    assert run("alerts", "reject", told, "1").code == 1


def test_comps_show_beside_the_asks_what_left_the_market(run: Run, told: str, database: Path) -> None:
    del told
    gone = "gone_at = first_seen + 86400, listed_at = first_seen"
    _execute(database, f"UPDATE sightings SET {gone} WHERE item_id IN ('v1|1|0', 'v1|2|0')")
    found = run("comps", QUERY, "--json").json
    assert found["comps"]["basis"] == "ask"
    assert {k: found["observed"][k] for k in ("basis", "n", "median", "kinds")} == {
        "basis": "observed",
        "n": 2,
        "median": "55.00",
        "kinds": {"gone": 2},
    }
    assert run("comps", QUERY).out.splitlines()[-1] == (
        "Seen to leave the market: 2 gone; last at a median of $55.00 (2) after 1 d on offer. "
        "No sale is known from that."
    )


def _execute(database: Path, statement: str) -> None:
    with closing(sqlite3.connect(database)) as conn, conn:
        conn.execute(statement)


def test_a_watch_shows_its_alerts(run: Run, told: str) -> None:
    assert told in run("watch", "show", "1").out
    assert [a["id"] for a in run("watch", "show", "1", "--json").json["alerts"]] == [told]


def test_an_alert_outlives_its_watch(run: Run, told: str) -> None:
    run("watch", "remove", "1")
    assert run("alerts", "show", told, "--json").json["watch"] == 1


@pytest.mark.parametrize("name", ["nope", "../../etc", "a\x1b[2J", "x" * 500])
def test_an_alert_that_there_is_not_is_a_failure(run: Run, database: Path, name: str) -> None:
    del database
    done = run("alerts", "show", name)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith('watcher: There is no alert "')
    assert done.err.endswith('"; `watcher alerts list` shows them.\n')
    assert "\x1b" not in done.err
