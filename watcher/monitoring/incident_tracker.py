"""The incidents there are: read from the store before every judgement, moved in it with their messages.

The store is the only memory. So a restart changes nothing, several daemons share one book, and what a
person acknowledges or silences on the command line is seen by the next judgement.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence

from watcher.core.alerts import OpsNotice
from watcher.core.deliveries import IncidentPost
from watcher.core.monitoring.incident_messages import Telling, late_notice_of, notice_of
from watcher.core.monitoring.incidents import (
    FLAP_WINDOW,
    ChangeOutcome,
    Incident,
    Move,
    Phase,
    Sign,
    Symptom,
    moving,
    opening,
    settling,
)
from watcher.core.monitoring.silences import Silence, silenced
from watcher.core.times import Instant, Seconds
from watcher.db.incidents import IncidentStore

log = logging.getLogger(__name__)
OPS_DESTINATION = "ops"
Tell = Callable[[], Telling]
"""What there is to say, put into words only where it is said."""


class IncidentTracker:
    """Moves incidents by what the rules say. `repeat`: seconds between reminders, 0 for none."""

    def __init__(self, store: IncidentStore, repeat: Seconds) -> None:
        self._store = store
        self._repeat = repeat
        self._open: dict[tuple[str, str], Incident] = {}
        self._owing: list[Incident] = []
        self._past: dict[tuple[str, str], list[Incident]] = {}
        self._silences: Sequence[Silence] = ()

    def read(self, now: Instant) -> None:
        """See what there is. Raises WatcherError."""
        found = self._store.incidents(Instant(now - FLAP_WINDOW))
        self._silences = self._store.silences(now)
        self._open, self._owing, self._past = {}, [], {}
        for incident in found:
            key = (incident.api, incident.symptom)
            if incident.resolved_at is None:
                self._open[key] = incident
                continue
            self._past.setdefault(key, []).append(incident)
            if incident.owed:
                self._owing.append(incident)

    def open_of(self, api: str) -> Mapping[Symptom, Incident]:
        """The open incidents of an API as they were last seen."""
        return {Symptom(s): i for (a, s), i in self._open.items() if a == api and s in set(Symptom)}

    def all_open(self) -> Sequence[Incident]:
        """All open incidents as they were last seen."""
        return tuple(self._open.values())

    async def take(
        self, api: str, symptom: Symptom, sign: Sign, tell: Tell, now: Instant
    ) -> OpsNotice | None:
        """Do what is due for one kind of incident; the message, if there is one. Raises WatcherError."""
        key = (api, symptom)
        quiet = silenced(self._silences, api, symptom, now)
        past, before = self._past.get(key, ()), self._open.get(key)
        move: Move | None = None
        if before is not None:
            move = moving(before, sign, past, now, repeat=self._repeat, silenced=quiet)
        elif sign.since is not None:
            move = opening(api, symptom, sign.since, past, now, silenced=quiet)
        if move is None:
            return None
        notice = await self._keep(before, move, tell, now)
        if notice is not None and move.phase is Phase.FIRING:
            log.warning(notice.headline, extra={"incident": notice.incident_id})
        return notice

    async def settle(self, api: str, symptom: Symptom, tell: Tell, now: Instant) -> Sequence[OpsNotice]:
        """Tell the ends that a silence withheld and that is over. Raises WatcherError."""
        told = []
        for ended in [i for i in self._owing if (i.api, i.symptom) == (api, symptom)]:
            move = settling(ended, silenced=silenced(self._silences, api, symptom, now))
            notice = await self._keep(ended, move, tell, now) if move else None
            if notice is not None:
                told.append(notice)
        return told

    async def _keep(self, before: Incident | None, move: Move, tell: Tell, now: Instant) -> OpsNotice | None:
        after, phase, post = move.after, move.phase, None
        if phase is not None:
            telling = tell()
            late = None if phase is Phase.FIRING else late_notice_of(after, phase, telling, now)
            post = IncidentPost(OPS_DESTINATION, notice_of(after, phase, telling, now), late)
        moved = await self._store.move_incident(before, after, post)
        if moved is not ChangeOutcome.DONE:
            return None
        key = (after.api, after.symptom)
        if after.resolved_at is not None:
            self._open.pop(key, None)
        else:
            self._open[key] = after._replace(revision=after.revision + (before is not None))
        return post.notice if post else None
