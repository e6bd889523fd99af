"""Languages that titles are translated from. A new one is a file like `de.py` and its line in `_ALL`."""

from __future__ import annotations

from functools import cache

from watcher.core.titles.languages.base import Language
from watcher.core.titles.languages.de import GERMAN
from watcher.core.titles.languages.es import SPANISH
from watcher.core.titles.languages.fr import FRENCH
from watcher.core.titles.languages.it import ITALIAN
from watcher.core.titles.languages.lexicon import Lexicon, compile_language, spellings_of
from watcher.core.titles.languages.nl import DUTCH
from watcher.core.titles.languages.pl import POLISH
from watcher.core.titles.languages.translation import (
    SplitText,
    count_known_words,
    split_text,
    translate_title,
)

_ALL = (GERMAN, DUTCH, FRENCH, ITALIAN, SPANISH, POLISH)

ENGLISH = ("en",)
"""The languages of a site where only English is expected; others are recognized by a title's own words."""
LANGUAGES: dict[str, Language] = {language.code: language for language in _ALL}


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
    if text.isascii():
        return not _SIGN_WORDS.isdisjoint(words)
    return bool(_shown_by(split_text(text)))


def translate(text: str, languages: tuple[str, ...]) -> str:
    """Return a title or a query in the words of the English grammar.

    `languages`: the codes of the site's languages, the most frequent first. The text's own words choose
    among them, or show that it is in another one.
    """
    title = split_text(text)
    shown = _shown_by(title)
    expected = [code for code in languages if code in LANGUAGES]
    if len(expected) > 1:
        expected.sort(
            key=lambda code: -(2 * shown.get(code, 0) + count_known_words(lexicon_of(code), title)),
        )
    code = expected[0] if expected else ""
    if shown:
        other = max(shown, key=lambda c: (shown[c], c == code))
        if shown[other] > shown.get(code, 0) + bool(code):
            code = other
    return translate_title(lexicon_of(code), text, title, shown=code in shown) if code else text


def _shown_by(title: SplitText) -> dict[str, int]:
    """Return how many signs of each language a title has."""
    signs = _SIGN_WORDS.intersection(title.words)
    if title.exact is not title.words:
        signs |= _SIGN_WORDS.intersection(title.exact)
    shown: dict[str, int] = {}
    for sign in signs:
        for code in _SIGNS[sign]:
            shown[code] = shown.get(code, 0) + 1
    return shown
