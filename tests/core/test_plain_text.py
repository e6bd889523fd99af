"""Cleaning of text from outside."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.core.plain_text import clean_text, is_visible, unescape_entities

UNSAFE = ("Cc", "Cf", "Cs", "Zl", "Zp")


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Kestrel X1 teal", "Kestrel X1 teal"),
        ("Bücher, 日本語 & ñ", "Bücher, 日本語 & ñ"),
        ("two\nlines\r\nand\ta tab", "two lines and a tab"),
        ("a\u2028b\u2029c\x85d", "a b c d"),
        ("  too   many \xa0 spaces ", "too many spaces"),
        ("Kes\u200btrel\u2060 \ufeffX1\xad", "Kestrel X1"),
        ("\u202egnorw\u2066", "gnorw"),
        ("\x1b[31mred\x9b2J", "[31mred 2J"),
        ("hidden\U000e0041\U000e0042", "hidden"),
        ("filler\u3164\uffa0\u2800\u034f", "filler"),
        ("a\U000e0101\ufe00b\ufe0f", "ab"),
        ("Teal \ud83d", "Teal \ufffd"),
        ("", ""),
        ("\u200b\u200d\ufe0f", ""),
    ],
)
def test_clean_text_is_one_visible_line(text: str, clean: str) -> None:
    assert clean_text(text, 80) == clean


@pytest.mark.parametrize("emoji", ["👩‍🚀", "❤️", "👍🏽", "🏳️‍🌈", "1️⃣", "👩🏽‍🚀"])
def test_clean_text_keeps_emoji_whole(emoji: str) -> None:
    assert clean_text(f"a {emoji} b", 80) == f"a {emoji} b"


def test_stacked_marks_are_limited() -> None:
    assert clean_text("e" + "\u0301" * 50 + "x", 80) == "e" + "\u0301" * 3 + "x"


def test_long_text_is_cut_to_its_bound() -> None:
    assert clean_text("x" * 30, 10) == "x" * 9 + "…"
    assert clean_text("x" * 10, 10) == "x" * 10
    assert clean_text("\u200b" * 39 + "ab", 10) == "a…"
    assert clean_text("word " * 1_000_000, 10) == "word word…"


@given(st.text(st.characters(), max_size=60), st.integers(2, 30))
def test_clean_text_is_safe_bounded_and_stable(text: str, limit: int) -> None:
    once = clean_text(text, limit)
    assert len(once) <= limit
    assert once == clean_text(once, limit)
    assert once.strip() == once
    once.encode()
    joiners = once.replace("\u200d", "")
    assert not {unicodedata.category(c) for c in joiners} & set(UNSAFE)


def test_no_character_of_an_unsafe_category_passes() -> None:
    for code in range(sys.maxunicode + 1):
        if unicodedata.category(chr(code)) in UNSAFE:
            assert clean_text(f"a{chr(code)}b", 9) in ("ab", "a b", "a\ufffdb"), hex(code)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Tom &amp; Jerry &quot;Deluxe&quot; &#39;90", 'Tom & Jerry "Deluxe" \'90'),
        ("Caf&eacute; &#x1F600;", "Café 😀"),
        ("&amp;amp; &amp;quot;", '& "'),
        ("R&D, AT&T; A&not B &copy 1990", "R&D, AT&T; A&not B &copy 1990"),
        ("&unknown; &#xFFFFFFF;", "&unknown; &#xFFFFFFF;"),
    ],
)
def test_html_entities_are_unescaped(text: str, plain: str) -> None:
    assert unescape_entities(text) == plain


def test_entities_of_unsafe_characters_are_cleaned() -> None:
    hidden = unescape_entities("a&#x202e;b&#0;c&#xd83d;d&#10;e")
    assert clean_text(hidden, 80) == "ab\ufffdc\ufffdd e"


@pytest.mark.parametrize(
    "text", ["", " ", "\u200b", "\u3164", "\u0301", "\u2800", "\xa0", "\U000e0041", "\x07"]
)
def test_text_without_a_visible_character_is_not_visible(text: str) -> None:
    assert not is_visible(text)
    assert is_visible(text + "a")


@pytest.mark.parametrize("text", ["a", "7", "-", "😀", "日", "$"])
def test_letters_digits_and_signs_are_visible(text: str) -> None:
    assert is_visible(text)
