"""Why a picture is refused, and the sentence that says so; shared by the daemon and the worker."""

from __future__ import annotations

from enum import IntEnum

from watcher.core.errors import InvalidInput

MAX_BYTES = 10_000_000  # of a picture's file
MAX_PIXELS = 40_000_000  # of a picture
ACCEPTED = "Send a JPEG, PNG, WebP, AVIF or GIF."


class Refusal(IntEnum):
    """A reason; its number is what the worker sends, so that no text of a stranger's picture gets out."""

    DAMAGED = 1
    TOO_MANY_PIXELS = 2
    NOTHING_VISIBLE = 3
    TOO_MUCH_MEMORY = 4
    TOO_SLOW = 5
    UNKNOWN_TYPE = 6
    EMPTY = 7
    TOO_MANY_BYTES = 8
    DRAWING = 9
    WEB_PAGE = 10
    HEIC = 11
    VIDEO = 12
    DOCUMENT = 13
    CRASHED = 14


_SENTENCES = {
    Refusal.DAMAGED: "The picture is damaged or incomplete. Take or save it again.",
    Refusal.TOO_MANY_PIXELS: (
        f"The picture has more than {MAX_PIXELS // 1_000_000} megapixels. Make it smaller and send it again."
    ),
    Refusal.NOTHING_VISIBLE: (
        "Nothing can be seen in the picture: it is tiny, a thin strip or of one colour. Take another photo."
    ),
    Refusal.TOO_MUCH_MEMORY: (
        "Decoding the picture needs too much memory. Save it as a smaller JPEG and send that."
    ),
    Refusal.TOO_SLOW: "Decoding the picture takes too long. Save it as a smaller JPEG and send that.",
    Refusal.UNKNOWN_TYPE: f"The file is not a picture of a known type. {ACCEPTED}",
    Refusal.EMPTY: f"The picture is empty: it has no bytes. {ACCEPTED}",
    Refusal.TOO_MANY_BYTES: (
        f"The picture is larger than {MAX_BYTES // 1_000_000} MB. Make it smaller and send it again."
    ),
    Refusal.DRAWING: f"SVG drawings are not accepted. {ACCEPTED}",
    Refusal.WEB_PAGE: f"The file is a web page, not a picture. {ACCEPTED}",
    Refusal.HEIC: (
        "HEIC pictures are not accepted. Save it as a JPEG; an iPhone takes JPEGs with Settings > Camera > "
        "Formats > Most Compatible."
    ),
    Refusal.VIDEO: f"The file is a video, not a picture. {ACCEPTED}",
    Refusal.DOCUMENT: f"The file is a PDF document, not a picture. {ACCEPTED}",
    Refusal.CRASHED: "The picture could not be decoded. Save it as a JPEG and send that.",
}


class PictureRefused(Exception):
    """A picture cannot be inspected; raised in the worker."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.name)
        self.refusal = refusal


def refused(refusal: Refusal) -> InvalidInput:
    """Return the failure that a person gets."""
    return InvalidInput(_SENTENCES[refusal])
