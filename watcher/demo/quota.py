"""eBay's daily quota and the endpoint that reports it."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from watcher.core.cadence.windows import day_start, next_day_start
from watcher.core.times import DAY, Instant
from watcher.demo.oauth import OAuth
from watcher.demo.refusals import QUOTA_EXHAUSTED, Refused
from watcher.demo.summary import wire_date


class DemoQuota:
    """`limit` Browse calls a day, and as many of getItems; the day starts at midnight Pacific time."""

    def __init__(self, clock: Callable[[], float], oauth: OAuth, limit: int) -> None:
        self.limit = limit
        self._clock, self._oauth = clock, oauth
        self._used = self._bulk_used = 0
        self._day = (Instant(0.0), Instant(0.0))

    @property
    def used(self) -> int:
        """Calls made today."""
        self._turn_day()
        return self._used

    @property
    def bulk_used(self) -> int:
        """Calls of getItems made today."""
        self._turn_day()
        return self._bulk_used

    def spend(self) -> None:
        """Count one call. Raises Refused if the quota is exhausted."""
        if self.used >= self.limit:
            raise Refused(QUOTA_EXHAUSTED)
        self._used += 1

    def spend_bulk(self) -> None:
        """Count one call of getItems. Raises Refused if the quota is exhausted."""
        if self.bulk_used >= self.limit:
            raise Refused(QUOTA_EXHAUSTED)
        self._bulk_used += 1

    async def rate_limits(self, request: web.Request) -> web.Response:
        """Handle `GET /developer/analytics/v1_beta/rate_limit/`; 204 for an API other than Browse."""
        self._oauth.check(request)
        asked = request.query
        if asked.get("api_context", "buy") != "buy" or asked.get("api_name", "browse").lower() != "browse":
            return web.Response(status=204)
        used = self.used
        rate = {
            "count": used,
            "limit": self.limit,
            "remaining": max(0, self.limit - used),
            "reset": wire_date(self._day[1]),
            "timeWindow": int(DAY),
        }
        bulk = {**rate, "count": self._bulk_used, "remaining": max(0, self.limit - self._bulk_used)}
        return web.json_response(
            {
                "rateLimits": [
                    {
                        "apiContext": "buy",
                        "apiName": "Browse",
                        "apiVersion": "v1",
                        "resources": [
                            {"name": "buy.browse", "rates": [rate]},
                            {"name": "buy.browse.item.bulk", "rates": [bulk]},
                        ],
                    }
                ]
            }
        )

    def _turn_day(self) -> None:
        now = Instant(self._clock())
        if not self._day[0] <= now < self._day[1]:
            self._used, self._bulk_used, self._day = 0, 0, (day_start(now), next_day_start(now))
