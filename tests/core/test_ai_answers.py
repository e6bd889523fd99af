"""What a call to a model costs."""

from __future__ import annotations

from decimal import Decimal

import pytest

from watcher.core.ai_answers import MicroDollars, TokenPrices, TokenUsage, dollar_text

PRICES = TokenPrices(Decimal("0.25"), Decimal(2))


def test_a_call_costs_its_tokens_at_their_prices() -> None:
    assert PRICES.cost(TokenUsage(1_000_000, 1_000_000)) == 2_250_000
    assert PRICES.cost(TokenUsage(1_120, 90)) == 280 + 180


def test_a_fraction_of_a_millionth_is_rounded_up() -> None:
    assert PRICES.cost(TokenUsage(1, 0)) == 1
    assert PRICES.cost(TokenUsage(0, 0)) == 0


def test_without_prices_the_cost_is_unknown_and_not_zero() -> None:
    assert TokenPrices().cost(TokenUsage(1_000, 1_000)) is None
    assert TokenPrices(per_million_out=Decimal(8)).cost(TokenUsage(1_000, 10)) == 80


@pytest.mark.parametrize(
    ("micros", "text"),
    [(0, "0.00"), (1, "0.000001"), (1_340, "0.00134"), (250_000, "0.25"), (12_000_000, "12.00")],
)
def test_a_cost_is_a_decimal_string_in_dollars(micros: int, text: str) -> None:
    assert dollar_text(MicroDollars(micros)) == text
