"""The settings of paid plans: a table of limits for each."""

# No `from __future__ import annotations` here: pydantic would have to compile every annotation from text.

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from watcher.config.call_settings import Section
from watcher.config.value_types import DURATION_WORDS, AsciiWord, ValueRefused, read_duration
from watcher.core.plans import NO_PLAN, UNLIMITED, Plan, Plans
from watcher.core.times import Seconds

_PLAN_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}\Z")
_NAME_WORDS = "is not a plan's name: use a letter, then at most 31 letters, digits, - and _"
_RESERVED = frozenset({NO_PLAN.name, UNLIMITED.name})

PlanLimit = Annotated[int | None, Field(ge=0, le=10**6, description="a whole number, 0 or more")]
PlanInterval = Annotated[Seconds | None, BeforeValidator(read_duration), Field(description=DURATION_WORDS)]


class PlanSettings(Section):
    """What one plan allows; a limit that is not set is none. `min_every` is in seconds."""

    watches: PlanLimit = None
    min_every: PlanInterval = None
    scans: PlanLimit = None
    price_id: AsciiWord = ""


def _plan_tables(configured: Mapping[str, PlanSettings]) -> Mapping[str, PlanSettings]:
    prices: dict[str, str] = {}
    for name, plan in configured.items():
        if name.lower() in _RESERVED or not _PLAN_NAME.match(name):
            reason = "is reserved" if name.lower() in _RESERVED else _NAME_WORDS
            raise ValueRefused(f'"{name}" {reason}.')
        if (other := prices.setdefault(plan.price_id, name)) == name:
            continue
        if plan.price_id:
            raise ValueRefused(f'"{other}" and "{name}" have the same price_id.')
        raise ValueRefused(
            f'"{other}" and "{name}" both have no price_id; only one plan can be the one of users who '
            "pay nothing."
        )
    return configured


PlanTables = Annotated[
    Mapping[str, PlanSettings],
    AfterValidator(_plan_tables),
    Field(description='a table like { watches = 5, min_every = "1h", scans = 10 }'),
]


def plans_of(configured: Mapping[str, PlanSettings], public_url: str) -> Plans:
    """Return the values that `core` needs."""
    return Plans(tuple(Plan(name, **dict(plan)) for name, plan in configured.items()), public_url)
