"""The answers about paying for a plan."""

from __future__ import annotations

from watcher.web.answers.base import AnswerBody, shown


class BillingAddressView(AnswerBody):
    """Where the browser goes on."""

    url: str = shown("https://checkout.stripe.com/c/pay/cs_live_a1", "A page of Stripe, for this user alone.")
