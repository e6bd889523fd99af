"""What an HTTP status and a `Retry-After` header mean, for any API."""

from __future__ import annotations

import re
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from watcher.core.errors import Kind
from watcher.core.times import HOUR, Instant

# Bounds of a wait that a server asks for, in seconds. A longer wait can be asked for again after an hour; a
# shorter one would let a server set the pace of our retries.
SHORTEST_WAIT, LONGEST_WAIT = 1.0, float(HOUR)
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MAX_DIGITS = 18  # of a number of seconds
_SECONDS = re.compile(r"[0-9]+(\.[0-9]*)?\Z")


def kind_of_status(status: int) -> Kind:
    """Return what went wrong, from the status of a refusal; a redirect is never followed."""
    if status in (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.GATEWAY_TIMEOUT):
        return Kind.TIMEOUT
    if status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:  # the proxy's answer, not the API's
        return Kind.UNAVAILABLE
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return Kind.CREDENTIALS
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Kind.RATE_LIMIT
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Kind.UNAVAILABLE
    return Kind.REFUSED if status >= HTTPStatus.BAD_REQUEST else Kind.MALFORMED


def is_redirect(status: int) -> bool:
    """Return whether a status sends the client to another address."""
    return status in _REDIRECTS


def describe_status(status: int) -> str:
    """Return an HTTP status in words: what it means for the operator, if that is known."""
    if is_redirect(status):
        return f"HTTP {status}: it redirects; put the new address into the configuration"
    if status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        return f"HTTP {status}: the proxy wants a user and a password"
    return f"HTTP {status}"


def parse_retry_after(value: str, now: Instant | None = None) -> float | None:
    """Return the wait in seconds, from 1 s to 1 h, from the value of a `Retry-After` header.

    The value is seconds or an HTTP date (RFC 9110, section 10.2.3); a date is read only if `now` is given.
    Anything else is None.
    """
    value = value.strip()
    if _SECONDS.match(value):
        wait = float(value[:_MAX_DIGITS])
    elif now is None:
        return None
    else:
        try:
            wait = parsedate_to_datetime(value).timestamp() - now
        except (ValueError, OverflowError):
            return None
    return min(max(SHORTEST_WAIT, wait), LONGEST_WAIT)
