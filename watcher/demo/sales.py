"""How long a listing of the simulated market is on offer, and whether it is sold: the sale model.

Every product has a true value at any time, and a grade of it is worth a share of that. A seller asks a
`ratio` of what the listing is worth; most ask a little more. While a listing is on offer, its chance to be
sold falls with that ratio: per day it is sold at the rate

    sale_rate(ratio) = 0.25 / ratio ** 8

so what costs two thirds of its value is gone within hours, a fair price takes four days, and half as much
again takes months. A third of the sellers lower a price after a while. After two to five weeks a seller gives
up; some of them list the item again within days, for a little less, and give up for good the next time.

Dear listings stay, so what is on offer is dearer than what is sold: the median of all asks is above the
median of all sales, although every sale is at the price asked. Sales and asks are known exactly, so an
estimate can be compared with the truth. The model was written before any estimator, and no estimator may
use its figures.

What it leaves out: the value counts as it was when an item was listed, negotiated prices, and seasons of
demand. Auctions, and listings that are not the item, leave at the same pace.
"""

from __future__ import annotations

from enum import StrEnum
from random import Random
from typing import NamedTuple

from watcher.core.times import DAY

MIN_RATIO = 0.85  # no seller asks less, except for the bargains that the market stages
_USUAL_RATIO, _RATIO_SPREAD = 0.06, 0.12  # of its logarithm: what sellers ask, compared with the value
_ABSURD_SHARE, _LEAST_ABSURD, _MOST_ABSURD = 0.02, 1.6, 3.0
_FAIR_RATE, _STEEPNESS = 0.25, 8  # sales per day at a fair price, and how fast they fall with the ratio
_CUTS = (65, 22, 10, 3)  # percent of sellers who lower their price 0, 1, 2 and 3 times
_DAYS_BETWEEN_CUTS = 6.0
_LOWEST_CUT, _HIGHEST_CUT = 0.91, 0.98
_FIRST_TO_GIVE_UP, _LAST_TO_GIVE_UP = 14.0, 35.0  # days
_RELISTED_SHARE, _LONGEST_PAUSE = 0.4, 3.0  # of those who give up, and the days until they list it again
LONGEST_STAY = (2 * _LAST_TO_GIVE_UP + _LONGEST_PAUSE) * DAY  # seconds, a relisting included
MEAN_STAY = 7.8 * DAY  # seconds that an item is on offer, its relisting included; measured


class Departure(StrEnum):
    """How a listing ends."""

    SOLD = "sold"
    WITHDRAWN = "withdrawn"
    RELISTED = "relisted"


class Stay(NamedTuple):
    """A listing's time on offer, in seconds after it was listed: `lasts`, and when its price is lowered.

    `ratio` is the first asking price as a share of what the listing is worth. `cuts` are pairs of a time
    and the price from then on as a share of the first. If it is relisted, that is `pause` after its end.
    """

    ratio: float
    cuts: tuple[tuple[float, float], ...]
    lasts: float
    outcome: Departure
    pause: float = 0.0

    @property
    def last_ratio(self) -> float:
        """The last asking price as a share of what the listing is worth."""
        return self.ratio * (self.cuts[-1][1] if self.cuts else 1.0)


def sale_rate(ratio: float) -> float:
    """Return how many of the listings at this ratio are sold per day."""
    return _FAIR_RATE / float(ratio**_STEEPNESS)


def draw_ratio(dice: Random) -> float:
    """Return what a seller asks, as a share of what the listing is worth."""
    absurd = dice.uniform(_LEAST_ABSURD, _MOST_ABSURD) if dice.random() < _ABSURD_SHARE else 1.0
    return max(MIN_RATIO, dice.lognormvariate(_USUAL_RATIO, _RATIO_SPREAD)) * absurd


def draw_stay(dice: Random, ratio: float, *, last: bool = False) -> Stay:
    """Return how long a listing at `ratio` stays, and why it ends; the `last` time it is not relisted."""
    gives_up = dice.uniform(_FIRST_TO_GIVE_UP, _LAST_TO_GIVE_UP) * DAY
    cuts = _draw_cuts(dice, ratio)
    chance = dice.expovariate(1.0)  # it is sold when the rates so far add up to this
    at, factor = 0.0, 1.0
    for until, lower in (*((t, f) for t, f in cuts if t < gives_up), (gives_up, 1.0)):
        rate = sale_rate(ratio * factor) / DAY
        if chance <= rate * (until - at):
            return _cut_off(ratio, cuts, at + chance / rate, Departure.SOLD)
        chance -= rate * (until - at)
        at, factor = until, lower
    again = dice.random() < _RELISTED_SHARE and not last
    stay = _cut_off(ratio, cuts, gives_up, Departure.RELISTED if again else Departure.WITHDRAWN)
    return stay._replace(pause=dice.uniform(0.02, _LONGEST_PAUSE) * DAY) if again else stay


def draw_relisted_ratio(dice: Random, before: Stay) -> float:
    """Return what is asked for an unsold listing the next time."""
    return max(MIN_RATIO, before.last_ratio * dice.uniform(_LOWEST_CUT, 1.0))


def _draw_cuts(dice: Random, ratio: float) -> tuple[tuple[float, float], ...]:
    cuts, at, factor = [], 0.0, 1.0
    for _ in range(dice.choices(range(len(_CUTS)), _CUTS)[0]):
        at += dice.expovariate(1.0 / _DAYS_BETWEEN_CUTS) * DAY
        factor = max(MIN_RATIO / ratio, factor * dice.uniform(_LOWEST_CUT, _HIGHEST_CUT))
        cuts.append((at, factor))
    return tuple(cuts)


def _cut_off(ratio: float, cuts: tuple[tuple[float, float], ...], lasts: float, outcome: Departure) -> Stay:
    return Stay(ratio, tuple(cut for cut in cuts if cut[0] < lasts), lasts, outcome)
