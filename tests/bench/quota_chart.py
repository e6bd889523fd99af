"""The curves of `make bench-quota`, day by day, as SVG and as a table in docs/quota.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

_DOCS = Path(__file__).resolve().parents[2] / "docs"
_BEGIN, _END = "<!-- curves -->", "<!-- end of curves -->"
_COLOURS = {"in turn": "#8a8a8a", "square root": "#b8860b", "ours": "#0b57d0", "clairvoyant": "#1e7d32"}
_WIDTH, _HEIGHT, _LEFT, _TOP = 340, 200, 46, 26
_SCALES = {"alive": 100.0, "delay": 1440.0}
_UNITS = {"alive": "% caught alive", "delay": "minutes of delay"}
_DIGITS = {"alive": 1, "delay": 0}
_DAYS = (1, 2, 3, 4, 7, 10, 13)  # in the table

Curves = Mapping[str, Sequence[float]]


def write_docs(parts: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    """Write docs/quota-alive.svg and docs/quota-delay.svg, and the tables in docs/quota.md."""
    lines = []
    for objective in _SCALES:
        panels = {
            int(name.split("-")[1]): _curves(part)
            for name, part in parts.items()
            if name.startswith(f"{objective}-")
        }
        ordered = dict(sorted(panels.items()))
        (_DOCS / f"quota-{objective}.svg").write_text("\n".join(_drawing(objective, ordered)) + "\n")
        lines += [*_table(objective, ordered), ""]
    text = (_DOCS / "quota.md").read_text()
    before, rest = text.split(_BEGIN)
    (_DOCS / "quota.md").write_text(f"{before}{_BEGIN}\n{chr(10).join(lines)}{_END}{rest.split(_END)[1]}")


def _curves(runs: Sequence[Mapping[str, Any]]) -> Curves:
    """Return the mean over the seeds of each policy's days."""
    return {
        name: [fmean(day) for day in zip(*(run["days"][name] for run in runs), strict=True)]
        for name in _COLOURS
    }


def _table(objective: str, panels: Mapping[int, Curves]) -> Iterator[str]:
    yield f"| searches | policy: {_UNITS[objective]} | {' | '.join(f'day {d}' for d in _DAYS)} |"
    yield f"|---|---|{'---|' * len(_DAYS)}"
    for searches, curves in panels.items():
        for name, days in curves.items():
            cells = " | ".join(f"{_SCALES[objective] * days[d - 1]:,.{_DIGITS[objective]}f}" for d in _DAYS)
            yield f"| {searches:,} | {name} | {cells} |"


def _drawing(objective: str, panels: Mapping[int, Curves]) -> Iterator[str]:
    width, height = len(panels) * (_WIDTH + 20), _HEIGHT + 90
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
        'font-size="12" role="img">'
    )
    yield f"<title>{_UNITS[objective].capitalize()} per day, mean of the seeds</title>"
    yield f'<rect width="{width}" height="{height}" fill="#fff"/>'
    for place, (searches, curves) in enumerate(panels.items()):
        yield f'<g transform="translate({place * (_WIDTH + 20)} 0)">'
        yield from _panel(objective, searches, curves)
        yield "</g>"
    for place, (name, colour) in enumerate(_COLOURS.items()):
        x, y = _LEFT + place * 120, height - 12
        yield f'<line x1="{x}" x2="{x + 20}" y1="{y}" y2="{y}" stroke="{colour}" stroke-width="3"/>'
        yield f'<text x="{x + 26}" y="{height - 8}">{name}</text>'
    yield "</svg>"


def _panel(objective: str, searches: int, curves: Curves) -> Iterator[str]:
    scale = _SCALES[objective]
    most = 100.0 if objective == "alive" else 1.1 * scale * max(max(days) for days in curves.values())
    yield f'<text x="{_LEFT}" y="16" font-weight="bold">{searches:,} searches</text>'
    for tick in range(5):
        value, y = most * tick / 4, _TOP + _HEIGHT * (1 - tick / 4)
        yield f'<line x1="{_LEFT}" x2="{_WIDTH}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>'
        yield f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:,.0f}</text>'
    days = len(curves["ours"])
    step = (_WIDTH - _LEFT) / (days - 1)
    for day in range(1, days + 1, 3):
        x = _LEFT + (day - 1) * step
        yield f'<text x="{x:.1f}" y="{_TOP + _HEIGHT + 18}" text-anchor="middle">{day}</text>'
    yield f'<text x="{_WIDTH}" y="{_TOP + _HEIGHT + 34}" text-anchor="end">day; {_UNITS[objective]}</text>'
    for name, values in curves.items():
        points = " ".join(
            f"{_LEFT + i * step:.1f},{_TOP + _HEIGHT * (1 - scale * value / most):.1f}"
            for i, value in enumerate(values)
        )
        yield f'<polyline points="{points}" fill="none" stroke="{_COLOURS[name]}" stroke-width="2"/>'
