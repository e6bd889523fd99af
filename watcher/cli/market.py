"""The market as a verb asks for it, and in sentences."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from watcher.core.comps import Comps, Filters
    from watcher.core.monitoring.attempts import Attempt
    from watcher.core.watch import Question
    from watcher.polling.comps_cache import Answer
    from watcher.runtime import App


async def ask(app: App, question: Question, filters: Filters | None) -> tuple[Answer, Comps]:
    """Comps through the cache, or the asks that a watch with these filters sees.

    The calls they cost are kept, so that `status` counts them.
    Raises CallFailed, ConfigRefused.
    """
    attempts: list[Attempt] = []
    app.meter.observers.append(attempts.append)
    with suppress(OSError):  # without the directory eBay's token is minted again by the next command
        app.settings.state_path.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with waiting("Asking eBay …"):
            return await (
                app.queries.comps(question)
                if filters is None
                else app.queries.asking_comps(question, filters)
            )
    finally:
        await app.stores.incidents.log_attempts(attempts, "cli")


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """Show on a terminal that something is under way."""
    import sys  # noqa: PLC0415 - only where it waits

    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console  # noqa: PLC0415 - loaded only where it draws

    with Console(stderr=True).status(what):
        yield


def every(seconds: float) -> str:
    """A cadence in words: `minute`, `2 h 5 min`."""
    from watcher.core.times import in_words  # noqa: PLC0415 - only where it prints

    words = in_words(seconds)
    one = {"1 s": "second", "1 min": "minute", "1 h": "hour", "1 d": "day"}
    return one.get(words, words)


def comps_sentence(answer: Answer, comps: Comps) -> str:
    """The market in one sentence."""
    stats, seen = comps.statistics, len(answer.snapshot.listings)
    dropped = f"{seen} listing{'s' * (seen != 1)} seen, {len(comps.selection.dropped)} dropped"
    if unknown := len(comps.selection.kept) - stats.n:
        dropped += f", {unknown} of unknown shipping"
    if not stats.n:
        return f"No comparable listing with a known total now: {dropped}."
    prices = {"ask": "ask", "sold": "sale"}[stats.basis] + "s" * (stats.n != 1)
    between = f"from {stats.low} to {stats.high}" if stats.n > 1 else f"at {stats.low}"
    return f"Now: {stats.n} {prices} {between}, median {stats.median} ({dropped})."
