"""What a person says is not the item: left out from then on, and counted against the watch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from watcher.core.comps import Comps, Dropped, Selection, summarize
from watcher.core.errors import InvalidInput
from watcher.core.item_number import hashed_id
from watcher.core.listing import Listing
from watcher.core.titles.verdict import Reason
from watcher.core.watch import Watch

# Each is looked for at every poll.
MOST_REJECTED = 500
_SAID = "you said it is not the item"


class Precision(NamedTuple):
    """Of so many items told, so many were not the item."""

    told: int
    rejected: int

    @property
    def percent(self) -> float | None:
        """The share that was right, in percent; None while nothing was told."""
        return round(100 * max(0, self.told - self.rejected) / self.told, 1) if self.told else None


def without_rejected(comps: Comps, rejected: Sequence[str]) -> Comps:
    """`comps` without the items of these hashes; the statistics are made anew."""
    if not rejected:
        return comps
    kept, dropped, auctions = comps.selection
    hashes = frozenset(rejected)
    out = {x.item_id for x in (*kept, *auctions) if hashed_id(x.item_id) in hashes}
    if not out:
        return comps
    left = tuple(x for x in kept if x.item_id not in out)
    drops = tuple(d for d in dropped if d.listing.item_id not in out)
    said = {x.item_id: Dropped(x, Reason.REJECTED, _SAID) for x in (*kept, *auctions) if x.item_id in out}
    selection = Selection(left, (*drops, *said.values()), tuple(x for x in auctions if x.item_id not in out))
    return Comps(selection, summarize(left, comps.statistics.currency, comps.statistics.basis))


def rejecting(watch: Watch, items: Sequence[str], words: Sequence[str] = ()) -> Watch:
    """`watch` as it leaves out these items (ids or their hashes) and titles with these words.

    Raises InvalidInput where they are too many.
    """
    rejected = tuple(dict.fromkeys((*watch.rejected, *map(hashed_id, items))))
    if len(rejected) > MOST_REJECTED:
        raise InvalidInput(
            f"A watch leaves out at most {MOST_REJECTED} items; exclude words instead (watch edit --exclude)."
        )
    exclude = tuple(dict.fromkeys((*watch.filters.exclude, *words)))
    return replace(watch, rejected=rejected, filters=replace(watch.filters, exclude=exclude))


def forgiving(watch: Watch, items: Sequence[str]) -> Watch:
    """`watch` as it takes these items back."""
    back = set(map(hashed_id, items))
    return replace(watch, rejected=tuple(h for h in watch.rejected if h not in back))


def also_removed(before: Comps, after: Comps, items: Sequence[str]) -> tuple[Listing, ...]:
    """What else is kept no more, beside these items."""
    meant = set(map(hashed_id, items))
    left = {x.item_id for x in after.selection.kept}
    return tuple(
        x for x in before.selection.kept if x.item_id not in left and hashed_id(x.item_id) not in meant
    )
