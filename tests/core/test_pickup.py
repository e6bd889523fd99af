"""Titles that say that an item is picked up, not sent."""

from __future__ import annotations

import pytest

from watcher.core.pickup import says_pickup_only

PICKUP_ONLY = [
    "Kestrel X1 teal LOCAL PICKUP ONLY",
    "Kestrel X1 Collection in Person Only",
    "Kestrel X1 - Pick-up only",
    "Kestrel X1 pick up only!",
    "Kestrel X1 (collection only)",
    "Kestrel X1 collection from Leeds only",
    "Kestrel X1 COLLECT ONLY",
    "Only for local pickup Kestrel X1",
    "Kestrel X1 no shipping",
    "Kestrel X1 - Will not ship",
    "Kestrel X1 won't ship",
    "Kestrel X1 cannot be posted",
    "Kestrel X1 NO POSTAGE",
    "Kestrel X1 local pickup Denver CO",
    "Kestrel X1 buyer must collect",
    "Kestrel X1 cash on collection in person",
    "Kestrel X1 nur Abholung",
    "Kestrel X1 nur an Selbstabholer",
    "Kestrel X1 Nur Selbstabholung in Berlin",
    "Kestrel X1 Abholung",
    "Kestrel X1 - Selbstabholer",
    "Kestrel X1 kein Versand",
    "Kestrel X1 Versand nicht möglich",
    "Kestrel X1 ausschließlich Abholung",
    "Kestrel X1 an Selbstabholer",
    "Kestrel X1 remise en main propre uniquement",
    "Kestrel X1 uniquement en main propre",
    "Kestrel X1 Main propre Paris",
    "Kestrel X1 à retirer sur place",
    "Kestrel X1 retrait sur place uniquement",
    "Kestrel X1 pas d'envoi",
    "Kestrel X1 solo ritiro a mano",
    "Kestrel X1 ritiro a mano Milano",
    "Kestrel X1 solo ritiro",
    "Kestrel X1 no spedizione",
    "Kestrel X1 consegna a mano",
    "Kestrel X1 sólo recogida en mano",
    "Kestrel X1 solo recogida",
    "Kestrel X1 recogida local",
    "Kestrel X1 no envío",
    "Kestrel X1 no hago envíos",
    "Kestrel X1 sin envío",
    "Kestrel X1 alleen ophalen",
    "Kestrel X1 alleen afhalen",
    "Kestrel X1 ophalen in Utrecht",
    "Kestrel X1 Uitsluitend af te halen",
    "Kestrel X1 geen verzending",
    "Kestrel X1 tylko odbiór osobisty",
    "Kestrel X1 odbiór osobisty Warszawa",
    "Kestrel X1 wyłącznie odbiór",
    "Kestrel X1 bez wysyłki",
    "PICKUP ONLY Kestrel X1",
    "Kestrel X1 Local Pick Up",
    "Kestrel X1 enlèvement sur place",
    "Kestrel X1 nur zur Abholung",
    "Kestrel X1 PICKUP IN STORE ONLY",
    "Kestrel X1 *COLLECTION ONLY*",
    "Kestrel X1 for pick up only in Boston",
    "Kestrel X1 delivery not possible",
    "Kestrel X1 no delivery",
    "Kestrel X1 does not ship",
    "Kestrel X1 local collection only",
]
SENT = [
    "Kestrel X1 teal",
    "Fender Stratocaster neck pickup",
    "Seymour Duncan bridge pickup only",
    "Ford F-150 pickup truck",
    "Kestrel X1 free shipping",
    "Kestrel X1 no shipping costs",
    "Kestrel X1 pickup or shipping",
    "Kestrel X1 local pickup available",
    "Kestrel X1 local pickup or ship",
    "Kestrel X1 keine Versandkosten",
    "Kestrel X1 Versand möglich, auch Abholung",
    "Kestrel X1 Abholung oder Versand",
    "Kestrel X1 Abholung möglich",
    "Kestrel X1 no shipping to Alaska",
    "Miles Davis Solo Collection CD",
    "The Best Collection 2020",
    "Kestrel X1 from my private collection",
    "Kestrel X1 shipping only, no pickup",
    "Kestrel X1 main propre ou envoi",
    "Kestrel X1 envío gratis",
    "Kestrel X1 spedizione gratuita",
    "Kestrel X1 ritiro a mano o spedizione",
    "Kestrel X1 gratis verzending",
    "Kestrel X1 darmowa wysyłka",
    "Kestrel X1 ships from US only",
    "Kestrel X1 pas cher",
    "Nur Kestrel X1",
    "Kestrel X1 fatto a mano",
    "Kestrel X1 hecho a mano",
    "Kestrel X1 US shipping only",
    "No Post Apocalypse Game",
]


@pytest.mark.parametrize("title", PICKUP_ONLY)
def test_title_says_that_the_item_is_for_pickup_only(title: str) -> None:
    assert says_pickup_only(title)
    assert says_pickup_only(title.upper())
    assert says_pickup_only(title.replace(" ", " - "))


@pytest.mark.parametrize("title", SENT)
def test_other_title_does_not_say_pickup_only(title: str) -> None:
    assert not says_pickup_only(title)
