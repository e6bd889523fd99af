"""The fields of a form that a page sends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, MutableMapping
from typing import Any

from fastapi import Request
from starlette.datastructures import Headers

from watcher.core.errors import InvalidInput, RequestRefused
from watcher.core.typed_text import quoted

FORM_TYPE = "application/x-www-form-urlencoded"
UPLOAD_TYPE = "multipart/form-data"
FORM_TOKEN = "form_token"  # noqa: S105 - the name of a field
_KEPT, _KEPT_FILES = "watcher.form", "watcher.files"  # in a request's scope: its fields, and its files
_MAX_FIELDS = 1_100  # a list of a thousand watches has a box for each
_MAX_FILES = 10
_MAX_NAME = 80  # characters of a name that a sentence quotes


def is_form(scope: MutableMapping[str, Any]) -> bool:
    """Return whether a request's body is a form's."""
    content_type = Headers(scope=scope).get("content-type", "")
    return content_type.partition(";")[0].strip().lower() in (FORM_TYPE, UPLOAD_TYPE)


async def keep_form(request: Request) -> None:
    """Read the fields and files of a form, if the body is one. Raises InvalidInput."""
    if not is_form(request.scope) or _KEPT in request.scope:
        return
    async with request.form(max_fields=_MAX_FIELDS, max_files=_MAX_FILES) as form:
        if len(form.multi_items()) > len(form):
            raise InvalidInput("A field of the form is there twice.")
        request.scope[_KEPT] = {name: value for name, value in form.items() if isinstance(value, str)}
        request.scope[_KEPT_FILES] = {
            name: await value.read() for name, value in form.items() if not isinstance(value, str)
        }


def form_fields(scope: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the fields that `keep_form` has read."""
    fields: Mapping[str, str] = scope.get(_KEPT, {})
    return fields


def form_files(scope: Mapping[str, Any]) -> Mapping[str, bytes]:
    """Return the content of the files that `keep_form` has read; empty for a field without a file."""
    files: Mapping[str, bytes] = scope.get(_KEPT_FILES, {})
    return files


async def require_form(request: Request) -> None:
    """Refuse a body that is not a form's. Raises WatcherError."""
    await keep_form(request)
    if not is_form(request.scope) and await request.body():
        raise RequestRefused(415, f"A page sends a form, with the content type {FORM_TYPE}.")


async def require_no_fields(request: Request) -> None:
    """Refuse query parameters, fields of a form beside its token, and other bodies. Raises WatcherError."""
    await _read_known(request, ())
    for name in request.query_params:
        raise _unknown(name)


def form_of(*names: str) -> Callable[[Request], Awaitable[Mapping[str, str]]]:
    """Return a dependency: the fields of a form, "" for one that was not sent. Others are refused."""

    async def read(request: Request) -> Mapping[str, str]:
        return dict.fromkeys(names, "") | await _read_known(request, names)

    return read


async def _read_known(request: Request, names: Collection[str]) -> dict[str, str]:
    await require_form(request)
    found = {name: value for name, value in form_fields(request.scope).items() if name != FORM_TOKEN}
    for name in found:
        if name not in names:
            raise _unknown(name)
    return found


def _unknown(name: str) -> InvalidInput:
    return InvalidInput(f"There is no field {quoted(name, _MAX_NAME)}.")
