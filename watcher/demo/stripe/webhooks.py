"""Signed webhooks, repeated until they are accepted: https://docs.stripe.com/webhooks."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable, Collection
from http import HTTPStatus
from typing import NamedTuple

import aiohttp

from watcher.core.times import DAY, HOUR, MINUTE
from watcher.demo.stripe.shapes import DEMO_STRIPE_VERSION, in_version
from watcher.demo.stripe.state import StripeObject

DEMO_WEBHOOK_SECRET = "whsec_demo0000000000000000000000000"  # noqa: S105 - a stand-in's
WEBHOOK_EVENTS = (
    "checkout.session.completed",
    "checkout.session.expired",
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "customer.subscription.paused",
    "customer.subscription.resumed",
    "customer.deleted",
    "invoice.paid",
    "invoice.payment_failed",
)
"""The events that the daemon's endpoint subscribes to."""

# Stripe repeats for three days, at growing intervals that it does not publish.
_GIVE_UP_SECONDS = 3 * DAY
_FIRST_WAIT_SECONDS, _LONGEST_WAIT_SECONDS = MINUTE, 12 * HOUR
_ANSWER_SECONDS = 10.0
_MAX_DELIVERIES, _MAX_ATTEMPTS = 10_000, 10_000  # kept; the oldest are dropped
_LOOK_AGAIN_SECONDS = 0.1  # real ones: how often repetitions are looked at
NOT_REACHED = 0


class PendingEvent(NamedTuple):
    """An event that is to be sent at `due`; `attempts` failed before."""

    event: StripeObject
    since: float
    due: float
    attempts: int = 0


class WebhookAttempt(NamedTuple):
    """One attempt to deliver an event; `status` is 0 if the endpoint was not reached."""

    at: float
    event_id: str
    type: str
    status: int


def sign_webhook(body: str, secret: str, at: float) -> str:
    """Return the signature of a body in the scheme v1."""
    return hmac.new(secret.encode(), f"{int(at)}.{body}".encode(), hashlib.sha256).hexdigest()


class StripeWebhooks:
    """One endpoint at `url`; without one nothing is sent.

    `pending` is what is to be sent, and may be reordered, duplicated, delayed and dropped by a test that
    calls `hold` first. `secrets` are all that sign: two while a secret is being replaced. `version` is the
    endpoint's API version.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.url = ""
        self.secrets = [DEMO_WEBHOOK_SECRET]
        self.enabled: Collection[str] = WEBHOOK_EVENTS
        self.version = DEMO_STRIPE_VERSION
        self.pending: list[PendingEvent] = []
        self.attempts: list[WebhookAttempt] = []
        self.given_up: list[StripeObject] = []
        self._clock = clock
        self._held = False
        self._task: asyncio.Task[None] | None = None
        self._http: aiohttp.ClientSession | None = None

    def add(self, event: StripeObject) -> None:
        """Queue an event if the endpoint subscribes to its type."""
        if not self.url or event["type"] not in self.enabled:
            return
        event["pending_webhooks"] = 1
        now = self._clock()
        self.pending.append(PendingEvent(event, now, now))
        del self.pending[:-_MAX_DELIVERIES]
        self._begin()

    def hold(self) -> None:
        """Send nothing more by itself; `deliver` and `send` still do."""
        self._held = True

    def release(self) -> None:
        """Send by itself again."""
        self._held = False
        self._begin()

    async def deliver(self) -> list[int]:
        """Send everything that is due, in the order of `pending`; return the statuses."""
        now = self._clock()
        due = [one for one in self.pending if one.due <= now]
        statuses = []
        for delivery in due:
            if delivery not in self.pending:
                continue  # another caller took it
            self.pending.remove(delivery)
            status = await self.send(delivery.event)
            statuses.append(status)
            if not _is_accepted(status):
                self._repeat_later(delivery)
        return statuses

    async def send(
        self,
        event: StripeObject,
        *,
        secret: str | None = None,
        at: float | None = None,
        body: str | None = None,
        signature: str | None = None,
    ) -> int:
        """Send an event once and return the status; 0 if the endpoint cannot be reached or does not answer.

        The other arguments forge: another secret, another time, another body than the signed one, or a whole
        `Stripe-Signature`.
        """
        signed = self.write(event)
        if signature is None:
            signature = self.header(signed, secret=secret, at=at)
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": signature,
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
        }
        status = await self._post(body if body is not None else signed, headers)
        self.attempts.append(WebhookAttempt(self._clock(), event["id"], event["type"], status))
        del self.attempts[:-_MAX_ATTEMPTS]
        if _is_accepted(status):
            event["pending_webhooks"] = 0
        return status

    def write(self, event: StripeObject) -> str:
        """Return an event as it is sent."""
        versioned = {**event, "api_version": self.version, "data": in_version(event["data"], self.version)}
        return json.dumps(versioned, indent=2, ensure_ascii=False)

    def header(self, body: str, *, secret: str | None = None, at: float | None = None) -> str:
        """Return the `Stripe-Signature` of a body, with a `v0` as test mode sends it."""
        sent_at = self._clock() if at is None else at
        secrets = self.secrets if secret is None else [secret]
        signatures = [f"v1={sign_webhook(body, one, sent_at)}" for one in secrets]
        return ",".join([f"t={int(sent_at)}", *signatures, f"v0={sign_webhook(body, 'v0', sent_at)}"])

    async def stop(self) -> None:
        """Stop sending and close the connections."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        if self._http is not None:
            await self._http.close()
        self._task = self._http = None

    def _begin(self) -> None:
        """Send in the background what is pending, unless that is held or already happens."""
        is_running = self._task is not None and not self._task.done()
        if self.pending and not self._held and not is_running:
            self._task = asyncio.get_running_loop().create_task(self._send_pending())

    async def _send_pending(self) -> None:
        while self.pending and not self._held:
            if not await self.deliver():
                await asyncio.sleep(_LOOK_AGAIN_SECONDS)

    async def _post(self, body: str, headers: dict[str, str]) -> int:
        if self._http is None:
            # The daemon ends idle connections, and an event sent on one would wait for its repetition.
            self._http = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(force_close=True),
                timeout=aiohttp.ClientTimeout(total=_ANSWER_SECONDS),
            )
        try:
            async with self._http.post(
                self.url, data=body.encode(), headers=headers, allow_redirects=False
            ) as answer:
                await answer.read()
                return answer.status
        except (aiohttp.ClientError, TimeoutError):
            return NOT_REACHED

    def _repeat_later(self, delivery: PendingEvent) -> None:
        now = self._clock()
        if now - delivery.since >= _GIVE_UP_SECONDS:
            self.given_up.append(delivery.event)
            del self.given_up[:-_MAX_DELIVERIES]
            return
        wait = min(_FIRST_WAIT_SECONDS * 2**delivery.attempts, _LONGEST_WAIT_SECONDS)
        self.pending.append(delivery._replace(due=now + wait, attempts=delivery.attempts + 1))


def _is_accepted(status: int) -> bool:
    return HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES
