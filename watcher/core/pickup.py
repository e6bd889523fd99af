"""Titles that say that the item is not sent, only picked up.

A title says so in three ways: "only" beside a word for pickup, "no" beside a word for shipping, or pickup in
person without a word about shipping. Each language has its own patterns, because a word of one means
something else in another: "Solo Collection" is a record.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple


class _Language(NamedTuple):
    """Patterns of folded words: lower case, no accents, one space for all punctuation.

    `pickup` may mean something else on its own; `in_person` may not.
    """

    only: str
    pickup: str
    in_person: str
    no: str
    sending: str


_LANGUAGES = (
    _Language(  # English; a guitar has pickups too
        "only|strictly|must be",
        r"(?<!bridge )(?<!neck )(?<!middle )(?<!humbucker )(?<!coil )(?<!guitar )(?<!bass )"
        "(?:pick ?ups?|picked up|collections?|collect(?:ed)?)",
        r"(?:local|personal|in store|curb ?side|kerb ?side) (?:pick ?ups?|collections?)"
        r"|(?:pick ?up|picked up|collections?|collect(?:ed)?) (?:in|by) (?:person|hand)"
        r"|(?:buyers?|winner|purchaser)"
        r"(?: (?:must|to|will|should|has to|needs to))? (?:pick(?:s|ed)? ?up|collects?)"
        r"|must (?:pick ?up|collect|be collected)|needs collect(?:ing|ion)|collect(?:ed)? from"
        r"|cash on (?:collection|pick ?up)|local pu|pu only|not shippable",
        r"no|not|cannot|unable to|(?:wo|ca|do|does|is)n? ?t",
        r"shipping|shipped|ships?|postage|posted|post(?=$)|delivery|delivered|deliver|mailed|mailing|courier",
    ),
    _Language(
        "nur|ausschliesslich|lediglich|bitte",
        r"(?:selbst)?ab(?:zu)?hol\w*",
        r"(?:selbst)?abholung|selbst(?:ab)?(?:zu)?hol\w+|abholer|abzuholen",
        "keine?n?|nicht|ohne",
        r"versand|versende\w*|versendung|verschick\w*|lieferung|postversand",
    ),
    _Language(
        "uniquement|seulement|exclusivement|que|qu",
        r"(?:remise |retrait )?(?:en )?main propre|(?:retrait |enlevement |a retirer )?sur place|retrait"
        r"|enlevement|ramassage|cueillette",
        r"main propre|retrait sur place|enlevement sur place|a retirer|a recuperer|(?:a )?venir chercher",
        r"pas d|pas de|pas|aucune?|sans|ni",
        r"envois?|envoye|livraison|expedition|expedie|livre",
    ),
    _Language(
        "solo|soltanto|solamente|esclusivamente|unicamente",
        r"(?:con )?ritiro|(?:consegna |scambio )?a mano|da ritirare",
        r"ritiro (?:a mano|di persona|in (?:zona|loco|sede|negozio)|locale)|(?:consegna|scambio) a mano"
        r"|da ritirare",
        "no|non|niente|nessuna|senza",
        r"spedizion[ei]|spedisco|spedito|spedibile|si spedisce",
    ),
    _Language(
        "solo|solamente|unicamente|exclusivamente|solo se",
        r"recogida|recoger|(?:entrega |trato )?en mano|en persona",
        r"recogida (?:en (?:mano|persona|tienda|local)|local|a domicilio)|(?:entrega|trato) en mano"
        r"|para recoger",
        "no|no se|no hago|no hay|sin",
        r"envios?|envia|enviar|enviamos",
    ),
    _Language(
        "alleen|uitsluitend|enkel|slechts",
        r"(?:zelf )?(?:af|op)(?: te )?ha(?:len|al\w*)|afgehaald|opgehaald",
        r"(?:af|op)(?: te )?halen|afhaling|afhaal",
        "geen|niet|zonder",
        r"verzend\w*|verzonden|verstu\w+|bezorg\w*|levering",
    ),
    _Language(
        "tylko|wylacznie|jedynie",
        r"odbior\w*|do odbioru",
        r"odbior\w* (?:osobist\w+|wlasn\w+)|do odbioru",
        "nie|bez|brak",
        r"wysyl\w+|dostaw[ay]",
    ),
)
# Small words between "only" and the word for pickup.
_LINKS = r"(?:for|available for|by|via|per|an|zur|bei|zum|fur|en|par|la|le|in|per|con|a|para|te|om|do|przez)"
# "no shipping fee" is free shipping, "no shipping to Alaska" is shipping elsewhere.
_CONCERNS = (
    r"(?! (?:cost|costs|charges?|fees?|kosten|frais|to|outside|abroad|nach|ins|vers|hors|fuera|fuori"
    r"|naar|do)\b)"
)


def _says_only(language: _Language) -> str:
    """Return the pattern of "only pickup", "pickup only" and "pickup from Leeds only"."""
    only, pickup = f"(?:{language.only})", f"(?:{language.pickup})"
    place = r"(?: (?:in|from|at|near|ab|aus|a|en|w|te|uit|by)(?: \w+){1,3}?)?"
    return rf"\b{only} (?:{_LINKS} )?(?:local |in store |in person )?{pickup}\b|\b{pickup}{place} {only}\b"


def _says_no(language: _Language) -> str:
    """Return the pattern of "no shipping", "will not be shipped" and "Versand nicht möglich"."""
    no, sending = f"(?:{language.no})", f"(?:{language.sending})"
    able = r"(?:moglich|possible|possibile|posible|dispon\w+|mogelijk|mozliwa|available|offered)"
    unable = (
        r"(?:impossible|impossibile|imposible|unmoglich|ausgeschlossen|onmogelijk|uitgesloten|unavailable)"
    )
    refused = rf"\b{no} (?:be )?(?:{sending})\b{_CONCERNS}"
    return rf"{refused}|\b{sending} (?:est |e |is |ist )?(?:{no} {able}|{unable})\b"


_SAYS_SO = re.compile("|".join(f"{_says_only(x)}|{_says_no(x)}" for x in _LANGUAGES))
_IN_PERSON = re.compile(rf"\b(?:{'|'.join(x.in_person for x in _LANGUAGES)})\b")
# A title with one of these words beside "local pickup" offers a choice.
_CHOICE = re.compile(
    rf"\b(?:{'|'.join(x.sending for x in _LANGUAGES)}|or|oder|ou|lub|albo|available|possible|optional|option"
    r"|ok|okay|welcome|moglich|possibile|posible|mogelijk|mozliwy|auch|also|aussi|anche|tambien|ook|tez)\b"
)
_MAX_LENGTH = 400  # characters of a title that are read


@lru_cache(maxsize=4096)
def says_pickup_only(title: str) -> bool:
    """Return whether a title says that the buyer must pick the item up."""
    folded = _folded(title[:_MAX_LENGTH])
    if _SAYS_SO.search(folded):
        return True
    return _IN_PERSON.search(folded) is not None and not _CHOICE.search(folded)


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold()).replace("ł", "l")
    letters = "".join(c for c in plain if not unicodedata.combining(c))
    return " ".join(re.sub(r"[\W_]+", " ", letters).split())
