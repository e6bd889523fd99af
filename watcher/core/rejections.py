"""Items that a user rejects: excluded from then on, and counted in the watch's precision."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import NamedTuple

from watcher.core.comps import Comps, Dropped, Selection, summarize
from watcher.core.errors import InvalidInput
from watcher.core.item_number import hashed_id
from watcher.core.listing import Listing
from watcher.core.taught import TaughtAnswer, with_answers, without_answers
from watcher.core.titles.verdict import Reason
from watcher.core.watch import Watch

MAX_REJECTED = 500  # items of one watch; every poll checks each of them


class Precision(NamedTuple):
    """How many items of a watch alerted, and how many of them were rejected."""

    told: int
    rejected: int

    @property
    def percent(self) -> float | None:
        """The share that was not rejected, in percent; None before the first alert."""
        return round(100 * max(0, self.told - self.rejected) / self.told, 1) if self.told else None


def without_rejected(comps: Comps, rejected: Sequence[str]) -> Comps:
    """Return `comps` without the items that have these hashes, and their statistics."""
    if not rejected:
        return comps
    kept, dropped, auctions, doubts = comps.selection
    hashes = frozenset(rejected)
    out = {
        x.item_id: Dropped(x, Reason.REJECTED, "you rejected this item")
        for x in (*kept, *auctions)
        if hashed_id(x.item_id) in hashes
    }
    if not out:
        return comps
    left = tuple(x for x in kept if x.item_id not in out)
    drops = (*(d for d in dropped if d.listing.item_id not in out), *out.values())
    selection = Selection(left, drops, tuple(x for x in auctions if x.item_id not in out), doubts)
    return Comps(selection, summarize(left, comps.statistics.currency, comps.statistics.basis))


def reject_items(
    watch: Watch, items: Sequence[str], words: Sequence[str] = (), learned: TaughtAnswer | None = None
) -> Watch:
    """Return `watch` without these items (ids or their hashes) and without titles with these words.

    `learned`: what tells a rejected item from others; it is left out if the watch has too many answers.
    Raise InvalidInput if it has too many rejected items.
    """
    rejected = tuple(dict.fromkeys((*watch.rejected, *map(hashed_id, items))))
    if len(rejected) > MAX_REJECTED:
        raise InvalidInput(
            f"A watch can reject at most {MAX_REJECTED} items; exclude words instead (watch edit --exclude)."
        )
    exclude = tuple(dict.fromkeys((*watch.filters.exclude, *words)))
    taught = watch.taught
    if learned is not None:
        with suppress(InvalidInput):
            taught = with_answers(taught, [learned])
    return replace(watch, rejected=rejected, taught=taught, filters=replace(watch.filters, exclude=exclude))


def restore_items(watch: Watch, items: Sequence[str]) -> Watch:
    """Return `watch` with these items no longer rejected, and without what their rejection taught."""
    restored = set(map(hashed_id, items)).intersection(watch.rejected)
    return replace(
        watch,
        rejected=tuple(h for h in watch.rejected if h not in restored),
        taught=without_answers(watch.taught, restored),
    )


def also_removed(before: Comps, after: Comps, items: Sequence[str]) -> tuple[Listing, ...]:
    """Return the listings that `after` no longer keeps, other than these items."""
    rejected = set(map(hashed_id, items))
    left = {x.item_id for x in after.selection.kept}
    return tuple(
        x for x in before.selection.kept if x.item_id not in left and hashed_id(x.item_id) not in rejected
    )
