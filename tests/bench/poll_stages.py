"""The stages whose CPU time the benchmark shows: those of a poll of the pipeline, and of the bare loop.

An imported name is wrapped in the module that uses it. What no stage covers is the event loop's
own: sockets, the parsing of HTTP, tasks and timers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.bench.job import BARE, PIPELINE

_METER = "watcher.adapters.metrics.fan_out:MeterFanOut"
_MEMORY = "watcher.polling.search_memory:SearchMemory"
_PIPELINE: Mapping[str, Sequence[str]] = {
    "claim: due searches, watches, plan": ("watcher.polling.poller:Poller.tick",),
    "fetch: httpx and aiohttp": ("watcher.adapters.outbound.http:HttpClient.fetch",),
    "fetch: gunzip": ("watcher.adapters.outbound.http:HttpClient._gunzip",),
    "fetch: guard, quota, token": (
        "watcher.adapters.outbound.guard:Guard.call_in_steps",
        "watcher.adapters.ebay.requests:EbayRequests.fetch",
        "watcher.polling.fetch:Fetcher.fetch",
    ),
    "fetch: metrics": (f"{_METER}.attempt", f"{_METER}.count", f"{_METER}.timing"),
    "parse: JSON and listings": (
        "watcher.adapters.ebay.client:parse_search_page",
        "watcher.adapters.ebay.client:_SearchPages.add",
        "watcher.adapters.ebay.client:_SearchPages.snapshot",
    ),
    "check: is the answer plausible": ("watcher.polling.fetch:_check",),
    "select: grammar of new titles": (
        "watcher.core.market_profile:title_verdict",
        "watcher.core.market_profile:open_phrases",
    ),
    "select: verdicts, statistics": ("watcher.polling.evaluation:select_comps",),
    "select: market profile": ("watcher.polling.poller:with_profile",),
    "evaluate: rules": ("watcher.polling.poller:evaluate_watches",),
    "evaluate: second look": (
        "watcher.polling.second_look:SecondLook.settle",
        "watcher.polling.second_look:SecondLook.recall",
    ),
    "learn: when to poll next": (
        "watcher.polling.planning:Planner.learn",
        "watcher.polling.planning:Planner.promised",
    ),
    "plan: when searches are polled": (
        "watcher.polling.planning:Planner.update",
        "watcher.polling.planning:Planner.room",
        "watcher.polling.planning:Planner.note_claims",
    ),
    "record: what changed": (
        f"{_MEMORY}.new_sightings",
        f"{_MEMORY}.still_there",
        f"{_MEMORY}.new_points",
        f"{_MEMORY}.update",
        "watcher.db.searches:SearchStore.record",
    ),
    "record: pack answers": ("watcher.db.cache_entries:pack_snapshot",),
    "record: statements": ("watcher.db.searches:record_polls",),
    "record: other writes, commits": ("watcher.db.writer:Writer._write",),
    "read from the database": ("watcher.db.database:Database._read",),
    "deliver": ("watcher.delivery.dispatcher:Dispatcher.drain",),
    "the poll itself": ("watcher.polling.poller:Poller._guarded_poll",),
}
_BARE: Mapping[str, Sequence[str]] = {
    "aiohttp, rows, matches": ("tests.bench.bare_loop:poll",),
    "parse JSON": ("tests.bench.bare_loop:json.loads",),
    "pack answers": ("tests.bench.bare_loop:json.dumps", "tests.bench.bare_loop:zlib.compress"),
    "statements": ("tests.bench.bare_loop:record",),
    "claims, commits": ("tests.bench.bare_loop:poll_many",),
}
STAGES = {PIPELINE: _PIPELINE, BARE: _BARE}
