"""Checks of watcher itself: one rule per symptom, with its limit and advice.

Pure: readings in, findings out. A value that could not be read gives no finding: no data is not a failure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from watcher.core.errors import Api
from watcher.core.monitoring.api_history import Thresholds
from watcher.core.monitoring.incident_messages import IncidentDescription
from watcher.core.monitoring.incidents import SELF_SUBJECT, Signal, Symptom
from watcher.core.plurals import count_of, plural_of
from watcher.core.resilience.quota import effective_limit, poll_bound, quota_window, unreleased
from watcher.core.times import DAY, HOUR, MINUTE, Instant, Seconds, in_words, iso

# Share of a quota's window at whose end all of its calls may be used.
_USUAL_END = 0.008
MIN_UNRECORDED_POLLS = 3  # of one search, in a row
MIN_SUSPICIOUS_ANSWERS = 5  # within SUSPICIOUS_PERIOD
# Seconds for which a clock jump counts, and over which the maximum lag is taken.
CLOCK_JUMP_SHOWN_FOR, LAG_PERIOD = Seconds(15 * MINUTE), Seconds(5 * MINUTE)
SUSPICIOUS_PERIOD, DEAD_LETTER_PERIOD = HOUR, DAY
# Seconds for which a symptom must last before it fires; a restart needs time to catch up.
PENDING_SECONDS: Mapping[Symptom, Seconds] = {
    Symptom.OVERDUE: Seconds(2 * MINUTE),
    Symptom.LAG: Seconds(30.0),
}
# Daemons that share a database have a clock, a disk and loops of their own.
PER_MACHINE_SYMPTOMS = frozenset({Symptom.DISK, Symptom.CLOCK, Symptom.LAG, Symptom.SUSPICIOUS})


class OverdueSearch(NamedTuple):
    """The most overdue search relative to its cadence, and how many searches exceed the limit."""

    query: str
    late: Seconds
    cadence: Seconds
    searches: int


class UnrecordedPolls(NamedTuple):
    """The search with the most polls in a row that could not be recorded, and how many searches have some."""

    query: str
    polls: int
    searches: int


class OutboxBacklog(NamedTuple):
    """Due messages that are not delivered; `oldest` is when the oldest was created."""

    messages: int
    oldest: Instant


class RecentDeadLetters(NamedTuple):
    """Messages refused for good in the last day; destination and reason of the newest."""

    messages: int
    to: str
    why: str


class QuotaLevel(NamedTuple):
    """A quota: calls used, calls that polls may use (`bound`), and all calls, in its window.

    `bound` is all calls if the API is never polled.

    `limit` is what is `configured`, or what the provider has `granted` if that is less; None is unknown.
    """

    used: int
    bound: int
    limit: int
    start: Instant
    end: Instant
    configured: int | None = None
    granted: int | None = None

    @property
    def is_cut(self) -> bool:
        """Whether the provider grants fewer calls than are configured."""
        return self.configured is not None and self.limit < self.configured


def quota_level(
    api: Api, configured: int, used: int, now: Instant, *, interactive: int = 0, granted: int | None = None
) -> QuotaLevel:
    """Return the level of a quota: in the window of `now`, `used` calls were made, some `interactive`."""
    window, limit = quota_window(api, now), effective_limit(configured, granted)
    kept = unreleased(window, now)
    bound = poll_bound(limit, interactive, kept) if api.facts.is_price_source else limit
    return QuotaLevel(used, bound, limit, window.start, window.end, configured, granted)


class DiskSpace(NamedTuple):
    """Free and total bytes of the database's disk."""

    free: int
    size: int


class SuspiciousAnswers(NamedTuple):
    """Answers of the last hour, and how many of them were suspicious."""

    answers: int
    suspicious: int


class ClockJump(NamedTuple):
    """The last clock jump: when it was noticed, and by how many seconds (negative: back)."""

    at: Instant
    seconds: Seconds


@dataclass(frozen=True, slots=True)
class Readings:
    """The measurements; None if not measured. The first four are None if there is nothing of that kind.

    `clock_skew`: seconds by which the clock is ahead of the database server's while that is too much, else 0.
    """

    overdue: OverdueSearch | None = None
    unrecorded: UnrecordedPolls | None = None
    backlog: OutboxBacklog | None = None
    dead_letters: RecentDeadLetters | None = None
    quotas: Mapping[Api, QuotaLevel] = field(default_factory=dict)
    disk: DiskSpace | None = None
    suspicious: SuspiciousAnswers = SuspiciousAnswers(0, 0)
    jump: ClockJump | None = None
    clock_skew: Seconds = Seconds(0.0)
    lag: Seconds | None = None


class CheckFinding(NamedTuple):
    """The result of one check."""

    api: str
    symptom: Symptom
    signal: Signal
    description: IncidentDescription

    def describe(self) -> IncidentDescription:
        """Return the text of the message."""
        return self.description


def run_self_checks(
    readings: Readings, limits: Thresholds, now: Instant, machine: str = SELF_SUBJECT
) -> Iterator[CheckFinding]:
    """Run every check. `machine` is the subject of the checks that each daemon makes for itself."""
    yield _overdue(readings.overdue, limits, now)
    yield _unrecorded(readings.unrecorded, now)
    yield _outbox(readings.backlog, limits, now)
    yield _dead_letters(readings.dead_letters, now)
    for api, level in readings.quotas.items():
        yield _quota(api, level, limits, now)
    if readings.disk is not None:
        yield _disk(readings.disk, limits, now, machine)
    yield _suspicious(readings.suspicious, limits, now, machine)
    yield _clock(readings, limits, now, machine)
    if readings.lag is not None:
        yield _lag(readings.lag, limits, now, machine)


def unused_subject_finding(api: str, symptom: Symptom) -> CheckFinding:
    """Return a finding that ends the incident of a subject that is no longer configured."""
    name, title = Api(api).facts.name if api in set(Api) else api, f"the {symptom.replace('-', ' ')} incident"
    return CheckFinding(
        api,
        symptom,
        Signal(over=True),
        IncidentDescription(name, title, "it is no longer used", "it is no longer used"),
    )


class PendingSignals:
    """Delays signals until their symptom has lasted for its `PENDING_SECONDS`."""

    def __init__(self) -> None:
        self._bad_since: dict[tuple[str, str], Instant] = {}

    def filter(self, finding: CheckFinding, now: Instant) -> Signal:
        """Return the signal, without its start while that is too recent."""
        key, signal = (finding.api, finding.symptom), finding.signal
        if signal.since is None:
            self._bad_since.pop(key, None)
            return signal
        since = self._bad_since.get(key, now)
        self._bad_since[key] = since = min(since, now)  # the clock may have been set back
        return (
            signal if now - since >= PENDING_SECONDS.get(finding.symptom, 0.0) else Signal(None, signal.over)
        )


def _finding(  # noqa: PLR0913 - passed by keyword
    symptom: Symptom,
    *,
    title: str,
    firing: str,
    resolved: str,
    effect: str,
    advice: str,
    since: Instant | None,
    over: bool,
    api: str = SELF_SUBJECT,
    name: str = "watcher",
) -> CheckFinding:
    description = IncidentDescription(name, title, firing, resolved, (), (("Effect", effect),), advice)
    return CheckFinding(api, symptom, Signal(since, over), description)


def _overdue(search: OverdueSearch | None, limits: Thresholds, now: Instant) -> CheckFinding:
    ratio = search.late / search.cadence if search else 0.0
    return _finding(
        Symptom.OVERDUE,
        title="the delay of watches",
        firing=f"{_count_is(search.searches, 'search', 'searches')} overdue; "
        f'"{search.query}" by {in_words(search.late)}, '
        f"at a cadence of {in_words(search.cadence)} (limit {limits.overdue:g} times that)"
        if search
        else "",
        resolved="every search is polled on time",
        effect="These watches get their alerts late.",
        advice="Run `watcher status`: a used-up quota or a failing eBay explains it. Otherwise raise "
        "`concurrency` in [polling], or `--every` of the most frequent watches.",
        since=now if ratio > limits.overdue else None,
        over=ratio <= limits.overdue / 2,
    )


def _unrecorded(found: UnrecordedPolls | None, now: Instant) -> CheckFinding:
    polls = found.polls if found else 0
    return _finding(
        Symptom.UNRECORDED,
        title="the run of polls that could not be recorded",
        firing=f'the last {count_of(polls, "poll")} of "{found.query}" could not be recorded '
        f"({_count_is(found.searches, 'search', 'searches')} affected)"
        if found
        else "",
        resolved="polls are recorded again",
        effect="These searches send no alert; each is tried again at growing intervals.",
        advice="The log names the error of each poll. `watcher check` tests the database. If one search is "
        "affected, its answer has something that watcher cannot store: please report it.",
        since=now if polls >= MIN_UNRECORDED_POLLS else None,
        over=polls < MIN_UNRECORDED_POLLS,
    )


def _outbox(backlog: OutboxBacklog | None, limits: Thresholds, now: Instant) -> CheckFinding:
    age = now - backlog.oldest if backlog else 0.0
    messages = backlog.messages if backlog else 0
    return _finding(
        Symptom.OUTBOX,
        title="the outbox backlog",
        firing=f"{_count_is(messages, 'message')} waiting, the oldest for {in_words(age)} "
        f"(limit {in_words(limits.outbox)})",
        resolved="messages are sent again",
        effect="Alerts are delayed; none is lost.",
        advice="Run `watcher check --send` and `watcher status`. Check Slack, the webhook and the network. "
        "Waiting messages are then sent in order without further action.",
        since=Instant(now - age) if age > limits.outbox else None,
        over=age <= limits.outbox / 2,
    )


def _dead_letters(dead: RecentDeadLetters | None, now: Instant) -> CheckFinding:
    return _finding(
        Symptom.DEAD_LETTERS,
        title="the run of refused messages",
        firing=f"{_count_is(dead.messages, 'message')} refused for good; the last to {dead.to}: {dead.why}"
        if dead
        else "",
        resolved=f"no message was refused within {in_words(DEAD_LETTER_PERIOD)}",
        effect="These messages were not delivered.",
        advice="Run `watcher status` to see what was refused and why, and fix the webhook or channel. "
        "The messages are sent once the destination accepts them again.",
        since=now if dead else None,
        over=dead is None,
    )


def _quota(api: Api, level: QuotaLevel, limits: Thresholds, now: Instant) -> CheckFinding:
    calls_left, time_share = level.bound - level.used, (level.end - now) / (level.end - level.start)
    call_share = calls_left / level.bound if level.bound else 1.0
    # Polls use up the calls of a window, and not before its last minutes.
    exhausted = level.used >= level.limit > 0 and time_share > _USUAL_END
    polls_exhausted = calls_left <= 0 < level.bound and time_share > limits.quota
    low = call_share < limits.quota and time_share > 2 * limits.quota
    until = f"until {iso(level.end)} ({in_words(level.end - now)})"
    used = f"{level.used} of {level.limit} calls are used"
    if exhausted:
        firing = f"the quota is used up {until}: {used}"
    elif polls_exhausted:
        firing = f"the quota for polls is used up {until}: {used}, the rest is reserved for interactive use"
    else:
        left = max(0, calls_left)
        are = plural_of(left, "is", "are")
        use = " for polls" if api.facts.is_price_source else ""
        firing = f"the quota is nearly used up: {used}, {left} {are} left{use} {until}"
    return _finding(
        Symptom.QUOTA,
        api=api,
        name=api.facts.name,
        title="the quota shortage",
        firing=firing,
        resolved=used,
        effect=api.facts.quota_effect,
        advice=api.facts.quota_advice,
        since=now if exhausted or polls_exhausted or low else None,
        over=not exhausted and call_share >= 2 * limits.quota,
    )


def _disk(disk: DiskSpace, limits: Thresholds, now: Instant, machine: str) -> CheckFinding:
    share = disk.free / disk.size
    free = f"{_size(disk.free)} of {_size(disk.size)} are free ({share * 100:.3g} %"
    return _finding(
        Symptom.DISK,
        api=machine,
        title="the shortage of disk space",
        firing=f"the database's disk is nearly full: {free}, limit {limits.disk * 100:.3g} %)",
        resolved=f"{free})",
        effect="On a full disk nothing can be written: no polls, no alerts.",
        advice="Free disk space. `watcher db prune` deletes expired data; [retention] sets the periods.",
        since=now if share < limits.disk else None,
        over=share >= 1.2 * limits.disk,
    )


def _suspicious(counts: SuspiciousAnswers, limits: Thresholds, now: Instant, machine: str) -> CheckFinding:
    share = counts.suspicious / counts.answers if counts.answers else 0.0
    enough = counts.suspicious >= MIN_SUSPICIOUS_ANSWERS
    period = in_words(SUSPICIOUS_PERIOD)
    summary = f"{counts.suspicious} of {counts.answers} answers in the last {period} were suspicious"
    return _finding(
        Symptom.SUSPICIOUS,
        api=machine,
        title="the run of suspicious answers",
        firing=f"{summary}: empty, much shorter, or with prices off by a factor of ten "
        f"(limit {limits.suspicious * 100:.3g} %)",
        resolved=summary,
        effect="A suspicious answer is read again and sends no alert until a second one confirms it.",
        advice="Compare a search on eBay itself with `watcher comps`. If eBay's answers are wrong, wait; "
        "if they have changed for good, update watcher.",
        since=now if enough and share > limits.suspicious else None,
        over=not enough or share <= limits.suspicious / 2,
    )


def _clock(readings: Readings, limits: Thresholds, now: Instant, machine: str) -> CheckFinding:
    jump, skew, firing, since = readings.jump, readings.clock_skew, "", None
    recent = jump is not None and 0 <= now - jump.at < CLOCK_JUMP_SHOWN_FOR
    effect = "Due times, ages and quota days were off by that much; due searches are polled once."
    if skew:
        firing = (
            f"the clock is {in_words(abs(skew))} {'ahead of' if skew > 0 else 'behind'} the database server's"
        )
        effect, since = "This daemon polls and sends nothing until the clocks agree; others continue.", now
    elif jump is not None:
        direction = "forward" if jump.seconds > 0 else "back"
        firing = (
            f"the clock jumped {in_words(abs(jump.seconds))} {direction} at {iso(jump.at)} "
            f"(limit {in_words(limits.clock)})"
        )
        since = jump.at if recent else None
    return _finding(
        Symptom.CLOCK,
        api=machine,
        title="the clock problem",
        firing=firing,
        resolved="the clock is correct",
        effect=effect,
        advice="The machine may have slept, or a virtual machine moved. "
        "Otherwise check time synchronization (NTP).",
        since=since,
        over=not recent and not skew,
    )


def _lag(lag: Seconds, limits: Thresholds, now: Instant, machine: str) -> CheckFinding:
    return _finding(
        Symptom.LAG,
        api=machine,
        title="the scheduler lag",
        firing=f"rounds started up to {lag:.3g} s late in the last {in_words(LAG_PERIOD)} "
        f"(limit {limits.lag:g} s)",
        resolved=f"at most {lag:.3g} s late in the last {in_words(LAG_PERIOD)}",
        effect="Polls and alerts are delayed by as much.",
        advice="Check CPU, memory and disk of the machine, or lower `concurrency` in [polling].",
        since=now if lag > limits.lag else None,
        over=lag <= limits.lag / 2,
    )


def _count_is(n: int, noun: str, plural: str = "") -> str:
    return f"{count_of(n, noun, plural)} {plural_of(n, 'is', 'are')}"


def _size(n: int) -> str:
    return f"{n / 1e9:.3g} GB" if n >= 10**9 else f"{n / 1e6:.3g} MB"
