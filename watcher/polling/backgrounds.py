"""What is known of the listings of an answer that no poll has asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from watcher.core.background import Background
from watcher.core.listing import Listing
from watcher.core.watch import Question
from watcher.db.searches import SearchStore

Recall = Callable[[Question, Sequence[Listing], Background], Background]
"""Adds what earlier second looks found out about listings. Raises WatcherError."""


class Backgrounds:
    """Knows what the polls of a question know, so that every answer to it is judged as they do."""

    def __init__(self, searches: SearchStore, recalls: Sequence[Recall] = ()) -> None:
        self._searches, self._recalls = searches, tuple(recalls)

    def of(self, question: Question, listings: Sequence[Listing]) -> Background:
        """Return the profile of the search that asks this question, and what is known of these listings."""
        background = Background(self._searches.profile(question))
        for recall in self._recalls if listings else ():
            background = recall(question, listings, background)
        return background
