"""The signature of Stripe's events: HMAC-SHA256 of the time and the raw body."""

from __future__ import annotations

import hashlib
import hmac
import re

from watcher.core.billing import CLOCK_TOLERANCE
from watcher.core.times import Instant

_MAX_LENGTH = 2_000  # characters of the header; one with two signatures has about 160
_TIME = re.compile(r"[0-9]{1,12}\Z")
_SCHEME = "v1"


def is_signed(body: bytes, header: str, secret: str, now: Instant) -> bool:
    """Return whether a header `t=…,v1=…` signs a body with the secret, at most five minutes from `now`.

    Stripe signs with each secret while one replaces another, so any of several signatures may be ours.
    """
    if not secret or len(header) > _MAX_LENGTH:
        return False
    parts = [part.strip().partition("=") for part in header.split(",")]
    times = [value for name, _, value in parts if name == "t"]
    if len(times) != 1 or not _TIME.match(times[0]) or abs(now - int(times[0])) > CLOCK_TOLERANCE:
        return False
    expected = hmac.new(secret.encode(), b"%s.%s" % (times[0].encode(), body), hashlib.sha256).hexdigest()
    given = [value.encode() for name, _, value in parts if name == _SCHEME]
    # All are compared, so that the time says nothing about which of them was right.
    return sum(hmac.compare_digest(value, expected.encode()) for value in given) > 0
