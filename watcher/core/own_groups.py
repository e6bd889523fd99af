"""The price group to which a listing belongs: by the words of its title, never by its price."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from watcher.core.listing import Listing
from watcher.core.money import Money
from watcher.core.price_clusters import PriceGroup, find_price_groups
from watcher.core.titles.parsed_title import parse_title

_CLEAR_SHARE = 0.5  # of a group's words; a title with more of them belongs to that group


class OwnGroup(NamedTuple):
    """The comps that a listing is compared with; `label` tells them from the others: `with “psa”`."""

    label: str
    n: int
    median: Money


class MarketGroups(NamedTuple):
    """The price groups of a market, cheapest first, and the place of each listing's group by its id.

    A listing without a place belongs to none. Without groups the market is one thing.
    """

    groups: tuple[PriceGroup, ...] = ()
    places: Mapping[str, int] = {}

    def own_group(self, listing: Listing) -> OwnGroup | None:
        """Return the group of a listing, None if it belongs to none."""
        place = self.places.get(listing.item_id)
        return None if place is None else self.at(place)

    def at(self, place: int) -> OwnGroup:
        """Return the group in this place, with the words that tell it from the others."""
        group = self.groups[place]
        words = group.words or tuple(w for other in self.groups for w in other.words)
        label = f"{'with' if group.words else 'without'} {', '.join(f'“{w}”' for w in words)}"
        return OwnGroup(label, group.n, group.median)

    @property
    def words(self) -> str:
        """All words that tell the groups apart, quoted, for a sentence."""
        return ", ".join(f"“{w}”" for group in self.groups for w in group.words)

    def leveled_totals(self, listings: Sequence[Listing]) -> list[Money]:
        """Return totals as if each group had the median of the first; without groups as they are."""
        if not self.groups:
            return [total for x in listings if (total := x.total)]
        usual = self.groups[0].median
        return [
            Money(round(total.minor * usual.minor / self.groups[place].median.minor), total.currency)
            for x in listings
            if (total := x.total) and (place := self.places.get(x.item_id)) is not None
        ]


ONE_MARKET = MarketGroups()


def find_market_groups(query: str, kept: Sequence[Listing], currency: str) -> MarketGroups:
    """Return the price groups of the comps, and which of them each listing belongs to."""
    groups = find_price_groups(query, kept, currency)
    if not groups:
        return ONE_MARKET
    places = ((x.item_id, _place(parse_title(x.title).word_set, groups)) for x in kept)
    return MarketGroups(groups, {item: place for item, place in places if place is not None})


def _place(words: frozenset[str], groups: Sequence[PriceGroup]) -> int | None:
    """Return the group that a title names, the group without words for the rest, None without one.

    If a title may belong to several, it is the cheapest of them: a deal there is one in each.
    """
    shares = {
        place: sum(w in words for w in group.words) / len(group.words)
        for place, group in enumerate(groups)
        if not words.isdisjoint(group.words)
    }
    if shares and max(shares.values()) > _CLEAR_SHARE:
        return min(place for place, share in shares.items() if share == max(shares.values()))
    return min((*shares, *(place for place, group in enumerate(groups) if not group.words)), default=None)
