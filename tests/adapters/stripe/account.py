"""A scripted Stripe, the client that calls it, and objects as Stripe writes them."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

import stripe

from tests.adapters.scripted_server import Reply, ScriptedServer, quick_guard
from tests.fakes import FakeClock, RecordingMeter
from watcher.adapters.outbound.http import HttpClient
from watcher.adapters.stripe.client import StripeClient
from watcher.core.billing import Checkout, CheckoutState
from watcher.core.errors import Api
from watcher.core.times import Instant

KEY, SECRET = "sk_test_canaryc0ffee", "whsec_canaryc0ffee"
AT = 1_750_000_000  # of the fake clock
CHECKOUT = Checkout(
    1, "collector", "price_gold", "a" * 64, "", "", CheckoutState.OPEN, Instant(AT), Instant(AT + 82_800.0)
)


class Account:
    """The server, its client, and the samples of the calls."""

    def __init__(self, server: ScriptedServer, clock: FakeClock, http: HttpClient) -> None:
        self.server, self.clock, self.meter = server, clock, RecordingMeter()
        self.client = StripeClient(
            base_url=f"{server.base_url}/",
            api_key=KEY,
            http=http,
            guard=quick_guard(Api.STRIPE, self.meter, clock),
            clock=clock,
        )

    def replies(self, *replies: Reply) -> None:
        self.server.replies = list(replies)

    def sent(self) -> list[tuple[str, str, dict[str, str]]]:
        """Return the method, path and fields of each request."""
        pairs = zip(self.server.requests, self.server.bodies, strict=True)
        return [
            (r.method, r.path, dict(parse_qsl(b.decode(), strict_parsing=True) if b else r.query.items()))
            for r, b in pairs
        ]


def subscription(status: str = "active", number: int = 1, **other: Any) -> dict[str, Any]:
    """Return a subscription in the form of the newest API version."""
    price = {"id": "price_gold", "object": "price", "active": True, "recurring": {"interval": "month"}}
    item = {"id": "si_1", "price": price, "current_period_start": AT, "current_period_end": AT + 2_592_000}
    return {
        "id": f"sub_{number}",
        "object": "subscription",
        "customer": "cus_1",
        "status": status,
        "created": AT + number,
        "cancel_at": None,
        "cancel_at_period_end": False,
        "ended_at": None,
        "items": {"object": "list", "data": [item]},
        "metadata": {"reference": CHECKOUT.key},
    } | other


def session(status: str = "open", **other: Any) -> dict[str, Any]:
    """Return a checkout session."""
    return {
        "id": "cs_test_1",
        "object": "checkout.session",
        "client_reference_id": CHECKOUT.key,
        "customer": "cus_1",
        "payment_status": "paid" if status == "complete" else "unpaid",
        "status": status,
        "subscription": "sub_1" if status == "complete" else None,
        "url": "https://checkout.stripe.com/c/pay/cs_test_1" if status == "open" else None,
    } | other


def objects(*rows: dict[str, Any]) -> dict[str, Any]:
    """Return a list as Stripe answers it."""
    return {"object": "list", "data": list(rows), "has_more": False, "url": "/v1/made_up"}


def event(kind: str, what: dict[str, Any], created: float = AT, name: str = "evt_1") -> bytes:
    """Return the body of an event."""
    return json.dumps(
        {
            "id": name,
            "object": "event",
            "api_version": stripe.api_version,
            "created": int(created),
            "data": {"object": what},
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
            "type": kind,
        },
        indent=2,
    ).encode()


def signature(body: bytes, at: float = AT, secret: str = SECRET, scheme: str = "v1") -> str:
    """Return the header of an event, made by Stripe's library."""
    signed = f"{int(at)}.{body.decode()}"
    return f"t={int(at)},{scheme}={stripe.WebhookSignature._compute_signature(signed, secret)}"


def refused(status: int, kind: str, code: str | None = None, **headers: str) -> Reply:
    """Return an error in Stripe's form."""
    error = {"type": kind, "code": code, "message": f"canary about {KEY}", "param": "customer"}
    return Reply({"error": error}, status, {"Request-Id": "req_1", **headers})
