"""Reads Stripe's objects, and classifies its refusals.

Nothing that Stripe wrote is ever repeated in a failure but its machine-readable codes: a message may quote
a customer's data. What is odd in an object is unknown; an object without its id is unreadable.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Annotated, Any

import msgspec

from watcher.adapters.outbound.http import HttpResponse
from watcher.adapters.outbound.lenient_json import UNREADABLE, decode_leniently
from watcher.adapters.outbound.parts import T, read_by_parts
from watcher.adapters.outbound.refusals import describe_status, kind_of_status, parse_retry_after
from watcher.core.billing import BillingEvent, CheckoutState, ObjectMissing, StripeSession, StripeSubscription
from watcher.core.errors import Api, CallFailed, Kind
from watcher.core.plans import SubscriptionStatus
from watcher.core.times import Instant

_NAME = re.compile(r"[a-z0-9_.\[\]-]{1,80}\Z", re.IGNORECASE)
_MISSING = "resource_missing"
_EXPIRY = "expires_at"  # the only time that Stripe gets from us
_WRONG_CLOCK = (
    "Stripe's clock and that of this machine differ by more than an hour, so nothing can be bought, and "
    "nothing was charged: the operator must set the clock."
)
_LATEST = 4_102_444_800  # 2100-01-01
_STATES = {"complete": CheckoutState.PAID, "expired": CheckoutState.EXPIRED, "open": CheckoutState.OPEN}
_STATUSES = {status.value: status for status in SubscriptionStatus if status}
_SESSION_EVENT, _SUBSCRIPTION_EVENT = "checkout.session.", "customer.subscription."
# Events that may have changed a subscription without saying how.
_HINTS = ("invoice.", "customer.deleted")

# Without control characters, which a database refuses and which would break lines of the log.
_Id = Annotated[str, msgspec.Meta(max_length=255, pattern=r"\A[^\x00-\x1f\x7f]+\Z")]
_Text = Annotated[str, msgspec.Meta(max_length=255, pattern=r"\A[^\x00-\x1f\x7f]*\Z")]
_Url = Annotated[str, msgspec.Meta(max_length=5_000, pattern=r"\Ahttps?://[!-~]+\Z")]
_Time = Annotated[int, msgspec.Meta(ge=0, le=_LATEST)]


class _Error(msgspec.Struct):
    type: _Text | None = None
    code: _Text | None = None
    param: _Text | None = None


class _Refusal(msgspec.Struct):
    error: _Error


class _Reference(msgspec.Struct):
    """What we give to Stripe about a user: the key of a checkout, and what stands for the user."""

    reference: _Text | None = None
    user: _Text | None = None


class _Identified(msgspec.Struct):
    """Part of an object that is expanded into the whole."""

    id: _Id


class _Customer(msgspec.Struct):
    id: _Id
    deleted: bool | None = None
    metadata: _Reference | None = None


class _Recurring(msgspec.Struct):
    interval: _Text | None = None


class _Price(msgspec.Struct):
    id: _Id
    active: bool | None = None
    recurring: _Recurring | None = None


class _Item(msgspec.Struct):
    price: _Price | None = None
    current_period_end: _Time | None = None


class _Items(msgspec.Struct):
    data: list[_Item] | None = None


class _Subscription(msgspec.Struct):
    """A subscription; before 2025 it had the period itself, now its items have it."""

    id: _Id
    customer: _Id | _Identified | None = None
    status: _Text | None = None
    items: _Items | None = None
    created: _Time | None = None
    current_period_end: _Time | None = None
    cancel_at: _Time | None = None
    cancel_at_period_end: bool | None = None
    ended_at: _Time | None = None
    metadata: _Reference | None = None


class _Session(msgspec.Struct):
    id: _Id
    url: _Url | None = None
    status: _Text | None = None
    client_reference_id: _Text | None = None
    customer: _Id | _Identified | None = None


class _Invoice(msgspec.Struct):
    id: _Id
    created: _Time | None = None
    attempted: bool | None = None
    attempt_count: Annotated[int, msgspec.Meta(ge=0, le=10_000)] | None = None


class _Subscriptions(msgspec.Struct):
    data: list[_Subscription]


class _Customers(msgspec.Struct):
    data: list[_Customer]


class _Sessions(msgspec.Struct):
    data: list[_Session]


class _Invoices(msgspec.Struct):
    data: list[_Invoice]


class _Portal(msgspec.Struct):
    url: _Url


class _Object(msgspec.Struct):
    """The object of an event, of whatever type."""

    id: _Id | None = None
    customer: _Id | _Identified | None = None
    client_reference_id: _Text | None = None
    status: _Text | None = None
    metadata: _Reference | None = None


class _Data(msgspec.Struct):
    object: msgspec.Raw


class _Event(msgspec.Struct):
    id: _Id
    type: _Id
    created: _Time
    data: _Data


def read_customer(body: bytes) -> str:
    """Return the id of a customer; empty if it was deleted. Raises CallFailed."""
    customer = _read(body, _Customer)
    return "" if customer.deleted else customer.id


def read_owned_customers(body: bytes, owner: str) -> list[str]:
    """Return the ids of those of a list of customers that were made for a user. Raises CallFailed."""
    found = _read(body, _Customers).data
    return [one.id for one in found if one.metadata and one.metadata.user == owner and not one.deleted]


def read_session(body: bytes) -> StripeSession:
    """Return a checkout. Raises CallFailed."""
    return _session_of(_read(body, _Session))


def read_sessions(body: bytes) -> list[StripeSession]:
    """Return a list of checkouts, the newest first. Raises CallFailed."""
    return [_session_of(session) for session in _read(body, _Sessions).data]


def read_subscriptions(body: bytes) -> list[StripeSubscription]:
    """Return a list of subscriptions. Raises CallFailed, also if one of them is not understood."""
    found = [_subscription_of(one) for one in _read(body, _Subscriptions).data]
    known = [one for one in found if one is not None]
    if len(known) < len(found):
        raise CallFailed(Api.STRIPE, Kind.MALFORMED, "a subscription has an unknown form")
    return known


def read_first_attempt(body: bytes) -> Instant | None:
    """Return when the first of a list of unpaid invoices was due; None if no payment was tried."""
    tried = [invoice for invoice in _read(body, _Invoices).data if invoice.attempted or invoice.attempt_count]
    return min((Instant(float(i.created)) for i in tried if i.created is not None), default=None)


def read_portal(body: bytes) -> str:
    """Return the address of a customer's portal. Raises CallFailed."""
    return _read(body, _Portal).url


def read_price(body: bytes) -> tuple[bool, bool]:
    """Return whether a price can be bought, and whether it is paid again and again. Raises CallFailed."""
    price = _read(body, _Price)
    return price.active is not False, price.recurring is not None


def parse_event(body: bytes) -> BillingEvent | None:
    """Return an event whose signature was checked; None if it cannot concern a subscription.

    Raises ValueError for another body than an event's.
    """
    event = _decode(body, _Event)
    if event is None:
        raise ValueError
    found = BillingEvent(event.id, event.type, Instant(float(event.created)))
    if event.type.startswith(_SUBSCRIPTION_EVENT):
        return _of_subscription(found, bytes(event.data.object))
    if event.type.startswith((_SESSION_EVENT, *_HINTS)):
        return _of_other(found, bytes(event.data.object))
    return None


def _of_subscription(event: BillingEvent, body: bytes) -> BillingEvent:
    whole = _decode(body, _Subscription)
    if whole is None:
        return event
    given = whole.metadata or _Reference()
    return event._replace(
        customer=_id_of(whole.customer),
        subscription=_subscription_of(whole),
        reference=given.reference or "",
        owner=given.user or "",
    )


def _of_other(event: BillingEvent, body: bytes) -> BillingEvent:
    what = _decode(body, _Object)
    if what is None:
        return event
    if not event.type.startswith(_SESSION_EVENT):
        customer = (what.id or "") if event.type == "customer.deleted" else _id_of(what.customer)
        return event._replace(customer=customer)
    state = _STATES.get(what.status or "", CheckoutState.OPEN)
    return event._replace(
        customer=_id_of(what.customer),
        reference=what.client_reference_id or "",
        owner=(what.metadata and what.metadata.user) or "",
        session=(what.id or "") if state is not CheckoutState.OPEN else "",
        paid=state is CheckoutState.PAID,
    )


def stripe_refusal_of(response: HttpResponse, now: Instant) -> CallFailed:
    """Return the failure that a response with an error status stands for.

    A decline is never repeated. Else Stripe's own word decides, then the status: 409 means that another
    request is under way, and a rate limit must not be made worse.
    """
    refusal = _decode(response.body, _Refusal)
    error = refusal.error if refusal else _Error()
    kind = _kind_of(response.status, error)
    if response.headers.get("Idempotent-Replayed", "") == "true" and kind is not Kind.DECLINED:
        kind = Kind.REFUSED  # Stripe repeats an earlier failure, and will for as long as it keeps the key
    where = f"in {_shown(error.param)}" if error.param else ""
    names = "/".join(dict.fromkeys(name for name in (_shown(error.type), _shown(error.code)) if name))
    words = (describe_status(response.status), names or "no code", where)
    failure = ObjectMissing if error.code == _MISSING else CallFailed
    return failure(
        Api.STRIPE,
        kind,
        ", ".join(word for word in words if word),
        sentence=_WRONG_CLOCK if error.param == _EXPIRY else "",
        retry_after=parse_retry_after(response.headers.get("Retry-After", ""), now),
        status=response.status,
        caller_caused=kind is Kind.DECLINED,
        may_repeat=_may_repeat(response, kind),
    )


def _kind_of(status: int, error: _Error) -> Kind:
    reasons = Api.STRIPE.facts.reasons
    for name in (error.type or "", error.code or ""):
        if name in reasons:
            return reasons[name]
    if status == HTTPStatus.PAYMENT_REQUIRED:
        return Kind.DECLINED
    return Kind.UNAVAILABLE if status == HTTPStatus.CONFLICT else kind_of_status(status)


def _may_repeat(response: HttpResponse, kind: Kind) -> bool | None:
    if kind is Kind.DECLINED:
        return False
    said = response.headers.get("Stripe-Should-Retry", "").strip().lower()
    if said in ("true", "false"):
        return said == "true"
    return False if kind is Kind.RATE_LIMIT else None


def _session_of(session: _Session) -> StripeSession:
    state = _STATES.get(session.status or "", CheckoutState.OPEN)
    url = (session.url or "") if state is CheckoutState.OPEN else ""
    return StripeSession(session.id, url, state, session.client_reference_id or "", _id_of(session.customer))


def _subscription_of(one: _Subscription) -> StripeSubscription | None:
    """Return a subscription; None if what it means for a plan is not known."""
    status, customer = _STATUSES.get(one.status or ""), _id_of(one.customer)
    items = (one.items.data if one.items else None) or []
    ends = [item.current_period_end for item in items if item.current_period_end is not None]
    paid_until = _instant(max(ends, default=one.current_period_end))
    ends_at = _instant(one.ended_at if one.ended_at is not None else one.cancel_at)
    if ends_at is None and one.cancel_at_period_end:
        ends_at = paid_until
    prices = tuple(item.price.id for item in items if item.price is not None)
    if status is None or not customer or not prices:
        return None
    return StripeSubscription(
        one.id, customer, status, prices, Instant(float(one.created or 0)), paid_until, ends_at
    )


def _instant(seconds: int | None) -> Instant | None:
    return None if seconds is None else Instant(float(seconds))


def _id_of(what: str | _Identified | None) -> str:
    return what.id if isinstance(what, _Identified) else what or ""


def _read(body: bytes, kind: type[T]) -> T:
    found = _decode(body, kind)
    if found is None:
        raise CallFailed(Api.STRIPE, Kind.MALFORMED, "the body has an unknown form")
    return found


def _decode(body: bytes, kind: type[T]) -> T | None:
    """Return the decoded body; what is odd in it is unknown. None if it has another form."""
    try:
        return msgspec.json.decode(body, type=kind)
    except UNREADABLE:
        pass
    try:
        decoded: Any = decode_leniently(body)
    except ValueError:
        return None
    return read_by_parts(decoded, kind)


def _shown(name: str | None) -> str:
    """Return a machine-readable name for the log; a text is left out."""
    return name if name and _NAME.match(name) else ""
