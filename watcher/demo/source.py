"""The interface of a source of listings, and eBay's reading of a query."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple, Protocol

from watcher.core.times import Instant

DemoRow = dict[str, Any]
"""An item summary as eBay sends it. Sources return the same object repeatedly: never modify one."""

SourceKey = frozenset[tuple[frozenset[str], ...]]
"""The words of a query, regardless of their order."""

HOME = "EBAY_US"
_TOKEN = re.compile(r"[^\W_]+(?:[./-][^\W_]+)*")
_INNER = re.compile(r"[./-]")
_PART = re.compile(r"(-?)(?:\(([^)]*)\)|(\S+))")


class Source(Protocol):
    """A source of listings for the server, in the order of Best Match."""

    def search(self, query: str, now: Instant, marketplace: str = HOME) -> Sequence[DemoRow]:
        """Return the listings on offer at `now`; an empty query finds everything."""
        ...


class Terms(NamedTuple):
    """A parsed query: all words of one alternative per group must occur, and no unwanted word."""

    groups: tuple[tuple[frozenset[str], ...], ...]
    unwanted: frozenset[str]

    @property
    def key(self) -> SourceKey:
        """A key that is equal for queries with the same words."""
        return frozenset(self.groups)

    def match(self, words: frozenset[str]) -> bool:
        """Whether these words include all wanted ones."""
        return all(any(wanted <= words for wanted in group) for group in self.groups)

    def find(self, title: frozenset[str]) -> bool:
        """Whether the query finds a title with these words."""
        return self.match(title) and not self.unwanted & title


@lru_cache(maxsize=4096)
def read_terms(query: str) -> Terms:
    """Parse a query: `iphone 15` wants both words, `(iphone, ipad)` one of them, `-case` excludes one."""
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
    """Return the words of a title; `4/102` is also `4` and `102`."""
    tokens = _TOKEN.findall(text.casefold())
    return frozenset(tokens).union(*(_INNER.split(t) for t in tokens if not t.isalnum()))
