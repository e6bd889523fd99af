"""Titles in other languages than English, and what follows from a site's languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.labelled import FRESH, blind_titles
from watcher.core.comps import select
from watcher.core.listing import Condition, Listing
from watcher.core.marketplaces import languages_of
from watcher.core.money import Money
from watcher.core.titles import defect_words, vocabulary
from watcher.core.titles.languages import LANGUAGES, lexicon_of, translate
from watcher.core.titles.verdict import title_verdict

ITEM = "kestrel x6"
GERMAN_SITE, ENGLISH_SITE = ("de",), ("en",)

TITLES = Path(__file__).with_name(
    "languages"
)  # a file per language: "reason | title | query", "keep" if it stays


@pytest.mark.parametrize("code", LANGUAGES)
def test_titles_of_a_language_get_their_verdicts(code: str) -> None:
    wrong = []
    for line in (TITLES / f"{code}.txt").read_text(encoding="utf-8").splitlines():
        expected, title, query = [*line.split(" | "), ITEM][:3]
        verdict = title_verdict(query, title, (code,))
        if (verdict.reason or "keep") != expected:
            wrong.append((expected, title, str(verdict.detail)))
    assert wrong == []


def test_a_german_title_is_read_on_an_english_site() -> None:
    assert title_verdict(ITEM, "Kestrel X6 defekt für Bastler", ENGLISH_SITE).reason == "parts"
    assert title_verdict(ITEM, "Kestrel X6 ohne Netzteil", ENGLISH_SITE).reason is None


def test_umlauts_may_be_spelled_with_an_e_or_left_out() -> None:
    for spelled in ("für", "fuer"):
        assert translate(f"Gehäuse {spelled} Kestrel", GERMAN_SITE) == "body for kestrel"
    assert translate("gehaeuse", GERMAN_SITE) == translate("GEHAUSE", GERMAN_SITE) == "body"


def test_an_english_word_is_translated_only_beside_a_sign() -> None:
    assert translate("vintage fur coat", GERMAN_SITE) == "vintage fur coat"
    assert translate("Akku fur Kestrel, neu und unbenutzt", GERMAN_SITE).startswith("battery for kestrel")


def test_a_query_is_read_in_the_languages_of_its_site() -> None:
    assert title_verdict("Kestrel X6 defekt", "Kestrel X6 defekt", GERMAN_SITE).reason is None
    assert title_verdict("Kestrel X6 schwarz", "Kestrel X6 black", GERMAN_SITE).reason is None
    assert title_verdict("Akku Kestrel X6", "Kestrel X6 Akku", GERMAN_SITE).reason is None


def test_a_name_in_a_compound_survives() -> None:
    assert translate("Kestrelhülle", GERMAN_SITE) == "kestrel case"


def test_decimal_commas_become_points() -> None:
    assert title_verdict("kestrel 18.5", "Kestrel 18,5 Zoll", GERMAN_SITE).reason is None


def test_every_site_language_but_english_is_known_or_ignored() -> None:
    assert languages_of("EBAY_DE") == ("de",)
    assert languages_of("EBAY_BE") == ("nl", "fr", "de")
    assert languages_of("EBAY_US") == ("en",)
    assert title_verdict(ITEM, "Kestrel X6", ("xx",)).reason is None


def test_comps_of_a_german_site_read_german() -> None:
    titles = ("Kestrel X6 schwarz", "Kestrel X6 defekt", "Leerkarton Kestrel X6")
    listings = [
        Listing(str(i), title, price=Money(10_000, "EUR"), shipping=Money(0, "EUR"))
        for i, title in enumerate(titles)
    ]
    selection = select(ITEM, Condition.ANY, listings, currency="EUR", languages=("de",))
    assert [x.title for x in selection.kept] == ["Kestrel X6 schwarz"]


@pytest.mark.parametrize("code", ["de", "nl"])
def test_an_english_title_gets_the_same_verdict_on_another_site(code: str) -> None:
    changed = [
        (title, verdict)
        for _, query, title, _ in blind_titles(FRESH)
        if (verdict := title_verdict(query, title, (code,)).reason) != title_verdict(query, title).reason
    ]
    assert changed == []


@pytest.mark.parametrize(
    "title", ["Kestrel X6 kapot", "Kestrel X6 en panne", "Kestrel X6 defekt", "Kestrel X6 HS pour pièces"]
)
def test_a_title_chooses_among_the_languages_of_its_site(title: str) -> None:
    assert title_verdict(ITEM, title, languages_of("EBAY_BE")).reason == "parts"


def test_an_umlaut_tells_words_apart() -> None:
    assert translate("Größe 42", GERMAN_SITE) == "size 42"
    assert translate("Große Tasche", GERMAN_SITE) == "large bag"


def test_part_of_a_code_is_not_a_word() -> None:
    assert title_verdict("nikon en-el15", "Nikon EN-EL15", ("nl",)).reason is None


def test_no_sign_of_a_language_is_a_word_of_the_english_grammar() -> None:
    modules = (vocabulary, defect_words)
    english = {
        word
        for module in modules
        for words in vars(module).values()
        if isinstance(words, frozenset)
        for word in words
    }
    assert not {word for code in LANGUAGES for word in english & lexicon_of(code).signs}


@pytest.mark.parametrize("code", LANGUAGES)
def test_no_word_of_a_vocabulary_is_listed_twice_with_different_meanings(code: str) -> None:
    language = LANGUAGES[code]
    listed = [
        (phrase, english)
        for topic in (*language.translations, language.faults)
        for english, phrases in topic.items()
        for phrase in phrases.split(" | ")
    ]
    first = dict(reversed(listed))
    twice = [(phrase, first[phrase], english) for phrase, english in listed if first[phrase] != english]
    assert not twice


def test_a_query_of_phrases_is_read_in_its_language_on_a_site_of_several() -> None:
    belgium = ("nl", "fr", "de")
    assert translate("Singer machine à coudre", belgium) == "singer sewing machine"
    assert title_verdict("Kestrel 7 256 Go", "Kestrel 7 vert 256 Go, très bon état", belgium).reason is None
