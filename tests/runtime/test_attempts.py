"""Per API: how many attempts fit into its deadline, and which failures are retried."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fakes import FakeClock, RecordingMeter, shortest_wait
from watcher.adapters.outbound.guard import Guard
from watcher.config import Settings, load_settings
from watcher.core.errors import Api, CallFailed, Kind, error_view
from watcher.core.resilience.retry import RetryPolicy
from watcher.core.times import Seconds
from watcher.runtime.integrations import Integrations

RETRY = Settings().retry
POLICIES = {
    Api.EBAY: RETRY.ebay,
    Api.SERPAPI: RETRY.serpapi,
    Api.OPENAI: RETRY.openai,
    Api.STRIPE: RETRY.stripe,
}


def attempt_sentences(**environment: str) -> list[str]:
    settings = load_settings(None, {f"WATCHER_{name}": value for name, value in environment.items()})
    return list(Integrations(settings, FakeClock(), shortest_wait).describe_attempts())


def test_the_log_states_how_many_attempts_fit_each_deadline() -> None:
    assert attempt_sentences() == [
        "ebay: at least 2 and at most 4 attempts of the 6 allowed within 30 s",
        "serpapi: at least 2 and at most 3 attempts of the 5 allowed within 30 s",
    ]


def test_ebay_leaves_time_for_one_attempt_of_the_fallback() -> None:
    assert attempt_sentences(SERPAPI__API_KEY="key")[-1] == (
        "ebay: at least 1 and at most 3 attempts of the 6 allowed within 20 s"
        " if nothing is cached, because serpapi is called next"
    )
    assert attempt_sentences(SERPAPI__API_KEY="key", TIMEOUT__COMPS="10s")[-1].startswith(
        "ebay: 1 attempt of the 6"
    )


def test_the_log_states_the_attempts_of_stripe_if_plans_are_sold(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text(
        '[stripe]\napi_key = "key"\nwebhook_secret = "secret"\n[plans]\ngold = { price_id = "price_gold" }\n'
    )
    sentences = list(Integrations(load_settings(file, {}), FakeClock(), shortest_wait).describe_attempts())
    assert sentences[-1] == "stripe: at least 3 and at most 4 attempts of the 4 allowed within 45 s"


class Calls:
    """Calls to one API that all fail in the same way."""

    def __init__(self, api: Api, failure: CallFailed) -> None:
        self.made, self.failure, self.clock = 0, failure, FakeClock()
        policy: RetryPolicy = POLICIES[api].policy
        self.guard = Guard(
            api,
            policy,
            attempt_timeout=Seconds(10.0),
            deadline=Seconds(90.0),
            clock=self.clock,
            monotonic=self.clock.now,
            jitter=shortest_wait,
            meter=RecordingMeter(),
            sleep=self.sleep,
        )

    async def sleep(self, seconds: float) -> None:
        self.clock.move(seconds)

    async def fail(self) -> None:
        self.made += 1
        raise self.failure

    async def outcome(self) -> tuple[int, object, object]:
        """Return the attempts made, the error's code, and its `shouldRetry`."""
        with pytest.raises(CallFailed) as caught:
            await self.guard.call(self.fail, interactive=True)
        view = error_view(caught.value)
        return self.made, view["code"], view["shouldRetry"]


@pytest.mark.parametrize(
    ("api", "kind", "expected"),
    [
        (Api.OPENAI, Kind.TIMEOUT, (4, "OPENAI_TIMEOUT", True)),
        (Api.OPENAI, Kind.UNAVAILABLE, (4, "OPENAI_UNAVAILABLE", True)),
        (Api.OPENAI, Kind.RATE_LIMIT, (4, "OPENAI_RATE_LIMIT", True)),
        (Api.OPENAI, Api.OPENAI.facts.reasons.get("insufficient_quota"), (1, "OPENAI_RATE_LIMIT", True)),
        (Api.OPENAI, Kind.CREDENTIALS, (1, "OPENAI_UNAVAILABLE", True)),
        (Api.STRIPE, Kind.UNAVAILABLE, (4, "STRIPE_UNAVAILABLE", True)),
        (Api.STRIPE, Kind.TIMEOUT, (4, "STRIPE_UNAVAILABLE", True)),
        (Api.STRIPE, Api.STRIPE.facts.reasons.get("card_error"), (1, "STRIPE_DECLINED", False)),
        (Api.SERPAPI, Kind.TIMEOUT, (5, "SEARCH_FAILED", True)),
        (Api.SERPAPI, Kind.RATE_LIMIT, (5, "SERPAPI_RATE_LIMIT", True)),
        (Api.EBAY, Kind.QUOTA, (1, "EBAY_RATE_LIMIT", True)),
    ],
)
async def test_each_api_has_its_own_retry_policy_and_error_code(
    api: Api, kind: Kind, expected: tuple[int, str, bool]
) -> None:
    assert await Calls(api, CallFailed(api, kind, "made up")).outcome() == expected
