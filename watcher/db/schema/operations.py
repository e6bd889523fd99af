"""Tables of the daemon at work: messages, incidents, calls, and what clients follow."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Double, Index, Integer, LargeBinary, Table, Text, false, text, true

from watcher.db.schema.base import ID, metadata

outbox = Table(
    "outbox",
    metadata,
    Column("id", ID, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("ref", Text, nullable=False, index=True),
    Column("destination", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("state", Text, nullable=False),  # pending, sent, dead, gone
    Column("next_at", Double, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("lease", Text, nullable=False),
    Column("lease_until", Double, nullable=False),
    Column("done_at", Double, index=True),
    # The text of the last failure for a person, and its code for the program.
    Column("error", Text, nullable=False),
    Column("error_code", Text, nullable=False, server_default=""),
    # Its place in Slack, if known; later messages about the same incident are replies to it.
    Column("thread", Text, nullable=False, server_default=""),
    Index(None, "state", "next_at"),
    sqlite_autoincrement=True,
)

_OPEN = text("resolved_at IS NULL")
incidents = Table(
    "incidents",
    metadata,
    Column("id", Text, primary_key=True),
    Column("api", Text, nullable=False),
    Column("symptom", Text, nullable=False),
    Column("since", Double, nullable=False),
    Column("notified_at", Double, nullable=False),
    Column("resolved_at", Double),
    Column("headline", Text, nullable=False),
    Column("fired_at", Double, nullable=False, server_default=text("0")),
    Column("changed_at", Double, nullable=False, server_default=text("0")),
    Column("bad", Boolean, nullable=False, server_default=true()),
    Column("swings", Integer, nullable=False, server_default=text("0")),
    Column("told", Boolean, nullable=False, server_default=true()),
    Column("owed", Boolean, nullable=False, server_default=false()),
    Column("acked_at", Double),
    Column("acked_by", Text, nullable=False, server_default=""),
    Column("revision", Integer, nullable=False, server_default=text("0")),
    # Several daemons evaluate the same calls; only one of them may open an incident.
    Index("uq_incidents_open", "api", "symptom", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
)

# A maintenance window is a silence that begins later and may repeat; `every` is in seconds.
silences = Table(
    "silences",
    metadata,
    Column("id", Text, primary_key=True),
    Column("api", Text, nullable=False),
    Column("symptom", Text, nullable=False),
    Column("watch_id", ID),
    Column("starts_at", Double, nullable=False),
    Column("ends_at", Double, nullable=False),
    Column("every", Double),
    Column("author", Text, nullable=False),
    Column("reason", Text, nullable=False),
)

api_calls = Table(
    "api_calls",
    metadata,
    Column("id", ID, primary_key=True),
    Column("at", Double, nullable=False, index=True),
    Column("api", Text, nullable=False),
    Column("code", Text),
    Column("seconds", Double, nullable=False),
    Column("counts", Boolean, nullable=False),
    # The API refused our credentials.
    Column("refused", Boolean, nullable=False, server_default=false()),
    # The daemon that made the call; it reads only those of the others.
    Column("daemon", Text, nullable=False, server_default=""),
)

quota_ledger = Table(
    "quota_ledger",
    metadata,
    Column("api", Text, primary_key=True),
    Column("window_start", Double, primary_key=True),
    Column("used", Integer, nullable=False),
    # The limit that the API reported; NULL if it has reported none.
    Column("granted", Integer),
    # How many of the used calls were interactive; the others were polls.
    Column("interactive", Integer, nullable=False, server_default=text("0")),
    # How many of the used calls looked at single listings once more.
    Column("second_looks", Integer, nullable=False, server_default=text("0")),
)

# The daemons that use the database; a daemon that ends cleanly removes its row.
daemons = Table(
    "daemons",
    metadata,
    Column("id", Text, primary_key=True),
    Column("started_at", Double, nullable=False),
    Column("seen_at", Double, nullable=False),
    Column("version", Text, nullable=False),
    Column("config_path", Text, nullable=False),
    # Shows whether the daemon runs with the configuration that the file holds now.
    Column("config_digest", Text, nullable=False),
    # Why the last reload was refused; empty if it was not.
    Column("config_error", Text, nullable=False, server_default=""),
)

# Requests that are answered once, however often they are sent; `request` is a hash of the request. The status
# is NULL until the request has been answered.
idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("user_id", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("request", Text, nullable=False),
    Column("created_at", Double, nullable=False, index=True),
    Column("status", Integer),
    Column("headers", Text, nullable=False, server_default=""),
    Column("body", LargeBinary),
)

# What changed, for the event streams. The user is NULL if it concerns the admins.
events = Table(
    "events",
    metadata,
    Column("id", ID, primary_key=True),
    Column("at", Double, nullable=False, index=True),
    Column("user_id", Text),
    Column("type", Text, nullable=False),
    Column("ref", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Index(None, "user_id", "id"),
    sqlite_autoincrement=True,
)
