"""The titles that sellers of the simulated market write, and the prices they ask."""

from __future__ import annotations

from random import Random

from watcher.demo import catalogue
from watcher.demo.catalogue import Grade, Product
from watcher.demo.listings import Creation, DemoKind

MAX_TITLE_CHARACTERS = 80
_LOT_SIZES = (2, 3, 4, 5, 10)
# The phrases of a kind, and the lowest and the highest price as a share of the true one.
_PHRASES_AND_SHARES = {
    DemoKind.PARTS: (catalogue.PARTS_PHRASES, 0.2, 0.55),
    DemoKind.BOX: (catalogue.BOX_PHRASES, 0.02, 0.12),
    DemoKind.PRESALE: (catalogue.PRESALE_PHRASES, 1.5, 10.0),
    DemoKind.GROUP: (catalogue.CHOICE_PHRASES, 0.3, 1.0),
}


def write_title(dice: Random, creation: Creation, kind: DemoKind, grade: Grade) -> tuple[str, float]:
    """Return a listing's title and its price as a share of the product's true price."""
    product = creation.product
    name = dice.choice(product.names)
    match kind:
        case DemoKind.OTHER:
            title, share = dice.choice(product.other_models)
            return _decorate(dice, title, product), share * dice.uniform(0.9, 1.25)
        case DemoKind.ACCESSORY:
            title, share = dice.choice(product.accessories)
            return _decorate(dice, title, product), share * dice.uniform(0.6, 1.6)
        case DemoKind.LOT:
            n = dice.choice(_LOT_SIZES)
            return _fill(dice.choice(catalogue.LOT_PHRASES), name, n), n * dice.uniform(0.75, 1.0)
        case DemoKind.COPY:
            copies = catalogue.COPY_PHRASES.get(product.category, catalogue.OTHER_COPY_PHRASES)
            return _fill(dice.choice(copies), name), dice.uniform(0.01, 0.2)
        case DemoKind.PARTS | DemoKind.BOX | DemoKind.PRESALE | DemoKind.GROUP:
            phrases, lowest, highest = _PHRASES_AND_SHARES[kind]
            return _fill(dice.choice(phrases), name), dice.uniform(lowest, highest)
    return _decorate(dice, name, product, grade.note), creation.stay.ratio * grade.worth


def _decorate(dice: Random, title: str, product: Product, note: str = "") -> str:
    extra = dice.choice(product.extras) if dice.random() < 0.7 else ""
    parts = (title, note, extra, dice.choice(catalogue.ADVERTISING))
    return " ".join(part for part in parts if part)[:MAX_TITLE_CHARACTERS].rstrip()


def _fill(pattern: str, name: str, n: int = 1) -> str:
    return pattern.replace("{n}", str(n)).replace("{}", name)[:MAX_TITLE_CHARACTERS].rstrip()
