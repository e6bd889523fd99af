"""Pictures of listings: which addresses are fetched, in which size, and what counts as a picture."""

from __future__ import annotations

import re
from enum import StrEnum
from hashlib import blake2b
from typing import NamedTuple
from urllib.parse import urlsplit

from watcher.core.errors import NotFound
from watcher.core.tokens import is_loopback

EBAY_PICTURES = "https://i.ebayimg.com"
MAX_PICTURE_BYTES = 1024 * 1024

# Letters that cannot end the path early or change the host. A percent sign could hide any of them.
_PATH = re.compile(r"(?:/[A-Za-z0-9_$~!+,;=-][A-Za-z0-9._$~!+,;=-]*)+(?:\?[A-Za-z0-9._~=&-]*)?\Z")
_SIZED = re.compile(r"(?:/thumbs)?(/images/g/[^/?]+/s-l)\d{2,4}(\.[A-Za-z]{3,4})\Z")
_SIGNATURES = (
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
_MIN_BYTES = 20  # the smallest file of these types is longer
PICTURE_TYPES = ("image/jpeg", "image/png", "image/webp", "image/gif")


class PictureSize(StrEnum):
    """The size of a picture."""

    SMALL = "small"
    LARGE = "large"


_LONGEST_SIDES = {PictureSize.SMALL: 225, PictureSize.LARGE: 500}  # pixels, two of the sizes that eBay has


class Picture(NamedTuple):
    """A picture that was fetched. `tag` is a hash of its content."""

    content: bytes
    media_type: str
    tag: str


class PictureOrigins(NamedTuple):
    """Where pictures may be fetched from.

    `stand_in`: the origin that answers for eBay's picture host in a simulation, which leaves this machine
    for nothing.
    """

    allowed: tuple[str, ...]
    stand_in: str = ""

    @classmethod
    def of(cls, market: str, *, simulated: bool = False) -> PictureOrigins:
        """Return eBay's host, and the origin of a market on this machine (`[ebay] base_url`)."""
        parts = urlsplit(market)
        if not is_loopback(parts.hostname or ""):
            return cls((EBAY_PICTURES,))
        own = f"{parts.scheme}://{parts.netloc}"
        return cls((own,), own) if simulated else cls((EBAY_PICTURES, own))

    def allows(self, url: str) -> bool:
        """Return whether `url` is one of these origins, letter by letter, followed by a plain path.

        No other host, port, user, scheme, fragment, encoded or relative path passes. The whole origin is
        compared, so no two parsers can read the address differently.
        """
        return any(_path_of(url, origin, _PATH) for origin in self.allowed)

    def address(self, url: str, size: PictureSize) -> str:
        """Return where a picture is fetched in a size; the size counts if the address has eBay's form."""
        if self.stand_in and url.startswith(EBAY_PICTURES + "/"):
            url = self.stand_in + url.removeprefix(EBAY_PICTURES)
        for origin in self.allowed:
            if found := _path_of(url, origin, _SIZED):
                return f"{origin}{found[1]}{_LONGEST_SIDES[size]}{found[2]}"
        return url


def _path_of(url: str, origin: str, form: re.Pattern[str]) -> re.Match[str] | None:
    return form.fullmatch(url, len(origin)) if url.startswith(origin) else None


def picture_of(content: bytes) -> Picture | None:
    """Return the picture that these bytes are, by their first bytes; None if they are anything else.

    An SVG is a document with scripts, so it is not a picture here.
    """
    if len(content) < _MIN_BYTES:
        return None
    kind = next((kind for signature, kind in _SIGNATURES if content.startswith(signature)), "")
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        kind = "image/webp"
    return Picture(content, kind, blake2b(content, digest_size=16).hexdigest()) if kind else None


def no_picture() -> NotFound:
    """Return the failure of an item that is unknown or has no picture that can be shown."""
    return NotFound("There is no picture of this item.")
