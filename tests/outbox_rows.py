"""The messages of an outbox by their state, those that were sent included."""

from __future__ import annotations

from sqlalchemy import func, select

from watcher.db.schema import outbox
from watcher.db.stores import Stores


def message_states(stores: Stores) -> dict[str, int]:
    """Return the number of messages in each state that occurs: pending, sent, dead."""
    rows = stores.database.rows(select(outbox.c.state, func.count().label("n")).group_by(outbox.c.state))
    return {row.state: row.n for row in rows}
