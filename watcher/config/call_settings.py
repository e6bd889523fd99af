"""The settings of calls: retries per API, and timeouts. Durations are in seconds."""

# No `from __future__ import annotations` here: pydantic would have to compile every annotation from text.

from typing import Self

from pydantic import BaseModel, ConfigDict, model_validator

from watcher.config.value_types import Duration, RetryCount, ValueRefused
from watcher.core.resilience.retry import RetryPolicy
from watcher.core.times import Seconds, write_duration


class Section(BaseModel):
    """A section of config.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class RetrySection(Section):
    """Retries of one API."""

    max_retries: RetryCount
    initial_delay: Duration
    max_delay: Duration

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        if self.initial_delay > self.max_delay:
            raise ValueRefused(
                f"{_is_longer('initial_delay', self.initial_delay, 'max_delay', self.max_delay)}."
            )
        return self

    @property
    def policy(self) -> RetryPolicy:
        """The values that `core` needs."""
        return RetryPolicy(max_retries=self.max_retries, initial=self.initial_delay, maximum=self.max_delay)


class EbayRetry(RetrySection):
    """Retries of eBay."""

    max_retries: RetryCount = 5
    initial_delay: Duration = Seconds(2.0)
    max_delay: Duration = Seconds(60.0)


class OpenAiRetry(RetrySection):
    """Retries of OpenAI."""

    max_retries: RetryCount = 3
    initial_delay: Duration = Seconds(1.0)
    max_delay: Duration = Seconds(30.0)


class SerpApiRetry(RetrySection):
    """Retries of SerpAPI."""

    max_retries: RetryCount = 4
    initial_delay: Duration = Seconds(3.0)
    max_delay: Duration = Seconds(60.0)


class StripeRetry(RetrySection):
    """Retries of Stripe."""

    max_retries: RetryCount = 3
    initial_delay: Duration = Seconds(1.0)
    max_delay: Duration = Seconds(10.0)


class RetrySettings(Section):
    """Retries, per API."""

    ebay: EbayRetry = EbayRetry()
    openai: OpenAiRetry = OpenAiRetry()
    serpapi: SerpApiRetry = SerpApiRetry()
    stripe: StripeRetry = StripeRetry()


class TimeoutSettings(Section):
    """Timeouts of comps and of vision with all their attempts, and of a single attempt."""

    comps: Duration = Seconds(30.0)
    vision: Duration = Seconds(90.0)
    attempt: Duration = Seconds(10.0)

    @model_validator(mode="after")
    def _check_attempt(self) -> Self:
        for name, timeout in (("comps", self.comps), ("vision", self.vision)):
            if self.attempt > timeout:
                raise ValueRefused(
                    f"{_is_longer('attempt', self.attempt, name, timeout)}, so no attempt could finish."
                )
        return self


def _is_longer(name: str, duration: Seconds, other: str, limit: Seconds) -> str:
    return f"{name} ({write_duration(duration)}) is longer than {other} ({write_duration(limit)})"
