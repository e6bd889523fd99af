"""`watcher comps`: what an item is worth now."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import click

from watcher.cli.market_answer import (
    age_sentence,
    ask_market,
    comps_sentence,
    condition_words,
    refuse_early,
    say_accuracy,
    title_lines,
)
from watcher.cli.printing import (
    print_first_rows,
    print_json,
    print_table,
    print_warnings,
    say,
    terminal_width,
)
from watcher.cli.runner import Setup, json_command, with_app
from watcher.core.comps import MIN_INTERVAL_TOTALS, Comps, Selection, describe_counts
from watcher.core.plurals import count_of
from watcher.core.price_clusters import find_price_groups, warn_of_price_groups
from watcher.core.serializers import confidence_view
from watcher.core.times import in_words

if TYPE_CHECKING:
    from watcher.core.delistings import ObservedPrices
    from watcher.core.listing import Listing
    from watcher.polling.comps_cache import Answer
    from watcher.runtime import App

_MAX_SHOWN = 15
_PRICES = {
    "ask": "asking prices, shipping included",
    "sold": "sold prices, shipping included",
    "sold-price": "sold prices, without shipping",
}
# From this width on a link has a column of its own; on a narrower terminal it is below the title.
_WIDE_COLUMNS = 120


@json_command()
@click.argument("query", nargs=-1, required=True)
@click.option("--category", metavar="C", default="", help="cards, shoes, watches, … or an eBay category id.")
@click.option(
    "--condition",
    metavar="C",
    default="",
    help="new (eBay's ids 1000, 1500), refurbished, used or any (the default).",
)
@click.option("--marketplace", metavar="M", default="", help="EBAY_US, EBAY_GB, EBAY_DE, …")
def comps(setup: Setup, /, query: tuple[str, ...], as_json: bool, **options: str) -> None:
    """Show what QUERY is worth now: prices of comparable listings, and what was dropped."""
    draft = {"query": " ".join(query), **options}

    async def work(app: App) -> None:
        inquiry = app.registry.parse(draft).inquiry
        question = inquiry.question
        answer, found = await ask_market(app, lambda: app.queries.comps(inquiry))
        observed = app.queries.observed(question)
        view = app.queries.comps_view(inquiry, answer, found, observed)
        several = warn_of_price_groups(
            find_price_groups(question.query, found.selection.kept, found.statistics.currency)
        )
        print_warnings(w for w in view["warnings"] if as_json or w != several)
        if as_json:
            print_json(view)
            return
        _print_comps(question.query, answer, found, several)
        if corrected := app.queries.corrected(question, found.statistics.basis):
            say(f"Corrected for what stays unsold, the median is {corrected}.")
        if found.statistics.n:
            say_accuracy(app, inquiry.category, found.statistics.basis)
        if view["comps"]["conditionIds"]:
            say(f"Condition: {condition_words(view['comps'])}.")
        if view["unreadable"]:
            say(f"{count_of(view['unreadable'], 'row')} of the answer could not be read.")
        say(age_sentence(answer, app.clock.now()))
        if observed and observed.kinds:
            _print_observed(observed)

    refuse_early(setup, draft)
    with_app(setup, work)


def _print_comps(query: str, answer: Answer, found: Comps, several: str) -> None:
    stats, kept = found.statistics, found.selection.kept
    if stats.n:
        prices = _PRICES.get(stats.basis, str(stats.basis))
        columns = ("n", "low", "p25", "median", "p75", "high")
        row = (stats.n, stats.low, stats.p25, stats.median, stats.p75, stats.high)
        title = f"{query} · {prices}"
        print_table(title, columns, [row], " ".join(columns))
    ordered = sorted(kept, key=lambda x: (x.total is None, x.total.minor if x.total else 0))
    _print_listings(ordered, found.selection)
    say(comps_sentence(answer, found))
    if stats.interval:
        low, high = stats.interval
        say(f"The median is between {low} and {high} (95 % confidence).")
    elif stats.n:
        few = count_of(stats.n, "price is", "prices are")
        say(f"{few} too few for a confidence interval; it takes {MIN_INTERVAL_TOTALS}.")
    if several:
        say(several)
    reasons = dict(Counter(str(d.reason) for d in found.selection.dropped).most_common())
    if reasons:
        say(f"Dropped: {describe_counts(reasons)}.")


def _print_listings(listings: list[Listing], selection: Selection) -> None:
    rows: list[tuple[object, ...]] = []
    is_wide = terminal_width() >= _WIDE_COLUMNS
    for x in listings:
        link = x.link.partition("?")[0]
        total = x.total or f"{x.price} + ?"
        title = title_lines({"title": x.title, **confidence_view(selection, x.item_id)})
        rows.append((total, x.condition, title, link) if is_wide else (total, x.condition, (*title, link)))
    columns = ("total", "condition", "title", "link")
    print_first_rows("", columns if is_wide else columns[:3], rows, "total", limit=_MAX_SHOWN)


def _print_observed(observed: ObservedPrices) -> None:
    kinds = ", ".join(f"{n} {kind}" for kind, n in observed.kinds.items())
    stats = observed.statistics
    median = f"; median of the last prices {stats.median} (n = {stats.n})" if stats.n else ""
    age = "" if observed.on_market is None else f", listed for {in_words(observed.on_market)} on median"
    say(f"Delisted: {kinds}{median}{age}. Whether they were sold is not known.")
