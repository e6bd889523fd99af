"""Ask the market for a command, and describe its answer in a sentence."""

from __future__ import annotations

from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING, Any, TypeVar

from watcher.cli.printing import say, waiting
from watcher.cli.runner import Setup, with_app
from watcher.core.accuracy import accuracy_sentence
from watcher.core.errors import Api
from watcher.core.plurals import count_of
from watcher.core.times import in_words

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from watcher.core.comps import Basis, Comps
    from watcher.core.monitoring.attempts import Attempt
    from watcher.core.times import Instant
    from watcher.polling.comps_cache import Answer
    from watcher.runtime import App

T = TypeVar("T")


def refuse_early(setup: Setup, draft: Mapping[str, str], *, needs_market: bool = True) -> None:
    """Refuse a wrong draft, and missing eBay credentials if they are needed, before a database is created.

    Raises InvalidInput, ConfigRefused.
    """

    async def inspect(app: App) -> None:
        app.registry.parse(draft)
        if needs_market:
            _ = app.ebay  # raises ConfigRefused without credentials

    with_app(setup, inspect, with_database=False)


async def ask_market(app: App, ask: Callable[[], Awaitable[T]], message: str = "Asking eBay …") -> T:
    """Return the result of `ask`, which asks the market through the cache.

    A terminal shows the message meanwhile. The calls are recorded, so that `status` counts them. Raises what
    `ask` raises.
    """
    attempts: list[Attempt] = []
    app.meter.observers.append(attempts.append)
    with suppress(OSError):  # without the directory the next command has to request a new eBay token
        app.settings.state_path.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with waiting(message) if message else nullcontext():
            return await ask()
    finally:
        await app.stores.incidents.log_attempts(attempts, "cli")


def comps_sentence(answer: Answer, comps: Comps) -> str:
    """Return the market's answer in one sentence."""
    stats, seen = comps.statistics, len(answer.snapshot.listings)
    counts = f"{count_of(seen, 'listing')} seen, {len(comps.selection.dropped)} dropped"
    known = "price" if stats.basis == "sold-price" else "total"
    if unknown := len(comps.selection.kept) - stats.n:
        counts += f", {unknown} with unknown {'price' if known == 'price' else 'shipping'}"
    if not stats.n:
        return f"No comparable listing with a known {known} now: {counts}."
    prices = count_of(stats.n, "ask" if stats.basis == "ask" else "sale")
    bounds = f"from {stats.low} to {stats.high}" if stats.n > 1 else f"at {stats.low}"
    return f"Now: {prices} {bounds}, median {stats.median} ({counts})."


def title_lines(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Return a kept listing's title and, if it is only likely to be the item, why; `row` is its JSON."""
    title = row["title"] or row["itemId"]
    if row["confidence"] == "sure":
        return (title,)
    return title, f"({row['confidence']}: {row['doubt'] or 'the reason was erased'})"


def say_accuracy(app: App, category: str, basis: Basis) -> None:
    """Print how wrong medians of the category were, if enough of its listings left."""
    if said := accuracy_sentence(app.queries.accuracy_of(category, basis)):
        say(said)


def age_sentence(answer: Answer, now: Instant) -> str:
    """Return where an answer comes from and how old it is."""
    age = round(now - answer.fetched_at)
    when = f"{in_words(age)} ago" if age > 0 else "just now"
    name = answer.api.facts.name
    source = f"From the cache, fetched from {name}" if answer.source == "cached" else f"Fetched from {name}"
    stale = "; eBay cannot be reached now, so this may be out of date" if answer.stale else ""
    backup = "" if answer.api is Api.EBAY or answer.stale else "; eBay did not answer"
    return f"{source} {when}{backup}{stale}."


def condition_words(view: Mapping[str, Any]) -> str:
    """Return a watch's condition with the ids that eBay gives it: `new (eBay's condition ids 1000, 1500)`."""
    ids = ", ".join(map(str, view["conditionIds"]))
    return f"{view['condition']} (eBay's condition ids {ids})" if ids else str(view["condition"])
