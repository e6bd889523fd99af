"""What ops read of an incident: what happened, since when, the numbers, what it means, what to do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from watcher.core.alerts import OpsNotice
from watcher.core.errors import Api
from watcher.core.incidents import Phase, Record, Stretch, Symptom, Thresholds
from watcher.core.times import Instant, in_words, iso
from watcher.core.windows import Tally

NAMES = {
    Api.EBAY: "eBay",
    Api.SERPAPI: "SerpAPI",
    Api.OPENAI: "OpenAI",
    Api.STRIPE: "Stripe",
    Api.SLACK: "Slack",
}
_EFFECTS = {
    Api.EBAY: "Watches are polled late, and comps come from the cache with their age.",
    Api.SERPAPI: "The backup search does not help when eBay fails.",
    Api.OPENAI: "Pictures are not identified.",
    Api.STRIPE: "Payments wait.",
    Api.SLACK: "Alerts wait in the outbox and go out in order when Slack answers; none is lost.",
}
_ADVICE = {
    Symptom.OUTAGE: "Run `watcher check` and `watcher status`; look at {name}'s status page. "
    "If it is up, look at the network and the credentials. Calls are tried again by themselves.",
    Symptom.FAILURE_RATE: "Run `watcher status`: the most frequent error says where to look. "
    "With rate limits, poll less often or ask for more quota.",
    Symptom.LATENCY: "Look at {name}'s status page and at the network. "
    "If {name} stays that slow, raise `latency` in [alerts].",
}
_TITLES = {
    Symptom.OUTAGE: "the outage",
    Symptom.FAILURE_RATE: "the high failure rate",
    Symptom.LATENCY: "the high latency",
}


class Words(NamedTuple):
    """The text of a notice: a headline, facts by name, and what to do."""

    headline: str
    facts: tuple[tuple[str, str], ...]
    advice: str


def words(
    api: Api,
    symptom: Symptom,
    phase: Phase,
    since: Instant,
    now: Instant,
    record: Record,
    others: Iterable[Symptom],
) -> Words:
    """What ops are told of one step. `others`: symptoms that an outage carries."""
    name, lasted = NAMES[api], in_words(now - since)
    if phase is Phase.RESOLVED:
        ending = (
            f"no call for {in_words(record.limits.horizon)}" if record.idle(now) else _good(symptom, record)
        )
        facts = [("Lasted", f"{lasted}, from {iso(since)} to {iso(now)}"), *_numbers(record)]
        return Words(f"{name}: {_TITLES[symptom]} is over after {lasted}; {ending}", tuple(facts), "")
    still = f"still, after {lasted}: " if phase is Phase.REMINDER else ""
    facts = [("Since", f"{iso(since)} ({lasted})"), *_numbers(record)]
    facts += [("Also", _bad(other, record, now)) for other in others]
    facts.append(("Effect", _EFFECTS[api]))
    return Words(
        f"{name}: {still}{_bad(symptom, record, now)}", tuple(facts), _ADVICE[symptom].format(name=name)
    )


def _bad(symptom: Symptom, record: Record, now: Instant) -> str:
    limits = record.limits
    match symptom:
        case Symptom.OUTAGE:
            run = record.run
            if run is None:
                return "no successful call"
            lasted, failures = in_words(now - run.since), _times(run.failures, "failure")
            return f"no successful call for {lasted}, {failures} (limit {in_words(limits.outage)})"
        case Symptom.FAILURE_RATE:
            return _rate(record.rates.firing() or record.rates.shortest(), limits)
        case Symptom.LATENCY:
            return _latency(record)


def _good(symptom: Symptom, record: Record) -> str:
    match symptom:
        case Symptom.OUTAGE:
            return "calls succeed again"
        case Symptom.FAILURE_RATE:
            return _rate(record.rates.shortest(), record.limits)
        case Symptom.LATENCY:
            return _latency(record)


def _rate(stretch: Stretch, limits: Thresholds) -> str:
    tally = stretch.tally
    if not tally.calls:
        return "no calls in the last hour"
    numbers = f"({_percent(tally.share)}, limit {_percent(limits.failure_rate)})"
    if stretch.length is None:
        return f"{tally.failures} of the last {tally.calls} calls failed {numbers}"
    return f"{tally.failures} of {tally.calls} calls failed in the last {in_words(stretch.length)} {numbers}"


def _latency(record: Record) -> str:
    window, limits = record.rates.window, record.limits
    if window.mean is None:
        return f"no calls in the last {in_words(window.length)}"
    took = f"calls took {window.mean:.3g} s on average in the last {in_words(window.length)}"
    return f"{took} ({_times(len(window), 'call')}, limit {limits.latency:g} s)"


def _numbers(record: Record) -> list[tuple[str, str]]:
    """The facts that help with any symptom, as far as they are known."""
    window = record.rates.window
    facts = []
    if window:
        facts.append((f"Last {in_words(window.length)}", _summary(window.tally, window.mean or 0.0)))
    errors = ", ".join(f"{code} {n}x" for code, n in record.rates.codes().most_common(3))
    if errors:
        facts.append(("Errors of the last hour", errors))
    seen = f"{iso(record.last_success)}" if record.last_success is not None else "none seen"
    return [*facts, ("Last success", seen)]


def _summary(tally: Tally, mean: float) -> str:
    failures = f"{tally.failures} failed ({_percent(tally.share)})"
    return f"{_times(tally.calls, 'call')}, {failures}, {mean:.3g} s on average"


def _percent(share: float) -> str:
    return f"{share * 100:.3g} %"


def _times(n: int, what: str) -> str:
    return f"{n} {what}{'' if n == 1 else 's'}"


def trial_notice(now: Instant) -> OpsNotice:
    """What `watcher check --send` posts."""
    return OpsNotice(
        "trial",
        Phase.FIRING,
        "watcher",
        "trial",
        now,
        now,
        "watcher can reach this channel",
        (("Sent by", "watcher check --send"),),
        "Nothing is to be done: alerts will arrive here.",
    )
