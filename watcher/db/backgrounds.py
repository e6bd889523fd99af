"""What is stored about listings beyond the market's answers."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, select

from watcher.core.background import Background
from watcher.core.listing import Listing
from watcher.core.watch import Question
from watcher.db.database import Store
from watcher.db.item_specifics import ItemSpecificsStore
from watcher.db.rows import profile_of_row
from watcher.db.schema import searches

_PROFILE = select(searches.c.id, searches.c.profile).where(searches.c.key == bindparam("key"))


class BackgroundStore(Store):
    """Reads what verdicts on listings rest on besides their rows."""

    def background(self, question: Question, listings: Sequence[Listing]) -> Background:
        """Return what is known of these listings, which answer a question; nothing if no watch polls it."""
        rows = self._db.rows(_PROFILE, {"key": question.key})
        if not rows:
            return Background()
        return Background(profile_of_row(rows[0]), ItemSpecificsStore(self._db).of(listings))
