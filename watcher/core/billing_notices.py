"""Messages to operators about payments that only they can put right."""

from __future__ import annotations

from watcher.core.alerts import OpsNotice
from watcher.core.apis import Api
from watcher.core.billing import BillingEvent
from watcher.core.monitoring.incidents import Phase
from watcher.core.times import Instant, iso
from watcher.core.typed_text import quoted

_STRAY = "stray-payment"


def stray_notice(event: BillingEvent, user: str, now: Instant) -> OpsNotice:
    """Return the message about a customer that pays for no user; `user` has another customer already."""
    if user:
        headline = f"Stripe: {quoted(user)} pays by a second customer, which buys nothing"
        advice = "Cancel the subscription of this customer in Stripe's dashboard, and refund its payment."
    else:
        headline = "Stripe: a customer pays for a user who is not here, because the user was removed"
        advice = (
            "Cancel the subscription of this customer in Stripe's dashboard, and refund its payment. If the "
            "user was lost with a restored backup, add the user again by the same name instead: what is paid "
            "is found again."
        )
    facts = (("Customer", event.customer), ("Event", event.type), ("At", iso(event.created)))
    incident = f"stripe-{event.customer}"
    return OpsNotice(incident, Phase.FIRING, Api.STRIPE, _STRAY, event.created, now, headline, facts, advice)
