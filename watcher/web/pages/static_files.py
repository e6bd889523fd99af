"""The style sheet, the script and the icons of the pages, and what makes them installable."""

from __future__ import annotations

import json

from fastapi import APIRouter, Request, Response

from watcher.core.errors import NotFound
from watcher.web.pages.rendering import STATIC_TYPES, accepts_gzip, compressed_file, static_file

router = APIRouter(include_in_schema=False)

_NOT_MODIFIED = 304
# Relative addresses, which count from the manifest's own. A shared page opens the form of a new watch.
_MANIFEST = {
    "name": "watcher",
    "short_name": "watcher",
    "description": "Price watches on eBay",
    "id": "./",
    "start_url": "./",
    "scope": "./",
    "display": "standalone",
    "background_color": "#f5f7f6",
    "theme_color": "#0b6e5f",
    "icons": [{"src": "static/icon.svg", "sizes": "any", "type": "image/svg+xml", "purpose": "any maskable"}],
    "share_target": {
        "action": "watches/new",
        "method": "GET",
        "enctype": "application/x-www-form-urlencoded",
        "params": {"title": "title", "text": "text", "url": "url"},
    },
}


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
        "Vary": "Accept-Encoding",
    }
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=_NOT_MODIFIED, headers=headers)
    if accepts_gzip(request.scope):
        content, headers["Content-Encoding"] = compressed_file(name), "gzip"
    return Response(content, headers=headers, media_type=STATIC_TYPES[name])


@router.head("/manifest.webmanifest")
@router.get("/manifest.webmanifest")
async def manifest() -> Response:
    """Return what a browser needs to install the page as an application."""
    headers = {"Cache-Control": "public, max-age=86400"}
    return Response(json.dumps(_MANIFEST), headers=headers, media_type="application/manifest+json")
