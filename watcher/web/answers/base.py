"""The form of an answer's model, and how an endpoint names the answers that it gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

Time = Annotated[str, Field(json_schema_extra={"format": "date-time"}, examples=["2026-03-01T12:00:00Z"])]
MoneyText = Annotated[str, Field(pattern=r"^-?[0-9]+(\.[0-9]+)?$", examples=["49.90"])]
"""Money as a decimal string, in the currency that stands beside it."""

_OK = 200
ETAG = {"ETag": "The version of the object, for If-Match and If-None-Match."}
MARKET_ERRORS = (503, 504)
"""The statuses when a market fails; 429, which every endpoint may answer, is another."""


class AnswerBody(BaseModel):
    """A JSON object that an endpoint answers, or a part of one: `field_name` here is `fieldName` there.

    `X | None` may be null and is always there; a field with `shown(…, absent=True)` may be left out.
    """

    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, defer_build=True)


def shown(example: object = ..., about: str = "", *, absent: bool = False, **facts: Any) -> Any:
    """Return a field with an example and a description; `facts` are bounds as in pydantic's `Field`.

    Leave the example out where the type says enough: a model, a list of models, an enumeration, a boolean,
    an amount, a time. The example of the whole answer is composed of those of its fields; a field that may
    be null is not null in it, unless its example is None.
    """
    if example is not ...:
        facts["examples"] = [example]
    if about:
        facts["description"] = about
    if absent:  # a factory, because a default would be part of the description
        facts["default_factory"] = lambda: None
    return Field(**facts)


def answers(
    model: Any,
    about: str = "Done.",
    *,
    status: int = _OK,
    errors: tuple[int, ...] = (),
    example: object = None,
    media: str = "application/json",
    headers: Mapping[str, str] | None = None,
    body: object = None,
) -> dict[str, Any]:
    """Return the arguments of a route's decorator that describe its answers.

    `model`: an AnswerBody, or any type of pydantic. `errors`: the statuses of its own refusals, such as 409;
    those that follow from its parameters, its body and its authentication are added by `openapi`.
    `example`: the answer's, if the composed one is not good enough; required for another `media`
    type. `headers`: the answer's, with their descriptions. `body`: an example of the request's body.
    """
    found: dict[str, Any] = {"model": model, "description": about}
    if example is not None:
        found["content"] = {media: {"example": example}}
    if headers:
        found["headers"] = {
            name: {"description": description, "schema": {"type": "string"}}
            for name, description in headers.items()
        }
    described: dict[str, Any] = {
        "status_code": status,
        "responses": {status: found, **{error: {} for error in errors}},
    }
    if body is not None:
        described["openapi_extra"] = {"requestBody": {"content": {"application/json": {"example": body}}}}
    return described
