"""Removal of secrets from text that people read: the log, errors, refusals of a configuration."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

_REDACTED = "***"
_MIN_SECRET_LENGTH = 6  # characters; shorter ones occur as ordinary words
_NAMES_OF_SECRETS = (
    r"(?:api[_-]?key|(?:client|webhook)[_-]?secret|secret|password|passwd|(?:access|refresh|bot)?[_-]?token)"
)
# What is a secret by its shape. The first group of a match is kept, here and below.
_SHAPES = r"""
      (?: (hooks\.slack(?:-gov)?\.com/(?:services|workflows|triggers)/)[^\s"'\\<>)]+ )
    | (?: (://[^\s/:@"']*:)[^\s/@"']+(?=@) )
    | (?: \b(xox[a-z](?:\.xox[a-z])?-|xapp-|sk-|sk_live_|sk_test_|rk_live_|rk_test_|whsec_)[a-z0-9_-]{8,} )
    | (?: \b((?-i:watcher_))[a-z0-9_-]{30,} )
    | (?: (/sign-in/)[^\s"'\\<>)]+ )
    | (?: \b((?:PRD|SBX)-)[0-9a-f]{8,}(?:-[0-9a-f]+)* )
    | (?: (v\^1\.1\#)[a-z0-9+/=^#._-]+ )
"""
_SHAPE = re.compile(_SHAPES, re.IGNORECASE | re.VERBOSE)
# Text that looks like a secret although it is not configured: by its name, or by its shape.
_SECRET_PATTERN = re.compile(
    rf"""
      (?: (\b(?:proxy-)?authorization["'\\]*\s*[:=]\s*["'\\]*)(?:[a-z]+\s+)?[^\s"'\\,;}})&]+ )
    | (?: (\b(?:bearer|basic)\s+)[a-z0-9+/=._~^#|-]{{12,}} )
    | (?: (\b\w*{_NAMES_OF_SECRETS}["'\\]*\s*[:=]\s*["'\\]*)[^\s"'\\,;}})&]+ )
    |{_SHAPES}""",
    re.IGNORECASE | re.VERBOSE,
)
# A run of characters like a key of any kind: letters and at least three digits, without a word's separators.
_KEY = re.compile(
    r"(?=[\w+=~^-]{16,})(?=(?:[\w+=~^-]*?[0-9]){3})(?=(?:[\w+=~^-]*?[A-Za-z]){3})[\w+=~^-]+", re.ASCII
)
_WEB_PATH = re.compile(r"(?i)(https?://[^/?#\s\"]+)[/?#][^\s\"]+")


class Redactor:
    """Removes secrets from text: the configured ones, and text that looks like one."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        configured = {s for s in secrets if len(s) >= _MIN_SECRET_LENGTH}
        spellings = configured | {quote(s, safe="") for s in configured}
        spellings |= {quote_plus(s) for s in configured} | {repr(s)[1:-1] for s in configured}
        longest_first = sorted(spellings, key=len, reverse=True)
        self._configured = re.compile("|".join(map(re.escape, longest_first))) if spellings else None

    def __call__(self, text: str) -> str:
        """Return `text` without secrets."""
        if self._configured:
            text = self._configured.sub(_REDACTED, text)
        return _SECRET_PATTERN.sub(_redacted, text)


def hide_shapes(text: str) -> str:
    """Return `text` without what is a secret by its shape, whatever its name."""
    return _SHAPE.sub(_redacted, text)


def hide_keys(text: str) -> str:
    """Return `text` without what looks like a key, and without the path of a URL, which may be a webhook's.

    For short texts that a person typed into the wrong place; in running text it hides too much.
    """
    return _KEY.sub(_REDACTED, _WEB_PATH.sub(r"\1/…", Redactor()(text)))


def _redacted(found: re.Match[str]) -> str:
    return next((group for group in found.groups() if group), "") + _REDACTED
