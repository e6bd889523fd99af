"""Tables of people: users, their sessions and tokens."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Double, ForeignKey, Table, Text, false

from watcher.db.schema.base import ID, metadata

users = Table(
    "users",
    metadata,
    Column("id", Text, primary_key=True),
    Column("created_at", Double, nullable=False),
    # Since when the user may sign in; NULL if it only owns watches or tokens.
    Column("person_since", Double, index=True),
    Column("admin", Boolean, nullable=False, server_default=false()),
)

# Browsers that are signed in. Only a hash of the cookie's id is stored. An ended session has no row.
sessions = Table(
    "sessions",
    metadata,
    Column("id", ID, primary_key=True),
    Column("digest", Text, nullable=False, unique=True),
    Column("user_id", Text, ForeignKey("users.id"), nullable=False, index=True),
    Column("created_at", Double, nullable=False),
    Column("seen_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    Column("browser", Text, nullable=False, server_default=""),
    sqlite_autoincrement=True,
)

# Only a hash of a link's code is stored. A link that was used has no row.
sign_in_links = Table(
    "sign_in_links",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("user_id", Text, ForeignKey("users.id"), nullable=False),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
)

# The token itself is not stored. A revoked one stays, so that the API never becomes open again.
tokens = Table(
    "tokens",
    metadata,
    Column("id", ID, primary_key=True),
    Column("digest", Text, nullable=False, unique=True),
    Column("user_id", Text, ForeignKey("users.id"), nullable=False),
    Column("admin", Boolean, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("revoked_at", Double),
    sqlite_autoincrement=True,
)
