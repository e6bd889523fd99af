"""Titles, addresses and item ids leave what is kept; numbers, reasons and hashes of the ids stay."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection, delete, select, update

from watcher.core.alerts import Alert
from watcher.core.delistings import Delisting, exits_of
from watcher.core.item_number import hashed_id
from watcher.core.marketplaces import currency_of
from watcher.core.receipts import erased_alert, erased_evidence, erased_grounds
from watcher.core.times import Instant
from watcher.db.codec import (
    pack_receipt,
    read_notification,
    unpack_evidence,
    unpack_grounds,
    write_notification,
)
from watcher.db.compression import Unreadable
from watcher.db.engine import upsert
from watcher.db.history import sighted_of
from watcher.db.rows import minor_of
from watcher.db.schema import alerts, evidence, exits, searches, sightings

log = logging.getLogger(__name__)
# Each is unpacked and packed again, some milliseconds; nobody should wait long behind them.
RECEIPTS_PER_STEP = 25
ARCHIVE_STEP = 500
_UNREADABLE = (Unreadable, msgspec.DecodeError)


class RedactedRow(NamedTuple):
    """What is older than `before` is erased at `now`."""

    before: Instant
    now: Instant


def erase_alerts(conn: Connection, items: Sequence[RedactedRow]) -> Sequence[int]:
    """Erase the texts of some alerts; how many."""
    return [_erase_alerts(conn, item) for item in items]


def erase_evidence(conn: Connection, items: Sequence[RedactedRow]) -> Sequence[int]:
    """Erase the texts of some evidence; how many."""
    return [_erase_evidence(conn, item) for item in items]


def archive_sightings(conn: Connection, items: Sequence[RedactedRow]) -> Sequence[int]:
    """Turn some sightings that are long gone into exits, the comparable ones; how many are no more."""
    return [_archive(conn, item) for item in items]


def _archive(conn: Connection, item: RedactedRow) -> int:
    statement = (
        select(sightings.c.search_id, sightings.c.item_id)
        .where(sightings.c.gone_at < item.before)
        .order_by(sightings.c.search_id)
        .limit(ARCHIVE_STEP)
    )
    rows = conn.execute(statement).all()
    for search in sorted({r.search_id for r in rows}):
        old = [r.item_id for r in rows if r.search_id == search]
        hashes = {hashed_id(i) for i in old}
        asked = conn.execute(select(searches).where(searches.c.id == search)).one()
        # The others of the search tell whether one was listed again.
        seen = [sighted_of(r) for r in conn.execute(select(sightings).where(sightings.c.search_id == search))]
        found = exits_of(asked.query, seen, currency_of(asked.marketplace))
        kept = [_exit_row(search, x) for x in found if x.item in hashes]
        if kept:
            conn.execute(upsert(conn, exits).on_conflict_do_nothing(), kept)
        ours = (sightings.c.search_id == search) & sightings.c.item_id.in_(old)
        conn.execute(delete(sightings).where(ours))
    return len(rows)


def _exit_row(search: int, x: Delisting) -> dict[str, object]:
    return {
        "search_id": search,
        "item": x.item,
        "kind": str(x.kind),
        "currency": x.price.currency,
        "price": x.price.minor,
        "shipping": minor_of(x.shipping),
        "listed_at": x.listed_at,
        "gone_at": x.gone_at,
    }


def _erase_alerts(conn: Connection, item: RedactedRow) -> int:
    old = (alerts.c.made_at < item.before) & alerts.c.erased_at.is_(None)
    rows = conn.execute(
        select(alerts.c.id, alerts.c.receipt, alerts.c.grounds).where(old).limit(RECEIPTS_PER_STEP)
    ).all()
    for row in rows:
        one = alerts.c.id == row.id
        try:
            alert = read_notification("alert", row.receipt)
            grounds = row.grounds and pack_receipt(erased_grounds(unpack_grounds(row.grounds)))
        except _UNREADABLE:
            log.warning("an alert cannot be read, so it goes with its texts", extra={"alert": row.id})
            conn.execute(delete(alerts).where(one))
            continue
        if not isinstance(alert, Alert):  # pragma: no cover - `kind` above decides the type
            raise TypeError(alert)
        receipt = write_notification(erased_alert(alert))
        conn.execute(update(alerts).where(one).values(receipt=receipt, grounds=grounds, erased_at=item.now))
    return len(rows)


def _erase_evidence(conn: Connection, item: RedactedRow) -> int:
    old = (evidence.c.at < item.before) & evidence.c.erased_at.is_(None)
    rows = conn.execute(select(evidence.c.id, evidence.c.payload).where(old).limit(RECEIPTS_PER_STEP)).all()
    for row in rows:
        one = evidence.c.id == row.id
        try:
            payload = pack_receipt(erased_evidence(unpack_evidence(row.payload), item.now))
        except _UNREADABLE:
            log.warning("a receipt cannot be read, so it goes with its texts", extra={"evidence": row.id})
            conn.execute(delete(evidence).where(one))
            continue
        conn.execute(update(evidence).where(one).values(payload=payload, erased_at=item.now))
    return len(rows)
