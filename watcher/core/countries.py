"""Country codes, and how users write them."""

from __future__ import annotations

# ISO 3166-1 alpha-2.
_ALL = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT "
    "BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH "
    "ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT "
    "HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS "
    "LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI "
    "NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG "
    "SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG "
    "UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW "
)
COUNTRY_CODES = frozenset(_ALL.split())
# Reserved codes that people write for a country with another code.
_ALIASES = {"UK": "GB", "EL": "GR"}
# Codes of groups of countries: eBay gives every item one country.
_GROUPS = {"EU": "the European Union", "EZ": "the euro area", "UN": "the United Nations"}


def parse_country(text: str) -> str:
    """Return the ISO 3166 code of a country that a user typed in any case: `de` is DE, `UK` is GB.

    Raise ValueError with a message for the user.
    """
    code = text.strip().upper() if text.isascii() else text
    country = _ALIASES.get(code, code)
    if country in COUNTRY_CODES:
        return country
    if code in _GROUPS:
        raise ValueError(
            f'"{text}" is {_GROUPS[code]}, and every item is in one country; write a country, like DE'
        )
    raise ValueError(f'"{text}" is not a country code; write two letters, like US or DE')
