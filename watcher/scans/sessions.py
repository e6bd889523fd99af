"""Identify, then confirm: the user chooses or corrects what a picture shows, and the library learns it."""

from __future__ import annotations

import json
import secrets
from typing import Any, NamedTuple

from watcher.core.errors import NotFound
from watcher.core.identification import Identification, PictureMarks, Way
from watcher.core.listing import Condition
from watcher.core.times import Instant
from watcher.core.tokens import hash_token
from watcher.db.scan_sessions import ScanSessionStore
from watcher.scans.library import VisualLibrary
from watcher.scans.scanner import Found, PictureQuestion


class Candidate(NamedTuple):
    """Something that a picture may show."""

    id: str
    identification: Identification


class ScanSession(NamedTuple):
    """A picture that waits to be confirmed, with what was asked about it."""

    marks: PictureMarks
    asked: PictureQuestion
    candidates: tuple[Candidate, ...]


class OpenedSession(NamedTuple):
    """A new session: the id that only its user gets, its end, and what the picture may show."""

    id: str
    expires_at: Instant
    candidates: tuple[Candidate, ...]
    warnings: tuple[str, ...]


class ScanSessions:
    """Opens and confirms sessions; only a hash of a session's id is stored."""

    def __init__(self, store: ScanSessionStore, library: VisualLibrary) -> None:
        self._store, self._library = store, library

    async def open(self, found: Found, asked: PictureQuestion, now: Instant) -> OpenedSession:
        """Store a session for an identified picture; its candidates are the most likely first."""
        items = (found.identification, *found.others)
        candidates = tuple(Candidate(str(n), item) for n, item in enumerate(items, 1))
        secret = secrets.token_urlsafe(32)
        payload = _payload_of(ScanSession(found.marks, asked, candidates))
        ends = await self._store.add(hash_token(secret), asked.user, payload, now)
        return OpenedSession(secret, ends, candidates, found.warnings)

    def find(self, session: str, user: str, now: Instant) -> ScanSession:
        """Return a user's session. Raises NotFound if there is none, or it has ended."""
        payload = self._store.find(hash_token(session), user, now)
        if payload is None:
            raise NotFound(
                "This scan is unknown, or older than an hour.",
                action="Send the picture again, and confirm it then",
            )
        return _session_of(payload, user)

    async def remember(self, opened: ScanSession, item: Identification, now: Instant) -> Found:
        """Remember for the user of a session what its picture shows, and return that."""
        sure = item._replace(confidence=1.0, cost=None)
        await self._library.teach(opened.marks, sure, now, owner=opened.asked.user)
        return Found(sure, opened.marks)


def choose(opened: ScanSession, *, candidate: str = "", query: str = "") -> Identification:
    """Return the candidate that the user chose, or the item that the user typed. Raises NotFound."""
    if query:
        # The words are the user's own, so no listing's text is kept.
        return Identification(query, query, Way.LIBRARY, 1.0, category=opened.asked.category)
    for one in opened.candidates:
        if one.id == candidate:
            return one.identification
    raise NotFound(f'This scan has no candidate "{candidate[:20]}".', action="Choose one of its candidates")


def _payload_of(session: ScanSession) -> str:
    asked = session.asked
    return json.dumps(
        {
            "marks": session.marks,
            "asked": [asked.marketplace, asked.category, asked.condition],
            "candidates": [[one.id, one.identification] for one in session.candidates],
        }
    )


def _session_of(payload: str, user: str) -> ScanSession:
    stored: dict[str, Any] = json.loads(payload)
    digest, hashes = stored["marks"]
    marketplace, category, condition = stored["asked"]
    candidates = (Candidate(number, _item_of(*fields)) for number, fields in stored["candidates"])
    asked = PictureQuestion(user, marketplace, category, Condition(condition))
    return ScanSession(PictureMarks(digest, tuple(hashes)), asked, tuple(candidates))


def _item_of(title: str, query: str, way: str, confidence: float, *more: Any) -> Identification:
    item = Identification(title, query, Way(way), confidence, *more)
    return item._replace(origin=Way(item.origin) if item.origin else None)
