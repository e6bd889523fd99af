"""The id of a condition in the words of eBay's sites."""

from __future__ import annotations

import pytest

from watcher.core.condition_names import NAMES_BY_CONDITION_ID, condition_id_of

WORDS: dict[int | None, str] = {
    1000: (
        "New|Brand New|New with tags|New with box|New in box|Neu|Brandneu|Neu mit Etikett|"
        "Neu mit Karton|Neuf|Neuf avec étiquettes|Neuf avec boîte|Nuovo|Nuovo con etichette|"
        "Nuovo con scatola|Nuevo|Nuevo con etiquetas|Nieuw|Nieuw met kaartjes|Nieuw met doos|"
        "Nowy|Nowy z metkami|Nowy z pudełkiem|Fabrikneu"
    ),
    1500: (
        "New other (see details)|New (Other)|New without tags|New without box|Open box|"
        "Opened \u2013 never used|Neu: Sonstige (siehe Artikelbeschreibung)|Neu (sonstige)|"
        "Neu ohne Etikett|Neu ohne Karton|Neuf : autre (voir les détails)|Neuf (autre)|"
        "Neuf sans étiquettes|Neuf sans boîte|Nuovo: altro (vedi i dettagli)|Nuovo (altro)|"
        "Nuovo senza etichette|Nuevo: otro (ver detalles)|Nuevo (otro)|Nuevo sin etiquetas|"
        "Nieuw: anders (zie bijzonderheden)|Nieuw (overig)|Nieuw zonder kaartjes|"
        "Nowy: inny (patrz szczegóły)|Nowy (inny)|Nowy bez metek|Nowy bez pudełka|Open Box"
    ),
    1750: (
        "New with defects|New with imperfections|Neu mit Fehlern|Neu mit Mängeln|"
        "Neuf avec défauts|Nuovo con difetti|Nuovo con imperfezioni|Nuevo con defectos|"
        "Nieuw met gebreken|Nieuw met defecten|Nowy z wadami|Nowy z defektami"
    ),
    2000: (
        "Certified - Refurbished|Certified Refurbished|Manufacturer refurbished|"
        "Zertifiziert - Refurbished|Zertifiziert \u2013 Generalüberholt|"
        "Vom Hersteller generalüberholt|Certifié - Reconditionné|Certificato - Ricondizionato|"
        "Certificado - Reacondicionado|Gecertificeerd - Refurbished|Certyfikowany - odnowiony"
    ),
    2010: (
        "Excellent - Refurbished|Hervorragend - Refurbished|Excellent - Reconditionné|"
        "Ottimo - Ricondizionato|Eccellente - Ricondizionato|Excelente - Reacondicionado|"
        "Uitstekend - Refurbished|Doskonały - odnowiony"
    ),
    2020: (
        "Very Good - Refurbished|Sehr gut - Refurbished|Très bon état - Reconditionné|"
        "Molto buono - Ricondizionato|Muy bueno - Reacondicionado|Heel goed - Refurbished|"
        "Zeer goed - Refurbished|Bardzo dobry - odnowiony"
    ),
    2030: (
        "Good - Refurbished|Gut - Refurbished|Bon état - Reconditionné|Buono - Ricondizionato|"
        "Bueno - Reacondicionado|Goed - Refurbished|Dobry - odnowiony"
    ),
    2500: (
        "Seller refurbished|Refurbished|Vom Verkäufer generalüberholt|Generalüberholt|"
        "Reconditionné par le vendeur|Remis à neuf par le vendeur|Ricondizionato dal venditore|"
        "Rigenerato|Reacondicionado por el vendedor|Opgeknapt door verkoper|Gereviseerd|"
        "Odnowiony przez sprzedawcę|Regenerowany|Remanufactured"
    ),
    2750: (
        "Like New|Neuwertig|Wie neu|Comme neuf|Come nuovo|Como nuevo|Als nieuw|Zo goed als nieuw|"
        "Jak nowy|Graded|Used - Like New|Comme neuve|Seminuevo"
    ),
    2990: ("Pre-owned - Excellent|Pre-owned \u2013 Excellent"),
    3010: ("Pre-owned - Fair"),
    3000: (
        "Used|Pre-owned|Pre-Owned - Good|Gebraucht|Occasion|D'occasion|Usato|Usado|"
        "De segunda mano|Gebruikt|Tweedehands|Używany|USED|Second hand"
    ),
    4000: ("Very Good|Sehr gut|Très bon état|Molto buono|Muy bueno|Heel goed|Bardzo dobry|Ungraded"),
    5000: ("Good|Gut|Bon état|Buono|Bueno|Goed|Dobry"),
    6000: (
        "Acceptable|Akzeptabel|État correct|Correct|Accettabile|Aceptable|Acceptabel|Redelijk|Akceptowalny"
    ),
    7000: (
        "For parts or not working|For parts or not working.|Parts only|For Parts|"
        "Als Ersatzteil / defekt|Für Ersatzteile oder nicht funktionsfähig|Nur Ersatzteile|"
        "Defekt|Pour pièces détachées/ne fonctionne pas|Pour pièces ou ne fonctionnant pas|"
        "Per parti di ricambio|Non funzionante|Para desguace o que no funciona|Para repuesto|"
        "Para piezas o no funciona|Voor onderdelen of niet werkend|Defect|"
        "Na części lub niesprawny|Uszkodzony|Not working|Spares or repair|Spares & Repairs|"
        "Faulty"
    ),
    None: ("|Sonstiges|---|5|Zustand|See description"),
}


@pytest.mark.parametrize(
    ("words", "known"), [(words, known) for known, names in WORDS.items() for words in names.split("|")]
)
def test_words_of_a_condition_name_its_id(words: str, known: int | None) -> None:
    assert condition_id_of(words) == known
    assert condition_id_of(f" {words.upper()}. ") == known


def test_every_name_of_ours_is_understood() -> None:
    for condition_id, name in NAMES_BY_CONDITION_ID.items():
        if " or " not in name:
            assert condition_id_of(name) == condition_id


def test_a_description_names_no_condition() -> None:
    assert condition_id_of("new " * 50) is None
