"""Add the place of a message in Slack, so that later messages can reply to it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("thread", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("outbox", "thread")
