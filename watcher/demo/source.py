"""What a source of listings is, and how eBay reads the words of a query."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from watcher.core.times import Instant

DemoRow = dict[str, Any]
"""An item summary as eBay sends it. Sources hand out the same object again: never change one."""

SourceKey = frozenset[tuple[frozenset[str], ...]]
"""What a query asks for, whatever the order of its words."""

HOME = "EBAY_US"
_TOKEN = re.compile(r"[^\W_]+(?:[./-][^\W_]+)*")
_INNER = re.compile(r"[./-]")
_PART = re.compile(r"(-?)(?:\(([^)]*)\)|(\S+))")


class Source(Protocol):
    """Where the listings of the server come from, in the order of Best Match."""

    def search(self, query: str, now: Instant, marketplace: str = HOME) -> Sequence[DemoRow]:
        """What is on offer at `now`; an empty query finds everything."""
        ...

    def sold(self, query: str, now: Instant, marketplace: str = HOME) -> Sequence[DemoRow]:
        """What was sold before `now`, `itemEndDate` being when."""
        ...


class Terms(NamedTuple):
    """A query, read. Of every group one alternative must be there, all its words; no unwanted word."""

    groups: tuple[tuple[frozenset[str], ...], ...]
    unwanted: frozenset[str]

    @property
    def key(self) -> SourceKey:
        """Equal for queries that want the same words."""
        return frozenset(self.groups)

    def fit(self, words: frozenset[str]) -> bool:
        """Whether these words hold all that is wanted."""
        return all(any(wanted <= words for wanted in group) for group in self.groups)

    def find(self, title: frozenset[str]) -> bool:
        """Whether a title with these words is found."""
        return self.fit(title) and not self.unwanted & title


@lru_cache(maxsize=4096)
def read_terms(query: str) -> Terms:
    """`iphone 15` asks for both words, `(iphone, ipad)` for one of them, `-case` for none."""
    groups: list[tuple[frozenset[str], ...]] = []
    unwanted: set[str] = set()
    for minus, alternatives, word in _PART.findall(query):
        if minus:
            unwanted.update(_TOKEN.findall((alternatives or word).casefold()))
        elif word:
            groups.extend((frozenset((token,)),) for token in _TOKEN.findall(word.casefold()))
        else:
            choices = (frozenset(_TOKEN.findall(one.casefold())) for one in alternatives.split(","))
            groups.append(tuple(choice for choice in choices if choice))
    return Terms(tuple(group for group in groups if group), frozenset(unwanted))


def query_words(text: str) -> frozenset[str]:
    """The words of a title; `4/102` is also `4` and `102`."""
    tokens = _TOKEN.findall(text.casefold())
    return frozenset(tokens).union(*(_INNER.split(t) for t in tokens if not t.isalnum()))
