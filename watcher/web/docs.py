"""The API's description for people: one page, no script, nothing fetched from anywhere."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from html import escape
from typing import Any

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "code{font:14px ui-monospace,monospace}h2{margin:2rem 0 .2rem;font-size:1rem}"
    "td{padding:.1rem 1rem .1rem 0;vertical-align:top}"
    "@media(prefers-color-scheme:dark){body{background:#111;color:#ddd}a{color:#8bf}}"
)
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; frame-ancestors 'none'"
"""The Content-Security-Policy under which the page works."""


def page(api: Mapping[str, Any]) -> str:
    """The page of an OpenAPI description."""
    operations = "".join(
        _operation(api, path, method, operation)
        for path, methods in api["paths"].items()
        for method, operation in methods.items()
    )
    title = escape(f"{api['info']['title']} {api['info']['version']}")
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style><h1>{title}</h1>'
        f"<p>{escape(api['info']['description'])}</p>"
        f'<p>For programs: <a href="/api/openapi.json">openapi.json</a></p>{operations}</html>'
    )


def _operation(api: Mapping[str, Any], path: str, method: str, operation: Mapping[str, Any]) -> str:
    said = escape(operation.get("description", ""))
    fields = [_field(p["name"], p) for p in operation.get("parameters", ())]
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    if name := content.get("schema", {}).get("$ref", "").rpartition("/")[2]:
        schema = api["components"]["schemas"][name]
        needed = set(schema.get("required", ()))
        fields += [_field(n, {**s, "required": n in needed}) for n, s in schema["properties"].items()]
    table = f"<table>{''.join(fields)}</table>" if fields else ""
    return f"<h2><code>{method.upper()} {escape(path)}</code></h2><div>{said}</div>{table}"


def _field(name: str, about: Mapping[str, Any]) -> str:
    said = about.get("description", "")
    needed = "required" if about.get("required") else ""
    return f"<tr><td><code>{escape(name)}</code><td>{needed}<td>{escape(said)}"
