"""Sellers that a watch follows, and the hashes under which sellers are stored.

A watch keeps the names that its user typed, because the market is asked for them. All other sellers are
kept as a hash, which suffices to recognise a followed one. Anyone who knows a name can compute its hash.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from watcher.core.errors import InvalidInput
from watcher.core.item_number import digest
from watcher.core.typed_text import quoted

MAX_SELLERS = 250  # of a watch, and of eBay's filter
MAX_SELLER_LENGTH = 64  # characters of eBay's user names
SELLER_NAME = rf"[0-9A-Za-z._*-]{{1,{MAX_SELLER_LENGTH}}}"
_NAME = re.compile(SELLER_NAME, re.ASCII)
_SEPARATORS = re.compile(r"[,\s]+")


def parse_sellers(text: str) -> tuple[str, ...]:
    """Return the distinct names in a text, separated by commas or spaces. Raise InvalidInput."""
    names: dict[str, str] = {}
    for name in filter(None, _SEPARATORS.split(text)):
        if not _NAME.fullmatch(name):
            raise InvalidInput(
                f"{quoted(name)} is not an eBay user name: those have up to {MAX_SELLER_LENGTH} letters, "
                'digits, ".", "_", "-" or "*".'
            )
        names.setdefault(name.lower(), name)
    if text and not names:
        raise InvalidInput("No seller is named; leave the field empty to follow none.")
    if len(names) > MAX_SELLERS:
        raise InvalidInput(f"There are {len(names):,} sellers; the maximum is {MAX_SELLERS}.")
    return tuple(names.values())


@lru_cache(maxsize=32_768)  # polls see the same sellers again and again; a full cache takes 6 MB
def hash_of_seller(name: str) -> str:
    """Return the hash of a seller's name, ignoring case; empty for a text that cannot be one."""
    name = name.strip()
    return digest(name.lower()) if name.isascii() and name else ""


def hashes_of_sellers(names: Iterable[str]) -> frozenset[str]:
    """Return the hashes of sellers."""
    return frozenset(map(hash_of_seller, names))
