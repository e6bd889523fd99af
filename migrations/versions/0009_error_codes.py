"""Columns for what was read from error texts: a message's error code, and why an answer is doubted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# As releases up to schema 0008 wrote them: "CODE: detail" in `outbox`, and in `searches` the code alone, or
# this text and the reason.
_CODES = ("SLACK_RATE_LIMIT", "SLACK_REFUSED", "SLACK_TIMEOUT", "SLACK_UNAVAILABLE", "INTERNAL_ERROR")
_DOUBTED = "a doubted answer: "


def upgrade() -> None:
    op.add_column("outbox", sa.Column("error_code", sa.Text(), server_default="", nullable=False))
    op.add_column("searches", sa.Column("doubt", sa.Text(), server_default="", nullable=False))
    outbox = sa.table("outbox", sa.column("error", sa.Text), sa.column("error_code", sa.Text))
    for code in _CODES:
        begins = sa.func.substr(outbox.c.error, 1, len(code) + 1) == f"{code}:"
        op.execute(sa.update(outbox).where(begins).values(error_code=code))
    searches = sa.table("searches", sa.column("error", sa.Text), sa.column("doubt", sa.Text))
    doubted = sa.func.substr(searches.c.error, 1, len(_DOUBTED)) == _DOUBTED
    reason = sa.func.substr(searches.c.error, len(_DOUBTED) + 1)
    op.execute(sa.update(searches).where(doubted).values(doubt=reason, error=""))


def downgrade() -> None:
    searches = sa.table("searches", sa.column("error", sa.Text), sa.column("doubt", sa.Text))
    op.execute(
        sa.update(searches)
        .where(searches.c.doubt != "", searches.c.error == "")
        .values(error=sa.literal(_DOUBTED) + searches.c.doubt)
    )
    op.drop_column("searches", "doubt")
    op.drop_column("outbox", "error_code")
