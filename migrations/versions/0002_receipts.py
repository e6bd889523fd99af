"""Add receipts: the evidence and grounds of an alert."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "evidence",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("erased_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
    )
    op.create_index(op.f("ix_evidence_at"), "evidence", ["at"], unique=False)
    op.add_column("alerts", sa.Column("evidence", sa.Text(), nullable=True))
    op.add_column("alerts", sa.Column("grounds", sa.LargeBinary(), nullable=True))
    op.add_column("alerts", sa.Column("erased_at", sa.Double(), nullable=True))


def downgrade() -> None:
    op.drop_column("alerts", "erased_at")
    op.drop_column("alerts", "grounds")
    op.drop_column("alerts", "evidence")
    op.drop_index(op.f("ix_evidence_at"), table_name="evidence")
    op.drop_table("evidence")
