"""What time and customers do: payments, renewals, failed payments and their repetition, cancellations."""

from __future__ import annotations

import calendar
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import NamedTuple

from watcher.core.times import DAY
from watcher.demo.stripe.cards import Card
from watcher.demo.stripe.errors import StripeRefused, declined
from watcher.demo.stripe.shapes import make_customer, make_invoice, make_item, make_subscription
from watcher.demo.stripe.state import Charge, StripeObject, StripeState

# Waits between the attempts to collect an invoice; afterwards the subscription is cancelled. Stripe chooses
# these itself unless the account has a schedule of its own.
RETRY_DAYS = (3, 5, 7)
LIVE = frozenset({"active", "past_due", "trialing", "unpaid", "paused", "incomplete"})
_RENEWING = frozenset({"active", "past_due", "trialing"})
_UPDATED, _DELETED = "customer.subscription.updated", "customer.subscription.deleted"
_DAYS = {"day": 1, "week": 7}
_MONTHS = {"month": 1, "year": 12}


class _Due(NamedTuple):
    """What happens at an instant, which it takes."""

    at: int
    happen: Callable[[int], None]


class StripeBilling:
    """The rules of payment. Every method takes the instant at which it happens, in whole seconds.

    `after_retries` is the status of a subscription that could not be collected: canceled, unpaid or past_due.
    `billing_mode` is that of new subscriptions: flexible or classic. Invoices are paid when they are created;
    Stripe waits about an hour with those of renewals.
    """

    def __init__(self, state: StripeState) -> None:
        self.after_retries, self.billing_mode = "canceled", "flexible"
        self._state = state
        self._credits: dict[str, int] = {}  # minor units by subscription: what a changed price adds next time

    def pay_session(self, session: StripeObject, card: Card, at: int, *, email: str = "") -> StripeObject:
        """Pay an open checkout session and return its subscription.

        A declined card raises StripeRefused; the session stays open then. So does one that is not open.
        """
        if session["status"] != "open":
            raise StripeRefused(400, f"This Checkout Session is {session['status']}.")
        state, price = self._state, self.price_of(session)
        customer = session["customer"] or self._customer_of(session, email, at)["id"]
        if card.decline_code:
            self._record(customer, "", "", price, price["unit_amount"], at, card.decline_code)
            raise declined(card.decline_code)
        state.cards[customer] = card
        subscription = self._subscribe(session, customer, price, at)
        invoice = self._bill(subscription, price["unit_amount"], "subscription_create", at)
        self._collect(subscription, invoice, at)
        details = {"email": email or session["customer_email"], "name": None, "phone": None, "address": None}
        state.change(
            session,
            at,
            "checkout.session.completed",
            status="complete",
            payment_status="paid",
            customer=customer,
            customer_details=details,
            invoice=invoice["id"],
            subscription=subscription["id"],
            url=None,
        )
        return subscription

    def price_of(self, session: StripeObject) -> StripeObject:
        """Return the price that a session sells."""
        return self._state.find("price", self._state.offers[session["id"]].price)

    def expire_session(self, session: StripeObject, at: int) -> None:
        """End an open session."""
        self._state.change(session, at, "checkout.session.expired", status="expired", url=None)

    def change_card(self, customer: str, card: Card, at: int) -> None:
        """Save another card, and collect with it what is due."""
        self._state.cards[customer] = card
        for subscription in self.subscriptions_of(customer):
            if subscription["status"] in ("past_due", "unpaid"):
                self._collect(subscription, self._state.objects[subscription["latest_invoice"]], at)

    def change_price(self, subscription: StripeObject, price: StripeObject, at: int) -> None:
        """Move to another price now; the difference for the rest of the period is billed next time."""
        item = subscription["items"]["data"][0]
        start, end = item["current_period_start"], item["current_period_end"]
        left = max(0, end - at) / max(1, end - start)
        difference = price["unit_amount"] - item["price"]["unit_amount"]
        known = self._credits.get(subscription["id"], 0)
        self._credits[subscription["id"]] = known + round(difference * left)
        items = {**subscription["items"], "data": [{**item, "price": price}]}
        self._state.change(subscription, at, _UPDATED, items=items)

    def cancel_later(self, subscription: StripeObject, at: int) -> None:
        """Cancel at the end of the period as the portal does: flexible billing sets `cancel_at` alone."""
        self._state.change(
            subscription,
            at,
            _UPDATED,
            cancel_at=period_end(subscription),
            cancel_at_period_end=subscription["billing_mode"]["type"] == "classic",
            canceled_at=at,
            cancellation_details={"comment": None, "feedback": None, "reason": "cancellation_requested"},
        )

    def resume(self, subscription: StripeObject, at: int) -> None:
        """Take back a cancellation whose time has not come."""
        no_details = {"comment": None, "feedback": None, "reason": None}
        self._state.change(
            subscription,
            at,
            _UPDATED,
            cancel_at=None,
            cancel_at_period_end=False,
            canceled_at=None,
            cancellation_details=no_details,
        )

    def cancel_now(self, subscription: StripeObject, at: int, reason: str = "cancellation_requested") -> None:
        """End a subscription."""
        self._state.change(
            subscription,
            at,
            _DELETED,
            status="canceled",
            canceled_at=subscription["canceled_at"] or at,
            ended_at=at,
            cancellation_details={**subscription["cancellation_details"], "reason": reason},
        )

    def delete_customer(self, customer: StripeObject, at: int) -> None:
        """Delete a customer, which ends its subscriptions; of the object only its id is left."""
        for subscription in self.subscriptions_of(customer["id"]):
            if subscription["status"] in LIVE:
                self.cancel_now(subscription, at)
        self._state.cards.pop(customer["id"], None)
        self._state.emit("customer.deleted", customer, at)
        left = {"id": customer["id"], "object": "customer", "deleted": True, "created": customer["created"]}
        customer.clear()
        customer.update(left)

    def subscriptions_of(self, customer: str) -> list[StripeObject]:
        """Return a customer's subscriptions, oldest first."""
        return [one for one in self._state.every("subscription") if one["customer"] == customer]

    def pass_time(self, now: int) -> None:
        """Let everything happen that is due by `now`, each at its own instant and in that order."""
        while (due := self._next_due()) is not None and due.at <= now:
            due.happen(due.at)

    def do_next(self, subscription: StripeObject, now: int) -> None:
        """Let the next thing that time does to a subscription happen now: a renewal, an attempt, its end."""
        due = self._due_of(subscription)
        if due is not None:
            due.happen(now)

    def _next_due(self) -> _Due | None:
        found = [
            _Due(session["expires_at"], partial(self.expire_session, session))
            for session in self._state.every("checkout.session")
            if session["status"] == "open"
        ]
        found += [due for one in self._state.every("subscription") if (due := self._due_of(one)) is not None]
        return min(found, key=lambda due: due.at, default=None)

    def _due_of(self, subscription: StripeObject) -> _Due | None:
        """Return what time does next to a subscription; a cancellation goes before a renewal."""
        if subscription["status"] not in LIVE:
            return None
        choices = []
        end = period_end(subscription)
        ends_at = end if subscription["cancel_at_period_end"] else subscription["cancel_at"]
        if ends_at is not None:
            choices.append(_Due(ends_at, partial(self.cancel_now, subscription)))
        invoice = self._state.objects.get(subscription["latest_invoice"] or "")
        if invoice and invoice["next_payment_attempt"]:
            choices.append(
                _Due(invoice["next_payment_attempt"], partial(self._collect, subscription, invoice))
            )
        if subscription["status"] in _RENEWING and subscription["pause_collection"] is None:
            choices.append(_Due(end, partial(self._renew, subscription)))
        return min(choices, key=lambda due: due.at, default=None)

    def _subscribe(self, session: StripeObject, customer: str, price: StripeObject, at: int) -> StripeObject:
        state = self._state
        subscription_id = state.new_id("sub_")
        item = make_item(state.new_id("si_"), at, subscription_id, price, _add_interval(at, price, at))
        subscription = make_subscription(
            subscription_id,
            at,
            customer=customer,
            item=item,
            metadata=state.offers[session["id"]].metadata,
            billing_mode=self.billing_mode,
        )
        state.add(subscription)
        state.emit("customer.subscription.created", subscription, at)
        return subscription

    def _customer_of(self, session: StripeObject, email: str, at: int) -> StripeObject:
        asked = {"email": email or session["customer_email"]}
        customer = self._state.add(make_customer(self._state.new_id("cus_"), at, asked))
        self._state.emit("customer.created", customer, at)
        return customer

    def _renew(self, subscription: StripeObject, at: int) -> None:
        item = subscription["items"]["data"][0]
        start = min(item["current_period_end"], at)
        until = _add_interval(start, item["price"], subscription["billing_cycle_anchor"])
        renewed = {**item, "current_period_start": start, "current_period_end": until}
        self._state.change(subscription, at, _UPDATED, items={**subscription["items"], "data": [renewed]})
        amount = item["price"]["unit_amount"] + self._credits.pop(subscription["id"], 0)
        invoice = self._bill(subscription, max(0, amount), "subscription_cycle", at)
        self._collect(subscription, invoice, at)

    def _bill(self, subscription: StripeObject, amount: int, reason: str, at: int) -> StripeObject:
        invoice = self._state.add(make_invoice(self._state.new_id("in_"), at, subscription, amount, reason))
        self._state.emit("invoice.created", invoice, at)
        self._state.emit("invoice.finalized", invoice, at)
        subscription["latest_invoice"] = invoice["id"]
        return invoice

    def _collect(self, subscription: StripeObject, invoice: StripeObject, at: int) -> None:
        """Charge the customer's card for an invoice."""
        customer, state = subscription["customer"], self._state
        card = state.cards.get(customer)
        why = card.decline_code if card else "generic_decline"
        price = subscription["items"]["data"][0]["price"]
        self._record(customer, subscription["id"], invoice["id"], price, invoice["amount_due"], at, why)
        attempts = invoice["attempt_count"] + 1
        if why:
            self._note_failure(subscription, invoice, attempts, at)
            return
        transitions = {**invoice["status_transitions"], "paid_at": at}
        invoice.update(
            status="paid",
            attempted=True,
            attempt_count=attempts,
            amount_paid=invoice["amount_due"],
            amount_remaining=0,
            next_payment_attempt=None,
            status_transitions=transitions,
        )
        state.emit("invoice.paid", invoice, at)
        state.emit("invoice.payment_succeeded", invoice, at)
        state.change(subscription, at, _UPDATED, status="active")

    def _note_failure(
        self, subscription: StripeObject, invoice: StripeObject, attempts: int, at: int
    ) -> None:
        is_last = attempts > len(RETRY_DAYS)
        retry_at = None if is_last else at + int(RETRY_DAYS[attempts - 1] * DAY)
        invoice.update(attempted=True, attempt_count=attempts, next_payment_attempt=retry_at)
        self._state.emit("invoice.payment_failed", invoice, at)
        if is_last and self.after_retries == "canceled":
            self.cancel_now(subscription, at, "payment_failed")
        else:
            status = self.after_retries if is_last else "past_due"
            self._state.change(subscription, at, _UPDATED, status=status)

    def _record(
        self,
        customer: str,
        subscription: str,
        invoice: str,
        price: StripeObject,
        amount: int,
        at: int,
        decline_code: str,
    ) -> None:
        charge = Charge(
            at, customer, subscription, invoice, price["id"], amount, price["currency"], decline_code
        )
        self._state.charges.append(charge)


def period_end(subscription: StripeObject) -> int:
    """Return the end of the period that is paid for, or that was to be."""
    return int(subscription["items"]["data"][0]["current_period_end"])


def _add_interval(at: int, price: StripeObject, anchor: int) -> int:
    """Return the end of the interval that begins at an instant, on the anchor's day of the month."""
    interval = price["recurring"]["interval"]
    begin = datetime.fromtimestamp(at, UTC)
    if interval in _DAYS:
        return int((begin + timedelta(days=_DAYS[interval])).timestamp())
    year, month = divmod(begin.year * 12 + begin.month - 1 + _MONTHS[interval], 12)
    day = min(datetime.fromtimestamp(anchor, UTC).day, calendar.monthrange(year, month + 1)[1])
    return int(begin.replace(year=year, month=month + 1, day=day).timestamp())
