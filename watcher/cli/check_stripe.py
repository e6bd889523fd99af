"""`watcher check`: whether plans can be sold, by requests that cost nothing."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, NamedTuple

from watcher.cli.printing import waiting
from watcher.core.billing import ObjectMissing
from watcher.core.errors import CallFailed, Kind
from watcher.core.typed_text import quoted

if TYPE_CHECKING:
    from watcher.adapters.stripe.client import StripeClient
    from watcher.config import Settings
    from watcher.core.plans import Plan

_NAME = "stripe"
_STRIPE_ADDRESS = "https://api.stripe.com"
_SECRET = re.compile(r"whsec_[A-Za-z0-9+/=_-]+\Z")
_PUBLISHABLE, _PRODUCT, _ENDPOINT = "pk_", "prod_", "we_"  # what ids of other things begin with
_MODES = {"_test_": "test mode", "_live_": "live mode"}
_MODE_AT = slice(2, 8)  # of a key: sk_test_…, rk_live_…
_NO_SUCH_ADDRESS = (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED)


class CheckResult(NamedTuple):
    """One line of the report. `state` is ok, warn (nothing is prevented from working) or fail."""

    name: str
    state: str
    detail: str


async def check_stripe(stripe: StripeClient, settings: Settings) -> CheckResult:
    """Check the key, the price of every plan, and what can be seen of the webhook's secret."""
    address, plans = settings.stripe.base_url, settings.paid_plans
    key = settings.stripe.api_key.get_secret_value()
    wrong = _about_webhook(settings.stripe.webhook_secret.get_secret_value())
    if key.startswith(_PUBLISHABLE):
        wrong.insert(0, "api_key in [stripe] is a publishable key; use a restricted or a secret one")
        return CheckResult(_NAME, "fail", "; ".join(wrong))
    for plan in plans.priced:
        try:
            with waiting("Asking Stripe …"):
                is_active, recurs = await stripe.check_price(plan.price_id)
        except ObjectMissing:
            wrong.append(_unknown_price(plan, key))
            continue
        except CallFailed as error:
            wrong.insert(0, _failure(error, address, plan))
            break
        if not is_active:
            wrong.append(f"the {_price_of(plan)} is archived, so it cannot be bought")
        elif not recurs:
            wrong.append(f"the {_price_of(plan)} is paid once; make one that recurs")
    if wrong:
        return CheckResult(_NAME, "fail", "; ".join(wrong))
    accepted = f"{address} accepts the key and sells {', '.join(quoted(p.name) for p in plans.priced)}"
    if not settings.http.public_url:
        return CheckResult(
            _NAME, "warn", f"{accepted}; without public_url in [http] its webhooks cannot come here"
        )
    return CheckResult(
        _NAME, "ok", f"{accepted}; its webhooks come to {settings.http.public_url}/stripe/webhook"
    )


def _about_webhook(secret: str) -> list[str]:
    if _SECRET.match(secret):
        return []
    found = "is the id of the endpoint" if secret.startswith(_ENDPOINT) else "does not begin with whsec_"
    if secret.startswith("whsec_"):
        found = "has characters that no such secret has"
    sentence = (
        f"webhook_secret in [stripe] {found}, so every webhook would be refused: copy the signing secret of "
        "the webhook endpoint from Stripe's dashboard"
    )
    return [sentence]


def _price_of(plan: Plan) -> str:
    return f"price_id of the plan {quoted(plan.name)}"


def _unknown_price(plan: Plan, key: str) -> str:
    if plan.price_id.startswith(_PRODUCT):
        return (
            f"the {_price_of(plan)} is the id of a product; use that of its price, which begins with price_"
        )
    unknown = f"Stripe does not know the {_price_of(plan)}"
    if mode := _MODES.get(key[_MODE_AT]):
        other = next(name for name in _MODES.values() if name != mode)
        return (
            f"{unknown} in {mode}, in which the key is: copy the id of the price made there; one made in "
            f"{other} has another id and needs another key"
        )
    return f"{unknown}: copy the id of a price of the key's account, test mode or live"


def _failure(error: CallFailed, address: str, plan: Plan) -> str:
    """Return why nothing could be learned of a price."""
    if error.status == HTTPStatus.FORBIDDEN:
        return (
            "Stripe refuses the key the right to read prices: give the restricted key in api_key in [stripe] "
            "the rights that docs/plans.md lists"
        )
    if error.kind is Kind.CREDENTIALS:
        return "Stripe does not know the key: copy api_key in [stripe] again from Stripe's dashboard"
    if error.kind is Kind.MALFORMED or error.status in _NO_SUCH_ADDRESS:
        return (
            f"{address} answers, but not as Stripe does ({error.detail}): base_url in [stripe] is "
            f"{_STRIPE_ADDRESS}, without a path"
        )
    if error.kind is Kind.REFUSED:
        return f"Stripe refuses to show the {_price_of(plan)}: {error.detail}"
    if error.kind is Kind.RATE_LIMIT:
        return f"Stripe gets too many requests of this account: {error.detail}; check again later"
    if error.status is not None:
        return f"Stripe fails: {error.detail}; check again later"
    return f"{address} cannot be reached: {error.detail}"
