"""One picture worker for the tests of a file that need the real one."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from watcher.adapters.imaging.image_worker import ImageWorker


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def worker() -> AsyncIterator[ImageWorker]:
    opened = ImageWorker()
    yield opened
    await opened.aclose()
