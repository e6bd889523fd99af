"""Add what planning polls needs: estimates and bounds of searches, priorities, the plan, lateness."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_BOUNDS = ("value", "shortest", "longest", "scanned_at")


def upgrade() -> None:
    op.add_column("searches", sa.Column("estimates", sa.Text(), server_default="", nullable=False))
    for name in _BOUNDS:
        op.add_column("searches", sa.Column(name, sa.Double()))
    op.add_column("searches", sa.Column("paced", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_index("ix_searches_paced", "searches", ["paced", "due_at"])
    op.add_column("watches", sa.Column("priority", sa.Text(), server_default="normal", nullable=False))
    op.add_column("watches", sa.Column("sellers", sa.Text(), server_default="[]", nullable=False))
    op.create_table(
        "polling_plan",
        sa.Column("api", sa.Text(), nullable=False),
        sa.Column("computed_at", sa.Double(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("api", name="pk_polling_plan"),
    )
    op.create_table(
        "lateness",
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("watch_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("listed_at", sa.Double()),
        sa.Column("seen_at", sa.Double(), nullable=False),
        sa.Column("sent_at", sa.Double()),
        sa.Column("was_there", sa.Boolean()),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["alerts.id"], name="fk_lateness_alert_id_alerts", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("alert_id", "item", name="pk_lateness"),
    )
    op.create_index("ix_lateness_watch_id", "lateness", ["watch_id", "seen_at"])


def downgrade() -> None:
    for table in ("lateness", "polling_plan"):
        op.drop_table(table)
    # SQLite drops a column only if nothing refers to it; these have neither index nor constraint.
    op.drop_column("watches", "sellers")
    op.drop_column("watches", "priority")
    op.drop_index("ix_searches_paced", "searches")
    op.drop_column("searches", "paced")
    for name in reversed(_BOUNDS):
        op.drop_column("searches", name)
    op.drop_column("searches", "estimates")
