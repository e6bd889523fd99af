"""The visual library: what it knows of a picture, for whom, and for how long."""

from __future__ import annotations

import pytest
from sqlalchemy import delete

from tests.conftest import AGES
from tests.fakes import NOON
from tests.scans.pictures import Index, identified, marks
from watcher.core.categories import TTLS
from watcher.core.identification import MAX_LIBRARY_DISTANCE, Way
from watcher.core.times import DAY, HOUR, Instant, Seconds
from watcher.db.library import MAX_IDENTIFICATIONS
from watcher.db.schema import identifications
from watcher.db.stores import Stores
from watcher.scans import library as library_module
from watcher.scans.library import Lifetimes, VisualLibrary

LIVES = Lifetimes(TTLS, confirmed=Seconds(365 * DAY), listing_text=Seconds(10 * DAY))
LATER = Instant(NOON + HOUR)


@pytest.fixture
def index() -> Index:
    return Index()


@pytest.fixture
def library(stores: Stores, index: Index) -> VisualLibrary:
    return VisualLibrary(stores.library, index.functions, LIVES)


async def test_the_same_bytes_are_found_without_the_index(library: VisualLibrary) -> None:
    await library.teach(marks(), identified(), NOON)
    found = library.exact("photo", "collector", LATER)
    assert found
    assert found.identification == identified(way=Way.LIBRARY)._replace(origin=Way.OPENAI)
    assert found.marks == marks()
    assert library.exact("another", "collector", LATER) is None


async def test_a_changed_picture_is_found_by_its_look(library: VisualLibrary) -> None:
    await library.teach(marks(), identified(), NOON)
    found = await library.similar(marks("smaller", MAX_LIBRARY_DISTANCE), "collector", LATER)
    assert found
    assert found.identification == identified(way=Way.LIBRARY)._replace(origin=Way.OPENAI)
    assert await library.similar(marks("another", MAX_LIBRARY_DISTANCE + 1), "collector", LATER) is None


async def test_hashes_with_the_highest_bit_survive_the_database(
    stores: Stores, library: VisualLibrary
) -> None:
    await library.teach(marks(), identified(), NOON)
    assert stores.library.hashes_after(0, 9) == [(1, marks().hashes)]


async def test_the_nearest_picture_answers(library: VisualLibrary) -> None:
    await library.teach(marks("far"), identified("Far"), NOON)
    await library.teach(marks("near", 3), identified("Near"), NOON)
    found = await library.similar(marks("asked", 4), "collector", LATER)
    assert found
    assert found.identification.title == "Near"


async def test_a_confirmed_identification_outranks_the_shared_one(library: VisualLibrary) -> None:
    await library.teach(marks(), identified("Wrong"), NOON)
    await library.teach(marks("again", 6), identified("Right", Way.LIBRARY), NOON, owner="collector")
    mine = await library.similar(marks("asked"), "collector", LATER)
    assert mine
    assert mine.identification.title == "Right"


async def test_a_confirmation_is_seen_by_its_user_only(library: VisualLibrary) -> None:
    await library.teach(marks(), identified("Shared"), NOON)
    await library.teach(marks(), identified("Poisoned"), NOON, owner="stranger")
    for found in (
        library.exact("photo", "collector", LATER),
        await library.similar(marks("asked"), "collector", LATER),
    ):
        assert found
        assert found.identification.title == "Shared"


@pytest.mark.parametrize(
    ("identification", "owner", "lifetime"),
    [
        (identified(category="cards"), "", DAY),
        (identified(category="shoes"), "", 28 * DAY),
        (identified(category="shoes", way=Way.EBAY), "", 10 * DAY),
        (identified(category="shoes", way=Way.BARCODE), "collector", 10 * DAY),
        (identified(category="cards"), "collector", 365 * DAY),
    ],
)
async def test_an_identification_answers_for_its_lifetime(
    library: VisualLibrary, identification: library_module.Identification, owner: str, lifetime: float
) -> None:
    await library.teach(marks(), identification, NOON, owner=owner)
    ends = Instant(NOON + lifetime)
    assert library.exact("photo", "collector", Instant(ends - 1))
    assert library.exact("photo", "collector", ends) is None
    assert library.exact("photo", "collector", ends, expired=True)
    assert await library.similar(marks("asked"), "collector", ends) is None
    assert await library.similar(marks("asked"), "collector", ends, expired=True)


async def test_a_newer_identification_replaces_the_older_one(stores: Stores, library: VisualLibrary) -> None:
    for title in ("Old", "New"):
        await library.teach(marks(), identified(title), NOON)
    found = library.exact("photo", "collector", LATER)
    assert found
    assert found.identification.title == "New"
    assert len(stores.library.hashes_after(0, 9)) == 1


async def test_the_index_learns_what_other_daemons_stored(
    stores: Stores, library: VisualLibrary, index: Index
) -> None:
    other = VisualLibrary(stores.library, Index().functions, LIVES)
    for number in range(3):
        await other.teach(marks(str(number)), identified(), NOON)
        assert await library.similar(marks("asked"), "collector", LATER)
    assert index.added == [1, 2, 3]


async def test_a_lost_index_is_filled_again_in_steps(
    library: VisualLibrary, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library_module, "ENTRIES_PER_STEP", 2)
    for number in range(5):
        await library.teach(marks(str(number)), identified(), NOON)
    for _ in range(2):
        assert await library.similar(marks("asked"), "collector", LATER)
        assert sorted(index.rows) == [1, 2, 3, 4, 5]
        index.lose()


async def test_a_deleted_entry_leaves_the_index(stores: Stores, library: VisualLibrary, index: Index) -> None:
    await library.teach(marks(), identified(), NOON)
    await library.teach(marks("other"), identified(), NOON, owner="stranger")
    assert await library.similar(marks("asked"), "collector", LATER)
    await stores.database.write(lambda c: c.execute(delete(identifications).where(identifications.c.id == 1)))
    assert await library.similar(marks("asked"), "collector", LATER) is None
    assert list(index.rows) == [2]  # it exists, for another user


async def test_a_full_library_forgets_shared_entries_first(
    stores: Stores, library: VisualLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MAX_IDENTIFICATIONS >= 100_000
    monkeypatch.setattr("watcher.db.library.MAX_IDENTIFICATIONS", 2)
    await library.teach(marks("confirmed"), identified(), NOON, owner="collector")
    for number in range(3):
        await library.teach(marks(str(number)), identified(), Instant(NOON + number))
    await stores.housekeeping.prune(LATER)
    kept = [digest for digest in ("confirmed", "0", "1", "2") if library.exact(digest, "collector", LATER)]
    assert kept == ["confirmed", "2"]
    assert AGES.max_stale > HOUR


@pytest.mark.parametrize(
    ("barcodes", "shared", "own"), [(("1",), True, True), ((), False, True), (("2",), False, False)]
)
async def test_a_barcode_answers_pictures_with_the_same_one(
    library: VisualLibrary, barcodes: tuple[str, ...], *, shared: bool, own: bool
) -> None:
    await library.teach(marks(), identified(way=Way.BARCODE, gtin="1"), NOON)
    found = await library.similar(marks("back of another book"), "collector", LATER, barcodes=barcodes)
    assert bool(found) == shared
    await library.teach(marks("mine"), identified(gtin="1"), NOON, owner="collector")
    found = await library.similar(marks("asked"), "collector", LATER, barcodes=barcodes)
    assert bool(found and found.owner) == own


async def test_a_user_cannot_fill_the_library(
    library: VisualLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("watcher.db.library.MAX_CONFIRMED_PER_USER", 2)
    await library.teach(marks("shared"), identified(), NOON)
    await library.teach(marks("of another"), identified(), NOON, owner="collector")
    for number in range(4):
        await library.teach(marks(str(number)), identified(), Instant(NOON + number), owner="stranger")
    kept = [name for name in ("shared", "0", "1", "2", "3") if library.exact(name, "stranger", LATER)]
    assert kept == ["shared", "2", "3"]
    assert library.exact("of another", "collector", LATER)
