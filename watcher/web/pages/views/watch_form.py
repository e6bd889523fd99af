"""What the form of a watch shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from watcher.core.categories import TTLS
from watcher.core.comps import Buying
from watcher.core.countries import COUNTRY_CODES
from watcher.core.listing import Condition
from watcher.core.marketplaces import CURRENCIES
from watcher.core.rules import registered_rules
from watcher.core.watch import Certainty, Priority

Choices = tuple[tuple[str, str], ...]

_KINDS = {
    "below": "Total up to",
    "new": "New listing",
    "deal": "Share of the median",
    "low": "Lowest total in",
    "drop": "Median falls by",
    "median-below": "Median up to",
    "ending": "Auction ends in",
}
_CONDITIONS = {
    Condition.ANY: "Any",
    Condition.NEW: "New",
    Condition.REFURBISHED: "Refurbished",
    Condition.USED: "Used",
}
_BUYING = {Buying.ANY: "Any", Buying.FIXED: "Fixed price", Buying.AUCTION: "Auction"}
_CERTAINTIES = {Certainty.LIKELY: "Sure and likely ones", Certainty.SURE: "Only sure ones"}
_PRIORITIES = {Priority.NORMAL: "Normal", Priority.HIGH: "High", Priority.LOW: "Low"}
_MORE = (
    "category",
    "buying",
    "min_feedback",
    "from_country",
    "marketplace",
    "unknown_shipping",
    "certainty",
    "every",
    "priority",
    "sellers",
    "to",
)
"""The fields that few watches need; they are folded up while they are empty."""


@dataclass(frozen=True, slots=True)
class WatchForm:
    """A form with what was typed. `values` and `errors` have every field; an error is a sentence, or empty.

    `address` is relative to the first page, as is `back`, that of the watch that is edited, whose revision is
    `revision`. `failure` is why it was not saved, if no field is at fault; `is_limit`: a plan is.
    """

    heading: str
    address: str
    submit: str
    values: Mapping[str, str]
    errors: Mapping[str, str]
    marketplace: str
    back: str = ""
    revision: int = 0
    failure: str = ""
    is_limit: bool = False

    @property
    def more(self) -> str:
        """What is in the fields that are folded up."""
        return ", ".join(filter(None, (self.values[name] for name in _MORE)))

    @property
    def is_unfolded(self) -> bool:
        """Whether one of those fields is at fault."""
        return any(self.errors[name] for name in _MORE)

    @property
    def kinds(self) -> Choices:
        """The rules: names that go on with the amount, share or time."""
        return tuple(_kind(rule.keyword, rule.example) for rule in registered_rules())

    @property
    def conditions(self) -> Choices:
        """The conditions; the default is the empty value."""
        return condition_choices()

    @property
    def ways(self) -> Choices:
        """The ways of buying."""
        return _with_default(_BUYING.items(), Buying.ANY)

    @property
    def certainties(self) -> Choices:
        """Which listings may alert."""
        return _with_default(_CERTAINTIES.items(), Certainty.LIKELY)

    @property
    def priorities(self) -> Choices:
        """How the user's own watches share the calls."""
        return _with_default(_PRIORITIES.items(), Priority.NORMAL)

    @property
    def marketplaces(self) -> Choices:
        """The marketplaces with their currencies."""
        named = ((name, f"{name} ({currency})") for name, currency in CURRENCIES.items())
        return (("", f"{self.marketplace} (default)"), *named)

    @property
    def categories(self) -> tuple[str, ...]:
        """The categories that have a TTL of their own."""
        return tuple(sorted(TTLS))

    @property
    def countries(self) -> tuple[str, ...]:
        """The countries that items may ship from."""
        return tuple(sorted(COUNTRY_CODES))


def condition_choices() -> Choices:
    """Return the conditions; the default is the empty value."""
    return _with_default(_CONDITIONS.items(), Condition.ANY)


def _kind(keyword: str, example: str) -> tuple[str, str]:
    return keyword, _KINDS.get(keyword, example)


def _with_default(names: Iterable[tuple[str, str]], default: str) -> Choices:
    return tuple(("" if value == default else str(value), text) for value, text in names)
