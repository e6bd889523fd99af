"""Add auctions to sightings, and a table of delistings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for column in (
        sa.Column("auction", sa.Boolean(), nullable=True),
        sa.Column("bids", sa.Integer(), nullable=True),
        sa.Column("ends_at", sa.Double(), nullable=True),
        sa.Column("listed_at", sa.Double(), nullable=True),
    ):
        op.add_column("sightings", column)
    op.create_table(
        "exits",
        sa.Column("search_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("item", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("price", sa.BigInteger(), nullable=False),
        sa.Column("shipping", sa.BigInteger(), nullable=True),
        sa.Column("listed_at", sa.Double(), nullable=False),
        sa.Column("gone_at", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["search_id"], ["searches.id"], name=op.f("fk_exits_search_id_searches"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("search_id", "item", name=op.f("pk_exits")),
    )
    op.create_index(op.f("ix_exits_gone_at"), "exits", ["gone_at"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_exits_gone_at"), table_name="exits")
    op.drop_table("exits")
    for name in ("listed_at", "ends_at", "bids", "auction"):
        op.drop_column("sightings", name)
