"""What is stored about one search, one item or one watch, for whoever asks why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import select

from watcher.adapters.db.database import Database
from watcher.adapters.db.rows import money_of
from watcher.adapters.db.schema import alerts, item_states, outbox, searches, sightings
from watcher.core.explain import Message, Schedule, Seen
from watcher.core.money import Money
from watcher.core.rules import Told
from watcher.core.times import Instant
from watcher.core.watch import SearchId, WatchId

_MESSAGES = (
    select(
        alerts.c.id,
        alerts.c.made_at,
        outbox.c.destination,
        outbox.c.state,
        outbox.c.next_at,
        outbox.c.done_at,
        outbox.c.attempt,
        outbox.c.error,
    )
    .outerjoin(outbox, (outbox.c.ref == alerts.c.id) & (outbox.c.kind == "alert"))
    .order_by(alerts.c.made_at.desc(), alerts.c.id)
)


class Tracks:
    """Implements `explainer.Tracks`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def schedule(self, search: SearchId) -> Schedule:
        """When it was and will be polled, and how the last look failed."""
        (row,) = self._db.rows(select(searches).where(searches.c.id == search))
        return Schedule(row.polled_at, row.due_at, row.attempt, row.error)

    def sighting(self, search: SearchId, number: str) -> Seen | None:
        """What is remembered of an item; of its variations, the one that changed last."""
        ours = sightings.c.item_id.startswith(f"v1|{number}|", autoescape=True)
        statement = select(sightings).where(sightings.c.search_id == search, ours)
        for r in self._db.rows(statement.order_by(sightings.c.changed_at.desc()).limit(1)):
            return Seen(
                r.item_id,
                r.title,
                money_of(r.price, r.currency),
                money_of(r.shipping, r.currency),
                r.first_seen,
                r.changed_at,
                r.gone_at,
            )
        return None

    def told(self, watch: WatchId, items: Iterable[str]) -> Mapping[str, tuple[Told, Instant]]:
        """What was last said of these items, and when."""
        ours = (item_states.c.watch_id == watch) & item_states.c.item_id.in_(list(items))
        return {
            r.item_id: (Told(Money(r.total, r.currency), Money(r.price, r.currency), r.estimated), r.told_at)
            for r in self._db.rows(select(item_states).where(ours))
        }

    def messages(self, watch: WatchId, limit: int, made_at: Instant | None = None) -> Sequence[Message]:
        """The newest alerts, or those of one instant, with the fate of their messages."""
        statement = _MESSAGES.where(alerts.c.watch_id == watch).limit(limit)
        if made_at is not None:
            statement = statement.where(alerts.c.made_at == made_at)
        return [
            # A message that was sent so long ago is no longer in the outbox.
            Message(
                r.id,
                r.made_at,
                r.destination or "",
                r.state or "sent",
                r.next_at,
                r.done_at,
                r.attempt or 0,
                r.error or "",
            )
            for r in self._db.rows(statement)
        ]
