"""What a user's answers change in the comps of one watch."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from watcher.core.background import Background
from watcher.core.comps import Comps, Dropped, Filters, Selection, select, summarize
from watcher.core.confidence import Confidence, Doubt
from watcher.core.item_number import hashed_id
from watcher.core.listing import Condition, Listing
from watcher.core.market_profile import profile_of
from watcher.core.marketplaces import languages_of
from watcher.core.readings import Reading
from watcher.core.specifics import Specifics
from watcher.core.taught import Taught, missing_of, words_beyond
from watcher.core.titles.verdict import Reason

# Reasons that leave open what a listing is: an answer about a similar one may settle them.
_OPEN_REASONS = frozenset((Reason.QUERY, Reason.DOUBT, Reason.CATEGORY, Reason.SPECIFICS))
T = TypeVar("T")

_MAX_WORDS_SAID = 3  # of a doubt


@dataclass(frozen=True, slots=True)
class Judging:
    """What the verdicts on the listings of a market rest on besides the listings."""

    query: str
    condition: Condition
    marketplace: str
    filters: Filters = field(default_factory=Filters)
    trust_condition: bool = True
    background: Background = Background()

    def select(self, listings: Sequence[Listing], currency: str, background: Background) -> Selection:
        """Judge listings again with this background."""
        return select(
            self.query,
            self.condition,
            listings,
            currency=currency,
            filters=self.filters,
            trust_condition=self.trust_condition,
            background=background,
            languages=languages_of(self.marketplace),
        )


def apply_taught(comps: Comps, taught: Taught, judging: Judging) -> Comps:
    """Return `comps` as the answers of a user change them, with their statistics.

    An answered listing is decided. What other listings share with it is evidence: what only "something else"
    has is a doubt of weight 1 for each kind of fact (words, category, specifics); what "this is it" has or
    lacks raises none. Rejected listings stay dropped.
    """
    if not taught:
        return comps
    selection = _Changes(comps, taught, judging).selection()
    if selection == comps.selection:
        return comps
    statistics = comps.statistics
    return Comps(selection, summarize(selection.kept, statistics.currency, statistics.basis))


class _Changes:
    """The selection of a market, listing by listing, while answers change it."""

    def __init__(self, comps: Comps, taught: Taught, judging: Judging) -> None:
        self._before, self._judging = comps.selection, judging
        self._currency = comps.statistics.currency
        self._answers = {a.item: a.same for a in taught}
        self._evidence = _Evidence.of(taught)
        self._kept = {x.item_id: x for x in self._before.kept}
        self._dropped = {d.listing.item_id: d for d in self._before.dropped}
        self._auctions = {x.item_id: x for x in self._before.auctions}
        self._doubts = dict(self._before.doubts)
        self._freed: dict[str, tuple[str, ...]] = {}

    def selection(self) -> Selection:
        """Return the selection after all changes, each listing in its former order."""
        self._judge_again()
        for listing in {**self._auctions, **self._kept}.values():
            same = self._answer(listing)
            if same is False:
                self._drop(listing, "you said that this is something else", None)
            elif same is None and (
                against := self._evidence.against(listing, self._judging, self._specifics(listing))
            ):
                self._weigh(listing, against)
        return Selection(
            tuple(self._kept.values()),
            tuple(self._dropped.values()),
            tuple(self._auctions.values()),
            self._doubts,
        )

    @property
    def _query(self) -> str:
        return self._judging.query

    def _answer(self, listing: Listing) -> bool | None:
        return self._answers.get(hashed_id(listing.item_id))

    def _specifics(self, listing: Listing) -> Specifics:
        return self._judging.background.specifics.get(listing.item_id, Specifics())

    def _judge_again(self) -> None:
        """Judge what "this is it" decides or makes less doubtful, and keep what passes now."""
        background = self._background()
        readings, specifics = dict(background.readings), dict(background.specifics)
        again: list[Listing] = []
        for listing in self._open_listings():
            if self._answer(listing):
                readings[listing.item_id] = Reading.SAME
                again.append(listing)
            elif altered := self._evidence.altered(listing, self._judging, self._specifics(listing)):
                specifics[listing.item_id] = altered.specifics
                again.append(altered.listing)
                if altered.freed and listing.item_id in self._dropped:
                    self._freed[listing.item_id] = altered.freed
        if not again:
            return
        background = background._replace(readings=readings, specifics=specifics)
        self._take_over(self._judging.select(again, self._currency, background))

    def _background(self) -> Background:
        """Return what is known, with the profile of the whole market: a few listings do not show it."""
        background = self._judging.background
        if background.profile is not None:
            return background
        everything = (*self._before.kept, *(d.listing for d in self._before.dropped))
        languages = languages_of(self._judging.marketplace)
        profile = profile_of(self._query, everything, currency=self._currency, languages=languages)
        return background._replace(profile=profile)

    def _take_over(self, found: Selection) -> None:
        """Keep what a second judgement keeps; what it drops stays as it was, unless it is answered."""
        originals = {x.item_id: x for x in self._open_listings()}
        open_still = self._freed.keys() & found.doubts.keys()
        now_kept = {x.item_id for x in found.kept} - open_still
        now_auctions = {x.item_id for x in found.auctions} - open_still
        for item in now_kept:
            self._dropped.pop(item, None)
            self._kept[item] = originals[item]
        for drop in found.dropped:
            item = drop.listing.item_id
            if self._answer(drop.listing) or item in now_auctions:  # then for being an auction
                self._dropped[item] = drop._replace(listing=originals[item])
        for item in now_auctions:
            self._auctions[item] = originals[item]
        for item in now_kept | now_auctions:
            self._doubts.pop(item, None)
            if item in found.doubts:
                self._doubts[item] = found.doubts[item]
            elif item in self._freed:
                words = ", ".join(f'"{w}"' for w in self._freed[item])
                why = f"the title does not say {words}, like what you said is it"
                self._doubts[item] = Doubt(Confidence.LIKELY, why)

    def _open_listings(self) -> Iterator[Listing]:
        """Yield the listings whose verdict "this is it" may change."""
        for x in self._before.kept:
            if x.item_id in self._before.doubts or self._answer(x):
                yield x
        for d in self._before.dropped:
            if d.reason is not Reason.REJECTED and (d.reason in _OPEN_REASONS or self._answer(d.listing)):
                yield d.listing

    def _weigh(self, listing: Listing, against: Sequence[str]) -> None:
        before = self._doubts.get(listing.item_id)
        why = "; ".join([*([before.why] if before else []), *against])
        if len(against) + bool(before) == 1:
            self._doubts[listing.item_id] = Doubt(Confidence.LIKELY, why)
        else:
            self._drop(listing, why, Doubt(Confidence.DOUBTFUL, why))

    def _drop(self, listing: Listing, why: str, doubt: Doubt | None) -> None:
        item = listing.item_id
        self._kept.pop(item, None)
        self._auctions.pop(item, None)
        self._dropped[item] = Dropped(listing, Reason.TAUGHT, why)
        self._doubts.pop(item, None)
        if doubt:
            self._doubts[item] = doubt


class _Altered(NamedTuple):
    """A listing as it is judged again, and the words of the query that it lacks and need not have."""

    listing: Listing
    specifics: Specifics
    freed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What tells the two kinds of answered listings apart; `free`: words of the query that may be missing.

    `same_…` is what "this is it" has, `other_…` what only "something else" has.
    """

    same_words: frozenset[str]
    other_words: frozenset[str]
    free: frozenset[str]
    same_leaves: frozenset[str]
    other_leaves: frozenset[str]
    same_pairs: frozenset[tuple[str, str]]
    other_pairs: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, taught: Taught) -> _Evidence:
        same, other = ([a for a in taught if a.same is kind] for kind in (True, False))
        same_words, same_pairs = _union(a.words for a in same), _union(a.specifics for a in same)
        same_leaves = frozenset(a.category for a in same) - {""}
        return cls(
            same_words,
            _union(a.words for a in other) - same_words,
            _union(a.missing for a in same) - _union(a.missing for a in other),
            same_leaves,
            frozenset(a.category for a in other) - same_leaves - {""},
            same_pairs,
            _union(a.specifics for a in other) - same_pairs,
        )

    def against(self, listing: Listing, judging: Judging, specifics: Specifics) -> list[str]:
        """Return what a listing shares only with something else, one sentence for each kind of fact."""
        found = []
        if words := words_beyond(judging.query, listing.title, judging.marketplace) & self.other_words:
            said = ", ".join(f'"{w}"' for w in sorted(words)[:_MAX_WORDS_SAID])
            found.append(f"the title says {said}, like what you called something else")
        if listing.categories and listing.categories[0] in self.other_leaves:
            found.append("it stands in the category of what you called something else")
        if pair := min(self.other_pairs.intersection(specifics.pairs), default=None):
            found.append(f'its {pair[0]} is "{pair[1]}", like that of what you called something else')
        return found

    def altered(self, listing: Listing, judging: Judging, specifics: Specifics) -> _Altered | None:
        """Return a listing without what "this is it" has too, and with what that lacks; None if unchanged."""
        title = listing.title
        missing = missing_of(judging.query, title, judging.marketplace)
        freed = missing if self.free.issuperset(missing) else ()
        if freed:
            title = f"{title} {' '.join(freed)}"
        for word in words_beyond(judging.query, listing.title, judging.marketplace) & self.same_words:
            title = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", " ", title, flags=re.IGNORECASE)
        excused = bool(listing.categories) and listing.categories[0] in self.same_leaves
        left = Specifics(tuple(pair for pair in specifics.pairs if pair not in self.same_pairs))
        if title == listing.title and not excused and left == specifics:
            return None
        judged = listing._replace(title=title, categories=() if excused else listing.categories)
        return _Altered(judged, left, freed)


def _union(sets: Iterable[Iterable[T]]) -> frozenset[T]:
    return frozenset(x for one in sets for x in one)
