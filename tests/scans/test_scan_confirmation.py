"""Identify, then confirm: whose session it is, what is chosen, and what that teaches."""

from __future__ import annotations

import pytest

from tests.fakes import FakeClock
from tests.scans.senses import ASKED, PHOTO, SURE, UNSURE, FakeSenses, scanner_of
from watcher.core.errors import NotFound
from watcher.core.identification import Way
from watcher.core.times import DAY, HOUR
from watcher.db.stores import Stores
from watcher.scans.scanner import PictureQuestion
from watcher.scans.sessions import OpenedSession, ScanSessions, choose


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def senses() -> FakeSenses:
    senses = FakeSenses()
    senses.by_image = UNSURE
    return senses


class Desk:
    """Identifies the photo, and opens sessions for it."""

    def __init__(self, stores: Stores, senses: FakeSenses, clock: FakeClock) -> None:
        self._scanner, self._clock = scanner_of(stores, senses, clock), clock
        self.sessions = ScanSessions(stores.scan_sessions, self._scanner.library)

    async def identify(self, asked: PictureQuestion = ASKED) -> OpenedSession:
        return await self.sessions.open(await self._scanner.identify(PHOTO, asked), asked, self._clock.now())


@pytest.fixture
def desk(stores: Stores, senses: FakeSenses, clock: FakeClock) -> Desk:
    return Desk(stores, senses, clock)


async def test_candidates_come_from_every_way_the_most_likely_first(desk: Desk, clock: FakeClock) -> None:
    opened = await desk.identify()
    assert [(one.id, one.identification.query, one.identification.way) for one in opened.candidates] == [
        ("1", "zenitar mk2", Way.OPENAI),
        ("2", "zenitar camera", Way.EBAY),
        ("3", "praktiflex camera", Way.EBAY),
    ]
    assert opened.expires_at == clock.now() + HOUR
    assert len(opened.id) >= 43


async def test_a_chosen_candidate_is_what_the_user_sees_next_time(
    desk: Desk, senses: FakeSenses, clock: FakeClock
) -> None:
    opened = await desk.identify()
    session = desk.sessions.find(opened.id, "collector", clock.now())
    assert (session.asked, session.candidates) == (ASKED, opened.candidates)
    confirmed = await desk.sessions.remember(session, choose(session, candidate="3"), clock.now())
    assert (confirmed.identification.query, confirmed.identification.confidence) == ("praktiflex camera", 1.0)
    again = await desk.identify()
    assert [one.identification.query for one in again.candidates] == ["praktiflex camera"]
    other = await desk.identify(ASKED._replace(user="owner"))
    assert other.candidates[0].identification.query == "zenitar mk2"
    assert senses.calls.count("ai") == 1


async def test_a_correction_is_remembered_in_the_users_words(desk: Desk, clock: FakeClock) -> None:
    opened = await desk.identify()
    session = desk.sessions.find(opened.id, "collector", clock.now())
    confirmed = await desk.sessions.remember(session, choose(session, query="zenitar mk1"), clock.now())
    assert (confirmed.identification.title, confirmed.identification.way) == ("zenitar mk1", Way.LIBRARY)


async def test_a_session_is_secret_and_ends(desk: Desk, clock: FakeClock, stores: Stores) -> None:
    opened = await desk.identify()
    assert stores.scan_sessions.find(opened.id, "collector", clock.now()) is None  # only its hash is stored
    for session, user in ((opened.id, "stranger"), ("guessed", "collector"), ("", "collector")):
        with pytest.raises(NotFound, match="unknown, or older than an hour"):
            desk.sessions.find(session, user, clock.now())
    with pytest.raises(NotFound):
        desk.sessions.find(opened.id, "collector", clock.move(HOUR))


async def test_a_candidate_that_does_not_exist_is_refused(desk: Desk, clock: FakeClock) -> None:
    opened = await desk.identify()
    session = desk.sessions.find(opened.id, "collector", clock.now())
    with pytest.raises(NotFound, match='no candidate "9"'):
        choose(session, candidate="9")


async def test_confirmed_words_of_listings_are_kept_no_longer(
    desk: Desk, senses: FakeSenses, clock: FakeClock, stores: Stores
) -> None:
    senses.by_image = SURE
    await desk.identify()
    opened = await desk.identify()  # the library answers now
    session = desk.sessions.find(opened.id, "collector", clock.now())
    assert session.candidates == opened.candidates
    await desk.sessions.remember(session, choose(session, candidate="1"), clock.now())
    entries = stores.library.exact(session.marks.digest, "collector")
    lifetimes = {one.owner: (one.identification.way, one.expires_at - clock.now()) for one in entries}
    assert lifetimes["collector"] == (Way.EBAY, 10 * DAY)
