"""The fields of a form that a page sends."""

from __future__ import annotations

import asyncio
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Mapping,
    MutableMapping,
    Sequence,
)
from contextlib import aclosing
from typing import Any, NamedTuple

from fastapi import Request
from starlette.datastructures import FormData, Headers
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser

from watcher.core.errors import InvalidInput, RequestRefused
from watcher.core.typed_text import quoted

FORM_TYPE = "application/x-www-form-urlencoded"
UPLOAD_TYPE = "multipart/form-data"
FORM_TOKEN = "form_token"  # noqa: S105 - the name of a field
_KEPT, _KEPT_FILES = "watcher.form", "watcher.files"  # in a request's scope: its fields, and its files
_MAX_FIELDS = 1_100  # a list of a thousand watches has a box for each
_MAX_FILES = 100  # a page that takes several may want fewer, and says so itself
_PIECE = 1024 * 1024  # bytes that are read of a form before other work has its turn
_MAX_NAME = 80  # characters of a name that a sentence quotes


class FormFile(NamedTuple):
    """A file in a form: its name as the browser gave it, and its content."""

    name: str
    content: bytes


class _MemoryParser(MultiPartParser):
    """Keeps files in memory: the guard has bounded the body, and nothing of a picture goes to the disk."""

    spool_max_size = 1 << 30


def is_form(scope: MutableMapping[str, Any]) -> bool:
    """Return whether a request's body is a form's."""
    return _content_type(scope) in (FORM_TYPE, UPLOAD_TYPE)


def is_upload(scope: MutableMapping[str, Any]) -> bool:
    """Return whether a request's body is that of a form that may have files."""
    return _content_type(scope) == UPLOAD_TYPE


def _content_type(scope: MutableMapping[str, Any]) -> str:
    return Headers(scope=scope).get("content-type", "").partition(";")[0].strip().lower()


async def keep_form(request: Request) -> None:
    """Read the fields and files of a form, if the body is one. Raises InvalidInput."""
    if not is_form(request.scope) or _KEPT in request.scope:
        return
    fields: dict[str, str] = {}
    files: dict[str, list[FormFile]] = {}
    form = await (_read_upload(request) if is_upload(request.scope) else request.form(max_fields=_MAX_FIELDS))
    try:
        for name, value in form.multi_items():
            if name in fields or (isinstance(value, str) and name in files):
                raise InvalidInput("A field of the form is there twice.")
            if isinstance(value, str):
                fields[name] = value
                continue
            found = FormFile(value.filename or "", await value.read())
            await value.close()
            files.setdefault(name, []).extend([found] if any(found) else ())
    finally:
        await form.close()
    request.scope[_KEPT], request.scope[_KEPT_FILES] = fields, files


async def _read_upload(request: Request) -> FormData:
    async with aclosing(_in_pieces(request.stream())) as pieces:
        parser = _MemoryParser(request.headers, pieces, max_files=_MAX_FILES, max_fields=_MAX_FIELDS)
        try:
            return await parser.parse()
        except MultiPartException as refused:
            raise HTTPException(400) from refused


async def _in_pieces(stream: AsyncIterator[bytes]) -> AsyncGenerator[bytes]:
    async for part in stream:
        for start in range(0, len(part), _PIECE):
            yield part[start : start + _PIECE]
            await asyncio.sleep(0)


def form_fields(scope: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the fields that `keep_form` has read."""
    fields: Mapping[str, str] = scope.get(_KEPT, {})
    return fields


def form_files(scope: Mapping[str, Any]) -> Mapping[str, Sequence[FormFile]]:
    """Return the files that `keep_form` has read; none for a field in which none was chosen."""
    files: Mapping[str, Sequence[FormFile]] = scope.get(_KEPT_FILES, {})
    return files


def has_file(scope: MutableMapping[str, Any]) -> bool:
    """Return whether a form has a file, or was refused before that was known."""
    return any(form_files(scope).values()) if _KEPT in scope else is_upload(scope)


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
