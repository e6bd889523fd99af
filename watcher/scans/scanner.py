"""From a picture to what it shows: the cheapest way that is sure answers; a failure is never an answer."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from watcher.core.ai_answers import AiAnswer, AiAnswerUnusable, MicroDollars, TokenPrices
from watcher.core.errors import Api, CallFailed, InvalidInput, Kind, NotFound, WatcherError
from watcher.core.identification import Identification, Inspection, PictureMarks, Way
from watcher.core.listing import Ask, Condition, Snapshot
from watcher.core.times import Instant, Seconds
from watcher.core.title_agreement import find_items
from watcher.polling.fetch import loop_time
from watcher.polling.single_flight import SingleFlight
from watcher.ports import Clock
from watcher.scans.allowance import AiAllowance, ScanAllowance, ScanBooking
from watcher.scans.library import VisualLibrary

log = logging.getLogger(__name__)
_MAX_OTHERS = 5
SURE = 0.5  # confidence from which no dearer way is tried
_MAX_DECLINED = 1_000  # pictures that the model declined, which are not paid for again
_HASHED_AT_ONCE = 1_000_000  # bytes; more are hashed beside the event loop
AdmitCalls = Callable[[], None]
"""Called before calls are spent; raises WatcherError to refuse that."""
OLD = "The picture looks like one that was identified some time ago; check the title."
GUESS = "This is only the best match; check the title."


def always() -> None:
    """AdmitCalls everything."""


class PictureQuestion(NamedTuple):
    """Whose picture is identified, for which market, and what the user said about the item."""

    user: str
    marketplace: str
    category: str = ""
    condition: Condition = Condition.ANY


class Found(NamedTuple):
    """What a picture shows, with the marks of the picture, and warnings about it for the user.

    `others`: what it may show instead, the most likely first.
    """

    identification: Identification
    marks: PictureMarks
    warnings: tuple[str, ...] = ()
    others: tuple[Identification, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Senses:
    """The functions that look at a picture. Each of them raises CallFailed.

    `inspect` decodes it, and raises InvalidInput if it cannot be used. `search` and `search_by_image` ask the
    market and `ask_ai` the model with its hints (category, condition); each takes the seconds that are left.
    `ask_ai` is None if no model is configured.
    """

    inspect: Callable[[bytes], Awaitable[Inspection]]
    search: Callable[[Ask, Seconds], Awaitable[Snapshot]]
    search_by_image: Callable[[bytes, Ask, Seconds], Awaitable[Snapshot]]
    ask_ai: Callable[[bytes, str, str, Seconds], Awaitable[AiAnswer]] | None


class _Look(NamedTuple):
    """One identification under way; it ends at `ends_at` by the event loop's time."""

    inspection: Inspection
    asked: PictureQuestion
    now: Instant
    ends_at: float
    booking: ScanBooking

    @property
    def left(self) -> Seconds:
        return Seconds(max(0.0, self.ends_at - loop_time()))


class Scanner:
    """Identifies pictures.

    `ways` may be used, `timeout` is seconds for one picture, `prices` are those of the model. Call `close`.
    """

    def __init__(
        self,
        senses: Senses,
        library: VisualLibrary,
        allowance: AiAllowance,
        scans: ScanAllowance,
        *,
        ways: Collection[Way],
        timeout: Seconds,
        prices: TokenPrices,
        clock: Clock,
    ) -> None:
        self._senses, self.library, self._allowance, self._scans = senses, library, allowance, scans
        # The order is that of their cost, whatever the order in the configuration.
        usable = [way for way in Way if way in ways]
        self._ways = [way for way in usable if way is not Way.OPENAI or senses.ask_ai]
        self._timeout, self._prices, self._clock = timeout, prices, clock
        self._declined: dict[str, None] = {}  # digests
        self._flights: SingleFlight[tuple[PictureQuestion, str], Found] = SingleFlight()

    async def identify(self, content: bytes, asked: PictureQuestion, admit: AdmitCalls = always) -> Found:
        """Return what a picture shows; equal pictures at the same time are looked at once.

        `admit` is called for bytes that the library does not know. Raises what it raises, InvalidInput if
        the bytes are not a picture or no way may be used, LimitReached if the user's plan allows no other
        picture this month, NotFound if no way finds anything in it, and CallFailed if that may be because a
        service fails.
        """
        is_large = len(content) > _HASHED_AT_ONCE
        digest = await asyncio.to_thread(_digest, content) if is_large else _digest(content)
        if known := self.known(digest, asked):
            return known
        if not self._ways:  # "nothing was recognised" would blame the picture
            raise InvalidInput(
                "This daemon may identify pictures in no way. Its operator allows one in [scan] ways; openai "
                "needs an api_key in [openai]."
            )
        admit()
        is_first = not self._flights.is_running(key := (asked, digest))
        found = await self._flights.join(key, lambda: self._identify(content, asked))
        return found if is_first else _without_cost(found)

    def known(self, digest: str, asked: PictureQuestion) -> Found | None:
        """Return what the library knows of a picture by its SHA-256. Raises NotFound if it shows nothing."""
        if Way.LIBRARY not in self._ways:
            return None
        entry = self.library.exact(digest, asked.user, self._clock.now())
        if entry is None:
            return None
        if not entry.identification.query:
            raise nothing_found()
        is_sure = entry.identification.confidence >= SURE
        return Found(entry.identification, entry.marks, () if is_sure else (GUESS,))

    async def close(self) -> None:
        """End what is under way."""
        await self._flights.close()

    async def _identify(self, content: bytes, asked: PictureQuestion) -> Found:
        ends_at = loop_time() + self._timeout
        inspection = await self._senses.inspect(content)
        # A flight outlives its request, whose body counts no longer: 300 pictures of 10 MB a minute would
        # stay in memory while a model hangs.
        del content
        now = self._clock.now()
        look = _Look(inspection, asked, now, ends_at, self._scans.booking(asked.user, now))
        is_counted = False
        try:
            found = await self._look_at(look)
            is_counted = found.identification.way is not Way.LIBRARY  # what is known already is free
        except NotFound:  # an answer, too
            is_counted = True
            raise
        finally:
            if not is_counted:
                await look.booking.give_back()
        return found

    async def _look_at(self, look: _Look) -> Found:
        inspection = look.inspection
        failures: dict[Way, CallFailed] = {}
        guesses: list[Identification] = []
        for way in self._ways:
            try:
                found = await self._try(way, look)
            except CallFailed as failure:
                log.info("a picture: %s failed", way, extra={"code": failure.code, "why": failure.detail})
                failures[way] = failure
                continue
            if found and found[0].confidence >= SURE:
                return Found(found[0], inspection.marks, others=_ranked([*found[1:], *guesses]))
            guesses += found
        return await self._settle_for(look, _ranked(guesses), failures)

    async def _settle_for(
        self, look: _Look, guesses: tuple[Identification, ...], failures: Mapping[Way, CallFailed]
    ) -> Found:
        """Return what is left if no way was sure: an expired entry, or a guess. Raises as `identify` does."""
        marks = look.inspection.marks
        outages = [f for f in failures.values() if not f.caller_caused]
        busy = _busy(outages[-1]) if outages else ""
        by_ai = any(one.way is Way.OPENAI for one in guesses)  # which the library has just been taught
        if Way.LIBRARY in self._ways and not by_ai and (old := await self._similar(look, expired=True)):
            return Found(old, marks, (f"{busy}{OLD}",), guesses)
        if guesses:
            return Found(guesses[0], marks, (f"{busy}{GUESS}",), guesses[1:])
        if outages:  # the dearest way is the last one, and would have known best
            raise outages[-1]
        raise nothing_found()

    async def _try(self, way: Way, look: _Look) -> list[Identification]:
        """Return what one way finds, the most likely first; remember that if it is sure or was charged."""
        if way is Way.LIBRARY:
            known = await self._similar(look)
            return [known] if known else []
        if way is Way.BARCODE:
            found = await self._by_barcodes(look)
        elif way is Way.EBAY:
            found = await self._by_image(look)
        else:
            found = await self._by_ai(look)
        if found and (found[0].confidence >= SURE or way is Way.OPENAI):
            await self._remember(look, found[0])
        return [one for one in found if one.query]

    async def _remember(self, look: _Look, item: Identification) -> None:
        try:
            await self.library.teach(look.inspection.marks, item, look.now)
        except WatcherError as failure:  # the user still gets what was found and perhaps paid for
            log.warning("an identification could not be remembered: %s", failure)

    async def _similar(self, look: _Look, *, expired: bool = False) -> Identification | None:
        try:
            seen, user = look.inspection, look.asked.user
            entry = await self.library.similar(
                seen.marks, user, look.now, barcodes=seen.barcodes, expired=expired
            )
        except WatcherError as failure:  # the worker; the other ways do without it
            log.warning("the visual library could not be searched: %s", failure)
            return None
        return entry.identification if entry and entry.identification.query else None

    async def _by_barcodes(self, look: _Look) -> list[Identification]:
        for gtin in look.inspection.barcodes:
            await look.booking.make()
            snapshot = await self._senses.search(self._ask(look)._replace(gtin=gtin), look.left)
            if found := _items_in(snapshot, Way.BARCODE)[:1]:
                # The number itself names the item; the titles only say how people call it.
                return [one._replace(gtin=gtin, confidence=max(one.confidence, SURE)) for one in found]
        return []

    async def _by_image(self, look: _Look) -> list[Identification]:
        await look.booking.make()
        snapshot = await self._senses.search_by_image(look.inspection.jpeg, self._ask(look), look.left)
        return _items_in(snapshot, Way.EBAY)

    async def _by_ai(self, look: _Look) -> list[Identification]:
        ask_ai, asked = self._senses.ask_ai, look.asked
        if ask_ai is None:
            return []
        digest = look.inspection.marks.digest
        if digest in self._declined:
            raise CallFailed(Api.OPENAI, Kind.REFUSED, "declined before", caller_caused=True)
        await look.booking.make()
        hint = "" if asked.condition is Condition.ANY else str(asked.condition)
        async with self._allowance.booked(asked.user, look.now) as settle:
            try:
                answer = await ask_ai(look.inspection.jpeg, asked.category, hint, look.left)
            except AiAnswerUnusable as unusable:
                settle(self._prices.cost(unusable.usage) or 0)
                if unusable.caller_caused:
                    self._note_declined(digest)
                raise
            cost = self._prices.cost(answer.usage)
            settle(cost or 0)
        item = Identification(
            answer.title,
            answer.query,
            Way.OPENAI,
            answer.confidence,
            category=answer.category,
            brand=answer.brand,
            model=answer.model,
            condition=answer.condition,
            grade=answer.grade,
            cost=cost,
        )
        return [item]

    def _note_declined(self, digest: str) -> None:
        self._declined[digest] = None
        if len(self._declined) > _MAX_DECLINED:
            del self._declined[next(iter(self._declined))]

    def _ask(self, look: _Look) -> Ask:
        return Ask("", Condition.ANY, look.asked.marketplace)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _without_cost(found: Found) -> Found:
    """Return what a scan gets that joined another one: that one was charged."""
    item = found.identification
    return found if item.cost is None else found._replace(identification=item._replace(cost=MicroDollars(0)))


def _items_in(snapshot: Snapshot, way: Way) -> list[Identification]:
    items = find_items(snapshot.listings)
    return [Identification(x.title, x.query, way, x.confidence, category=x.category) for x in items]


def _ranked(found: Sequence[Identification]) -> tuple[Identification, ...]:
    """Return distinct items, the most likely first."""
    by_query: dict[str, Identification] = {}
    for one in sorted(found, key=lambda item: -item.confidence):
        by_query.setdefault(one.query.casefold(), one)
    return tuple(by_query.values())[:_MAX_OTHERS]


def _busy(outage: CallFailed) -> str:
    name = "AI" if outage.api is Api.OPENAI else outage.api.facts.name
    return f"{name} is busy, using visual matching. "


def nothing_found() -> NotFound:
    """Return the failure of a picture in which nothing was recognised."""
    return NotFound(
        "Nothing for sale was recognised in the picture.",
        action="Photograph one item from the front in good light, or search for it by its name",
    )
