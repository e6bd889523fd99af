"""The tables. Instants are seconds since 1970 (UTC); amounts are minor units of the row's currency."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    TextClause,
    UniqueConstraint,
    false,
    func,
    text,
    true,
)

# The newest migration; a test compares it with migrations/versions. It is repeated here so that a start with
# an up-to-date database need not import Alembic (340 ms, 37 MB).
HEAD = "0016"

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
# SQLite numbers rows only if the primary key is INTEGER; Postgres needs 64 bits.
_Id = BigInteger().with_variant(Integer, "sqlite")
_ON_DELETE = "CASCADE"
# Conditions of indexes that hold a few rows of a large table. A query uses one if it repeats the condition.
TROUBLED = text("due_at IS NOT NULL AND (unrecorded > 0 OR unreadable > 0 OR error <> '' OR suspicion <> '')")
LEASED, REJECTED = text("lease <> ''"), text("rejected <> '[]'")
ACTIVE, UNERASED, GONE = text("NOT paused"), text("erased_at IS NULL"), text("gone_at IS NOT NULL")


def _partial(name: str, column: str, condition: TextClause) -> Index:
    return Index(name, column, sqlite_where=condition, postgresql_where=condition)


# What an identification says about the item, beside its title.
ITEM_COLUMNS = ("category", "brand", "model", "condition", "grade", "gtin")

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
    Column("id", _Id, primary_key=True),
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
    Column("id", _Id, primary_key=True),
    Column("digest", Text, nullable=False, unique=True),
    Column("user_id", Text, ForeignKey("users.id"), nullable=False),
    Column("admin", Boolean, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("revoked_at", Double),
    sqlite_autoincrement=True,
)

searches = Table(
    "searches",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("key", Text, nullable=False, unique=True),
    Column("query", Text, nullable=False),
    Column("condition", Text, nullable=False),
    # eBay's number of it, or empty; a category's name belongs to a watch.
    Column("category", Text, nullable=False),
    Column("marketplace", Text, nullable=False),
    # NULL if no unpaused watch wants the search.
    Column("due_at", Double),
    Column("polled_at", Double),
    Column("attempt", Integer, nullable=False, server_default=text("0")),
    # The code of the last poll's failure; empty after a success, and after a suspicious answer.
    Column("error", Text, nullable=False, server_default=""),
    # Why the last answer was not believed; the search waits for a second one.
    Column("suspicion", Text, nullable=False, server_default=""),
    Column("lease", Text, nullable=False, server_default=""),
    Column("lease_until", Double, nullable=False, server_default=text("0")),
    # Rows of the last answer that could not be read; consecutive polls that could not be recorded.
    Column("unreadable", Integer, nullable=False, server_default=text("0")),
    Column("unrecorded", Integer, nullable=False, server_default=text("0")),
    # What the strong rows of its answers have in common, as JSON; empty before the first poll.
    Column("profile", Text, nullable=False, server_default=""),
    # What its polls learned of arrivals, price cuts and lives, as JSON; empty before the first poll.
    Column("estimates", Text, nullable=False, server_default=""),
    # The alerts expected per day, weighted with priorities; NULL before the first poll.
    Column("value", Double),
    # The bounds of its interval in seconds that its watches ask for; NULL if they ask for none.
    Column("shortest", Double),
    Column("longest", Double),
    # When the whole market was read last, without a price band or chosen sellers.
    Column("scanned_at", Double),
    # Whether the due time is a plan, which may shift with the quota. It is not for retries, first polls,
    # wishes and ends of auctions.
    Column("paced", Boolean, nullable=False, server_default=false()),
    Index(None, "due_at"),
    Index(None, "paced", "due_at"),
    Index(None, "polled_at"),
    _partial("ix_searches_troubled", "id", TROUBLED),
    _partial("ix_searches_leased", "lease_until", LEASED),
    sqlite_autoincrement=True,  # a deleted search's id is never used again
)

watches = Table(
    "watches",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("search_id", _Id, ForeignKey("searches.id"), nullable=False, index=True),
    Column("user_id", Text, ForeignKey("users.id"), nullable=False, index=True),
    Column("rule", Text, nullable=False),
    Column("exclude", Text, nullable=False),
    Column("buying", Text, nullable=False),
    Column("min_feedback", Integer),
    Column("from_country", Text, nullable=False),
    Column("unknown_shipping", Text, nullable=False),
    Column("every", Double),
    Column("label", Text, nullable=False),
    Column("tag", Text, nullable=False),
    Column("destination", Text, nullable=False),
    Column("paused", Boolean, nullable=False),
    Column("created_at", Double, nullable=False),
    Column("baseline_at", Double),
    Column("armed", Boolean, nullable=False),
    Column("revision", Integer, nullable=False),
    # Hashes of the items that the user rejected, as JSON.
    Column("rejected", Text, nullable=False, server_default="[]"),
    # What the user answered about listings, as JSON; no titles.
    Column("taught", Text, nullable=False, server_default="[]"),
    # How certain a verdict must be for an alert: sure or likely.
    Column("certainty", Text, nullable=False, server_default="likely"),
    # low, normal or high: how its user shares calls between their own watches.
    Column("priority", Text, nullable=False, server_default="normal"),
    # Names of sellers, as JSON; empty for any.
    Column("sellers", Text, nullable=False, server_default="[]"),
    # As its user named it: canonically, or eBay's number; empty for none.
    Column("category", Text, nullable=False, server_default=""),
    Index("ix_watches_active", "id", "paused", sqlite_where=ACTIVE, postgresql_where=ACTIVE),
    _partial("ix_watches_rejected", "id", REJECTED),
    sqlite_autoincrement=True,  # a removed watch's id is never used again
)

item_states = Table(
    "item_states",
    metadata,
    Column("watch_id", _Id, ForeignKey("watches.id", ondelete=_ON_DELETE), primary_key=True),
    Column("item_id", Text, primary_key=True),
    Column("total", BigInteger, nullable=False),
    Column("price", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("estimated", Boolean, nullable=False),
    Column("told_at", Double, nullable=False, index=True),
)

cache_entries = Table(
    "cache_entries",
    metadata,
    Column("key", Text, primary_key=True),
    Column("payload", LargeBinary, nullable=False),
    Column("fetched_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False, index=True),
)

price_points = Table(
    "price_points",
    metadata,
    Column("search_id", _Id, ForeignKey("searches.id", ondelete=_ON_DELETE), primary_key=True),
    Column("filters", Text, primary_key=True),
    Column("at", Double, primary_key=True),
    Column("basis", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("n", Integer, nullable=False),
    *(Column(name, BigInteger) for name in ("low", "p25", "median", "p75", "high")),
    # The 95 % interval of the median, and the median corrected for what stays unsold; NULL if unknown.
    *(Column(name, BigInteger) for name in ("interval_low", "interval_high", "corrected")),
)

sightings = Table(
    "sightings",
    metadata,
    Column("search_id", _Id, ForeignKey("searches.id", ondelete=_ON_DELETE), primary_key=True),
    Column("item_id", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("price", BigInteger),
    Column("shipping", BigInteger),
    # The bids and the end of an auction, whose `price` is the bid if there is no other price.
    Column("auction", Boolean),
    Column("bids", Integer),
    Column("ends_at", Double),
    # When it was listed, by the market.
    Column("listed_at", Double),
    Column("image", Text, nullable=False, server_default=""),
    Column("first_seen", Double, nullable=False),
    Column("changed_at", Double, nullable=False),
    # When it was last on offer, accurate to a day.
    Column("seen_at", Double, nullable=False, server_default="0"),
    Column("gone_at", Double),
    Index(None, "item_id"),  # the picture of an item, whatever search has found it
    _partial("ix_sightings_gone", "gone_at", GONE),
)

# What is kept of a comparable listing after its texts were erased. `item` is a hash of its id.
delistings = Table(
    "exits",
    metadata,
    Column("search_id", _Id, ForeignKey("searches.id", ondelete=_ON_DELETE), primary_key=True),
    Column("item", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("price", BigInteger, nullable=False),
    Column("shipping", BigInteger),
    Column("listed_at", Double, nullable=False),
    Column("gone_at", Double, nullable=False, index=True),
)

# No foreign key to watches: an alert outlives its watch.
alerts = Table(
    "alerts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("watch_id", _Id, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("made_at", Double, nullable=False, index=True),
    Column("receipt", Text, nullable=False),
    Column("acked_at", Double),
    # The number of items in it.
    Column("told", Integer, nullable=False, server_default=text("0")),
    # NULL if it was made before receipts were stored.
    Column("evidence", Text),
    Column("grounds", LargeBinary),
    # When titles, addresses and item ids were erased.
    Column("erased_at", Double),
    Column("acked_by", Text, nullable=False, server_default=""),
    # The alert whose message names this one too; NULL if it has its own.
    Column("message", Text),
    Index(None, "watch_id", "made_at"),
    _partial("ix_alerts_unerased", "made_at", UNERASED),
)
# The `ref` of the message about an alert.
MESSAGE_REF = func.coalesce(alerts.c.message, alerts.c.id)

# How late the items of alerts were. `item` is a hash of the id; `was_there`: whether the item was still on
# offer just before the message was sent, NULL if that was not checked.
lateness = Table(
    "lateness",
    metadata,
    Column("alert_id", Text, ForeignKey("alerts.id", ondelete=_ON_DELETE), primary_key=True),
    Column("item", Text, primary_key=True),
    Column("watch_id", _Id, nullable=False),
    Column("listed_at", Double),
    Column("seen_at", Double, nullable=False),
    Column("sent_at", Double),
    Column("was_there", Boolean),
    Index(None, "watch_id", "seen_at"),
)

# How often searches are polled at present, as JSON; recomputed as a whole.
polling_plan = Table(
    "polling_plan",
    metadata,
    Column("api", Text, primary_key=True),
    Column("computed_at", Double, nullable=False),
    Column("payload", Text, nullable=False),
)

# What one poll saw with one set of filters, shared by all alerts that it made.
evidence = Table(
    "evidence",
    metadata,
    Column("id", Text, primary_key=True),
    Column("at", Double, nullable=False, index=True),
    Column("payload", LargeBinary, nullable=False),
    Column("erased_at", Double),
    _partial("ix_evidence_unerased", "at", UNERASED),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", _Id, primary_key=True),
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
    Column("watch_id", _Id),
    Column("starts_at", Double, nullable=False),
    Column("ends_at", Double, nullable=False),
    Column("every", Double),
    Column("author", Text, nullable=False),
    Column("reason", Text, nullable=False),
)

api_calls = Table(
    "api_calls",
    metadata,
    Column("id", _Id, primary_key=True),
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
    Column("id", _Id, primary_key=True),
    Column("at", Double, nullable=False, index=True),
    Column("user_id", Text),
    Column("type", Text, nullable=False),
    Column("ref", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Index(None, "user_id", "id"),
    sqlite_autoincrement=True,
)

# What pictures were identified as; the pictures themselves are never stored. The owner is the user who
# confirmed or corrected the identification, else empty. An id is never used again: the index of the
# worker process refers to it.
identifications = Table(
    "identifications",
    metadata,
    Column("id", _Id, primary_key=True),
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
