"""The status in sentences. Everything they say is taken from the JSON view, so the two cannot differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from watcher.core.errors import Api
from watcher.core.lateness_views import lateness_sentences
from watcher.core.monitoring.incident_messages import describe_refused_credentials
from watcher.core.plurals import count_of
from watcher.core.promise_views import promise_check_sentence
from watcher.core.times import MINUTE, in_words

LATE_SECONDS = 5.0  # less is the time of a tick
# A due search is claimed within a tick, not minutes.
TROUBLING_LAG_SECONDS = 2 * MINUTE
STUCK_SECONDS = 5 * MINUTE  # Slack accepts a message a second, so a queue alone does not take this long
MAX_LINES = 5  # rows of one kind shown to a person; the JSON has all of them
_OTHERS_CHECKED = (
    "The oldest watches were checked for damage just now. The daemon checks the others, "
    "each of them once a day."
)
_RELOAD = "send it SIGHUP, for example by `systemctl reload watcher`"


def status_troubles(status: Mapping[str, Any]) -> Iterator[str]:
    """Yield each problem in a few words, the worst first. Without one, all is well."""
    yield from _daemon_troubles(status)
    yield from _api_troubles(status)
    if n := len(status["incidents"]):
        yield count_of(n, "incident")
    yield from _search_troubles(status)
    oldest = status["outbox"]["oldestPendingSeconds"]
    if oldest is not None and oldest > STUCK_SECONDS:
        yield f"a message has waited for {in_words(oldest)}"
    if n := status["outbox"]["dead"]:
        yield count_of(n, "dead letter")
    if n := len(status["silences"]):
        yield f"{count_of(n, 'silence')} active"
    if status["plans"] and (n := status["plans"]["unknownPriceUsers"]):
        yield f"{count_of(n, 'user pays', 'users pay')} a price that no plan has"


def _daemon_troubles(status: Mapping[str, Any]) -> Iterator[str]:
    if status["configuration"]["problems"]:
        yield "the configuration is refused"
    if not status["daemon"]["running"]:
        yield "the daemon is not running, so no watch is polled"
    for daemon in status["daemons"]:
        if daemon["unseenSeconds"] is not None:
            yield f"the daemon has shown no sign of life for {in_words(daemon['unseenSeconds'])}"
    states = [daemon["configuration"] for daemon in status["daemons"]]
    if "changed" in states:
        yield "the daemon runs with an older configuration"
    if "broken" in states and not status["configuration"]["problems"]:
        yield "the daemon's configuration file would be refused now"
    if any(daemon["reloadRefused"] for daemon in status["daemons"]):
        yield "a reload was refused"


def _api_troubles(status: Mapping[str, Any]) -> Iterator[str]:
    for api, health in status["apis"].items():
        if health["status"] in ("down", "degraded"):
            yield f"{Api(api).facts.name} is {health['status']}"
        if health["refusesCredentials"]:
            yield describe_refused_credentials(Api(api))
    for api, quota in status["quota"].items():
        if quota["limit"] and not quota["remaining"]:
            yield f"{Api(api).facts.name}'s quota is used up"
        elif quota["pollsExhausted"]:
            yield f"{Api(api).facts.name}'s quota for polls is used up"
    # Without a single call a day nothing is polled, although nothing fails.
    if not _polls_any(status) and status["watches"]["active"]:
        configured = status["quota"][str(Api.EBAY)]["configured"]
        why = "eBay grants no calls" if configured else "daily_quota in [ebay] is 0"
        yield f"nothing is polled: {why}"


def _polls_any(status: Mapping[str, Any]) -> bool:
    """Return whether eBay's quota has any call at all."""
    ebay = status["quota"].get(str(Api.EBAY))
    return not ebay or ebay["limit"] > 0


def _search_troubles(status: Mapping[str, Any]) -> Iterator[str]:
    watches, searches = status["watches"], status["searches"]
    if n := watches["overdue"]:
        yield f"{count_of(n, 'search', 'searches')} overdue"
    elif status["lagSeconds"] > TROUBLING_LAG_SECONDS:
        yield f"polls are {in_words(status['lagSeconds'])} late"
    if n := len(status["damaged"]):
        yield f"{count_of(n, 'watch', 'watches')} unreadable"
    if status["cadence"]["shortage"] and status["cadence"]["stretch"] > 1 and _polls_any(status):
        yield f"intervals are up to {status['cadence']['stretch']} times as long as asked for"
    if n := sum(s["unrecorded"] > 0 for s in searches):
        yield f"polls of {count_of(n, 'search', 'searches')} could not be recorded"
    if n := sum(s["error"] is not None and not s["unrecorded"] for s in searches):
        yield f"the last poll of {count_of(n, 'search', 'searches')} failed"
    if n := sum(s["unreadable"] for s in searches):
        yield f"{count_of(n, 'listing')} could not be read"


def status_lines(status: Mapping[str, Any]) -> Sequence[str]:
    """Return what a person reads below the headline and the table of APIs."""
    return [
        *_daemon_lines(status),
        f"Database: {status['database']}",
        *_work_lines(status),
        *_search_lines(status),
        *_plan_lines(status),
        *(
            f"Dead letter {d['id']} to {d['to']}: {d['why']} (`watcher alerts resend {d['id']}` retries it)"
            for d in status["deadLetters"][:MAX_LINES]
        ),
        *map(_silence_line, status["silences"][:MAX_LINES]),
        *map(_incident_line, status["incidents"]),
    ]


def _daemon_lines(status: Mapping[str, Any]) -> Iterator[str]:
    if not status["daemon"]["running"]:
        yield "Daemon: not running; `watcher run` starts it"
    elif not status["daemons"]:
        process = status["daemon"]["process"]
        yield f"Daemon: running, process {process}" if process else "Daemon: running"
    for daemon in status["daemons"]:
        where = f" on {daemon['host']}" if len(status["daemons"]) > 1 else ""
        file = f", with {daemon['configFile']}" if daemon["configFile"] else ", without a configuration file"
        yield f"Daemon: running, process {daemon['process']}{where}, since {daemon['startedAt']}{file}"
        if daemon["unseenSeconds"] is not None:
            yield (
                f"Last seen {daemon['seenAt']}: the daemon is suspended, stuck or cannot write to the "
                "database. See its log; if that does not help, restart it."
            )
        if daemon["configuration"] == "changed":
            yield f"The configuration has changed since this daemon read it; to apply it, {_RELOAD}."
        elif daemon["configuration"] == "broken":
            yield "The configuration file would be refused now; the daemon keeps what it read before."
        if daemon["reloadRefused"]:
            yield f"The last reload was refused: {daemon['reloadRefused']}"
    problems = status["configuration"]["problems"]
    if not any(daemon["reloadRefused"] == "\n".join(problems) for daemon in status["daemons"]):
        yield from problems


def _work_lines(status: Mapping[str, Any]) -> Iterator[str]:
    watches, outbox = status["watches"], status["outbox"]
    late = f", {count_of(watches['overdue'], 'search', 'searches')} overdue" if watches["overdue"] else ""
    polled = f"polled {_lateness(status['lagSeconds'])}" if status["daemon"]["running"] else "not polled"
    yield f"Watches: {watches['active']} active, {polled}{late}"
    cadence = status["cadence"]
    if not cadence["shortage"]:
        yield f"Polls need {cadence['callsPerDay']} of {cadence['allowedPerDay']} calls a day"
    for api, quota in status["quota"].items():
        yield (
            f"{Api(api).facts.name} quota: {quota['used']} of {quota['limit']} calls used, "
            f"renewed in {in_words(quota['resetsInSeconds'])}{_cut(Api(api), quota)}{_spending(quota)}"
        )
    for api, health in status["apis"].items():
        if health["breaker"] not in (None, "closed"):
            yield f"Calls to {Api(api).facts.name} are held back after failures: breaker {health['breaker']}"
    seconds = outbox["oldestPendingSeconds"]
    waiting = "" if seconds is None else f" for {in_words(seconds)} at most"
    yield f"Outbox: {outbox['pending']} waiting{waiting}, {outbox['dead']} dead"
    yield from lateness_sentences(status["lateness"])
    if promised := promise_check_sentence(status["promises"]):
        yield f"Promises: {promised}"
    if failure := outbox["lastFailure"]:
        yield f"The last try to send to {failure['to']} failed: {failure['why']}"
    cache, disk = status["cache"], status["disk"]
    yield f"Cache: {count_of(cache['entries'], 'answer')}, {cache['expired']} expired"
    if disk:
        yield f"Disk: {disk['freeGigabytes']} of {disk['totalGigabytes']} GB free"
    if not status["slackIsSet"]:
        yield "Slack is not configured: alerts wait here. Set [slack] watch_webhook_url to send them."


def _search_lines(status: Mapping[str, Any]) -> Iterator[str]:
    yield from (d["message"] for d in status["damaged"][:MAX_LINES])
    if not status["damagedIsComplete"]:
        yield _OTHERS_CHECKED
    if status["cadence"]["shortage"]:
        yield status["cadence"]["shortage"]
    for search in status["overdue"][:MAX_LINES]:
        yield f"Overdue by {in_words(search['lateSeconds'])}: {search['query']}"
    for search in status["searches"][:MAX_LINES]:
        if n := search["unrecorded"]:
            polls = count_of(n, "poll")
            yield f"The last {polls} could not be recorded ({search['error']}): {search['query']}"
        elif search["error"]:
            yield f"The last poll failed ({search['error']}): {search['query']}"
        if n := search["unreadable"]:
            yield f"{count_of(n, 'listing')} of the last answer could not be read: {search['query']}"
    for doubted in status["doubted"][:MAX_LINES]:
        yield f"Suspicious answer, to be checked by the next poll: {doubted['query']} ({doubted['why']})"
    for p in status["precision"][:MAX_LINES]:
        yield f"Watch {p['watch']}: rejected {p['rejected']} of {count_of(p['told'], 'alerted item')}"


def _plan_lines(status: Mapping[str, Any]) -> Iterator[str]:
    plans = status["plans"]
    if plans is None:
        return
    shares = ", ".join(f"{count_of(n, 'user')} on {name}" for name, n in plans["users"].items())
    paused = count_of(plans["pausedWatches"], "watch")
    yield f"Plans: {shares}; {paused} paused because a plan does not allow more"
    yield from (one["message"] for one in plans["unknownPrices"][:MAX_LINES])


def _cut(api: Api, quota: Mapping[str, Any]) -> str:
    """Return that the provider grants fewer calls than are configured; empty if it does not."""
    name, granted, configured = api.facts.name, quota["granted"], quota["configured"]
    if granted is None or configured is None or granted >= configured:
        return ""
    return f" ({name} grants {granted}, fewer than the {configured} configured)"


def _spending(quota: Mapping[str, Any]) -> str:
    """Return the calls for single listings and what all calls cost; empty if neither is known."""
    looks, bulk, cost = quota.get("secondLooks"), quota.get("bulkLooks"), quota.get("cost")
    listings = f"; {looks['used']} of {looks['limit']} for single listings" if looks else ""
    if bulk:
        listings += f"; besides, {bulk['used']} of {bulk['limit']} for many listings at once"
    return f"{listings}; ${cost} spent" if cost else listings


def _lateness(seconds: float) -> str:
    return f"{in_words(seconds)} late" if seconds >= LATE_SECONDS else "on time"


def _silence_line(silence: Mapping[str, Any]) -> str:
    if silence["watch"] is not None:
        what = f"price alerts of watch {silence['watch']}"
    elif silence["api"] or silence["symptom"]:
        what = f"ops messages ({' '.join(filter(None, (silence['api'], silence['symptom'])))})"
    else:
        what = "every ops message"
    return f"Silenced until {silence['until']} by {silence['author']}: {what} ({silence['reason']})"


def _incident_line(incident: Mapping[str, Any]) -> str:
    acked = f", acknowledged by {incident['ackedBy']}" if incident["ackedBy"] else ""
    quiet = ", silenced" if incident["silenced"] else ""
    return f"Incident {incident['id']} since {incident['since']}{acked}{quiet}: {incident['headline']}"
