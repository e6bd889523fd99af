"""What a picture shows, how it was found out, and what marks the picture itself."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from watcher.core.ai_answers import MicroDollars

MAX_LIBRARY_DISTANCE = 7  # bits of 64; docs/scan.md says how it was measured


class Way(StrEnum):
    """A way from a picture to an identification, the cheapest first."""

    BARCODE = "barcode"
    LIBRARY = "library"
    EBAY = "ebay"
    OPENAI = "openai"


# Their words come from titles of listings, which may be kept only as long as listings' text.
WAYS_BY_LISTINGS = (Way.BARCODE, Way.EBAY)


class Identification(NamedTuple):
    """The item that a picture shows; an empty text is unknown.

    `query` finds its comps. `gtin`: digits of its barcode, which find them instead. `confidence`: 0 to 1.
    `cost`: what the identification was charged; None if the way is free or no price is configured. It is a
    decimal string in US dollars in JSON (`dollar_text`). `origin`: the way that the library learned
    it by; None for an identification that is not from the library.
    """

    title: str
    query: str
    way: Way
    confidence: float
    category: str = ""
    brand: str = ""
    model: str = ""
    condition: str = ""
    grade: str = ""
    gtin: str = ""
    cost: MicroDollars | None = None
    origin: Way | None = None

    @property
    def is_by_listings(self) -> bool:
        """Whether its words come from titles of listings."""
        return (self.origin or self.way) in WAYS_BY_LISTINGS


class PictureMarks(NamedTuple):
    """What identifies a picture without keeping it.

    `digest`: SHA-256 of the bytes as they were received, in hexadecimal. `hashes`: 64-bit perceptual hashes
    of four views of the picture: three crops and one that is cropped and turned.
    """

    digest: str
    hashes: tuple[int, int, int, int]


class Inspection(NamedTuple):
    """A picture that was decoded. `jpeg`: it again, at most 1,024 pixels a side, without metadata.

    `barcodes`: the digits of the product codes in it, best first. `width` and `height`: pixels as received.
    """

    marks: PictureMarks
    barcodes: tuple[str, ...]
    width: int
    height: int
    jpeg: bytes


def distance(one: PictureMarks, other: PictureMarks) -> int:
    """Return the least number of bits in which a hash of one picture differs from a hash of the other."""
    return min((a ^ b).bit_count() for a in one.hashes for b in other.hashes)
