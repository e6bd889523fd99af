"""What the page of the status shows: the JSON of `GET /api/status` in words, and the calls over time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any, NamedTuple

from watcher.core.alerts import OpsNotice
from watcher.core.apis import Api, QuotaPeriod
from watcher.core.error_codes import title_of
from watcher.core.lateness_views import lateness_sentences
from watcher.core.monitoring.status_text import LATE_SECONDS
from watcher.core.plurals import count_of
from watcher.core.promise_views import promise_check_sentence
from watcher.core.times import MINUTE, Instant, Seconds, in_words
from watcher.db.incidents import CallTally
from watcher.web.pages.views.troubles import Trouble, details_of, troubles_of
from watcher.web.pages.views.words import read_instant, with_local_times

STRETCHES, STRETCH_SECONDS = 48, tuple(Seconds(width) for width in (75, 5 * MINUTE, 15 * MINUTE))
"""The columns of a chart and their width: one, four or twelve hours, which is as long as calls are stored."""
CHART_WIDTH, CHART_HEIGHT = 480, 40
_STEP = CHART_WIDTH / STRETCHES
_ALWAYS = ("ebay", "slack")  # shown without a call, too
_PERIODS = {
    QuotaPeriod.PACIFIC_DAY: "today",
    QuotaPeriod.UTC_DAY: "today",
    QuotaPeriod.UTC_MONTH: "this month",
}
_NEARLY_FULL = 0.9  # of a quota
_LITTLE_ROOM = 0.1  # of a disk


class Word(NamedTuple):
    """A state: its word, its kind (good, warn, bad or empty) and, if not the kind's, its icon."""

    text: str
    kind: str = ""
    icon: str = ""


class Column(NamedTuple):
    """The calls of one stretch of time in coordinates of the box; `failed` is the height of the failures."""

    x: float
    height: float
    failed: float
    said: str


class CallRow(NamedTuple):
    """The same in figures."""

    at: Instant
    calls: int
    failures: int
    latency: str


class CallHistory(NamedTuple):
    """The calls since an instant, in stretches of `width` seconds; `window`: what health is judged by."""

    window: Seconds
    since: Instant
    width: Seconds
    tallies: Sequence[CallTally]


@dataclass(frozen=True, slots=True)
class CallChart:
    """Calls and failures as columns, the mean duration as a line."""

    columns: tuple[Column, ...]
    latency: str
    said: str
    rows: tuple[CallRow, ...]


@dataclass(frozen=True, slots=True)
class Service:
    """An outside API in the sliding window, its breaker, and its calls over time."""

    name: str
    state: Word
    calls: str
    failures: str
    latency: str
    breaker: Word
    last_error: str
    chart: CallChart | None


@dataclass(frozen=True, slots=True)
class QuotaRow:
    """The calls of a quota's period, which is a day or a month."""

    name: str
    used: int
    limit: int
    left: int
    period: str
    note: str
    resets_at: Instant | None
    state: Word


class IncidentNews(NamedTuple):
    """What an open incident is about, and the last message about it, if any."""

    api: str
    symptom: str
    notice: OpsNotice | None


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """An open incident, and what was typed into its form if that was refused.

    `effect`, `todo`, `facts`: of its last message. `details`: the searches that it is about.
    """

    id: str
    headline: str
    since: Instant | None
    state: Word
    acked_by: str
    effect: str = ""
    todo: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    details: tuple[str, ...] = ()
    length: str = "2h"
    reason: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class SilenceRow:
    """A silence that holds messages back. `id` is empty if only its user ends it."""

    id: str
    what: str
    until: Instant | None
    author: str
    reason: str


@dataclass(frozen=True, slots=True)
class Letter:
    """A message that could not be delivered."""

    id: str
    address: str
    to: str
    why: str
    attempts: str
    at: Instant | None


@dataclass(frozen=True, slots=True)
class PollRow:
    """The last poll of a search."""

    query: str
    marketplace: str
    at: Instant | None
    next_at: Instant | None
    result: Word


class Fact(NamedTuple):
    """A name, a sentence about it, and a state that needs attention, if any."""

    name: str
    text: str
    state: Word | None = None


@dataclass(frozen=True, slots=True)
class StatusPage:
    """The whole status.

    `verdict`: whether all is well, in words. `window`, `chart`: the time that the figures and the charts of
    services cover.
    """

    verdict: Word
    incidents: tuple[OpenIncident, ...]
    troubles: tuple[Trouble, ...]
    letters: tuple[Letter, ...]
    silences: tuple[SilenceRow, ...]
    services: tuple[Service, ...]
    window: str
    chart: str
    quotas: tuple[QuotaRow, ...]
    polls: tuple[PollRow, ...]
    facts: tuple[Fact, ...]


def status_page(
    status: Mapping[str, Any],
    news: Mapping[str, IncidentNews],
    letters: Sequence[Mapping[str, Any]],
    calls: CallHistory,
    typed: Mapping[str, str],
) -> StatusPage:
    """Return what the page shows.

    `news`: what the open incidents are about, by id. `typed`: a refused form of one incident.
    """
    found = tuple(_incident(one, news.get(one["id"]), status, typed) for one in status["incidents"])
    subjects = {(one.api, one.symptom) for one in news.values()}
    troubles = troubles_of(status, subjects)
    wrong = len(found) + len(troubles) + len(letters)
    return StatusPage(
        verdict=Word(count_of(wrong, "problem"), "bad") if wrong else Word("all is well", "good"),
        incidents=tuple(sorted(found, key=lambda one: one.state.kind != "bad")),
        troubles=troubles,
        letters=tuple(map(_letter, letters)),
        silences=tuple(map(_silence, status["silences"])),
        services=tuple(_services(status["apis"], calls)),
        window=in_words(calls.window),
        chart=in_words(calls.width * STRETCHES),
        quotas=tuple(quota_row(Api(api), one, status["cadence"]) for api, one in status["quota"].items()),
        polls=tuple(_poll(one) for one in status["polls"]),
        facts=(*_work(status), *_delivery(status), *_machine(status)),
    )


def _incident(
    one: Mapping[str, Any], news: IncidentNews | None, status: Mapping[str, Any], typed: Mapping[str, str]
) -> OpenIncident:
    state = Word("flapping" if one["state"] == "flapping" else "firing", "bad", "bell")
    if one["silenced"]:
        state = Word("silenced", "warn", "snooze")
    elif one["ackedBy"]:
        state = Word(f"acknowledged by {one['ackedBy']}", "faint", "check")
    headline, since = with_local_times(one["headline"]), read_instant(one["since"])
    found = OpenIncident(one["id"], headline, since, state, one["ackedBy"] or "")
    if news:
        found = replace(found, details=details_of(status, news.symptom))
    if news and (notice := news.notice):
        told = [(name, with_local_times(text)) for name, text in notice.facts]
        found = replace(
            found,
            effect=dict(told).get("Effect", ""),
            todo=with_local_times(notice.advice),
            facts=tuple(fact for fact in told if fact[0] not in ("Since", "Effect")),
        )
    if typed.get("incident") != found.id:
        return found
    return replace(found, length=typed["length"], reason=typed["reason"], error=typed["error"])


def _services(apis: Mapping[str, Mapping[str, Any]], calls: CallHistory) -> Iterator[Service]:
    for api, health in apis.items():
        own = [t for t in calls.tallies if t.api == api and 0 <= t.number < STRETCHES]
        if health["status"] == "no_data" and not own and api not in _ALWAYS:
            continue
        latency, rate = health["latency"], health["failureRate"]
        yield Service(
            name=Api(api).facts.name,
            state=_health(health),
            calls=f"{health['successCount'] + health['failureCount']:,}",
            failures="" if rate is None else f"{health['failureCount']:,} ({rate:.1f} %)",
            latency="" if latency is None else f"{latency['p50']:.0f} / {latency['p95']:.0f} ms",
            breaker=_breaker(health["breaker"]),
            last_error=title_of(health["lastError"]) if health["lastError"] else "",
            chart=_chart(own, calls) if own else None,
        )


def _health(health: Mapping[str, Any]) -> Word:
    if health["refusesCredentials"]:
        return Word("refuses the keys", "bad")
    return {
        "healthy": Word("healthy", "good"),
        "degraded": Word("degraded", "warn"),
        "down": Word("down", "bad"),
    }.get(health["status"], Word("no recent calls"))


def _breaker(state: str | None) -> Word:
    return {
        "closed": Word("closed: calls go through", "good"),
        "half-open": Word("half-open: one call tries", "warn"),
        "open": Word("open: calls are held back", "bad"),
    }.get(state or "", Word("no calls yet"))


def _chart(tallies: Sequence[CallTally], history: CallHistory) -> CallChart:
    most, slowest = max(t.calls for t in tallies), max(t.seconds for t in tallies) or 1.0
    calls, failures = sum(t.calls for t in tallies), sum(t.failures for t in tallies)
    columns = [
        Column(
            x=round(t.number * _STEP, 1),
            height=round(max(1.5, CHART_HEIGHT * t.calls / most), 1),
            failed=round(max(2.0, CHART_HEIGHT * t.failures / most), 1) if t.failures else 0.0,
            said=f"{count_of(t.calls, 'call')}, {t.failures:,} failed, {t.seconds * 1000:.0f} ms on average",
        )
        for t in tallies
    ]
    points = [
        f"{(t.number + 0.5) * _STEP:g} {CHART_HEIGHT - 2 - (CHART_HEIGHT - 4) * t.seconds / slowest:.1f}"
        for t in tallies
    ]
    rows = [
        CallRow(
            Instant(history.since + t.number * history.width),
            t.calls,
            t.failures,
            f"{t.seconds * 1000:.0f} ms",
        )
        for t in reversed(tallies)
    ]
    said = (
        f"The last {in_words(history.width * STRETCHES)}: {count_of(calls, 'call')}, {failures:,} failed, "
        f"at most {slowest * 1000:.0f} ms on average within {in_words(history.width)}"
    )
    return CallChart(tuple(columns), f"M{'L'.join(points)}h0", said, tuple(rows))


def quota_row(api: Api, one: Mapping[str, Any], cadence: Mapping[str, Any]) -> QuotaRow:
    """Return what the page shows of one quota of the status."""
    facts, notes = api.facts, []
    if one["granted"] is not None and one["configured"] is not None and one["granted"] < one["configured"]:
        notes.append(f"{facts.name} grants fewer than the {one['configured']:,} configured.")
    if api is Api.EBAY:
        calls, allowed = cadence["callsPerDay"], cadence["allowedPerDay"]
        notes.append(
            f"The watches ask for {count_of(calls, 'poll')} a day; polls get {allowed:,} calls a day."
        )
    if looks := one["secondLooks"]:
        notes.append(f"Calls that read single listings: {looks['used']:,} of at most {looks['limit']:,}.")
    if bulk := one["bulkLooks"]:
        used = f"{bulk['used']:,} of {bulk['limit']:,}"
        notes.append(f"Calls for many listings at once, which are counted apart: {used}.")
    if one["cost"]:
        notes.append(f"Today's calls cost ${one['cost']}.")
    state = Word("enough", "good")
    if not one["remaining"]:
        state = Word("used up", "bad")
    elif one["pollsExhausted"]:
        state = Word("used up for polls", "warn")
    elif one["used"] >= one["limit"] * _NEARLY_FULL:
        state = Word("nearly used up", "warn")
    return QuotaRow(
        name=facts.name,
        used=one["used"],
        limit=one["limit"],
        left=one["remaining"],
        period=_PERIODS[facts.quota_period] if facts.quota_period else "",
        note=" ".join(notes),
        resets_at=read_instant(one["resetsAt"]),
        state=state,
    )


def _work(status: Mapping[str, Any]) -> Iterator[Fact]:
    watches, lag = status["watches"], status["lagSeconds"]
    late = f"{in_words(lag)} late" if lag >= LATE_SECONDS else "on time"
    polled = f"polled {late}" if status["daemon"]["running"] else "not polled, because no daemon runs"
    yield Fact("Watches", f"{watches['active']:,} active, {polled}")
    if late := " ".join(lateness_sentences(status["lateness"])):
        yield Fact("Lateness", late)
    if promised := promise_check_sentence(status["promises"]):
        yield Fact("Promises", promised)
    for one in status["precision"]:
        text = f"{one['rejected']:,} of {count_of(one['told'], 'alerted item')} rejected"
        yield Fact(f"Watch {one['watch']}", text)


def _poll(one: Mapping[str, Any]) -> PollRow:
    result = Word(title_of(one["error"]), "warn") if one["error"] else Word("answered", "good")
    at, next_at = read_instant(one["at"]), read_instant(one["nextAt"])
    return PollRow(one["query"], one["marketplace"], at, next_at, result)


def _letter(one: Mapping[str, Any]) -> Letter:
    address = f"alerts/{one['id']}" if one["kind"] == "alert" else ""
    attempts = count_of(one["attempts"], "attempt")
    return Letter(one["id"], address, one["to"], one["why"], attempts, read_instant(one["at"]))


def _silence(one: Mapping[str, Any]) -> SilenceRow:
    about = " ".join(filter(None, (one["api"], one["symptom"])))
    what = f"messages about {about}" if about else "every operators' message"
    if one["watch"] is not None:
        what = f"price alerts of watch {one['watch']}"
    return SilenceRow(
        "" if one["watch"] is not None else one["id"],
        what,
        read_instant(one["until"]),
        one["author"],
        one["reason"],
    )


def _delivery(status: Mapping[str, Any]) -> Iterator[Fact]:
    outbox, oldest = status["outbox"], status["outbox"]["oldestPendingSeconds"]
    waiting = f"{count_of(outbox['pending'], 'message')} waiting"
    yield Fact("Outbox", waiting + ("" if oldest is None else f", for {in_words(oldest)} at most"))
    if failure := outbox["lastFailure"]:
        yield Fact("Last failure", f"to {failure['to']}: {failure['why']}", Word("failed", "warn"))
    if not status["slackIsSet"]:
        text = "Not configured: alerts wait here. Set `[slack] watch_webhook_url` to send them."
        yield Fact("Slack", text, Word("not set", "warn"))


def _machine(status: Mapping[str, Any]) -> Iterator[Fact]:
    if not status["daemon"]["running"]:
        yield Fact("Daemon", "not running; `watcher run` starts it", Word("stopped", "bad"))
    elif not status["daemons"]:
        process = status["daemon"]["process"]
        yield Fact(
            "Daemon",
            f"version {version('watcher')}" + (f", process {process}" if process else ""),
            Word("running", "good"),
        )
    for daemon in status["daemons"]:
        yield from _daemon(daemon)
    file = status["configuration"]["file"]
    yield Fact("Configuration", f"`{file}`" if file else "no file, every key has its default")
    yield Fact("Database", f"`{status['database']}`")
    if disk := status["disk"]:
        free, total = disk["freeGigabytes"], disk["totalGigabytes"]
        is_short = free < total * _LITTLE_ROOM
        yield Fact(
            "Disk", f"{free:,} of {total:,} GB free", Word("little room", "warn") if is_short else None
        )
    else:
        yield Fact("Disk", "its free space is unknown")
    cache = status["cache"]
    expired = f"{cache['expired']:,} of them expired, kept for when eBay fails"
    yield Fact(
        "Cache", f"{count_of(cache['entries'], 'answer')}" + (f", {expired}" if cache["expired"] else "")
    )


def _daemon(daemon: Mapping[str, Any]) -> Iterator[Fact]:
    started = with_local_times(daemon["startedAt"])
    text = f"version {daemon['version']}, process {daemon['process']} on {daemon['host']} since {started}"
    unseen = daemon["unseenSeconds"]
    if unseen is None:
        yield Fact("Daemon", text, Word("running", "good"))
    else:
        yield Fact("Daemon", text, Word(f"no sign of life for {in_words(unseen)}", "bad"))
