"""`watcher alerts` for price alerts: their items, reasons, receipts and messages."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import QUERY, Run, made_once
from tests.market.rows import summary
from tests.market.scripted import Scripted
from tests.market.server import MarketServer
from watcher.config import load_settings
from watcher.core.times import DAY, Instant
from watcher.runtime import App


def poll_and_send() -> None:
    async def poll() -> None:
        async with App.opened(load_settings(None, {})) as app:
            await app.poller.tick(app.clock.now())
            await app.poller.settle()
            await app.dispatcher.drain(app.clock.now())

    asyncio.run(poll())


@pytest.fixture
def item_alert(
    run: Run, market: MarketServer, database: Path, databases: dict[str, tuple[bytes, str]]
) -> str:
    """Poll two watches and send their alerts; return the id of the alert with items."""
    del market

    def make() -> str:
        run("watch", "add", QUERY, "--below", "75")
        run("watch", "add", QUERY, "--rule", "median-below 80", "--label", "Cheap market")
        poll_and_send()
        alerts = run("alerts", "list", "--json").json["alerts"]
        assert len(alerts) == 2
        return str(next(a["id"] for a in alerts if a["items"]))

    return made_once(databases, "item_alert", database, make)


def test_the_item_specific_that_decided_is_shown_by_every_door(
    run: Run, market: MarketServer, goods: Scripted, database: Path
) -> None:
    del database
    aspects = [{"name": "Brand", "value": "Apple"}, {"name": "Storage Capacity", "value": "128 GB"}]
    tablets = (summary(str(300 + n), "Apple iPad Mini 4 128GB tablet", f"{150 + n}.00") for n in range(6))
    nameless = summary("310", "Apple iPad Mini 4 tablet", "120.00", localizedAspects=aspects)
    goods.put("ipad mini 4 128gb", *tablets, nameless)
    run("watch", "add", "ipad mini 4 128gb", "--below", "130")
    poll_and_send()
    (alert,) = run("alerts", "list", "--json").json["alerts"]
    shown = run("alerts", "show", alert["id"]).out
    assert "decided by its specifics: Storage Capacity: 128 GB" in shown
    assert "Recomputed from this receipt: the same, to the cent." in shown
    assert "decided by Storage Capacity: 128 GB" in " ".join(shown.partition("Kept:")[2].split())
    receipt = run("alerts", "show", alert["id"], "--json").json["receipt"]
    assert (receipt["specifics"], receipt["unread"]) == ({"v1|310|0": "Storage Capacity: 128 GB"}, [])
    assert "its item specifics decided (Storage Capacity: 128 GB)" in run("explain", "1", "310").out
    assert "Decided by its specifics: Storage Capacity: 128 GB" in str(market.messages[-1].body)
    status = run("status").out
    assert "1 of 250 for single listings" in status


def test_empty_alert_list_says_so(run: Run, database: Path) -> None:
    del database
    assert run("alerts", "list").out == "No alerts yet.\n"
    assert run("alerts", "list", "--json").json == {"alerts": [], "incidents": []}


def test_alert_list_names_the_best_item_and_the_next_command(run: Run, item_alert: str) -> None:
    lines = run("alerts", "list").out.splitlines()
    assert lines[0].split() == ["id", "made", "watch", "what", "message"]
    line = next(x for x in lines if x.startswith(item_alert))
    assert "50.00 USD Zenitar mk2 camera no 1 (+3 more)" in line
    assert any("the median of 7 asks is $80.00" in x for x in lines)
    assert lines[-1] == "`watcher alerts show ID` shows the reason."


def test_alert_whose_items_are_gone_is_listed_as_not_sent(run: Run, item_alert: str, database: Path) -> None:
    with closing(sqlite3.connect(database)) as stored, stored:
        stored.execute("UPDATE outbox SET state = 'gone' WHERE ref = ?", (item_alert,))
    line = next(x for x in run("alerts", "list").out.splitlines() if x.startswith(item_alert))
    assert line.endswith("  not sent: gone")
    assert "  not sent: gone  " in run("watch", "show", "1").out


def test_alert_list_may_be_limited_to_a_watch_and_a_number(run: Run, item_alert: str) -> None:
    (only,) = run("alerts", "list", "--watch", "1", "--json").json["alerts"]
    assert only["id"] == item_alert
    assert len(run("alerts", "list", "--limit", "1", "--json").json["alerts"]) == 1
    assert run("alerts", "list", "--watch", "99").out == "No alerts yet.\n"


def test_alert_shows_every_item_its_costs_and_the_comps(run: Run, item_alert: str) -> None:
    lines = run("alerts", "show", item_alert).out.splitlines()
    assert lines[0] == f"Alert {item_alert} of watch 1, zenitar mk2 camera: at most $75.00"
    assert lines[2:6] == [
        "  Zenitar mk2 camera no 1",
        "    50.00 USD = 50.00 + 0.00 shipping",
        "    $50.00 in total is at most your $75.00",
        "    Used · https://www.ebay.com/itm/1",
    ]
    assert "    55.00 USD = 45.00 + 10.00 assumed shipping" in lines
    assert "Comps: 7 asks, low 50.00, median 80.00, high 110.00 USD" in lines
    assert "Dropped: 1 for parts" in lines
    assert lines[-1].startswith("Message to slack: ")


def test_alert_is_recomputed_from_its_receipt(run: Run, item_alert: str, database: Path) -> None:
    lines = run("alerts", "show", item_alert).out.splitlines()
    receipt = next(x for x in lines if x.startswith("Receipt: ebay's answer of "))
    assert receipt.endswith(" of 5000 calls were used that day")
    assert "  unknown shipping: assume, taken as 10.00 USD" in lines
    assert any(x.split("  ")[0] == "parts" and "Zenitar mk2 camera for parts" in x for x in lines)
    assert "Recomputed from this receipt: the same, to the cent." in lines
    kept = run("alerts", "show", item_alert, "--json").json["receipt"]
    assert kept["replay"] == {"agrees": True, "differences": [], "selectionAgrees": True}
    assert kept["statistics"]["median"] == "80.00"
    assert (len(kept["kept"]), len(kept["dropped"]), kept["basis"]) == (8, 1, "ask")
    _execute(database, "UPDATE alerts SET receipt = replace(receipt, '\"50.00\"', '\"49.00\"')")
    lines = run("alerts", "show", item_alert).out.splitlines()
    assert "Recomputed from this receipt by this version of watcher, the result differs:" in lines
    assert any(x.startswith("  v1|1|0 at 49.00 USD ") for x in lines)
    _execute(database, "DELETE FROM evidence")
    assert (
        "Receipt: it was not kept, so the alert cannot be recomputed."
        in run("alerts", "show", item_alert).out
    )
    assert run("alerts", "show", item_alert, "--json").json["receipt"] is None


def test_erased_alert_says_so(run: Run, item_alert: str, database: Path) -> None:
    _execute(database, "UPDATE alerts SET made_at = 0")
    _execute(database, "UPDATE evidence SET at = 1")

    async def prune() -> None:
        async with App.opened(load_settings(None, {})) as app:
            await app.stores.housekeeping.prune(Instant(31 * DAY))

    asyncio.run(prune())
    shown = run("alerts", "show", item_alert, "--utc").out
    assert "Zenitar" not in shown
    assert "ebay.com" not in shown
    assert "Erased 1970-02-01 00:00 UTC: titles, addresses, pictures and item ids" in shown
    assert "Recomputed from this receipt: the same, to the cent." in shown


def test_watch_and_item_are_explained_step_by_step(run: Run, item_alert: str) -> None:
    lines = run("explain", "1", "https://www.ebay.com/itm/1").out.splitlines()
    assert lines[0].startswith(f"Watch 1, zenitar mk2 camera: alert {item_alert} of ")
    assert [x.split()[1] for x in lines[1:]] == ["watch", "fetched", "kept", "rule", "again", "message"]
    assert "yes   rule      $50.00 in total is at most your $75.00" in lines
    dropped = run("explain", "1", "9", "--json").json
    assert (dropped["item"], dropped["steps"][2]["reason"]) == ("v1|9|0", "parts")
    assert "4 of them have alerted before" in run("explain", "1").out


def test_explain_refuses_an_invalid_item_and_an_unknown_watch(run: Run, item_alert: str) -> None:
    del item_alert
    refused = run("explain", "1", "camera")
    assert (refused.code, refused.out) == (2, "")
    assert refused.err.startswith('watcher: "camera" is not an item; give its number')
    assert run("explain", "99").code == 1


def test_rejected_item_is_dropped_with_a_preview_of_other_drops(run: Run, item_alert: str) -> None:
    which = run("alerts", "reject", item_alert)
    assert which.code == 2
    assert "\n  8  Zenitar mk2 camera with strap\n" in which.err
    assert "has 4 items. Name the wrong one, like `watcher alerts reject " in which.err
    assert [ln[:3] for ln in which.err.splitlines()[:3]] == ["  1", "  8", "  2"]
    tried = run("alerts", "reject", item_alert, "1", "--words", "strap", "--dry-run").out.splitlines()
    assert tried == [
        "Watch 1, zenitar mk2 camera, would drop the item; nothing is saved.",
        "It also drops 1 of the listings kept now:",
        "  Zenitar mk2 camera with strap",
        "Rejected: 1 of 4 alerted items; precision 75.0 %.",
    ]
    assert run("watch", "show", "1", "--json").json["rejected"] == 0
    done = run("alerts", "reject", item_alert, "https://www.ebay.com/itm/1")
    assert done.out.splitlines()[:2] == [
        "Watch 1, zenitar mk2 camera, drops the item from now on.",
        "It drops no other listing that is kept now.",
    ]
    shown = run("watch", "show", "1").out
    assert "1 of 4 alerted items" in shown
    assert "75.0 %" in shown
    assert "Watch 1: rejected 1 of 4 alerted items" in run("status").out.splitlines()
    assert run("status", "--json").json["precision"] == [
        {"watch": 1, "told": 4, "rejected": 1, "precision": 75.0}
    ]
    assert run("explain", "1", "1", "--json").json["steps"][2]["reason"] == "rejected"
    back = run("alerts", "reject", item_alert, "1", "--undo", "--json").json
    assert (back["rejected"], back["precision"], back["saved"]) == (0, 100.0, True)


def test_duplicate_watches_send_one_message_and_reject_together(
    run: Run, market: MarketServer, database: Path
) -> None:
    del database
    for label in ("Gift", "Bargain"):
        run("watch", "add", QUERY, "--below", "75", "--label", label)
    poll_and_send()
    (message,) = market.messages
    assert "Gift (watch 1), Bargain (watch 2)" in str(message)
    assert "mute: `watcher watch pause 1 2`" in str(message)
    alerts = run("alerts", "list", "--json").json["alerts"]
    assert [(a["watch"], a["alsoWatches"], a["delivery"]["state"]) for a in alerts] in (
        [(1, [2], "sent"), (2, [1], "sent")],
        [(2, [1], "sent"), (1, [2], "sent")],
    )
    assert "Recomputed from this receipt: the same" in run("alerts", "show", alerts[1]["id"]).out
    other = alerts[0]["alsoWatches"][0]
    said = run("alerts", "reject", alerts[0]["id"], "1").out
    assert said.splitlines()[0].endswith(f", drops the item from now on, and so does watch {other}.")
    assert [run("watch", "show", str(n), "--json").json["rejected"] for n in (1, 2)] == [1, 1]
    assert run("alerts", "reject", alerts[0]["id"], "1", "--undo").code == 0
    assert [run("watch", "show", str(n), "--json").json["rejected"] for n in (1, 2)] == [0, 0]


def test_reject_lists_only_some_of_many_other_drops(run: Run, item_alert: str) -> None:
    lines = run("alerts", "reject", item_alert, "1", "--words", "camera", "--dry-run").out.splitlines()
    assert lines[1] == "It also drops 7 of the listings kept now:"


def test_reject_explains_why_it_is_refused(run: Run, item_alert: str) -> None:
    about = next(a["id"] for a in run("alerts", "list", "--json").json["alerts"] if not a["items"])
    assert "is about the median, not about an item" in run("alerts", "reject", about).err
    assert "is not an item" in run("alerts", "reject", item_alert, "camera").err
    foreign = run("alerts", "reject", item_alert, "999")
    assert (foreign.code, run("watch", "show", "1", "--json").json["rejected"]) == (2, 0)
    assert f"Alert {item_alert} has no item 999; it has 1 and 8 and " in foreign.err
    assert run("alerts", "reject", "nope").code == 1
    run("watch", "remove", "1")
    assert run("alerts", "reject", item_alert, "1").code == 1


def test_comps_show_delistings_beside_the_asks(run: Run, item_alert: str, database: Path) -> None:
    del item_alert
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
        "Delisted: 2 gone; median of the last prices $55.00 (n = 2), listed for 1 d on median. "
        "Whether they were sold is not known."
    )


def _execute(database: Path, statement: str) -> None:
    with closing(sqlite3.connect(database)) as conn, conn:
        conn.execute(statement)


def test_watch_shows_its_alerts(run: Run, item_alert: str) -> None:
    assert item_alert in run("watch", "show", "1").out
    assert [a["id"] for a in run("watch", "show", "1", "--json").json["alerts"]] == [item_alert]


def test_alert_outlives_its_watch(run: Run, item_alert: str) -> None:
    run("watch", "remove", "1")
    assert run("alerts", "show", item_alert, "--json").json["watch"] == 1


@pytest.mark.parametrize("name", ["nope", "../../etc", "a\x1b[2J", "x" * 500])
def test_unknown_alert_is_a_failure(run: Run, database: Path, name: str) -> None:
    del database
    done = run("alerts", "show", name)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith('watcher: There is no alert "')
    assert done.err.endswith('"; `watcher alerts list` shows them.\n')
    assert "\x1b" not in done.err


def test_dead_letter_is_sent_once_more_on_request(run: Run, item_alert: str, database: Path) -> None:
    dead = "UPDATE outbox SET state = 'dead', attempt = 5, done_at = 1, error = 'channel_not_found'"
    _execute(database, f"{dead} WHERE ref = '{item_alert}'")
    done = run("alerts", "resend", item_alert, "--json")
    assert (done.code, done.json) == (0, {"id": item_alert, "to": ["slack"], "warnings": []})
    delivery = run("alerts", "show", item_alert, "--json").json["delivery"]
    assert (delivery["state"], delivery["error"]) == ("pending", None)

    async def deliver() -> None:
        async with App.opened(load_settings(None, {})) as app:
            await app.dispatcher.drain(app.clock.now())

    asyncio.run(deliver())
    assert run("alerts", "show", item_alert, "--json").json["delivery"]["state"] == "sent"


def test_dead_letter_about_an_incident_is_sent_once_more(run: Run, database: Path) -> None:
    row = (
        "INSERT INTO outbox (kind, ref, destination, payload, created_at, state, next_at, attempt, lease,"
        " lease_until, done_at, error)"
        " VALUES ('ops', 'inc1', '{to}', '{{}}', {at}, '{state}', 0, 5, '', 0, 1, 'x')"
    )
    for to, at, state in (("ops", 1, "dead"), ("ops", 2, "dead"), ("#ops", 1, "dead"), ("#all", 1, "sent")):
        _execute(database, row.format(to=to, at=at, state=state))
    done = run("alerts", "resend", "inc1")
    assert done.out == "2 messages about inc1 to #ops, ops will be sent once more by the daemon.\n"
    assert "The configuration has no destination #ops" in done.err
    with closing(sqlite3.connect(database)) as opened:
        states = opened.execute("SELECT destination, state FROM outbox ORDER BY id").fetchall()
    assert states == [("ops", "dead"), ("ops", "pending"), ("#ops", "pending"), ("#all", "sent")]


def test_only_a_dead_letter_is_sent_again(run: Run, item_alert: str) -> None:
    done = run("alerts", "resend", item_alert)
    assert (done.code, done.out) == (1, "")
    assert done.err == f"watcher: The message about alert {item_alert} is not a dead letter: it was sent.\n"
    assert run("alerts", "resend", "nothing").code == 1
