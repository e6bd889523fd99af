"""What a language consists of, and how its vocabulary is written down.

A vocabulary lists the foreign words and phrases behind each English one: `{"without": "ohne | frei von"}`.

- `|` separates phrases. Words are written in lower case with their accents; titles may omit them.
- `word*` stands for the word with each of the language's `endings`, and without any.
- `?word` is also an English word or a name: it counts only in a title that shows the language by a sign.
- `=word` requires the accents ("für" is not "fur"); an umlaut may be spelled with an "e".
- `#` is a number, kept as "#" in the English words: `{"set of #": "#er set"}`.
- `@` in the English words is the foreign phrase itself: `{"@ sparepart": "brühgruppe"}`.
- The English words "" drop the foreign ones. The apostrophe of a language's `elisions` is a word break.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


def table(text: str) -> dict[str, str]:
    """Return the mapping that a text spells out: "black: schwarz*; white: weiß* | weiss"."""
    mapping: dict[str, str] = {}
    for entry in text.split(";"):
        english, _, listed = " ".join(entry.split()).partition(": ")
        mapping[english] = f"{mapping[english]} | {listed}" if english in mapping else listed
    return mapping


def joined(*tables: Mapping[str, str]) -> dict[str, str]:
    """Return one mapping of several; those for the same English words are listed together."""
    mapping: dict[str, str] = {}
    for english, listed in (entry for each in tables for entry in each.items()):
        mapping[english] = f"{mapping[english]} | {listed}" if english in mapping else listed
    return mapping


@dataclass(frozen=True, slots=True)
class Language:
    """A language that titles are translated from, into the words that the grammar knows.

    `signs`: frequent words that no other language and no name has; they show that a title is in it.
    `translations`: foreign phrases by the English words for them; one mapping per topic.
    `faults`: phrases that say a defect, by the English words for it. They do not count if a denial precedes
    them ("ohne Defekt"), if a word of `cures` is near ("Wackelkontakt behoben"), or if they describe a
    thing of `packaging` ("defekter Karton").
    `works`: what a working item does or is ("funktioniert", "funktionsfähig"). Together with a word of
    `negations` before or after it, perhaps with `fillers` between ("springt leider nicht an"), it is a
    defect. So is a thing of `functions` right after a word of `nones` ("kein Bild").
    `noun_first`: adjectives follow their noun, so a part before one is only described: "cadran noir".
    `heads`: the last parts of compounds, by their English words; `prefixes`: first parts with a meaning of
    their own. `linking`: sounds between the parts.
    """

    code: str
    signs: str
    translations: tuple[Mapping[str, str], ...]
    faults: Mapping[str, str]
    negations: str
    nones: str
    works: str
    functions: str
    fillers: str
    cures: str
    packaging: str
    heads: Mapping[str, str] = field(default_factory=dict)
    prefixes: Mapping[str, str] = field(default_factory=dict)
    noun_first: bool = False
    linking: str = ""
    endings: str = ""
    elisions: str = ""
