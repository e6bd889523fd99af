"""What a file is, by its first bytes and never by its name."""

from __future__ import annotations

import re

from watcher.adapters.imaging.refusals import MAX_BYTES, Refusal

_HEAD = 1_024  # bytes that are looked at
_PICTURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a")
_AVIF = {b"avif", b"avis"}
_HEIC = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*<", re.ASCII)


def refusal_of(content: bytes) -> Refusal | None:
    """Return why a file is refused unopened; None if it may be a picture that the worker decodes."""
    if not content:
        return Refusal.EMPTY
    if len(content) > MAX_BYTES:
        return Refusal.TOO_MANY_BYTES
    head = content[:_HEAD]
    if head.startswith(_PICTURES) or (head.startswith(b"RIFF") and head[8:12] == b"WEBP"):
        return None
    if head[4:8] == b"ftyp":
        return _refusal_of_container(head)
    if _MARKUP.match(head):
        return Refusal.DRAWING if b"<svg" in head.lower() else Refusal.WEB_PAGE
    if head.startswith(b"%PDF"):
        return Refusal.DOCUMENT
    return Refusal.UNKNOWN_TYPE


def _refusal_of_container(head: bytes) -> Refusal | None:
    """Judge a file of the family of MP4 by its brands; a HEIF file may name AVIF second."""
    size = min(int.from_bytes(head[:4], "big"), len(head))
    brands = {head[8:12], *(head[i : i + 4] for i in range(16, size - 3, 4))}
    if brands & _AVIF:
        return None
    return Refusal.HEIC if brands & _HEIC else Refusal.VIDEO
