"""Incidents: read from the store before every evaluation, changed in it together with their messages.

The store is the only memory. A restart therefore changes nothing, daemons share their incidents, and an
acknowledgement or silence from the command line takes effect at the next evaluation.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence

from watcher.core.alerts import OpsNotice
from watcher.core.deliveries import OPS_DESTINATION, IncidentPost
from watcher.core.monitoring.incident_messages import (
    IncidentDescription,
    incident_notice,
)
from watcher.core.monitoring.incidents import (
    FLAPPING_WINDOW,
    ChangeOutcome,
    Incident,
    Phase,
    Signal,
    Symptom,
    Transition,
    advance_incident,
    open_incident,
    report_withheld_end,
)
from watcher.core.monitoring.silences import Silence, silenced
from watcher.core.times import Instant, Seconds
from watcher.db.incidents import IncidentStore

log = logging.getLogger(__name__)
Describe = Callable[[], IncidentDescription]
"""Produces the text of a message; called only if one is sent."""


class IncidentTracker:
    """Changes incidents according to the rules. `repeat`: seconds between reminders, 0 for none."""

    def __init__(self, store: IncidentStore, repeat: Seconds) -> None:
        self._store = store
        self._repeat = repeat
        self._open: dict[tuple[str, str], Incident] = {}
        self._past: dict[tuple[str, str], list[Incident]] = {}
        self._silences: Sequence[Silence] = ()

    def read(self, now: Instant, ended_within: Seconds = FLAPPING_WINDOW) -> None:
        """Read the incidents, open or ended within that time, and the silences. Raises WatcherError."""
        incidents = self._store.incidents(Instant(now - ended_within))
        self._silences = self._store.silences(now)
        self._open, self._past = {}, {}
        for incident in incidents:
            key = (incident.api, incident.symptom)
            if incident.resolved_at is None:
                self._open[key] = incident
            else:
                self._past.setdefault(key, []).append(incident)

    def open_of(self, api: str) -> Mapping[Symptom, Incident]:
        """Return the open incidents of an API as of the last read."""
        return {Symptom(s): i for (a, s), i in self._open.items() if a == api and s in set(Symptom)}

    def last_end(self, api: str, symptom: Symptom) -> Instant | None:
        """Return when the last incident of a symptom ended, or last paused if it is flapping."""
        key = (api, symptom)
        current = self._open.get(key)
        if current is not None and not current.is_bad:
            return current.changed_at
        return max((i.ended_at for i in self._past.get(key, ())), default=None)

    def all_open(self) -> Sequence[Incident]:
        """Return all open incidents as of the last read."""
        return tuple(self._open.values())

    async def apply(
        self, api: str, symptom: Symptom, signal: Signal, describe: Describe, now: Instant
    ) -> Sequence[OpsNotice]:
        """Apply a signal to one kind of incident; return the messages. Raises WatcherError.

        The ends that a silence withheld come first, once it is over.
        """
        key = (api, symptom)
        is_silenced = silenced(self._silences, api, symptom, now)
        past, before = self._past.get(key, ()), self._open.get(key)
        messages: list[OpsNotice] = []
        for ended in [i for i in past if i.withheld]:
            if transition := report_withheld_end(ended, silenced=is_silenced):
                messages += await self._commit(ended, transition, describe, now)
        transition = None
        if before is not None:
            transition = advance_incident(
                before, signal, past, now, repeat=self._repeat, silenced=is_silenced
            )
        elif signal.since is not None:
            transition = open_incident(api, symptom, signal.since, past, now, silenced=is_silenced)
        if transition is not None:
            messages += await self._commit(before, transition, describe, now)
        return messages

    async def _commit(
        self, before: Incident | None, transition: Transition, describe: Describe, now: Instant
    ) -> Sequence[OpsNotice]:
        after, phase, post = transition.after, transition.phase, None
        if phase is not None:
            description = describe()
            late = None
            if phase is not Phase.FIRING:
                late = incident_notice(after, phase, description, now, is_first=True)
            post = IncidentPost(OPS_DESTINATION, incident_notice(after, phase, description, now), late)
        outcome = await self._store.move_incident(before, after, post)
        if outcome is not ChangeOutcome.DONE:
            return ()
        key = (after.api, after.symptom)
        if after.resolved_at is not None:
            self._open.pop(key, None)
        else:
            self._open[key] = after._replace(revision=after.revision + (before is not None))
        if post is None:
            return ()
        if phase is Phase.FIRING:
            log.warning(post.notice.headline, extra={"incident": post.notice.incident_id})
        return (post.notice,)
