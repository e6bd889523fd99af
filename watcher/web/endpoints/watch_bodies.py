"""The request bodies that describe a watch, and the form of their values for the OpenAPI description.

The values are checked by `core`, as everywhere. A pattern here describes the usual spellings of what `core`
accepts: a value that fits it is accepted, unless it depends on the configuration or on another field.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema
from pydantic.alias_generators import to_camel

from watcher.core.comps import Buying
from watcher.core.countries import COUNTRY_CODES
from watcher.core.listing import Condition
from watcher.core.marketplaces import CURRENCIES
from watcher.core.sellers import MAX_SELLER_LENGTH, MAX_SELLERS, SELLER_NAME
from watcher.core.watch import Certainty, Priority
from watcher.core.watch_input import MAX_EXCLUDED, MAX_LABEL_LENGTH, MAX_QUERY_LENGTH

_CONTROL = r"\u0000-\u001f\u007f-\u009f"
_LETTERS = (
    r"0-9A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0391-\u03a1\u03a3-\u03ce\u0400-\u0481\u05d0-\u05ea"
    r"\u0620-\u064a\u0904-\u0939\u0e01-\u0e30\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3"
)
_QUERY = rf"^(?:[^*{_CONTROL}]*[ ])?(?!-)[^ *{_CONTROL}]*[{_LETTERS}][^*{_CONTROL}]*$"
_VISIBLE = rf"^(?:[^{_CONTROL}]*[!-~{_LETTERS}][^{_CONTROL}]*)?$"
_CATEGORY = rf"^(?:[^|{_CONTROL}]*[{_LETTERS}][^|{_CONTROL}]*)?$"
_PHRASES = rf"^(?:[{_LETTERS}][^,{_CONTROL}]{{0,79}}(?:,[^,{_CONTROL}]{{0,80}}){{0,98}})?$"
_PHRASE = rf"^[{_LETTERS}][^,{_CONTROL}]*$"
_NUMBER = r"(?:[1-9][0-9]{0,8}|[1-9][0-9]{0,2},[0-9]{3})(?:\.[0-9]{2})?"
_CODE = "(?:USD|EUR|GBP|CAD|AUD|CHF|PLN)"
_MONEY = rf"(?:[$€£]?{_NUMBER}|{_NUMBER} {_CODE}|{_CODE} {_NUMBER})"
_DURATION = "[1-9][0-9]{0,3}[smhd]"
_SHARE = r"[1-9][0-9]?(?:\.[0-9]{1,2})?%"
_RULE = (
    rf"^(?:new|(?:below|median-below) {_MONEY}|(?:deal|drop) {_SHARE}|low [1-9][0-9]{{0,3}}d"
    rf"|ending {_DURATION} {_MONEY})?$"
)
NULL = {"type": "null"}


def _text(pattern: str, limit: int = 200) -> dict[str, Any]:
    return {"type": "string", "maxLength": limit, "pattern": pattern}


QUERY = _text(_QUERY, MAX_QUERY_LENGTH) | {"minLength": 1, "examples": ["omega speedmaster 3570.50"]}
CATEGORY = _text(_CATEGORY, MAX_LABEL_LENGTH)
CONDITION = {"type": "string", "enum": [*map(str, Condition), ""]}
MARKETPLACE = {"type": "string", "enum": [*CURRENCIES, ""]}
LABEL_TEXT = _text(_VISIBLE, MAX_LABEL_LENGTH)
DURATION = _text(f"^{_DURATION}$", 40)
ANY_DURATION = _text(f"^(?:{_DURATION})?$", 40)
REASON = _text(rf"^[^{_CONTROL}]*[!-~{_LETTERS}][^{_CONTROL}]*$", 500)
ANY_ITEM = _text(
    r"^(?:v1\|[0-9]{1,19}\|[0-9]{1,19}|[0-9]{1,19}|https://www\.ebay\.com/itm/[0-9]{1,19})?$", 500
)
ANY_INSTANT = _text(
    r"^(?:20[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])T(?:[01][0-9]|2[0-3]):[0-5][0-9]Z)?$", 40
)
_AMOUNT = _text(rf"^(?:{_MONEY})?$")
_WHOLE_AMOUNT = {"type": "integer", "minimum": 1, "maximum": 10**9}
_CENTS = {"type": "number", "exclusiveMinimum": 0, "maximum": 10**9, "multipleOf": 0.01}
MONEY_VALUES = (_AMOUNT, _WHOLE_AMOUNT, _CENTS, NULL)
_TO = _text("^(?:#?[0-9A-Za-z][0-9A-Za-z_-]*)?$", MAX_LABEL_LENGTH)
_COUNT = {"type": "integer", "minimum": 0, "maximum": 999_999_999}
PHRASE_LIST = _text(_PHRASES, 8_000)
_WORDS = {"type": "array", "maxItems": MAX_EXCLUDED, "items": _text(_PHRASE, MAX_LABEL_LENGTH)}
_SELLER_LIST = _text(rf"^(?:{SELLER_NAME}(?:,{SELLER_NAME}){{0,{MAX_SELLERS - 1}}})?$", 17_000)
_SELLERS = {"type": "array", "maxItems": MAX_SELLERS, "items": _text(f"^{SELLER_NAME}$", MAX_SELLER_LENGTH)}
_COUNTRY = {"type": "string", "enum": [*sorted(COUNTRY_CODES), "UK", ""]}


def described(*schemas: dict[str, Any]) -> WithJsonSchema:
    """Return the annotation that describes a value as one of these."""
    return WithJsonSchema(schemas[0] if len(schemas) == 1 else {"anyOf": list(schemas)})


_OBJECT: dict[str, Any] = {
    "additionalProperties": False,
    # A watch has one rule, and `below` is shorthand for one.
    "anyOf": [{"properties": {name: {"enum": ["", None]}}} for name in ("below", "rule")],
}


NEW_WATCH = {
    "query": "omega speedmaster 3570.50",
    "category": "watches",
    "below": 3000,
    "exclude": "strap, box only",
}
"""An example of a new watch."""


class WatchBody(BaseModel):
    """The fields of a watch, as in `watcher watch add`; null and "" mean the default."""

    model_config = ConfigDict(
        extra="allow", alias_generator=to_camel, populate_by_name=True, strict=True, json_schema_extra=_OBJECT
    )

    category: Annotated[Any, described(CATEGORY, NULL)] = Field(None, examples=["cameras"])
    below: Annotated[Any, described(_AMOUNT, _WHOLE_AMOUNT, _CENTS, NULL)] = Field(
        None,
        description='Alert at or below this total: 50, "49.90", "EUR 50"; not with more decimals than the '
        "currency has.",
    )
    rule: Annotated[Any, described(_text(_RULE), NULL)] = Field(
        None, description="Any other rule: new, deal 70%, low 90d, drop 15%, …"
    )
    condition: Annotated[Any, described(CONDITION, NULL)] = Field(
        None, description="new, refurbished, used or any."
    )
    exclude: Annotated[Any, described(PHRASE_LIST, _WORDS, NULL)] = Field(
        None, description="Words or phrases that disqualify a title."
    )
    buying: Annotated[Any, described({"type": "string", "enum": [*map(str, Buying), ""]}, NULL)] = Field(
        None, description="fixed, auction or any."
    )
    min_feedback: Annotated[Any, described(_COUNT, _text("^(?:[0-9]{1,9})?$"), NULL)] = Field(
        None, description="The seller's minimum feedback score."
    )
    from_country: Annotated[Any, described(_COUNTRY, NULL)] = Field(
        None, description="A country of ISO 3166: US, DE, …"
    )
    marketplace: Annotated[Any, described(MARKETPLACE, NULL)] = Field(
        None, description="EBAY_US, EBAY_GB, EBAY_DE, …"
    )
    unknown_shipping: Annotated[
        Any, described({"enum": ["assume", "skip"]}, _AMOUNT, _WHOLE_AMOUNT, _CENTS, NULL)
    ] = Field(None, description="assume, skip, or an amount.")
    certainty: Annotated[Any, described({"type": "string", "enum": [*map(str, Certainty), ""]}, NULL)] = (
        Field(None, description="Which listings may alert: sure, or also likely ones (likely).")
    )
    every: Annotated[Any, described(ANY_DURATION, NULL)] = Field(
        None, description="The polling interval: 5m, 1h, 1d."
    )
    priority: Annotated[Any, described({"type": "string", "enum": [*map(str, Priority), ""]}, NULL)] = Field(
        None, description="low, normal or high: how your own watches share the calls."
    )
    sellers: Annotated[Any, described(_SELLER_LIST, _SELLERS, NULL)] = Field(
        None, description="Only listings of these sellers: eBay user names, at most 250."
    )
    label: Annotated[Any, described(LABEL_TEXT, NULL)] = Field(None, description="The watch's name.")
    tag: Annotated[Any, described(LABEL_TEXT, NULL)] = Field(None, description="A tag to group watches by.")
    to: Annotated[Any, described(_TO, NULL)] = Field(
        None, description="slack, a configured name, #channel or a member id."
    )

    @property
    def given(self) -> dict[str, object]:
        """The fields that were sent: by their names in JSON, the others under the names that were sent."""
        fields = {to_camel(name): getattr(self, name) for name in self._own_names}
        return fields | (self.model_extra or {})

    @property
    def _own_names(self) -> list[str]:
        # A field that is sent under both of its names is among the extra ones too.
        return [name for name in type(self).model_fields if name in self.model_fields_set]


class NewWatch(WatchBody):
    """A watch to register; without a rule it alerts on new listings."""

    model_config = ConfigDict(json_schema_extra={**_OBJECT, "required": ["query"]})

    query: Annotated[Any, described(QUERY)] = Field(None, examples=["omega speedmaster 3570.50"])


class WatchChange(WatchBody):
    """Fields of a watch to change; the others stay as they are."""

    query: Annotated[Any, described(QUERY)] = None
    paused: bool | None = Field(None, description="true: stop polling; false: resume.")

    @property
    def given(self) -> dict[str, object]:
        """The fields that were sent, without `paused`."""
        return {name: value for name, value in super().given.items() if name != "paused"}
