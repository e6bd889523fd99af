"""The life of an incident: start, flapping, reminders, silences, acknowledgement and end."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from watcher.core.monitoring.incidents import (
    FLAPPING_WINDOW,
    STABLE_PERIOD,
    Incident,
    Phase,
    Signal,
    State,
    Transition,
    advance_incident,
    open_incident,
    report_withheld_end,
)
from watcher.core.times import HOUR, MINUTE, Instant, Seconds

FIRING, REMINDER, RESOLVED = Phase.FIRING, Phase.REMINDER, Phase.RESOLVED
REPEAT = Seconds(4 * HOUR)
STARTED = Signal(Instant(0.0))
NEITHER, OVER = Signal(), Signal(over=True)


class IncidentCase:
    """One kind of incident over simulated time, and the messages about it."""

    def __init__(self, repeat: Seconds = REPEAT) -> None:
        self.now = Instant(1_000_000.0)
        self.repeat = repeat
        self.open: Incident | None = None
        self.ended: list[Incident] = []
        self.messages: list[tuple[float, Phase]] = []
        self.phases_of: dict[str, list[Phase]] = {}
        self.silenced = False

    def evaluate(self, signal: Signal, after: float = 0.0) -> Phase | None:
        """Apply a signal `after` seconds; return the phase of the message, if any."""
        self.now = Instant(self.now + after)
        before = len(self.messages)
        for ended in [i for i in self.ended if i.withheld]:
            if transition := report_withheld_end(ended, silenced=self.silenced):
                self.ended[self.ended.index(ended)] = transition.after
                self._record(transition)
        past = [i for i in self.ended if (i.resolved_at or 0) > self.now - FLAPPING_WINDOW]
        transition = None
        if self.open is not None:
            transition = advance_incident(
                self.open, signal, past, self.now, repeat=self.repeat, silenced=self.silenced
            )
        elif signal.since is not None:
            transition = open_incident(
                "ebay", "latency", signal.since, past, self.now, silenced=self.silenced
            )
        if transition is not None:
            self._record(transition)
            self.open = transition.after if transition.after.resolved_at is None else None
            if self.open is None:
                self.ended.append(transition.after)
        return self.messages[-1][1] if len(self.messages) > before else None

    def wait(self, seconds: float, signal: Signal = NEITHER, every: float = 60.0) -> list[Phase]:
        """Apply one signal for `seconds`, `every` seconds apart; return the phases of messages."""
        before = len(self.messages)
        for _ in range(round(seconds / every)):
            self.evaluate(signal, every)
        return [phase for _, phase in self.messages[before:]]

    def _record(self, transition: Transition) -> None:
        if transition.phase is not None:
            self.messages.append((self.now, transition.phase))
            self.phases_of.setdefault(transition.after.id, []).append(transition.phase)


def open_case() -> IncidentCase:
    case = IncidentCase()
    assert case.evaluate(STARTED) is FIRING
    return case


def test_the_start_of_an_incident_is_reported_once() -> None:
    assert open_case().wait(HOUR, STARTED) == []


def test_nothing_changes_between_the_start_and_end_thresholds() -> None:
    assert open_case().wait(HOUR, NEITHER) == []
    assert IncidentCase().wait(HOUR, NEITHER) == []


def test_the_end_of_an_incident_is_reported_once_with_its_times() -> None:
    case = open_case()
    assert case.evaluate(OVER, 90) is RESOLVED
    (ended,) = case.ended
    assert (ended.ended_at - ended.fired_at, ended.resolved_at) == (90, case.now)
    assert case.wait(HOUR, OVER) == []


def test_an_ongoing_incident_is_repeated_every_four_hours() -> None:
    case = open_case()
    assert case.wait(4 * HOUR - 60) == []
    assert case.wait(60) == [REMINDER]
    assert case.wait(8 * HOUR) == [REMINDER, REMINDER]


def test_a_repeat_of_zero_means_no_reminders() -> None:
    case = IncidentCase(Seconds(0.0))
    case.evaluate(STARTED)
    assert case.wait(30 * HOUR, STARTED, 600) == []


def test_an_acknowledged_incident_reports_only_its_end() -> None:
    case = open_case()
    assert case.open is not None
    case.open = case.open._replace(acked_at=case.now, acked_by="ann")
    assert case.wait(20 * HOUR, STARTED, 600) == []
    assert case.evaluate(OVER, 60) is RESOLVED


# flapping


def test_the_third_change_in_half_an_hour_starts_flapping() -> None:
    case = open_case()
    assert case.evaluate(OVER, 60) is RESOLVED
    assert case.evaluate(STARTED, 60) is FIRING
    assert case.open is not None
    assert (case.open.state, case.open.changes) == (State.FLAPPING, 3)
    assert case.evaluate(OVER, 60) is None
    assert case.evaluate(STARTED, 60) is None


def test_three_changes_in_more_than_half_an_hour_are_not_flapping() -> None:
    case = open_case()
    assert case.wait(FLAPPING_WINDOW, STARTED) == []
    assert case.evaluate(OVER) is RESOLVED
    assert case.evaluate(STARTED, 600) is FIRING
    assert case.open is not None
    assert not case.open.flapping


def test_a_third_change_that_is_an_end_is_reported_as_flapping() -> None:
    case = open_case()
    case.wait(20 * MINUTE, STARTED)
    case.evaluate(OVER, 60)
    case.wait(12 * MINUTE, OVER)
    assert case.evaluate(STARTED, 60) is FIRING
    assert case.evaluate(OVER, 60) is REMINDER
    assert case.open is not None
    assert case.open.flapping
    assert case.wait(STABLE_PERIOD, OVER) == [RESOLVED]


def test_a_flapping_incident_sends_nothing_until_stable_for_15_minutes() -> None:
    case = open_case()
    case.evaluate(OVER, 60)
    case.evaluate(STARTED, 60)
    for _ in range(10):
        assert case.wait(14 * MINUTE, OVER) == []
        assert case.evaluate(STARTED, 60) is None
    case.evaluate(OVER, 60)
    changed = case.now
    assert case.wait(STABLE_PERIOD, OVER) == [RESOLVED]
    assert case.ended[-1].ended_at == changed


def test_a_flapping_incident_that_stays_bad_is_reported_as_ongoing() -> None:
    case = open_case()
    case.evaluate(OVER, 60)
    case.evaluate(STARTED, 60)
    assert case.wait(STABLE_PERIOD, STARTED) == [REMINDER]
    assert case.open is not None
    assert not case.open.flapping


def test_a_thousand_toggles_in_an_hour_are_three_messages() -> None:
    case = IncidentCase()
    for n in range(1000):
        case.evaluate(OVER if n % 2 else STARTED, 3.6)
    assert [phase for _, phase in case.messages] == [FIRING, RESOLVED, FIRING]
    assert case.wait(HOUR, OVER) == [RESOLVED]


# silences


def test_an_incident_that_outlasts_its_silence_is_reported_once() -> None:
    case = IncidentCase()
    case.silenced = True
    assert case.evaluate(STARTED) is None
    assert case.open is not None
    assert case.wait(9 * HOUR, STARTED) == []
    case.silenced = False
    assert case.wait(HOUR, STARTED) == [FIRING]


def test_an_incident_from_before_a_silence_is_repeated_after_it() -> None:
    case = open_case()
    case.silenced = True
    assert case.wait(9 * HOUR, STARTED) == []
    case.silenced = False
    assert case.wait(HOUR, STARTED) == [REMINDER]


def test_an_incident_within_a_silence_is_not_reported() -> None:
    case = IncidentCase()
    case.silenced = True
    case.evaluate(STARTED)
    case.evaluate(OVER, 600)
    case.silenced = False
    assert case.wait(HOUR, OVER) == []


def test_an_end_during_a_silence_is_reported_after_it() -> None:
    case = open_case()
    case.silenced = True
    assert case.evaluate(OVER, 600) is None
    ended = case.now
    case.wait(HOUR, OVER)
    case.silenced = False
    assert case.wait(HOUR, OVER) == [RESOLVED]
    assert case.ended[-1].ended_at == ended


def test_an_end_during_a_silence_does_not_hide_the_next_start() -> None:
    case = open_case()
    case.silenced = True
    case.evaluate(OVER, 600)
    case.wait(HOUR, OVER)
    case.silenced = False
    assert case.evaluate(STARTED, 60) is FIRING
    assert [phase for _, phase in case.messages] == [FIRING, RESOLVED, FIRING]


def test_an_incident_that_ends_with_its_silence_is_not_reported() -> None:
    case = IncidentCase()
    case.silenced = True
    case.evaluate(STARTED)
    case.silenced = False
    assert case.evaluate(OVER, 60) is None


# clocks


def test_a_clock_that_is_set_back_repeats_nothing_and_keeps_reminders() -> None:
    case = open_case()
    case.now = Instant(case.now - 24 * HOUR)
    assert case.wait(4 * HOUR - 60, STARTED) == []
    assert case.wait(2 * MINUTE, STARTED) == [REMINDER]
    assert case.evaluate(OVER, 60) is RESOLVED
    assert case.ended[-1].ended_at >= case.ended[-1].since


def test_a_flapping_incident_survives_a_clock_that_is_set_back() -> None:
    case = open_case()
    case.evaluate(OVER, 60)
    case.evaluate(STARTED, 60)
    case.now = Instant(case.now - 24 * HOUR)
    assert case.wait(STABLE_PERIOD + 60, STARTED) == [REMINDER]


def test_an_incident_never_starts_in_the_future() -> None:
    transition = open_incident("ebay", "outage", Instant(500.0), (), Instant(400.0), silenced=False)
    assert transition.after.since == 400


signals = st.sampled_from([STARTED, STARTED, NEITHER, OVER, OVER])
steps = st.lists(
    st.tuples(st.sampled_from([5.0, 60.0, 600.0, 7200.0]), signals, st.booleans(), st.booleans()), max_size=60
)


@given(steps)
def test_messages_are_in_order_and_no_end_comes_without_a_start(
    history: list[tuple[float, Signal, bool, bool]],
) -> None:
    case = IncidentCase()
    for gap, signal, silent, ack in history:
        case.silenced = silent
        assert not (case.evaluate(signal, gap) and silent)
        if ack and case.open is not None:
            case.open = case.open._replace(acked_at=case.now)
    for phases in case.phases_of.values():
        assert phases[0] is FIRING
        assert phases.count(FIRING) == 1
        assert RESOLVED not in phases[:-1]
    for ended in case.ended:
        phases = case.phases_of.get(ended.id, [])
        assert (phases[-1:] == [RESOLVED]) == (bool(phases) and not ended.withheld)
