"""The life of an incident: which change and which message is due for the current signal of a rule.

ok → pending → firing → resolved, with no data as a separate state. Pure: an incident, a signal and `now` in,
the next value of the incident and the phase of a message out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from watcher.core.monitoring.windows import MAX_AHEAD
from watcher.core.times import MINUTE, Instant, Seconds

# This many changes within the window make one flapping incident, which is quiet until it is stable this long.
FLAPPING_CHANGES, FLAPPING_WINDOW, STABLE_PERIOD = 3, Seconds(30 * MINUTE), Seconds(15 * MINUTE)


class Symptom(StrEnum):
    """What can be wrong: with an API (the first four), or with watcher itself."""

    OUTAGE = "outage"
    FAILURE_RATE = "failure-rate"
    LATENCY = "latency"
    QUOTA = "quota"
    OVERDUE = "watch-overdue"
    UNRECORDED = "polls-unrecorded"
    OUTBOX = "outbox-stuck"
    DEAD_LETTERS = "dead-letters"
    DISK = "disk"
    SUSPICIOUS = "suspicious-answers"
    CLOCK = "clock-jump"
    LAG = "scheduler-lag"


# The subject of incidents that concern watcher itself.
SELF_SUBJECT = "watcher"
API_SYMPTOMS = (Symptom.OUTAGE, Symptom.FAILURE_RATE, Symptom.LATENCY)


class Phase(StrEnum):
    """What a message reports about an incident."""

    FIRING = "firing"
    REMINDER = "reminder"
    RESOLVED = "resolved"


class State(StrEnum):
    """The state of a symptom. `pending`: bad, but not yet long or certain enough to be reported."""

    OK = "ok"
    PENDING = "pending"
    FIRING = "firing"
    FLAPPING = "flapping"
    NO_DATA = "no_data"


class Signal(NamedTuple):
    """The result of a rule: a new incident started at `since`, an open one is `over`, or neither."""

    since: Instant | None = None
    over: bool = False


class Incident(NamedTuple):
    """An incident as stored. `api` is the API, or `watcher` if it concerns watcher itself.

    `notified_at`: when the last message was written or withheld. `is_bad`, `changed_at`: the last result of
    the rule, and since when. `changes`: the number of changes if it is flapping, else 0. `reported`: a
    message about it has been written. `withheld`: a silence withholds one. `revision` grows with each change.
    """

    id: str
    api: str
    symptom: str
    since: Instant
    notified_at: Instant
    fired_at: Instant
    changed_at: Instant
    is_bad: bool = True
    changes: int = 0
    reported: bool = False
    withheld: bool = False
    acked_at: Instant | None = None
    acked_by: str = ""
    resolved_at: Instant | None = None
    headline: str = ""
    revision: int = 0

    @property
    def flapping(self) -> bool:
        """Whether it keeps starting and ending, and is quiet until it is stable."""
        return self.changes > 0

    @property
    def ended_at(self) -> Instant:
        """When it ended; only for an ended incident."""
        return self.changed_at if self.flapping or self.resolved_at is None else self.resolved_at

    @property
    def state(self) -> State:
        """The state of an open incident."""
        return State.FLAPPING if self.flapping else State.FIRING


class Transition(NamedTuple):
    """The next value of an incident, and the message that is due with it, if any."""

    after: Incident
    phase: Phase | None = None


def open_incident(
    api: str, symptom: str, since: Instant, past: Iterable[Incident], now: Instant, *, silenced: bool
) -> Transition:
    """Open a new incident. `past`: recently ended incidents of the same kind."""
    since = min(since, now)
    incident = Incident(
        hashlib.sha256(f"{api}|{symptom}|{since:.3f}|{now:.3f}".encode()).hexdigest()[:12],
        api,
        symptom,
        since,
        notified_at=now,
        fired_at=now,
        changed_at=now,
        changes=_count_changes(past, now),
    )
    return _report(incident, Phase.FIRING, now, silenced=silenced)


def advance_incident(
    before: Incident,
    signal: Signal,
    past: Iterable[Incident],
    now: Instant,
    *,
    repeat: Seconds,
    silenced: bool,
) -> Transition | None:
    """Return what is due for an open incident; None if nothing is. `repeat` 0: no reminders."""
    incident = _apply_signal(_clamped(before, now), signal, past, now)
    flapping_since = incident.changed_at if incident.flapping else None
    stable = flapping_since is None or now - flapping_since >= STABLE_PERIOD
    if not incident.is_bad and stable:
        return _close(incident, now, silenced=silenced)
    if incident.flapping and not before.flapping:  # it was reported as steady
        return _report(incident, Phase.REMINDER, now, silenced=silenced)
    if incident.flapping and stable:
        return _report(incident._replace(changes=0), Phase.REMINDER, now, silenced=silenced)
    if silenced:
        incident = incident._replace(withheld=True)
    elif incident.withheld or (
        repeat > 0 and incident.acked_at is None and now - incident.notified_at >= repeat
    ):
        return _report(incident, Phase.REMINDER, now, silenced=False)
    return None if incident == before else Transition(incident)


def report_withheld_end(ended: Incident, *, silenced: bool) -> Transition | None:
    """Report an end that a silence withheld, once the silence is over."""
    return None if silenced else Transition(ended._replace(withheld=False), Phase.RESOLVED)


def _count_changes(past: Iterable[Incident], now: Instant) -> int:
    """Return the changes within the last half hour, this one included, if that makes it flapping; else 0."""
    instants = [
        at
        for i in past
        for at in (i.fired_at, i.resolved_at, i.changed_at if i.flapping else None)
        if at is not None
    ]
    changes = 1 + sum(now - FLAPPING_WINDOW < at <= now for at in instants)
    return changes if changes >= FLAPPING_CHANGES else 0


def _apply_signal(incident: Incident, signal: Signal, past: Iterable[Incident], now: Instant) -> Incident:
    """Apply a signal; the third change in half an hour makes the incident flapping."""
    is_bad = False if signal.over else incident.is_bad or signal.since is not None
    if is_bad == incident.is_bad:
        return incident
    if incident.flapping:
        return incident._replace(is_bad=is_bad, changed_at=now, changes=incident.changes + 1)
    return incident._replace(is_bad=is_bad, changed_at=now, changes=_count_changes([*past, incident], now))


def _close(incident: Incident, now: Instant, *, silenced: bool) -> Transition:
    ended = incident._replace(resolved_at=now, withheld=False)
    if not incident.reported:  # its start was never reported, so neither is its end
        return Transition(ended)
    return Transition(ended._replace(withheld=True)) if silenced else Transition(ended, Phase.RESOLVED)


def _report(incident: Incident, phase: Phase, now: Instant, *, silenced: bool) -> Transition:
    if silenced:
        return Transition(incident._replace(withheld=True))
    # A reminder of an unreported incident is its first message.
    effective_phase = phase if incident.reported else Phase.FIRING
    return Transition(incident._replace(reported=True, withheld=False, notified_at=now), effective_phase)


def _clamped(incident: Incident, now: Instant) -> Incident:
    """Limit timestamps to `now`: those of a clock that has been set back since would never pass."""
    if max(incident.since, incident.notified_at, incident.changed_at, incident.fired_at) <= now + MAX_AHEAD:
        return incident
    return incident._replace(
        since=min(incident.since, now),
        notified_at=min(incident.notified_at, now),
        fired_at=min(incident.fired_at, now),
        changed_at=min(incident.changed_at, now),
    )


class ChangeOutcome(StrEnum):
    """The outcome of a change: done, too early (a message is being sent), or lost to another daemon."""

    DONE = "done"
    LATER = "later"
    LOST = "lost"
