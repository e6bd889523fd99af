"""The heartbeat: a request to an address that raises the alarm when the requests stop."""

from __future__ import annotations

import asyncio
import logging
from http import HTTPStatus

import aiohttp

from watcher.adapters.outbound.proxy import describe_proxy_failure, proxy_middlewares
from watcher.adapters.outbound.refusals import describe_status
from watcher.core.proxies import ProxyRule
from watcher.core.times import Seconds
from watcher.ports import Meter

log = logging.getLogger(__name__)


class Heartbeat:
    """Requests `url`, with a timeout in seconds, through the proxy that the rule names.

    The URL is a secret: with it, anyone could pretend that the daemon works. No log line and no error
    contains it.
    """

    def __init__(self, url: str, meter: Meter, timeout: Seconds, *, proxies: ProxyRule = ProxyRule()) -> None:
        self._url, self._meter, self._timeout = url, meter, timeout
        self._middlewares = proxy_middlewares(proxies)
        self._is_working = True

    async def beat(self) -> None:
        """Send one request. Failures are logged, not raised: the receiver notices missing requests."""
        why = await self._send()
        self._meter.count("heartbeat.failed" if why else "heartbeat.sent")
        if why and self._is_working:
            log.warning("the heartbeat fails", extra={"why": why})
        elif not why and not self._is_working:
            log.info("the heartbeat works again")
        self._is_working = not why

    async def _send(self) -> str:
        """Return why the request failed, or an empty string. No library's text: it may contain the URL."""
        try:
            async with (
                asyncio.timeout(self._timeout),
                aiohttp.ClientSession(
                    cookie_jar=aiohttp.DummyCookieJar(), middlewares=self._middlewares
                ) as session,
                session.get(self._url, allow_redirects=False) as response,
            ):
                return (
                    "" if response.status < HTTPStatus.MULTIPLE_CHOICES else describe_status(response.status)
                )
        except TimeoutError:
            return f"no answer within {self._timeout:g} s"
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return describe_proxy_failure(error) or type(error).__name__
