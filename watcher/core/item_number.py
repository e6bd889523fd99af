"""eBay's number of an item, in the forms people have it in, and the hash that outlives it."""

from __future__ import annotations

import re
from base64 import b32encode
from hashlib import blake2b
from urllib.parse import unquote

_HASH = "#"
_NUMBER = re.compile(r"\d{1,19}\Z", re.ASCII)
_REST = re.compile(r"v1\|(\d{1,19})\|\d{1,19}\Z", re.ASCII)
_PATH = re.compile(r"/(?:itm|item)/(?:[^/?#]*/)?(?:v1\|)?(\d{1,19})(?:[|/?#]|\Z)", re.ASCII)


def item_number(text: str) -> str:
    """The number in `256123456789`, `v1|256123456789|0` or the address of an item's page.

    Raises ValueError with a sentence for the person who typed it.
    """
    given = unquote(text.strip())
    if _NUMBER.match(given):
        return given
    found = _REST.match(given) or _PATH.search(given)
    if not found:
        raise ValueError(
            f'"{text[:60]}" is no item: give its number, v1|number|0, or the address of its page'
        )
    return found[1]


def is_item(item_id: str, number: str) -> bool:
    """Whether an item id is that number's, whichever variation it names."""
    return item_id.startswith(f"v1|{number}|") or item_id == number


def hashed_id(item_id: str) -> str:
    """What stands for an item id once its listing must be forgotten; a hash stands for itself."""
    return item_id if item_id.startswith(_HASH) else _HASH + digest(item_id)


def digest(text: str) -> str:
    """Sixteen letters and digits, the same for the same text."""
    return b32encode(blake2b(text.encode(), digest_size=10).digest()).decode().lower()
