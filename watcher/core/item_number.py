"""eBay's item numbers in the forms that users type, and the hashes that replace erased ids."""

from __future__ import annotations

import re
from base64 import b32encode
from hashlib import blake2b
from urllib.parse import unquote

from watcher.core.errors import InvalidInput

_HASH = "#"
_HASHED = re.compile(r"#[a-z2-7]{16}\Z", re.ASCII)
_NUMBER = re.compile(r"\d{1,19}\Z", re.ASCII)
_REST_ID = re.compile(r"v1\|(\d{1,19})\|\d{1,19}\Z", re.ASCII)
_PATH = re.compile(r"/(?:itm|item)/(?:[^/?#]*/)?(?:v1\|)?(\d{1,19})(?:[|/?#]|\Z)", re.ASCII)


def parse_item_number(text: str) -> str:
    """Return the number in `256123456789`, `v1|256123456789|0` or the address of an item's page.

    Raise InvalidInput.
    """
    given = unquote(text.strip())
    if _NUMBER.match(given):
        return given
    found = _REST_ID.match(given) or _PATH.search(given)
    if not found:
        raise InvalidInput(
            f'"{text[:60]}" is not an item; give its number, v1|number|0 or the address of its page.'
        )
    return found[1]


def is_item(item_id: str, number: str) -> bool:
    """Return whether an item id has this number, for any variation."""
    return item_id.startswith(f"v1|{number}|") or item_id == number


def ids_of_item(item_id: str) -> tuple[str, ...]:
    """Return the ids under which an item may be stored: eBay's, and SerpAPI's, which is the number alone."""
    if _NUMBER.match(item_id):
        return (item_id, f"v1|{item_id}|0")
    found = _REST_ID.match(item_id)
    return (item_id, found[1]) if found and item_id.endswith("|0") else (item_id,)


def hashed_id(item_id: str) -> str:
    """Return the hash that replaces an item id when its listing is erased; a hash is returned unchanged."""
    return item_id if is_hashed_id(item_id) else _HASH + digest(item_id)


def is_hashed_id(item_id: str) -> bool:
    """Return whether this is the hash of an id whose listing was erased."""
    return item_id.startswith(_HASH)


def is_hashed(text: str) -> bool:
    """Return whether `text` has the form of an item id's hash."""
    return _HASHED.match(text) is not None


def is_item_id(text: str) -> bool:
    """Return whether `text` has the form of an item id: `v1|256123456789|0`, or SerpAPI's number alone."""
    return bool(_REST_ID.match(text) or _NUMBER.match(text))


def digest(text: str) -> str:
    """Return a hash of a text: sixteen letters and digits."""
    return b32encode(blake2b(text.encode(), digest_size=10).digest()).decode().lower()
