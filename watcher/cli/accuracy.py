"""`watcher accuracy`: how wrong medians were."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from watcher.cli.printing import print_json, print_table, say, time_words
from watcher.cli.runner import app_command
from watcher.core.accuracy import percent_text
from watcher.core.categories import canonical_category
from watcher.core.serializers import accuracy_view
from watcher.core.times import iso

if TYPE_CHECKING:
    from watcher.core.accuracy import Accuracy, ErrorFigures
    from watcher.runtime import App

_COLUMNS = ("category", "basis", "median", "n", "error", "interval", "5%", "10%", "20%")
_NUMBERS = "n error 5% 10% 20%"


@app_command("accuracy", database_only=True)
@click.option("--category", metavar="C", help="Only this category: cards, shoes, watches, …")
async def show_accuracy(app: App, *, category: str | None, as_json: bool) -> None:
    """Show how far medians were from what listings last cost before they left the market."""
    every = found = app.stores.accuracy.all()
    if category is not None:
        name = canonical_category(category, app.cache.freshness.ttls)
        found = [one for one in every if one.category == name]
    if as_json:
        print_json({"accuracy": [accuracy_view(one) for one in found]})
        return
    if every and not found:
        known = ", ".join(sorted({one.category or "none" for one in every}))
        say(f'Nothing is known about the category "{category}" yet; there are figures for {known}.')
        return
    if not found:
        say(
            "Nothing is known yet: no listing for which a median was shown has left the market. "
            "The daemon computes this once an hour."
        )
        return
    rows = [row for one in found for row in _rows(one)]
    print_table("", _COLUMNS, rows, _NUMBERS)
    kinds = sum(sum(one.kinds.values()) for one in found)
    since = min(one.since for one in found)
    say(
        f"{kinds:,} comparable listings have left since {time_words(iso(since))}. Those that left without "
        "a trace may have been sold, and count. Half of their last totals were at most the error away from "
        "the median shown just before (95 % interval); 5%, 10% and 20% are the shares at most that far away."
    )


def _rows(found: Accuracy) -> list[tuple[object, ...]]:
    rows = [_row(found, "as shown", found.plain)]
    return [*rows, _row(found, "corrected", found.corrected)] if found.corrected else rows


def _row(found: Accuracy, median: str, figures: ErrorFigures) -> tuple[object, ...]:
    between = " to ".join(map(percent_text, figures.interval)) if figures.interval else "too few"
    within = (percent_text(share.value) for share in figures.within.values())
    name = found.category or "none"
    return (name, found.basis, median, figures.n, percent_text(figures.median), between, *within)
