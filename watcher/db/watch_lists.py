"""The watches of a user as a page lists them: searched, sorted and counted by the database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, select

from watcher.core.times import Instant
from watcher.core.watch import WatchId
from watcher.db.database import Store
from watcher.db.row_types import RowTypes
from watcher.db.schema import MESSAGE_REF, alerts, outbox, searches, watches

MAX_TAGS = 200  # in a menu
_KEYS_PER_SELECT = 500


class WatchOrder(StrEnum):
    """The order of a list. Those by a price have no line in `_ORDERS`: `watches.overview` sorts by them."""

    NEWEST = "newest"
    NAME = "name"
    ALERTED = "alerted"
    NEXT = "next"
    BEST = "best"
    MEDIAN = "median"
    DEAL = "deal"


class WatchState(StrEnum):
    """What a list of watches can be narrowed to."""

    ACTIVE = "active"
    PAUSED = "paused"
    FAILING = "failing"
    ALERTED = "alerted"


class WatchSelection(NamedTuple):
    """Which watches of a user to list; empty fields select all.

    Each of the `words` is in the label, the query or the tag.
    """

    user: str
    words: str = ""
    tag: str = ""
    state: WatchState | None = None


class ListedWatch(NamedTuple):
    """A watch in a list, with its search's last poll and its last alert, as the columns have them.

    `exclude`, `sellers` and `rejected` are JSON lists as text, which `read_words` reads, `taught` is what
    `read_taught` reads; a damaged watch has any text.
    `alert` is empty and `delivery` means nothing before the first alert.
    """

    id: WatchId
    revision: int
    search_id: int
    rule: str
    label: str
    tag: str
    paused: bool
    over_plan: bool
    exclude: str
    buying: str
    min_feedback: int | None
    from_country: str
    sellers: str
    rejected: str
    taught: str
    certainty: str
    query: str
    condition: str
    marketplace: str
    due_at: Instant | None
    polled_at: Instant | None
    error: str
    suspicion: str
    alert: str
    alerted_at: Instant | None
    delivery: str


_NAME = func.coalesce(func.nullif(watches.c.label, ""), searches.c.query)
_LAST_ALERT = (
    select(alerts.c.id)
    .where(alerts.c.watch_id == watches.c.id, alerts.c.user_id == watches.c.user_id)
    .order_by(alerts.c.made_at.desc(), alerts.c.id)
    .limit(1)
    .correlate(watches)
    .scalar_subquery()
)
_ALERTED_AT = (
    select(func.max(alerts.c.made_at))
    .where(alerts.c.watch_id == watches.c.id, alerts.c.user_id == watches.c.user_id)
    .correlate(watches)
    .scalar_subquery()
)
_WITH_SEARCH = watches.join(searches, watches.c.search_id == searches.c.id)
_ROWS = select(
    *(watches.c[n] for n in ("id", "revision", "search_id", "rule", "label", "tag", "paused", "over_plan")),
    *(watches.c[n] for n in ("exclude", "buying", "min_feedback", "from_country", "sellers")),
    *(watches.c[n] for n in ("rejected", "taught", "certainty")),
    *(searches.c[n] for n in ("query", "condition", "marketplace", "due_at", "polled_at")),
    *(searches.c[n] for n in ("error", "suspicion")),
    func.coalesce(alerts.c.id, "").label("alert"),
    alerts.c.made_at.label("alerted_at"),
    func.coalesce(outbox.c.state, "sent").label("delivery"),  # what was sent long ago has left the outbox
).select_from(
    _WITH_SEARCH.outerjoin(alerts, alerts.c.id == _LAST_ALERT).outerjoin(
        outbox, (outbox.c.ref == MESSAGE_REF) & (outbox.c.kind == "alert")
    )
)
_TYPES = RowTypes(_ROWS, joined=alerts)
_ORDERS: dict[WatchOrder, tuple[ColumnElement[Any], ...]] = {
    WatchOrder.NAME: (func.lower(_NAME),),
    WatchOrder.ALERTED: (func.coalesce(_ALERTED_AT, 0).desc(),),
    WatchOrder.NEXT: (watches.c.paused, func.coalesce(searches.c.due_at, 1e12)),
}


class WatchListStore(Store):
    """Lists watches."""

    def count(self, wanted: WatchSelection) -> int:
        """Return how many watches are selected."""
        found = _selected(select(func.count()).select_from(_WITH_SEARCH), wanted)
        return int(self._db.value(found) or 0)

    def ids(
        self, wanted: WatchSelection, order: WatchOrder, limit: int, *, skip: int = 0
    ) -> Sequence[WatchId]:
        """Return the ids of up to `limit` selected watches after the first `skip` ones, in this order."""
        found = _selected(select(watches.c.id).select_from(_WITH_SEARCH), wanted)
        found = found.order_by(*_ORDERS.get(order, ()), watches.c.id.desc())
        return [row[0] for row in self._db.rows(found.limit(limit).offset(skip))]

    def rows(self, ids: Sequence[int]) -> Sequence[ListedWatch]:
        """Return these watches in this order, without those that do not exist or that are damaged."""
        found = {row.id: row for row in self._read(ids)}
        return [found[watch] for number in ids if (watch := WatchId(number)) in found]

    def tags(self, user: str) -> Sequence[tuple[str, int]]:
        """Return the tags of a user's watches, and how many have each, by name; at most MAX_TAGS."""
        wanted = (watches.c.user_id == user) & (watches.c.tag != "")
        found = select(watches.c.tag, func.count().label("n")).where(wanted).group_by(watches.c.tag)
        rows = self._db.rows(found.order_by(watches.c.tag).limit(MAX_TAGS))
        return [(row.tag, row.n) for row in rows]

    def _read(self, ids: Sequence[int]) -> Iterator[ListedWatch]:
        for start in range(0, len(ids), _KEYS_PER_SELECT):
            some = watches.c.id.in_(ids[start : start + _KEYS_PER_SELECT])
            yield from _TYPES.read(self._db.rows(_ROWS.where(some)), ListedWatch._make)


def _selected(statement: Select[Any], wanted: WatchSelection) -> Select[Any]:
    statement = statement.where(watches.c.user_id == wanted.user)
    for word in wanted.words.casefold().split():
        texts = (watches.c.label, searches.c.query, watches.c.tag)
        any_text = [func.lower(c).contains(word, autoescape=True) for c in texts]
        statement = statement.where(any_text[0] | any_text[1] | any_text[2])
    if wanted.tag:
        statement = statement.where(watches.c.tag == wanted.tag)
    if wanted.state is WatchState.ALERTED:
        return statement.where(_ALERTED_AT.is_not(None))
    if wanted.state is not None:
        statement = statement.where(watches.c.paused.is_(wanted.state is WatchState.PAUSED))
    if wanted.state is WatchState.FAILING:
        statement = statement.where((searches.c.error != "") | (searches.c.suspicion != ""))
    return statement
