"""Text that a user typed or pasted: cleaned of what cannot be seen, refused if it is not text."""

from __future__ import annotations

import re

from watcher.core.errors import InvalidInput
from watcher.core.plain_text import is_visible, remove_invisible

# Control characters and surrogates (bytes of a command line that are not UTF-8).
_NOT_TEXT = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_MAX_QUOTED = 60  # characters of a value that a sentence repeats


def clean_field(text: str, name: str) -> str:
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
    shown = " ".join(remove_invisible(words).split())
    if not is_visible(shown):
        raise InvalidInput(f'The field "{name}" contains no visible character.')
    return shown


def quoted(text: str, limit: int = _MAX_QUOTED) -> str:
    """Return the beginning of a value in quotes, for a sentence.

    Backquotes mark commands in sentences, so those of the value become apostrophes.
    """
    shown = text[:limit].replace("`", "'")
    return f'"{shown}{"…" * (len(text) > limit)}"'
