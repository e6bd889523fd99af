"""The conditions under which watches alert: one class per rule, behind one registry."""

from watcher.core.rules.base import Rule
from watcher.core.rules.context import History, Match, RuleContext, RuleOutcome, assumed_shipping
from watcher.core.rules.realert import LastAlerted, compares_prices, matches_worth_alert, realert_limit
from watcher.core.rules.registry import parse_rule, register_rule, registered_rules, unregister_rule

__all__ = [
    "History",
    "LastAlerted",
    "Match",
    "Rule",
    "RuleContext",
    "RuleOutcome",
    "assumed_shipping",
    "compares_prices",
    "matches_worth_alert",
    "parse_rule",
    "realert_limit",
    "register_rule",
    "registered_rules",
    "unregister_rule",
]
