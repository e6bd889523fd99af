"""Reading of a decoded value by parts: what does not fit its type is unknown, and the rest is kept."""

from __future__ import annotations

import types
from functools import cache
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

import msgspec

T = TypeVar("T", bound=msgspec.Struct)

_MAX_ELEMENTS = 50  # of a list that does not fit its type


def read_by_parts(value: Any, kind: type[T]) -> T | None:
    """Return `value` as a struct whose odd fields have their defaults; None if it is not an object.

    None also if a field without a default is missing or odd. A number in quotes is a number.
    """
    read = _read(value, kind)
    return read if isinstance(read, kind) else None


def _read(value: Any, annotation: Any) -> Any:
    try:
        return msgspec.convert(value, annotation, strict=False)
    except (msgspec.ValidationError, RecursionError):
        pass
    for option in _options(annotation):
        if isinstance(value, dict) and isinstance(option, type) and issubclass(option, msgspec.Struct):
            return _struct_of(value, option)
        if isinstance(value, list) and get_origin(option) is list:
            (element,) = get_args(option)
            return [read for x in value[:_MAX_ELEMENTS] if (read := _read(x, element)) is not None]
    return None


def _struct_of(value: dict[str, Any], kind: type[T]) -> T | None:
    fields: dict[str, Any] = {}
    for field in _fields_of(kind):
        read = _read(value[field.encode_name], field.type) if field.encode_name in value else None
        if read is not None:
            fields[field.name] = read
        elif field.required:
            return None
    return kind(**fields)


@cache
def _fields_of(kind: type[msgspec.Struct]) -> tuple[msgspec.structs.FieldInfo, ...]:
    return msgspec.structs.fields(kind)


@cache
def _options(annotation: Any) -> tuple[Any, ...]:
    """Return the members of a union, each without its bounds."""
    is_union = get_origin(annotation) in (Union, types.UnionType)
    members = get_args(annotation) if is_union else (annotation,)
    return tuple(get_args(m)[0] if get_origin(m) is Annotated else m for m in members)
