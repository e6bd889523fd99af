"""Attacks on what the daemon stores: polls that cannot be recorded, damaged rows, foreign files."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.attack.world import QUERY, attack, attacked_world
from tests.crash import free_port
from tests.market.rows import summary

SEARCH = "/buy/browse/v1/item_summary/search"
CANNOT_RECORD = """
CREATE TRIGGER refuse BEFORE INSERT ON price_points BEGIN SELECT RAISE(ABORT, 'refused'); END
"""


@attack
async def a_poll_that_cannot_be_recorded(home: Path) -> None:
    async with attacked_world(home) as world:
        world.offer_plain()
        await world.json("watch", "add", QUERY, "--below", "200", "--every", "1h")
        world.rows(CANNOT_RECORD)
        async with world.daemon():
            await asyncio.sleep(15)
            calls = world.market.calls[SEARCH]
            assert calls <= 6, f"{calls} calls in 15 s for a watch of every hour"
            status = await world.run("status")
            assert "recorded" in status.out, status.out


@attack
async def a_watch_whose_row_is_damaged(home: Path) -> None:
    async with attacked_world(home) as world:
        world.offer_plain()
        world.goods.put(QUERY, summary("v1|900|0", "Kestrel X1 bargain", "150.00", "5.00"))
        bad = await world.json("watch", "add", "merlin z9", "--below", "10")
        await world.json("watch", "add", QUERY, "--below", "200")
        world.rows(f"UPDATE watches SET rule = 'nonsense' WHERE id = {bad['id']}")
        listed = await world.run("watch", "list")
        assert QUERY in listed.out, listed
        assert f"watch remove {bad['id']}" in listed.out + listed.err, listed
        async with world.daemon(), world.client() as client:
            await world.message_with("bargain")
            assert QUERY in (await client.get("/api/watches")).text
        assert (await world.run("watch", "remove", str(bad["id"]))).code == 0


@attack
async def a_label_that_is_not_utf_8(home: Path) -> None:
    async with attacked_world(home) as world:
        world.offer_plain()
        world.goods.put(QUERY, summary("v1|900|0", "Kestrel X1 bargain", "150.00", "5.00"))
        bad = await world.json("watch", "add", "merlin z9", "--below", "10")
        await world.json("watch", "add", QUERY, "--below", "200")
        world.rows(f"UPDATE watches SET label = CAST(x'ff41' AS TEXT) WHERE id = {bad['id']}")
        assert QUERY in (await world.run("watch", "list")).out
        async with world.daemon():
            await world.message_with("bargain")


async def _restore_is_refused(home: Path, spoil: str) -> None:
    async with attacked_world(home) as world:
        await world.json("watch", "add", QUERY, "--below", "200")
        backup = home / "backup.db"
        assert (await world.run("db", "backup", str(backup))).code == 0
        with closing(sqlite3.connect(backup)) as conn:
            conn.executescript(spoil)
            conn.commit()
        before = world.rows("SELECT * FROM watches")
        attempt = await world.run("db", "restore", str(backup))
        assert attempt.code == 1, attempt
        assert attempt.err.count("\n") == 1, attempt.err
        assert world.rows("SELECT * FROM watches") == before
        assert world.rows("SELECT count(*) FROM sqlite_master WHERE type IN ('trigger', 'view')") == [(0,)]


@attack
async def a_backup_with_a_trigger_that_plants_a_token(home: Path) -> None:
    await _restore_is_refused(
        home,
        "CREATE TRIGGER plant AFTER INSERT ON outbox BEGIN "
        "INSERT INTO tokens (digest, user_id, admin, created_at) VALUES ('x', 'local', 1, 0); END",
    )


@attack
async def a_backup_with_a_view(home: Path) -> None:
    await _restore_is_refused(home, "CREATE VIEW seen AS SELECT * FROM watches")


@attack
async def a_backup_without_a_table(home: Path) -> None:
    await _restore_is_refused(home, "DROP TABLE item_states")


@attack
async def a_backup_with_another_column(home: Path) -> None:
    await _restore_is_refused(home, "ALTER TABLE watches ADD COLUMN more TEXT")


@attack
async def a_backup_with_values_of_wrong_types(home: Path) -> None:
    await _restore_is_refused(home, "UPDATE watches SET rule = x'00ff', every = 'soon'")


@attack
async def a_backup_whose_rows_refer_to_nothing(home: Path) -> None:
    await _restore_is_refused(home, "PRAGMA foreign_keys = OFF; UPDATE watches SET search_id = 99")


@attack
async def two_daemons_on_one_file_through_a_hard_link(home: Path) -> None:
    async with attacked_world(home) as world, world.daemon():
        other = home / "other"
        other.mkdir()
        os.link(world.database, other / "watcher.db")
        text = world.config.read_text().replace(str(world.database), str(other / "watcher.db"))
        copy = home / "other.toml"
        copy.write_text(text.replace(f"port = {world.port}", f"port = {free_port()}"))
        attempt = await asyncio.wait_for(world.run("--config", str(copy), "run"), 30)
        assert attempt.code == 1, attempt


@attack
async def a_deleted_write_ahead_log(home: Path) -> None:
    async with attacked_world(home) as world:
        world.offer_plain()
        await world.json("watch", "add", QUERY, "--below", "200", "--every", "1s")
        async with world.daemon() as running:
            world.database.with_name("watcher.db-wal").unlink()
            await running.wait_for("-wal", seconds=90)
