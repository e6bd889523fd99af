"""Why a watch did or did not alert: every step of a poll, with its numbers, from stored data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

from watcher.core.comps import describe_counts
from watcher.core.delistings import SeenListing
from watcher.core.error_codes import title_of
from watcher.core.item_number import is_item
from watcher.core.listing import Listing, Snapshot
from watcher.core.money import amount_or_none
from watcher.core.plurals import count_of, plural_of
from watcher.core.price_clusters import describe_price_groups, find_price_groups
from watcher.core.rules import LastAlerted, Match, RuleContext, compares_prices, realert_limit
from watcher.core.times import Instant, in_words, iso
from watcher.core.watch import Watch


class Step(NamedTuple):
    """One step; `passed` is None if it is not reached or its result is not known.

    The names of steps and facts are fields of the public JSON.
    """

    name: str
    passed: bool | None
    sentence: str
    facts: Mapping[str, object] = MappingProxyType({})


class Schedule(NamedTuple):
    """When a search was and will be polled, and the code of its last failure.

    `unrecorded`: the number of polls in a row of which nothing could be recorded.
    `unreadable`: rows of the last answer that could not be read.
    """

    polled_at: Instant | None
    due_at: Instant | None
    attempt: int = 0
    error: str = ""
    unrecorded: int = 0
    unreadable: int = 0


class MessageFate(NamedTuple):
    """An alert and what became of its message; `state` is pending, sent or dead."""

    alert: str
    made_at: Instant
    to: str
    state: str
    next_at: Instant | None = None
    done_at: Instant | None = None
    attempts: int = 0
    error: str = ""


class ActiveSilence(NamedTuple):
    """The silence that holds back the alerts of a watch now, and until when."""

    id: str
    until: Instant
    author: str
    reason: str


@dataclass(frozen=True, slots=True)
class ExplanationData:
    """All that is stored about one watch and, if `number` is given, about one item.

    `snapshot`: the market's last usable answer, from the API `source`. `context`: what it shows the rule.
    `last_alerted`: the last alerts of items that match, with their instants, by item id. `messages`: those
    of the alerts about the item, or else the watch's last ones, the newest first. `destination_known`:
    whether the configuration has the watch's destination. `daemon_runs`: a daemon polls and sends.
    `silence`: what holds back its alerts now, if anything does. `specifics`: the item specifics that decided
    about the item, in words; `reading`: what the AI reader said of it, in words. `lateness`: how late the
    item of the newest message was, as in an alert's JSON.
    """

    watch: Watch
    now: Instant
    schedule: Schedule
    snapshot: Snapshot | None = None
    source: str = ""
    context: RuleContext | None = None
    last_alerted: dict[str, tuple[LastAlerted, Instant]] = field(default_factory=dict)
    messages: tuple[MessageFate, ...] = ()
    destination_known: bool = True
    daemon_runs: bool = True
    silence: ActiveSilence | None = None
    number: str = ""
    seen: SeenListing | None = None
    specifics: str = ""
    reading: str = ""
    lateness: Mapping[str, Any] | None = None

    @property
    def listing(self) -> Listing | None:
        """The item as the last answer shows it."""
        if not self.number or self.context is None:
            return None
        selection = self.context.comps.selection
        listings = (*selection.kept, *(d.listing for d in selection.dropped))
        return next((x for x in listings if is_item(x.item_id, self.number)), None)


class Explanation(NamedTuple):
    """The answer in one sentence, and every step behind it."""

    item_id: str
    verdict: str
    steps: tuple[Step, ...]


def build_explanation(data: ExplanationData) -> Explanation:
    """Explain why the item, or without one any item, did or did not alert."""
    steps = [_watch_step(data), _fetched_step(data)]
    listing, context = data.listing, data.context
    if context is not None and (listing is not None or not data.number):
        steps += _item_steps(data, listing, context) if listing else _market_steps(data, context)
    elif data.number and data.messages:
        steps.append(_message_step(data, alerted=True))
    failed = next((s for s in steps if s.passed is False), None)
    item = listing.item_id if listing else data.seen.item_id if data.seen else data.number
    return Explanation(item, (failed or steps[-1]).sentence, tuple(steps))


# --- steps about an item --------------------------------------------------------------------------------


def _item_steps(data: ExplanationData, listing: Listing, context: RuleContext) -> list[Step]:
    kept, rule = _kept_step(data, listing, context), data.watch.rule
    if not kept.passed:
        return [kept, _message_step(data, alerted=False)]
    if rule.about_median:
        return [kept, _median_step(data.watch, context), _message_step(data, alerted=bool(data.messages))]
    match = next((m for m in rule.evaluate(context).matches if m.listing.item_id == listing.item_id), None)
    if match is None:
        missed = Step("rule", passed=False, sentence=rule.why_not(listing, context))
        return [kept, missed, _message_step(data, alerted=False)]
    facts = {"total": match.total.amount, "assumedShipping": amount_or_none(match.assumed)}
    matched = Step("rule", passed=True, sentence=match.reason + match.shipping_note, facts=facts)
    last = data.last_alerted.get(listing.item_id)
    message = _message_step(data, alerted=last is not None)
    if why := _uncertain(data.watch, listing, context):
        return [kept, matched, Step("certainty", False, why, {"certainty": data.watch.certainty}), message]
    return [kept, matched, _again_step(match, last), message]


def _uncertain(watch: Watch, listing: Listing, context: RuleContext) -> str:
    """Return why the listing is not certain enough for an alert of the watch; empty if it is."""
    doubt = context.comps.selection.doubts.get(listing.item_id)
    if doubt is None or watch.certainty.admits(doubt.confidence):
        return ""
    return f"it is only {doubt.confidence} to be the item ({doubt.why}); this watch alerts only on sure ones"


def _again_step(match: Match, last_alert: tuple[LastAlerted, Instant] | None) -> Step:
    if last_alert is None:
        return Step("again", True, "it has not alerted before")
    last, at = last_alert
    limit = realert_limit(match, last)
    sentence = f"it last alerted {iso(at)} at {last.total}"
    facts = {"toldAt": iso(at), "toldTotal": last.total.amount, "againAt": amount_or_none(limit)}
    if limit is None:
        return Step("again", None, f"{sentence}, in another currency, so it does not alert again", facts)
    cost = "price" if compares_prices(match, last) else "total"
    return Step(
        "again", None, f"{sentence}; it alerts again at a {cost} of at most {limit} (5 % less)", facts
    )


def _kept_step(data: ExplanationData, listing: Listing, context: RuleContext) -> Step:
    selection, n = context.comps.selection, context.comps.statistics.n
    facts: dict[str, object] = {"itemId": listing.item_id, "title": listing.title}
    if data.specifics:
        facts["specifics"] = data.specifics
    if data.reading:
        facts["reading"] = data.reading
    if data.watch.rule.about_auctions and listing in selection.auctions:
        return Step("kept", True, "it takes bids, and the rule applies to auctions", facts)
    dropped = next((d for d in selection.dropped if d.listing.item_id == listing.item_id), None)
    if dropped is not None:
        facts |= {"reason": str(dropped.reason), "detail": dropped.detail}
        return Step("kept", False, f"it is dropped ({dropped.reason}): {dropped.detail}", facts)
    facts["confidence"] = str(selection.confidence_of(listing.item_id))
    doubt = selection.doubts.get(listing.item_id)
    likely = f", and likely the item: {doubt.why}" if doubt else ""
    if data.specifics:
        likely += f"; its item specifics decided ({data.specifics})"
    if data.reading:
        likely += f"; {data.reading}"
    if listing.total is None:
        comps = "the one comp" if n == 1 else f"among the {n} comps"
        sentence = f"it is kept, but its shipping is unknown, so it is not {comps} with a total{likely}"
        return Step("kept", True, sentence, facts)
    among = "the only comp" if n == 1 else f"one of {count_of(n, 'comp')}"
    return Step("kept", True, f"it is kept, {among} with a total{likely}", facts)


# --- steps about the watch ------------------------------------------------------------------------------


def _watch_step(data: ExplanationData) -> Step:
    watch = data.watch
    if watch.paused and watch.over_plan:
        why = f"the plan of {watch.user} allows no more watches, so this one is paused until it does"
        return Step("watch", False, why)
    if watch.paused:
        return Step("watch", False, f"the watch is paused; `watcher watch resume {watch.id}` resumes it")
    facts: dict[str, object] = {"rule": str(watch.rule)}
    if data.silence is None:
        return Step("watch", True, f"the watch is active: {watch.rule}", facts)
    facts |= _silence_facts(data.silence)
    return Step("watch", True, f"the watch is active: {watch.rule}; {_silenced(data.silence)}", facts)


def _silenced(silence: ActiveSilence) -> str:
    held = f"its alerts are silenced until {iso(silence.until)} by {silence.author} ({silence.reason})"
    return f"{held}; `watcher alerts unsilence {silence.id}` ends that"


def _silence_facts(silence: ActiveSilence) -> dict[str, object]:
    return {"silencedUntil": iso(silence.until), "silencedBy": silence.author, "silence": silence.id}


def _market_steps(data: ExplanationData, context: RuleContext) -> list[Step]:
    kept, rule = _selection_step(data.watch, context), data.watch.rule
    if rule.about_median:
        return [kept, _median_step(data.watch, context), _message_step(data, alerted=bool(data.messages))]
    found = rule.evaluate(context).matches
    matches = data.watch.certainty.admitted(found, context.comps.selection)
    if found and not matches:
        n = len(found)
        satisfy, are = plural_of(n, "satisfies", "satisfy"), plural_of(n, "is", "are")
        sentence = (
            f"{count_of(n, 'item')} {satisfy} the rule, but {are} only likely to be the item; "
            "this watch alerts only on sure ones"
        )
        facts: dict[str, object] = {"hits": 0, "likelyHits": n}
        return [kept, Step("certainty", False, sentence, facts), _message_step(data, alerted=False)]
    if not matches:
        missed = Step("rule", False, rule.why_nothing_matches(context), {"hits": 0})
        return [kept, missed, _message_step(data, alerted=False)]
    n, best = len(matches), matches[0]
    satisfy = plural_of(n, "satisfies", "satisfy")
    sentence = f"{count_of(n, 'item')} {satisfy} the rule, the best: {best.reason}"
    facts = {"hits": n, "best": best.listing.item_id}
    matched = Step("rule", True, sentence + best.shipping_note, facts)
    alerted = sum(m.listing.item_id in data.last_alerted for m in matches)
    have = plural_of(alerted or 1, "has", "have")
    sentence = f"{alerted or 'none'} of them {have} alerted before; each alerts again when it costs 5 % less"
    again = Step("again", None if alerted else True, sentence, {"told": alerted, "untold": n - alerted})
    return [kept, matched, again, _message_step(data, alerted=alerted == n)]


def _selection_step(watch: Watch, context: RuleContext) -> Step:
    selection, stats = context.comps.selection, context.comps.statistics
    reasons = Counter(str(d.reason) for d in selection.dropped)
    dropped = describe_counts(dict(reasons.most_common())) or "none"
    median = f", median {stats.median}" if stats.median else ""
    n = len(selection.kept)
    sentence = f"{n or 'none'} {'are' if n > 1 else 'is'} kept{median}; dropped: {dropped}"
    if offers := watch.rule.describe_offers(context):
        sentence += f"; {offers}"
    passed = bool(n or selection.auctions)
    facts: dict[str, object] = {"kept": n, "dropped": dict(reasons), "n": stats.n}
    if groups := find_price_groups(watch.question.query, selection.kept, stats.currency):
        sentence += f"; the prices are those of several items: {describe_price_groups(groups)}"
        sentence += "; each listing is compared with its own" if watch.rule.within_groups else ""
        facts["groups"] = [group.name for group in groups]
    return Step("kept", passed, sentence, facts)


def _median_step(watch: Watch, context: RuleContext) -> Step:
    facts: dict[str, object] = {"armed": watch.armed}
    if why := watch.rule.why_nothing_matches(context):
        return Step("rule", False, why, facts)
    reason = watch.rule.evaluate(context).median_reason
    if watch.armed:
        return Step("rule", True, f"{reason}; it alerts at the next poll", facts)
    return Step("rule", None, f"{reason}; it has alerted, and re-arms 3 % above its threshold", facts)


# --- the market's answer --------------------------------------------------------------------------------


def _fetched_step(data: ExplanationData) -> Step:
    schedule, snapshot = data.schedule, data.snapshot
    facts: dict[str, object] = {
        "polledAt": _iso(schedule.polled_at),
        "dueAt": _iso(schedule.due_at),
        "daemonRuns": data.daemon_runs,
        "attempt": schedule.attempt,
        "error": schedule.error or None,
        "unrecorded": schedule.unrecorded,
        "unreadable": schedule.unreadable,
        "fetchedAt": _iso(snapshot.fetched_at if snapshot else None),
    }
    next_poll = _last_failure(schedule) + _next_poll(data)
    if snapshot is None or schedule.polled_at is None:
        missing = (
            "the watch has not been polled yet" if snapshot else "no usable answer from the market is stored"
        )
        return Step("fetched", False, f"{missing}; {next_poll}", facts)
    facts |= {"source": data.source, "listings": len(snapshot.listings), "complete": snapshot.complete}
    age = in_words(data.now - snapshot.fetched_at)
    whole = "the whole market" if snapshot.complete else f"the best of about {snapshot.total}"
    answer = f"{count_of(len(snapshot.listings), 'listing')}, {age} old, from {data.source} ({whole})"
    sentence = f"the last answer has {answer}{_unreadable(schedule)}; {next_poll}"
    if not data.number:
        return Step("fetched", True, sentence, facts)
    seen = data.seen
    facts |= {"firstSeen": _iso(seen and seen.first_seen), "goneAt": _iso(seen and seen.gone_at)}
    missing = _why_missing(data, snapshot)
    return Step("fetched", not missing, missing or f"it is on offer; {sentence}", facts)


def _why_missing(data: ExplanationData, snapshot: Snapshot) -> str:
    """Return why the item is not on offer; empty if it is in the last answer or was seen later."""
    seen = data.seen
    if seen and seen.gone_at is not None:
        return (
            f"it was there from {iso(seen.first_seen)} and was gone at {iso(seen.gone_at)}, when the whole "
            f"market was seen without it; its last price was {seen.price}"
        )
    if data.listing is not None:
        return ""
    reasons = [
        "it has ended",
        "it is too new (eBay shows a new listing after 10 to 15 minutes)",
        "eBay does not find it under this query",
    ]
    if data.schedule.unreadable:
        reasons.append(f"it is one of the {count_of(data.schedule.unreadable, 'row')} that could not be read")
    if not snapshot.complete:
        reasons.insert(1, f"it is not among the best {len(snapshot.listings)} of about {snapshot.total}")
    question = data.watch.question
    if question.condition != "any":
        reasons.append(f"its condition is not {question.condition}")
    reasons.append(f"it is not offered on {question.marketplace}")
    return f"item {data.number} is not in the last answer; possible reasons: {', or '.join(reasons)}"


def _unreadable(schedule: Schedule) -> str:
    rows = count_of(schedule.unreadable, "row")
    return f", and {rows} of the last poll could not be read" if schedule.unreadable else ""


def _last_failure(schedule: Schedule) -> str:
    if schedule.unrecorded:
        polls = count_of(schedule.unrecorded, "poll")
        return f"the last {polls} could not be recorded, so nothing of the answer was judged; "
    return f"the last poll failed ({title_of(schedule.error)}); " if schedule.error else ""


def _next_poll(data: ExplanationData) -> str:
    due = data.schedule.due_at
    if due is None:
        return "no poll is due"
    if not data.daemon_runs:
        return "no daemon is running, so nothing is polled; `watcher run` starts it"
    wait = due - data.now
    return f"the next poll is due in {in_words(wait)}" if wait > 0 else "the next poll is due now"


# --- the message ----------------------------------------------------------------------------------------


def _message_step(data: ExplanationData, *, alerted: bool) -> Step:
    """Return what became of the newest message; `alerted`: there must have been one."""
    if not data.messages:
        if alerted:
            return Step("message", None, "the alert is no longer stored")
        held = f"; {_silenced(data.silence)}" if data.silence else ""
        return Step("message", None, f"there is no alert yet; {_next_poll(data)}{held}")
    m = data.messages[0]
    alert, to = f"alert {m.alert} of {iso(m.made_at)}", m.to or data.watch.to
    facts: dict[str, object] = {
        "alert": m.alert,
        "madeAt": iso(m.made_at),
        "to": to,
        "state": m.state,
        "sentAt": _iso(m.done_at if m.state == "sent" else None),
        "attempts": m.attempts,
        "error": m.error or None,
        "alerts": len(data.messages),
    }
    if late := data.lateness:
        facts["lateness"] = late
    if m.state == "sent":
        when = f" {iso(m.done_at)}" if m.done_at is not None else ""
        said = f"; its item: {late['said']}" if late and late["since"] else ""
        return Step("message", True, f"{alert} was sent to {to}{when}{said}", facts)
    why = f" ({m.error})" if m.error else ""
    if m.state == "dead":
        return Step("message", False, f"{to} refused {alert} for good{why}", facts)
    if m.state == "gone":
        return Step("message", False, f"{alert} was not sent to {to}: {m.error}", facts)
    if not data.destination_known:
        return Step("message", False, f"{alert} waits: the configuration has no destination {to}", facts)
    if data.silence is not None:
        facts |= _silence_facts(data.silence)
        return Step("message", False, f"{alert} waits for {to}: {_silenced(data.silence)}", facts)
    wait = in_words(max(0.0, (m.next_at or data.now) - data.now))
    attempts = f" after {count_of(m.attempts, 'attempt')}{why}" if m.attempts else ""
    later = f"the next attempt is in {wait}" if data.daemon_runs else "no daemon is running to send it"
    return Step("message", False, f"{alert} waits in the outbox for {to}{attempts}; {later}", facts)


def _iso(at: Instant | None) -> str | None:
    return None if at is None else iso(at)
