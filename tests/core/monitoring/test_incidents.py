"""The life of an incident: what begins, swings, lasts, is silenced, acknowledged, and ends."""

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
SINCE = Signal(Instant(0.0))
BETWEEN, OVER = Signal(), Signal(over=True)


class Case:
    """One kind of incident over simulated time, and what was said of it."""

    def __init__(self, repeat: Seconds = REPEAT) -> None:
        self.now = Instant(1_000_000.0)
        self.repeat = repeat
        self.open: Incident | None = None
        self.ended: list[Incident] = []
        self.said: list[tuple[float, Phase]] = []
        self.of_each: dict[str, list[Phase]] = {}
        self.silent = False

    def judge(self, sign: Signal, after: float = 0.0) -> Phase | None:
        """Judge so many seconds later; what was said."""
        self.now = Instant(self.now + after)
        before = len(self.said)
        for owing in [i for i in self.ended if i.owed]:
            if move := report_withheld_end(owing, silenced=self.silent):
                self.ended[self.ended.index(owing)] = move.after
                self._said(move)
        past = [i for i in self.ended if (i.resolved_at or 0) > self.now - FLAPPING_WINDOW]
        move = None
        if self.open is not None:
            move = advance_incident(self.open, sign, past, self.now, repeat=self.repeat, silenced=self.silent)
        elif sign.since is not None:
            move = open_incident("ebay", "latency", sign.since, past, self.now, silenced=self.silent)
        if move is not None:
            self._said(move)
            self.open = move.after if move.after.resolved_at is None else None
            if self.open is None:
                self.ended.append(move.after)
        return self.said[-1][1] if len(self.said) > before else None

    def wait(self, seconds: float, sign: Signal = BETWEEN, every: float = 60.0) -> list[Phase]:
        """Judge the same again and again; what was said."""
        before = len(self.said)
        for _ in range(round(seconds / every)):
            self.judge(sign, every)
        return [phase for _, phase in self.said[before:]]

    def _said(self, move: Transition) -> None:
        if move.phase is not None:
            self.said.append((self.now, move.phase))
            self.of_each.setdefault(move.after.id, []).append(move.phase)


def begun() -> Case:
    case = Case()
    assert case.judge(SINCE) is FIRING
    return case


def test_what_begins_is_told_once() -> None:
    assert begun().wait(HOUR, SINCE) == []


def test_between_the_limit_and_the_all_clear_nothing_changes() -> None:
    assert begun().wait(HOUR, BETWEEN) == []
    assert Case().wait(HOUR, BETWEEN) == []


def test_what_is_over_is_told_once_with_its_instants() -> None:
    case = begun()
    assert case.judge(OVER, 90) is RESOLVED
    (ended,) = case.ended
    assert (ended.ended_at - ended.fired_at, ended.resolved_at) == (90, case.now)
    assert case.wait(HOUR, OVER) == []


def test_what_lasts_is_told_again_every_four_hours() -> None:
    case = begun()
    assert case.wait(4 * HOUR - 60) == []
    assert case.wait(60) == [REMINDER]
    assert case.wait(8 * HOUR) == [REMINDER, REMINDER]


def test_a_repeat_of_zero_means_no_reminders() -> None:
    case = Case(Seconds(0.0))
    case.judge(SINCE)
    assert case.wait(30 * HOUR, SINCE, 600) == []


def test_an_acknowledged_incident_is_not_repeated_and_its_end_is_told() -> None:
    case = begun()
    assert case.open is not None
    case.open = case.open._replace(acked_at=case.now, acked_by="ann")
    assert case.wait(20 * HOUR, SINCE, 600) == []
    assert case.judge(OVER, 60) is RESOLVED


# flapping


def test_the_third_swing_within_half_an_hour_becomes_one_message() -> None:
    case = begun()
    assert case.judge(OVER, 60) is RESOLVED
    assert case.judge(SINCE, 60) is FIRING
    assert case.open is not None
    assert (case.open.state, case.open.swings) == (State.FLAPPING, 3)
    assert case.judge(OVER, 60) is None
    assert case.judge(SINCE, 60) is None


def test_three_swings_in_more_than_half_an_hour_are_three_messages() -> None:
    case = begun()
    assert case.wait(FLAPPING_WINDOW, SINCE) == []
    assert case.judge(OVER) is RESOLVED
    assert case.judge(SINCE, 600) is FIRING
    assert case.open is not None
    assert not case.open.flapping


def test_the_third_swing_may_be_an_end_and_is_told_as_coming_and_going() -> None:
    case = begun()
    case.wait(20 * MINUTE, SINCE)
    case.judge(OVER, 60)
    case.wait(12 * MINUTE, OVER)
    assert case.judge(SINCE, 60) is FIRING
    assert case.judge(OVER, 60) is REMINDER
    assert case.open is not None
    assert case.open.flapping
    assert case.wait(STABLE_PERIOD, OVER) == [RESOLVED]


def test_a_flapping_incident_is_quiet_until_it_is_stable_for_a_quarter_of_an_hour() -> None:
    case = begun()
    case.judge(OVER, 60)
    case.judge(SINCE, 60)
    for _ in range(10):
        assert case.wait(14 * MINUTE, OVER) == []
        assert case.judge(SINCE, 60) is None
    case.judge(OVER, 60)
    changed = case.now
    assert case.wait(STABLE_PERIOD, OVER) == [RESOLVED]
    assert case.ended[-1].ended_at == changed


def test_one_that_is_stable_and_bad_is_told_as_lasting_and_no_longer_flaps() -> None:
    case = begun()
    case.judge(OVER, 60)
    case.judge(SINCE, 60)
    assert case.wait(STABLE_PERIOD, SINCE) == [REMINDER]
    assert case.open is not None
    assert not case.open.flapping


def test_a_thousand_toggles_in_an_hour_are_three_messages() -> None:
    case = Case()
    for n in range(1000):
        case.judge(OVER if n % 2 else SINCE, 3.6)
    assert [phase for _, phase in case.said] == [FIRING, RESOLVED, FIRING]
    assert case.wait(HOUR, OVER) == [RESOLVED]


# silences


def test_a_silence_changes_no_state_and_what_still_fires_is_told_once_when_it_ends() -> None:
    case = Case()
    case.silent = True
    assert case.judge(SINCE) is None
    assert case.open is not None
    assert case.wait(9 * HOUR, SINCE) == []
    case.silent = False
    assert case.wait(HOUR, SINCE) == [FIRING]


def test_what_was_told_before_a_silence_is_told_once_more_when_it_ends() -> None:
    case = begun()
    case.silent = True
    assert case.wait(9 * HOUR, SINCE) == []
    case.silent = False
    assert case.wait(HOUR, SINCE) == [REMINDER]


def test_what_began_and_ended_in_a_silence_is_told_to_nobody() -> None:
    case = Case()
    case.silent = True
    case.judge(SINCE)
    case.judge(OVER, 600)
    case.silent = False
    assert case.wait(HOUR, OVER) == []


def test_the_end_of_what_was_told_is_told_when_the_silence_is_over() -> None:
    case = begun()
    case.silent = True
    assert case.judge(OVER, 600) is None
    ended = case.now
    case.wait(HOUR, OVER)
    case.silent = False
    assert case.wait(HOUR, OVER) == [RESOLVED]
    assert case.ended[-1].ended_at == ended


def test_an_end_in_a_silence_does_not_swallow_the_next_beginning() -> None:
    case = begun()
    case.silent = True
    case.judge(OVER, 600)
    case.wait(HOUR, OVER)
    case.silent = False
    assert case.judge(SINCE, 60) is FIRING
    assert [phase for _, phase in case.said] == [FIRING, RESOLVED, FIRING]


def test_what_ends_at_the_very_end_of_a_silence_that_hid_it_stays_untold() -> None:
    case = Case()
    case.silent = True
    case.judge(SINCE)
    case.silent = False
    assert case.judge(OVER, 60) is None


# clocks


def test_a_clock_that_is_set_back_repeats_nothing_and_reminders_go_on() -> None:
    case = begun()
    case.now = Instant(case.now - 24 * HOUR)
    assert case.wait(4 * HOUR - 60, SINCE) == []
    assert case.wait(2 * MINUTE, SINCE) == [REMINDER]
    assert case.judge(OVER, 60) is RESOLVED
    assert case.ended[-1].ended_at >= case.ended[-1].since


def test_a_flapping_incident_survives_a_clock_that_is_set_back() -> None:
    case = begun()
    case.judge(OVER, 60)
    case.judge(SINCE, 60)
    case.now = Instant(case.now - 24 * HOUR)
    assert case.wait(STABLE_PERIOD + 60, SINCE) == [REMINDER]


def test_since_is_never_in_the_future() -> None:
    move = open_incident("ebay", "outage", Instant(500.0), (), Instant(400.0), silenced=False)
    assert move.after.since == 400


signs = st.sampled_from([SINCE, SINCE, BETWEEN, OVER, OVER])
steps = st.lists(
    st.tuples(st.sampled_from([5.0, 60.0, 600.0, 7200.0]), signs, st.booleans(), st.booleans()), max_size=60
)


@given(steps)
def test_every_history_is_told_in_order_and_nobody_hears_of_an_end_without_a_beginning(
    history: list[tuple[float, Signal, bool, bool]],
) -> None:
    case = Case()
    for gap, sign, silent, ack in history:
        case.silent = silent
        assert not (case.judge(sign, gap) and silent)
        if ack and case.open is not None:
            case.open = case.open._replace(acked_at=case.now)
    for told in case.of_each.values():
        assert told[0] is FIRING
        assert told.count(FIRING) == 1
        assert RESOLVED not in told[:-1]
    for ended in case.ended:
        told = case.of_each.get(ended.id, [])
        assert (told[-1:] == [RESOLVED]) == (bool(told) and not ended.owed)
