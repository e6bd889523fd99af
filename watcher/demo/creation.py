"""How a listing of the simulated market comes about, with the quirks of recorded ones."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from watcher.core.marketplaces import CURRENCIES
from watcher.core.times import DAY
from watcher.demo import catalogue
from watcher.demo.listings import Creation, DemoKind, DemoListing
from watcher.demo.source import DemoRow, query_words
from watcher.demo.summary import wire_date, wire_money
from watcher.demo.wording import FLOOR, write_title

if TYPE_CHECKING:
    from watcher.demo.catalogue import Grade

# In the proportions of recorded searches: a third of what a query finds is something else.
_KINDS = {
    DemoKind.GENUINE: 66.0,
    DemoKind.LOT: 3.0,
    DemoKind.PARTS: 5.0,
    DemoKind.BOX: 3.0,
    DemoKind.OTHER: 9.0,
    DemoKind.ALONG: 7.0,
    DemoKind.COPY: 2.5,
    DemoKind.PRESALE: 1.0,
    DemoKind.GROUP: 3.5,
}
# US dollars for one unit; fixed, so that the same seed is the same market for ever.
_RATES = {
    "USD": 1.0,
    "EUR": 1.1,
    "GBP": 1.28,
    "CAD": 0.735,
    "AUD": 0.66,
    "CHF": 1.14,
    "PLN": 0.26,
    "HKD": 0.128,
    "SGD": 0.75,
    "MYR": 0.22,
    "PHP": 0.0175,
    "TWD": 0.031,
    "THB": 0.029,
    "VND": 0.00004,
}
_SITES = {"US": "com", "MOTORS_US": "com", "GB": "co.uk", "AU": "com.au", "HK": "com.hk", "SG": "com.sg"}
_ABROAD = (("CA", "CAD"), ("AU", "AUD"), ("GB", "GBP"), ("IT", "EUR"), ("US", "USD"))
_USED, _NEW, _PARTS = (
    catalogue.Grade("3000", "Used", 1),
    catalogue.Grade("1000", "New", 1),
    catalogue.Grade("7000", "For parts or not working", 1),
)


def make_listing(birth: Creation) -> DemoListing:
    """The listing of that birth."""
    dice = Random(birth.seed)
    kind = DemoKind.BARGAIN if birth.cut_at is not None else dice.choices([*_KINDS], [*_KINDS.values()])[0]
    return _Maker(birth, dice, kind).make()


class _Maker:
    """One listing in the making. The order of its throws is part of what a seed means."""

    def __init__(self, birth: Creation, dice: Random, kind: DemoKind) -> None:
        self.birth, self.dice, self.kind = birth, dice, kind
        self.product = birth.product
        self.currency = CURRENCIES[birth.marketplace]
        self.grade = self._grade()
        self.title, self.share = write_title(dice, birth.product, kind, self.grade)
        self.postage = self._postage()
        self.country, self.origin = self._country()
        self.cents = dice.choice((0.0, 0.0, 0.99, 0.99, 0.95, 0.5))

    def make(self) -> DemoListing:
        """Put it together."""
        birth, dice, kind = self.birth, self.dice, self.kind
        base = self._base()
        auction = kind not in (DemoKind.GROUP, DemoKind.BARGAIN) and dice.random() < 0.08
        versions = self._auction(base) if auction else self._fixed(base)
        rank = dice.random()
        return DemoListing(
            kind=kind,
            born=birth.born,
            ends=birth.ends,
            rank=rank * 0.6 if kind is DemoKind.BARGAIN or base["priorityListing"] else rank,
            twice=dice.random() < 0.06,
            sells=kind is DemoKind.BARGAIN or dice.random() < 0.6,
            words=query_words(self.title),
            starts=tuple(start for start, _ in versions),
            rows=tuple(row for _, row in versions),
        )

    def _grade(self) -> Grade:
        if self.kind is DemoKind.BARGAIN:
            return self.product.grades[0]
        if self.kind is DemoKind.PARTS:
            return _PARTS if self.dice.random() < 0.8 else _USED
        if self.kind in (DemoKind.BOX, DemoKind.COPY, DemoKind.ALONG):
            return self.dice.choice((_USED, _NEW))
        grades = self.product.grades
        return self.dice.choices(grades, [grade.often for grade in grades])[0]

    def _postage(self) -> tuple[str, float | None] | None:
        """How the shipping is told, its cost in US dollars; None where it is not told at all."""
        usual = self.product.postage * min(1.0, 0.4 + self.share)
        throw = self.dice.random()
        if self.kind is DemoKind.BARGAIN:
            return "FIXED", 0.0 if throw < 0.6 else usual
        if throw < 0.05:
            return None
        if throw < 0.19:
            return "CALCULATED", None
        if throw < 0.195:
            return "CALCULATED", usual
        return "FIXED", 0.0 if throw < 0.72 else usual * self.dice.uniform(0.6, 1.5)

    def _country(self) -> tuple[str, str]:
        """Where it is, and the currency it was priced in."""
        home = self.birth.marketplace.rpartition("_")[2]
        if self.dice.random() < 0.027 and self.kind is not DemoKind.BARGAIN:
            return self.dice.choice([pair for pair in _ABROAD if pair[1] != self.currency])
        return self.dice.choices((home, "CN", "JP", "IT"), (72, 20, 5, 3))[0], self.currency

    def _base(self) -> DemoRow:
        """The fields that stay the same."""
        birth, dice, product = self.birth, self.dice, self.product
        variation = dice.randrange(10**11, 10**12) if self.kind is DemoKind.GROUP else 0
        item, site = birth.legacy_id, birth.marketplace.removeprefix("EBAY_")
        picture = f"{dice.getrandbits(72):018x}"
        score = int(dice.lognormvariate(6, 2))
        row: DemoRow = {
            "itemId": f"v1|{item}|{variation}",
            "title": self.title,
            "leafCategoryIds": [product.aisle[0][0]],
            "categories": [{"categoryId": c, "categoryName": name} for c, name in product.aisle],
            "image": {"imageUrl": f"https://i.ebayimg.com/images/g/{picture}/s-l225.jpg"},
            "itemHref": f"https://api.ebay.com/buy/browse/v1/item/v1%7C{item}%7C{variation}",
            "seller": {
                "username": f"seller-{dice.getrandbits(24):06x}",
                "feedbackPercentage": f"{min(100.0, dice.uniform(96, 101)):.1f}",
                "feedbackScore": score,
            },
            "condition": self.grade.text,
            "conditionId": self.grade.condition_id,
            "thumbnailImages": [{"imageUrl": f"https://i.ebayimg.com/images/g/{picture}/s-l960.jpg"}],
            "itemWebUrl": f"https://www.ebay.{_SITES.get(site, site.lower())}/itm/{item}",
            "itemLocation": {"country": self.country},
            "adultOnly": False,
            "legacyItemId": item,
            "availableCoupons": dice.random() < 0.03,
            "itemOriginDate": wire_date(birth.born),
            "itemCreationDate": wire_date(birth.born),
            "topRatedBuyingExperience": score > 500 and dice.random() < 0.6,
            "priorityListing": dice.random() < 0.15,
            "listingMarketplaceId": birth.marketplace,
        }
        if variation:
            row["itemGroupHref"] = (
                f"https://api.ebay.com/buy/browse/v1/item/get_items_by_item_group?item_group_id={item}"
            )
            row["itemGroupType"] = "SELLER_DEFINED_VARIATIONS"
        self._sometimes(row)
        return row

    def _sometimes(self, row: DemoRow) -> None:
        """What real rows have or lack now and then."""
        dice = self.dice
        if dice.random() < 0.5:
            row["epid"] = str(dice.randrange(10**9, 10**10))
        if dice.random() < 0.88:
            pictures = (f"{dice.getrandbits(72):018x}" for _ in range(dice.randint(1, 4)))
            row["additionalImages"] = [
                {"imageUrl": f"https://i.ebayimg.com/images/g/{picture}/s-l225.jpg"} for picture in pictures
            ]
        if self.country == "US" and dice.random() < 0.8:
            row["itemLocation"] = {"postalCode": f"{dice.randrange(10, 999):03d}**", "country": "US"}
        if dice.random() < 0.04:
            row["pickupOptions"] = [{"pickupLocationType": "ARRANGED_LOCATION"}]
        if self.kind is DemoKind.BARGAIN:
            return
        for lacking, often in (("image", 0.005), ("conditionId", 0.006), ("listingMarketplaceId", 0.012)):
            if dice.random() < often:
                del row[lacking]

    def _fixed(self, base: DemoRow) -> list[tuple[float, DemoRow]]:
        """A fixed price that its seller may lower a few times."""
        dice, birth = self.dice, self.birth
        offers = ["FIXED_PRICE", "BEST_OFFER"] if dice.random() < 0.45 else ["FIXED_PRICE"]
        base |= {"buyingOptions": offers, **self._shipping()}
        if dice.random() < 0.05:  # a listing that renews itself every month tells the next time
            base["itemEndDate"] = wire_date(birth.born + 30 * DAY)
        asked = birth.level * self.share
        if self.kind is DemoKind.BARGAIN:
            return self._bargain(base, asked)
        floor = birth.level * self.grade.worth * FLOOR if self.kind is DemoKind.GENUINE else 0.0
        moments = sorted(dice.random() for _ in range(dice.choices((0, 1, 2, 3), (55, 25, 15, 5))[0]))
        versions: list[tuple[float, DemoRow]] = [(birth.born, {**base, "price": self._price(asked)})]
        if dice.random() < 0.1:
            versions[0][1]["marketingPrice"] = self._was(asked * 1.1, asked)
        for moment in moments:
            now = max(floor, asked * dice.uniform(0.91, 0.98))
            row: DemoRow = {**base, "price": self._price(now)}
            if dice.random() < 0.3 and now < asked:
                row["marketingPrice"] = self._was(asked, now)
            versions.append((birth.born + moment * (birth.ends - birth.born), row))
            asked = now
        return versions

    def _bargain(self, base: DemoRow, asked: float) -> list[tuple[float, DemoRow]]:
        """From `cut_at` on 57 to 73 % of the true price; before that what others ask."""
        birth = self.birth
        cut_at = birth.born if birth.cut_at is None else birth.cut_at
        bargain = {**base, "price": self._price(birth.level * self.dice.uniform(0.57, 0.73))}
        if cut_at <= birth.born:
            return [(birth.born, bargain)]
        return [(birth.born, {**base, "price": self._price(asked)}), (cut_at, bargain)]

    def _auction(self, base: DemoRow) -> list[tuple[float, DemoRow]]:
        """Bids that come mostly near the end; one in eight can be bought now, until bids are high."""
        dice, birth = self.dice, self.birth
        buy_now = birth.level * self.share if dice.random() < 0.125 else None
        if dice.random() < 0.75:  # most auctions weigh the parcel later
            self.postage = ("CALCULATED", None)
        base |= {"itemEndDate": wire_date(birth.ends), **self._shipping()}
        first = dice.choice((0.99, 9.99, birth.level * self.share * 0.3))
        last = birth.level * self.share * dice.uniform(0.6, 0.95)
        count = dice.choice((0, 0, 1, 3, 6, 12, 20)) if last > first else 0
        moments = sorted(dice.random() ** 0.4 for _ in range(count))
        versions = []
        for number, moment in enumerate((0.0, *moments)):
            bid = first + (last - first) * (number / count) ** 1.5 if count else first
            row = {**base, "bidCount": number, "currentBidPrice": self._money(bid)}
            if buy_now is not None and bid < buy_now / 2:
                row |= {"price": self._price(buy_now), "buyingOptions": ["FIXED_PRICE", "AUCTION"]}
            else:
                row["buyingOptions"] = ["AUCTION"]
            versions.append((birth.born + moment * (birth.ends - birth.born), row))
        return versions

    def _price(self, total: float) -> dict[str, str]:
        """The price of what costs `total` dollars with its postage, as sellers round it."""
        price = max(0.99, total - (self.postage[1] or 0.0 if self.postage else 0.0))
        if price > 20:
            price = int(price) + self.cents
        return self._money(price)

    def _was(self, before: float, now: float) -> DemoRow:
        """The marked-down price of what costs `now` dollars and was `before`."""
        return {
            "originalPrice": self._price(before),
            "discountPercentage": f"{100 * (1 - now / before):.0f}",
            "discountAmount": self._money(before - now),
            "priceTreatment": "MARKDOWN",
        }

    def _money(self, dollars: float) -> dict[str, str]:
        """Dollars in the market's currency, and in the seller's own where that is another."""
        money = wire_money(dollars / _RATES[self.currency], self.currency)
        if self.origin != self.currency:
            own = wire_money(dollars / _RATES[self.origin], self.origin)
            money |= {"convertedFromValue": own["value"], "convertedFromCurrency": self.origin}
        return money

    def _shipping(self) -> DemoRow:
        if self.postage is None:
            return {}
        how, cost = self.postage
        option: DemoRow = {"shippingCostType": how}
        if cost is not None:
            option["shippingCost"] = self._money(cost)
        if self.dice.random() < 0.25:
            option["minEstimatedDeliveryDate"] = wire_date(self.birth.ends + 3 * DAY)
            option["maxEstimatedDeliveryDate"] = wire_date(self.birth.ends + 7 * DAY)
        return {"shippingOptions": [option]}
