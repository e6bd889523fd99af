"""The heartbeat: a call to an address that raises the alarm when calls stop coming."""

from __future__ import annotations

import asyncio
import logging
from http import HTTPStatus

import aiohttp

from watcher.core.times import Seconds
from watcher.ports import Meter

log = logging.getLogger(__name__)


class Heartbeat:
    """Calls `url`, each time for at most `timeout` seconds.

    The URL is a secret, for whoever knows it can pretend that we live: no log line or error holds it.
    """

    def __init__(self, url: str, meter: Meter, timeout: Seconds) -> None:
        self._url, self._meter, self._timeout = url, meter, timeout
        self._heard = True

    async def beat(self) -> None:
        """Call once. It never fails: who waits for the call notices when it is missing."""
        why = await self._call()
        self._meter.count("heartbeat.failed" if why else "heartbeat.sent")
        if why and self._heard:
            log.warning("the heartbeat is not heard", extra={"why": why})
        elif not why and not self._heard:
            log.info("the heartbeat is heard again")
        self._heard = not why

    async def _call(self) -> str:
        """Why it was not heard; empty if it was. No library's text: it may hold the URL."""
        try:
            async with (
                asyncio.timeout(self._timeout),
                aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session,
                session.get(self._url, allow_redirects=False) as answer,
            ):
                return "" if answer.status < HTTPStatus.MULTIPLE_CHOICES else f"HTTP {answer.status}"
        except TimeoutError:
            return f"no answer within {self._timeout:g} s"
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return type(error).__name__
