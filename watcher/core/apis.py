"""The outside APIs: one row of facts per API, for everything the program must know about it.

A new API is a member of `Api`, its codes and a row of `_FACTS`; no other table lists the APIs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum, auto


class Api(StrEnum):
    """The outside services."""

    EBAY = "ebay"
    SERPAPI = "serpapi"
    OPENAI = "openai"
    STRIPE = "stripe"
    SLACK = "slack"

    @property
    def facts(self) -> ApiFacts:
        """What is particular to this API."""
        return _FACTS[self]


class Kind(StrEnum):
    """What went wrong with an outbound call. Adapters decide it from types and status, never from text."""

    TIMEOUT = "timeout"
    UNAVAILABLE = "unavailable"
    RATE_LIMIT = "rate_limit"
    QUOTA = "quota"
    CREDENTIALS = "credentials"
    DECLINED = "declined"
    REFUSED = "refused"
    MALFORMED = "malformed"


class Code(StrEnum):
    """The error codes. Those of a notification channel appear only in metrics and in the outbox."""

    EBAY_RATE_LIMIT = "EBAY_RATE_LIMIT"
    EBAY_TIMEOUT = "EBAY_TIMEOUT"
    EBAY_UNAVAILABLE = "EBAY_UNAVAILABLE"
    OPENAI_RATE_LIMIT = "OPENAI_RATE_LIMIT"
    OPENAI_TIMEOUT = "OPENAI_TIMEOUT"
    OPENAI_UNAVAILABLE = "OPENAI_UNAVAILABLE"
    SERPAPI_RATE_LIMIT = "SERPAPI_RATE_LIMIT"
    STRIPE_DECLINED = "STRIPE_DECLINED"
    STRIPE_UNAVAILABLE = "STRIPE_UNAVAILABLE"
    SEARCH_FAILED = "SEARCH_FAILED"
    DATABASE_CONNECTION_FAILED = "DATABASE_CONNECTION_FAILED"
    DATABASE_QUERY_FAILED = "DATABASE_QUERY_FAILED"
    INVALID_INPUT = "INVALID_INPUT"
    MISSING_REQUIRED_FIELD = "MISSING_REQUIRED_FIELD"
    ITEM_NOT_FOUND = "ITEM_NOT_FOUND"
    UNAUTHORIZED = "UNAUTHORIZED"
    FORBIDDEN = "FORBIDDEN"
    INTERNAL_ERROR = "INTERNAL_ERROR"
    SLACK_RATE_LIMIT = "SLACK_RATE_LIMIT"
    SLACK_TIMEOUT = "SLACK_TIMEOUT"
    SLACK_UNAVAILABLE = "SLACK_UNAVAILABLE"
    SLACK_REFUSED = "SLACK_REFUSED"


class QuotaPeriod(Enum):
    """The period that a provider counts calls over."""

    PACIFIC_DAY = auto()  # from midnight to midnight in California
    UTC_DAY = auto()  # from midnight to midnight UTC
    UTC_MONTH = auto()  # a calendar month


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiFacts:
    """What is particular to one API.

    `codes` has the public code of each kind of failure that has its own; `default_code` is for the rest.
    `reasons` maps a machine-readable reason in the body, which outranks the HTTP status, to a kind.
    `quota_period` is None if calls are not counted. The cache stores answers of every `is_price_source`.
    `is_prepaid`: a refusal because of the quota means that the account has no credit left, whatever the
    count of our own calls. `code_prefix` is left out of its codes in metric names.
    """

    name: str
    codes: Mapping[Kind, Code]
    default_code: Code
    reasons: Mapping[str, Kind] = field(default_factory=dict)
    is_price_source: bool = False
    quota_period: QuotaPeriod | None = None
    is_prepaid: bool = False
    code_prefix: str = ""
    credential_keys: str
    outage_effect: str
    quota_effect: str = "Searches wait for the next quota window; comps come from the cache with their age."
    quota_advice: str = (
        "Poll less often (`--every`, fewer watches), or request more quota from the provider and raise it in "
        "config.toml. Check whether other programs use the same keys."
    )

    def code_of(self, kind: Kind) -> Code:
        """Return the public code of a failed call."""
        return self.codes.get(kind, self.default_code)


_FACTS: Mapping[Api, ApiFacts] = {
    Api.EBAY: ApiFacts(
        name="eBay",
        codes={
            Kind.TIMEOUT: Code.EBAY_TIMEOUT,
            Kind.RATE_LIMIT: Code.EBAY_RATE_LIMIT,
            Kind.QUOTA: Code.EBAY_RATE_LIMIT,
        },
        default_code=Code.EBAY_UNAVAILABLE,
        is_price_source=True,
        quota_period=QuotaPeriod.PACIFIC_DAY,
        credential_keys="client_id and client_secret in [ebay]",
        outage_effect="Watches are polled late, and comps come from the cache with their age.",
    ),
    Api.SERPAPI: ApiFacts(
        name="SerpAPI",
        codes={Kind.RATE_LIMIT: Code.SERPAPI_RATE_LIMIT, Kind.QUOTA: Code.SERPAPI_RATE_LIMIT},
        default_code=Code.SEARCH_FAILED,
        is_price_source=True,
        quota_period=QuotaPeriod.UTC_MONTH,
        credential_keys="api_key in [serpapi]",
        outage_effect="The backup search does not help when eBay fails.",
    ),
    Api.OPENAI: ApiFacts(
        name="OpenAI",
        codes={
            Kind.TIMEOUT: Code.OPENAI_TIMEOUT,
            Kind.RATE_LIMIT: Code.OPENAI_RATE_LIMIT,
            Kind.QUOTA: Code.OPENAI_RATE_LIMIT,
        },
        default_code=Code.OPENAI_UNAVAILABLE,
        # In `code`; the status is 429, as for a rate limit.
        reasons=dict.fromkeys(
            ("insufficient_quota", "credit_balance_exhausted", "billing_hard_limit_reached"), Kind.QUOTA
        ),
        quota_period=QuotaPeriod.UTC_DAY,
        is_prepaid=True,
        credential_keys="api_key in [openai] and the credit of its account",
        outage_effect="Pictures are identified by barcode, by earlier ones and by eBay only; listings are "
        "judged without the AI reader.",
        quota_effect="Pictures are identified by barcode, by earlier ones and by eBay only until then; "
        "listings are judged without the AI reader.",
        quota_advice="Raise daily_calls in [openai] if you want to pay for more, lower user_daily_calls if "
        "one person uses them up, or let the AI reader read less.",
    ),
    Api.STRIPE: ApiFacts(
        name="Stripe",
        codes={Kind.DECLINED: Code.STRIPE_DECLINED},
        default_code=Code.STRIPE_UNAVAILABLE,
        reasons={"card_error": Kind.DECLINED},  # in `type`; the status is 402
        credential_keys="api_key in [stripe]",
        outage_effect="Payments wait.",
    ),
    Api.SLACK: ApiFacts(
        name="Slack",
        codes={
            Kind.TIMEOUT: Code.SLACK_TIMEOUT,
            Kind.RATE_LIMIT: Code.SLACK_RATE_LIMIT,
            Kind.REFUSED: Code.SLACK_REFUSED,
        },
        default_code=Code.SLACK_UNAVAILABLE,
        code_prefix="slack_",
        credential_keys="the webhooks and bot_token in [slack]",
        outage_effect="Alerts wait in the outbox and go out in order when Slack answers; none is lost.",
    ),
}

RATE_LIMIT_CODES = frozenset(
    facts.codes[Kind.RATE_LIMIT] for facts in _FACTS.values() if Kind.RATE_LIMIT in facts.codes
)
