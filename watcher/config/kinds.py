"""What the value of a key may be. A `description` ends the sentence "the key must be …"."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from watcher.core.categories import TTLS, canonical
from watcher.core.marketplaces import parse_marketplace
from watcher.core.times import Seconds, parse_duration

_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*\Z")
_PREFIX = re.compile(r"([A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*)?\Z")
_PLACE = re.compile(r"[A-Z]{2} [A-Z0-9][A-Z0-9 -]{0,10}\Z")
_DESTINATION = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}\Z")
_MEMBER_ID = re.compile(r"[CDGUW][A-Z0-9]{7,}\Z")
_SQLITE = re.compile(r"sqlite:///(?!:memory:|file:|~)[^?]+\Z")
# A password that holds one of these would be read, in part, as a host, a port or a name, which are shown.
_UNAMBIGUOUS = re.compile(r"([^/?#@]*://([^/?#@]*@)?)?[^#@]*\Z")
_WRITTEN = 'in a user, a password or an option "/", "?", "#" and "@" are written %2F, %3F, %23, %40.'
_CHANNEL = re.compile(r"#[^\s#@,]{1,80}\Z")
_RESERVED = {"slack": "[slack] watch_webhook_url", "ops": "[slack] ops_webhook_url"}


class ValueRefused(ValueError):
    """Why a value is refused, in a whole sentence of its own; it never holds a secret.

    Any other ValueError of a check only means that the value is not what the key's description says.
    """


def _duration(value: object) -> Seconds:
    # A number in a file has no unit; only our own code has seconds at hand.
    seconds = Seconds(value) if type(value) is float else parse_duration(str(value))
    if not seconds > 0:
        raise ValueError
    return seconds


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _one_word(text: str) -> str:
    text = text.strip()
    if not (text.isascii() and text.isprintable()) or " " in text:
        raise ValueError
    return text


def _web_address(text: str) -> str:
    text = _one_word(text)
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username is not None:
        raise ValueError
    if parts.port == 0:  # reading it raises ValueError where it is no number
        raise ValueError
    return text


def _slack_place(text: str) -> str:
    text = text.strip()
    return text if not is_webhook(text) else _web_address(text)


def is_webhook(place: str) -> bool:
    """Whether a Slack destination is an address, and not a channel or a member."""
    return not (_CHANNEL.match(place) or _MEMBER_ID.match(place))


def _api_address(text: str) -> str:
    text = _web_address(text)
    if "?" in text or "#" in text:
        raise ValueError
    return text.rstrip("/")


def _host(text: str) -> str:
    text = text.strip().removeprefix("[").removesuffix("]")
    if not _NAME.match(text) or text.replace(".", "").isdigit():
        ip_address(text)
    return text


def _directory(text: str) -> str:
    if text.startswith("~") or "\0" in text:
        raise ValueError
    return text


def _marketplace(text: str) -> str:
    try:
        return parse_marketplace(text)
    except ValueError as error:
        raise ValueRefused(str(error)) from None


def _place(text: str) -> str:
    place = " ".join(text.upper().split())
    if place and not _PLACE.match(place):
        raise ValueError
    return place


def _prefix(text: str) -> str:
    if not _PREFIX.match(text):
        raise ValueError
    return text


def _database(text: str) -> str:
    text = text.strip()
    if text.startswith("sqlite:"):
        if not _SQLITE.match(text) or not text.isprintable():
            raise ValueError
        return text
    if not _UNAMBIGUOUS.match(text):
        raise ValueRefused(_WRITTEN)
    parts = urlsplit(_one_word(text))
    if parts.scheme not in {"postgresql", "postgresql+psycopg"} or not text.startswith(f"{parts.scheme}://"):
        raise ValueError
    if parts.port == 0:
        raise ValueError
    return text


def _or_empty(check: Callable[[str], str]) -> Callable[[str], str]:
    return lambda text: check(text) if text.strip() else ""


def _secret(check: Callable[[str], str]) -> Callable[[SecretStr], SecretStr]:
    return lambda secret: SecretStr(check(secret.get_secret_value()))


def _ttls(given: Mapping[str, Seconds]) -> Mapping[str, Seconds]:
    """The categories' own times, with those given in place of them."""
    spelled: dict[str, str] = {}
    ttls = dict(TTLS)
    for name, ttl in given.items():
        category = canonical(name)
        if not category:
            raise ValueRefused(f'"{name}" is no name for a category.')
        if category in spelled:
            raise ValueRefused(f'"{spelled[category]}" and "{name}" are the same category.')
        spelled[category], ttls[category] = name, ttl
    return ttls


def _destinations(given: Mapping[str, SecretStr]) -> Mapping[str, SecretStr]:
    for name, url in given.items():
        if name in _RESERVED and (name != "ops" or is_webhook(url.get_secret_value())):
            raise ValueRefused(f'"{name}" always means {_RESERVED[name]}; choose another name.')
        if not _DESTINATION.match(name) or _MEMBER_ID.match(name):
            raise ValueRefused(f'"{name}" is no name for a destination; write letters, digits, "-" and "_".')
        if not url.get_secret_value():
            raise ValueRefused(f'"{name}" is empty; write its webhook URL or its #channel, or leave it out.')
    return given


_WEB = "an address that begins with http:// or https://"
_API = f"{_WEB} and holds no user, no ? and no #"
_DURATION = 'a duration above 0, like "90s", "15m", "24h" or "7d"'

Duration = Annotated[Seconds, BeforeValidator(_duration), Field(description=_DURATION)]
Port = Annotated[int, Field(ge=1, le=65535, description="a whole number from 1 to 65535")]
Quota = Annotated[int, Field(ge=0, le=10**9, description="a whole number, 0 or more")]
Calls = Annotated[int, Field(ge=1, le=10**6, description="a whole number, 1 or more")]
Retries = Annotated[int, Field(ge=0, le=100, description="a whole number from 0 to 100")]
Concurrency = Annotated[int, Field(ge=1, le=1000, description="a whole number from 1 to 1000")]
Share = Annotated[float, Field(gt=0, lt=1, description="a number between 0 and 1, like 0.10")]
Times = Annotated[float, Field(ge=1, le=1000, description="a number from 1 to 1000")]
Chance = Annotated[float, Field(ge=0, lt=1, description="a number from 0 to below 1")]
Switch = Annotated[bool, Field(description="true or false")]
Word = Annotated[str, AfterValidator(_one_word), Field(description="one word of ASCII characters")]
Secret = Annotated[
    SecretStr, AfterValidator(_secret(_one_word)), Field(description="text in quotes, without spaces inside")
]
SecretAddress = Annotated[
    SecretStr, AfterValidator(_secret(_or_empty(_web_address))), Field(description=f"empty, or {_WEB}")
]
Address = Annotated[str, AfterValidator(_api_address), Field(description=_API)]
AddressOrNone = Annotated[
    str, AfterValidator(_or_empty(_api_address)), Field(description=f"empty, or {_API}")
]
Host = Annotated[str, AfterValidator(_host), Field(description="the name or the IP address of a host")]
HostOrNone = Annotated[
    str, AfterValidator(_or_empty(_host)), Field(description="empty, or the name or the IP address of a host")
]
Directory = Annotated[
    str, AfterValidator(_directory), Field(description="empty, or the path of a directory, without ~")
]
Database = Annotated[
    SecretStr,
    AfterValidator(_secret(_database)),
    Field(description='"sqlite:///FILE" (not in memory, no options) or "postgresql://USER@HOST/NAME"'),
]
Marketplace = Annotated[
    str, AfterValidator(_marketplace), Field(description='an eBay marketplace, like "EBAY_US"')
]
Place = Annotated[
    str, AfterValidator(_place), Field(description='empty, or a country and a postal code, like "US 19406"')
]
Prefix = Annotated[
    str,
    AfterValidator(_prefix),
    Field(description="letters, digits, - and _, in parts joined by single dots"),
]
Level = Annotated[
    Literal["debug", "info", "warning", "error"],
    BeforeValidator(_lower),
    Field(description='"debug", "info", "warning" or "error"'),
]
Format = Annotated[
    Literal["console", "json"], BeforeValidator(_lower), Field(description='"console" or "json"')
]
Ttls = Annotated[Mapping[str, Duration], AfterValidator(_ttls), Field(description=_DURATION)]
_PLACE_IN_SLACK = f"{_WEB}, or a #channel or an id for the bot"
SlackPlace = Annotated[
    SecretStr,
    AfterValidator(_secret(_or_empty(_slack_place))),
    Field(description=f"empty, or {_PLACE_IN_SLACK}"),
]
Destinations = Annotated[
    Mapping[str, SlackPlace], AfterValidator(_destinations), Field(description=_PLACE_IN_SLACK)
]
