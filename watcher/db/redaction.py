"""Removal of titles, addresses and item ids from old data; numbers, reasons and hashes of the ids stay."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, select, tuple_, update

from watcher.core.background import Background
from watcher.core.delistings import Delisting, find_delistings
from watcher.core.marketplaces import currency_of, languages_of
from watcher.core.receipts import erased_alert, erased_evidence, erased_grounds
from watcher.core.times import Instant
from watcher.db.codec import (
    Unreadable,
    pack_receipt,
    read_alert,
    unpack_evidence,
    unpack_grounds,
    write_notification,
)
from watcher.db.engine import upsert
from watcher.db.history import sighted_of
from watcher.db.rows import minor_of, profile_of_row
from watcher.db.schema import (
    GONE,
    UNERASED,
    alerts,
    delistings,
    evidence,
    idempotency_keys,
    searches,
    sightings,
)

log = logging.getLogger(__name__)
# Unpacking and packing one takes some milliseconds, for which other writes wait.
RECEIPTS_PER_STEP = 25
SIGHTINGS_PER_STEP = 500
ANSWERS_PER_STEP = 500


class RetentionCutoff(NamedTuple):
    """Texts older than `before` are erased, and marked as erased at `now`."""

    before: Instant
    now: Instant


def archive_sightings(conn: Connection, cutoff: RetentionCutoff) -> int:
    """Replace some listings that are long gone by delistings, if comparable; return how many, 0 at the end.

    A search at a time, because all of its sightings are needed.
    """
    old = GONE, sightings.c.gone_at < cutoff.before
    search = conn.scalar(select(sightings.c.search_id).where(*old).order_by(sightings.c.gone_at).limit(1))
    if search is None:
        return 0
    mine = select(sightings.c.item_id).where(sightings.c.search_id == search, *old)
    items = conn.scalars(mine.limit(SIGHTINGS_PER_STEP)).all()
    archive_items(conn, search, items)
    return len(items)


def archive_items(conn: Connection, search: int, items: Sequence[str]) -> None:
    """Replace these listings of a search, which are gone, by delistings, if comparable."""
    if not items:
        return
    question = conn.execute(select(searches).where(searches.c.id == search)).one()
    # All sightings of the search are needed to find relisted items.
    of_search = sightings.c.search_id == search
    seen = [sighted_of(r) for r in conn.execute(select(sightings).where(of_search))]
    found = find_delistings(
        question.query,
        seen,
        currency_of(question.marketplace),
        languages_of(question.marketplace),
        Background(profile_of_row(question)),
        among=frozenset(items),
    )
    if found:
        rows = [_delisting_row(search, d) for d in found]
        conn.execute(upsert(conn, delistings).on_conflict_do_nothing(), rows)
    this = of_search & (sightings.c.item_id == bindparam("item"))
    conn.execute(delete(sightings).where(this), [{"item": item} for item in items])


def erase_alerts(conn: Connection, cutoff: RetentionCutoff) -> int:
    """Erase the texts of a batch of alerts; return its size."""
    old = (alerts.c.made_at < cutoff.before) & UNERASED
    rows = conn.execute(
        select(alerts.c.id, alerts.c.receipt, alerts.c.grounds).where(old).limit(RECEIPTS_PER_STEP)
    ).all()
    for row in rows:
        this = alerts.c.id == row.id
        try:
            receipt = write_notification(erased_alert(read_alert(row.receipt)))
            grounds = row.grounds and pack_receipt(erased_grounds(unpack_grounds(row.grounds)))
        except Unreadable:
            log.warning("an alert cannot be read, so it is deleted with its texts", extra={"alert": row.id})
            conn.execute(delete(alerts).where(this))
            continue
        conn.execute(
            update(alerts).where(this).values(receipt=receipt, grounds=grounds, erased_at=cutoff.now)
        )
    return len(rows)


def erase_evidence(conn: Connection, cutoff: RetentionCutoff) -> int:
    """Erase the texts of a batch of evidence; return its size."""
    old = (evidence.c.at < cutoff.before) & UNERASED
    rows = conn.execute(select(evidence.c.id, evidence.c.payload).where(old).limit(RECEIPTS_PER_STEP)).all()
    for row in rows:
        this = evidence.c.id == row.id
        try:
            payload = pack_receipt(erased_evidence(unpack_evidence(row.payload), cutoff.now))
        except Unreadable:
            log.warning(
                "a receipt cannot be read, so it is deleted with its texts", extra={"evidence": row.id}
            )
            conn.execute(delete(evidence).where(this))
            continue
        conn.execute(update(evidence).where(this).values(payload=payload, erased_at=cutoff.now))
    return len(rows)


def erase_answers(conn: Connection, cutoff: RetentionCutoff) -> int:
    """Erase a batch of answers to requests with a key, which may quote listings; return its size.

    The keys stay, so that no request has its effect twice.
    """
    key = idempotency_keys.c.user_id, idempotency_keys.c.key
    old = (idempotency_keys.c.created_at < cutoff.before) & idempotency_keys.c.body.is_not(None)
    some = select(*key).where(old).limit(ANSWERS_PER_STEP)
    return conn.execute(update(idempotency_keys).where(tuple_(*key).in_(some)).values(body=None)).rowcount


def _delisting_row(search: int, delisting: Delisting) -> dict[str, object]:
    return {
        "search_id": search,
        "item": delisting.item,
        "kind": str(delisting.kind),
        "currency": delisting.price.currency,
        "price": delisting.price.minor,
        "shipping": minor_of(delisting.shipping),
        "listed_at": delisting.listed_at,
        "gone_at": delisting.gone_at,
    }
