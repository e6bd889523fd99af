"""The one transaction that records polls."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Boolean, Connection, Double, bindparam, case, func, select, update

from watcher.core.alerts import Alert
from watcher.core.polls import PollResult, RecordOutcome
from watcher.db.alert_records import record_alerts
from watcher.db.cache_entries import put_cache_entries
from watcher.db.codec import write_profile
from watcher.db.notify import announce_work
from watcher.db.observations import record_price_points, record_sightings
from watcher.db.outbox import lease_messages
from watcher.db.prepared import PreparedSelect
from watcher.db.schema import searches, watches
from watcher.ports import DELIVER

# Messages that one commit of polls leases; a drain leases the others.
MAX_NEW_MESSAGES = 50
# Rows are locked until the commit, watches before searches as everywhere: another daemon may take a lease
# over, or a user edit a watch, at the same time.
_REVISIONS = PreparedSelect(
    select(watches.c.id, watches.c.revision)
    .where(watches.c.id.in_(bindparam("ids", expanding=True)), watches.c.paused.is_(False))
    .order_by(watches.c.id)
    .with_for_update(key_share=True)
)
_LEASES = PreparedSelect(
    select(searches.c.id, searches.c.lease, searches.c.polled_at)
    .where(searches.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(searches.c.id)
    .with_for_update(key_share=True)
)
_IS_AS_CLAIMED = searches.c.due_at == bindparam("claimed", type_=Double)
_SET_POLLED = (
    update(searches)
    .where(searches.c.id == bindparam("search"))
    .values(
        # A due time that moved since the claim stays: the last watch was paused or removed (NULL), or a new
        # watch wants the search now.
        due_at=case((_IS_AS_CLAIMED, bindparam("due", type_=Double)), else_=searches.c.due_at),
        polled_at=func.coalesce(bindparam("at"), searches.c.polled_at),
        attempt=bindparam("attempt_"),
        error=bindparam("error_"),
        suspicion=bindparam("suspicion_"),
        profile=func.coalesce(bindparam("profile_"), searches.c.profile),
        estimates=func.coalesce(bindparam("estimates_"), searches.c.estimates),
        value=func.coalesce(bindparam("value_"), searches.c.value),
        shortest=bindparam("shortest_"),
        longest=bindparam("longest_"),
        scanned_at=func.coalesce(bindparam("scanned_"), searches.c.scanned_at),
        paced=case((_IS_AS_CLAIMED, bindparam("paced_", type_=Boolean)), else_=searches.c.paced),
        # It counts rows of the last answer, so a poll without an answer keeps it.
        unreadable=func.coalesce(bindparam("unreadable_"), searches.c.unreadable),
        unrecorded=0,
        lease="",
        lease_until=0.0,
    )
)
_SET_WATCH_STATE = (
    update(watches)
    .where(watches.c.id == bindparam("watch"))
    .values(baseline_at=func.coalesce(watches.c.baseline_at, bindparam("at")), armed=bindparam("armed_"))
)


def record_polls(conn: Connection, items: Sequence[PollResult]) -> Sequence[RecordOutcome]:
    """Record polls whose lease is still held, in one statement per table for all of them."""
    watch_ids = [watch for p in items for watch, _, _ in p.judged]
    found = _REVISIONS.rows(conn, {"ids": watch_ids}) if watch_ids else ()
    revisions = {r.id: r.revision for r in found}
    rows = {r.id: r for r in _LEASES.rows(conn, {"ids": [p.search_id for p in items]})}
    polls = [p for p in items if p.search_id in rows and rows[p.search_id].lease == p.lease]
    if not polls:
        return [RecordOutcome(False) for _ in items]
    conn.execute(
        _SET_POLLED,
        [
            {
                "search": p.search_id,
                "claimed": p.due_at,
                "due": p.next_due,
                "at": None if p.failed else p.at,
                "attempt_": p.attempt,
                "error_": p.error,
                "suspicion_": p.suspicion,
                "profile_": write_profile(p.profile) if p.profile else None,
                "estimates_": p.learned.estimates if p.learned else None,
                "value_": p.learned.value if p.learned else None,
                "shortest_": p.bounds.shortest,
                "longest_": p.bounds.longest,
                "paced_": p.paced,
                "scanned_": p.at if p.is_full_scan else None,
                "unreadable_": None if p.failed else p.unreadable,
            }
            for p in polls
        ],
    )
    put_cache_entries(conn, [p.cache for p in polls if p.cache])
    record_price_points(conn, polls)
    record_sightings(conn, polls, {search: row.polled_at for search, row in rows.items()})
    states = [
        {"watch": watch, "at": p.at, "armed_": armed}
        for p in polls
        for watch, revision, armed in p.judged
        if revisions.get(watch) == revision
    ]
    if states:
        conn.execute(_SET_WATCH_STATE, states)
    made = dict(zip(map(id, polls), record_alerts(conn, polls, revisions), strict=True))
    outcomes = {n: RecordOutcome(kept=True, alerts=tuple(alerts)) for n, alerts in made.items()}
    if any(made.values()) and not _lease_new_messages(conn, polls, outcomes):
        announce_work(conn, DELIVER)
    return [outcomes.get(id(p)) or RecordOutcome(kept=False) for p in items]


def _lease_new_messages(
    conn: Connection, polls: Sequence[PollResult], outcomes: dict[int, RecordOutcome]
) -> bool:
    """Lease what the alerts of these polls made due, so that it is sent without another transaction.

    Return whether that is all of it, so that no drain has to look.
    """
    asked = [p for p in polls if p.terms is not None and outcomes[id(p)].alerts]
    if not asked:
        return False
    terms = max((p.terms for p in asked if p.terms is not None), key=lambda t: t.now)
    excluded = frozenset[str]().union(*(p.terms.exclude for p in asked if p.terms is not None))
    leased = lease_messages(conn, terms._replace(exclude=excluded), MAX_NEW_MESSAGES)
    first = id(asked[0])
    outcomes[first] = outcomes[first]._replace(leased=tuple(leased))
    going = {d.notification.id for d in leased if isinstance(d.notification, Alert)}
    return going.issuperset(alert for outcome in outcomes.values() for alert in outcome.alerts)
