"""Recorded searches and titles labelled by hand, and the score of a selection against the labels."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from watcher.core.comps import select
from watcher.core.condition_names import condition_id_of
from watcher.core.listing import Condition, Listing
from watcher.core.money import from_wire

EBAY = Path(__file__).resolve().parents[1] / ".." / "shared" / "ebay"
BLIND = Path(__file__).with_name("core") / "titles" / "blind_titles.tsv"
FRESH = BLIND.with_name("fresh_titles.tsv")
SECOND = BLIND.with_name("second_titles.tsv")
KINDS = BLIND.with_name("kind_titles.tsv")
MORE_KINDS = BLIND.with_name("more_kind_titles.tsv")
# Written by a reader who had seen nothing of all this, when the grammar was finished, and run once.
LAST = BLIND.with_name("last_titles.tsv")
MATCH = "match"
# Titles in seven languages, labelled by readers who had not seen the vocabularies, before those were written,
# and split by hash of their queries. The unread half of each is only scored.
LANGUAGES = ("de", "en", "es", "fr", "it", "nl", "pl")
_LANGUAGE_TITLES = BLIND.with_name("languages")

# Searches that were used to write the grammar, and searches that were not.
SEEN = (
    "amd-radeon-rx-7600-xt",
    "amd-radeon-rx-7900-xt",
    "nvidia-a100-sxm",
    "nvidia-geforce-rtx-4080",
    "nvidia-geforce-rtx-5080",
    "nvidia-h100-pcie",
    "nvidia-l40",
    "nvidia-tesla-v100-32gb",
)
HELD_OUT = (
    "amd-radeon-rx-590",
    "amd-radeon-rx-7900-xtx",
    "nvidia-a30",
    "nvidia-geforce-rtx-4070",
    "nvidia-geforce-rtx-5070-ti",
    "nvidia-l4",
)

# Real searches of other trades. Rules may be learned from the first half by hash of their names; the titles,
# labels and errors of the second half are never read, only scored.
_OTHER = sorted(
    (path.stem for path in (EBAY / "other" / "labels").glob("*.tsv")),
    key=lambda name: sha256(name.encode()).hexdigest(),
)
LEARNED_FROM = tuple(_OTHER[: (len(_OTHER) + 1) // 2])
NEVER_READ = tuple(_OTHER[(len(_OTHER) + 1) // 2 :])


class Score(NamedTuple):
    """Numbers of matches kept, other rows kept, and matches dropped."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 1.0

    @property
    def recall(self) -> float:
        return self.right / (self.right + self.missed) if self.right + self.missed else 1.0

    @property
    def f1(self) -> float:
        return 2 * self.right / (2 * self.right + self.wrong + self.missed) if any(self) else 1.0


class Row(NamedTuple):
    """A labelled row. `ambiguous`: either label is acceptable, match or not."""

    label: str
    ambiguous: bool
    total: float | None = None

    @property
    def match(self) -> bool:
        return self.label == MATCH


def score(rows: Iterable[tuple[Row, bool]]) -> Score:
    """Score rows, each with whether it was kept; for an ambiguous row either decision is right."""
    right = wrong = missed = 0
    for row, kept in rows:
        is_match = kept if row.ambiguous else row.match
        right += is_match and kept
        wrong += kept and not is_match
        missed += is_match and not kept
    return Score(right, wrong, missed)


def together(scores: Iterable[Score]) -> Score:
    return Score(*(sum(column) for column in zip(*scores, strict=True)))


def query_of(name: str) -> str:
    return name.replace("-", " ")


def recorded(name: str) -> dict[str, dict[str, Any]]:
    return {row["itemId"]: row for row in json.loads((EBAY / "recorded" / f"{name}.json").read_text("utf-8"))}


def labels(name: str) -> dict[str, dict[str, str]]:
    return {row["itemId"]: row for row in _table(EBAY / "labels" / f"{name}.tsv")}


def rows_of(name: str) -> dict[str, Row]:
    """Return the labelled rows of a recorded search by item id; `total` is None if shipping is unknown."""
    return {
        item: Row(
            row["label"],
            row["note"].startswith("AMBIG(alt=match)") or (row["label"] == MATCH and "AMBIG(" in row["note"]),
            float(row["total_price_usd"]) if row["shipping"] else None,
        )
        for item, row in labels(name).items()
    }


def market(name: str) -> list[Listing]:
    return [listing(row) for row in recorded(name).values()]


def kept_ids(name: str) -> set[str]:
    chosen = select(query_of(name), Condition.ANY, market(name), currency="USD")
    return {x.item_id for x in chosen.kept}


def other_query(name: str) -> str:
    """Return the query of a real search of another trade, as it was typed."""
    for line in (EBAY / "other" / "queries.txt").read_text("utf-8").splitlines():
        if re.sub(r"[^a-z0-9]+", "-", line.casefold()).strip("-") == name:
            return line
    raise KeyError(name)


def other_rows(name: str) -> dict[str, Row]:
    """Return the labelled rows of a real search of another trade by item id."""
    return {
        row["itemId"]: Row(row["label"], row["ambiguous"] == "y", float(row["total_price_usd"] or 0) or None)
        for row in _table(EBAY / "other" / "labels" / f"{name}.tsv")
    }


def other_market(name: str) -> list[Listing]:
    rows = json.loads((EBAY / "other" / "listings" / f"{name}.json").read_text("utf-8"))
    return [listing(row) for row in {row["itemId"]: row for row in rows}.values()]


def blind_titles(table: Path = BLIND) -> Iterator[tuple[str, str, str, Row]]:
    """Yield category, query, title and label; the labels were made without knowledge of the grammar."""
    for row in _table(table):
        yield row["category"], row["query"], row["title"], Row(row["label"], row["note"].startswith("AMBIG"))


def language_titles(language: str, part: str) -> Iterator[tuple[str, str, str, Row]]:
    """Yield marketplace, query, title and label of the "studied" or the "unread" half, or of "second".

    The second sets were written later, by another reader, to be studied; Polish has none.
    """
    for row in _table(_LANGUAGE_TITLES / f"{language}_{part}.tsv"):
        label = Row(row["label"], row["note"].startswith("AMBIG"))
        yield row["marketplace"], row["query"], row["title"], label


def listing(row: Mapping[str, Any]) -> Listing:
    """Return the listing of a recorded row; sources of other trades lack some of the fields."""
    shipping = (row.get("shippingOptions") or [{}])[0]
    cost = shipping.get("shippingCost", {}) if shipping.get("shippingCostType") == "FIXED" else {}
    price, bid = row.get("price", {}), row.get("currentBidPrice", {})
    words = row.get("condition", "")
    return Listing(
        item_id=row["itemId"],
        title=row["title"],
        price=from_wire(price.get("value"), price.get("currency")),
        shipping=from_wire(cost.get("value"), cost.get("currency")),
        condition_id=int(row["conditionId"]) if "conditionId" in row else condition_id_of(words),
        condition=words,
        auction="AUCTION" in row.get("buyingOptions", ()),
        bid=from_wire(bid.get("value"), bid.get("currency")),
        is_group="itemGroupType" in row,
        categories=tuple(c["categoryId"] for c in row.get("categories", ())),
        epid=row.get("epid", ""),
    )


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
