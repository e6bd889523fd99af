"""Add paid plans: subscriptions, checkouts, Stripe's events, and watches that a plan paused."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("watches", sa.Column("over_plan", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "subscriptions",
        sa.Column("user_id", sa.Text(), nullable=False),
        *(
            sa.Column(name, sa.Text(), server_default="", nullable=False)
            for name in ("customer", "subscription", "status", "price")
        ),
        *(sa.Column(name, sa.Double()) for name in ("paid_until", "ends_at", "unpaid_since")),
        *(sa.Column(name, sa.Double(), nullable=False) for name in ("changed_at", "confirmed_at")),
        sa.Column("check_at", sa.Double()),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_subscriptions_user_id_users"),
        sa.PrimaryKeyConstraint("user_id", name="pk_subscriptions"),
    )
    op.create_index("ix_subscriptions_customer", "subscriptions", ["customer"])
    op.create_index("ix_subscriptions_check_at", "subscriptions", ["check_at"])
    op.create_table(
        "checkouts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("user_id", "price", "key")),
        *(sa.Column(name, sa.Text(), server_default="", nullable=False) for name in ("session", "url")),
        sa.Column("state", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Double(), nullable=False) for name in ("created_at", "expires_at")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_checkouts_user_id_users"),
        sa.PrimaryKeyConstraint("id", name="pk_checkouts"),
        sa.UniqueConstraint("key", name="uq_checkouts_key"),
        sqlite_autoincrement=True,
    )
    for column in ("user_id", "session", "created_at"):
        op.create_index(f"ix_checkouts_{column}", "checkouts", [column])
    op.create_table(
        "stripe_events",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("received_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_stripe_events"),
    )
    op.create_index("ix_stripe_events_received_at", "stripe_events", ["received_at"])


def downgrade() -> None:
    for table in ("stripe_events", "checkouts", "subscriptions"):
        op.drop_table(table)
    op.drop_column("watches", "over_plan")
