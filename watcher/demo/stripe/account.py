"""The account at the simulated Stripe: what its API and its pages share."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from watcher.demo.stripe.billing import StripeBilling
from watcher.demo.stripe.state import StripeState


class StripeAccount(NamedTuple):
    """What the account has, the rules by which it is paid, its clock, and the address of the stand-in.

    `clock` returns seconds since 1970 and may be simulated.
    """

    state: StripeState
    billing: StripeBilling
    clock: Callable[[], float]
    url: Callable[[], str]

    @property
    def now(self) -> int:
        """The clock's time in whole seconds, as in Stripe's objects."""
        return int(self.clock())

    def pass_time(self) -> int:
        """Let everything happen that is due by the clock; return the time."""
        now = self.now
        self.billing.pass_time(now)
        return now
