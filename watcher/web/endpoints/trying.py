"""Tries a watch that is not saved: what it would keep and find now, and how often it would have alerted."""

from __future__ import annotations

from typing import Any, NamedTuple

from starlette.requests import Request

from watcher.core.accuracy import accuracy_sentence
from watcher.core.comps import Comps
from watcher.core.preview import Preview, market_warnings
from watcher.core.times import Seconds
from watcher.core.tokens import Caller
from watcher.core.watch import Watch
from watcher.polling.comps_cache import Answer
from watcher.web.dependencies import WebDependencies
from watcher.web.endpoints.asking import ask_for


class TriedWatch(NamedTuple):
    """A watch, the market's answer to it, and what it would do; without polls it has no `cadence`.

    `accuracy`: how wrong medians of its category were, in a sentence. `promise`: what it can expect of its
    polls; None while it is paused, and without polls.
    """

    watch: Watch
    answer: Answer
    comps: Comps
    preview: Preview
    cadence: Seconds | None
    warnings: tuple[str, ...]
    accuracy: str = ""
    promise: dict[str, Any] | None = None


async def try_watch(web: WebDependencies, caller: Caller, request: Request, watch: Watch) -> TriedWatch:
    """Return what a new or changed watch would do. Raises CallFailed and RequestRefused."""
    queries = web.queries
    answer, comps = await ask_for(web, caller, request, watch.inquiry, queries.asking_comps(watch))
    comps = queries.own_comps(watch, answer, comps)
    plan = queries.plan((watch,))
    return TriedWatch(
        watch,
        answer,
        comps,
        queries.preview(watch, answer, comps),
        queries.cadence(watch, plan),
        (*queries.doubts(watch, plan), *market_warnings(watch, comps)),
        accuracy_sentence(queries.accuracy_of(watch.category, comps.statistics.basis)),
        queries.promise(watch, comps, plan),
    )
