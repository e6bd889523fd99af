"""Add what judging listings needs: market profiles, taught answers, item specifics, readings, accuracy."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_SHOWN = ("interval_low", "interval_high", "corrected")


def upgrade() -> None:
    op.add_column("searches", sa.Column("profile", sa.Text(), server_default="", nullable=False))
    op.add_column("watches", sa.Column("taught", sa.Text(), server_default="[]", nullable=False))
    op.add_column("watches", sa.Column("certainty", sa.Text(), server_default="likely", nullable=False))
    for name in _SHOWN:
        op.add_column("price_points", sa.Column(name, sa.BigInteger()))
    op.add_column(
        "quota_ledger",
        sa.Column("second_looks", sa.Integer(), server_default=sa.text("0"), nullable=False),
    )
    op.create_table(
        "item_specifics",
        sa.Column("item_id", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("fetched_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("item_id", name="pk_item_specifics"),
    )
    op.create_index("ix_item_specifics_fetched_at", "item_specifics", ["fetched_at"])
    op.create_table(
        "readings",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("read_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_readings"),
    )
    op.create_index("ix_readings_read_at", "readings", ["read_at"])
    op.create_table(
        "accuracy",
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("computed_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("category", "basis", name="pk_accuracy"),
    )


def downgrade() -> None:
    for table in ("accuracy", "readings", "item_specifics"):
        op.drop_table(table)
    # SQLite drops a column only if nothing refers to it; these have neither index nor constraint.
    op.drop_column("quota_ledger", "second_looks")
    for name in reversed(_SHOWN):
        op.drop_column("price_points", name)
    op.drop_column("watches", "certainty")
    op.drop_column("watches", "taught")
    op.drop_column("searches", "profile")
