"""Scans from a picture to its worth: what endpoints, the page and the command line call."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from watcher.core.errors import InvalidInput, MissingInput, WatcherError
from watcher.core.identification import Identification
from watcher.core.watch import Inquiry
from watcher.ports import Clock
from watcher.scans.appraiser import Appraisal, Appraiser, ScanRequest
from watcher.scans.batch import MAX_BATCH, run_batch
from watcher.scans.scanner import AdmitCalls, Found, PictureQuestion, Scanner, always
from watcher.scans.sessions import OpenedSession, ScanSession, ScanSessions, choose


class Confirmation(NamedTuple):
    """What a user says that a picture shows, not yet remembered. `inquiry`: what finds its comps."""

    session: ScanSession
    identification: Identification
    inquiry: Inquiry


class LookedAt(NamedTuple):
    """What a picture shows, and the session in which that can be confirmed."""

    found: Found
    session: OpenedSession


class PictureScans:
    """Identifies and appraises pictures. `read` returns the bytes of a data URI or of an address.

    `admit` is called before anything costs calls, and may refuse that with a WatcherError.
    """

    def __init__(
        self,
        read: Callable[[str], Awaitable[bytes]],
        scanner: Scanner,
        sessions: ScanSessions,
        appraiser: Appraiser,
        clock: Clock,
    ) -> None:
        self._read, self._scanner, self._sessions, self._appraiser = read, scanner, sessions, appraiser
        self._clock = clock

    def read_request(
        self, user: str, *, category: str = "", condition: str = "", price: str = ""
    ) -> ScanRequest:
        """Return what was typed about an item. Raises InvalidInput."""
        return self._appraiser.read_request(user, category=category, condition=condition, price=price)

    async def scan(self, image: str, asked: ScanRequest, admit: AdmitCalls = always) -> Appraisal:
        """Return what the item in a picture is worth.

        Raises InvalidInput for a picture that cannot be used, NotFound if nothing is recognised in it, and
        CallFailed if a service that is needed fails.
        """
        return await self.scan_content(await self._read(image), asked, admit)

    async def scan_content(self, content: bytes, asked: ScanRequest, admit: AdmitCalls = always) -> Appraisal:
        """Return what the item in a picture is worth, of the picture's bytes. Raises as `scan` does."""
        found = await self._scanner.identify(content, asked.asked, admit)
        return await self._appraiser.appraise(found, asked, admit)

    async def scan_all(
        self, images: Sequence[str], requests: Sequence[ScanRequest], admit: AdmitCalls = always
    ) -> list[Appraisal | WatcherError]:
        """Return the worth or the failure of each picture, in their order. Raises InvalidInput."""
        if not images:
            raise MissingInput(f'The field "images" is empty; send 1 to {MAX_BATCH} pictures.')
        if len(images) > MAX_BATCH:
            raise InvalidInput(f"A batch has at most {MAX_BATCH} pictures, not {len(images)}.")
        return await run_batch(
            list(zip(images, requests, strict=True)), lambda one: self.scan(one[0], one[1], admit)
        )

    async def identify(self, image: str, asked: PictureQuestion, admit: AdmitCalls = always) -> OpenedSession:
        """Return what a picture may show, to be confirmed. Raises as `scan` does."""
        content = await self._read(image)
        found = await self._scanner.identify(content, asked, admit)
        return await self._sessions.open(found, asked, self._clock.now())

    async def look(self, content: bytes, asked: PictureQuestion, admit: AdmitCalls = always) -> LookedAt:
        """Return what a picture shows, to be appraised and confirmed, of its bytes. Raises as `scan` does."""
        found = await self._scanner.identify(content, asked, admit)
        return LookedAt(found, await self._sessions.open(found, asked, self._clock.now()))

    async def appraise(self, found: Found, asked: ScanRequest, admit: AdmitCalls = always) -> Appraisal:
        """Return what an identified item is worth. Raises CallFailed."""
        return await self._appraiser.appraise(found, asked, admit)

    def find(self, session: str, user: str) -> ScanSession:
        """Return a user's session. Raises NotFound if there is none, or it has ended."""
        return self._sessions.find(session, user, self._clock.now())

    def choose(self, session: str, user: str, *, candidate: str = "", query: str = "") -> Confirmation:
        """Return the chosen or typed item of a user's session. Raises NotFound and InvalidInput."""
        if bool(candidate) == bool(query):
            sentence = "Choose a candidate by candidateId, or correct it by query"
            raise InvalidInput(f"{sentence}, not both.") if query else MissingInput(f"{sentence}.")
        found = self._sessions.find(session, user, self._clock.now())
        item = choose(found, candidate=candidate, query=query)
        inquiry = self._appraiser.inquiry_of(item, found.asked)
        if query:  # without what cannot be seen in it
            item = item._replace(title=inquiry.question.query, query=inquiry.question.query)
        return Confirmation(found, item, inquiry)

    async def confirm(self, chosen: Confirmation, price: str = "", admit: AdmitCalls = always) -> Appraisal:
        """Remember for the user what a picture shows, and return its worth. Raises CallFailed."""
        asked = chosen.session.asked
        request = ScanRequest(asked, self._appraiser.read_price(price, chosen.inquiry.question.marketplace))
        found = await self._sessions.remember(chosen.session, chosen.identification, self._clock.now())
        return await self._appraiser.appraise(found, request, admit)
