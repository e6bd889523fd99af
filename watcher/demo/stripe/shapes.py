"""Stripe's objects as they are created, and how older API versions spell them."""

from __future__ import annotations

from typing import Any

from watcher.demo.stripe.state import StripeObject

DEMO_STRIPE_VERSION = "2026-10-28.endive"
# From this version on a subscription's period belongs to its items, and an invoice has a parent.
_PERIODS_MOVED = "2025-03-31"


def make_customer(object_id: str, at: int, asked: StripeObject) -> StripeObject:
    """Return a new customer."""
    return {
        "id": object_id,
        "object": "customer",
        "address": None,
        "balance": 0,
        "created": at,
        "currency": None,
        "default_source": None,
        "delinquent": False,
        "description": asked.get("description"),
        "discount": None,
        "email": asked.get("email"),
        "invoice_settings": {"custom_fields": None, "default_payment_method": None, "footer": None},
        "livemode": False,
        "metadata": asked.get("metadata", {}),
        "name": asked.get("name"),
        "phone": asked.get("phone"),
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }


def make_session(object_id: str, at: int, asked: StripeObject, *, amount: int, currency: str) -> StripeObject:
    """Return a new, open checkout session; its address is set by the caller."""
    return {
        "id": object_id,
        "object": "checkout.session",
        "after_expiration": None,
        "allow_promotion_codes": None,
        "amount_subtotal": amount,
        "amount_total": amount,
        "automatic_tax": {"enabled": False, "liability": None, "status": None},
        "billing_address_collection": None,
        "cancel_url": asked.get("cancel_url"),
        "client_reference_id": asked.get("client_reference_id"),
        "client_secret": None,
        "consent": None,
        "created": at,
        "currency": currency,
        "custom_fields": [],
        "customer": asked.get("customer"),
        "customer_creation": None if asked.get("customer") else "always",
        "customer_details": None,
        "customer_email": asked.get("customer_email"),
        "expires_at": asked["expires_at"],
        "invoice": None,
        "livemode": False,
        "locale": asked.get("locale"),
        "metadata": asked.get("metadata", {}),
        "mode": asked["mode"],
        "payment_intent": None,
        "payment_link": None,
        "payment_method_collection": "always",
        "payment_method_types": ["card"],
        "payment_status": "unpaid",
        "setup_intent": None,
        "status": "open",
        "submit_type": None,
        "subscription": None,
        "success_url": asked.get("success_url"),
        "ui_mode": "hosted_page",
        "url": None,
    }


def make_subscription(
    object_id: str, at: int, *, customer: str, item: StripeObject, metadata: StripeObject, billing_mode: str
) -> StripeObject:
    """Return a new subscription whose first payment has not been made yet."""
    flexible = {"proration_discounts": "included"} if billing_mode == "flexible" else None
    return {
        "id": object_id,
        "object": "subscription",
        "application": None,
        "automatic_tax": {"disabled_reason": None, "enabled": False, "liability": None},
        "billing_cycle_anchor": at,
        "billing_mode": {"flexible": flexible, "type": billing_mode},
        "cancel_at": None,
        "cancel_at_period_end": False,
        "canceled_at": None,
        "cancellation_details": {"comment": None, "feedback": None, "reason": None},
        "collection_method": "charge_automatically",
        "created": at,
        "currency": item["price"]["currency"],
        "customer": customer,
        "days_until_due": None,
        "default_payment_method": None,
        "description": None,
        "discounts": [],
        "ended_at": None,
        "items": make_list(f"/v1/subscription_items?subscription={object_id}", [item]),
        "latest_invoice": None,
        "livemode": False,
        "metadata": metadata,
        "pause_collection": None,
        "schedule": None,
        "start_date": at,
        "status": "incomplete",
        "test_clock": None,
        "trial_end": None,
        "trial_start": None,
    }


def make_item(object_id: str, at: int, subscription: str, price: StripeObject, until: int) -> StripeObject:
    """Return the only item of a subscription."""
    return {
        "id": object_id,
        "object": "subscription_item",
        "created": at,
        "current_period_end": until,
        "current_period_start": at,
        "discounts": [],
        "metadata": {},
        "price": price,
        "quantity": 1,
        "subscription": subscription,
        "tax_rates": [],
    }


def make_invoice(
    object_id: str, at: int, subscription: StripeObject, amount: int, reason: str
) -> StripeObject:
    """Return a new invoice of a subscription, which is due."""
    item = subscription["items"]["data"][0]
    return {
        "id": object_id,
        "object": "invoice",
        "amount_due": amount,
        "amount_paid": 0,
        "amount_remaining": amount,
        "attempt_count": 0,
        "attempted": False,
        "auto_advance": True,
        "billing_reason": reason,
        "collection_method": "charge_automatically",
        "created": at,
        "currency": subscription["currency"],
        "customer": subscription["customer"],
        "due_date": None,
        "lines": make_list(f"/v1/invoices/{object_id}/lines", []),
        "livemode": False,
        "metadata": {},
        "next_payment_attempt": None,
        "parent": {
            "quote_details": None,
            "subscription_details": {
                "metadata": subscription["metadata"],
                "subscription": subscription["id"],
            },
            "type": "subscription_details",
        },
        "period_end": item["current_period_end"],
        "period_start": item["current_period_start"],
        "status": "open",
        "status_transitions": {
            "finalized_at": at,
            "marked_uncollectible_at": None,
            "paid_at": None,
            "voided_at": None,
        },
        "subtotal": amount,
        "total": amount,
    }


def make_list(url: str, data: list[Any], *, has_more: bool = False) -> StripeObject:
    """Return a list of objects."""
    return {"object": "list", "data": data, "has_more": has_more, "url": url}


def in_version(value: Any, version: str) -> Any:
    """Return objects as an API version spells them: the newest one, or one before March 2025."""
    if version >= _PERIODS_MOVED:
        return value
    if isinstance(value, list):
        return [in_version(one, version) for one in value]
    if not isinstance(value, dict):
        return value
    older = {name: in_version(one, version) for name, one in value.items()}
    if value.get("object") == "subscription":
        item = older["items"]["data"][0]
        for name in ("current_period_end", "current_period_start"):
            older[name] = item.pop(name)
    if value.get("object") == "invoice":
        older["subscription"] = older.pop("parent")["subscription_details"]["subscription"]
    return older
