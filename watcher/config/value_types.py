"""Types of configuration values. A type's `description` completes the sentence "the key must be …"."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from watcher.core.categories import TTLS, canonical_category
from watcher.core.countries import parse_country
from watcher.core.deliveries import OPS_DESTINATION
from watcher.core.identification import Way
from watcher.core.marketplaces import parse_marketplace
from watcher.core.proxies import is_proxy_url
from watcher.core.readings import Reader
from watcher.core.times import Seconds, parse_duration
from watcher.core.watch import DEFAULT_DESTINATION

PROXY_OFF = "off"
_HOST_NAME = re.compile(
    r"[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*\Z"
)
_POSTAL_CODE = re.compile(r"(?=.*\d)[A-Z0-9][A-Z0-9 -]{0,10}\Z", re.ASCII)
_DESTINATION_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}\Z")
_SQLITE_URL = re.compile(r"sqlite:///(?!:memory:|file:|~)[^?]+\Z")
# An unescaped delimiter in a password would shift part of it into the host, port or name, which are shown.
_UNAMBIGUOUS_URL = re.compile(r"([^/?#@]*://([^/?#@]*@)?)?[^#@]*\Z")
_ESCAPING = 'write "/", "?", "#" and "@" in a user, a password or an option as %2F, %3F, %23 and %40.'
_SLACK_CHANNEL = re.compile(r"#[^\s#@,]{1,80}\Z")
_SLACK_ID = re.compile(r"[CDGUW][A-Z0-9]{7,}\Z")
_RESERVED_NAMES = {
    DEFAULT_DESTINATION: "[slack] watch_webhook_url",
    OPS_DESTINATION: "[slack] ops_webhook_url",
}


class ValueRefused(ValueError):
    """A refusal with a complete sentence of its own, which never contains a secret.

    Any other ValueError only means that the value does not match the key's description.
    """


def is_webhook(destination: str) -> bool:
    """Return whether a Slack destination is a webhook URL, not a channel or a member."""
    return not (_SLACK_CHANNEL.match(destination) or _SLACK_ID.match(destination))


def read_duration(value: object) -> Seconds:
    """Return a duration. Raises ValueError."""
    # A number in the file has no unit and is refused earlier; only Python callers pass seconds as a float.
    seconds = Seconds(value) if type(value) is float else parse_duration(str(value))
    if not seconds > 0:
        raise ValueError
    return seconds


def _listed(value: object) -> object:
    """Return a list as it is, and the words of a variable: `barcode, ebay`."""
    return [word for part in value.split(",") if (word := part.strip())] if isinstance(value, str) else value


def _lower_case(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


def _ascii_word(text: str) -> str:
    text = text.strip()
    if not (text.isascii() and text.isprintable()) or " " in text:
        raise ValueError
    return text


def _web_url(text: str) -> str:
    text = _ascii_word(text)
    parts = urlsplit(text)
    is_web = parts.scheme in {"http", "https"} and parts.hostname and parts.username is None
    if not is_web or parts.port == 0:  # `port` raises ValueError if it is not a number
        raise ValueError
    return text


def _api_url(text: str) -> str:
    text = _web_url(text)
    if "?" in text or "#" in text:
        raise ValueError
    return text.rstrip("/")


def _proxy_url(text: str) -> str:
    text = text.strip()
    if text.lower() in {"", PROXY_OFF}:
        return text.lower()
    if not is_proxy_url(text):
        raise ValueError
    return text


def _host(text: str) -> str:
    text = text.strip().removeprefix("[").removesuffix("]")
    if not _HOST_NAME.match(text) or text.replace(".", "").isdigit():
        ip_address(text)
    return text


def _marketplace(text: str) -> str:
    try:
        return parse_marketplace(text)
    except ValueError as error:
        raise ValueRefused(str(error)) from None


def _delivery_place(text: str) -> str:
    country, _, postal_code = " ".join(text.upper().split()).partition(" ")
    if not country:
        return ""
    if not _POSTAL_CODE.match(postal_code):
        raise ValueError
    try:
        country = parse_country(country)
    except ValueError as error:
        raise ValueRefused(f"{error}.") from None
    return f"{country} {postal_code}"


def _database_url(text: str) -> str:
    text = text.strip()
    if text.startswith("sqlite:"):
        if not _SQLITE_URL.match(text) or not text.isprintable():
            raise ValueError
        return text
    if not _UNAMBIGUOUS_URL.match(text):
        raise ValueRefused(_ESCAPING)
    parts = urlsplit(_ascii_word(text))
    if parts.scheme not in {"postgresql", "postgresql+psycopg"} or not text.startswith(f"{parts.scheme}://"):
        raise ValueError
    if parts.port == 0:
        raise ValueError
    return text


def _slack_destination(text: str) -> str:
    text = text.strip()
    return _web_url(text) if is_webhook(text) else text


def _or_empty(check: Callable[[str], str]) -> Callable[[str], str]:
    return lambda text: check(text) if text.strip() else ""


def _secret(check: Callable[[str], str]) -> Callable[[SecretStr], SecretStr]:
    return lambda secret: SecretStr(check(secret.get_secret_value()))


def _category_ttls(configured: Mapping[str, Seconds]) -> Mapping[str, Seconds]:
    """Return the default TTLs, overridden by the configured ones."""
    spellings: dict[str, str] = {}
    ttls = dict(TTLS)
    for name, ttl in configured.items():
        category = canonical_category(name)
        if not category:
            raise ValueRefused(f'"{name}" is not a category name.')
        if category in spellings:
            raise ValueRefused(f'"{spellings[category]}" and "{name}" are the same category.')
        spellings[category], ttls[category] = name, ttl
    return ttls


def _slack_destinations(configured: Mapping[str, SecretStr]) -> Mapping[str, SecretStr]:
    for name, destination in configured.items():
        if name in _RESERVED_NAMES and (
            name != OPS_DESTINATION or is_webhook(destination.get_secret_value())
        ):
            raise ValueRefused(f'"{name}" always means {_RESERVED_NAMES[name]}; choose another name.')
        if not _DESTINATION_NAME.match(name) or _SLACK_ID.match(name):
            raise ValueRefused(f'"{name}" is not a destination name; use letters, digits, "-" and "_".')
        if not destination.get_secret_value():
            raise ValueRefused(f'"{name}" is empty; enter its webhook URL or its #channel, or remove it.')
    return configured


_PROXY_EXAMPLE = "http://proxy.example.com:3128"
_WEB = "an address that begins with http:// or https://"
_API = f"{_WEB} and contains no user, no ? and no #"
DURATION_WORDS = 'a duration above 0, like "90s", "15m", "24h" or "7d"'
_DESTINATION = f"{_WEB}, or a #channel or an id for the bot"

Duration = Annotated[Seconds, BeforeValidator(read_duration), Field(description=DURATION_WORDS)]
Port = Annotated[int, Field(ge=1, le=65535, description="a whole number from 1 to 65535")]
Quota = Annotated[int, Field(ge=0, le=10**9, description="a whole number, 0 or more")]
CallCount = Annotated[int, Field(ge=1, le=10**6, description="a whole number, 1 or more")]
RetryCount = Annotated[int, Field(ge=0, le=100, description="a whole number from 0 to 100")]
Concurrency = Annotated[int, Field(ge=1, le=1000, description="a whole number from 1 to 1000")]
TokenPrice = Annotated[float, Field(ge=0, le=10_000, description="a number of US dollars from 0 to 10000")]
Share = Annotated[float, Field(gt=0, lt=1, description="a number between 0 and 1, like 0.10")]
Multiple = Annotated[float, Field(ge=1, le=1000, description="a number from 1 to 1000")]
Probability = Annotated[float, Field(ge=0, lt=1, description="a number from 0 to below 1")]
SmallShare = Annotated[float, Field(ge=0, le=0.5, description="a number from 0 to 0.5, like 0.05")]
LooseShare = Annotated[float, Field(ge=0, lt=1, description="a number from 0 to below 1, like 0.13")]
ShippingCost = Annotated[
    float, Field(ge=0, le=1_000_000, description="an amount, 0 or more, without a currency")
]
ScanWays = Annotated[
    tuple[Way, ...],
    BeforeValidator(_listed),
    Field(description=f'a list of some of {", ".join(Way)}, like ["barcode", "ebay"]'),
]
ReaderUse = Annotated[Reader, BeforeValidator(_lower_case), Field(description=f"one of {', '.join(Reader)}")]
Switch = Annotated[bool, Field(description="true or false")]
AsciiWord = Annotated[str, AfterValidator(_ascii_word), Field(description="one word of ASCII characters")]
Secret = Annotated[
    SecretStr,
    AfterValidator(_secret(_ascii_word)),
    Field(description="text in quotes, without spaces inside"),
]
SecretUrl = Annotated[
    SecretStr, AfterValidator(_secret(_or_empty(_web_url))), Field(description=f"empty, or {_WEB}")
]
ApiUrl = Annotated[str, AfterValidator(_api_url), Field(description=_API)]
OptionalUrl = Annotated[str, AfterValidator(_or_empty(_api_url)), Field(description=f"empty, or {_API}")]
ProxyUrl = Annotated[
    SecretStr,
    AfterValidator(_secret(_proxy_url)),
    Field(description=f'empty, "{PROXY_OFF}", or the address of an HTTP proxy, like "{_PROXY_EXAMPLE}"'),
]
Host = Annotated[str, AfterValidator(_host), Field(description="a host name or an IP address")]
OptionalHost = Annotated[
    str, AfterValidator(_or_empty(_host)), Field(description="empty, or a host name or an IP address")
]
Directory = Annotated[
    str, Field(pattern=r"^([^~\x00][^\x00]*)?$", description="empty, or the path of a directory, without ~")
]
DatabaseUrl = Annotated[
    SecretStr,
    AfterValidator(_secret(_database_url)),
    Field(description='"sqlite:///FILE" (not in memory, no options) or "postgresql://USER@HOST/NAME"'),
]
Marketplace = Annotated[
    str, AfterValidator(_marketplace), Field(description='an eBay marketplace, like "EBAY_US"')
]
DeliveryPlace = Annotated[
    str,
    AfterValidator(_delivery_place),
    Field(description='empty, or a country and a postal code, like "US 19406"'),
]
MetricPrefix = Annotated[
    str,
    Field(
        pattern=r"^([A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*)?$",
        description="letters, digits, - and _, in parts joined by single dots",
    ),
]
ObjectiveName = Annotated[
    Literal["alive", "delay"], BeforeValidator(_lower_case), Field(description='"alive" or "delay"')
]
LogLevel = Annotated[
    Literal["debug", "info", "warning", "error"],
    BeforeValidator(_lower_case),
    Field(description='"debug", "info", "warning" or "error"'),
]
LogFormat = Annotated[
    Literal["console", "json"], BeforeValidator(_lower_case), Field(description='"console" or "json"')
]
CategoryTtls = Annotated[
    Mapping[str, Duration], AfterValidator(_category_ttls), Field(description=DURATION_WORDS)
]
SlackDestination = Annotated[
    SecretStr,
    AfterValidator(_secret(_or_empty(_slack_destination))),
    Field(description=f"empty, or {_DESTINATION}"),
]
SlackDestinations = Annotated[
    Mapping[str, SlackDestination],
    AfterValidator(_slack_destinations),
    Field(description=_DESTINATION),
]
