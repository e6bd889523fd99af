"""Text that a user typed or pasted: cleaned of what cannot be seen, refused if it is not text."""

from __future__ import annotations

import re
import unicodedata

from watcher.core.errors import InvalidInput

# Control characters and surrogates (bytes of a command line that are not UTF-8).
_NOT_TEXT = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
# They join the parts of an emoji, or of words in some scripts; other format characters show nothing.
_JOINERS = "\u200c\u200d"
# Letters and symbols that are drawn as nothing.
_BLANKS = "\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
_MAX_QUOTED = 60  # characters of a value that a sentence repeats


def clean_text(text: str, name: str) -> str:
    """Return `text` with single spaces and without invisible characters; `name` is for the refusal.

    Raise InvalidInput for control characters, and for text that has characters but none that is visible.
    """
    words = " ".join(text.split())
    if words.isascii() and words.isprintable():
        return words
    if _NOT_TEXT.search(words):
        raise InvalidInput(
            f'The field "{name}" contains a character that is not text, such as a control character.'
        )
    shown = " ".join("".join(c for c in words if not _is_hidden(c)).split())
    if words and not any(map(_is_visible, shown)):
        raise InvalidInput(f'The field "{name}" contains no visible character.')
    return shown


def quoted(text: str) -> str:
    """Return the beginning of a value in quotes, for a sentence."""
    return f'"{text[:_MAX_QUOTED]}{"…" * (len(text) > _MAX_QUOTED)}"'


def _is_hidden(character: str) -> bool:
    return unicodedata.category(character) == "Cf" and character not in _JOINERS


def _is_visible(character: str) -> bool:
    return character not in _BLANKS and unicodedata.category(character)[0] in "LNPS"
