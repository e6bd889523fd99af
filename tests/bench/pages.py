"""Synthetic search pages with the fields, sizes and noise of eBay's, which change a little between polls.

Rows have the fields of real rows with about the same frequency: 1.5 KB of JSON each, without the affiliate
link, which eBay sends only on request.
"""

from __future__ import annotations

import json
import random
import string

from tests.bench.job import Wanted
from tests.bench.queries import FAMILIES

PER_PAGE = 50
CHANGED_PRICES = 2  # per poll, in addition to the new titles

_SAFE = string.ascii_letters + string.digits


class ChangingPage:
    """The listings of one search; `advance` makes the changes between two polls."""

    def __init__(self, wanted: Wanted, seed: int) -> None:
        self._dice = random.Random(seed)
        self._wanted = wanted
        self._family = next(f for f in FAMILIES if f.category == wanted.category)
        self._titles: set[str] = set()
        self._polls = 0
        self._rows = [self._new_row() for _ in range(PER_PAGE)]
        self._texts = [_dump(row) for row in self._rows]

    def advance(self) -> None:
        """Replace 5 % of the listings (two or three) by new ones with new titles; change two prices."""
        self._polls += 1
        new = 2 + self._polls % 2
        for index in sorted(self._dice.sample(range(PER_PAGE), new), reverse=True):
            del self._rows[index], self._texts[index]
        for _ in range(new):
            row, index = self._new_row(), self._dice.randrange(len(self._rows) + 1)
            self._rows.insert(index, row)
            self._texts.insert(index, _dump(row))
        priced = [i for i, row in enumerate(self._rows) if "price" in row]
        for i in self._dice.sample(priced, CHANGED_PRICES):
            price = self._rows[i]["price"]
            price["value"] = f"{float(price['value']) * self._dice.uniform(0.94, 1.05):.2f}"
            self._texts[i] = _dump(self._rows[i])

    def body(self) -> bytes:
        """Return the body of the answer, one page with all listings."""
        q = self._wanted.query.replace(" ", "+")
        href = f"https://api.ebay.com/buy/browse/v1/item_summary/search?q={q}&limit={PER_PAGE}&offset=0"
        head = f'{{"href":"{href}","total":{PER_PAGE},"limit":{PER_PAGE},"offset":0,"itemSummaries":['
        return (head + ",".join(self._texts) + "]}").encode()

    def _new_row(self) -> dict:
        dice = self._dice
        number = str(dice.randrange(10**11, 10**12))
        title, kind = self._title()
        row = {"itemId": f"v1|{number}|0", "title": title, "leafCategoryIds": [self._family.path[0][0]]}
        row["categories"] = [{"categoryId": i, "categoryName": name} for i, name in self._family.path]
        picture = self._picture()
        row["image"] = {"imageUrl": picture + "s-l225.jpg"}
        row.update(self._price(kind))
        row["itemHref"] = f"https://api.ebay.com/buy/browse/v1/item/v1%7C{number}%7C0"
        row["seller"] = {
            "username": self._letters(12).lower(),
            "feedbackPercentage": f"{dice.uniform(97, 100):.1f}",
            "feedbackScore": int(dice.paretovariate(0.5)),
        }
        row["condition"], row["conditionId"] = _condition(kind, dice)
        row["thumbnailImages"] = [{"imageUrl": picture + "s-l1600.jpg"}]
        if dice.random() < 0.94:
            row["shippingOptions"] = [self._shipping()]
        row.update(self._other_fields(number, kind))
        return row

    def _title(self) -> tuple[str, str]:
        """Return a new title of at most 80 characters, and the kind of listing."""
        dice, words = self._dice, self._wanted.query.title().split()
        kind = dice.choices(
            ("match", "other", "parts", "lot", "group", "hybrid", "auction"), (74, 11, 6, 4, 2, 1, 2)
        )[0]
        if kind == "other":
            words[dice.randrange(len(words))] = self._letters(4).upper()
        if kind in ("parts", "lot"):
            words.append(
                dice.choice(("Box Only", "For Parts Not Working")) if kind == "parts" else "Lot of 5"
            )
        while True:
            extras = dice.sample(self._family.extras, dice.randrange(2, 6))
            cut = dice.randrange(len(extras))
            title = " ".join((*extras[:cut], *words, *extras[cut:], self._letters(6).upper()))[:80].strip()
            if title not in self._titles:
                self._titles.add(title)
                return title, kind

    def _price(self, kind: str) -> dict:
        dice, typical = self._dice, self._family.price
        factor = {"parts": 0.25, "lot": 4.0, "other": dice.choice((0.7, 1.0, 1.6))}.get(kind, 1.0)
        amount = typical * factor * max(0.5, dice.gauss(1.0, 0.15))
        if kind == "auction":  # eBay sends no price for an auction
            return {}
        price = {"value": f"{amount:.2f}", "currency": "USD"}
        if dice.random() < 0.03:
            price |= {"convertedFromValue": f"{amount * 1.37:.2f}", "convertedFromCurrency": "CAD"}
        if dice.random() > 0.12:
            return {"price": price}
        was, off = amount / 0.8, amount / 0.8 - amount
        reduced = {
            "originalPrice": {"value": f"{was:.2f}", "currency": "USD"},
            "discountPercentage": "20",
            "discountAmount": {"value": f"{off:.2f}", "currency": "USD"},
        }
        return {"price": price, "marketingPrice": reduced}

    def _shipping(self) -> dict:
        dice = self._dice
        if dice.random() < 0.15:
            return {"shippingCostType": "CALCULATED"}
        cost = dice.choice(("0.00", "0.00", "0.00", "4.99", "8.50", "12.95"))
        option = {"shippingCostType": "FIXED", "shippingCost": {"value": cost, "currency": "USD"}}
        if dice.random() < 0.35:
            option["minEstimatedDeliveryDate"] = self._date()
            option["maxEstimatedDeliveryDate"] = self._date()
        return option

    def _other_fields(self, number: str, kind: str) -> dict:
        dice = self._dice
        offer = ["FIXED_PRICE", "BEST_OFFER"] if dice.random() < 0.44 else ["FIXED_PRICE"]
        row: dict = {"buyingOptions": offer}
        if kind in ("auction", "hybrid"):
            row["buyingOptions"] = ["AUCTION"] if kind == "auction" else ["FIXED_PRICE", "AUCTION"]
            bid = {"value": f"{self._family.price * dice.uniform(0.2, 0.8):.2f}", "currency": "USD"}
            row |= {"bidCount": dice.randrange(15), "currentBidPrice": bid, "itemEndDate": self._date()}
        if dice.random() < 0.5:
            row["epid"] = str(dice.randrange(10**10, 10**11))
        words = self._wanted.query.replace(" ", "+")
        tail = f"hash=item{number[:10]}:g:{self._letters(16)}"
        if dice.random() < 0.1:  # a promoted listing's link carries an opaque blob
            tail += f"&amdata=enc%3A{self._letters(240)}"
        country = dice.choices(("US", "CN", "JP"), (70, 21, 9))[0]
        row["itemWebUrl"] = f"https://www.ebay.com/itm/{number}?_skw={words}&{tail}"
        row["itemLocation"] = {"postalCode": f"{dice.randrange(100, 999)}**", "country": country}
        if pictures := dice.choices((0, 1, 2, 3, 4, 6, 8), (30, 34, 16, 10, 6, 3, 1))[0]:
            row["additionalImages"] = [{"imageUrl": self._picture() + "s-l225.jpg"} for _ in range(pictures)]
        row |= {"adultOnly": False, "legacyItemId": number, "availableCoupons": dice.random() < 0.02}
        row |= {"itemOriginDate": self._date(), "itemCreationDate": self._date()}
        row |= {"topRatedBuyingExperience": dice.random() < 0.2, "priorityListing": dice.random() < 0.2}
        row["listingMarketplaceId"] = "EBAY_US"
        if kind == "group":
            link = f"https://api.ebay.com/buy/browse/v1/item/get_items_by_item_group?item_group_id={number}"
            row |= {"itemGroupHref": link, "itemGroupType": "SELLER_DEFINED_VARIATIONS"}
        if dice.random() < 0.05:
            row["pickupOptions"] = [{"pickupLocationType": "ONSITE"}]
        return row

    def _picture(self) -> str:
        return f"https://i.ebayimg.com/images/g/{self._letters(16)}/"

    def _letters(self, n: int) -> str:
        return "".join(self._dice.choices(_SAFE, k=n))

    def _date(self) -> str:
        d = self._dice
        day = f"2026-{d.randrange(1, 13):02}-{d.randrange(1, 29):02}"
        return f"{day}T{d.randrange(24):02}:{d.randrange(60):02}:{d.randrange(60):02}.000Z"


def _condition(kind: str, dice: random.Random) -> tuple[str, str]:
    if kind == "parts":
        return "For parts or not working", "7000"
    conditions = (
        ("New", "1000"),
        ("Pre-Owned", "3000"),
        ("Open box", "1500"),
        ("Excellent - Refurbished", "2010"),
    )
    return dice.choices(conditions, (42, 43, 11, 4))[0]


def _dump(row: dict) -> str:
    return json.dumps(row, separators=(",", ":"))
