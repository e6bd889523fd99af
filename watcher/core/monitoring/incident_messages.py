"""What ops read of an incident: what happened, since when, the numbers, what it means, what to do."""

from __future__ import annotations

from typing import NamedTuple

from watcher.core.alerts import OpsNotice
from watcher.core.errors import Api
from watcher.core.monitoring.api_history import ApiHistory, CallSpan, Thresholds
from watcher.core.monitoring.incidents import STABLE_PERIOD, Incident, Phase, Symptom
from watcher.core.monitoring.windows import Tally
from watcher.core.times import Instant, in_words, iso

# A phase of no incident.
TEST = "test"
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


class Telling(NamedTuple):
    """What there is to say of one symptom now, bad or good: numbers against their limits.

    `title` names it in the middle of a sentence. `facts` are told with any message, `burden` (effects, and
    what else is wrong) only while it lasts.
    """

    name: str
    title: str
    bad: str
    good: str
    facts: tuple[tuple[str, str], ...] = ()
    burden: tuple[tuple[str, str], ...] = ()
    advice: str = ""


def notice_of(incident: Incident, phase: Phase, telling: Telling, now: Instant) -> OpsNotice:
    """The message of one phase of an incident."""
    return (
        _over(incident, telling, now, phase)
        if phase is Phase.RESOLVED
        else _bad_news(incident, phase, telling, now)
    )


def late_notice_of(incident: Incident, phase: Phase, telling: Telling, now: Instant) -> OpsNotice:
    """The same for somebody who could not be told that it began: all of it in one message, as its first."""
    if phase is Phase.RESOLVED:
        return _over(incident, telling, now, Phase.FIRING)
    return _bad_news(incident, Phase.FIRING, telling, now)


def _bad_news(incident: Incident, phase: Phase, telling: Telling, now: Instant) -> OpsNotice:
    lasted = in_words(now - incident.since)
    still = f"still, after {lasted}: " if phase is Phase.REMINDER else ""
    headline, advice = f"{telling.name}: {still}{telling.bad}", telling.advice
    if incident.flapping:
        headline = (
            f"{telling.name}: {telling.title} comes and goes ({incident.swings} changes): {telling.bad}"
        )
        advice = (
            f"{advice} Nothing more is told until it has been stable for {in_words(STABLE_PERIOD)}.".strip()
        )
    facts = (("Since", f"{iso(incident.since)} ({lasted})"), *telling.facts, *telling.burden)
    return _notice(incident, phase, now, headline, facts, advice, None)


def _over(incident: Incident, telling: Telling, now: Instant, phase: Phase) -> OpsNotice:
    ended = incident.ended_at
    lasted = in_words(ended - incident.since)
    facts = (("Lasted", f"{lasted}, from {iso(incident.since)} to {iso(ended)}"), *telling.facts)
    headline = f"{telling.name}: {telling.title} is over after {lasted}; {telling.good}"
    if phase is Phase.FIRING:
        facts = (*facts, ("Told late", "no message about it could be delivered while it lasted"))
    return _notice(incident, phase, now, headline, facts, "", ended)


def _notice(
    incident: Incident,
    phase: Phase,
    now: Instant,
    headline: str,
    facts: tuple[tuple[str, str], ...],
    advice: str,
    ended_at: Instant | None,
) -> OpsNotice:
    return OpsNotice(
        incident.id,
        phase,
        incident.api,
        incident.symptom,
        incident.since,
        now,
        headline,
        facts,
        advice,
        ended_at,
    )


def telling_of(api: Api, symptom: Symptom, record: ApiHistory, now: Instant) -> Telling:
    """What the calls of an API say of one symptom; an outage carries the others."""
    name = api.facts.name
    others = record.carried() if symptom is Symptom.OUTAGE else ()
    good = f"no call for {in_words(record.limits.horizon)}" if record.idle(now) else _good(symptom, record)
    bad, advice = _bad(symptom, record, now), _ADVICE[symptom].format(name=name)
    if record.refuses_us:
        bad = f"it refuses the credentials, {bad}"
        keys = api.facts.credential_keys
        advice = f"Check {keys}; `watcher check` tries them. Nothing works until they are right."
    return Telling(
        name,
        _TITLES[symptom],
        bad,
        good,
        tuple(_numbers(record)),
        (*(("Also", _bad(other, record, now)) for other in others), ("Effect", api.facts.outage_effect)),
        advice,
    )


def refusal_of(api: Api) -> str:
    """What is said where an API does not take our credentials."""
    return f"{api.facts.name} refuses the credentials; check {api.facts.credential_keys}"


def _bad(symptom: Symptom, record: ApiHistory, now: Instant) -> str:
    limits = record.limits
    match symptom:
        case Symptom.OUTAGE:
            run = record.run
            if run is None:
                return "no successful call"
            lasted, failures = in_words(now - run.since), _times(run.failures, "failure")
            return f"no successful call for {lasted}, {failures} (limit {in_words(limits.outage)})"
        case Symptom.FAILURE_RATE:
            return _rate(record.worst(), limits)
        case _:
            return _latency(record)


def _good(symptom: Symptom, record: ApiHistory) -> str:
    match symptom:
        case Symptom.OUTAGE:
            return "calls succeed again"
        case Symptom.FAILURE_RATE:
            return _rate(record.rates.shortest(), record.limits)
        case _:
            return _latency(record)


def _rate(stretch: CallSpan, limits: Thresholds) -> str:
    tally = stretch.tally
    if not tally.calls:
        return "no calls in the last hour"
    numbers = f"({_percent(tally.share)}, limit {_percent(limits.failure_rate)})"
    if stretch.length is None:
        return f"{tally.failures} of the last {tally.calls} calls failed {numbers}"
    return f"{tally.failures} of {tally.calls} calls failed in the last {in_words(stretch.length)} {numbers}"


def _latency(record: ApiHistory) -> str:
    window, limits = record.rates.window, record.limits
    if window.mean is None:
        return f"no calls in the last {in_words(window.length)}"
    took = f"calls took {window.mean:.3g} s on average in the last {in_words(window.length)}"
    return f"{took} ({_times(len(window), 'call')}, limit {limits.latency:g} s)"


def _numbers(record: ApiHistory) -> list[tuple[str, str]]:
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


def database_notice(phase: Phase, database: str, since: Instant, now: Instant, why: str) -> OpsNotice:
    """The database cannot be written, or can again; this is told without it."""
    lasted = in_words(now - since)
    told = f"database-{since:.0f}", phase, "watcher", "database", since, now
    if phase is Phase.RESOLVED:
        facts = (("Lasted", f"{lasted}, from {iso(since)} to {iso(now)}"),)
        return OpsNotice(*told, f"watcher: the database can be written again after {lasted}", facts)
    return OpsNotice(
        *told,
        f"watcher: the database cannot be written for {lasted}",
        (
            ("Since", iso(since)),
            ("Database", database),
            ("What it says", why),
            ("Effect", "What is found now is not kept. Watches catch up when it can be written again."),
        ),
        "Look whether the disk is full or gone, and who else has the file open. `watcher check` tells more.",
    )


def file_notice(phase: Phase, database: str, now: Instant, what: str) -> OpsNotice:
    """What became of the database's file under the daemon; this is told without it."""
    return OpsNotice(
        f"database-file-{now:.0f}",
        phase,
        "watcher",
        "database",
        now,
        now,
        f"watcher: the database's file was {'written back' if phase is Phase.RESOLVED else 'replaced'}",
        (("Database", database), ("What happened", what)),
        "Find out who takes its file away: a backup or a clean-up that does not know it is open.",
    )


def trial_notice(to: str, now: Instant) -> OpsNotice:
    """What `watcher check --send` posts; its phase keeps it from looking like an incident."""
    return OpsNotice(
        "test",
        TEST,
        "watcher",
        "test",
        now,
        now,
        f'This is only a test: watcher can reach "{to}"',
        (("Sent by", "`watcher check --send`"),),
        "Nothing. Alerts will arrive here.",
    )
