"""What an alert is based on, stored so that the alert can be recomputed.

The evidence of a poll is stored once for all its alerts; what belongs to one watch is stored with its alert.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, TypeVar

from watcher.core.alerts import MAX_ITEMS, Alert, Item, item_of
from watcher.core.background import Background
from watcher.core.comps import Comps, Dropped, Filters, Selection, Statistics, select, summarize
from watcher.core.confidence import Doubt
from watcher.core.deciding_specifics import deciding_specifics
from watcher.core.item_number import digest, hashed_id
from watcher.core.listing import Condition, Listing
from watcher.core.market_profile import MarketProfile
from watcher.core.marketplaces import languages_of
from watcher.core.money import Money
from watcher.core.own_comps import judging_of
from watcher.core.own_groups import MarketGroups, find_market_groups
from watcher.core.plurals import count_of
from watcher.core.price_clusters import PriceGroup, restate_group
from watcher.core.readings import Reading, reading_in_words
from watcher.core.rejections import without_rejected
from watcher.core.rules import History, LastAlerted, Match, RuleContext, matches_worth_alert, parse_rule
from watcher.core.specifics import Specifics
from watcher.core.taught import Taught, erased_answers, write_taught
from watcher.core.taught_evidence import Judging, apply_taught
from watcher.core.times import Instant
from watcher.core.titles.verdict import Reason
from watcher.core.watch import Certainty, Question, Watch

V = TypeVar("V")

MAX_DROPPED = 300  # dropped listings per receipt; kept ones are stored in full, for the statistics need them
_MAX_TEXT = 300  # characters of a title or an address
_FIGURES = ("low", "p25", "median", "p75", "high")


class QuotaUse(NamedTuple):
    """Calls used and allowed on the day of a poll."""

    used: int
    limit: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """A market as one set of filters saw it at one poll. The field names are stored.

    `present`: ids of the listings on offer, the others being cached comps; None for all. `auctions`: ids of
    those that passed every filter. `left_out`: dropped listings that were too many to store. `rejected`:
    hashes of the items that the user rejected. `taught`: the user's answers. `erased_at`: when titles,
    addresses and ids were erased; since then each id is a hash. `profile`: what was known of the market, None
    in receipts of older versions. `doubts`: of the stored listings, by item id. `specifics`: by item id, the
    pairs that decided. `unread`: ids of listings whose specifics could not be read before they
    alerted. `readings` and `reader_out`: see `Background`.
    """

    id: str
    at: Instant
    fetched_at: Instant
    source: str
    question: Question
    filters: Filters
    trust_condition: bool
    statistics: Statistics
    kept: tuple[Listing, ...]
    dropped: tuple[Dropped, ...]
    auctions: tuple[str, ...] = ()
    present: tuple[str, ...] | None = None
    left_out: int = 0
    quota: QuotaUse | None = None
    rejected: tuple[str, ...] = ()
    taught: Taught = ()
    erased_at: Instant | None = None
    profile: MarketProfile | None = None
    doubts: dict[str, Doubt] = field(default_factory=dict)
    specifics: dict[str, Specifics] = field(default_factory=dict)
    unread: tuple[str, ...] = ()
    readings: dict[str, Reading] = field(default_factory=dict)
    reader_out: dict[str, str] = field(default_factory=dict)

    @property
    def comps(self) -> Comps:
        """The comps that the rule looked at."""
        by_id = {x.item_id: x for x in (*self.kept, *(d.listing for d in self.dropped))}
        auctions = tuple(by_id[i] for i in self.auctions)
        return Comps(Selection(self.kept, self.dropped, auctions, self.doubts), self.statistics)

    @property
    def background(self) -> Background:
        """What was known of the listings beyond their rows."""
        return Background(self.profile, self.specifics, self.readings, self.reader_out)

    @property
    def reading_words(self) -> dict[str, str]:
        """What the AI reader said of listings, or why it did not, in words by item id."""
        return {
            item: reading_in_words(self.readings.get(item), self.reader_out.get(item, ""))
            for item in (*self.readings, *self.reader_out)
        }


@dataclass(frozen=True, slots=True)
class Grounds:
    """What one watch's rule looked at in addition to the evidence. The field names are stored.

    `evidence`: its id. `assumption`: the watch's treatment of unknown shipping; `assumed`: the resulting
    amount. `certainty`: which listings could alert.
    """

    evidence: str
    rule: str
    assumption: str
    assumed: Money | None
    armed: bool
    history: History = History()
    new_items: tuple[str, ...] = ()
    # The last alerted cost of items that matched, by item id.
    told: dict[str, LastAlerted] | None = None
    # The price groups that the rule judged within, and the place of each listing's group by item id.
    groups: tuple[PriceGroup, ...] = ()
    places: dict[str, int] | None = None
    certainty: Certainty = Certainty.LIKELY


class Replay(NamedTuple):
    """The result of recomputing an alert: `differences` in words, empty if it agrees to the cent.

    `selection_agrees`: whether this version selects the same comps; None if titles are erased or listings
    were left out.
    """

    differences: tuple[str, ...]
    selection_agrees: bool | None

    @property
    def agrees(self) -> bool:
        """Whether statistics and matches are the same as in the alert."""
        return not self.differences


def describe_readings(receipt: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the AI reader found out, in sentences without a full stop; `receipt` is its JSON."""
    if read := Counter(receipt["readings"].values()):
        said = ", ".join(f"{n:,} {verdict}" for verdict, n in read.most_common())
        yield f"the AI reader has read {count_of(read.total(), 'listing')}: {said}"
    for why, n in Counter(receipt["readerOut"].values()).most_common():
        listings = count_of(n, "listing")
        yield f"{listings} not read by the AI reader: {why}, so other evidence decided"


def build_evidence(
    comps: Comps,
    watch: Watch,
    *,
    at: Instant,
    fetched_at: Instant,
    source: str,
    trust_condition: bool,
    present: frozenset[str] | None = None,
    background: Background = Background(),
) -> Evidence:
    """Return the evidence of a poll, without pictures and tracking parameters, and of bounded size."""
    kept, dropped, auctions, doubts = comps.selection
    # Auctions first, because `ending` looks at them: they must not be the ones left out.
    ordered = sorted(dropped, key=lambda d: d.reason is not Reason.AUCTION)
    dropped = tuple(ordered[:MAX_DROPPED])
    stored = {x.item_id for x in (*kept, *(d.listing for d in dropped))}
    question, filters, rejected, taught = watch.question, watch.filters, watch.rejected, watch.taught
    return Evidence(
        id=digest(f"{question.key}|{filters.key}|{','.join(rejected)}|{write_taught(taught)}|{at!r}"),
        at=at,
        fetched_at=fetched_at,
        source=source,
        question=question,
        filters=filters,
        trust_condition=trust_condition,
        statistics=comps.statistics,
        kept=tuple(map(_shortened, kept)),
        dropped=tuple(d._replace(listing=_shortened(d.listing)) for d in dropped),
        auctions=tuple(x.item_id for x in auctions),
        present=None if present is None else tuple(sorted(present)),
        left_out=len(ordered) - len(dropped),
        rejected=rejected,
        taught=taught,
        profile=background.profile,
        doubts=_only(doubts, stored),
        specifics=deciding_specifics(
            judging_of(watch, trust_condition=trust_condition, background=background),
            (*kept, *(d.listing for d in dropped)),
            taught,
        ),
        unread=tuple(sorted(background.unread & stored)),
        readings=_only(background.readings, stored),
        reader_out=_only(background.reader_out, stored),
    )


def replay(alert: Alert, grounds: Grounds, evidence: Evidence) -> Replay:
    """Recompute an alert from its receipt and compare the result with what was sent."""
    then = evidence.statistics
    now = summarize(evidence.kept, then.currency, then.basis)
    pairs = ((name, getattr(then, name), getattr(now, name)) for name in ("n", *_FIGURES))
    differences = [f"{name} was {was}, it is now {is_}" for name, was, is_ in pairs if was != is_]
    matches, median_reason = _reevaluate(grounds, evidence, replace(evidence.comps, statistics=now))
    differences += _item_differences(alert, matches, evidence.comps.selection)
    if median_reason != alert.market:
        differences.append(f'the sentence was "{alert.market}", it is now "{median_reason}"')
    return Replay(tuple(differences), _selection_agrees(grounds, evidence))


def _reevaluate(grounds: Grounds, evidence: Evidence, comps: Comps) -> tuple[tuple[Match, ...], str]:
    context = RuleContext(
        comps,
        evidence.at,
        assumed=grounds.assumed,
        skips_unknown_shipping=grounds.assumption == "skip",
        new_items=frozenset(grounds.new_items),
        history=grounds.history,
        groups=_restated_groups(grounds, evidence),
    )
    outcome = parse_rule(grounds.rule, comps.statistics.currency).evaluate(context, armed=grounds.armed)
    present = evidence.present
    on_offer = [m for m in outcome.matches if present is None or m.listing.item_id in present]
    admitted = grounds.certainty.admitted(on_offer, comps.selection)
    return matches_worth_alert(admitted, grounds.told or {}), outcome.median_reason


def _restated_groups(grounds: Grounds, evidence: Evidence) -> MarketGroups:
    """Return the price groups with their number and median computed again."""
    currency = evidence.statistics.currency
    totals = [t for x in evidence.kept if (t := x.total) and t.currency == currency and not x.is_apart]
    groups = tuple(restate_group(g, [t.minor for t in totals]) for g in grounds.groups)
    return MarketGroups(groups, grounds.places or {})


def _item_differences(alert: Alert, matches: Sequence[Match], selection: Selection) -> Sequence[str]:
    """Compare items by id, not by place: hashed ids order items of the same total differently."""
    recomputed = {m.listing.item_id: _comparable(item_of(m, selection)) for m in matches}
    differences = []
    for item in alert.items:
        was, is_ = _comparable(item), recomputed.get(item.item_id)
        if was != is_:
            differences.append(f"{_summary(was)} is now {_summary(is_) if is_ else 'no match'}")
    now = ", ".join(m.total.amount for m in matches[:MAX_ITEMS])
    then = ", ".join(item.total for item in alert.items)
    if then != now:
        differences.append(f"the best totals were {then}, they are now {now}")
    alerted = len(alert.items) + alert.more
    if alerted != len(matches):
        differences.append(f"{count_of(alerted, 'item')} alerted, {len(matches)} would now")
    return differences


def _comparable(item: Item) -> tuple[str | None, ...]:
    costs = (item.currency, item.price, item.shipping, item.assumed, item.total)
    return (item.item_id, *costs, item.why, item.confidence)


def _summary(fields: tuple[str | None, ...]) -> str:
    return f"{fields[0]} at {fields[5]} {fields[1]} ({fields[6]})"


def _selection_agrees(grounds: Grounds, evidence: Evidence) -> bool | None:
    if evidence.erased_at is not None or evidence.left_out:
        return None
    question, statistics = evidence.question, evidence.statistics
    selection = select(
        question.query,
        Condition(question.condition),
        [*evidence.kept, *(d.listing for d in evidence.dropped)],
        currency=statistics.currency,
        filters=evidence.filters,
        trust_condition=evidence.trust_condition,
        languages=languages_of(question.marketplace),
        background=evidence.background,
    )
    left = without_rejected(Comps(selection, statistics), evidence.rejected)
    judging = Judging(
        question.query,
        question.condition,
        question.marketplace,
        evidence.filters,
        evidence.trust_condition,
        evidence.background,
    )
    again = apply_taught(left, evidence.taught, judging).selection
    if {x.item_id for x in again.kept} != {x.item_id for x in evidence.kept}:
        return False
    then = MarketGroups(grounds.groups, grounds.places or {})
    return not then.groups or then == find_market_groups(question.query, evidence.kept, statistics.currency)


# --- erasing --------------------------------------------------------------------------------------------


def erased_evidence(evidence: Evidence, now: Instant) -> Evidence:
    """Return the evidence with hashed ids and without titles and addresses; the numbers stay."""
    return replace(
        evidence,
        kept=tuple(map(erased_listing, evidence.kept)),
        # The detail of a reason quotes the title, as may that of a doubt.
        dropped=tuple(Dropped(erased_listing(d.listing), d.reason, "") for d in evidence.dropped),
        auctions=tuple(map(hashed_id, evidence.auctions)),
        present=None if evidence.present is None else tuple(map(hashed_id, evidence.present)),
        taught=erased_answers(evidence.taught),
        erased_at=now,
        specifics={},
        unread=tuple(map(hashed_id, evidence.unread)),
        profile=evidence.profile and evidence.profile._replace(words=()),
        doubts={hashed_id(item): Doubt(d.confidence, "") for item, d in evidence.doubts.items()},
        readings={hashed_id(item): reading for item, reading in evidence.readings.items()},
        reader_out={hashed_id(item): why for item, why in evidence.reader_out.items()},
    )


def erased_grounds(grounds: Grounds) -> Grounds:
    """Return the grounds with hashed ids."""
    told = {hashed_id(item): last for item, last in (grounds.told or {}).items()}
    places = {hashed_id(item): place for item, place in (grounds.places or {}).items()}
    return replace(grounds, new_items=tuple(map(hashed_id, grounds.new_items)), told=told, places=places)


def erased_alert(alert: Alert) -> Alert:
    """Return the alert with hashed ids and without titles, addresses and pictures."""
    return replace(
        alert,
        items=tuple(
            i._replace(item_id=hashed_id(i.item_id), title="", url="", image="", doubt="", specifics="")
            for i in alert.items
        ),
    )


def erased_listing(listing: Listing) -> Listing:
    """Return the listing with a hashed id and nothing but numbers."""
    return listing._replace(
        item_id=hashed_id(listing.item_id),
        title="",
        url="",
        image="",
        group_id="",
        country="",
        feedback=None,
        categories=(),
        epid="",
        seller="",
    )


def _only(known: Mapping[str, V], items: Collection[str]) -> dict[str, V]:
    return {item: value for item, value in known.items() if item in items}


def _shortened(listing: Listing) -> Listing:
    return listing._replace(
        title=listing.title[:_MAX_TEXT], url=listing.url.partition("?")[0][:_MAX_TEXT], image=""
    )
