"""eBay's filter grammar over rows: what is asked, and what is not understood and so not applied."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from watcher.core.marketplaces import currency_of
from watcher.core.times import from_iso
from watcher.demo.refusals import Refused, as_error
from watcher.demo.source import Row
from watcher.demo.summary import CONDITION_NAMES, price_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Test = Callable[[Row], bool] if TYPE_CHECKING else object

_PART = re.compile(r"\s*(\w+)\s*:\s*(\{[^}]*\}|\[[^\]]*\]|[^,]*?)\s*(?:,|\Z)")
_RANGE = re.compile(r"\[([^\].]*(?:\.\d[^\].]*)*)(\.\.)?([^\]]*)\]")
_BUYING = {"FIXED_PRICE", "AUCTION", "BEST_OFFER", "CLASSIFIED_AD"}
_NEW = {"1000", "1500", "1750"}
_ID_OF_TEXT = {text: condition_id for condition_id, text in CONDITION_NAMES.items()}
_WITH_ACCOUNT_TYPES = {f"EBAY_{c}" for c in "AT BE CH DE ES FR GB IE IT PL".split()}
_MOST_SELLERS = 250
# Known to eBay and true of every row here, so there is nothing to test.
_ALWAYS = {
    "deliveryCountry",
    "deliveryOptions",
    "returnsAccepted",
    "searchInDescription",
    "guaranteedDeliveryInDays",
    "priceCurrency",
    "pickupPostalCode",
    "pickupRadius",
    "pickupRadiusUnit",
}
_PICKUP = ("pickupCountry", "pickupPostalCode", "pickupRadius", "pickupRadiusUnit")
