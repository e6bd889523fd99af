"""Cards that behave as Stripe's test cards do: https://docs.stripe.com/testing."""

from __future__ import annotations

from typing import NamedTuple

GOOD_CARD = "4242424242424242"
# Declined at once, by decline code.
DECLINED_CARDS = {
    "4000000000000002": "generic_decline",
    "4000000000009995": "insufficient_funds",
    "4000000000009987": "lost_card",
    "4000000000009979": "stolen_card",
    "4000000000000069": "expired_card",
    "4000000000000127": "incorrect_cvc",
    "4000000000000119": "processing_error",
}
# Can be saved; every payment fails.
FAILS_LATER = "4000000000000341"
_DIGITS = range(13, 20)


class Card(NamedTuple):
    """A customer's card: `decline_code` is why payments with it fail; empty if they succeed."""

    number: str
    decline_code: str = ""

    @property
    def last4(self) -> str:
        """The last four digits."""
        return self.number[-4:]


def read_card(number: str, *, to_pay: bool = True) -> Card | str:
    """Return the card with a number that a person typed, or the decline code if it cannot be used.

    With `to_pay` it is charged at once; otherwise it is only saved for later.
    """
    digits = "".join(number.split())
    if not digits.isdecimal() or len(digits) not in _DIGITS or not _has_check_digit(digits):
        return "incorrect_number"
    if digits == FAILS_LATER:
        return "generic_decline" if to_pay else Card(digits, "generic_decline")
    return DECLINED_CARDS.get(digits) or Card(digits)


def _has_check_digit(digits: str) -> bool:
    """Whether the last digit is right (Luhn)."""
    doubled = [int(d) * (2 if place % 2 else 1) for place, d in enumerate(reversed(digits))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0
