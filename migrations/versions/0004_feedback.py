"""Add the rejected items of a watch, and the number of items in an alert."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("watches", sa.Column("rejected", sa.Text(), server_default="[]", nullable=False))
    op.add_column("alerts", sa.Column("told", sa.Integer(), server_default=sa.text("0"), nullable=False))
    alerts = sa.table("alerts", sa.column("id", sa.Text), sa.column("receipt", sa.Text), sa.column("told"))
    conn = op.get_bind()
    for row in conn.execute(sa.select(alerts.c.id, alerts.c.receipt)).all():
        kept = json.loads(row.receipt)
        told = len(kept.get("items", ())) + kept.get("more", 0)
        conn.execute(sa.update(alerts).where(alerts.c.id == row.id).values(told=told))


def downgrade() -> None:
    op.drop_column("alerts", "told")
    op.drop_column("watches", "rejected")
