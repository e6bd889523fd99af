"""The name of a browser, and the form of a sign-in link's code."""

from __future__ import annotations

import pytest

from watcher.core.redaction import Redactor, hide_shapes
from watcher.core.sessions import browser_name, is_code

_CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
_IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
NAMES = {
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0": "Firefox on Linux",
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_CHROME}": "Chrome on Windows",
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_CHROME} Edg/140.0": "Edge on Windows",
    f"Mozilla/5.0 (Linux; Android 10; K) {_CHROME}": "Chrome on Android",
    f"{_IPHONE} Version/18.0 Mobile/15E148 Safari/604.1": "Safari on iPhone",
    f"{_IPHONE} CriOS/140.0 Mobile/15E148 Safari/604.1": "Chrome on iPhone",
    "Safari/1": "Safari",
    "curl/8.5.0": "curl",
    "": "unknown",
    "\x1b[31m\u202e": "unknown",
    "<b>/1": "unknown",
    "curl\r\n/1": "unknown",
    "x" * 1000: "unknown",
    "gr\u00fc\u00df": "unknown",
}


@pytest.mark.parametrize(("header", "name"), NAMES.items())
def test_a_browser_has_a_short_printable_name(header: str, name: str) -> None:
    assert browser_name(header) == name


def test_a_code_has_exactly_its_form() -> None:
    assert is_code("aZ09-_" * 7 + "a")
    for text in ("", "a" * 42, "a" * 44, "a" * 42 + "\n", "a" * 43 + "\n", "a" * 42 + "é", "a" * 42 + "/"):
        assert not is_code(text)


def test_no_log_line_shows_the_code_of_a_link() -> None:
    text = "GET https://watcher.example/sign-in/abcDEF-_1 failed"
    for hide in (Redactor(), hide_shapes):
        assert hide(text) == "GET https://watcher.example/sign-in/*** failed"
