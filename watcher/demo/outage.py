"""An outage of the simulated eBay, and the page with the button that starts one."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from aiohttp import web
from aiohttp.typedefs import Handler

from watcher.core.times import MINUTE, Instant, Seconds

OUTAGE = "/outage"
_SEARCH_PATHS = "/buy/"
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Simulated eBay</title>
<style>body {{ max-width: 32rem; margin: 4rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui }}
button {{ font: inherit; padding: 0.5rem 1rem }}</style>
<h1>Simulated eBay</h1>
<p>{state}</p>
<form method="post" action="/outage"><button>{button}</button></form>
"""
_UP = (
    "eBay answers. Take it down for {minutes:.0f} simulated minutes to see what the page shows in an outage."
)
_DOWN = "eBay is down: every search gets the status 503. It comes back in {minutes:.0f} simulated minutes."
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"


class Outage:
    """While it lasts, every search gets 503; tokens, pictures and Slack still work.

    `clock` returns seconds since 1970 and may be simulated; the button starts an outage of `seconds` by it.
    """

    def __init__(self, clock: Callable[[], float], seconds: Seconds) -> None:
        self.seconds = seconds
        self._clock, self._until = clock, Instant(0.0)

    @property
    def is_on(self) -> bool:
        """Whether eBay is down."""
        return self._clock() < self._until

    def begin(self, seconds: Seconds) -> None:
        """Take eBay down for `seconds` from now on; 0 brings it back."""
        self._until = Instant(self._clock() + seconds)

    async def page(self, _request: web.Request) -> web.Response:
        """Handle `GET /`."""
        state, button = (_DOWN, "Bring eBay back") if self.is_on else (_UP, "Take eBay down")
        left = self._until - self._clock() if self.is_on else self.seconds
        text = _PAGE.format(state=state.format(minutes=left / MINUTE), button=button)
        headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"}
        return web.Response(text=text, content_type="text/html", headers=headers)

    async def switch(self, _request: web.Request) -> web.Response:
        """Handle `POST /outage`."""
        self.begin(Seconds(0.0) if self.is_on else self.seconds)
        raise web.HTTPSeeOther("/")

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer searches with 503 while eBay is down."""
        if self.is_on and request.path.startswith(_SEARCH_PATHS):
            return web.Response(status=HTTPStatus.SERVICE_UNAVAILABLE, text="Service Unavailable")
        return await handler(request)
