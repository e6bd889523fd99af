"""What each endpoint of the simulated Stripe does with its parameters."""

from __future__ import annotations

import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, NamedTuple

from watcher.core.times import DAY, MINUTE
from watcher.demo.stripe.account import StripeAccount
from watcher.demo.stripe.billing import LIVE, period_end
from watcher.demo.stripe.errors import StripeRefused, no_such, param_invalid, param_missing
from watcher.demo.stripe.lists import list_objects
from watcher.demo.stripe.shapes import make_customer, make_session
from watcher.demo.stripe.state import Offer, StripeObject

_LIST = ("created", "ending_before", "limit", "starting_after")
_SESSION = (
    "allow_promotion_codes automatic_tax billing_address_collection cancel_url client_reference_id currency"
    " custom_text customer customer_email customer_update expires_at line_items locale metadata mode"
    " payment_method_collection phone_number_collection saved_payment_method_options"
    " subscription_data success_url tax_id_collection ui_mode"
)
_SUBSCRIPTION = (
    "cancel_at cancel_at_period_end cancellation_details default_payment_method description items metadata"
    " off_session payment_behavior proration_behavior proration_date"
)
_METADATA_QUERY = re.compile(r"metadata\['([^']+)'\]:'([^']*)'")
_MIN_OPEN_SECONDS, _MAX_OPEN_SECONDS = 30 * MINUTE, DAY
_MAX_METADATA, _MAX_METADATA_NAME, _MAX_METADATA_VALUE = 50, 40, 500


class StripeEndpoint(NamedTuple):
    """An endpoint: its address below `/v1`, the parameters that it knows, and what answers it.

    `answer` takes the parameters and, if the address has `{id}`, that.
    """

    method: str
    path: str
    params: tuple[str, ...]
    answer: Callable[..., StripeObject]


class StripeEndpoints:
    """All endpoints. Each raises StripeRefused as Stripe answers an error."""

    def __init__(self, account: StripeAccount) -> None:
        self._account, self._state, self._billing = account, account.state, account.billing

    def table(self) -> tuple[StripeEndpoint, ...]:
        """Return every endpoint."""
        customer = ("description", "email", "metadata", "name", "phone")
        sessions = (*_LIST, "customer", "status", "subscription")
        portal = ("configuration", "customer", "flow_data", "locale", "return_url")
        cancel = ("cancellation_details", "invoice_now", "prorate")
        get = self._get
        return (
            StripeEndpoint("POST", "/customers", customer, self._create_customer),
            StripeEndpoint("GET", "/customers", (*_LIST, "email"), self._list("customer", "email")),
            StripeEndpoint("GET", "/customers/search", ("limit", "page", "query"), self._search_customers),
            StripeEndpoint("GET", "/customers/{id}", (), get("customer")),
            StripeEndpoint("DELETE", "/customers/{id}", (), self._delete_customer),
            StripeEndpoint("POST", "/checkout/sessions", tuple(_SESSION.split()), self._create_session),
            StripeEndpoint(
                "GET",
                "/checkout/sessions",
                sessions,
                self._list("checkout.session", "customer", "status", "subscription"),
            ),
            StripeEndpoint("GET", "/checkout/sessions/{id}", (), get("checkout.session")),
            StripeEndpoint("POST", "/checkout/sessions/{id}/expire", (), self._expire_session),
            StripeEndpoint(
                "GET", "/subscriptions", (*_LIST, "customer", "price", "status"), self._list_subscriptions
            ),
            StripeEndpoint("GET", "/subscriptions/{id}", (), get("subscription")),
            StripeEndpoint(
                "POST", "/subscriptions/{id}", tuple(_SUBSCRIPTION.split()), self._change_subscription
            ),
            StripeEndpoint("DELETE", "/subscriptions/{id}", cancel, self._cancel_subscription),
            StripeEndpoint("POST", "/billing_portal/sessions", portal, self._open_portal),
            StripeEndpoint("GET", "/prices", (*_LIST, "active"), self._list("price")),
            StripeEndpoint("GET", "/prices/{id}", (), get("price")),
            StripeEndpoint("GET", "/products/{id}", (), get("product")),
            StripeEndpoint(
                "GET",
                "/invoices",
                (*_LIST, "customer", "subscription", "status"),
                self._list_invoices,
            ),
            StripeEndpoint("GET", "/invoices/{id}", (), get("invoice")),
            StripeEndpoint("GET", "/events", (*_LIST, "type", "types"), self._list_events),
            StripeEndpoint("GET", "/events/{id}", (), self._get_event),
            StripeEndpoint("GET", "/balance", (), self._balance),
            StripeEndpoint("GET", "/account", (), self._show_account),
        )

    @property
    def _now(self) -> int:
        return self._account.now

    def _get(self, kind: str) -> Callable[..., StripeObject]:
        return lambda _params, object_id: self._state.find(kind, object_id)

    def _list(self, kind: str, *filters: str) -> Callable[..., StripeObject]:
        def answer(params: StripeObject) -> StripeObject:
            self._check_customer(params)
            wanted = {name: params[name] for name in filters if name in params}
            every = (one for one in self._state.every(kind) if "deleted" not in one)
            found = [one for one in every if wanted.items() <= one.items()]
            return list_objects(found, params, _url_of(kind))

        return answer

    def _list_invoices(self, params: StripeObject) -> StripeObject:
        self._check_customer(params)
        found = []
        for one in self._state.every("invoice"):
            of = {**one, "subscription": one["parent"]["subscription_details"]["subscription"]}
            if all(
                of[name] == params[name] for name in ("customer", "subscription", "status") if name in params
            ):
                found.append(one)
        return list_objects(found, params, _url_of("invoice"))

    def _create_customer(self, params: StripeObject) -> StripeObject:
        _check_metadata(params)
        created = self._state.add(make_customer(self._state.new_id("cus_"), self._now, params))
        self._state.emit("customer.created", created, self._now)
        return created

    def _search_customers(self, params: StripeObject) -> StripeObject:
        """Find customers by their metadata, as late as Stripe's index of them is updated."""
        if "query" not in params:
            raise param_missing("query")
        asked = _METADATA_QUERY.fullmatch(params["query"])
        if asked is None:
            raise param_invalid("query", "This stand-in only searches for metadata['name']:'value'.")
        name, value = asked.groups()
        until = self._now - self._state.search_lag
        every = (one for one in self._state.every("customer") if "deleted" not in one)
        found = [one for one in every if one["metadata"].get(name) == value and one["created"] <= until]
        listed = list_objects(found, {name: params[name] for name in ("limit",) if name in params}, "")
        result = {"object": "search_result", "next_page": None, "url": "/v1/customers/search"}
        return {**result, "data": listed["data"], "has_more": listed["has_more"]}

    def _delete_customer(self, _params: StripeObject, customer_id: str) -> StripeObject:
        customer = self._state.find("customer", customer_id)
        if "deleted" in customer:
            raise no_such("customer", customer_id)
        self._billing.delete_customer(customer, self._now)
        return customer

    def _check_customer(self, params: StripeObject, *, to_use: bool = False) -> None:
        """Refuse an unknown customer, and `to_use` one that was deleted as well."""
        if "customer" in params:
            customer = self._state.find("customer", params["customer"], param="customer")
            if to_use and "deleted" in customer:
                raise no_such("customer", params["customer"], "customer")

    def _create_session(self, params: StripeObject) -> StripeObject:
        price = self._check_session(params)
        now = self._now
        expires_at = _read_int(params, "expires_at", now + int(_MAX_OPEN_SECONDS))
        if not now + _MIN_OPEN_SECONDS <= expires_at <= now + _MAX_OPEN_SECONDS:
            message = "The `expires_at` timestamp must be between 30 minutes and 24 hours from now."
            raise param_invalid("expires_at", message)
        asked = {**params, "expires_at": expires_at}
        session_id = self._state.new_id("cs_test_")
        session = make_session(
            session_id, now, asked, amount=price["unit_amount"], currency=price["currency"]
        )
        session["url"] = f"{self._account.url()}/c/pay/{session_id}"
        metadata = _read_object(params, "subscription_data").get("metadata", {})
        self._state.offers[session_id] = Offer(price["id"], metadata)
        return self._state.add(session)

    def _check_session(self, params: StripeObject) -> StripeObject:
        """Return the price that the parameters of a session name."""
        for name in ("mode", "line_items"):
            if name not in params:
                raise param_missing(name)
        if params.get("ui_mode", "hosted_page") not in ("hosted", "hosted_page"):
            raise param_invalid("ui_mode", "This stand-in only has hosted pages.")
        if "success_url" not in params:
            raise param_missing("success_url")
        if params["mode"] != "subscription":
            raise param_invalid("mode", "This stand-in only sells subscriptions.")
        if "customer" in params and "customer_email" in params:
            message = "You may only specify one of these parameters: customer, customer_email."
            raise param_invalid("customer_email", message)
        for name in ("success_url", "cancel_url"):
            if name in params and not str(params[name]).startswith(("http://", "https://")):
                raise param_invalid(name, "Not a valid URL", "url_invalid")
        self._check_customer(params, to_use=True)
        _check_metadata(params)
        _check_metadata(_read_object(params, "subscription_data"))
        return self._price_of(params["line_items"], "line_items")

    def _price_of(self, items: Any, param: str) -> StripeObject:
        if not isinstance(items, list) or len(items) != 1 or not isinstance(items[0], dict):
            raise param_invalid(param, f"{param} must have exactly one element here.")
        if "price" not in items[0]:
            raise param_missing(f"{param}[0][price]")
        price = self._state.find("price", items[0]["price"], param=f"{param}[0][price]")
        if not price["active"]:
            raise param_invalid(f"{param}[0][price]", f"The price specified is inactive: {price['id']}")
        return price

    def _expire_session(self, _params: StripeObject, session_id: str) -> StripeObject:
        session = self._state.find("checkout.session", session_id)
        if session["status"] != "open":
            raise StripeRefused(
                400,
                'Only Checkout Sessions with a status in ["open"] can be expired.'
                f" This Checkout Session has a status of {session['status']}.",
            )
        self._billing.expire_session(session, self._now)
        return session

    def _list_subscriptions(self, params: StripeObject) -> StripeObject:
        self._check_customer(params)
        wanted = params.get("status")
        hidden = {"canceled", "incomplete_expired"}
        found = [
            one
            for one in self._state.every("subscription")
            if params.get("customer", one["customer"]) == one["customer"]
            and params.get("price", one["items"]["data"][0]["price"]["id"])
            == one["items"]["data"][0]["price"]["id"]
            and (
                wanted == "all"
                or (wanted is None and one["status"] not in hidden)
                or (wanted == "ended" and one["status"] in hidden)
                or wanted == one["status"]
            )
        ]
        return list_objects(found, params, "/v1/subscriptions")

    def _change_subscription(self, params: StripeObject, subscription_id: str) -> StripeObject:
        subscription, billing = self._state.find("subscription", subscription_id), self._billing
        if subscription["status"] not in LIVE and params.keys() - {"metadata", "cancellation_details"}:
            message = "A canceled subscription can only update its cancellation_details and metadata."
            raise StripeRefused(400, message)
        if "items" in params:
            billing.change_price(subscription, self._price_of(params["items"], "items"), self._now)
        if "cancel_at_period_end" in params:
            if params["cancel_at_period_end"] == "true":
                self._cancel_at(subscription, period_end(subscription), at_period_end=True)
            else:
                billing.resume(subscription, self._now)
        elif "cancel_at" in params:
            if params["cancel_at"] == "":
                billing.resume(subscription, self._now)
            else:
                self._cancel_at(subscription, _read_int(params, "cancel_at", 0), at_period_end=False)
        if "metadata" in params:
            _check_metadata(params)
            metadata = {**subscription["metadata"], **params["metadata"]}
            self._state.change(subscription, self._now, "customer.subscription.updated", metadata=metadata)
        return subscription

    def _cancel_at(self, subscription: StripeObject, at: int, *, at_period_end: bool) -> None:
        self._state.change(
            subscription,
            self._now,
            "customer.subscription.updated",
            cancel_at=at,
            cancel_at_period_end=at_period_end,
            canceled_at=self._now,
            cancellation_details={"comment": None, "feedback": None, "reason": "cancellation_requested"},
        )

    def _cancel_subscription(self, _params: StripeObject, subscription_id: str) -> StripeObject:
        subscription = self._state.find("subscription", subscription_id)
        if subscription["status"] not in LIVE:
            raise no_such("subscription", subscription_id)
        self._billing.cancel_now(subscription, self._now)
        return subscription

    def _open_portal(self, params: StripeObject) -> StripeObject:
        if "customer" not in params:
            raise param_missing("customer")
        self._check_customer(params, to_use=True)
        session_id = self._state.new_id("bps_")
        return self._state.add(
            {
                "id": session_id,
                "object": "billing_portal.session",
                "configuration": "bpc_demo",
                "created": self._now,
                "customer": params["customer"],
                "flow": None,
                "livemode": False,
                "locale": params.get("locale"),
                "on_behalf_of": None,
                "return_url": params.get("return_url"),
                "url": f"{self._account.url()}/p/session/{session_id}",
            }
        )

    def _list_events(self, params: StripeObject) -> StripeObject:
        types = params.get("types", [params["type"]] if "type" in params else None)
        found = [one for one in self._state.events if types is None or one["type"] in types]
        return list_objects(found, params, "/v1/events")

    def _get_event(self, _params: StripeObject, event_id: str) -> StripeObject:
        for event in self._state.events:
            if event["id"] == event_id:
                return event
        raise no_such("event", event_id)

    def _balance(self, _params: StripeObject) -> StripeObject:
        amount = sum(charge.amount for charge in self._state.paid())
        part = {"amount": amount, "currency": "usd", "source_types": {"card": amount}}
        return {
            "object": "balance",
            "available": [part],
            "livemode": False,
            "pending": [{**part, "amount": 0, "source_types": {"card": 0}}],
        }

    def _show_account(self, _params: StripeObject) -> StripeObject:
        return {
            "id": "acct_demo",
            "object": "account",
            "charges_enabled": True,
            "country": "US",
            "default_currency": "usd",
            "details_submitted": True,
            "email": None,
            "payouts_enabled": True,
            "settings": {"dashboard": {"display_name": "Simulated Stripe", "timezone": "Etc/UTC"}},
            "type": "standard",
        }


def _url_of(kind: str) -> str:
    return "/v1/" + kind.replace(".", "/") + "s"


def _read_int(params: StripeObject, name: str, usual: int) -> int:
    given = params.get(name, usual)
    try:
        return int(given)
    except (TypeError, ValueError):
        raise param_invalid(name, f"Invalid integer: {given}", "parameter_invalid_integer") from None


def _read_object(params: StripeObject, name: str) -> StripeObject:
    found = params.get(name, {})
    if not isinstance(found, dict):
        raise param_invalid(name, "Invalid object")
    return found


def _check_metadata(params: StripeObject) -> None:
    metadata = _read_object(params, "metadata")
    if len(metadata) > _MAX_METADATA:
        raise StripeRefused(HTTPStatus.BAD_REQUEST, "Metadata can have at most 50 keys.", param="metadata")
    for name, value in metadata.items():
        if len(name) > _MAX_METADATA_NAME or len(str(value)) > _MAX_METADATA_VALUE:
            raise param_invalid(
                f"metadata[{name}]", "Metadata names have at most 40 and values 500 characters."
            )
