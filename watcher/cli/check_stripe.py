"""`watcher check`: whether plans can be sold, by requests that cost nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from watcher.cli.printing import waiting
from watcher.core.billing import ObjectMissing
from watcher.core.errors import Api, CallFailed, Kind
from watcher.core.monitoring.incident_messages import describe_refused_credentials
from watcher.core.typed_text import quoted

if TYPE_CHECKING:
    from watcher.adapters.stripe.client import StripeClient
    from watcher.config import Settings

_NAME = "stripe"
_SECRET_PREFIX = "whsec_"  # noqa: S105 - not a secret
_PRODUCT_PREFIX = "prod_"


class CheckResult(NamedTuple):
    """One line of the report. `state` is ok, warn (nothing is prevented from working) or fail."""

    name: str
    state: str
    detail: str


async def check_stripe(stripe: StripeClient, settings: Settings) -> CheckResult:
    """Check the key, and the price of every plan."""
    address, plans = settings.stripe.base_url, settings.paid_plans
    wrong: list[str] = []
    for plan in plans.priced:
        price = f"price_id of the plan {quoted(plan.name)}"
        try:
            with waiting("Asking Stripe …"):
                is_active, recurs = await stripe.check_price(plan.price_id)
        except ObjectMissing:
            wrong.append(_unknown_price(plan.price_id, price))
            continue
        except CallFailed as error:
            if error.kind is Kind.CREDENTIALS:
                return CheckResult(_NAME, "fail", describe_refused_credentials(Api.STRIPE))
            return CheckResult(_NAME, "fail", f"{address} cannot be reached: {error.detail}")
        if not is_active:
            wrong.append(f"the {price} is archived, so it cannot be bought")
        elif not recurs:
            wrong.append(f"the {price} is paid once; make one that recurs")
    if wrong:
        return CheckResult(_NAME, "fail", "; ".join(wrong))
    if not settings.stripe.webhook_secret.get_secret_value().startswith(_SECRET_PREFIX):
        return CheckResult(
            _NAME,
            "fail",
            f"webhook_secret in [stripe] does not begin with {_SECRET_PREFIX}, so every webhook would be "
            "refused: copy the signing secret of the webhook endpoint from Stripe's dashboard",
        )
    accepted = f"{address} accepts the key and sells {', '.join(quoted(p.name) for p in plans.priced)}"
    if not settings.http.public_url:
        return CheckResult(
            _NAME, "warn", f"{accepted}; without public_url in [http] its webhooks cannot come here"
        )
    return CheckResult(
        _NAME, "ok", f"{accepted}; its webhooks come to {settings.http.public_url}/stripe/webhook"
    )


def _unknown_price(price_id: str, price: str) -> str:
    if price_id.startswith(_PRODUCT_PREFIX):
        return f"the {price} is the id of a product; use that of its price, which begins with price_"
    return f"Stripe does not know the {price}; one in test mode needs a test key"
