"""Record unread rows, unrecorded polls, eBay's own limit, shared messages, and the daemons."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("unreadable", "unrecorded"):
        op.add_column("searches", sa.Column(name, sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("quota_ledger", sa.Column("granted", sa.Integer()))
    op.add_column(
        "quota_ledger",
        sa.Column("interactive", sa.Integer(), server_default=sa.text("0"), nullable=False),
    )
    op.add_column("alerts", sa.Column("message", sa.Text()))
    op.create_table(
        "daemons",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("started_at", sa.Double(), nullable=False),
        sa.Column("seen_at", sa.Double(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("config_path", sa.Text(), nullable=False),
        sa.Column("config_digest", sa.Text(), nullable=False),
        sa.Column("config_error", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_daemons"),
    )


def downgrade() -> None:
    op.drop_table("daemons")
    op.drop_column("alerts", "message")
    op.drop_column("quota_ledger", "interactive")
    op.drop_column("quota_ledger", "granted")
    for name in ("unrecorded", "unreadable"):
        op.drop_column("searches", name)
