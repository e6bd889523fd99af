"""Query parameters that an endpoint does not have are refused, so that a misspelt one is noticed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import Annotated, Any
from weakref import WeakKeyDictionary

from fastapi import Depends, Query, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel

from watcher.core.errors import InvalidInput
from watcher.core.tokens import Caller
from watcher.core.typed_text import quoted
from watcher.web.access.auth import caller

MAX_PAGE = 500  # rows
MAX_ID = 2**62
PageLimit = Annotated[int, Query(ge=1, le=MAX_PAGE, description="The maximum number on a page.")]
"""The type of a list's `limit`."""
AlertCursor = Annotated[
    str, Query(max_length=100, pattern="^[0-9A-Za-z]*$", description="Start after the one with this id.")
]
"""The type of the `after` of a list whose ids are letters and digits."""
_MAX_NAME = 80  # characters of a name that a sentence quotes
_KNOWN: WeakKeyDictionary[Callable[..., Any], Mapping[str, bool]] = WeakKeyDictionary()  # by endpoint


async def known_parameters(request: Request, _who: Annotated[Caller, Depends(caller)]) -> None:
    """Refuse unknown and repeated query parameters of an authenticated request. Raises InvalidInput."""
    given = [name for name, _ in request.query_params.multi_items()]
    if not given:
        return
    known = _parameters_of(request)
    if any(is_required and name not in given for name, is_required in known.items()):
        return  # that is the error to report
    for name in given:
        if name not in known:
            near = get_close_matches(name[:_MAX_NAME], known, n=1)
            hint = f' Did you mean "{near[0]}"?' if near else ""
            raise InvalidInput(f"There is no field {quoted(name, _MAX_NAME)}.{hint}")
        if given.count(name) > 1:
            raise InvalidInput(f'The field "{name}" is there twice.')


def _parameters_of(request: Request) -> Mapping[str, bool]:
    """Return the query parameters of the endpoint, and which of them are required."""
    route: APIRoute = request.scope["route"]
    known = _KNOWN.get(route.endpoint)
    if known is None:
        known = _KNOWN[route.endpoint] = dict(_query_fields(route.dependant))
    return known


def _query_fields(dependant: Dependant) -> Iterator[tuple[str, bool]]:
    for field in dependant.query_params:
        model = field.field_info.annotation
        if isinstance(model, type) and issubclass(model, BaseModel):  # its fields are the parameters
            for name, facts in model.model_fields.items():
                yield facts.alias or name, facts.is_required()
        else:
            yield field.alias, field.field_info.is_required()
    for part in dependant.dependencies:
        yield from _query_fields(part)
