"""The page at `/docs`: the API's description for people, without scripts or external resources."""

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


def render_docs(api: Mapping[str, Any]) -> str:
    """Return an OpenAPI description as an HTML page."""
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
    description = escape(operation.get("description", ""))
    fields = [_field_row(p["name"], p) for p in operation.get("parameters", ())]
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    if name := content.get("schema", {}).get("$ref", "").rpartition("/")[2]:
        schema = api["components"]["schemas"][name]
        required = set(schema.get("required", ()))
        fields += [_field_row(n, {**s, "required": n in required}) for n, s in schema["properties"].items()]
    table = f"<table>{''.join(fields)}</table>" if fields else ""
    return f"<h2><code>{method.upper()} {escape(path)}</code></h2><div>{description}</div>{table}"


def _field_row(name: str, schema: Mapping[str, Any]) -> str:
    required = "required" if schema.get("required") else ""
    description = escape(schema.get("description", ""))
    return f"<tr><td><code>{escape(name)}</code><td>{required}<td>{description}"
