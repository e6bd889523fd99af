"""What is known of listings beyond the market's answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from watcher.core.market_profile import MarketProfile
from watcher.core.readings import Reading
from watcher.core.specifics import Specifics


class Background(NamedTuple):
    """What verdicts on listings rest on besides their rows.

    `profile`: that of the search, None before its first poll; `specifics` and `readings` by item id.
    `reader_out`: by item id, why the AI reader did not read a listing that is about to alert.
    `unread`: items about to alert whose specifics could not be read.
    """

    profile: MarketProfile | None = None
    specifics: Mapping[str, Specifics] = {}
    readings: Mapping[str, Reading] = {}
    reader_out: Mapping[str, str] = {}
    unread: frozenset[str] = frozenset()
