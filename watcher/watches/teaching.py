"""A watch asks its user about the listings whose answer would decide most, and learns from the answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from watcher.core.comps import Comps
from watcher.core.errors import InvalidInput
from watcher.core.item_number import hashed_id, is_hashed, is_item, is_item_id, parse_item_number
from watcher.core.listing import Listing
from watcher.core.money import Money, amount_or_none
from watcher.core.rejections import restore_items
from watcher.core.rules.deal import Deal
from watcher.core.taught import (
    Lesson,
    TaughtAnswer,
    answer_view,
    with_answers,
    without_answers,
)
from watcher.core.teaching import RowToAsk, Teaching, rows_to_ask
from watcher.core.typed_text import quoted
from watcher.core.watch import Watch, WatchId
from watcher.watches.queries import WatchQueries
from watcher.watches.registry import Admit, Registry, admit_any

_ALL = "all"


@dataclass(frozen=True, slots=True)
class Teacher:
    """What a command asks about teaching: the functions of this module, with what they need."""

    registry: Registry
    queries: WatchQueries

    def questions(self, watch: Watch) -> tuple[RowToAsk, ...]:
        """Return the listings to ask about by the stored answer of the market; none without one."""
        comps = self.queries.cached_comps(watch)
        return questions_of(watch, comps) if comps else ()

    def view(self, watch: Watch) -> dict[str, Any]:
        """Return what to ask and what was learned, as JSON."""
        return questions_view(self.queries, watch)

    async def teach(self, watch: WatchId, given: Teaching) -> dict[str, Any]:
        """Give and take back answers. Raises InvalidInput and NotFound."""
        return await teach(self.registry, self.queries, watch, given)


def questions_view(queries: WatchQueries, watch: Watch) -> dict[str, Any]:
    """Return what to ask the user now, and what was learned: `watch teach --json`, and the API."""
    comps = queries.cached_comps(watch)
    return {
        "watch": watch.id,
        "name": watch.name,
        "questions": [question_view(row) for row in questions_of(watch, comps)] if comps else [],
        "note": None if comps else _not_stored(watch),
        "taught": [answer_view(answer) for answer in watch.taught],
    }


def questions_of(watch: Watch, comps: Comps) -> tuple[RowToAsk, ...]:
    """Return the listings whose answer would decide most for this watch."""
    question = watch.question
    interest = _interest(watch, comps)
    return rows_to_ask(comps.selection, question.query, question.marketplace, watch.taught, interest)


def question_view(row: RowToAsk) -> dict[str, Any]:
    """Return a listing to ask about as JSON."""
    listing = row.listing
    return {
        "itemId": listing.item_id,
        "title": listing.title,
        "total": amount_or_none(listing.total),
        "price": amount_or_none(listing.price or listing.bid),
        "condition": listing.condition,
        "url": listing.link,
        "kept": row.kept,
        "why": row.why,
        "standsFor": row.stands_for,
    }


async def teach(
    registry: Registry, queries: WatchQueries, number: int, teaching: Teaching, admit: Admit = admit_any
) -> dict[str, Any]:
    """Give and take back answers, and return what that changes. Raises InvalidInput and NotFound.

    `admit` may refuse the watch by raising.
    """
    watch = registry.watch_id(number)
    before = registry.get(watch)
    admit(before)
    comps = queries.cached_comps(before)
    after = await registry.teach(watch, _change(queries, before, comps, teaching), queries.clock.now(), admit)
    return _view(queries, before, comps, after)


def learned_from(queries: WatchQueries, watch: Watch, item: str, title: str = "") -> TaughtAnswer | None:
    """Return what a rejected item (its hash) teaches; None if nothing is known of it but the hash.

    `title`: that of its alert, for a listing that has left the market.
    """
    comps = queries.cached_comps(watch)
    if comps is None:
        return None
    found = next((x for x in _listings(comps) if hashed_id(x.item_id) == item), None)
    if found is None and title:
        found = Listing(item, title, None, None)
    return found and _lesson(queries, watch, comps).answer(found, same=False)


def _change(
    queries: WatchQueries, watch: Watch, comps: Comps | None, teaching: Teaching
) -> Callable[[Watch], Watch]:
    """Return what to do to the watch. Raises InvalidInput."""
    if not any(teaching):
        raise InvalidInput(
            "Name an item that is the same or different, or an answer to take back (an item, or all)."
        )
    answers: list[TaughtAnswer] = []
    if teaching.same or teaching.different:
        if comps is None:
            raise InvalidInput(_not_stored(watch))
        lesson = _lesson(queries, watch, comps)
        given = [(text, True) for text in teaching.same] + [(text, False) for text in teaching.different]
        answers = [lesson.answer(_find(comps, watch, text), same=same) for text, same in given]
        if len({a.item for a in answers}) < len(answers):
            raise InvalidInput("An item is named twice; it is either the same or different.")
    forgotten = [_answered(watch, text) for text in teaching.forget if text.strip() != _ALL]
    forgets_all = _ALL in map(str.strip, teaching.forget)

    def change(now: Watch) -> Watch:
        left = () if forgets_all else without_answers(now.taught, forgotten)
        restored = restore_items(now, [a.item for a in answers if a.same])
        return replace(restored, taught=with_answers(left, answers))

    return change


def _lesson(queries: WatchQueries, watch: Watch, comps: Comps) -> Lesson:
    question = watch.question
    return Lesson(question.query, question.marketplace, comps.selection, queries.specifics_of(watch, comps))


def _find(comps: Comps, watch: Watch, text: str) -> Listing:
    """Return the listing that the user means. Raises InvalidInput."""
    listings = _listings(comps)
    name = text.strip()
    number = "" if is_hashed(name) else parse_item_number(name)
    for listing in listings:
        if name in (listing.item_id, hashed_id(listing.item_id)):
            return listing
    found = next((x for x in listings if number and is_item(x.item_id, number)), None)
    if found is None:
        answer = f"the last answer of watch {watch.id}"
        raise InvalidInput(f"Item {quoted(name)} is not in {answer}, so nothing can be learned from it.")
    return found


def _answered(watch: Watch, text: str) -> str:
    """Return the hash of an answered item that the user means. Raises InvalidInput."""
    name = text.strip()
    hashes = [hashed_id(name)] if is_hashed(name) or is_item_id(name) else []
    if not is_hashed(name):
        number = parse_item_number(name)
        hashes += [hashed_id(f"v1|{number}|0"), hashed_id(number)]
    answered = {a.item for a in watch.taught}
    found = next((item for item in hashes if item in answered), "")
    if not found:
        raise InvalidInput(f"Watch {watch.id} has no answer about item {quoted(name)} to take back.")
    return found


def _listings(comps: Comps) -> Sequence[Listing]:
    kept, dropped, auctions, _ = comps.selection
    return (*kept, *(d.listing for d in dropped), *auctions)


def _interest(watch: Watch, comps: Comps) -> Money | None:
    """Return the price at which a listing decides whether the watch alerts, as far as one is known."""
    median = comps.statistics.median
    if isinstance(watch.rule, Deal):
        return median and median.share(watch.rule.percent / 100)
    return watch.rule.price_limit or median


def _view(queries: WatchQueries, before: Watch, earlier: Comps | None, after: Watch) -> dict[str, Any]:
    comps = queries.cached_comps(after)
    ids_before, median_before = _figures(earlier)
    ids, median = _figures(comps)
    return {
        **questions_view(queries, after),
        "kept": None if comps is None else len(ids),
        "added": len(ids - ids_before),
        "removed": len(ids_before - ids),
        "median": median,
        "medianBefore": median_before,
        "currency": comps.statistics.currency if comps else None,
        "changed": before.taught != after.taught,
    }


def _figures(comps: Comps | None) -> tuple[set[str], str | None]:
    if comps is None:
        return set(), None
    return {x.item_id for x in comps.selection.kept}, amount_or_none(comps.statistics.median)


def _not_stored(watch: Watch) -> str:
    return f"No answer of the market is stored for watch {watch.id} yet; ask again after its first poll."
