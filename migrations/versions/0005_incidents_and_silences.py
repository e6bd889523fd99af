"""Add the state of incidents, silences, and the daemon that made a call."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_OPEN = sa.text("resolved_at IS NULL")


def upgrade() -> None:
    for column in (
        sa.Column("fired_at", sa.Double(), nullable=False, server_default=sa.text("0")),
        sa.Column("changed_at", sa.Double(), nullable=False, server_default=sa.text("0")),
        sa.Column("bad", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("swings", sa.Integer(), nullable=False, server_default=sa.text("0")),
        sa.Column("told", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("owed", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("acked_at", sa.Double(), nullable=True),
        sa.Column("acked_by", sa.Text(), nullable=False, server_default=""),
        sa.Column("revision", sa.Integer(), nullable=False, server_default=sa.text("0")),
    ):
        op.add_column("incidents", column)
    op.execute("UPDATE incidents SET fired_at = since, changed_at = COALESCE(resolved_at, since)")
    # Two daemons may have opened the same incident; the older one stays open.
    op.execute(
        "UPDATE incidents SET resolved_at = notified_at WHERE resolved_at IS NULL AND EXISTS ("
        "SELECT 1 FROM incidents AS o WHERE o.api = incidents.api AND o.symptom = incidents.symptom "
        "AND o.resolved_at IS NULL AND (o.since < incidents.since "
        "OR (o.since = incidents.since AND o.id < incidents.id)))"
    )
    op.create_index(
        "uq_incidents_open",
        "incidents",
        ["api", "symptom"],
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
    op.create_table(
        "silences",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("api", sa.Text(), nullable=False),
        sa.Column("symptom", sa.Text(), nullable=False),
        sa.Column("watch_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("starts_at", sa.Double(), nullable=False),
        sa.Column("ends_at", sa.Double(), nullable=False),
        sa.Column("every", sa.Double(), nullable=True),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_silences")),
    )
    op.add_column("api_calls", sa.Column("daemon", sa.Text(), nullable=False, server_default=""))
    op.add_column("alerts", sa.Column("acked_by", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    # The older program never ends an open incident of an unknown kind, and assumes that each was notified.
    op.execute(
        "UPDATE incidents SET resolved_at = changed_at WHERE resolved_at IS NULL AND ("
        "symptom NOT IN ('outage', 'failure-rate', 'latency') OR api LIKE 'watcher%' OR NOT told)"
    )
    op.drop_column("alerts", "acked_by")
    op.drop_column("api_calls", "daemon")
    op.drop_table("silences")
    op.drop_index("uq_incidents_open", "incidents")
    for name in (
        "revision",
        "acked_by",
        "acked_at",
        "owed",
        "told",
        "swings",
        "bad",
        "changed_at",
        "fired_at",
    ):
        op.drop_column("incidents", name)
