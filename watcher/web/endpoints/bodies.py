"""Bodies of requests: an unknown field is refused with the nearest known name."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic.alias_generators import to_camel

from watcher.core.errors import InvalidInput
from watcher.core.typed_text import quoted

_MAX_NAME = 80  # characters of a name that a sentence quotes


class StrictBody(BaseModel):
    """A body that has these fields, of exactly these types, and no others."""

    model_config = ConfigDict(extra="forbid", strict=True, alias_generator=to_camel)

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown(cls, given: Any) -> Any:
        known = [field.alias or name for name, field in cls.model_fields.items()]
        for name in given if isinstance(given, dict) else ():
            if name not in known:
                near = get_close_matches(str(name)[:_MAX_NAME], known, n=1)
                hint = f' Did you mean "{near[0]}"?' if near else ""
                # Not a ValueError, so that it is not wrapped: this is the sentence for the caller.
                raise InvalidInput(f"There is no field {quoted(str(name), _MAX_NAME)}.{hint}")
        return given


class NoBody(StrictBody):
    """An empty object, or nothing."""
