from __future__ import annotations

import numpy as np
import pytest

from tests.bench.quota import Part, measure
from tests.bench.quota_loop import Loop
from tests.bench.quota_market import Setting, build_market
from tests.bench.quota_policies import by_square_root, clairvoyant, in_turn, score
from tests.bench.quota_real import real_figures, real_table
from tests.bench.quota_report import deciles, table
from watcher.core.cadence.call_plan import Objective

SETTING = Setting(searches=60, life=2 / 24, seed=101, days=3)


def test_the_clairvoyant_catches_most() -> None:
    market = build_market(SETTING)
    caught = [
        score(market, policy(market, 400)).share_caught(2, 2)
        for policy in (in_turn, by_square_root, clairvoyant)
    ]
    assert caught == sorted(caught)


def test_expected_scores_are_those_of_polls_in_turn() -> None:
    market = build_market(SETTING)
    found = score(market, in_turn(market, 400))
    interval = np.full(60, 60 / 400)
    expected = np.average(market.alive(interval) / interval, weights=market.values())
    assert found.share_caught(2, 2) == pytest.approx(expected, rel=0.03)
    assert found.mean_delay(2, 2) == pytest.approx(30 / 400, rel=0.03)


def test_a_run_is_the_same_every_time_and_keeps_its_calls() -> None:
    runs = [Loop(build_market(SETTING), 400, Objective.ALIVE).run(2) for _ in range(2)]
    assert (runs[0].polls.ends == runs[1].polls.ends).all()
    assert all(396 <= calls <= 400 for calls in runs[0].calls.values())
    assert runs[0].worst_wait <= 1


def test_the_table_says_whether_targets_are_met(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.bench.quota.CALLS", 400)
    part = Part((SETTING,), Objective.ALIVE)
    found = measure(part, SETTING)
    text = table({"alive-60": [found]})
    assert "60 searches, objective alive" in text
    assert "of each day's calls: PASS" in text


def test_poller_and_store_make_the_polls_of_the_loop() -> None:
    figures = real_figures(Setting(searches=24, life=2 / 24, seed=101, days=1), 100)
    assert figures["loop"] == 100
    assert real_table(figures).endswith("PASS"), figures["first"]


def test_first_different_poll_is_named() -> None:
    figures = {"searches": 24, "days": 1, "seed": 1, "loop": 3, "poller": 2, "same": 2, "seconds": [1, 2]}
    text = real_table(figures | {"first": [(7, 60.0), None]})
    assert "poll 2: the loop makes search 7 after 60 s" in text
    assert "the poller makes no more polls" in text
    assert text.endswith("MISSED")


def test_promises_are_checked_in_groups_of_equal_weight() -> None:
    steps = [[1.0, 0.1, 0.2], [9.0, 8.1, 7.2]]
    assert list(deciles(steps)) == pytest.approx([0.1] + [-0.1] * 9)
    assert list(deciles([[10.0, 5.0, 5.0]])) == pytest.approx([0.0] * 10)
