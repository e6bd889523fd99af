"""Creation of listings for the simulated market, with the quirks of recorded ones."""

from __future__ import annotations

from random import Random

from watcher.core.marketplaces import CURRENCIES
from watcher.core.times import DAY
from watcher.demo import catalogue
from watcher.demo.catalogue import Grade
from watcher.demo.listings import Creation, DemoKind, DemoListing
from watcher.demo.seller_titles import write_title
from watcher.demo.source import DemoRow, query_words
from watcher.demo.summary import wire_date, wire_money

# In percent, as in recorded searches: a third of what a query finds is not the item.
_KIND_WEIGHTS = {
    DemoKind.GENUINE: 66.0,
    DemoKind.LOT: 3.0,
    DemoKind.PARTS: 5.0,
    DemoKind.BOX: 3.0,
    DemoKind.OTHER: 9.0,
    DemoKind.ACCESSORY: 7.0,
    DemoKind.COPY: 2.5,
    DemoKind.PRESALE: 1.0,
    DemoKind.GROUP: 3.5,
}
# US dollars per unit; fixed, so that the same seed always gives the same market.
_DOLLARS_PER_UNIT = {
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
_SITE_TLDS = {
    "US": "com",
    "MOTORS_US": "com",
    "GB": "co.uk",
    "AU": "com.au",
    "HK": "com.hk",
    "SG": "com.sg",
}
_FOREIGN_SELLERS = (("CA", "CAD"), ("AU", "AUD"), ("GB", "GBP"), ("IT", "EUR"), ("US", "USD"))
_USED, _NEW, _PARTS = (
    catalogue.Grade("3000", "Used", 1),
    catalogue.Grade("1000", "New", 1),
    catalogue.Grade("7000", "For parts or not working", 1),
)


def make_listing(creation: Creation) -> DemoListing:
    """Create the listing that `creation` determines."""
    dice = Random(creation.seed)
    bargain = creation.bargain_at is not None
    kind = DemoKind.BARGAIN if bargain else dice.choices([*_KIND_WEIGHTS], [*_KIND_WEIGHTS.values()])[0]
    return _ListingMaker(creation, dice, kind).make()


class _ListingMaker:
    """Makes one listing. The order of the random draws determines the market of a seed."""

    def __init__(self, creation: Creation, dice: Random, kind: DemoKind) -> None:
        self.creation, self.dice, self.kind = creation, dice, kind
        self.product = creation.product
        self.currency = CURRENCIES[creation.marketplace]
        self.grade = self._draw_grade()
        self.title, self.share = write_title(dice, creation, kind, self.grade)
        self.shipping = self._draw_shipping()
        self.country, self.seller_currency = self._draw_country()
        self.cents = dice.choice((0.0, 0.0, 0.99, 0.99, 0.95, 0.5))

    def make(self) -> DemoListing:
        """Return the listing."""
        creation, dice, kind = self.creation, self.dice, self.kind
        base = self._make_base()
        auction = kind not in (DemoKind.GROUP, DemoKind.BARGAIN) and dice.random() < 0.08
        versions = self._make_auction(base) if auction else self._make_fixed_price(base)
        rank = dice.random()
        return DemoListing(
            kind=kind,
            starts_at=creation.starts_at,
            ends_at=creation.ends_at,
            rank=rank * 0.6 if kind is DemoKind.BARGAIN or base["priorityListing"] else rank,
            duplicated=dice.random() < 0.06,
            outcome=creation.stay.outcome,
            words=query_words(self.title),
            row_starts=tuple(start for start, _ in versions),
            rows=tuple(row for _, row in versions),
        )

    def _draw_grade(self) -> Grade:
        if self.kind is DemoKind.BARGAIN:
            return self.product.grades[0]
        if self.kind is DemoKind.PARTS:
            return _PARTS if self.dice.random() < 0.8 else _USED
        if self.kind in (DemoKind.BOX, DemoKind.COPY, DemoKind.ACCESSORY):
            return self.dice.choice((_USED, _NEW))
        grades = self.product.grades
        return self.dice.choices(grades, [grade.frequency for grade in grades])[0]

    def _draw_shipping(self) -> tuple[str, float | None] | None:
        """Return the type of shipping and its cost in US dollars, or None if the row has no shipping."""
        usual = self.product.shipping * min(1.0, 0.4 + self.share)
        draw = self.dice.random()
        if self.kind is DemoKind.BARGAIN:
            return "FIXED", 0.0 if draw < 0.6 else usual
        if draw < 0.05:
            return None
        if draw < 0.19:
            return "CALCULATED", None
        if draw < 0.195:
            return "CALCULATED", usual
        return "FIXED", 0.0 if draw < 0.72 else usual * self.dice.uniform(0.6, 1.5)

    def _draw_country(self) -> tuple[str, str]:
        """Return the item's country and the currency of its seller."""
        home = self.creation.marketplace.rpartition("_")[2]
        if self.dice.random() < 0.027 and self.kind is not DemoKind.BARGAIN:
            return self.dice.choice([pair for pair in _FOREIGN_SELLERS if pair[1] != self.currency])
        return self.dice.choices((home, "CN", "JP", "IT"), (72, 20, 5, 3))[0], self.currency

    def _make_base(self) -> DemoRow:
        """Return the fields that do not change over time."""
        creation, dice, product = self.creation, self.dice, self.product
        variation = dice.randrange(10**11, 10**12) if self.kind is DemoKind.GROUP else 0
        item, site = creation.legacy_id, creation.marketplace.removeprefix("EBAY_")
        shown = "box" if self.kind is DemoKind.BOX else product.drawing
        picture = f"{shown}-{dice.getrandbits(72):018x}"
        score = int(dice.lognormvariate(6, 2))
        row: DemoRow = {
            "itemId": f"v1|{item}|{variation}",
            "title": self.title,
            "leafCategoryIds": [product.ebay_categories[0][0]],
            "categories": [{"categoryId": c, "categoryName": name} for c, name in product.ebay_categories],
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
            "itemWebUrl": f"https://www.ebay.{_SITE_TLDS.get(site, site.lower())}/itm/{item}",
            "itemLocation": {"country": self.country},
            "adultOnly": False,
            "legacyItemId": item,
            "availableCoupons": dice.random() < 0.03,
            "itemOriginDate": wire_date(creation.starts_at),
            "itemCreationDate": wire_date(creation.starts_at),
            "topRatedBuyingExperience": score > 500 and dice.random() < 0.6,
            "priorityListing": dice.random() < 0.15,
            "listingMarketplaceId": creation.marketplace,
        }
        if variation:
            row["itemGroupHref"] = (
                f"https://api.ebay.com/buy/browse/v1/item/get_items_by_item_group?item_group_id={item}"
            )
            row["itemGroupType"] = "SELLER_DEFINED_VARIATIONS"
        self._add_quirks(row)
        return row

    def _add_quirks(self, row: DemoRow) -> None:
        """Add and remove fields that some real rows have or lack."""
        dice = self.dice
        if dice.random() < 0.5:
            row["epid"] = str(dice.randrange(10**9, 10**10))
        if dice.random() < 0.88:
            pictures = (
                f"{self.product.drawing}-{dice.getrandbits(72):018x}" for _ in range(dice.randint(1, 4))
            )
            row["additionalImages"] = [
                {"imageUrl": f"https://i.ebayimg.com/images/g/{picture}/s-l225.jpg"} for picture in pictures
            ]
        if self.country == "US" and dice.random() < 0.8:
            row["itemLocation"] = {"postalCode": f"{dice.randrange(10, 999):03d}**", "country": "US"}
        if dice.random() < 0.04:
            row["pickupOptions"] = [{"pickupLocationType": "ARRANGED_LOCATION"}]
        if self.kind is DemoKind.BARGAIN:
            return
        for missing, probability in (
            ("image", 0.005),
            ("conditionId", 0.006),
            ("listingMarketplaceId", 0.012),
        ):
            if dice.random() < probability:
                del row[missing]

    def _make_fixed_price(self, base: DemoRow) -> list[tuple[float, DemoRow]]:
        """Return the versions of a listing whose seller may lower the price a few times."""
        dice, creation = self.dice, self.creation
        offers = ["FIXED_PRICE", "BEST_OFFER"] if dice.random() < 0.45 else ["FIXED_PRICE"]
        base |= {"buyingOptions": offers, **self._shipping_fields()}
        if dice.random() < 0.05:  # a listing that renews itself every month
            base["itemEndDate"] = wire_date(creation.starts_at + 30 * DAY)
        asked = creation.true_price * self.share
        if self.kind is DemoKind.BARGAIN:
            return self._make_bargain(base, asked)
        versions: list[tuple[float, DemoRow]] = [(creation.starts_at, {**base, "price": self._price(asked)})]
        if dice.random() < 0.1:
            versions[0][1]["marketingPrice"] = self._marked_down(asked * 1.1, asked)
        before = asked
        for after, factor in creation.stay.cuts:
            now = asked * factor
            row: DemoRow = {**base, "price": self._price(now)}
            if dice.random() < 0.3 and now < before:
                row["marketingPrice"] = self._marked_down(before, now)
            versions.append((creation.starts_at + after, row))
            before = now
        return versions

    def _make_bargain(self, base: DemoRow, asked: float) -> list[tuple[float, DemoRow]]:
        """Return the versions: `asked` at first, from `bargain_at` on 57 to 73 % of the true price."""
        creation = self.creation
        bargain_at = creation.starts_at if creation.bargain_at is None else creation.bargain_at
        bargain = {**base, "price": self._price(creation.true_price * self.dice.uniform(0.57, 0.73))}
        if bargain_at <= creation.starts_at:
            return [(creation.starts_at, bargain)]
        return [(creation.starts_at, {**base, "price": self._price(asked)}), (bargain_at, bargain)]

    def _make_auction(self, base: DemoRow) -> list[tuple[float, DemoRow]]:
        """Return the versions of an auction: most bids come near the end, one in eight has Buy It Now."""
        dice, creation = self.dice, self.creation
        buy_now = creation.true_price * self.share if dice.random() < 0.125 else None
        if dice.random() < 0.75:  # most auctions calculate shipping by weight
            self.shipping = ("CALCULATED", None)
        base |= {"itemEndDate": wire_date(creation.ends_at), **self._shipping_fields()}
        first = dice.choice((0.99, 9.99, creation.true_price * self.share * 0.3))
        last = creation.true_price * self.share * dice.uniform(0.6, 0.95)
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
            versions.append((creation.starts_at + moment * (creation.ends_at - creation.starts_at), row))
        return versions

    def _price(self, total: float) -> dict[str, str]:
        """Return the price for a total in US dollars, shipping included, rounded as sellers do."""
        price = max(0.99, total - (self.shipping[1] or 0.0 if self.shipping else 0.0))
        if price > 20:
            price = int(price) + self.cents
        return self._money(price)

    def _marked_down(self, before: float, now: float) -> DemoRow:
        """Return the fields of a price that was lowered from `before` to `now`, in US dollars."""
        return {
            "originalPrice": self._price(before),
            "discountPercentage": f"{100 * (1 - now / before):.0f}",
            "discountAmount": self._money(before - now),
            "priceTreatment": "MARKDOWN",
        }

    def _money(self, dollars: float) -> dict[str, str]:
        """Return US dollars in the market's currency, and in the seller's if that differs."""
        money = wire_money(dollars / _DOLLARS_PER_UNIT[self.currency], self.currency)
        if self.seller_currency != self.currency:
            own = wire_money(dollars / _DOLLARS_PER_UNIT[self.seller_currency], self.seller_currency)
            money |= {"convertedFromValue": own["value"], "convertedFromCurrency": self.seller_currency}
        return money

    def _shipping_fields(self) -> DemoRow:
        if self.shipping is None:
            return {}
        cost_type, cost = self.shipping
        option: DemoRow = {"shippingCostType": cost_type}
        if cost is not None:
            option["shippingCost"] = self._money(cost)
        if self.dice.random() < 0.25:
            option["minEstimatedDeliveryDate"] = wire_date(self.creation.ends_at + 3 * DAY)
            option["maxEstimatedDeliveryDate"] = wire_date(self.creation.ends_at + 7 * DAY)
        return {"shippingOptions": [option]}
