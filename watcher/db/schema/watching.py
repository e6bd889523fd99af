"""Tables of watches: what is searched, what was seen, and the alerts."""

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
    Table,
    Text,
    false,
    func,
    text,
)

from watcher.db.schema.base import (
    ACTIVE,
    GONE,
    ID,
    LEASED,
    ON_DELETE,
    REJECTED,
    TROUBLED,
    UNERASED,
    metadata,
    partial_index,
)

searches = Table(
    "searches",
    metadata,
    Column("id", ID, primary_key=True),
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
    partial_index("ix_searches_troubled", "id", TROUBLED),
    partial_index("ix_searches_leased", "lease_until", LEASED),
    sqlite_autoincrement=True,  # a deleted search's id is never used again
)

watches = Table(
    "watches",
    metadata,
    Column("id", ID, primary_key=True),
    Column("search_id", ID, ForeignKey("searches.id"), nullable=False, index=True),
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
    # Paused because its user has more watches than the plan allows; resumed when the plan allows it again.
    Column("over_plan", Boolean, nullable=False, server_default=false()),
    Index("ix_watches_active", "id", "paused", sqlite_where=ACTIVE, postgresql_where=ACTIVE),
    partial_index("ix_watches_rejected", "id", REJECTED),
    sqlite_autoincrement=True,  # a removed watch's id is never used again
)

item_states = Table(
    "item_states",
    metadata,
    Column("watch_id", ID, ForeignKey("watches.id", ondelete=ON_DELETE), primary_key=True),
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
    Column("search_id", ID, ForeignKey("searches.id", ondelete=ON_DELETE), primary_key=True),
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
    Column("search_id", ID, ForeignKey("searches.id", ondelete=ON_DELETE), primary_key=True),
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
    partial_index("ix_sightings_gone", "gone_at", GONE),
)

# What is kept of a comparable listing after its texts were erased. `item` is a hash of its id.
delistings = Table(
    "exits",
    metadata,
    Column("search_id", ID, ForeignKey("searches.id", ondelete=ON_DELETE), primary_key=True),
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
    Column("watch_id", ID, nullable=False),
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
    partial_index("ix_alerts_unerased", "made_at", UNERASED),
)
# The `ref` of the message about an alert.
MESSAGE_REF = func.coalesce(alerts.c.message, alerts.c.id)

# How late the items of alerts were. `item` is a hash of the id; `was_there`: whether the item was still on
# offer just before the message was sent, NULL if that was not checked.
lateness = Table(
    "lateness",
    metadata,
    Column("alert_id", Text, ForeignKey("alerts.id", ondelete=ON_DELETE), primary_key=True),
    Column("item", Text, primary_key=True),
    Column("watch_id", ID, nullable=False),
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
    partial_index("ix_evidence_unerased", "at", UNERASED),
)
