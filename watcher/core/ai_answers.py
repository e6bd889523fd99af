"""What a vision model answers about a picture, and what its tokens cost."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from typing import NamedTuple, NewType

from watcher.core.errors import Api, CallFailed, Kind

# Millionths of a US dollar: a call costs a fraction of a cent. Micro-dollars are also tokens times their
# price in US dollars per million, so nothing is lost by the unit.
MicroDollars = NewType("MicroDollars", int)
_MIN_DECIMALS, _DECIMALS = 2, 6


class TokenUsage(NamedTuple):
    """The tokens of one call; what was charged, whether its answer is of use or not."""

    input_tokens: int = 0
    output_tokens: int = 0


class TokenPrices(NamedTuple):
    """Prices in US dollars per million tokens; both are 0 if they are not configured."""

    per_million_in: Decimal = Decimal(0)
    per_million_out: Decimal = Decimal(0)

    def cost(self, usage: TokenUsage) -> MicroDollars | None:
        """Return what a call was charged, rounded up; None without prices."""
        if not any(self):
            return None
        exact = usage.input_tokens * self.per_million_in + usage.output_tokens * self.per_million_out
        return MicroDollars(int(exact.to_integral_value(rounding=ROUND_CEILING)))


class AiAnswer(NamedTuple):
    """What a model sees in a picture; an empty text is unknown, and all are short.

    `category` is one of the known ones, `condition` is "new", "refurbished", "used" or empty. `query` finds
    the item in a market; it is empty if the picture shows nothing that is sold. `confidence`: 0 to 1.
    """

    title: str
    query: str
    confidence: float
    category: str = ""
    brand: str = ""
    model: str = ""
    condition: str = ""
    grade: str = ""
    usage: TokenUsage = TokenUsage()


class AiAnswerUnusable(CallFailed):
    """The model answered, but not with an identification. Its tokens are charged, so no retry follows.

    `caller_caused`: it declined to look at this picture.
    """

    def __init__(
        self,
        kind: Kind,
        detail: str,
        usage: TokenUsage,
        *,
        caller_caused: bool = False,
        sentence: str = "",
    ) -> None:
        super().__init__(Api.OPENAI, kind, detail, caller_caused=caller_caused, sentence=sentence)
        self.usage = usage

    @property
    def transient(self) -> bool:
        """Never: a scan costs one answer at most."""
        return False


def dollar_text(cost: MicroDollars) -> str:
    """Return an amount in US dollars as a decimal string, from cents to millionths: `0.00134`."""
    whole, fraction = divmod(cost, 10**_DECIMALS)
    digits = f"{fraction:0{_DECIMALS}}".rstrip("0")
    return f"{whole}.{digits:0<{_MIN_DECIMALS}}"
