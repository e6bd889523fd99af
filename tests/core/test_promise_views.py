"""What a watch can expect, as people and scripts read it."""

from __future__ import annotations

import pytest

from watcher.core.cadence.promise import Promise
from watcher.core.promise_check import PromiseCheck
from watcher.core.promise_views import (
    Expectation,
    promise_check_sentence,
    promise_check_view,
    promise_view,
)
from watcher.core.times import DAY, HOUR, MINUTE, Seconds

NORMAL = Promise(Seconds(7 * MINUTE), 0.812, 0.881, 0.004)


def said(found: Expectation, factor: float = 1.0) -> str:
    return str(promise_view(found, PromiseCheck(factor=factor))["said"])


def test_a_promise_says_how_often_how_much_and_what_priority_costs() -> None:
    view = promise_view(Expectation(NORMAL, DAY), PromiseCheck())
    assert view.pop("said") == (
        "Looked at about every 7 min, at least every 24 h; of bargains like this about 81 % are still there "
        "when you hear of them; as high priority: 88 %, your other watches lose 0.4 %."
    )
    assert view == {
        "everySeconds": 420, "atLeastEverySeconds": 86_400, "stillThere": 0.812, "stillThereIfHigh": 0.881,
        "othersLose": 0.004, "of": "bargains", "guess": False,
    }  # fmt: skip


def test_a_promise_without_knowledge_is_called_a_guess() -> None:
    guess = said(Expectation(NORMAL, DAY, is_guess=True))
    assert guess.endswith("That is a guess from similar listings until enough of these have come and gone.")


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (Expectation(Promise(Seconds(900), 0.8), DAY, is_fixed=True), "Looked at every 15 min; of"),
        (Expectation(Promise(Seconds(7 * DAY), 0.1), Seconds(7 * DAY)), "Looked at every 7 d or sooner; of"),
        (Expectation(Promise(MINUTE, 0.99), DAY), "Looked at about every minute, at least every 24 h; of"),
        (Expectation(Promise(Seconds(5_500), 0.6), DAY), "Looked at about every 1 h 31 min, at"),
        (Expectation(Promise(Seconds(5.4 * HOUR), 0.6), DAY), "Looked at about every 5 h, at"),
        (Expectation(Promise(Seconds(425), 0.6), DAY), "Looked at about every 7 min, at"),
        (Expectation(NORMAL, DAY, is_bargain=False), "of listings like this about 81 %"),
        (Expectation(Promise(MINUTE, 0.998), DAY), "of bargains like this more than 99 % are"),
        (Expectation(Promise(MINUTE, 1.0), DAY), "of bargains like this more than 99 % are"),
        (Expectation(Promise(DAY, 0.0), DAY), "of bargains like this less than 1 % are"),
    ],
)
def test_a_promise_uses_round_figures(found: Expectation, words: str) -> None:
    assert words in said(found)


def test_a_rule_about_the_median_is_promised_looks_alone() -> None:
    found = Expectation(NORMAL, DAY, has_items=False, is_guess=True)
    assert said(found) == "Looked at about every 7 min, at least every 24 h."
    view = promise_view(found, PromiseCheck())
    assert (view["stillThere"], view["stillThereIfHigh"], view["othersLose"]) == (None, None, None)
    assert view["guess"] is False


def test_a_priority_that_gains_nothing_is_not_offered() -> None:
    assert "priority" not in said(Expectation(NORMAL._replace(share_if_high=0.813), DAY))
    assert "priority" not in said(Expectation(NORMAL._replace(share_if_high=None, others_lose=None), DAY))


@pytest.mark.parametrize(
    ("lost", "words"),
    [(0.0, "lose nothing"), (0.0004, "lose nothing"), (0.004, "lose 0.4 %"), (0.126, "lose 13 %")],
)
def test_the_loss_of_other_watches_is_never_0_percent(lost: float, words: str) -> None:
    assert words in said(Expectation(NORMAL._replace(others_lose=lost), DAY))


def test_promises_that_were_not_kept_make_smaller_ones() -> None:
    view = promise_view(Expectation(NORMAL, DAY), PromiseCheck(100, 0.8, 0.6, 2.0))
    assert view["stillThere"] == pytest.approx(0.6835, abs=1e-3)
    assert view["stillThereIfHigh"] == pytest.approx(0.7873, abs=1e-3)
    assert "about 68 % are" in view["said"]


def test_a_check_of_promises_states_both_shares() -> None:
    view = promise_check_view(PromiseCheck(1_412, 0.81, 0.79, 1.1204))
    assert view == {"days": 30, "matches": 1412, "promised": 0.81, "realised": 0.79, "correction": 1.12}
    assert promise_check_sentence(view) == (
        "81 % of matches were to be still there when seen, 79 % were (1,412 matches in 30 days)"
    )
    assert promise_check_sentence(promise_check_view(PromiseCheck())) == ""
