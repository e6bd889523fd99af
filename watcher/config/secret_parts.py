"""The secrets in a tree of settings, and the parts of addresses that are secrets on their own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import parse_qsl, urlsplit

from pydantic import BaseModel, SecretStr

# A shorter part of a secret URL may be an ordinary word, which must not be removed from the log.
_MIN_SECRET_PART = 17  # characters


def secrets_in(value: object) -> Iterator[str]:
    """Yield the value of each secret, set or not."""
    if isinstance(value, SecretStr):
        yield value.get_secret_value()
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from secrets_in(item)
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from secrets_in(getattr(value, name))


def with_url_parts(secrets: Iterable[str]) -> set[str]:
    """Return the secrets, and the parts of those that are URLs.

    A webhook's path, or its last part, is a secret without the host too.
    """
    whole = set(secrets)
    urls = (secret for secret in whole if secret.startswith(("http://", "https://")))
    return whole | {part for url in urls for part in _url_parts(url) if len(part) >= _MIN_SECRET_PART}


def _url_parts(url: str) -> Iterator[str]:
    parts = urlsplit(url)
    yield parts.path.strip("/")
    yield from parts.path.split("/")
    yield from (value for _, value in parse_qsl(parts.query))
