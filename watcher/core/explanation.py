"""Why a watch did or did not alert: each step of the trip answers, with its numbers, from what is stored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple

from watcher.core.comps import in_counts
from watcher.core.delistings import Sighted
from watcher.core.error_codes import title_of
from watcher.core.item_number import is_item
from watcher.core.listing import Listing, Snapshot
from watcher.core.rules import (
    Ending,
    Hit,
    LastAlerted,
    RuleContext,
    RuleOutcome,
    again_below,
    evaluate_rule,
    speaks_of_items,
)
from watcher.core.times import Instant, in_words, iso
from watcher.core.watch import Watch
from watcher.core.why_not import assumption, why_market_not, why_not

_SEVERAL = 2
_GROWN = "eBay shows a new listing after 10 to 15 minutes"


class Step(NamedTuple):
    """One step of the trip: `passed` None where it is not reached or cannot be told."""

    name: str
    passed: bool | None
    said: str
    facts: Mapping[str, object] = MappingProxyType({})


class Schedule(NamedTuple):
    """When a search was and will be polled, and the code of its last failure."""

    polled_at: Instant | None
    due_at: Instant | None
    attempt: int = 0
    error: str = ""


class StoredAnswer(NamedTuple):
    """The market's last answer that is kept, whose it is, and until when it serves as comps."""

    snapshot: Snapshot
    source: str
    expires_at: Instant


class MessageFate(NamedTuple):
    """An alert and the fate of its message; `state` is pending, sent or dead."""

    alert: str
    made_at: Instant
    to: str
    state: str
    next_at: Instant | None = None
    done_at: Instant | None = None
    attempts: int = 0
    error: str = ""


@dataclass(frozen=True, slots=True)
class KnownItem:
    """All that is stored about one watch, and about one item where one is asked about.

    `told`: what was said of the items that satisfy the rule, with the instant. `messages`: of the alerts
    about the item, or the watch's last ones, the newest first. `known_to`: whether the destination leads
    anywhere.
    """

    watch: Watch
    now: Instant
    schedule: Schedule
    answer: StoredAnswer | None = None
    market: RuleContext | None = None
    told: dict[str, tuple[LastAlerted, Instant]] = field(default_factory=dict)
    messages: tuple[MessageFate, ...] = ()
    known_to: bool = True
    number: str = ""
    seen: Sighted | None = None


class Explanation(NamedTuple):
    """The answer: a sentence, and every step behind it."""

    item_id: str
    verdict: str
    steps: tuple[Step, ...]


def build_explanation(known: KnownItem) -> Explanation:
    """Why the item, or without one anything, did or did not alert."""
    steps = _of_item(known) if known.number else _of_watch(known)
    stuck = next((s for s in steps if s.passed is False), None)
    found = _listing(known)
    item = found.item_id if found else known.seen.item_id if known.seen else known.number
    return Explanation(item, (stuck or steps[-1]).said, tuple(steps))


# --- an item ------------------------------------------------------------------------------------


def _of_item(known: KnownItem) -> list[Step]:
    steps = [_resting(known), _fetched(known)]
    found = _listing(known)
    if found is None or known.market is None:
        return steps + (_messages(known, told=True) if known.messages else [])
    listing, market = found, known.market
    watch = known.watch
    steps.append(kept := _kept(watch, listing, market))
    if not kept.passed:
        return steps + _messages(known, told=False)
    if not speaks_of_items(watch.rule):
        return [*steps, _rule_of_market(known, market), *_messages(known, told=bool(known.messages))]
    judgement = _judged(watch, market)
    hit = next((h for h in judgement.hits if h.listing.item_id == listing.item_id), None)
    if hit is None:
        why = why_not(watch, listing, market)
        return [*steps, Step("rule", passed=False, said=why), *_messages(known, told=False)]
    facts = {"total": hit.total.amount, "assumedShipping": hit.assumed.amount if hit.assumed else None}
    steps.append(Step("rule", passed=True, said=hit.why + assumption(hit), facts=facts))
    before = known.told.get(listing.item_id)
    return [*steps, _again(hit, before), *_messages(known, told=before is not None)]


def _again(hit: Hit, before: tuple[LastAlerted, Instant] | None) -> Step:
    if before is None:
        return Step("again", True, "it was never told before")
    told, at = before
    most = again_below(hit, told)
    said = f"it was told {iso(at)} at {told.total}"
    facts = {"toldAt": iso(at), "toldTotal": told.total.amount, "againAt": most.amount if most else None}
    if most is None:
        return Step("again", None, f"{said}, in another currency: it is not told again", facts)
    what = "price" if hit.assumed is not None or told.estimated else "total"
    return Step("again", None, f"{said}; it alerts again at a {what} of at most {most} (5 % less)", facts)


def _resting(known: KnownItem) -> Step:
    watch = known.watch
    if watch.paused:
        return Step("watch", False, f"the watch is paused; `watcher watch resume {watch.id}` lets it go on")
    return Step("watch", True, f"the watch is active: {watch.rule}", {"rule": str(watch.rule)})


def _fetched(known: KnownItem) -> Step:
    schedule, answer = known.schedule, known.answer
    facts: dict[str, object] = {
        "polledAt": _iso(schedule.polled_at),
        "dueAt": _iso(schedule.due_at),
        "attempt": schedule.attempt,
        "error": schedule.error or None,
        "fetchedAt": _iso(answer.snapshot.fetched_at if answer else None),
    }
    next_look = _next_look(known)
    if answer is None or schedule.polled_at is None:
        trouble = _trouble(known)
        return Step("fetched", False, f"the market was not seen yet; {trouble}{next_look}", facts)
    snapshot = answer.snapshot
    facts |= {"source": answer.source, "listings": len(snapshot.listings), "complete": snapshot.complete}
    age = in_words(known.now - snapshot.fetched_at)
    size = f"{len(snapshot.listings)} listings, {age} old, from {answer.source}"
    whole = "the whole market" if snapshot.complete else f"the best of some {snapshot.total}"
    said = f"the last answer has {size} ({whole}); {_trouble(known)}{next_look}"
    if not known.number:
        return Step("fetched", True, said, facts)
    facts["firstSeen"] = _iso(known.seen.first_seen if known.seen else None)
    facts["goneAt"] = _iso(known.seen.gone_at if known.seen else None)
    missing = _missing(known, snapshot)
    return Step("fetched", not missing, missing or f"it is on offer; {said}", facts)


def _missing(known: KnownItem, snapshot: Snapshot) -> str:
    """Why the item was not in the last answer; empty where it was, or is known from a look since."""
    seen = known.seen
    if seen and seen.gone_at is not None:
        return (
            f"it was there from {iso(seen.first_seen)} and was gone at {iso(seen.gone_at)}, when the whole "
            f"market was seen without it; its last price was {seen.price}"
        )
    if _listing(known) is not None:
        return ""
    reasons = ["it has ended", f"it is too new ({_GROWN})", "eBay does not find it under this query"]
    if not snapshot.complete:
        reasons.insert(1, f"it is not among the best {len(snapshot.listings)} of some {snapshot.total}")
    question = known.watch.question
    if question.condition != "any":
        reasons.append(f"its condition is not {question.condition}")
    reasons.append(f"it is not offered on {question.marketplace}")
    return f"item {known.number} was not in the last answer; it may be that {', or '.join(reasons)}"


def _next_look(known: KnownItem) -> str:
    due = known.schedule.due_at
    if due is None:
        return "no next look is due"
    wait = due - known.now
    return f"the next look is due in {in_words(wait)}" if wait > 0 else "the next look is due now"


def _trouble(known: KnownItem) -> str:
    schedule = known.schedule
    return f"the last look failed ({title_of(schedule.error)}); " if schedule.error else ""


def _listing(known: KnownItem) -> Listing | None:
    """The item as it is known now."""
    if not known.number or known.market is None:
        return None
    selection = known.market.comps.selection
    every = (*selection.kept, *(d.listing for d in selection.dropped))
    return next((x for x in every if is_item(x.item_id, known.number)), None)


def _kept(watch: Watch, listing: Listing, market: RuleContext) -> Step:
    facts: dict[str, object] = {"itemId": listing.item_id, "title": listing.title}
    if isinstance(watch.rule, Ending) and listing in market.comps.selection.auctions:
        return Step("kept", True, "it takes bids, and those are what the rule looks at", facts)
    drops = {d.listing.item_id: d for d in market.comps.selection.dropped}
    if dropped := drops.get(listing.item_id):
        facts |= {"reason": str(dropped.reason), "detail": dropped.detail}
        return Step("kept", False, f"it is dropped ({dropped.reason}): {dropped.detail}", facts)
    n = market.comps.statistics.n
    if listing.total is None:
        said = f"it is kept; its shipping is unknown, so it is none of the {n} with a total"
        return Step("kept", True, said, facts)
    return Step("kept", True, f"it is kept, one of {n} comps with a total", facts)


# --- the watch ----------------------------------------------------------------------------------


def _of_watch(known: KnownItem) -> list[Step]:
    steps = [_resting(known), _fetched(known)]
    market = known.market
    if market is None:
        return steps
    selection, stats = market.comps.selection, market.comps.statistics
    reasons = Counter(str(d.reason) for d in selection.dropped)
    dropped = in_counts(dict(reasons.most_common())) or "none"
    median = f", median {stats.median}" if stats.median else ""
    n = len(selection.kept)
    said = f"{n or 'none'} {'is' if n < _SEVERAL else 'are'} kept{median}; dropped: {dropped}"
    facts: dict[str, object] = {"kept": len(selection.kept), "dropped": dict(reasons), "n": stats.n}
    steps.append(Step("kept", bool(selection.kept or selection.auctions), said, facts))
    if not speaks_of_items(known.watch.rule):
        return [*steps, _rule_of_market(known, market), *_messages(known, told=bool(known.messages))]
    hits = _judged(known.watch, market).hits
    if not hits:
        said = _nearest(known.watch, market)
        return [*steps, Step("rule", False, said, {"hits": 0}), *_messages(known, told=False)]
    best = hits[0]
    said = f"{_items(len(hits))} satisf{'ies' if len(hits) == 1 else 'y'} the rule, the best: {best.why}"
    said += assumption(best)
    steps.append(Step("rule", True, said, {"hits": len(hits), "best": best.listing.item_id}))
    told = sum(h.listing.item_id in known.told for h in hits)
    said = f"{told} of them were told before; each alerts again 5 % below what was told"
    steps.append(Step("again", None if told else True, said, {"told": told, "untold": len(hits) - told}))
    return steps + _messages(known, told=told == len(hits))


def _nearest(watch: Watch, market: RuleContext) -> str:
    """The item that comes nearest, and what it misses."""
    kept = [x for x in market.comps.selection.kept if x.price]
    auctions = [x for x in market.comps.selection.auctions if x.bid]
    pool = sorted(kept or auctions, key=_cost)
    if not pool:
        return "nothing is kept that the rule could be about"
    return f"none satisfies the rule; the cheapest is {pool[0].item_id}: {why_not(watch, pool[0], market)}"


def _cost(listing: Listing) -> int:
    price = listing.total or listing.price or listing.bid
    return price.minor if price else 0


def _rule_of_market(known: KnownItem, market: RuleContext) -> Step:
    """Of a rule about the median: whether it is true, and whether it may speak."""
    watch = known.watch
    facts: dict[str, object] = {"armed": watch.armed}
    if why := why_market_not(watch.rule, market):
        return Step("rule", False, why, facts)
    said = evaluate_rule(watch.rule, market, armed=True).market
    if watch.armed:
        return Step("rule", True, f"{said}; it is told at the next look", facts)
    return Step("rule", None, f"{said}; it was told, and re-arms 3 % above its threshold", facts)


# --- the message --------------------------------------------------------------------------------


def _messages(known: KnownItem, *, told: bool) -> list[Step]:
    """What became of the messages; where there is none though there is something to tell, when it comes."""
    if not known.messages:
        if told:
            return [Step("message", None, "the alert that told it is no longer kept")]
        return [Step("message", None, f"nothing was told yet; {_next_look(known)}")]
    return [_message(known, known.messages[0], len(known.messages))]


def _message(known: KnownItem, m: MessageFate, count: int) -> Step:
    name, to = f"alert {m.alert} of {iso(m.made_at)}", m.to or known.watch.to
    facts: dict[str, object] = {
        "alert": m.alert,
        "madeAt": iso(m.made_at),
        "to": to,
        "state": m.state,
        "sentAt": _iso(m.done_at if m.state == "sent" else None),
        "attempts": m.attempts,
        "error": m.error or None,
        "alerts": count,
    }
    if m.state == "sent":
        when = f" {iso(m.done_at)}" if m.done_at is not None else ""
        return Step("message", True, f"{name} was sent to {to}{when}", facts)
    why = f" ({m.error})" if m.error else ""
    if m.state == "dead":
        return Step("message", False, f"Slack refused {name} to {to} for good{why}", facts)
    if not known.known_to:
        return Step("message", False, f"{name} waits: {to} is no destination of this configuration", facts)
    wait = max(0.0, (m.next_at or known.now) - known.now)
    tries = f" after {m.attempts} tries{why}" if m.attempts else ""
    said = f"{name} waits in the outbox for {to}{tries}; the next try is in {in_words(wait)}"
    return Step("message", False, said, facts)


def _judged(watch: Watch, market: RuleContext) -> RuleOutcome:
    skip = watch.unknown_shipping.policy == "skip"
    return evaluate_rule(watch.rule, market, armed=True, skip_unknown=skip)


def _items(n: int) -> str:
    return f"{n} item{'s' * (n != 1)}"


def _iso(at: Instant | None) -> str | None:
    return None if at is None else iso(at)
