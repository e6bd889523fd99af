"""What can be wrong with watcher itself: a rule for each symptom, its limit, and what to do.

Pure: readings come in, findings go out. What could not be read is no finding: no data is not failure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from watcher.core.errors import Api
from watcher.core.monitoring.incident_messages import Telling
from watcher.core.monitoring.incidents import SUBJECT, Sign, Symptom
from watcher.core.times import DAY, HOUR, MINUTE, Instant, Seconds, in_words, iso

LEAST_DOUBTED = 5
# A jump is told for so long; lag is the worst of the same time.
CLOCK_FOR, LAG_OVER = Seconds(15 * MINUTE), Seconds(5 * MINUTE)
DOUBTS_OVER, DEAD_FOR = HOUR, DAY
# Bad for so long before it is told: a restart catches up first.
HOLDS: Mapping[Symptom, Seconds] = {Symptom.OVERDUE: Seconds(2 * MINUTE), Symptom.LAG: Seconds(30.0)}
# With one daemon for each database this is one; several daemons have a clock, a disk and a loop each.
OF_THE_MACHINE = frozenset({Symptom.DISK, Symptom.CLOCK, Symptom.LAG, Symptom.SUSPICIOUS})


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfCheckLimits:
    """`[alerts]` of the configuration, for watcher itself: shares of 1, lengths in seconds."""

    overdue: float
    outbox: Seconds
    quota: float
    disk: float
    suspicious: float
    clock: Seconds
    lag: Seconds


class Late(NamedTuple):
    """The search that is latest for its cadence, and how many are later than the limit."""

    query: str
    late: Seconds
    cadence: Seconds
    searches: int


class OutboxBacklog(NamedTuple):
    """Messages that are due and not delivered; `oldest`: when the oldest was made."""

    messages: int
    oldest: Instant


class Dead(NamedTuple):
    """Messages that were refused for good in the last day; why, of the newest."""

    messages: int
    to: str
    why: str


class QuotaLevel(NamedTuple):
    """A quota: calls used, calls that polls may use (`bound`), calls in all, within its window."""

    used: int
    bound: int
    limit: int
    start: Instant
    end: Instant


class Room(NamedTuple):
    """Bytes that are free on the database's disk, of how many."""

    free: int
    size: int


class Doubted(NamedTuple):
    """Answers of the last hour, and those that were hard to believe."""

    answers: int
    doubted: int


class Jump(NamedTuple):
    """The clock moved by so many seconds against the time that passed; the last time that it did."""

    at: Instant
    seconds: Seconds


@dataclass(frozen=True, slots=True)
class Readings:
    """What was measured; None where it was not. `late`, `waiting`, `dead` are None where nothing is.

    `off`: by how many seconds the clock is ahead of the database server's, while that is too much, else 0.
    """

    late: Late | None = None
    waiting: OutboxBacklog | None = None
    dead: Dead | None = None
    quotas: Mapping[Api, QuotaLevel] = field(default_factory=dict)
    room: Room | None = None
    doubted: Doubted = Doubted(0, 0)
    jump: Jump | None = None
    off: Seconds = Seconds(0.0)
    lag: Seconds | None = None


class CheckFinding(NamedTuple):
    """What one rule says."""

    api: str
    symptom: Symptom
    sign: Sign
    telling: Telling

    def tell(self) -> Telling:
        """What there is to say."""
        return self.telling


def findings(
    readings: Readings, limits: SelfCheckLimits, now: Instant, machine: str = SUBJECT
) -> Sequence[CheckFinding]:
    """What every rule says of the readings. `machine`: the subject of what each daemon has for itself."""
    return list(_findings(readings, limits, now, machine))


def unused(api: str, symptom: Symptom) -> CheckFinding:
    """What ends an incident of something that the configuration has no more; else it would last for ever."""
    name, title = Api(api).facts.name if api in set(Api) else api, f"the {symptom.replace('-', ' ')} incident"
    return CheckFinding(
        api, symptom, Sign(over=True), Telling(name, title, "it is used no more", "it is used no more")
    )


class Hold:
    """Lets a sign through when it has been bad for as long as its symptom has to be."""

    def __init__(self) -> None:
        self._bad_since: dict[tuple[str, str], Instant] = {}

    def held(self, finding: CheckFinding, now: Instant) -> Sign:
        """The sign, without its beginning while that is too young. A clock that was set back begins anew."""
        key, sign = (finding.api, finding.symptom), finding.sign
        if sign.since is None:
            self._bad_since.pop(key, None)
            return sign
        since = self._bad_since.get(key, now)
        self._bad_since[key] = since = min(since, now)
        return sign if now - since >= HOLDS.get(finding.symptom, 0.0) else Sign(None, sign.over)


def _findings(
    readings: Readings, limits: SelfCheckLimits, now: Instant, machine: str
) -> Iterator[CheckFinding]:
    yield _overdue(readings.late, limits, now)
    yield _outbox(readings.waiting, limits, now)
    yield _dead(readings.dead, now)
    for api, level in readings.quotas.items():
        yield _quota(api, level, limits, now)
    if readings.room is not None:
        yield _disk(readings.room, limits, now, machine)
    yield _suspicious(readings.doubted, limits, now, machine)
    yield _clock(readings, limits, now, machine)
    if readings.lag is not None:
        yield _lag(readings.lag, limits, now, machine)


def _finding(  # noqa: PLR0913 - one rule's parts, by name
    symptom: Symptom,
    *,
    title: str,
    bad: str,
    good: str,
    effect: str,
    advice: str,
    since: Instant | None,
    over: bool,
    api: str = SUBJECT,
    name: str = "watcher",
) -> CheckFinding:
    telling = Telling(name, title, bad, good, (), (("Effect", effect),), advice)
    return CheckFinding(api, symptom, Sign(since, over), telling)


def _overdue(late: Late | None, limits: SelfCheckLimits, now: Instant) -> CheckFinding:
    ratio = late.late / late.cadence if late else 0.0
    bad = ""
    if late:
        bad = (
            f'{_many(late.searches, "search", "searches")} overdue; "{late.query}" by {in_words(late.late)}, '
            f"at a cadence of {in_words(late.cadence)} (limit {limits.overdue:g} times that)"
        )
    return _finding(
        Symptom.OVERDUE,
        title="the delay of watches",
        bad=bad,
        good="every search is polled in its time",
        effect="Those watches see their market late.",
        advice="Run `watcher status`: if the quota is gone or eBay fails, that is why. Else raise "
        "`concurrency` in [polling], or `--every` of the most frequent watches.",
        since=now if ratio > limits.overdue else None,
        over=ratio <= limits.overdue / 2,
    )


def _outbox(waiting: OutboxBacklog | None, limits: SelfCheckLimits, now: Instant) -> CheckFinding:
    age = now - waiting.oldest if waiting else 0.0
    messages = waiting.messages if waiting else 0
    return _finding(
        Symptom.OUTBOX,
        title="the jam in the outbox",
        bad=f"{_many(messages, 'message')} waiting, the oldest for {in_words(age)} "
        f"(limit {in_words(limits.outbox)})",
        good="messages go out again",
        effect="Alerts reach nobody for now; none is lost.",
        advice="Run `watcher check --send` and `watcher status`: is Slack up, is the webhook right, is the "
        "network? They go out in order by themselves.",
        since=Instant(now - age) if age > limits.outbox else None,
        over=age <= limits.outbox / 2,
    )


def _dead(dead: Dead | None, now: Instant) -> CheckFinding:
    bad = ""
    if dead:
        bad = f"{_many(dead.messages, 'message')} refused for good; the last to {dead.to}: {dead.why}"
    return _finding(
        Symptom.DEAD_LETTERS,
        title="the refusal of messages",
        bad=bad,
        good=f"none was refused in the last {in_words(DEAD_FOR)}",
        effect="Those messages reached nobody.",
        advice="Run `watcher status` for what was refused and why, and put the webhook or channel right. "
        "When the destination takes messages again, they are sent.",
        since=now if dead else None,
        over=dead is None,
    )


def _quota(api: Api, level: QuotaLevel, limits: SelfCheckLimits, now: Instant) -> CheckFinding:
    left, time = level.bound - level.used, (level.end - now) / (level.end - level.start)
    share = left / level.bound if level.bound else 1.0
    all_gone = level.used >= level.limit > 0
    gone = left <= 0 < level.bound and time > limits.quota
    low = share < limits.quota and time > 2 * limits.quota
    until = f"until {iso(level.end)} ({in_words(level.end - now)})"
    used = f"{level.used} of {level.limit} calls are used"
    if all_gone:
        bad = f"the quota is gone {until}: {used}"
    elif gone:
        bad = f"the quota is gone for polls {until}: {used}, the rest is kept for people"
    else:
        bad = f"the quota is nearly gone: {used}, {max(0, left)} are left for polls {until}"
    return _finding(
        Symptom.QUOTA,
        api=api,
        name=api.facts.name,
        title="the want of quota",
        bad=bad,
        good=used,
        effect="Searches wait until it is given anew; comps come from the cache with their age.",
        advice="Poll less often (`--every`, fewer watches), or ask the provider for more and raise the "
        "quota in config.toml. Do other programs use the same keys?",
        since=now if all_gone or gone or low else None,
        over=not all_gone and share >= 2 * limits.quota,
    )


def _disk(room: Room, limits: SelfCheckLimits, now: Instant, machine: str) -> CheckFinding:
    share = room.free / room.size
    free = f"{_size(room.free)} of {_size(room.size)} are free ({share * 100:.3g} %"
    return _finding(
        Symptom.DISK,
        api=machine,
        title="the lack of disk space",
        bad=f"the database's disk is nearly full: {free}, limit {limits.disk * 100:.3g} %)",
        good=f"{free})",
        effect="When it is full nothing can be written: no poll, no alert.",
        advice="Free some. `watcher db prune` drops what is past its age; [retention] says what is kept.",
        since=now if share < limits.disk else None,
        over=share >= 1.2 * limits.disk,
    )


def _suspicious(doubted: Doubted, limits: SelfCheckLimits, now: Instant, machine: str) -> CheckFinding:
    share = doubted.doubted / doubted.answers if doubted.answers else 0.0
    many = doubted.doubted >= LEAST_DOUBTED
    told = f"{doubted.doubted} of {_many(doubted.answers, 'answer')} in the last {in_words(DOUBTS_OVER)}"
    return _finding(
        Symptom.SUSPICIOUS,
        api=machine,
        title="the run of answers that are hard to believe",
        bad=f"{told} hard to believe: empty, shrunk, or with prices ten times off "
        f"(limit {limits.suspicious * 100:.3g} %)",
        good=f"{told} were doubted",
        effect="A doubted answer is read again and alerts nobody until a second one is like it.",
        advice="Look at a search on eBay itself: does it show what `watcher comps` shows? If eBay answers "
        "wrongly, wait; if its answers have changed for good, update watcher.",
        since=now if many and share > limits.suspicious else None,
        over=not many or share <= limits.suspicious / 2,
    )


def _clock(readings: Readings, limits: SelfCheckLimits, now: Instant, machine: str) -> CheckFinding:
    jump, off, bad, since = readings.jump, readings.off, "", None
    lately = jump is not None and 0 <= now - jump.at < CLOCK_FOR
    effect = "Due times, ages and quota days were off by that much; what was due is polled once."
    if off:
        bad = f"the clock is {in_words(abs(off))} {'ahead of' if off > 0 else 'behind'} the database server's"
        effect, since = "This daemon polls and sends nothing until they agree; others go on.", now
    elif jump is not None:
        way = "forward" if jump.seconds > 0 else "back"
        bad = (
            f"the clock jumped {in_words(abs(jump.seconds))} {way} at {iso(jump.at)} "
            f"(limit {in_words(limits.clock)})"
        )
        since = jump.at if lately else None
    return _finding(
        Symptom.CLOCK,
        api=machine,
        title="the unrest of the clock",
        bad=bad,
        good="it keeps time",
        effect=effect,
        advice="Did the machine sleep, or a virtual machine move? Else see that its time is kept (NTP).",
        since=since,
        over=not lately and not off,
    )


def _lag(lag: Seconds, limits: SelfCheckLimits, now: Instant, machine: str) -> CheckFinding:
    return _finding(
        Symptom.LAG,
        api=machine,
        title="the lag of the scheduler",
        bad=f"rounds came up to {lag:.3g} s late in the last {in_words(LAG_OVER)} (limit {limits.lag:g} s)",
        good=f"at most {lag:.3g} s late in the last {in_words(LAG_OVER)}",
        effect="Polls and alerts are late by as much.",
        advice="Is the machine out of CPU or memory, or its disk slow? Lower `concurrency` in [polling].",
        since=now if lag > limits.lag else None,
        over=lag <= limits.lag / 2,
    )


def _many(n: int, what: str, plural: str = "") -> str:
    return f"{n} {what if n == 1 else plural or what + 's'} {'is' if n == 1 else 'are'}"


def _size(n: int) -> str:
    return f"{n / 1e9:.3g} GB" if n >= 10**9 else f"{n / 1e6:.3g} MB"
