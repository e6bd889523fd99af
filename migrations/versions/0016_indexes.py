"""Add indexes, so that no query of the daemon reads a whole table that grows."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_TROUBLED = "due_at IS NOT NULL AND (unrecorded > 0 OR unreadable > 0 OR error <> '' OR suspicion <> '')"
# The table, the columns, and the condition of an index that holds few of the rows.
_INDEXES = {
    "ix_searches_polled_at": ("searches", "polled_at", ""),
    "ix_searches_troubled": ("searches", "id", _TROUBLED),
    "ix_searches_leased": ("searches", "lease_until", "lease <> ''"),
    "ix_watches_active": ("watches", "id paused", "NOT paused"),
    "ix_watches_rejected": ("watches", "id", "rejected <> '[]'"),
    "ix_item_states_told_at": ("item_states", "told_at", ""),
    "ix_sightings_gone": ("sightings", "gone_at", "gone_at IS NOT NULL"),
    "ix_alerts_unerased": ("alerts", "made_at", "erased_at IS NULL"),
    "ix_evidence_unerased": ("evidence", "at", "erased_at IS NULL"),
    "ix_outbox_done_at": ("outbox", "done_at", ""),
    "ix_idempotency_keys_created_at": ("idempotency_keys", "created_at", ""),
    "ix_api_usage_window_start": ("api_usage", "window_start", ""),
    "ix_identifications_created_at": ("identifications", "created_at", ""),
}


def upgrade() -> None:
    for name, (table, columns, condition) in _INDEXES.items():
        where = sa.text(condition) if condition else None
        op.create_index(name, table, columns.split(), sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    for name, (table, *_) in _INDEXES.items():
        op.drop_index(name, table)
