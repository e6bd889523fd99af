"""Bodies of requests that contain pictures: up to 32 MB of JSON, decoded in bounded memory."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, TypeVar

import msgspec
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field, ValidationError
from starlette.requests import Request

from watcher.core.errors import InvalidInput, MissingInput
from watcher.core.watch_input import MAX_QUERY_LENGTH
from watcher.scans.batch import MAX_BATCH
from watcher.web.endpoints.bodies import StrictBody
from watcher.web.endpoints.watch_bodies import (
    CATEGORY,
    CONDITION,
    MONEY_VALUES,
    NULL,
    QUERY,
    WatchBody,
    described,
)

# In a body of 32 MB there is room for ten million small values, which would take a gigabyte once decoded. A
# batch of 20 has about a hundred.
_MAX_VALUES = 1_000
_LARGE = 1_000_000  # bytes; the decoder takes 20 ms for 32 MB
_SAMPLE = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAACAAAAAgAQAAAABbAUdZAAAAQklEQVR42n3OIQ6AMBQE0ddPxXf0/qfjCM"
    "VVNAGDgaSYTWbEZMuFsJwzv05nf3A7hNqETKHVRaVPYQxh9lcA5ffBDXvwDBNe89Z+AAAAAElFTkSuQmCC"
)
_IMAGE = {
    "type": "string",
    "description": "A data URI of the picture in base64, or an https:// address of it.",
    "examples": [_SAMPLE],
}
SCAN_EXAMPLE = {"image": _SAMPLE, "category": "cameras", "price": 40}
BATCH_EXAMPLE = {"images": [_SAMPLE, _SAMPLE], "prices": ["40.00", None]}
IDENTIFY_EXAMPLE = {"image": _SAMPLE}
CONFIRM_EXAMPLE = {
    "sessionId": "7mXxU1x0zB3m5vW1kqS0hB7dYf2cQe9aLr8tNn4pGjU",
    "candidateId": "1",
    "watch": {"below": 40},
}
Body = TypeVar("Body", bound=BaseModel)


class ItemBody(StrictBody):
    """What is known of an item before it is looked at; null and "" mean unknown."""

    category: Annotated[Any, described(CATEGORY, NULL)] = Field(
        None, description="cards, shoes, watches, … or an eBay category id."
    )
    condition: Annotated[Any, described(CONDITION, NULL)] = Field(
        None, description="new, refurbished, used or any: of the comps."
    )


class ScanBody(ItemBody):
    """A picture, and what is asked for the item in it."""

    image: Annotated[str, described(_IMAGE | {"minLength": 1})]
    price: Annotated[Any, described(*MONEY_VALUES)] = Field(
        None, description='The price asked for the item: 50, "49.90", "50 USD".'
    )


class IdentifyBody(ItemBody):
    """A picture."""

    image: Annotated[str, described(_IMAGE | {"minLength": 1})]


class BatchBody(ItemBody):
    """Pictures, and the price of each."""

    images: Annotated[
        list[str], described({"type": "array", "minItems": 1, "maxItems": MAX_BATCH, "items": _IMAGE})
    ]
    prices: Annotated[
        Any,
        described(
            {"type": "array", "maxItems": MAX_BATCH, "items": {"anyOf": list(MONEY_VALUES)}},
            NULL,
        ),
    ] = Field(None, description="As many as there are pictures; null for an unknown price.")


class ConfirmedWatch(WatchBody):
    """The fields of a watch; those of the scan are the default."""

    query: Annotated[Any, described(QUERY, NULL)] = None


class ConfirmBody(StrictBody):
    """What a picture shows: a candidate of its session, or other words."""

    session_id: str = Field(max_length=200, description="The `sessionId` of the identification.")
    candidate_id: str | None = Field(None, max_length=20, description="The `id` of a candidate.")
    query: str | None = Field(
        None, max_length=MAX_QUERY_LENGTH, description="Or what the picture shows, in the user's words."
    )
    price: Annotated[Any, described(*MONEY_VALUES)] = Field(
        None, description='The price asked for the item: 50, "49.90", "50 USD".'
    )
    watch: ConfirmedWatch | None = Field(None, description="A watch to register for the item.")


async def read_picture_body(request: Request, model: type[Body]) -> Body:
    """Return the body of a request. Raises InvalidInput and RequestValidationError."""
    body = b"".join([part async for part in request.stream() if part])
    if not body.strip():
        raise MissingInput("The body is missing; it is a JSON object.")
    if max(body.count(b","), body.count(b'"')) > _MAX_VALUES:
        raise InvalidInput(f"The body has more than {_MAX_VALUES} values; send up to {MAX_BATCH} pictures.")
    try:
        given = await asyncio.to_thread(_decode, body) if len(body) > _LARGE else _decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise InvalidInput("The body is not JSON.") from None
    try:
        return model.model_validate(given)
    except ValidationError as invalid:
        errors = invalid.errors(include_url=False, include_input=False)
        raise RequestValidationError([{**one, "loc": ("body", *one["loc"])} for one in errors]) from None


def picture_body(model: type[BaseModel], example: object) -> dict[str, Any]:
    """Return what describes a body that `read_picture_body` reads, as `openapi_extra` of a route."""
    schema = model.model_json_schema()
    return {
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": schema, "example": example}},
        }
    }


def _decode(body: bytes) -> Any:
    return msgspec.json.decode(body)
