"""Tables of paid plans: subscriptions, checkouts, handled events of Stripe, and the secret of references."""

from __future__ import annotations

from sqlalchemy import Column, Double, ForeignKey, Table, Text

from watcher.db.schema.base import ID, metadata

# What Stripe last said of each user who ever opened a checkout. Ids and words are Stripe's; empty: none yet.
subscriptions = Table(
    "subscriptions",
    metadata,
    Column("user_id", Text, ForeignKey("users.id"), primary_key=True),
    Column("customer", Text, nullable=False, server_default="", index=True),
    Column("subscription", Text, nullable=False, server_default=""),
    # active, trialing, past_due, unpaid, canceled, incomplete, incomplete_expired, paused
    Column("status", Text, nullable=False, server_default=""),
    Column("price", Text, nullable=False, server_default=""),
    Column("paid_until", Double),
    # When it ends; NULL unless it was cancelled.
    Column("ends_at", Double),
    # When the first payment that is still due failed.
    Column("unpaid_since", Double),
    # Stripe's time of the newest state that is stored; an older event changes nothing.
    Column("changed_at", Double, nullable=False),
    # When that state was last confirmed by Stripe.
    Column("confirmed_at", Double, nullable=False),
    # When to fetch it; NULL if it can no longer change by itself.
    Column("check_at", Double, index=True),
)

# One row per checkout that was begun, written before Stripe is asked, so that its idempotency key survives.
checkouts = Table(
    "checkouts",
    metadata,
    Column("id", ID, primary_key=True),
    Column("user_id", Text, ForeignKey("users.id"), nullable=False, index=True),
    Column("price", Text, nullable=False),
    Column("key", Text, nullable=False, unique=True),
    Column("session", Text, nullable=False, server_default="", index=True),
    Column("url", Text, nullable=False, server_default=""),
    # open, paid, expired
    Column("state", Text, nullable=False),
    Column("created_at", Double, nullable=False, index=True),
    Column("expires_at", Double, nullable=False),
    sqlite_autoincrement=True,
)

# Each event is handled once, however often and in whatever order it is sent.
stripe_events = Table(
    "stripe_events",
    metadata,
    Column("id", Text, primary_key=True),
    Column("type", Text, nullable=False),
    Column("received_at", Double, nullable=False, index=True),
)

# Random secrets that the daemon has made for itself, by their names. A backup has them, so that what is
# derived from one is the same after a restore.
installation = Table(
    "installation",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
