"""The life of an incident: which change and which message is due, given what a rule says now.

ok → pending → firing → resolved, with no data as a state of its own. Pure: an incident, a sign and `now`
come in, the next value of the incident and the phase of a message go out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from watcher.core.monitoring.windows import AHEAD
from watcher.core.times import MINUTE, Instant, Seconds

# So many changes within so long are one flapping incident; it is quiet until nothing changed for so long.
FLAPS, FLAP_WINDOW, STABLE = 3, Seconds(30 * MINUTE), Seconds(15 * MINUTE)


class Symptom(StrEnum):
    """What can be wrong: the first three with an API, `quota` likewise, the others with watcher itself."""

    OUTAGE = "outage"
    FAILURE_RATE = "failure-rate"
    LATENCY = "latency"
    QUOTA = "quota"
    OVERDUE = "watch-overdue"
    OUTBOX = "outbox-stuck"
    DEAD_LETTERS = "dead-letters"
    DISK = "disk"
    SUSPICIOUS = "suspicious-answers"
    CLOCK = "clock-jump"
    LAG = "scheduler-lag"


# What has no API is watcher itself.
SUBJECT = "watcher"
OF_CALLS = (Symptom.OUTAGE, Symptom.FAILURE_RATE, Symptom.LATENCY)


class Phase(StrEnum):
    """What a message says of an incident."""

    FIRING = "firing"
    REMINDER = "reminder"
    RESOLVED = "resolved"


class State(StrEnum):
    """How a symptom is. `pending`: bad, and not yet for long or for sure enough to be told."""

    OK = "ok"
    PENDING = "pending"
    FIRING = "firing"
    FLAPPING = "flapping"
    NO_DATA = "no_data"


class Sign(NamedTuple):
    """What a rule says now: a new incident begins `since` then; an open one is `over`; or neither."""

    since: Instant | None = None
    over: bool = False


class Incident(NamedTuple):
    """An incident as the store keeps it. `api`: the API, or `watcher` for what has none.

    `notified_at`: when the last message was written, or withheld. `bad`, `changed_at`: what the rule last
    said, and since when. `swings`: the changes of one that is flapping, else 0. `told`: a message about it
    was written. `owed`: a silence withheld one. `revision` grows with every change.
    """

    id: str
    api: str
    symptom: str
    since: Instant
    notified_at: Instant
    fired_at: Instant
    changed_at: Instant
    bad: bool = True
    swings: int = 0
    told: bool = False
    owed: bool = False
    acked_at: Instant | None = None
    acked_by: str = ""
    resolved_at: Instant | None = None
    headline: str = ""
    revision: int = 0

    @property
    def flapping(self) -> bool:
        """Whether it comes and goes, and is quiet until it is stable."""
        return self.swings > 0

    @property
    def ended_at(self) -> Instant:
        """When it ended; only for one that has."""
        return self.changed_at if self.flapping or self.resolved_at is None else self.resolved_at

    @property
    def state(self) -> State:
        """Of one that is open."""
        return State.FLAPPING if self.flapping else State.FIRING


class Move(NamedTuple):
    """What becomes of an incident, and the message that is due with it, if any."""

    after: Incident
    phase: Phase | None = None


def opening(
    api: str, symptom: str, since: Instant, past: Iterable[Incident], now: Instant, *, silenced: bool
) -> Move:
    """A new incident. `past`: those of the same kind that ended lately."""
    swings = 1 + swings_of(past, now)
    flapping = swings if swings >= FLAPS else 0
    since = min(since, now)
    incident = Incident(
        _id(api, symptom, since, now),
        api,
        symptom,
        since,
        notified_at=now,
        fired_at=now,
        changed_at=now,
        swings=flapping,
    )
    return _say(incident, Phase.FIRING, now, silenced=silenced)


def moving(
    before: Incident,
    sign: Sign,
    past: Iterable[Incident],
    now: Instant,
    *,
    repeat: Seconds,
    silenced: bool,
) -> Move | None:
    """What is due for an open incident; None when nothing is. `repeat` 0: no reminders."""
    incident = _turned(_rebased(before, now), sign, past, now)
    flapping_since = incident.changed_at if incident.flapping else None
    stable = flapping_since is None or now - flapping_since >= STABLE
    if not incident.bad and stable:
        return _ending(incident, now, silenced=silenced)
    if incident.flapping and not before.flapping:  # it was told as steady; now it is told that it is not
        return _say(incident, Phase.REMINDER, now, silenced=silenced)
    if incident.flapping and stable:
        return _say(incident._replace(swings=0), Phase.REMINDER, now, silenced=silenced)
    if silenced:
        incident = incident._replace(owed=True)
    elif incident.owed or (repeat > 0 and incident.acked_at is None and now - incident.notified_at >= repeat):
        return _say(incident, Phase.REMINDER, now, silenced=False)
    return None if incident == before else Move(incident)


def settling(ended: Incident, *, silenced: bool) -> Move | None:
    """The end that a silence withheld is told when the silence is over."""
    return None if silenced else Move(ended._replace(owed=False), Phase.RESOLVED)


def swings_of(past: Iterable[Incident], now: Instant) -> int:
    """How often incidents of one kind began and ended within the last half hour."""
    instants = [
        at
        for i in past
        for at in (i.fired_at, i.resolved_at, i.changed_at if i.flapping else None)
        if at is not None
    ]
    return sum(now - FLAP_WINDOW < at <= now for at in instants)


def _turned(incident: Incident, sign: Sign, past: Iterable[Incident], now: Instant) -> Incident:
    """The incident after what the rule says now; the third change in half an hour makes it a flapping one."""
    bad = False if sign.over else incident.bad or sign.since is not None
    if bad == incident.bad:
        return incident
    if incident.flapping:
        return incident._replace(bad=bad, changed_at=now, swings=incident.swings + 1)
    swings = 1 + swings_of([*past, incident], now)
    return incident._replace(bad=bad, changed_at=now, swings=swings if swings >= FLAPS else 0)


def _ending(incident: Incident, now: Instant, *, silenced: bool) -> Move:
    ended = incident._replace(resolved_at=now, owed=False)
    if not incident.told:  # nobody knows of it: it ends as quietly as it was
        return Move(ended)
    return Move(ended._replace(owed=True)) if silenced else Move(ended, Phase.RESOLVED)


def _say(incident: Incident, phase: Phase, now: Instant, *, silenced: bool) -> Move:
    if silenced:
        return Move(incident._replace(owed=True))
    # A reminder of what nobody was told of is news.
    said = phase if incident.told else Phase.FIRING
    return Move(incident._replace(told=True, owed=False, notified_at=now), said)


def _rebased(incident: Incident, now: Instant) -> Incident:
    """Instants of a clock that has been set back since become the present one; else they would never pass."""
    if max(incident.since, incident.notified_at, incident.changed_at, incident.fired_at) <= now + AHEAD:
        return incident
    return incident._replace(
        since=min(incident.since, now),
        notified_at=min(incident.notified_at, now),
        fired_at=min(incident.fired_at, now),
        changed_at=min(incident.changed_at, now),
    )


def _id(api: str, symptom: str, since: Instant, now: Instant) -> str:
    """Short, and never that of another incident."""
    return hashlib.sha256(f"{api}|{symptom}|{since:.3f}|{now:.3f}".encode()).hexdigest()[:12]


class ChangeOutcome(StrEnum):
    """What became of a change of an incident: made, too early (a message of it is under way), or lost."""

    DONE = "done"
    LATER = "later"
    LOST = "lost"
