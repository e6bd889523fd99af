"""The check of plans: which are configured, and whether a user pays a price that none of them has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from watcher.core.plan_limits import unknown_price_sentence
from watcher.db.database import Database
from watcher.db.plan_limits import PlanLimitStore
from watcher.db.revisions import revision_at

if TYPE_CHECKING:
    from watcher.config import Settings

_MOST = 100  # users who are named


def check_plans(settings: Settings) -> Iterator[tuple[Literal["ok", "warn"], str]]:
    """Yield the state and a sentence about each finding. Raises WatcherError."""
    plans = settings.paid_plans
    if not revision_at(settings.database_url):
        yield "ok", ", ".join(plan.name for plan in plans.all)
        return
    database = Database(settings.database_url)
    try:
        strangers = PlanLimitStore(database, plans).strangers(_MOST)
    finally:
        database.close()
    for holder in strangers:
        if holder.subscription:
            yield "warn", unknown_price_sentence(holder.user, holder.subscription.price)
    if not strangers:
        yield "ok", ", ".join(plan.name for plan in plans.all)
