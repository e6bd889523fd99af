"""What an HTTP status and a `Retry-After` header mean, for any API."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from http import HTTPStatus

from watcher.core.errors import Kind
from watcher.core.times import DAY, Instant

_LONGEST_WAIT = float(DAY)


def kind_of_status(status: int) -> Kind:
    """Return what went wrong, from the status of a refusal; a redirect is never followed."""
    if status in (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.GATEWAY_TIMEOUT):
        return Kind.TIMEOUT
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return Kind.CREDENTIALS
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Kind.RATE_LIMIT
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Kind.UNAVAILABLE
    return Kind.REFUSED if status >= HTTPStatus.BAD_REQUEST else Kind.MALFORMED


def parse_retry_after(value: str, now: Instant | None = None) -> float | None:
    """Return the wait in seconds, at most a day, from the value of a `Retry-After` header.

    The value is seconds or an HTTP date (RFC 9110, section 10.2.3); a date is read only if `now` is given.
    Anything else is None.
    """
    value = value.strip()
    if value.isdecimal() and value.isascii():
        return min(float(value[:9]), _LONGEST_WAIT)
    if now is None:
        return None
    try:
        wait = parsedate_to_datetime(value).timestamp() - now
    except (ValueError, OverflowError):
        return None
    return min(max(0.0, wait), _LONGEST_WAIT)
