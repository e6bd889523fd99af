"""What is wrong on the page of the status: each trouble with what it means and what to do about it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from watcher.core.apis import Api
from watcher.core.error_codes import title_of
from watcher.core.monitoring.incidents import API_SYMPTOMS, SELF_SUBJECT, Symptom
from watcher.core.monitoring.status_text import STUCK_SECONDS, TROUBLING_LAG_SECONDS
from watcher.core.plurals import count_of
from watcher.core.times import in_words
from watcher.web.pages.views.words import with_local_times

Subjects = Collection[tuple[str, str]]
"""What open incidents are about: API and symptom."""

_MAX_DETAILS = 10  # lines of one trouble; the JSON has all of them
_RELOAD = "`systemctl reload watcher`"
_LESS = "Poll less often (the interval of a watch), or request more calls from {}."


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that is wrong without an incident. `kind`: bad or warn. `details`: what exactly, by line."""

    what: str
    kind: str
    means: str
    todo: str = ""
    details: tuple[str, ...] = ()


def troubles_of(status: Mapping[str, Any], subjects: Subjects) -> tuple[Trouble, ...]:
    """Return what is wrong, the worst first; what has an incident in `subjects` is left to that."""
    found = [
        *_of_daemons(status),
        *_of_services(status, subjects),
        *_of_quotas(status, subjects),
        *_of_watches(status, subjects),
        *_of_polls(status["searches"], status["doubted"], subjects),
        *_of_outbox(status["outbox"], subjects),
    ]
    return tuple(sorted(found, key=lambda one: one.kind != "bad"))


def details_of(status: Mapping[str, Any], symptom: str) -> tuple[str, ...]:
    """Return the searches that an incident is about; empty for the other symptoms."""
    if symptom == Symptom.OVERDUE:
        return _overdue(status["overdue"])
    return _unrecorded(status["searches"]) if symptom == Symptom.UNRECORDED else ()


def _of_daemons(status: Mapping[str, Any]) -> Iterator[Trouble]:
    if problems := status["configuration"]["problems"]:
        yield Trouble(
            "The configuration is refused",
            "bad",
            "Nothing of the file counts until it is correct.",
            f"Correct it, then {_RELOAD}.",
            tuple(problems),
        )
    if not status["daemon"]["running"]:
        yield Trouble(
            "The daemon is not running",
            "bad",
            "No watch is polled, and no alert is sent.",
            "Start it: `systemctl start watcher`, or `watcher run` in a terminal.",
        )
    for daemon in status["daemons"]:
        yield from _of_daemon(daemon)


def _of_daemon(daemon: Mapping[str, Any]) -> Iterator[Trouble]:
    host, refused = daemon["host"], daemon["reloadRefused"]
    if (unseen := daemon["unseenSeconds"]) is not None:
        yield Trouble(
            f"The daemon on {host} has shown no sign of life for {in_words(unseen)}",
            "bad",
            "It is suspended, stuck, or cannot write to the database. What it watches may wait.",
            "See its log; if that does not help, `systemctl restart watcher`.",
        )
    if daemon["configuration"] == "changed":
        yield Trouble(
            f"The daemon on {host} runs with an older configuration",
            "warn",
            "The file has changed since it was read. The change does not count yet.",
            f"{_RELOAD} applies it.",
        )
    elif daemon["configuration"] == "broken":
        yield Trouble(
            f"The configuration file on {host} would be refused",
            "warn",
            "The daemon keeps what it read before, but would not start again.",
            f"Correct the file (`watcher check` says what is wrong), then {_RELOAD}.",
            (refused,) if refused else (),
        )
        refused = None
    if refused:
        yield Trouble(
            f"A reload was refused on {host}",
            "warn",
            "The daemon keeps what it read before.",
            f"Correct the file, then {_RELOAD} again.",
            (refused,),
        )


def _of_services(status: Mapping[str, Any], subjects: Subjects) -> Iterator[Trouble]:
    for api, health in status["apis"].items():
        facts = Api(api).facts
        if health["refusesCredentials"]:
            keys = f"Correct {facts.credential_keys}, then {_RELOAD}; `watcher check` tests them."
            yield Trouble(f"{facts.name} refuses the keys", "bad", facts.outage_effect, keys)
        elif health["status"] in ("down", "degraded") and not _has(subjects, api, *API_SYMPTOMS):
            kind = "bad" if health["status"] == "down" else "warn"
            todo = "Nothing yet: calls are tried again by themselves. If it lasts, run `watcher check`."
            yield Trouble(f"{facts.name} is {health['status']}", kind, facts.outage_effect, todo)


def _of_quotas(status: Mapping[str, Any], subjects: Subjects) -> Iterator[Trouble]:
    for api, quota in status["quota"].items():
        name = Api(api).facts.name
        if not quota["limit"] and api == Api.EBAY and status["watches"]["active"]:
            why = "eBay grants no calls" if quota["configured"] else "`daily_quota` in `[ebay]` is 0"
            yield Trouble(f"Nothing is polled: {why}", "bad", "No watch sends an alert.")
        until = with_local_times(f"until {quota['resetsAt']}")
        if _has(subjects, api, Symptom.QUOTA):
            continue
        if quota["limit"] and not quota["remaining"]:
            means, todo = _gone(Api(api), until)
            yield Trouble(f"{name}'s quota is used up", "bad", means, todo)
        elif quota["pollsExhausted"]:
            means = f"Watches wait {until}; the rest is reserved for searches on this page."
            yield Trouble(f"{name}'s quota for polls is used up", "warn", means, _LESS.format(name))


def _gone(api: Api, until: str) -> tuple[str, str]:
    """Return what it means that all calls of a quota are used up, and what to do."""
    if api.facts.is_price_source:
        wait = f"Searches wait {until}; comps come from the cache with their age."
        return wait, _LESS.format(api.facts.name)
    return f"It is not asked {until}. {api.facts.outage_effect}", api.facts.quota_advice


def _of_watches(status: Mapping[str, Any], subjects: Subjects) -> Iterator[Trouble]:
    watches, cadence = status["watches"], status["cadence"]
    if damaged := status["damaged"]:
        what = f"{count_of(len(damaged), 'watch')} cannot be read"
        lines = tuple(one["message"] for one in damaged)
        yield Trouble(what, "bad", "No alert comes from there.", details=lines[:_MAX_DETAILS])
    if _has(subjects, SELF_SUBJECT, Symptom.OVERDUE):
        pass
    elif n := watches["overdue"]:
        yield Trouble(
            f"{count_of(n, 'search', 'searches')} overdue",
            "warn",
            "Their alerts come late.",
            "A used-up quota or a failing eBay explains it. Otherwise raise `concurrency` in `[polling]`.",
            _overdue(status["overdue"]),
        )
    elif status["lagSeconds"] > TROUBLING_LAG_SECONDS and status["daemon"]["running"]:
        late = f"Polls are {in_words(status['lagSeconds'])} late"
        yield Trouble(late, "warn", "Alerts come late.", "Raise `concurrency` in `[polling]` if it lasts.")
    if cadence["shortage"] and cadence["stretch"] > 1:
        what = f"Intervals are up to {cadence['stretch']} times as long as asked for"
        yield Trouble(what, "warn", cadence["shortage"], _LESS.format("eBay"))


def _of_polls(
    searches: Collection[Mapping[str, Any]], doubted: Collection[Mapping[str, Any]], subjects: Subjects
) -> Iterator[Trouble]:
    unrecorded = _unrecorded(searches)
    if unrecorded and not _has(subjects, SELF_SUBJECT, Symptom.UNRECORDED):
        what = f"Polls of {count_of(len(unrecorded), 'search', 'searches')} could not be recorded"
        means = "They send no alert; each is tried again at growing intervals."
        yield Trouble(what, "bad", means, "The log names the error of each poll.", unrecorded)
    failed = tuple(
        f"{one['query']}: {title_of(one['error'])}"
        for one in searches
        if one["error"] and not one["unrecorded"]
    )
    if failed:
        what = f"The last poll of {count_of(len(failed), 'search', 'searches')} failed"
        means = "Each is tried again at growing intervals."
        yield Trouble(what, "warn", means, details=failed[:_MAX_DETAILS])
    if n := sum(one["unreadable"] for one in searches):
        lines = tuple(f"{one['query']}: {one['unreadable']:,}" for one in searches if one["unreadable"])
        means = "They are left out of the comps and of the alerts."
        yield Trouble(
            f"{count_of(n, 'listing')} could not be read", "warn", means, details=lines[:_MAX_DETAILS]
        )
    if doubted:
        what = f"{count_of(len(doubted), 'suspicious answer')}"
        lines = tuple(f"{one['query']}: {one['why']}" for one in doubted)
        means = "It counts only if the next poll confirms it."
        yield Trouble(what, "warn", means, "Nothing: the next poll checks it.", lines[:_MAX_DETAILS])


def _of_outbox(outbox: Mapping[str, Any], subjects: Subjects) -> Iterator[Trouble]:
    oldest = outbox["oldestPendingSeconds"]
    if oldest is not None and oldest > STUCK_SECONDS and not _has(subjects, SELF_SUBJECT, Symptom.OUTBOX):
        failure = outbox["lastFailure"]
        yield Trouble(
            f"A message has waited for {in_words(oldest)}",
            "warn",
            "Alerts are delayed; none is lost.",
            "Send a test from the settings, and check Slack, the webhook and the network.",
            (f"To {failure['to']}: {failure['why']}",) if failure else (),
        )


def _has(subjects: Subjects, api: str, *symptoms: Symptom) -> bool:
    return any((api, str(symptom)) in subjects for symptom in symptoms)


def _overdue(found: Collection[Mapping[str, Any]]) -> tuple[str, ...]:
    lines = [f"{one['query']}: by {in_words(one['lateSeconds'])}" for one in found]
    return tuple(lines[:_MAX_DETAILS])


def _unrecorded(searches: Collection[Mapping[str, Any]]) -> tuple[str, ...]:
    lines = [
        f"{one['query']}: the last {count_of(one['unrecorded'], 'poll')}"
        for one in searches
        if one["unrecorded"]
    ]
    return tuple(lines[:_MAX_DETAILS])
