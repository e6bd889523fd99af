"""Silences: of operators' messages for admins, and of the price alerts of the caller's own watches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path
from pydantic import Field

from watcher.core.apis import Api
from watcher.core.errors import Code, InvalidInput, MissingInput, WatcherError
from watcher.core.monitoring.incident_views import silence_view
from watcher.core.monitoring.incidents import Symptom
from watcher.core.monitoring.silences import Silence
from watcher.core.tokens import Caller
from watcher.monitoring.incident_queries import add_silence, end_silence, no_silence
from watcher.web.access.auth import User
from watcher.web.answers.base import answers
from watcher.web.answers.incidents import EndedSilenceView, SilencesView, SilenceView
from watcher.web.dependencies import Web, WebDependencies
from watcher.web.endpoints.asking import one_at_a_time
from watcher.web.endpoints.bodies import StrictBody
from watcher.web.endpoints.own_watches import Number, require_own
from watcher.web.endpoints.parameters import MAX_ID, AlertCursor, PageLimit, known_parameters
from watcher.web.endpoints.watch_bodies import ANY_DURATION, ANY_INSTANT, DURATION, REASON, described

router = APIRouter(tags=["silences"], dependencies=[Depends(known_parameters)])

SilenceId = Annotated[str, Path(max_length=100, description="A silence's id.")]
SILENCE = {"for": "2h", "reason": "eBay announced maintenance"}
"""An example of a silence."""
MAX_PER_WATCH = 20  # current silences; every poll that alerts reads them


_Reason = Annotated[str, described(REASON)]
_Duration = Annotated[str, described(DURATION)]
_AnyDuration = Annotated[str, described(ANY_DURATION)]
_AnyInstant = Annotated[str, described(ANY_INSTANT)]
_AnyApi = Annotated[str, described({"type": "string", "enum": [*map(str, Api), "watcher", ""]})]
_AnySymptom = Annotated[str, described({"type": "string", "enum": [*map(str, Symptom), ""]})]


class SilenceLength(StrictBody):
    """How long and why messages are held back."""

    length: _Duration = Field(alias="for", max_length=40, description="The length: 30m, 2h, 7d.")
    reason: _Reason = Field(max_length=500, description="The reason, which lists of silences show.")

    def draft(self, caller: Caller) -> dict[str, str]:
        """Return the fields of `parse_silence`. Raises MissingInput."""
        if not self.reason.strip():
            raise MissingInput("A silence needs a reason, which lists of silences show.")
        return {"length": self.length, "reason": self.reason, "author": caller.user}


class NewSilence(SilenceLength):
    """A silence of operators' messages, or of the price alerts of one of the caller's watches."""

    api: _AnyApi = Field("", max_length=80, description="ebay, serpapi, openai, stripe, slack or watcher.")
    symptom: _AnySymptom = Field("", max_length=80, description="outage, failure-rate, latency, …")
    watch: int | None = Field(None, ge=1, le=MAX_ID, description="A watch of the caller.")
    everything: bool = Field(False, alias="all", description="Every operator message.")
    start: _AnyInstant = Field("", alias="from", max_length=40, description="2026-12-01T02:00Z; else now.")
    every: _AnyDuration = Field("", max_length=40, description="The interval between starts: 1d, 7d.")

    def draft(self, caller: Caller) -> dict[str, str]:
        """Return the fields of `parse_silence`. Raises InvalidInput."""
        if not (self.api.strip() or self.symptom.strip() or self.watch or self.everything):
            raise InvalidInput('Choose what to silence: "api", "symptom", "watch" or "all".')
        given = {
            "api": self.api,
            "symptom": self.symptom,
            "watch": str(self.watch or ""),
            "everything": "yes" if self.everything else "",
            "start": self.start,
            "every": self.every,
        }
        return super().draft(caller) | {name: text for name, text in given.items() if text.strip()}


@router.get("/api/silences", name="listSilences", **answers(SilencesView, "A page of silences."))
async def silences(web: Web, caller: User, after: AlertCursor = "", limit: PageLimit = 100) -> dict[str, Any]:
    """List current and planned silences by their start; `next` is the `after` of the next page, or null.

    Those of the caller's watches, and for admins also those of operators' messages.
    """
    now = web.clock.now()
    found = _visible(web, caller)
    start = next((place for place, s in enumerate(found, 1) if s.id == after), 0 if not after else len(found))
    shown = found[start : start + limit]
    more = start + limit < len(found)
    return {"silences": [silence_view(s, now) for s in shown], "next": shown[-1].id if more else None}


@router.post(
    "/api/silences",
    name="addSilence",
    **answers(SilenceView, "The new silence.", status=201, errors=(404,), body={"api": "ebay", **SILENCE}),
)
async def add(web: Web, caller: User, new: NewSilence) -> dict[str, object]:
    """Hold back messages; everything is still recorded, and what waits is sent when the silence ends."""
    now = web.clock.now()
    if new.watch is None and not caller.admin:
        raise WatcherError(Code.FORBIDDEN)
    draft = new.draft(caller)
    if new.watch is not None:
        return await add_silence_of_watch(web, caller, new.watch, draft)
    return silence_view(await add_silence(web.stores, draft, now), now)


@router.delete("/api/silences/{silence}", name="endSilence", **answers(EndedSilenceView, "It has ended."))
async def end(web: Web, caller: User, silence: SilenceId) -> dict[str, object]:
    """End a silence now: open incidents are reported, and price alerts that waited are sent."""
    if all(s.id != silence for s in _visible(web, caller)):
        raise no_silence(silence)
    return await end_silence(web.stores, silence, web.clock.now())


@router.post(
    "/api/watches/{number:watch}/silence",
    name="silenceWatch",
    **answers(SilenceView, "The new silence.", status=201, body=SILENCE),
)
async def silence_watch(web: Web, caller: User, number: Number, body: SilenceLength) -> dict[str, object]:
    """Hold back the price alerts of a watch for a while; they are sent when the silence ends."""
    return await add_silence_of_watch(web, caller, number, body.draft(caller) | {"watch": str(number)})


def _visible(web: WebDependencies, caller: Caller) -> Sequence[Silence]:
    """Return the current silences that concern the caller: a foreign watch's are its user's."""
    found = web.stores.incidents.silences(web.clock.now())
    own = web.stores.watches.owned(caller.user, [s.watch for s in found if s.watch is not None])
    return [s for s in found if (caller.admin if s.watch is None else s.watch in own)]


async def add_silence_of_watch(
    web: WebDependencies, caller: Caller, number: int, draft: dict[str, str]
) -> dict[str, object]:
    """Silence a watch. Raises NotFound if it is not the caller's, InvalidInput if it has too many already."""
    require_own(web, caller, number)
    async with one_at_a_time(web, ("silences", number)):
        now = web.clock.now()
        count = sum(s.watch == number for s in web.stores.incidents.silences(now))
        if count >= MAX_PER_WATCH:
            raise InvalidInput(
                f"Watch {number} has {count} silences, the most that one may have; end one first."
            )
        return silence_view(await add_silence(web.stores, draft, now), now)
