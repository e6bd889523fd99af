"""Add when a listing was last on offer, so that one unseen for long can be deleted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("sightings", sa.Column("seen_at", sa.Double(), server_default="0", nullable=False))
    # This locks the whole table, but the daemons are stopped while the schema changes.
    # A listing that is not known to be gone counts as seen at the last poll.
    op.execute(
        "UPDATE sightings SET seen_at = coalesce("
        "(SELECT polled_at FROM searches WHERE searches.id = sightings.search_id), changed_at)"
    )


def downgrade() -> None:
    op.drop_column("sightings", "seen_at")
