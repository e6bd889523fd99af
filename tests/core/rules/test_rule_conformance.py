"""Every registered rule conforms, and so does a rule that this test registers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import pytest

from tests.core.rules.rule_conformance import CHECKS
from tests.fakes import listing
from tests.trips import Trip
from watcher.adapters.slack.blocks import render_message
from watcher.core.deliveries import DeliveryContext
from watcher.core.money import Money, parse_money
from watcher.core.rules import (
    Match,
    Rule,
    RuleContext,
    parse_rule,
    register_rule,
    registered_rules,
    unregister_rule,
)
from watcher.core.rules.base import ItemRule


@dataclass(frozen=True)
class Multiple(ItemRule):
    """A rule of a test: a listing's total is a multiple of `unit`."""

    keyword = "multiple"
    example = "multiple 20"

    unit: Money

    @classmethod
    def parse(cls, argument: str, currency: str) -> Self:
        return cls(parse_money(argument, currency))

    def __str__(self) -> str:
        return f"multiple {self.unit.typed}"

    def describe_target(self, median: Money | None) -> str:
        return f"a multiple of {self.unit}"

    def reason(self, match: Match, context: RuleContext) -> str:
        rest = match.total.minor % self.unit.minor
        return "" if rest else f"{match.total} in total is a multiple of {self.unit}"

    def reason_against(self, match: Match, context: RuleContext) -> str:
        return f"its total {match.total} is not a multiple of {self.unit}"


@pytest.fixture
def multiple() -> Iterator[type[Rule]]:
    register_rule(Multiple)
    yield Multiple
    unregister_rule(Multiple.keyword)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__.removeprefix("check_"))
@pytest.mark.parametrize("rule", registered_rules(), ids=lambda rule: rule.keyword)
def test_rule_conforms(rule: type[Rule], check: object) -> None:
    assert callable(check)
    check(rule)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__.removeprefix("check_"))
def test_rule_of_a_test_conforms(multiple: type[Rule], check: object) -> None:
    assert callable(check)
    check(multiple)


async def test_rule_of_a_test_works_from_input_to_message(multiple: type[Rule], trip: Trip) -> None:
    await trip.watch(rule=multiple.example)
    trip.market.offers(listing(1, 50.0), listing(2, 40.0))
    (alert,) = await trip.poll()
    assert (alert.rule, alert.target) == ("multiple 20.00 USD", "a multiple of $20.00")
    assert [(i.item_id, i.why) for i in alert.items] == [
        ("v1|2|0", "$40.00 in total is a multiple of $20.00")
    ]
    assert "a multiple of $20.00" in str(render_message(alert, DeliveryContext(trip.clock.now())))


def test_unregistered_rule_is_unknown(multiple: type[Rule]) -> None:
    assert multiple in registered_rules()
    unregister_rule(multiple.keyword)
    with pytest.raises(ValueError, match="is not a rule"):
        parse_rule(multiple.example, "USD")
    register_rule(multiple)
