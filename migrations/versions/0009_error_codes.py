"""Add columns for what was parsed from error texts: a message's code, and why an answer is suspicious."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# Releases up to schema 0008 wrote "CODE: detail" to `outbox.error`, and to `searches.error` a code alone, or
# this text with the reason.
_CODES = ("SLACK_RATE_LIMIT", "SLACK_REFUSED", "SLACK_TIMEOUT", "SLACK_UNAVAILABLE", "INTERNAL_ERROR")
_SUSPICIOUS = "a doubted answer: "


def upgrade() -> None:
    op.add_column("outbox", sa.Column("error_code", sa.Text(), server_default="", nullable=False))
    op.add_column("searches", sa.Column("suspicion", sa.Text(), server_default="", nullable=False))
    outbox = sa.table("outbox", sa.column("error", sa.Text), sa.column("error_code", sa.Text))
    for code in _CODES:
        begins = sa.func.substr(outbox.c.error, 1, len(code) + 1) == f"{code}:"
        op.execute(sa.update(outbox).where(begins).values(error_code=code))
    searches = sa.table("searches", sa.column("error", sa.Text), sa.column("suspicion", sa.Text))
    suspicious = sa.func.substr(searches.c.error, 1, len(_SUSPICIOUS)) == _SUSPICIOUS
    reason = sa.func.substr(searches.c.error, len(_SUSPICIOUS) + 1)
    op.execute(sa.update(searches).where(suspicious).values(suspicion=reason, error=""))


def downgrade() -> None:
    searches = sa.table("searches", sa.column("error", sa.Text), sa.column("suspicion", sa.Text))
    op.execute(
        sa.update(searches)
        .where(searches.c.suspicion != "", searches.c.error == "")
        .values(error=sa.literal(_SUSPICIOUS) + searches.c.suspicion)
    )
    op.drop_column("searches", "suspicion")
    op.drop_column("outbox", "error_code")
