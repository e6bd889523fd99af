"""Paying for a plan, and Stripe's signed calls."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request
from pydantic import Field

from watcher.accounts.billing import Billing
from watcher.core.errors import NotFound
from watcher.web.access.auth import User
from watcher.web.answers.base import answers
from watcher.web.answers.billing import BillingAddressView
from watcher.web.dependencies import Web, WebDependencies
from watcher.web.endpoints.bodies import NoBody, StrictBody
from watcher.web.endpoints.parameters import known_parameters

router = APIRouter(tags=["billing"])
_api = APIRouter(prefix="/api/billing", dependencies=[Depends(known_parameters)])

WEBHOOK = "/stripe/webhook"
_PAYMENT_ERRORS = (402, 404, 409, 503)
_MAX_NAME = 80  # characters of a plan's name


class CheckoutBody(StrictBody):
    """A plan to pay for."""

    plan: str = Field(max_length=_MAX_NAME, description="The name of a plan that has a price.")


@_api.post(
    "/checkout",
    name="checkout",
    **answers(
        BillingAddressView,
        "Where the plan is paid for; for one who has a subscription already, where it is changed.",
        errors=_PAYMENT_ERRORS,
        body={"plan": "plus"},
    ),
)
async def checkout(web: Web, caller: User, body: CheckoutBody) -> dict[str, Any]:
    """Begin to pay for a plan; the same request again continues the same checkout."""
    return {"url": await billing_of(web).checkout(caller.user, body.plan, web.clock.now())}


@_api.post(
    "/portal",
    name="openPortal",
    **answers(
        BillingAddressView, "Where the subscription is changed or cancelled.", errors=_PAYMENT_ERRORS, body={}
    ),
)
async def portal(web: Web, caller: User, _body: NoBody | None = None) -> dict[str, Any]:
    """Open the page on which the caller changes or cancels the subscription."""
    return {"url": await billing_of(web).portal(caller.user)}


# Not described: only Stripe can call it.
@router.post(WEBHOOK, name="receiveEvent", include_in_schema=False)
async def receive_event(web: Web, request: Request) -> dict[str, Any]:
    """Accept an event of Stripe, which authenticates itself by the header `Stripe-Signature`."""
    billing, now = billing_of(web), web.clock.now()
    signature = request.headers.get("stripe-signature", "")
    event = web.read_event(await request.body(), signature, now)
    if event is not None:
        await billing.handle(event, now)
    return {"received": True}


def billing_of(web: WebDependencies) -> Billing:
    """Return what sells plans. Raises NotFound if no plan is for sale."""
    if web.billing is None:
        raise NotFound("No plan is for sale here.")
    return web.billing


router.include_router(_api)
