"""Browser sessions and sign-in links: their lifetimes, the code of a link, and the name of a browser."""

from __future__ import annotations

import re
from typing import NamedTuple

from watcher.core.times import DAY, HOUR, MINUTE, Instant, Seconds
from watcher.core.tokens import Caller

SESSION_SECONDS, LINK_SECONDS = Seconds(30 * DAY), Seconds(HOUR)
# The time of a session's last request is written no more often than this.
SEEN_EVERY_SECONDS = Seconds(5 * MINUTE)
MAX_SESSIONS = 50  # per person; beyond it the one that was not seen for the longest time ends
CODE_BYTES = 32
_CODE = re.compile(r"[A-Za-z0-9_-]{43}")
# The name of another program: `curl/8.5.0`.
_PRODUCT = re.compile(r"([A-Za-z0-9._-]{1,40})(/|\Z)")
_MAX_USER_AGENT = 500  # characters that are read
# In this order, because most browsers also name those that they resemble.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


class Session(NamedTuple):
    """A browser that is signed in, with its person's rights as they are now."""

    id: int
    user: str
    admin: bool
    created_at: Instant
    seen_at: Instant
    expires_at: Instant
    browser: str


def session_number(caller: Caller) -> int:
    """Return the id of the session by which a caller was identified; 0 for another caller."""
    kind, _, number = caller.credential.partition(":")
    return int(number) if kind == "session" else 0


def is_code(text: str) -> bool:
    """Return whether `text` has the form of a sign-in link's code."""
    return _CODE.fullmatch(text) is not None


def browser_name(user_agent: str) -> str:
    """Return a short name for a User-Agent header: `Firefox on Linux`, `curl`; `unknown` if it has none."""
    text = user_agent[:_MAX_USER_AGENT]
    browser = next((name for sign, name in _BROWSERS if sign in text), "")
    if not browser:
        product = _PRODUCT.match(text)
        return product[1] if product else "unknown"
    system = next((name for sign, name in _SYSTEMS if sign in text), "")
    return f"{browser} on {system}" if system else browser
