"""What people paste or share in place of a query: an eBay address, or a text with a listing's title."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import parse_qs, unquote_plus, urlsplit

from watcher.core.errors import InvalidInput
from watcher.core.item_number import parse_item_number
from watcher.core.plain_text import remove_invisible
from watcher.core.watch_input import MAX_QUERY_LENGTH

MAX_SHARED_LENGTH = 2_000  # characters that are read of each text
_MAX_WORDS = 7  # of a title: sellers put maker and model first
_ADDRESS = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_BARE_ADDRESS = re.compile(r"(?:www\.|m\.)?ebay\.[a-z.]{2,6}/\S+", re.IGNORECASE)
_HOST = re.compile(r"(?:[a-z0-9-]+\.)*ebay\.(?:[a-z]{2,3}|com?\.[a-z]{2})\Z")
_SHORT_HOSTS = frozenset({"ebay.us", "ebay.to", "ebay.app.link"})
_SLUG = re.compile(r"/itm/([^/?#]+)/\d")
_SUFFIX = re.compile(
    r"\s*(?:\bfor sale(?: online)?)?\s*(?:[|·\u2013-]\s*|\b(?:on|at|auf|bei|sur|su|en)\s+)eBay\b[\s\S]*\Z",
    re.IGNORECASE,
)
_PRICE = re.compile(
    r"(?:\bfor|\bfür|\bpour)\s+(?:[A-Z]{2,3}\s?)?[$€£]?\s?\d[\d.,]*(?:\s?(?:[$€£]|[A-Z]{3}))?(?=\s|\Z)"
)
_OPENING = re.compile(
    r"\A\W*(?:[^:]{0,60}\bon eBay:\s*(?=\S)|(?:check out|(?:take a |have a )?look at|see)\b:?\s*)",
    re.IGNORECASE,
)
_NO_TITLE = re.compile(
    r"\A(?:this(?: item| listing)?|what|something)?(?: (?:that )?i(?:'ve| have)? (?:just )?found)?[\W_]*\Z",
    re.IGNORECASE,
)
_PRAISE = re.compile(
    r"\b(?:free|fast) (?:shipping|delivery|p&p|postage)\b|\bships? free\b|\bl@@k\b|\bbrand new\b"
    r"|\b(?:wow|nice|new|bnib|nib|mint|rare|great|excellent|used|hot|must see|no reserve|ebay)\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"\s[-\u2013|~]+\s|[|,;(\[]|\s(?:w/|with\s)")
_NOT_IN_QUERY = re.compile(r"[*\"“”()\[\]{}!?,;:<>=]+|(?<!\w)[-\u2013~&+/.]+|[-\u2013~&+/]+(?!\w)")
_MIN_WORDS = 2  # before a comma; one word is hardly the item


class SharedItem(NamedTuple):
    """What a shared text is about: a query and an item number, each empty if there is none."""

    query: str
    item: str


def is_shared_text(text: str) -> bool:
    """Return whether what was typed as a query is an address, not words to search for."""
    return bool(_ADDRESS.search(text) or _BARE_ADDRESS.match(text.strip()))


def read_shared(*texts: str) -> SharedItem:
    """Return the query that shared texts suggest, the best source first: an address's search, a title.

    An address's item number is returned even if no text has a title, so that a known one can be looked up.
    """
    bounded = [_plain(text) for text in texts]
    addresses = [found for text in bounded for found in _addresses_in(text)]
    item = next((number for a in addresses if (number := _item_of(a))), "")
    searches = (_search_of(a) for a in addresses)
    titles = (query_of_title(_title_in(text)) for text in bounded)
    slugs = (query_of_title(_slug_of(a)) for a in addresses)
    query = next((q for source in (searches, titles, slugs) for q in source if q), "")
    return SharedItem(query, item)


def query_of_title(title: str) -> str:
    """Return a query for the item of a listing's title: its first words without praise; may be empty."""
    plain = _PRAISE.sub(" ", _plain(title))
    for clause in _CLAUSE.finditer(plain):
        if len(plain[: clause.start()].split()) >= _MIN_WORDS:
            plain = plain[: clause.start()]
            break
    words = _NOT_IN_QUERY.sub(" ", plain).split()
    while words and len(" ".join(words)) > MAX_QUERY_LENGTH:
        words.pop()
    return _usable(" ".join(words[:_MAX_WORDS]))


def _plain(text: str) -> str:
    """Return a text in one line, with single spaces: runs of them would take the patterns long."""
    shown = remove_invisible(text[:MAX_SHARED_LENGTH])
    return " ".join("".join(c if c.isprintable() else " " for c in shown).split())


def _addresses_in(text: str) -> list[str]:
    found = _ADDRESS.findall(text)
    if not found and (bare := _BARE_ADDRESS.match(text.strip())):
        found = [f"https://{bare[0]}"]
    return [address for address in found if _is_market(address)]


def _is_market(address: str) -> bool:
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:
        return False
    return host in _SHORT_HOSTS or _HOST.match(host) is not None


def _item_of(address: str) -> str:
    try:
        return parse_item_number(address)
    except InvalidInput:
        return ""


def _search_of(address: str) -> str:
    """Return what a search page of eBay searches for, cleaned like a title but not shortened."""
    asked = _plain(parse_qs(urlsplit(address).query).get("_nkw", [""])[0]).replace("*", " ")
    words = asked.split()
    while words and len(" ".join(words)) > MAX_QUERY_LENGTH:
        words.pop()
    return _usable(" ".join(words))


def _usable(query: str) -> str:
    """Return a query if it names something to search for, else nothing."""
    wanted = (word for word in query.split() if not word.startswith("-"))
    return query if any(c.isalnum() for word in wanted for c in word) else ""


def _slug_of(address: str) -> str:
    found = _SLUG.search(urlsplit(address).path)
    return unquote_plus(found[1]).replace("-", " ") if found else ""


def _title_in(text: str) -> str:
    """Return the title in a text that eBay's apps share, or in the title of one of its pages."""
    plain = _BARE_ADDRESS.sub(" ", _ADDRESS.sub(" ", text)).strip()
    title = _PRICE.sub(" ", _SUFFIX.sub("", _OPENING.sub("", plain))).strip()
    return "" if _NO_TITLE.match(title) else title
