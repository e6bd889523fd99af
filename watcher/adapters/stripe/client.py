"""Stripe's REST API: customers, checkouts, the customer portal, and what was paid for."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import quote, urlencode

from watcher.adapters.outbound.guard import Guard
from watcher.adapters.outbound.http import HttpClient
from watcher.adapters.stripe.answers import (
    read_customer,
    read_first_attempt,
    read_owned_customers,
    read_portal,
    read_price,
    read_session,
    read_sessions,
    read_subscriptions,
    stripe_refusal_of,
)
from watcher.core.billing import BillingTruth, Checkout, CheckoutState, StripeSession
from watcher.core.errors import Api, CallFailed, Kind
from watcher.core.times import Instant
from watcher.ports import Clock

log = logging.getLogger(__name__)
T = TypeVar("T")

# What the answers are read as, whatever version the account has.
API_VERSION = "2026-10-28.endive"
_MOST = "50"  # objects of one list; Stripe lists the newest first
_MOST_CUSTOMERS = "100"
_FORM = "application/x-www-form-urlencoded"


class StripeClient:
    """Stripe, with a secret key.

    Neither repr, nor log, nor failure shows the key or a customer's addresses. Stripe gets the random key of
    a checkout and a reference (`owner`) that stands for the user, never a name. Every method raises
    CallFailed; `patient`: a person waits, so that what may be repeated is repeated.
    """

    api = Api.STRIPE

    def __init__(self, *, base_url: str, api_key: str, http: HttpClient, guard: Guard, clock: Clock) -> None:
        self._base_url, self._key = base_url.rstrip("/"), api_key
        self._http, self._guard, self._clock = http, guard, clock

    async def create_customer(self, checkout: Checkout, owner: str) -> str:
        """Return the customer of a user's first checkout; the same one if it is asked for again."""
        fields = {"metadata[reference]": checkout.key, "metadata[user]": owner}
        return await self._post("/v1/customers", read_customer, fields, f"{checkout.key}-customer")

    async def find_customers(self, owner: str, *, patient: bool = False) -> Sequence[str]:
        """Return the customers that were made for a user.

        Stripe's search finds those of the last minute late, but they are in the list of the newest.
        """
        read = partial(read_owned_customers, owner=owner)
        newest = await self._get(f"/v1/customers?limit={_MOST_CUSTOMERS}", read, patient=patient)
        asked = {"query": f"metadata['user']:'{owner}'", "limit": _MOST_CUSTOMERS}
        try:
            path = f"/v1/customers/search?{urlencode(asked)}"
            found = await self._get(path, read, patient=patient)
        except CallFailed as error:
            if error.kind is not Kind.REFUSED:
                raise
            # Stripe has no search in some countries.
            log.warning("Stripe does not search customers, so only the newest are known: %s", error.detail)
            found = []
        return [*dict.fromkeys([*newest, *found])]

    async def has_customer(self, customer: str) -> bool:
        """Return whether a customer was not deleted. Raises ObjectMissing for one that the key never had."""
        return bool(await self._get(f"/v1/customers/{_part(customer)}", read_customer))

    async def create_session(
        self, checkout: Checkout, customer: str, owner: str, return_url: str
    ) -> StripeSession:
        """Return the session of a checkout; the same one if it is asked for again."""
        fields = {
            "mode": "subscription",
            "customer": customer,
            "client_reference_id": checkout.key,
            "line_items[0][price]": checkout.price,
            "line_items[0][quantity]": "1",
            "metadata[user]": owner,
            "subscription_data[metadata][reference]": checkout.key,
            "subscription_data[metadata][user]": owner,
            "expires_at": str(int(checkout.expires_at)),
            "success_url": f"{return_url}?done=paid",
            "cancel_url": f"{return_url}?done=not-paid",
        }
        return await self._post("/v1/checkout/sessions", read_session, fields, checkout.key)

    async def fetch_session(self, session: str, *, patient: bool = False) -> StripeSession:
        """Return a checkout's session as it is now."""
        return await self._get(f"/v1/checkout/sessions/{_part(session)}", read_session, patient=patient)

    async def find_session(self, customer: str, key: str, *, patient: bool = False) -> StripeSession | None:
        """Return the session that a customer's checkout got, None if Stripe never made it."""
        path = f"/v1/checkout/sessions?{urlencode({'customer': customer, 'limit': _MOST})}"
        found = await self._get(path, read_sessions, patient=patient)
        return next((session for session in found if session.reference == key), None)

    async def open_sessions(self, customer: str, *, patient: bool = False) -> Sequence[StripeSession]:
        """Return the sessions that a customer could pay."""
        asked = {"customer": customer, "status": CheckoutState.OPEN.value, "limit": _MOST}
        found = await self._get(f"/v1/checkout/sessions?{urlencode(asked)}", read_sessions, patient=patient)
        return [session for session in found if session.state is CheckoutState.OPEN]

    async def expire_session(self, session: str) -> StripeSession:
        """End a checkout that was not paid. Stripe refuses it for one that is not open any more."""
        path = f"/v1/checkout/sessions/{_part(session)}/expire"
        return await self._post(path, read_session, {}, f"{session}-expire")

    async def create_portal(self, customer: str, return_url: str, key: str) -> str:
        """Return the address at which a customer changes or cancels the subscription."""
        fields = {"customer": customer, "return_url": f"{return_url}#plan"}
        return await self._post("/v1/billing_portal/sessions", read_portal, fields, key)

    async def fetch_truth(self, customer: str, asked_at: Instant, *, patient: bool = False) -> BillingTruth:
        """Return what a customer pays for."""
        asked = {"customer": customer, "status": "all", "limit": _MOST}
        path = f"/v1/subscriptions?{urlencode(asked)}"
        found = await self._get(path, read_subscriptions, patient=patient)
        unpaid_since = None
        if owed := next((one.id for one in found if one.owes), ""):
            # Invoices of subscriptions that were cancelled unpaid stay open.
            path = f"/v1/invoices?{urlencode(asked | {'subscription': owed, 'status': 'open'})}"
            unpaid_since = await self._get(path, read_first_attempt, patient=patient)
        return BillingTruth(found, unpaid_since, asked_at)

    async def check_price(self, price: str) -> tuple[bool, bool]:
        """Return whether a price can be bought, and whether it is paid again and again."""
        path = f"/v1/prices/{_part(price)}"
        return await self._guard.call(self._sending(path, read_price), interactive=True, auxiliary=True)

    async def _get(self, path: str, read: Callable[[bytes], T], *, patient: bool = False) -> T:
        return await self._guard.call(self._sending(path, read), interactive=patient)

    async def _post(self, path: str, read: Callable[[bytes], T], fields: Mapping[str, str], key: str) -> T:
        return await self._guard.call(self._sending(path, read, fields, key), interactive=True)

    def _sending(
        self, path: str, read: Callable[[bytes], T], fields: Mapping[str, str] | None = None, key: str = ""
    ) -> Callable[[], Awaitable[T]]:
        """Return what sends a request and reads the answer, as often as it is called."""

        async def send() -> T:
            return read(await self._fetch(path, fields, key))

        return send

    async def _fetch(self, path: str, fields: Mapping[str, str] | None, key: str) -> bytes:
        headers = {
            "Accept": "application/json",
            "Authorization": f"Bearer {self._key}",
            "Stripe-Version": API_VERSION,
        }
        content = None
        if fields is not None:
            headers |= {"Content-Type": _FORM, "Idempotency-Key": key}
            content = urlencode(fields).encode()
        method = "GET" if content is None else "POST"
        url = self._base_url + path
        response = await self._http.fetch(Api.STRIPE, url, headers, method=method, content=content)
        if response.status >= HTTPStatus.MULTIPLE_CHOICES:
            raise stripe_refusal_of(response, self._clock.now())
        return response.body


def _part(name: str) -> str:
    return quote(name, safe="")
