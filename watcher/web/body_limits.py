"""What the body of a request may be: its content types, its size, and the time it may take to arrive."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import Scope

from watcher.core.errors import RequestRefused
from watcher.core.times import Seconds
from watcher.web.access.forms import FORM_TYPE, UPLOAD_TYPE

_KB, _MB = 1024, 1024 * 1024
_JSON, _CSV = "application/json", "text/csv"
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
_NAMES = {_JSON: "JSON", _CSV: "CSV", FORM_TYPE: "a form", UPLOAD_TYPE: "a form with a file"}


@dataclass(frozen=True, slots=True)
class BodyLimit:
    """The maximum size in bytes of a body of each content type.

    `send_time`: the seconds in which the whole body must arrive; None: the usual time. `known_only`: bodies
    of other callers are not kept.
    """

    sizes: Mapping[str, int]
    send_time: Seconds | None = None
    known_only: bool = False


_PICTURES = BodyLimit({_JSON: 32 * _MB}, Seconds(60.0), known_only=True)
_PHOTOS = BodyLimit({UPLOAD_TYPE: 32 * _MB}, Seconds(60.0), known_only=True)
_PAGES = BodyLimit({_JSON: 64 * _KB, FORM_TYPE: 8 * _KB})
# The first that an address begins with.
_LIMITS = (
    ("/api/watches/import", BodyLimit({_JSON: 20 * _MB, _CSV: 20 * _MB}, Seconds(60.0), known_only=True)),
    ("/api/ar-overlay/scan", _PICTURES),
    ("/api/scan-sessions/", _PICTURES),
    ("/api/batch/", _PICTURES),
    ("/stripe/webhook", BodyLimit({_JSON: 256 * _KB})),
    ("/scan/", _PAGES),
    ("/scan", _PHOTOS),
    ("/watches/import", BodyLimit({UPLOAD_TYPE: _MB})),
    ("/api/", BodyLimit({_JSON: 64 * _KB})),
    ("", _PAGES),
)
_WITHOUT_TYPE = 64 * _KB  # bytes of a body that no endpoint reads


def body_limit(scope: Scope) -> BodyLimit:
    """Return the limit of the address that a request is sent to."""
    path: str = scope["path"]
    return next(limit for prefix, limit in _LIMITS if path.startswith(prefix))


def maximum_size(scope: Scope, limit: BodyLimit) -> int:
    """Return the maximum size of a request's body in bytes. Raises RequestRefused for its content type."""
    if scope["method"] not in _WITH_BODY:
        return _WITHOUT_TYPE
    kind = Headers(scope=scope).get("content-type", "").partition(";")[0].strip().lower()
    if kind not in limit.sizes:
        wanted = " or ".join(f"{_NAMES[kind]}, with the content type {kind}" for kind in limit.sizes)
        raise RequestRefused(415, f"The body must be {wanted}.")
    return limit.sizes[kind]


def too_large(size: int) -> RequestRefused:
    """Return the refusal of a body that is larger than `size` bytes."""
    shown = f"{size // _MB} MB" if size >= _MB else f"{size // _KB} KB"
    return RequestRefused(413, f"The request's body is larger than {shown}.")
