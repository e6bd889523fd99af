"""Languages that titles are translated from. A new one is a file like `de.py` and its line in `_ALL`."""

from __future__ import annotations

import re
from functools import cache

from watcher.core.titles.languages.base import Language
from watcher.core.titles.languages.de import GERMAN
from watcher.core.titles.languages.lexicon import Lexicon, compile_language, fold, spellings_of
from watcher.core.titles.languages.translation import translate_title

_ALL = (GERMAN,)

ENGLISH = ("en",)
"""The languages of a site where only English is expected; others are recognized by a title's own words."""
LANGUAGES: dict[str, Language] = {language.code: language for language in _ALL}
_WORD = re.compile(r"[^\W\d_]+")


def _collect_signs() -> dict[str, tuple[str, ...]]:
    """Return the codes of the languages that each sign shows."""
    signs: dict[str, tuple[str, ...]] = {}
    for code, language in LANGUAGES.items():
        for _, (forms,) in spellings_of(language, language.signs.replace(" ", "|")):
            for form in forms:
                signs[form] = (*signs.get(form, ()), code)
    return signs


_SIGNS = _collect_signs()
_SIGN_WORDS = frozenset(_SIGNS)


@cache
def lexicon_of(code: str) -> Lexicon:
    """Return the compiled vocabulary of a language."""
    return compile_language(LANGUAGES[code])


def shows_other_language(text: str, words: frozenset[str]) -> bool:
    """Return whether the words of a text, perhaps folded, show a language other than English."""
    return not (_SIGN_WORDS.isdisjoint(words) and text.isascii()) and not _SIGN_WORDS.isdisjoint(
        _words_of(text)
    )


def translate(text: str, languages: tuple[str, ...]) -> str:
    """Return a title or a query in the words of the English grammar.

    `languages`: the codes of the site's languages, the most frequent first. The text's own words choose
    among them, or show that it is in another one.
    """
    words = _words_of(text)
    shown: dict[str, int] = {}
    for word in words:
        for code in _SIGNS.get(word, ()):
            shown[code] = shown.get(code, 0) + 1
    expected = [code for code in languages if code in LANGUAGES]
    if len(expected) > 1:
        expected.sort(key=lambda code: -(2 * shown.get(code, 0) + _known_words(code, words)))
    code = expected[0] if expected else ""
    other = max(shown, key=lambda c: shown[c], default=code)
    if shown.get(other, 0) > shown.get(code, 0) + (1 if code else 0):
        code = other
    return translate_title(lexicon_of(code), text, shown=code in shown) if code else text


def _known_words(code: str, words: frozenset[str]) -> int:
    return len(words & lexicon_of(code).words.keys())


def _words_of(text: str) -> frozenset[str]:
    """Return the words of a text in lower case, with accents and without."""
    words = _WORD.findall(text.casefold())
    return frozenset(words) if text.isascii() else frozenset((*words, *map(fold, words)))
