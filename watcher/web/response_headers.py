"""Headers of responses, and those that announce a request's body, as the server takes them."""

from __future__ import annotations

SAFE_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
BODY_HEADERS = frozenset({b"content-length", b"transfer-encoding"})
NOT_STORED = (b"cache-control", b"no-store")
EXPOSITION = "text/plain; version=0.0.4; charset=utf-8"
"""The media type of metrics."""
