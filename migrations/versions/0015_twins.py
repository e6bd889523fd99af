"""Give watches the category that their users named, and merge searches that differed only in its name.

A search is what a market is asked, and a market knows no names of categories. Searches that become equal
become one: the one that was polled last, with everything that the others saw. A search that cannot be read
stays as it is, and so does one whose new key such a search has.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_ROWS_PER_INSERT = 5_000
# The key of an answer is api, marketplace, kind, query, condition, category, currency and version.
_PARTS, _CATEGORY = 8, 5
# A sighting on offer is dated again once a day, so what its last poll saw may be this much newer.
_SEEN_AT_SECONDS = 86_400
# In this order everywhere: watches before searches.
_LOCKED = "watches, searches, sightings, exits, price_points, cache_entries"
# Searches that get another key or become one: the search that stays, and the place among its twins.
_MERGING = sa.table(
    "merging", *(sa.column(name) for name in ("search_id", "keeper", "place", "twins", "key", "due_at"))
)
_CREATE_MERGING = (
    "CREATE TABLE merging (search_id BIGINT PRIMARY KEY, keeper BIGINT NOT NULL, place INTEGER NOT NULL, "
    "twins INTEGER NOT NULL, key TEXT NOT NULL, due_at DOUBLE PRECISION)"
)
# The twins' rows about the same item, the one that stays first, with what it gets of the others.
_CREATE_ITEMS = "CREATE TABLE merging_items AS SELECT * FROM ({rows}) AS found WHERE n > 1"
_SIGHTINGS_OF_ITEMS = """
SELECT s.search_id, s.item_id, count(*) OVER item AS n, min(s.first_seen) OVER item AS first_seen,
  max(s.changed_at) OVER item AS changed_at, max(s.seen_at) OVER item AS seen_at,
  min(s.listed_at) OVER item AS listed_at, max(s.image) OVER item AS image,
  row_number() OVER (PARTITION BY m.keeper, s.item_id ORDER BY coalesce(s.gone_at, {greatest}(
    s.seen_at, s.changed_at, {least}(coalesce(p.polled_at, 0), s.seen_at + {day}))) DESC, m.place) AS place
FROM merging AS m JOIN searches AS p ON p.id = m.search_id JOIN sightings AS s ON s.search_id = m.search_id
WHERE m.twins > 1 WINDOW item AS (PARTITION BY m.keeper, s.item_id)
"""
_EXITS_OF_ITEMS = """
SELECT s.search_id, s.item AS item_id, count(*) OVER item AS n, min(s.listed_at) OVER item AS listed_at,
  row_number() OVER (PARTITION BY m.keeper, s.item ORDER BY s.gone_at DESC, m.place) AS place
FROM merging AS m JOIN exits AS s ON s.search_id = m.search_id
WHERE m.twins > 1 WINDOW item AS (PARTITION BY m.keeper, s.item)
"""
_INDEX_ITEMS = "CREATE INDEX ix_merging_items ON merging_items (search_id, item_id)"
_DROP_ITEMS = "DROP TABLE merging_items"
_DELETE_OTHER_SIGHTINGS = """
DELETE FROM sightings
WHERE (search_id, item_id) IN (SELECT search_id, item_id FROM merging_items WHERE place > 1)
"""
_COMPLETE_SIGHTINGS = """
UPDATE sightings SET first_seen = m.first_seen, changed_at = m.changed_at, seen_at = m.seen_at,
  listed_at = coalesce(sightings.listed_at, m.listed_at),
  image = CASE WHEN sightings.image = '' THEN m.image ELSE sightings.image END
FROM merging_items AS m WHERE m.search_id = sightings.search_id AND m.item_id = sightings.item_id
"""
_DELETE_OTHER_EXITS = """
DELETE FROM exits WHERE (search_id, item) IN (SELECT search_id, item_id FROM merging_items WHERE place > 1)
"""
_COMPLETE_EXITS = """
UPDATE exits SET listed_at = m.listed_at
FROM merging_items AS m WHERE m.search_id = exits.search_id AND m.item_id = exits.item
"""
# Points of the same poll; a twin in an earlier place has the one that stays.
_DELETE_OTHER_POINTS = """
DELETE FROM price_points WHERE search_id IN (SELECT search_id FROM merging WHERE place > 1) AND EXISTS (
  SELECT 1 FROM merging AS mine
  JOIN merging AS other ON other.keeper = mine.keeper AND other.place < mine.place
  JOIN price_points AS p
    ON p.search_id = other.search_id AND p.filters = price_points.filters AND p.at = price_points.at
  WHERE mine.search_id = price_points.search_id)
"""
_MOVE = """
UPDATE {table} SET search_id = m.keeper FROM merging AS m
WHERE m.search_id = {table}.search_id AND m.place > 1
"""
# A poll under way does not know the other watches, so it is made again.
_MERGE_SCHEDULES = """
UPDATE searches SET lease = '', lease_until = 0, due_at = m.due_at FROM merging AS m
WHERE m.search_id = searches.id AND m.place = 1 AND m.twins > 1
"""
_DELETE_OTHER_SEARCHES = "DELETE FROM searches WHERE id IN (SELECT search_id FROM merging WHERE place > 1)"
_RENAME_SEARCHES = """
UPDATE searches SET key = m.key, category = '' FROM merging AS m
WHERE m.search_id = searches.id AND m.place = 1
"""
_DROP_MERGING = "DROP TABLE merging"


def upgrade() -> None:
    conn = op.get_bind()
    if conn.dialect.name != "sqlite":
        conn.execute(sa.text(f"LOCK TABLE {_LOCKED} IN ACCESS EXCLUSIVE MODE"))
    op.add_column("watches", sa.Column("category", sa.Text(), server_default="", nullable=False))
    # The comparison leaves out values that are not text.
    conn.execute(
        sa.text(
            "UPDATE watches SET category = s.category FROM searches AS s "
            "WHERE s.id = watches.search_id AND s.category <> '' AND s.category = CAST(s.category AS TEXT)"
        )
    )
    conn.execute(sa.text(_CREATE_MERGING))
    rows = _rows_to_merge(conn)
    for start in range(0, len(rows), _ROWS_PER_INSERT):
        conn.execute(sa.insert(_MERGING), rows[start : start + _ROWS_PER_INSERT])
    conn.execute(sa.text("CREATE INDEX ix_merging ON merging (keeper, place)"))
    if conn.dialect.name != "sqlite":  # the table is new, so the server would guess its size
        conn.execute(sa.text("ANALYZE merging"))
    has_twins = any(row["twins"] > 1 for row in rows)  # otherwise nothing that searches saw is read
    for statement in (*(_merge_statements(conn) if has_twins else ()), _RENAME_SEARCHES, _DROP_MERGING):
        conn.execute(sa.text(statement))
    _rename_answers(conn)


def downgrade() -> None:
    conn = op.get_bind()
    # Only a category that all watches of a search name can be given back to it.
    named = {
        row.key: row
        for row in conn.execute(
            sa.text(
                "SELECT s.id, s.key, min(w.category) AS category FROM searches AS s "
                "JOIN watches AS w ON w.search_id = s.id WHERE s.category = '' "
                "GROUP BY s.id, s.key HAVING min(w.category) = max(w.category)"
            )
        )
        if row.category and not _number(row.category) and row.key.endswith("|")
    }
    taken = set(conn.scalars(sa.text("SELECT key FROM searches")))
    moved = {k: row for k, row in named.items() if k + row.category not in taken}
    if moved:
        conn.execute(
            sa.text("UPDATE searches SET key = key || :category, category = :category WHERE id = :id"),
            [{"id": row.id, "category": row.category} for row in moved.values()],
        )
    answers = []
    for row in conn.execute(sa.text("SELECT key FROM cache_entries")):
        parts = row.key.split("|")
        if len(parts) == _PARTS and not parts[_CATEGORY]:
            asked = "|".join((*(_plain(parts[n]) for n in (1, 3, 4)), ""))
            if asked in moved:
                parts[_CATEGORY] = _escaped(moved[asked].category)
                answers.append({"old": row.key, "new": "|".join(parts)})
    _rename(conn, answers)
    op.drop_column("watches", "category")


def _merge_statements(conn: sa.Connection) -> tuple[str, ...]:
    """Return the statements that move everything of twins to the search that stays, and delete the others."""
    greatest, least = ("max", "min") if conn.dialect.name == "sqlite" else ("greatest", "least")
    sighted = _SIGHTINGS_OF_ITEMS.format(greatest=greatest, least=least, day=_SEEN_AT_SECONDS)
    about_sightings = (_INDEX_ITEMS, _DELETE_OTHER_SIGHTINGS, _COMPLETE_SIGHTINGS, _DROP_ITEMS)
    about_exits = (_INDEX_ITEMS, _DELETE_OTHER_EXITS, _COMPLETE_EXITS, _DROP_ITEMS)
    return (
        *(_CREATE_ITEMS.format(rows=sighted), *about_sightings),
        *(_CREATE_ITEMS.format(rows=_EXITS_OF_ITEMS), *about_exits),
        _DELETE_OTHER_POINTS,
        *(_MOVE.format(table=table) for table in ("sightings", "exits", "price_points", "watches")),
        *(_MERGE_SCHEDULES, _DELETE_OTHER_SEARCHES),
    )


def _rows_to_merge(conn: sa.Connection) -> list[dict[str, Any]]:
    """Return the rows of `merging`."""
    columns = "id, key, query, condition, category, marketplace, polled_at, due_at"
    groups: dict[str, list[Any]] = {}
    unreadable = set()
    for row in conn.execute(sa.text(f"SELECT {columns} FROM searches ORDER BY id")):  # noqa: S608 - fixed words
        words = (row.marketplace, row.query, row.condition, row.category)
        if not all(isinstance(word, str) for word in words) or row.key != _key(*words):
            unreadable.add(row.key)
            continue
        polled_at, due_at = (at if isinstance(at, float) else None for at in (row.polled_at, row.due_at))
        key = _key(*words[:3], _number(row.category))
        place = (-1.0 if polled_at is None else polled_at, -row.id)
        groups.setdefault(key, []).append((place, row.id, row.key == key, due_at))
    rows = []
    for key, members in groups.items():
        if key in unreadable or (len(members) == 1 and members[0][2]):
            continue
        ordered = [number for _, number, _, _ in sorted(members, reverse=True)]
        shared = {
            "keeper": ordered[0],
            "twins": len(members),
            "key": key,
            "due_at": min((due for *_, due in members if due is not None), default=None),
        }
        rows += [{"search_id": number, "place": n} | shared for n, number in enumerate(ordered, start=1)]
    return rows


def _rename_answers(conn: sa.Connection) -> None:
    """Rename cached answers; of several to one question the newest stays."""
    newest: dict[str, tuple[float, str]] = {}
    for row in conn.execute(sa.text("SELECT key, fetched_at FROM cache_entries ORDER BY key")):
        new = _unnamed(row.key)
        at = row.fetched_at if isinstance(row.fetched_at, float) else -1.0
        newest[new] = max(newest.get(new, (-2.0, "")), (at, row.key))
    kept = {old for _, old in newest.values()}
    stored = conn.scalars(sa.text("SELECT key FROM cache_entries")).all()
    if dropped := [{"old": key} for key in stored if key not in kept]:
        conn.execute(sa.text("DELETE FROM cache_entries WHERE key = :old"), dropped)
    _rename(conn, [{"old": old, "new": new} for new, (_, old) in newest.items() if old != new])


def _rename(conn: sa.Connection, answers: Sequence[dict[str, str]]) -> None:
    if answers:
        conn.execute(sa.text("UPDATE cache_entries SET key = :new WHERE key = :old"), answers)


def _unnamed(key: str) -> str:
    """Return the key of an answer without the name of a category."""
    parts = key.split("|")
    if len(parts) == _PARTS:
        parts[_CATEGORY] = _number(parts[_CATEGORY])
    return "|".join(parts)


def _key(marketplace: str, query: str, condition: str, category: str) -> str:
    return "|".join((marketplace, " ".join(query.split()).casefold(), condition, category))


def _number(category: str) -> str:
    return category if category.isascii() and category.isdecimal() else ""


def _escaped(part: str) -> str:
    return part.replace("%", "%25").replace("|", "%7C")


def _plain(part: str) -> str:
    return part.replace("%7C", "|").replace("%25", "%")
