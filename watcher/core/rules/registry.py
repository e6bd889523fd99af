"""The list of rules. A new rule is one module in this package and one entry in `_BUILT_IN`."""

from __future__ import annotations

from watcher.core.rules.base import Rule
from watcher.core.rules.below import Below
from watcher.core.rules.deal import Deal
from watcher.core.rules.drop import Drop
from watcher.core.rules.ending import Ending
from watcher.core.rules.low import Low
from watcher.core.rules.median_below import MedianBelow
from watcher.core.rules.new_listing import NewListing

# In the order in which help and refusals list them.
_BUILT_IN: tuple[type[Rule], ...] = (Below, NewListing, Deal, Low, Drop, MedianBelow, Ending)
_RULES: dict[str, type[Rule]] = {rule.keyword: rule for rule in _BUILT_IN}


def register_rule(rule: type[Rule]) -> None:
    """Make a rule known to `parse_rule`. Raise ValueError if its keyword is taken."""
    if rule.keyword in _RULES:
        raise ValueError(f'the keyword "{rule.keyword}" is taken by {_RULES[rule.keyword].__name__}')
    _RULES[rule.keyword] = rule


def unregister_rule(keyword: str) -> None:
    """Remove a rule that `register_rule` added."""
    del _RULES[keyword]


def registered_rules() -> tuple[type[Rule], ...]:
    """Return the rules that `parse_rule` knows."""
    return tuple(_RULES.values())


def parse_rule(text: str, currency: str) -> Rule:
    """Return the rule in `text`; amounts without a currency are in `currency`.

    Raise ValueError with a message for the user.
    """
    keyword, _, argument = " ".join(text.split()).partition(" ")
    rule = _RULES.get(keyword.casefold())
    if rule is None or bool(argument) != (" " in rule.example):
        examples = [f'"{r.example}"' for r in _RULES.values()]
        raise ValueError(f'"{text}" is not a rule; a rule is {", ".join(examples[:-1])} or {examples[-1]}')
    return rule.parse(argument, currency)
