"""eBay's condition ids: their names, and the ids behind the words of its sites.

The words differ by site and category ("Neu: Sonstige", "New without tags"), so they are read by pattern: what
the item is (new, used, refurbished, for parts) and then its grade.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# ConditionEnum of the Sell Inventory contract. Cards use 2750 and 4000 for graded and ungraded.
NAMES_BY_CONDITION_ID: dict[int, str] = {
    1000: "New",
    1500: "New other or open box",
    1750: "New with defects",
    2000: "Certified refurbished",
    2010: "Excellent, refurbished",
    2020: "Very good, refurbished",
    2030: "Good, refurbished",
    2500: "Seller refurbished",
    2750: "Like new or graded",
    2990: "Pre-owned, excellent",
    3000: "Used",
    3010: "Pre-owned, fair",
    4000: "Very good or ungraded",
    5000: "Good",
    6000: "Acceptable",
    7000: "For parts or not working",
}

# Everything below is matched against folded text: lower case, without accents and punctuation. The languages
# are English, German, French, Italian, Spanish, Dutch and Polish.
_NEW = r"\b(?:new|(?:brand|fabrik)?neu|neufs?|neuves?|nuov[oaie]|nuev[oa]s?|nieuwe?|now[yae])\b"
_DEFECTS = r"defe[ck]t|imperfe[ct]|imperfez|flaw|fehler|mangel|maengel|defaut|difett|gebrek|\bwad"
_PARTS = (
    r"\bparts?\b|\bspares\b|\brepairs?\b|\b(?:not|non|no longer) working|\bfaulty\b|\bbroken\b"
    r"|\bdamaged\b|defe[ck]t"
    r"|\bsalvage\b|ersatzteil|bastler|\bkaputt|funktionsunf|nicht funktion|\bpieces\b|hors service|\bhs\b"
    r"|en panne"
    r"|\bfonctionn\w* pas\b|\b(?:ne|non) fonctionn|endommag|ricambi|\bparti\b|non funzion|\bguast|danneggiat"
    r"|desguace|despiece|\bpiezas\b|repuesto|no funciona|averiad|onderdelen|niet werk|\bkapot|beschadigd"
    r"|\bczesci\b"
    r"|niesprawn|uszkodz|zepsut|nie ?dzial"
)
_REFURBISHED = (
    r"refurbish|renewed|remanufactur|reconditioned|uberholt|reconditionn|remis a neuf|ricondizionat|rigenerat"
    r"|reacondicionad|restaurad|opgeknapt|gereviseerd|odnowion|regenerowan"
)
_CERTIFIED = (
    r"certifi|zertifi|gecertificeerd|certyfikow|manufacturer|hersteller|fabri[ck]ant|produttore|producent"
)
_LIKE_NEW = (
    r"\b(?:like|as|almost|near) (?:new|mint)\b|neuwertig|\bwie neu\b|\b(?:comme|quasi|etat) neu|\b(?:come"
    r"|quasi) nuov"
    r"|\bcomo nuev|seminuev|als nieuw|nieuwstaat|\bjak now"
)
_UNUSED = (
    r"(?:never|not) used|unused|un(?:be|ge)nutzt|ungebraucht|nie benutzt|jamais (?:utilise|servi|porte)"
    r"|mai usat"
    r"|sin us[oa]r?|nunca usad|ongebruikt|nieuzywan"
)
_USED = (
    r"\bused\b|pre ?owned|second ?hand|gebraucht|\boccasion\b|\busat[oaie]\b|\busad[oa]s?\b|segunda mano"
    r"|gebruikt"
    r"|tweedehands|\buzywan"
)
_OPENED = r"open(?:ed)? box|\bopened\b|geoffnet|aperta|abiert[oa]\b|geopend|otwart[yae]\b"
_OTHER = (
    r"\bother\b|sonstige|\bautres?\b|\baltr[oi]\b|\botr[oa]s?\b|\banders\b"
    r"|\boverig|\binn[yae]\b|\b(?:without|ohne|sans|senza|sin|zonder|bez)\b"
)
_EXCELLENT = r"excellent|hervorragend|ausgezeichnet|eccellent|ottim|excelente|uitstekend|doskonal"
_VERY_GOOD = r"\bvery good|sehr gut|tres bon|molto buon|muy buen|(?:heel|zeer) goed|bardzo dobr"
_GOOD = r"\bgood\b|\bgut(?:e[rs]?)?\b|\bbon(?:ne)?\b|\bbuon[oae]?\b|\bbuen[oa]?\b|\bgoede?\b|\bdobr[yae]\b"
_FAIR = (
    r"\bfair\b|acceptable|akzeptabel|befriedigend|\bcorrecte?\b|accettabil|discret[oe]|aceptable"
    r"|acceptabel|redelijk|akceptowaln"
)
_GRADED = r"\bgraded\b|professionell bewertet|\bgrade[es]?\b|\bgradat[oa]\b|\bgegradeerd|\bgraduad"
_UNGRADED = r"ungraded|(?:not|nicht|non|no|niet) (?:graded|bewertet|grade|gradat|graduad)|ongegradeerd"

# The first row of which every pattern is found decides.
_ROWS: tuple[tuple[int, tuple[re.Pattern[str], ...]], ...] = tuple(
    (condition_id, tuple(map(re.compile, patterns)))
    for condition_id, *patterns in (
        (1500, _UNUSED),
        (1750, _NEW, _DEFECTS),
        (7000, _PARTS),
        (2000, _REFURBISHED, _CERTIFIED),
        (2010, _REFURBISHED, _EXCELLENT),
        (2020, _REFURBISHED, _VERY_GOOD),
        (2030, _REFURBISHED, _GOOD),
        (2500, _REFURBISHED),
        (2750, _LIKE_NEW),
        (2990, _USED, _EXCELLENT),
        (4000, _USED, _VERY_GOOD),
        (3010, _USED, _FAIR),
        (3000, _USED),
        (1500, _OPENED),
        (1500, _NEW, _OTHER),
        (1000, _NEW),
        (4000, _UNGRADED),
        (2750, _GRADED),
        (4000, _VERY_GOOD),
        (5000, _GOOD),
        (6000, _FAIR),
    )
)
_MAX_WORDS_LENGTH = 80  # a longer text is a description, not the name of a condition


@lru_cache(maxsize=512)
def condition_id_of(words: str) -> int | None:
    """Return the id of a condition in the words of one of eBay's sites; None if they name none."""
    if not words or len(words) > _MAX_WORDS_LENGTH:
        return None
    folded = "".join(
        c for c in unicodedata.normalize("NFKD", words.casefold()) if not unicodedata.combining(c)
    )
    folded = " ".join(re.sub(r"[\W_]+", " ", folded.replace("ł", "l")).split())
    for condition_id, patterns in _ROWS:
        if all(pattern.search(folded) for pattern in patterns):
            return condition_id
    return None
