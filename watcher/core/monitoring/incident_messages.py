"""Write the messages about incidents: what happened, since when, the numbers, what it means, what to do."""

from __future__ import annotations

from typing import NamedTuple

from watcher.core.alerts import OpsNotice
from watcher.core.errors import Api
from watcher.core.monitoring.api_history import ApiHistory, CallSpan, Thresholds
from watcher.core.monitoring.incidents import SELF_SUBJECT, STABLE_PERIOD, Incident, Phase, Symptom
from watcher.core.plurals import count_of
from watcher.core.times import Instant, Seconds, in_words, iso

# The phase of a test message, which belongs to no incident.
TEST = "test"
_ADVICE = {
    Symptom.OUTAGE: "Run `watcher check` and `watcher status`, and look at {name}'s status page. "
    "If {name} is up, check the network and the credentials. Calls are retried automatically.",
    Symptom.FAILURE_RATE: "Run `watcher status`: the most frequent error shows where to start. "
    "If it is a rate limit, poll less often or request more quota.",
    Symptom.LATENCY: "Check {name}'s status page and the network. "
    "If {name} stays this slow, raise `latency` in [alerts].",
}
_TITLES = {
    Symptom.OUTAGE: "the outage",
    Symptom.FAILURE_RATE: "the high failure rate",
    Symptom.LATENCY: "the high latency",
}
Facts = tuple[tuple[str, str], ...]  # label and value


class IncidentDescription(NamedTuple):
    """What the messages about a symptom report, while it lasts and when it has ended.

    `title` names the symptom within a sentence. `firing` and `resolved` give the numbers and their limits.
    Every message has the `facts`; only those of an open incident have the `effects`.
    """

    name: str
    title: str
    firing: str
    resolved: str
    facts: Facts = ()
    effects: Facts = ()
    advice: str = ""


def incident_notice(
    incident: Incident,
    phase: Phase,
    description: IncidentDescription,
    now: Instant,
    *,
    is_first: bool = False,
) -> OpsNotice:
    """Return the message for one phase of an incident; `is_first`: the reader has received no earlier one."""
    build = _resolved_notice if phase is Phase.RESOLVED else _open_notice
    return build(incident, Phase.FIRING if is_first else phase, description, now)


def _open_notice(
    incident: Incident, phase: Phase, description: IncidentDescription, now: Instant
) -> OpsNotice:
    lasted = in_words(now - incident.since)
    prefix, advice = f"ongoing for {lasted}: " if phase is Phase.REMINDER else "", description.advice
    if incident.flapping:
        prefix = f"{description.title} comes and goes ({incident.changes} changes): "
        advice += f" No further message is sent until it has been stable for {in_words(STABLE_PERIOD)}."
    return OpsNotice(
        incident.id,
        phase,
        incident.api,
        incident.symptom,
        incident.since,
        now,
        f"{description.name}: {prefix}{description.firing}",
        (("Since", f"{iso(incident.since)} ({lasted})"), *description.facts, *description.effects),
        advice.strip(),
    )


def _resolved_notice(
    incident: Incident, phase: Phase, description: IncidentDescription, now: Instant
) -> OpsNotice:
    lasted = in_words(incident.ended_at - incident.since)
    facts = (
        ("Lasted", f"{lasted}, from {iso(incident.since)} to {iso(incident.ended_at)}"),
        *description.facts,
    )
    if phase is Phase.FIRING:
        facts = (*facts, ("Delayed", "no message about it could be delivered while it lasted"))
    return OpsNotice(
        incident.id,
        phase,
        incident.api,
        incident.symptom,
        incident.since,
        now,
        f"{description.name}: {description.title} is over after {lasted}; {description.resolved}",
        facts,
        ended_at=incident.ended_at,
    )


def describe_symptom(api: Api, symptom: Symptom, history: ApiHistory, now: Instant) -> IncidentDescription:
    """Describe a symptom by the calls of its API. An outage includes the other symptoms."""
    name, keys, window = api.facts.name, api.facts.credential_keys, history.rates.window
    others = history.other_symptoms() if symptom is Symptom.OUTAGE else ()
    firing, advice = _firing(symptom, history, now), _ADVICE[symptom].format(name=name)
    resolved = {
        Symptom.OUTAGE: "calls succeed again",
        Symptom.FAILURE_RATE: _failure_rate(history.rates.shortest(), history.limits),
        Symptom.LATENCY: _latency(history, len(window), window.mean),
    }
    idle = f"no call for {in_words(history.limits.horizon)}" if history.is_idle(now) else ""
    if history.refuses_credentials:
        firing = f"credentials refused, {firing}"
        advice = f"Check {keys}; `watcher check` tests them. {name} cannot be used until they are correct."
    also = [("Also", _firing(other, history, now)) for other in others]
    return IncidentDescription(
        name,
        _TITLES[symptom],
        firing,
        idle or resolved[symptom],
        tuple(_call_facts(history)),
        (*also, ("Effect", api.facts.outage_effect)),
        advice,
    )


def describe_refused_credentials(api: Api) -> str:
    """Return a sentence for an API that refuses the credentials."""
    return f"{api.facts.name} refuses the credentials; check {api.facts.credential_keys}"


def _firing(symptom: Symptom, history: ApiHistory, now: Instant) -> str:
    if symptom is Symptom.FAILURE_RATE:
        return _failure_rate(history.reported_span(), history.limits)
    if symptom is Symptom.LATENCY:
        return _latency(history, *history.reported_latency(now))
    run = history.run
    if run is None:
        return "no successful call"
    lasted, failures = in_words(now - run.since), count_of(run.failures, "failure")
    return f"no successful call for {lasted}, {failures} (limit {in_words(history.limits.outage)})"


def _failure_rate(span: CallSpan, limits: Thresholds) -> str:
    tally = span.tally
    if not tally.calls:
        return "no calls in the last hour"
    numbers = f"({_percent(tally.share)}, limit {_percent(limits.failure_rate)})"
    if span.length is None:
        return f"{tally.failures} of the last {tally.calls} calls failed {numbers}"
    return f"{tally.failures} of {tally.calls} calls failed in the last {in_words(span.length)} {numbers}"


def _latency(history: ApiHistory, calls: int, mean: Seconds | None) -> str:
    length, limit = in_words(history.rates.window.length), history.limits.latency
    if mean is None:
        return f"no calls in the last {length}"
    took = f"calls took {mean:.3g} s on average in the last {length}"
    return f"{took} ({count_of(calls, 'call')}, limit {limit:g} s)"


def _call_facts(history: ApiHistory) -> list[tuple[str, str]]:
    """Return the facts that help with any symptom: recent calls, errors, and the last success."""
    window = history.rates.window
    facts = []
    if window:
        calls, failures = window.tally
        summary = (
            f"{count_of(calls, 'call')}, {failures} failed ({_percent(window.tally.share)}), "
            f"{window.mean or 0.0:.3g} s on average"
        )
        facts.append((f"Last {in_words(window.length)}", summary))
    errors = ", ".join(f"{code} {n}x" for code, n in history.rates.hour.codes().most_common(3))
    if errors:
        facts.append(("Errors in the last hour", errors))
    last_success = iso(history.last_success) if history.last_success is not None else "none recorded"
    return [*facts, ("Last success", last_success)]


def _percent(share: float) -> str:
    return f"{share * 100:.3g} %"


def database_notice(phase: Phase, database: str, since: Instant, now: Instant, reason: str) -> OpsNotice:
    """Return the message that the database cannot be written, or is writable again."""
    lasted = in_words(now - since)
    subject = f"database-{since:.0f}", phase, SELF_SUBJECT, "database", since, now
    if phase is Phase.RESOLVED:
        facts = (("Lasted", f"{lasted}, from {iso(since)} to {iso(now)}"),)
        return OpsNotice(*subject, f"watcher: the database is writable again after {lasted}", facts)
    return OpsNotice(
        *subject,
        f"watcher: the database has not been writable for {lasted}",
        (
            ("Since", iso(since)),
            ("Database", database),
            ("Reason", reason),
            ("Effect", "No poll is stored. Watches catch up when the database is writable again."),
        ),
        "Check whether the disk is full or missing, and which other process has the file open. "
        "`watcher check` shows more.",
    )


def database_file_notice(phase: Phase, database: str, now: Instant, event: str) -> OpsNotice:
    """Return the message that the database file was replaced, or deleted and written back."""
    done = "written back" if phase is Phase.RESOLVED else "replaced"
    return OpsNotice(
        f"database-file-{now:.0f}",
        phase,
        SELF_SUBJECT,
        "database",
        now,
        now,
        f"watcher: the database file was {done}",
        (("Database", database), ("What happened", event)),
        "Find out what moves the file: a backup or a clean-up job must leave it in place while watcher runs.",
    )


def channel_test_notice(to: str, now: Instant) -> OpsNotice:
    """Return the message that tries a destination. Its phase distinguishes it from an incident."""
    return OpsNotice(
        "test",
        TEST,
        SELF_SUBJECT,
        "test",
        now,
        now,
        f'This is only a test: watcher can reach "{to}"',
        (("Sent by", "watcher check --send, or the settings page"),),
        "Nothing. Alerts will arrive here.",
    )
