"""What an alert was based on, kept so that the same rules can judge it again.

The look is kept once for all alerts that it made; what only one watch's rule knew is kept with its alert.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from watcher.core.alerts import BEST, Alert, Item, item_of
from watcher.core.comps import Comps, Dropped, Filters, Selection, Statistics, select, summarize
from watcher.core.item_number import digest, hashed_id
from watcher.core.listing import Condition, Listing
from watcher.core.money import Money
from watcher.core.rejections import without_rejected
from watcher.core.rules import (
    History,
    Hit,
    LastAlerted,
    RuleContext,
    evaluate_rule,
    parse_rule,
    worth_telling,
)
from watcher.core.times import Instant
from watcher.core.titles.verdict import Reason
from watcher.core.watch import Question, Watch

# So many dropped listings are kept with their reasons; all kept ones are, for the statistics rest on them.
MOST_DROPPED = 300
# No text is kept to more characters; nobody reads a title further.
_LONGEST = 300


class QuotaThen(NamedTuple):
    """Calls used and granted in the day of a look."""

    used: int
    limit: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """One look at a market as one set of filters saw it.

    `present`: ids of what was on offer at that moment, the others being comps from the cache; None for all.
    `auctions`: ids of those that passed every test. `left_out`: dropped listings that were too many to keep.
    `rejected`: hashes of what a person said is not the item.
    `erased_at`: since then titles, addresses and ids are gone, and a hash stands for each id.
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
    quota: QuotaThen | None = None
    rejected: tuple[str, ...] = ()
    erased_at: Instant | None = None

    @property
    def comps(self) -> Comps:
        """What the rule looked at."""
        every = {x.item_id: x for x in (*self.kept, *(d.listing for d in self.dropped))}
        return Comps(
            Selection(self.kept, self.dropped, tuple(every[i] for i in self.auctions)), self.statistics
        )


@dataclass(frozen=True, slots=True)
class Grounds:
    """What one watch's rule was given beside the evidence of that id.

    `assumption`: how unknown shipping is judged, as the watch says it; `assumed` is what that came to.
    `told`: what was said before of the items that satisfied the rule, by item id.
    """

    evidence: str
    rule: str
    assumption: str
    assumed: Money | None
    armed: bool
    history: History = History()
    new_items: tuple[str, ...] = ()
    told: dict[str, LastAlerted] | None = None


class Replay(NamedTuple):
    """What judging again says: `differences` in words, empty where it agrees to the cent.

    `reselected`: whether today's selection keeps the same listings; None where that cannot be told, for
    titles are erased or listings left out.
    """

    differences: tuple[str, ...]
    reselected: bool | None

    @property
    def agrees(self) -> bool:
        """Whether statistics and verdict came out as they were told."""
        return not self.differences


def evidence_of(
    comps: Comps,
    watch: Watch,
    *,
    at: Instant,
    fetched_at: Instant,
    source: str,
    trust_condition: bool,
    present: frozenset[str] | None = None,
) -> Evidence:
    """What a look showed to a watch, without pictures and tracking, and of bounded size."""
    kept, dropped, auctions = comps.selection
    # Those that take bids first: a rule about auctions looks at them.
    ordered = sorted(dropped, key=lambda d: d.reason is not Reason.AUCTION)
    question, filters, rejected = watch.question, watch.filters, watch.rejected
    text = f"{question.key}|{filters.key}|{','.join(rejected)}|{at!r}"
    return Evidence(
        id=digest(text),
        at=at,
        fetched_at=fetched_at,
        source=source,
        question=question,
        filters=filters,
        trust_condition=trust_condition,
        statistics=comps.statistics,
        kept=tuple(map(_bare, kept)),
        dropped=tuple(d._replace(listing=_bare(d.listing)) for d in ordered[:MOST_DROPPED]),
        auctions=tuple(x.item_id for x in auctions),
        present=None if present is None else tuple(sorted(present)),
        left_out=max(0, len(dropped) - MOST_DROPPED),
        rejected=rejected,
    )


def replay(alert: Alert, grounds: Grounds, evidence: Evidence) -> Replay:
    """Judge again by the kept numbers, and compare with what the alert told."""
    currency, basis = evidence.statistics.currency, evidence.statistics.basis
    comps = replace(evidence.comps, statistics=summarize(evidence.kept, currency, basis))
    differences = list(_unlike_statistics(evidence.statistics, comps.statistics))
    hits, sentence = _judged_again(grounds, evidence, comps)
    differences += _unlike_items(alert, hits)
    if sentence != alert.market:
        differences.append(f'the sentence was "{alert.market}", it comes out as "{sentence}"')
    return Replay(tuple(differences), _reselected(evidence))


def _judged_again(grounds: Grounds, evidence: Evidence, comps: Comps) -> tuple[tuple[Hit, ...], str]:
    rule = parse_rule(grounds.rule, comps.statistics.currency)
    new = frozenset(grounds.new_items)
    market = RuleContext(comps, evidence.at, grounds.assumed, new_items=new, history=grounds.history)
    judgement = evaluate_rule(rule, market, armed=grounds.armed, skip_unknown=grounds.assumption == "skip")
    present = evidence.present
    here = tuple(h for h in judgement.hits if present is None or h.listing.item_id in present)
    return worth_telling(here, grounds.told or {}), judgement.market


def _unlike_statistics(then: Statistics, now: Statistics) -> Sequence[str]:
    pairs = ((name, getattr(then, name), getattr(now, name)) for name in ("n", *_FIGURES))
    return [f"{name} was {was}, it comes out as {comes}" for name, was, comes in pairs if was != comes]


_FIGURES = ("low", "p25", "median", "p75", "high")


def _unlike_items(alert: Alert, hits: Sequence[Hit]) -> Sequence[str]:
    """Items are known by their ids, not by their places: hashes order those of one total otherwise."""
    again = {h.listing.item_id: _told(item_of(h)) for h in hits}
    differences = []
    for item in alert.items:
        was, comes = _told(item), again.get(item.item_id)
        if was != comes:
            differences.append(f"{_sum(was)} comes out as {_sum(comes) if comes else 'nothing to tell'}")
    best = ", ".join(h.total.amount for h in hits[:BEST])
    then = ", ".join(item.total for item in alert.items)
    if then != best:
        differences.append(f"the best were at {then}, they come out at {best}")
    told = len(alert.items) + alert.more
    if told != len(hits):
        differences.append(f"{told} items were told, {len(hits)} come out")
    return differences


def _told(item: Item) -> tuple[str | None, ...]:
    return (item.item_id, item.currency, item.price, item.shipping, item.assumed, item.total, item.why)


def _sum(told: tuple[str | None, ...]) -> str:
    return f"{told[0]} at {told[5]} {told[1]} ({told[6]})"


def _reselected(evidence: Evidence) -> bool | None:
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
    )
    again = without_rejected(Comps(selection, statistics), evidence.rejected).selection
    return {x.item_id for x in again.kept} == {x.item_id for x in evidence.kept}


# --- erasing ------------------------------------------------------------------------------------


def erased_evidence(evidence: Evidence, now: Instant) -> Evidence:
    """Without titles, addresses and item ids; numbers, reasons and hashes of the ids stay."""
    return replace(
        evidence,
        kept=tuple(map(erased_listing, evidence.kept)),
        # The detail of a reason quotes the title.
        dropped=tuple(Dropped(erased_listing(d.listing), d.reason, "") for d in evidence.dropped),
        auctions=_each(evidence.auctions),
        present=None if evidence.present is None else _each(evidence.present),
        erased_at=now,
    )


def erased_grounds(grounds: Grounds) -> Grounds:
    """With hashes of the item ids."""
    told = {hashed_id(item): told for item, told in (grounds.told or {}).items()}
    return replace(grounds, new_items=_each(grounds.new_items), told=told)


def erased_alert(alert: Alert) -> Alert:
    """Without its items' titles, addresses, pictures and ids."""
    return replace(
        alert,
        items=tuple(
            i._replace(item_id=hashed_id(i.item_id), title="", url="", image="") for i in alert.items
        ),
    )


def erased_listing(listing: Listing) -> Listing:
    """The numbers of a listing, and a hash for its id."""
    return listing._replace(
        item_id=hashed_id(listing.item_id),
        title="",
        url="",
        image="",
        group_id="",
        country="",
        feedback=None,
        categories=(),
    )


def _bare(listing: Listing) -> Listing:
    return listing._replace(
        title=listing.title[:_LONGEST], url=listing.url.partition("?")[0][:_LONGEST], image=""
    )


def _each(ids: Sequence[str]) -> tuple[str, ...]:
    return tuple(map(hashed_id, ids))


QuotaReader = Callable[[Instant], QuotaThen | None]
