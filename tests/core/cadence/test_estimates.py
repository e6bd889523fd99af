from __future__ import annotations

from dataclasses import dataclass
from random import Random

import pytest

from watcher.core.cadence.estimates import Aim, Estimates, Priors, value_of
from watcher.core.cadence.looks import Items, Look, updated
from watcher.core.times import DAY, HOUR, Instant

PRIORS = Priors()


@dataclass
class Market:
    """Items that arrive and leave, all of them bargains."""

    born: list[float]
    lives: list[float]

    def look(self, now: float, since: float | None) -> Look:
        """Return what a poll shows."""
        items = list(zip(self.born, self.lives, strict=True))
        there = [at for at, life in items if at <= now < at + life]
        if since is None:
            return Look(Instant(now), [Instant(x) for x in there], len(there), stock=len(there))
        before = [(at, life) for at, life in items if at <= since < at + life]
        new = [Instant(at) for at in there if at > since]
        stayed = [Instant(at) for at, life in before if now < at + life]
        gone = [Instant(at) for at, life in before if now >= at + life]
        return Look(Instant(now), new, len(new), stock=len(there), bargains=Items(stayed, gone))


def market(rate: float, life: float, days: float, seed: int = 1) -> Market:
    dice, at, born = Random(seed), -20.0 * life - 5, []
    while (at := at + dice.expovariate(rate)) < days:
        born.append(at * DAY)
    return Market(born, [dice.expovariate(1 / life) * DAY for _ in born])


def watched(one: Market, every: float, days: float) -> Estimates:
    known, since, now = None, None, 0.0
    while now < days * DAY:
        known = updated(known, one.look(now, since), PRIORS)
        since, now = now, now + every
    assert known
    return known


@pytest.mark.parametrize("life", [0.1, 0.5, 4.0])
def test_rate_and_life_are_learned(life: float) -> None:
    known = watched(market(12.0, life, 20), HOUR, 20)
    assert known.rate(PRIORS) == pytest.approx(12, rel=0.2)
    found = known.life(PRIORS)
    assert found.alive(30) == pytest.approx(life, rel=0.25)


def test_items_that_left_unseen_are_reckoned_in() -> None:
    known = watched(market(12.0, 0.25, 20), DAY, 20)
    assert known.arrivals < 80
    assert known.rate(PRIORS) == pytest.approx(12, rel=0.35)


def test_a_sudden_rise_replaces_what_was_learned() -> None:
    quiet = watched(market(0.5, 3.0, 20), HOUR, 20)
    at = Instant(quiet.at + DAY)
    loud = updated(quiet, Look(at, [Instant(at - x) for x in range(15)], 15, stock=15), PRIORS)
    assert loud.arrivals == pytest.approx(15, abs=0.5)
    assert loud.rate(PRIORS) > 7


def test_old_arrivals_are_forgotten() -> None:
    known = Estimates(Instant(0.0), arrivals=100.0)
    assert known.aged(Instant(28 * DAY)).arrivals == pytest.approx(36.8, abs=0.1)


def test_the_first_look_counts_new_items_only() -> None:
    dates = [Instant(-0.5 * DAY), Instant(-30 * DAY)]
    assert updated(None, Look(Instant(0.0), dates, stock=2), PRIORS).arrivals == 1


def test_a_first_look_counts_older_items_if_they_stay_long() -> None:
    dates = [Instant(-days * DAY) for days in (0.5, 1.0, 4.0, 7.0, 9.0)]
    look = Look(Instant(0.0), dates, 5, stock=5)
    assert updated(None, look, PRIORS).arrivals == 2
    stays = updated(None, look._replace(is_bargain=False), PRIORS)
    assert (stays.arrivals, stays.matches, stays.recent) == (4, 4, 2)
    assert stays.rate(PRIORS) > 4 / 8


def test_a_full_page_shows_no_more_than_its_oldest_row() -> None:
    before = updated(None, Look(Instant(0.0)), PRIORS)
    look = Look(Instant(DAY), [Instant(DAY - 60)] * 200, oldest=Instant(DAY - HOUR))
    assert sum(updated(before, look, PRIORS).windows) < 0.05


def test_sources_without_dates_show_whether_there_is_news() -> None:
    dice, known = Random(5), None
    for day in range(60):
        new = dice.random() < 1 - 2.718281828**-1.5
        known = updated(known, Look(Instant(day * DAY), None, changed=new, stock=1), PRIORS)
    assert known
    assert 0.5 < known.rate(PRIORS) < 5


def test_stored_estimates_are_short_and_the_same() -> None:
    known = watched(market(12.0, 4.0, 20), HOUR, 20)
    assert len(known.write()) <= 400
    read = Estimates.read(known.write())
    assert read
    assert read.rate(PRIORS) == pytest.approx(known.rate(PRIORS), rel=1e-5)
    assert read == Estimates.read(read.write())


@pytest.mark.parametrize("text", ["", "{}", "[1]", "not json", '{"at": 1, "sums": "AAAA"}'])
def test_damaged_estimates_are_learned_again(text: str) -> None:
    assert Estimates.read(text) is None


def test_a_narrow_target_has_its_part_of_the_value() -> None:
    known = watched(market(12.0, 4.0, 10), HOUR, 10)
    wide, narrow = Aim(1.0, 0.4), Aim(1.0, 0.1)
    both = value_of(known, PRIORS, (wide, narrow))
    assert both == pytest.approx(1.25 * value_of(known, PRIORS, (wide,)))
    assert value_of(known, PRIORS, ()) == 0
