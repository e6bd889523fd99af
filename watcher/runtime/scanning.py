"""What scans need, built from the app when the first picture comes."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from watcher.adapters.image_fetch import ImageFetcher
from watcher.adapters.imaging.image_worker import ImageWorker
from watcher.core.ai_answers import AiAnswer
from watcher.core.listing import Ask, Snapshot
from watcher.core.times import Seconds
from watcher.scans.allowance import AiAllowance, ScanAllowance
from watcher.scans.appraiser import Appraiser
from watcher.scans.library import Lifetimes, PictureIndex, VisualLibrary
from watcher.scans.picture_input import read_picture
from watcher.scans.picture_scans import PictureScans
from watcher.scans.scanner import Scanner, Senses
from watcher.scans.sessions import ScanSessions

if TYPE_CHECKING:
    from watcher.runtime.app import App


class Scanning:
    """The parts of a scan. The worker's process starts with the first picture; `close` ends it."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def read(self, image: str) -> bytes:
        """Return the picture of a request, a data URI or an address. Raises InvalidInput."""
        return await read_picture(image, self.fetcher.fetch)

    @cached_property
    def fetcher(self) -> ImageFetcher:
        """Fetches pictures from public addresses."""
        return ImageFetcher(proxies=self._app.settings.proxies)

    @cached_property
    def worker(self) -> ImageWorker:
        """Decodes pictures, and holds the index of the visual library."""
        return ImageWorker()

    @cached_property
    def allowance(self) -> AiAllowance:
        """The calls to the model that users may cause."""
        return AiAllowance(self._app.stores.api_usage, self._app.settings.openai.user_daily_calls)

    @cached_property
    def library(self) -> VisualLibrary:
        """What earlier pictures were identified as."""
        settings, worker = self._app.settings, self.worker
        index = PictureIndex(lambda: worker.generation, worker.index, worker.drop, worker.nearest)
        kept = settings.retention
        lives = Lifetimes(settings.cache.ttl, confirmed=kept.history, listing_text=kept.listing_text)
        return VisualLibrary(self._app.stores.library, index, lives)

    @cached_property
    def scanner(self) -> Scanner:
        """Identifies pictures."""
        app, settings = self._app, self._app.settings
        return Scanner(
            Senses(
                inspect=self.worker.inspect,
                search=self._search,
                search_by_image=self._search_by_image,
                ask_ai=self._ask_ai if app.openai else None,
            ),
            self.library,
            self.allowance,
            ScanAllowance(app.stores.plan_limits, app.stores.api_usage),
            ways=settings.scan.ways,
            timeout=settings.timeout.vision,
            prices=settings.openai.prices,
            clock=app.clock,
        )

    @cached_property
    def sessions(self) -> ScanSessions:
        """Scans that wait to be confirmed."""
        return ScanSessions(self._app.stores.scan_sessions, self.library)

    @cached_property
    def appraiser(self) -> Appraiser:
        """Tells what an identified item is worth."""
        return Appraiser(self._app.queries, self._app.registry.parse, self._app.settings.scan.terms)

    @cached_property
    def pictures(self) -> PictureScans:
        """Scans from a picture to its worth."""
        return PictureScans(self.read, self.scanner, self.sessions, self.appraiser, self._app.clock)

    async def close(self) -> None:
        """End what is under way, and the worker's process."""
        if "scanner" in vars(self):
            await self.scanner.close()
        if "worker" in vars(self):
            await self.worker.aclose()

    async def _search(self, ask: Ask, within: Seconds) -> Snapshot:
        return await self._app.ebay.search(ask, interactive=True, within=within)

    async def _search_by_image(self, jpeg: bytes, ask: Ask, within: Seconds) -> Snapshot:
        return await self._app.ebay.search_by_image(jpeg, ask, within=within)

    async def _ask_ai(self, jpeg: bytes, category: str, condition: str, within: Seconds) -> AiAnswer:
        openai = self._app.openai
        if openai is None:  # the senses have it only if there is one
            raise RuntimeError
        return await openai.identify(jpeg, category=category, condition=condition, within=within)
