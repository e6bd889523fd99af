"""Stripe's calls to us: their signature is checked before anything in them is read."""

from __future__ import annotations

from watcher.adapters.stripe.answers import parse_event
from watcher.adapters.stripe.signature import is_signed
from watcher.core.billing import BillingEvent
from watcher.core.errors import InvalidInput
from watcher.core.times import Instant


class StripeWebhook:
    """Reads events that are signed with a secret, which its repr does not show."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def read(self, body: bytes, signature: str, now: Instant) -> BillingEvent | None:
        """Return an event; None if it cannot concern a subscription. Raises InvalidInput."""
        if not is_signed(body, signature, self._secret, now):
            raise InvalidInput(
                "The signature of the event is not valid: webhook_secret in [stripe] is not that of this "
                "endpoint at Stripe, or a clock is more than 5 minutes wrong."
            )
        try:
            return parse_event(body)
        except ValueError:
            raise InvalidInput("The body is not an event of Stripe.") from None
