"""The geometry of lines over time: figures in, coordinates and a sentence out. Templates draw them as SVG.

Shapes are stretched to the width of the page: their coordinates are those of a box of `WIDTH` by a chart's
height. Dots and words keep their size: they stand at a share of the width, in percent.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from watcher.core.backtest import HistoryPoint
from watcher.core.comps import Statistics
from watcher.core.money import Money, exponent
from watcher.core.plurals import count_of
from watcher.core.times import DAY, Instant, Seconds

WIDTH = 1_000
HISTORY_HEIGHT = 180
SPARK_LEVELS = 4  # a day is 1 wide; few levels compress well, and a thousand lines may be on a page
_SPARK_SPAN = 0.25  # of the amount: what a sparkline's height is at least, so that a calm market looks calm
_MAX_POINTS = 300  # of a line; more cannot be told apart
_LONGEST_JOINED = 3 * DAY  # seconds between two points with a line between them
_MARGIN = 0.08  # of the range, above and below a line
MOST_AMOUNTS = 5  # gridlines
_MOST_DATES = 6
_NICE_STEPS = (1, 2, 5, 10)
_DAY_STEPS = (1, 2, 5, 7, 15, 30, 61, 91)


class Sparkline(NamedTuple):
    """A line without axes."""

    path: str
    said: str


class Tick(NamedTuple):
    """A gridline at a place of its axis, and its label."""

    at: float
    text: str


class Dot(NamedTuple):
    """An event in a chart: `x` in percent of the width, `y` of the height."""

    x: float
    y: float
    said: str


class Event(NamedTuple):
    """What a dot stands for: when, at what amount (None: none is known), and in words."""

    at: Instant
    amount: Money | None
    said: str


class HistoryRow(NamedTuple):
    """One day in the table of a chart: its last figures."""

    day: str
    statistics: Statistics


class HistoryChart(NamedTuple):
    """Prices over time: a band between the quartiles, a line of the medians and one of the lowest totals.

    `target`: the height of the target's line, None without one or if it is outside of the chart.
    """

    band: str
    median: str
    low: str
    target: float | None
    target_said: str
    dots: Sequence[Dot]
    amounts: Sequence[Tick]
    dates: Sequence[Tick]
    said: str
    rows: Sequence[HistoryRow]


class _Scale(NamedTuple):
    """Maps the amounts from `low` to `high` (minor units) to heights from `size` to 0."""

    low: float
    high: float
    size: float

    def __call__(self, value: float) -> float:
        return round(self.size * (self.high - value) / (self.high - self.low), 1)


def draw_sparkline(values: Sequence[int | None]) -> Sparkline:
    """Draw one amount a day, oldest first, in minor units; None is a gap. Empty without an amount."""
    known = [v for v in values if v is not None]
    if not known:
        return Sparkline("", "")
    middle = (min(known) + max(known)) / 2
    span = max(max(known) - min(known), middle * _SPARK_SPAN) or 1.0
    heights = [None if v is None else round(SPARK_LEVELS * (0.5 + (middle - v) / span)) for v in values]
    return Sparkline(_relative_path(heights), count_of(len(known), "day"))


def _relative_path(heights: Sequence[int | None]) -> str:
    """Return a path of relative steps, level days joined: it compresses to half of one with coordinates."""
    path, level, before = "", 0, None
    for place, y in enumerate(heights):
        if y is not None and y == before:
            level += 1
            continue
        path += f"h{level}" if level else ""
        if y is not None:  # the step of no length is the dot of a single day
            path += f"M{place} {y}h0" if before is None else f"l1{y - before: }"
        level, before = 0, y
    return path + (f"h{level}" if level else "")


def draw_history(
    points: Sequence[HistoryPoint],
    events: Sequence[Event],
    target: Money | None,
    start: Instant,
    end: Instant,
) -> HistoryChart | None:
    """Draw the points from `start` to `end`, oldest first; None if no point has a median."""
    known = [p for p in points if p.statistics.median is not None]
    if not known:
        return None
    shown = list(_thinned(known, start, end))
    currency = shown[-1].statistics.currency
    if target is not None and target.currency != currency:
        target = None
    scale = _history_scale(shown, target)
    parts = list(_joined([(_x(p.at, start, end, WIDTH), p.statistics) for p in shown], start, end))
    dots = [dot for e in events if (dot := _dot(e, shown, scale, start, end))]
    return HistoryChart(
        band="".join(_band(part, scale) for part in parts),
        median="".join(_line([(x, s.median) for x, s in part], scale) for part in parts),
        low="".join(_line([(x, s.low) for x, s in part], scale) for part in parts),
        target=scale(target.minor) if target and scale.low <= target.minor <= scale.high else None,
        target_said=f"target {short(target)}" if target else "",
        dots=dots,
        amounts=[Tick(scale(v), short(Money(v, currency))) for v in _nice_amounts(scale, currency)],
        dates=list(_dates(start, end)),
        said=_history_sentence(known, target, len(events), start, end),
        rows=_by_day(known),
    )


def short(money: Money) -> str:
    """Return an amount without its cents if it has none: `$45`, `$45.50`."""
    text = str(money)
    places = exponent(money.currency)
    return text.replace("." + "0" * places, "") if places and money.minor % 10**places == 0 else text


def _thinned(points: Sequence[HistoryPoint], start: Instant, end: Instant) -> Iterator[HistoryPoint]:
    """Yield the last point of each of `_MAX_POINTS` equal parts of the time."""
    part = max(1.0, (end - start) / _MAX_POINTS)
    for here, following in zip(points, [*points[1:], None], strict=True):
        if following is None or (here.at - start) // part != (following.at - start) // part:
            yield here


def _history_scale(points: Sequence[HistoryPoint], target: Money | None) -> _Scale:
    """Return a scale over all that is drawn; a target far away from it does not flatten the line."""
    amounts = [m.minor for p in points for m in _drawn(p.statistics) if m is not None]
    low, high = min(amounts), max(amounts)
    if target is not None and low / 2 <= target.minor <= high * 2:
        low, high = min(low, target.minor), max(high, target.minor)
    margin = (high - low) * _MARGIN or high * _MARGIN or 1
    return _Scale(max(0.0, low - margin), high + margin, HISTORY_HEIGHT)


def _drawn(s: Statistics) -> tuple[Money | None, ...]:
    return s.low, s.p25, s.median, s.p75


def _joined(
    points: Sequence[tuple[float, Statistics]], start: Instant, end: Instant
) -> Iterator[list[tuple[float, Statistics]]]:
    """Yield the points in parts that are joined by a line: between two parts nothing was polled."""
    longest = WIDTH * _LONGEST_JOINED / (end - start)
    part: list[tuple[float, Statistics]] = []
    for point in points:
        if part and point[0] - part[-1][0] > longest:
            yield part
            part = []
        part.append(point)
    if part:
        yield part


def _x(at: float, start: float, end: float, width: float) -> float:
    return round(width * (at - start) / (end - start), 1)


def _line(points: Sequence[tuple[float, Money | None]], scale: _Scale) -> str:
    places = [(x, scale(money.minor)) for x, money in points if money is not None]
    if len(places) == 1:
        return f"M{places[0][0]:g} {places[0][1]:g}h0"
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in places) if places else ""


def _band(points: Sequence[tuple[float, Statistics]], scale: _Scale) -> str:
    both = [(x, s.p25.minor, s.p75.minor) for x, s in points if s.p25 is not None and s.p75 is not None]
    upper = [f"{x:g} {scale(high):g}" for x, _, high in both]
    lower = [f"{x:g} {scale(low):g}" for x, low, _ in reversed(both)]
    return f"M{'L'.join(upper + lower)}Z" if len(both) > 1 else ""


def _dot(
    event: Event, points: Sequence[HistoryPoint], scale: _Scale, start: Instant, end: Instant
) -> Dot | None:
    """Return the dot of an event; without an amount of its own it stands on the median."""
    if not start <= event.at <= end:
        return None
    place = bisect_right([p.at for p in points], event.at)
    amount = event.amount or points[max(0, place - 1)].statistics.median
    if amount is None or amount.currency != points[-1].statistics.currency:
        return None
    y = scale(min(max(amount.minor, scale.low), scale.high))
    return Dot(_x(event.at, start, end, 100), y, event.said)


def _nice_amounts(scale: _Scale, currency: str) -> list[int]:
    """Return up to `MOST_AMOUNTS` round amounts within a scale."""
    step = nice_step((scale.high - scale.low) / MOST_AMOUNTS, currency)
    first = int(-(-scale.low // step))
    return [n * step for n in range(first, int(scale.high // step) + 1)]


def nice_step(at_least: float, currency: str) -> int:
    """Return the smallest of 1, 2, 5, 10, 20, … that is not smaller; whole units from one unit on."""
    unit = 10 ** exponent(currency)
    power = 1
    while power * _NICE_STEPS[-1] < at_least:
        power *= 10
    step = next(power * n for n in _NICE_STEPS if power * n >= at_least)
    return step if step < unit else -(-step // unit) * unit


def _dates(start: Instant, end: Instant) -> Iterator[Tick]:
    """Yield round dates; their places are in percent of the width."""
    days = (end - start) / DAY
    step = next((n for n in _DAY_STEPS if days / n <= _MOST_DATES), _DAY_STEPS[-1]) * DAY
    at = (start // DAY + 1) * DAY
    while at < end:
        place = _x(at, start, end, 100)
        if 4 <= place <= 96:  # noqa: PLR2004 - percent: a label has room on both sides
            yield Tick(place, day_of(at))
        at += step


def day_of(at: float) -> str:
    """Return the day of an instant, in UTC as price points are counted: `29 Nov`."""
    moment = datetime.fromtimestamp(at, UTC)
    return f"{moment.day} {moment:%b}"


def _by_day(points: Iterable[HistoryPoint]) -> list[HistoryRow]:
    """Return the last figures of each day, the newest first."""
    days = {int(p.at // DAY): p for p in points}
    return [HistoryRow(day_of(p.at), p.statistics) for _, p in sorted(days.items(), reverse=True)]


def _history_sentence(
    points: Sequence[HistoryPoint], target: Money | None, alerts: int, start: Instant, end: Instant
) -> str:
    currency = points[-1].statistics.currency
    medians = [m for p in points if (m := p.statistics.median) is not None and m.currency == currency]
    span = count_of(max(1, round(Seconds(end - start) / DAY)), "day")
    told = f", {count_of(alerts, 'alert')}"
    aim = f", target {short(target)}" if target else ""
    return (
        f"{span}: median {short(min(medians))} to {short(max(medians))}, now {short(medians[-1])}{aim}{told}"
    )
