"""Add what pictures were identified as, scans that wait to be confirmed, and the calls that users caused."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_HASHES = tuple(f"crop{n}" for n in range(4))
_ITEM_COLUMNS = ("category", "brand", "model", "condition", "grade", "gtin")


def upgrade() -> None:
    op.create_table(
        "identifications",
        sa.Column("id", _ID, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), server_default="", nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in _HASHES),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        *(sa.Column(name, sa.Text(), server_default="", nullable=False) for name in _ITEM_COLUMNS),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_identifications"),
        sa.UniqueConstraint("digest", "owner", name="uq_identifications_digest_owner"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_identifications_owner", "identifications", ["owner"])
    op.create_index("ix_identifications_expires_at", "identifications", ["expires_at"])
    op.create_table(
        "scan_sessions",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("expires_at", sa.Double(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_scan_sessions"),
    )
    op.create_index("ix_scan_sessions_user_id", "scan_sessions", ["user_id"])
    op.create_table(
        "api_usage",
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("api", sa.Text(), nullable=False),
        sa.Column("window_start", sa.Double(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("cost", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "api", "window_start", name="pk_api_usage"),
    )


def downgrade() -> None:
    for table in ("api_usage", "scan_sessions", "identifications"):
        op.drop_table(table)
