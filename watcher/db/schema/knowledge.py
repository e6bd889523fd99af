"""Tables of what was found out about pictures and listings."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Double, Integer, Table, Text, UniqueConstraint, text

from watcher.db.schema.base import ID, metadata

# What an identification says about the item, beside its title.
ITEM_COLUMNS = ("category", "brand", "model", "condition", "grade", "gtin")

# What pictures were identified as; the pictures themselves are never stored. The owner is the user who
# confirmed or corrected the identification, else empty. An id is never used again: the index of the
# worker process refers to it.
identifications = Table(
    "identifications",
    metadata,
    Column("id", ID, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("owner", Text, nullable=False, server_default="", index=True),
    # The perceptual hashes, as signed numbers.
    *(Column(f"crop{n}", BigInteger, nullable=False) for n in range(4)),
    Column("title", Text, nullable=False),
    Column("query", Text, nullable=False),
    Column("way", Text, nullable=False),
    Column("confidence", Double, nullable=False),
    *(Column(name, Text, nullable=False, server_default="") for name in ITEM_COLUMNS),
    Column("created_at", Double, nullable=False, index=True),
    Column("expires_at", Double, nullable=False, index=True),
    UniqueConstraint("digest", "owner"),
    sqlite_autoincrement=True,
)

# Pictures that were identified and wait to be confirmed. Only a hash of the session's id is stored.
scan_sessions = Table(
    "scan_sessions",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("user_id", Text, nullable=False, index=True),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    # The marks of the picture, what was asked about it, and the candidates, as JSON.
    Column("payload", Text, nullable=False),
)

# The calls that each user caused in each of an API's windows; the cost is in millionths of a US dollar.
api_usage = Table(
    "api_usage",
    metadata,
    Column("user_id", Text, primary_key=True),
    Column("api", Text, primary_key=True),
    Column("window_start", Double, primary_key=True, index=True),
    Column("calls", Integer, nullable=False),
    Column("cost", BigInteger, nullable=False, server_default=text("0")),
)

# Item specifics, as JSON pairs. They are used as long as `content`, a hash of the listing's row, is the same.
item_specifics = Table(
    "item_specifics",
    metadata,
    Column("item_id", Text, primary_key=True),
    Column("content", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("fetched_at", Double, nullable=False, index=True),
)

# Verdicts of the AI reader by a hash of everything that it read; the texts are not stored.
readings = Table(
    "readings",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("verdict", Text, nullable=False),
    Column("read_at", Double, nullable=False, index=True),
)

# How far medians were from last prices, per category and basis; recomputed as a whole.
accuracy = Table(
    "accuracy",
    metadata,
    Column("category", Text, primary_key=True),
    Column("basis", Text, primary_key=True),
    Column("n", Integer, nullable=False),
    Column("payload", Text, nullable=False),
    Column("computed_at", Double, nullable=False),
)
