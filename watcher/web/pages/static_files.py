"""The style sheet and the icon of the pages."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from watcher.core.errors import NotFound
from watcher.web.pages.rendering import STATIC_TYPES, static_file

router = APIRouter(include_in_schema=False)

_NOT_MODIFIED = 304


@router.head("/static/{name}")
@router.get("/static/{name}")
async def static(request: Request, name: str, v: str = "") -> Response:
    """Return a static file; under the address that has its version, a browser keeps it for good."""
    if name not in STATIC_TYPES:
        raise NotFound("There is no such file.")
    content, version = static_file(name)
    headers = {
        "Cache-Control": "public, max-age=31536000, immutable" if v == version else "no-cache",
        "ETag": f'"{version}"',
    }
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=_NOT_MODIFIED, headers=headers)
    return Response(content, headers=headers, media_type=STATIC_TYPES[name])
