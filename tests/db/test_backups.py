"""Backups of an embedded database: complete, checked, and restored without losing the replaced one."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.conftest import AGES
from tests.db.people_rows import check_restored_people, fill_with_people
from tests.fakes import FakeClock
from watcher.core.times import DAY
from watcher.core.watch_input import Defaults, watch_from
from watcher.db import backups
from watcher.db.backups import back_up, dated_backup, newest_backup, restore_backup, rotate_backups
from watcher.db.lock_file import AlreadyRunning, LockFile, probable_holder
from watcher.db.migrate import downgrade_schema, require_current_schema
from watcher.db.revisions import DatabaseRefused, PlaceRefused, revision_at
from watcher.db.schema import HEAD
from watcher.db.sqlite import lock_path
from watcher.db.stores import Stores


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


def path_of(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def queries(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as conn:
        return [r[0] for r in conn.execute("SELECT query FROM searches ORDER BY id")]


def execute(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as conn, conn:
        conn.execute(statement)


async def add(stores: Stores, clock: FakeClock, query: str) -> None:
    await stores.watches.add([watch_from({"query": query}, Defaults("EBAY_US"))], clock.now())


def names(place: Path) -> set[str]:
    return {p.name for p in place.iterdir()}


async def test_a_backup_is_complete_while_the_database_is_in_use(
    stores: Stores, clock: FakeClock, database_url: str, tmp_path: Path
) -> None:
    await add(stores, clock, "omega")
    target = tmp_path / "copy.db"
    assert back_up(database_url, target) == target.stat().st_size
    assert queries(target) == ["omega"]


async def test_a_backup_is_one_file_and_leaves_no_other_files(
    stores: Stores, clock: FakeClock, database_url: str, tmp_path: Path
) -> None:
    await add(stores, clock, "omega")
    (tmp_path / "to").mkdir()
    back_up(database_url, tmp_path / "to" / "copy.db")
    assert names(tmp_path / "to") == {"copy.db"}
    with closing(sqlite3.connect(tmp_path / "to" / "copy.db")) as conn:
        assert conn.execute("PRAGMA journal_mode").fetchone() == ("delete",)


@pytest.mark.parametrize("ends", [("",), ("", "-wal", "-shm")], ids=["closed", "not closed"])
async def test_a_read_only_database_is_backed_up_without_a_trace(
    stores: Stores,
    clock: FakeClock,
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    ends: tuple[str, ...],
) -> None:
    await add(stores, clock, "omega")
    place = tmp_path / "disk"
    place.mkdir()
    if len(ends) == 1:
        stores.close()
    for end in ends:
        (place / f"watcher.db{end}").write_bytes((tmp_path / f"watcher.db{end}").read_bytes())
    before = names(place)
    access = os.access
    monkeypatch.setattr(
        os, "access", lambda path, how: not how & os.W_OK or (access(path, how) and path == tmp_path)
    )
    back_up(f"sqlite:///{place}/watcher.db", tmp_path / "copy.db")
    assert queries(tmp_path / "copy.db") == ["omega"]
    assert names(place) == before


def test_a_backup_never_replaces_a_file(database_url: str, tmp_path: Path) -> None:
    target = tmp_path / "copy.db"
    target.write_text("precious")
    with pytest.raises(DatabaseRefused, match="exists already; name a new file"):
        back_up(database_url, target)
    assert target.read_text() == "precious"


def test_a_backup_needs_a_directory_and_a_database(database_url: str, tmp_path: Path) -> None:
    with pytest.raises(DatabaseRefused, match="There is no directory"):
        back_up(database_url, tmp_path / "nowhere" / "copy.db")
    with pytest.raises(DatabaseRefused, match="There is no database at"):
        back_up(f"sqlite:///{tmp_path}/none.db", tmp_path / "copy.db")
    assert "copy.db" not in names(tmp_path)


def damage_leaf(file: Path, name: str) -> None:
    """Overwrite the cells of the page on which a small table or index begins; its header stays."""
    with closing(sqlite3.connect(file)) as conn:
        page = conn.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (name,)).fetchone()[0]
        size = conn.execute("PRAGMA page_size").fetchone()[0]
    content = bytearray(file.read_bytes())
    begin = (page - 1) * size
    assert content[begin] in (0x0A, 0x0D), "it is a leaf"
    content[begin + 8 : begin + size] = b"\xff" * (size - 8)
    file.write_bytes(content)


@pytest.mark.parametrize("name", ["watches", "searches", "ix_searches_due_at", "ix_watches_user_id"])
async def test_a_damaged_leaf_page_is_not_backed_up(
    stores: Stores, clock: FakeClock, database_url: str, tmp_path: Path, name: str
) -> None:
    await add(stores, clock, "camera")
    stores.close()
    source = path_of(database_url)
    damage_leaf(source, name)
    assert revision_at(database_url) == HEAD, "a look at the schema does not find the damage"
    with pytest.raises(DatabaseRefused, match=r"copy\.db\..*partial is damaged: ") as refused:
        back_up(database_url, tmp_path / "copy.db")
    assert not isinstance(refused.value, PlaceRefused), "it is not the caller's mistake"
    assert not [n for n in names(tmp_path) if n.startswith("copy.db")]


@pytest.mark.parametrize("name", ["watches", "ix_searches_due_at"])
async def test_a_backup_with_a_damaged_leaf_page_is_not_restored(
    stores: Stores, clock: FakeClock, database_url: str, tmp_path: Path, name: str
) -> None:
    await add(stores, clock, "camera")
    back_up(database_url, tmp_path / "copy.db")
    damage_leaf(tmp_path / "copy.db", name)
    await add(stores, clock, "lens")
    stores.close()
    with pytest.raises(PlaceRefused, match=r"copy\.db is damaged: "):
        restore_backup(database_url, tmp_path / "copy.db", tmp_path)
    assert queries(path_of(database_url)) == ["camera", "lens"]


def test_a_newer_database_is_neither_backed_up_nor_restored(database_url: str, tmp_path: Path) -> None:
    newer = tmp_path / "newer.db"
    newer.write_bytes(path_of(database_url).read_bytes())
    execute(newer, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DatabaseRefused, match="The database has schema 9999, which is newer"):
        back_up(f"sqlite:///{newer}", tmp_path / "copy.db")
    with pytest.raises(DatabaseRefused, match=r"newer\.db has schema 9999, which is newer"):
        restore_backup(database_url, newer, tmp_path)


async def test_a_restore_keeps_the_replaced_database_aside(
    stores: Stores, clock: FakeClock, database_url: str, tmp_path: Path
) -> None:
    await add(stores, clock, "before")
    back_up(database_url, tmp_path / "copy.db")
    await add(stores, clock, "after")
    stores.close()
    aside = restore_backup(database_url, tmp_path / "copy.db", tmp_path)
    assert aside
    assert queries(path_of(database_url)) == ["before"]
    assert queries(aside) == ["before", "after"]
    assert queries(tmp_path / "copy.db") == ["before"]


async def test_a_restore_revives_no_sign_in_and_keeps_people_and_tokens(
    stores: Stores, clock: FakeClock, database_url: str, tmp_path: Path
) -> None:
    await fill_with_people(stores, clock.now())
    back_up(database_url, tmp_path / "copy.db")
    stores.close()
    events = [3]
    for _ in range(2):
        restore_backup(database_url, tmp_path / "copy.db", tmp_path)
        events.append(await check_restored_people(database_url, clock.now()))
    assert events[0] < events[1] < events[2], "a stream is never resumed at an id that is not there yet"


async def test_looks_at_stripe_are_spread_after_a_restore(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clock: FakeClock
) -> None:
    """Else what becomes due meanwhile, such as a payment whose webhook is lost, waits for all users."""
    with closing(sqlite3.connect(path_of(database_url))) as conn, conn:
        rows = [(f"user{number:06}", clock.now()) for number in range(44_000)]
        conn.executemany("INSERT INTO users (id, created_at) VALUES (?, ?)", rows)
        conn.execute(
            "INSERT INTO subscriptions (user_id, customer, changed_at, confirmed_at, check_at) "
            "VALUES ('user043999', 'cus_1', 0, 0, NULL), ('user000007', '', 0, 0, NULL)"
        )
    back_up(database_url, tmp_path / "copy.db")
    monkeypatch.setattr(backups, "_now", clock.now)
    restore_backup(database_url, tmp_path / "copy.db", tmp_path)
    with closing(sqlite3.connect(path_of(database_url))) as conn:
        due = conn.execute(
            "SELECT user_id, check_at FROM subscriptions ORDER BY check_at, user_id"
        ).fetchall()
    assert [user for user, _ in due[:4]] == ["user043999", "user000007", "user000000", "user000001"]
    assert [at - clock.now() for _, at in due[:4]] == [0, 2, 4, 6]
    assert (len(due), due[-1][1] - clock.now()) == (44_000, DAY)


def test_a_backup_from_before_there_were_people_is_restored(database_url: str, tmp_path: Path) -> None:
    downgrade_schema(database_url, "0010")
    back_up(database_url, tmp_path / "old.db")
    restore_backup(database_url, tmp_path / "old.db", tmp_path)
    assert revision_at(database_url) == "0010"


def test_two_restores_within_a_second_keep_both_databases(database_url: str, tmp_path: Path) -> None:
    back_up(database_url, tmp_path / "copy.db")
    kept = {restore_backup(database_url, tmp_path / "copy.db", tmp_path) for _ in range(3)}
    assert len(kept) == 3
    assert all(aside and aside.exists() for aside in kept)


def test_a_restore_without_a_database_keeps_nothing_aside(database_url: str, tmp_path: Path) -> None:
    back_up(database_url, tmp_path / "copy.db")
    target = tmp_path / "new" / "place" / "watcher.db"
    assert restore_backup(f"sqlite:///{target}", tmp_path / "copy.db", tmp_path) is None
    assert queries(target) == []
    assert names(target.parent) == {"watcher.db", "watcher.lock"}


def test_a_damaged_database_is_kept_aside_with_its_log(database_url: str, tmp_path: Path) -> None:
    back_up(database_url, tmp_path / "copy.db")
    target = path_of(database_url)
    target.write_bytes(b"ruined" * 1000)
    target.with_name(target.name + "-wal").write_bytes(b"its log")
    aside = restore_backup(database_url, tmp_path / "copy.db", tmp_path)
    assert aside
    assert aside.read_bytes() == b"ruined" * 1000
    assert aside.with_name(aside.name + "-wal").read_bytes() == b"its log"
    assert queries(target) == []


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\0" + b"\0" * 5000])
def test_a_file_that_is_not_a_backup_is_refused_without_changes(
    database_url: str, tmp_path: Path, content: bytes
) -> None:
    junk = tmp_path / "junk.db"
    junk.write_bytes(content)
    before = path_of(database_url).read_bytes()
    with pytest.raises(DatabaseRefused, match=r"junk.db is damaged, or not a database of watcher"):
        restore_backup(database_url, junk, tmp_path)
    assert path_of(database_url).read_bytes() == before
    assert not [n for n in names(tmp_path) if ".replaced-" in n or ".partial" in n]


def test_another_programs_database_is_not_a_backup(database_url: str, tmp_path: Path) -> None:
    execute(tmp_path / "other.db", "CREATE TABLE letters (id)")
    with pytest.raises(DatabaseRefused, match="not a database of watcher"):
        restore_backup(database_url, tmp_path / "other.db", tmp_path)


def test_a_database_is_not_restored_from_itself(database_url: str, tmp_path: Path) -> None:
    with pytest.raises(DatabaseRefused, match="is the database itself"):
        restore_backup(database_url, path_of(database_url), tmp_path)


def test_a_restore_is_refused_while_a_daemon_runs(database_url: str, tmp_path: Path) -> None:
    back_up(database_url, tmp_path / "copy.db")
    daemon = LockFile(lock_path(database_url))
    daemon.acquire()
    try:
        with pytest.raises(AlreadyRunning, match="stop it first"):
            restore_backup(database_url, tmp_path / "copy.db", tmp_path)
    finally:
        daemon.release()


def test_the_lock_holder_is_known_without_touching_the_lock(tmp_path: Path) -> None:
    lock = tmp_path / "watcher.lock"
    assert probable_holder(lock) is None
    assert not lock.exists()
    holder = LockFile(lock)
    holder.acquire()
    assert probable_holder(lock) == os.getpid()
    holder.release()
    for content in ("", "junk", "0", "-1", str(2**70), "\N{EURO SIGN}"):
        lock.write_text(content)
        assert probable_holder(lock) is None, content


def touch(place: Path, *names: str) -> None:
    place.mkdir()
    for name in names:
        (place / name).touch()


def test_rotation_never_deletes_the_backup_just_made(tmp_path: Path) -> None:
    place = tmp_path / "backups"
    made = place / "watcher-20260102T000000Z.db"
    touch(place, made.name, "watcher-20260101T000000Z.db", "watcher-20990101T000000Z.db")
    (place / "watcher-20250101T000000Z.db").mkdir()  # made by someone else
    assert rotate_backups(place, 2, made) == 1
    assert names(place) == {made.name, "watcher-20260101T000000Z.db", "watcher-20250101T000000Z.db"}
    assert rotate_backups(place, 1, made) == 1
    assert rotate_backups(place, 1, made) == 0
    assert newest_backup(place) == made


def test_an_unfinished_backup_is_deleted_after_a_day(tmp_path: Path) -> None:
    place = tmp_path / "backups"
    made = dated_backup(place, datetime.now(UTC))
    under_way = f"{made.name}.partial"
    touch(place, made.name, under_way, "watcher-mine.db.partial")
    for end in ("", "-journal", "-wal"):
        (place / f"watcher-20260101T000000Z.db.partial{end}").touch()
    rotate_backups(place, 14, made)
    assert names(place) == {made.name, under_way, "watcher-mine.db.partial"}


def test_a_backup_is_private_and_a_restore_keeps_mode_and_owner(database_url: str, tmp_path: Path) -> None:
    back_up(database_url, tmp_path / "copy.db")
    assert (tmp_path / "copy.db").stat().st_mode & 0o777 == 0o600
    path_of(database_url).chmod(0o660)
    if not os.geteuid():
        os.chown(path_of(database_url), 65534, 65534)
    before = path_of(database_url).stat()
    restore_backup(database_url, tmp_path / "copy.db", tmp_path)
    after = path_of(database_url).stat()
    assert (after.st_mode, after.st_uid, after.st_gid) == (before.st_mode, before.st_uid, before.st_gid)


def test_links_of_other_users_are_not_followed(database_url: str, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("precious")
    (tmp_path / "copy.db.partial").symlink_to(precious)
    back_up(database_url, tmp_path / "copy.db")
    lock = lock_path(database_url)
    lock.unlink(missing_ok=True)
    lock.symlink_to(precious)
    with pytest.raises(OSError, match="symbolic links"):
        LockFile(lock).acquire()
    assert precious.read_text() == "precious"


async def test_a_database_behind_a_link_keeps_its_log_and_its_place(
    tmp_path: Path, sqlite_url: str, clock: FakeClock
) -> None:
    (tmp_path / "disk").mkdir()
    real = tmp_path / "disk" / "watcher.db"
    path_of(sqlite_url).replace(real)
    path_of(sqlite_url).symlink_to(real)
    assert lock_path(sqlite_url) == lock_path(f"sqlite:///{real}")
    stores = Stores.opened(sqlite_url, AGES)
    await add(stores, clock, "omega")  # in the log
    assert real.with_name("watcher.db-wal").stat().st_size
    execute(real, "UPDATE alembic_version SET version_num = '9999'")
    assert revision_at(sqlite_url) == "9999"
    execute(real, f"UPDATE alembic_version SET version_num = '{HEAD}'")
    back_up(sqlite_url, tmp_path / "copy.db")
    stores.close()
    aside = restore_backup(sqlite_url, tmp_path / "copy.db", tmp_path)
    assert aside
    assert aside.parent == real.parent
    assert path_of(sqlite_url).is_symlink()
    assert queries(real) == ["omega"]


def test_a_link_to_an_unmounted_disk_creates_no_empty_database(tmp_path: Path) -> None:
    (tmp_path / "watcher.db").symlink_to(tmp_path / "disk" / "watcher" / "watcher.db")
    with pytest.raises(DatabaseRefused, match="which does not exist; is its disk mounted"):
        require_current_schema(f"sqlite:///{tmp_path}/watcher.db")
    assert names(tmp_path) == {"watcher.db"}


def test_a_database_is_never_its_own_lock_file(tmp_path: Path) -> None:
    assert lock_path(f"sqlite:///{tmp_path}/watcher.lock") != tmp_path / "watcher.lock"


def test_another_programs_alembic_database_is_not_called_newer(tmp_path: Path) -> None:
    execute(tmp_path / "other.db", "CREATE TABLE alembic_version (version_num)")
    execute(tmp_path / "other.db", "INSERT INTO alembic_version VALUES ('1f2e3d4c')")
    with pytest.raises(DatabaseRefused, match="tables that are not watcher's"):
        revision_at(f"sqlite:///{tmp_path}/other.db")
