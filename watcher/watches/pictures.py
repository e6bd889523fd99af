"""The pictures of listings that the daemon knows, fetched when asked for and kept in memory for hours."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import NamedTuple

from watcher.core.aging_cache import AgingCache
from watcher.core.errors import Api, CallFailed, Kind, NotFound, NotSent
from watcher.core.item_number import ids_of_item
from watcher.core.pictures import Picture, PictureOrigins, PictureSize, no_picture
from watcher.core.times import HOUR, MINUTE, Seconds
from watcher.polling.single_flight import SingleFlight

MAX_PICTURE_AGE = Seconds(6 * HOUR)
_MAX_BYTES = 32 * 1024 * 1024
_ENTRY_BYTES = 500  # of memory for a picture, beside its content
_MAX_ADDRESSES = 20_000  # of about 300 bytes
_MAX_FAILURES = 5_000
# For how long a failure is the answer: of the host, and of a picture that is not there or not a picture.
_HOST_FAILURE_SECONDS, _NO_PICTURE_SECONDS = Seconds(30.0), Seconds(10 * MINUTE)


class KeptPicture(NamedTuple):
    """A picture, and how many seconds it may still be shown."""

    picture: Picture
    age_left: Seconds


class _Kept(NamedTuple):
    picture: Picture
    until: float


class Pictures:
    """Finds, fetches and keeps pictures.

    `fetch` gets the picture at an address, `stored_address` the address that polls saw under one of some item
    ids (or ""). `origins`: where they may be. `max_age`: seconds that a picture is kept,
    in memory alone. Call `close`.
    """

    def __init__(
        self,
        *,
        fetch: Callable[[str], Awaitable[Picture]],
        stored_address: Callable[[Sequence[str]], str],
        origins: PictureOrigins,
        max_age: Seconds = MAX_PICTURE_AGE,
        count: Callable[[str], None] = lambda _: None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch, self._stored_address, self._origins = fetch, stored_address, origins
        self._max_age, self._count, self._monotonic = max_age, count, monotonic
        self._addresses: AgingCache[str, str] = AgingCache(_MAX_ADDRESSES)
        self._pictures: AgingCache[str, _Kept] = AgingCache(_MAX_BYTES, _weight)
        self._failures: AgingCache[str, tuple[Kind | None, float]] = AgingCache(_MAX_FAILURES)
        self._flights: SingleFlight[str, KeptPicture] = SingleFlight(abandons=True)
        self._expiry: asyncio.TimerHandle | None = None

    def remember(self, addresses: Iterable[tuple[str, str]]) -> None:
        """Remember the (item id, picture) of listings that were shown to a user and may be in no poll."""
        until = self._monotonic() + self._max_age
        for item, address in addresses:
            if address:
                self._addresses.put(item, address, until)
        self._expire_later()

    def address(self, item: str, size: PictureSize) -> str:
        """Return the address of an item's picture. Raises NotFound."""
        ids, now = ids_of_item(item), self._monotonic()
        known = (self._addresses.get(one, now) for one in ids)
        url = next(filter(None, known), "") or self._stored_address(ids)
        if not url:
            raise no_picture()
        return self._origins.address(url, size)

    def kept(self, address: str) -> KeptPicture | None:
        """Return a picture that is in memory; raise the failure if fetching it failed a moment ago."""
        now = self._monotonic()
        if kept := self._pictures.get(address, now):
            return KeptPicture(kept.picture, Seconds(kept.until - now))
        if failure := self._failures.get(address, now):
            kind, until = failure
            if kind is None:
                raise no_picture()
            raise CallFailed(Api.EBAY, kind, "the same picture failed before", retry_after=until - now)
        return None

    def is_coming(self, address: str) -> bool:
        """Return whether the picture is being fetched for another caller."""
        return self._flights.is_running(address)

    async def get(self, address: str) -> KeptPicture:
        """Return the picture at an address, fetched once for all who wait for it.

        The fetch ends when the last of them leaves. Raises NotFound, CallFailed.
        """
        return self.kept(address) or await self._flights.join(address, lambda: self._load(address))

    async def close(self) -> None:
        """Give up the fetches under way, and forget every picture."""
        if self._expiry:
            self._expiry.cancel()
        await self._flights.close()

    async def _load(self, address: str) -> KeptPicture:
        try:
            picture = await self._fetch(address)
        except NotSent:
            raise
        except NotFound:
            self._note_failure(address, None, _NO_PICTURE_SECONDS)
            raise
        except CallFailed as failure:
            self._note_failure(address, failure.kind, _HOST_FAILURE_SECONDS)
            raise
        self._count("picture.fetched")
        until = self._monotonic() + self._max_age
        self._pictures.put(address, _Kept(picture, until), until)
        self._expire_later()
        return KeptPicture(picture, self._max_age)

    def _note_failure(self, address: str, kind: Kind | None, seconds: Seconds) -> None:
        self._count("picture.failed")
        until = self._monotonic() + seconds
        self._failures.put(address, (kind, until), until)

    def _expire_later(self, delay: float | None = None) -> None:
        if self._expiry is None:
            self._expiry = asyncio.get_running_loop().call_later(delay or self._max_age, self._expire)

    def _expire(self) -> None:
        """Drop what is too old, even if nothing is asked for any more; repeat when the next one is."""
        self._expiry = None
        now = self._monotonic()
        ends = [self._pictures.expire(now), self._addresses.expire(now), self._failures.expire(now)]
        if times := [end for end in ends if end is not None]:
            self._expire_later(min(times) - now)


def _weight(kept: _Kept) -> int:
    return len(kept.picture.content) + _ENTRY_BYTES
