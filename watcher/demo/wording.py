"""What the sellers of the simulated market write over their listings, and what they ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from watcher.demo import catalogue
from watcher.demo.listings import DemoKind

if TYPE_CHECKING:
    from random import Random

    from watcher.demo.catalogue import Grade, Product

# No ordinary listing of the genuine article asks for less than this share of what it is worth.
FLOOR = 0.85
LONGEST_TITLE = 80
_LOT_SIZES = (2, 3, 4, 5, 10)


def write_title(dice: Random, product: Product, kind: DemoKind, grade: Grade) -> tuple[str, float]:
    """The title of a listing, and what its seller asks as a share of the product's true price."""
    name = dice.choice(product.names)
    match kind:
        case DemoKind.OTHER:
            title, share = dice.choice(product.others)
            return _flourish(dice, title, product), share * dice.uniform(0.9, 1.25)
        case DemoKind.ALONG:
            title, share = dice.choice(product.along)
            return _flourish(dice, title, product), share * dice.uniform(0.6, 1.6)
        case DemoKind.LOT:
            n = dice.choice(_LOT_SIZES)
            return _fill(dice.choice(catalogue.LOT_PHRASES), name, n), n * dice.uniform(0.75, 1.0)
        case DemoKind.PARTS:
            return _fill(dice.choice(catalogue.PARTS), name), dice.uniform(0.2, 0.55)
        case DemoKind.BOX:
            return _fill(dice.choice(catalogue.BOXES), name), dice.uniform(0.02, 0.12)
        case DemoKind.COPY:
            copies = catalogue.COPY_PHRASES.get(product.category, catalogue.OTHER_COPIES)
            return _fill(dice.choice(copies), name), dice.uniform(0.01, 0.2)
        case DemoKind.PRESALE:
            return _fill(dice.choice(catalogue.PRESALE_PHRASES), name), dice.uniform(1.5, 10.0)
        case DemoKind.GROUP:
            return _fill(dice.choice(catalogue.CHOICE_PHRASES), name), dice.uniform(0.3, 1.0)
    absurd = dice.uniform(1.6, 3.0) if dice.random() < 0.02 else 1.0
    asked = max(FLOOR, dice.lognormvariate(0.06, 0.12)) * absurd
    return _flourish(dice, name, product, grade.note), asked * grade.worth


def _flourish(dice: Random, title: str, product: Product, note: str = "") -> str:
    extra = dice.choice(product.extras) if dice.random() < 0.7 else ""
    parts = (title, note, extra, dice.choice(catalogue.FLOURISHES))
    return " ".join(part for part in parts if part)[:LONGEST_TITLE].rstrip()


def _fill(pattern: str, name: str, n: int = 1) -> str:
    return pattern.replace("{n}", str(n)).replace("{}", name)[:LONGEST_TITLE].rstrip()
