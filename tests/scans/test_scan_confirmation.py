"""Identify, then confirm: whose session it is, what is chosen, and what that teaches."""

from __future__ import annotations

import pytest

from tests.fakes import FakeClock
from tests.scans.senses import ASKED, PHOTO, UNSURE, FakeSenses, scanner_of
from watcher.core.errors import NotFound
from watcher.core.identification import Way
from watcher.core.times import HOUR
from watcher.db.stores import Stores
from watcher.scans.sessions import ScanSessions


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def senses() -> FakeSenses:
    senses = FakeSenses()
    senses.by_image = UNSURE
    return senses


@pytest.fixture
def sessions(stores: Stores, senses: FakeSenses, clock: FakeClock) -> ScanSessions:
    scanner = scanner_of(stores, senses, clock)
    return ScanSessions(stores.scan_sessions, scanner, scanner.library)


async def test_candidates_come_from_every_way_the_most_likely_first(
    sessions: ScanSessions, clock: FakeClock
) -> None:
    opened = await sessions.identify(PHOTO, ASKED, clock.now())
    assert [(one.id, one.identification.query, one.identification.way) for one in opened.candidates] == [
        ("1", "zenitar mk2", Way.OPENAI),
        ("2", "zenitar camera", Way.EBAY),
        ("3", "praktiflex camera", Way.EBAY),
    ]
    assert opened.expires_at == clock.now() + HOUR
    assert len(opened.id) >= 43


async def test_a_chosen_candidate_is_what_the_user_sees_next_time(
    sessions: ScanSessions, senses: FakeSenses, clock: FakeClock
) -> None:
    opened = await sessions.identify(PHOTO, ASKED, clock.now())
    session = sessions.find(opened.id, "collector", clock.now())
    assert (session.asked, session.candidates) == (ASKED, opened.candidates)
    confirmed = await sessions.confirm(session, clock.now(), candidate="3")
    assert (confirmed.identification.query, confirmed.identification.confidence) == ("praktiflex camera", 1.0)
    again = await sessions.identify(PHOTO, ASKED, clock.now())
    assert [one.identification.query for one in again.candidates] == ["praktiflex camera"]
    other = await sessions.identify(PHOTO, ASKED._replace(user="owner"), clock.now())
    assert other.candidates[0].identification.query == "zenitar mk2"
    assert senses.calls.count("ai") == 1


async def test_a_correction_is_remembered_in_the_users_words(
    sessions: ScanSessions, clock: FakeClock
) -> None:
    opened = await sessions.identify(PHOTO, ASKED, clock.now())
    session = sessions.find(opened.id, "collector", clock.now())
    confirmed = await sessions.confirm(session, clock.now(), query="zenitar mk1")
    assert (confirmed.identification.title, confirmed.identification.way) == ("zenitar mk1", Way.LIBRARY)


async def test_a_session_is_secret_and_ends(sessions: ScanSessions, clock: FakeClock, stores: Stores) -> None:
    opened = await sessions.identify(PHOTO, ASKED, clock.now())
    assert stores.scan_sessions.find(opened.id, "collector", clock.now()) is None  # only its hash is stored
    for session, user in ((opened.id, "stranger"), ("guessed", "collector"), ("", "collector")):
        with pytest.raises(NotFound, match="unknown, or older than an hour"):
            sessions.find(session, user, clock.now())
    with pytest.raises(NotFound):
        sessions.find(opened.id, "collector", clock.move(HOUR))


async def test_a_candidate_that_does_not_exist_is_refused(sessions: ScanSessions, clock: FakeClock) -> None:
    opened = await sessions.identify(PHOTO, ASKED, clock.now())
    session = sessions.find(opened.id, "collector", clock.now())
    with pytest.raises(NotFound, match='no candidate "9"'):
        await sessions.confirm(session, clock.now(), candidate="9")
