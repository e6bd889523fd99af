"""The page at `/docs`: the API's description for people, without scripts or external resources."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any
from urllib.parse import quote

from watcher.web.answers.examples import example_of

_STYLE = """
:root{color-scheme:light dark;--line:#d0d7de;--soft:#f6f8fa;--dim:#59636e;--link:#0550ae}
@media(prefers-color-scheme:dark){:root{--line:#3d444d;--soft:#151b23;--dim:#9198a1;--link:#79b8ff}}
body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:72rem;padding:0 1rem 4rem}
a{color:var(--link);text-decoration:none}a:hover,a:focus{text-decoration:underline}
code,pre{font:13px/1.5 ui-monospace,monospace}pre{background:var(--soft);border:1px solid var(--line);
border-radius:6px;margin:.5rem 0;max-height:24rem;overflow:auto;padding:.6rem .8rem}
h2{border-bottom:1px solid var(--line);margin:3rem 0 1rem;text-transform:capitalize}
h3{font-size:1.05rem;margin:0;overflow-wrap:anywhere}h4{margin:1rem 0 .2rem;font-size:.9rem}
article{border:1px solid var(--line);border-radius:8px;margin:1rem 0;padding:1rem;scroll-margin-top:1rem}
article:target{border-color:var(--link)}p{margin:.4rem 0;max-width:48rem}
nav{columns:20rem;font-size:.95rem}nav section{break-inside:avoid;margin-bottom:1rem}
nav h4{margin:0;text-transform:capitalize}nav ul{list-style:none;margin:0;padding:0}
.method{border:1px solid currentcolor;border-radius:4px;font:600 12px/1.6 ui-monospace,monospace;
padding:0 .4em}.who,.dim{color:var(--dim);font-size:.9rem}
.scroll{overflow-x:auto}table{border-collapse:collapse;font-size:.9rem;width:100%}
th{color:var(--dim);font-weight:400;text-align:left}th,td{border-top:1px solid var(--line);
padding:.25rem .8rem .25rem 0;vertical-align:top}td:last-child{min-width:12rem}
summary{cursor:pointer;font-size:.9rem;margin-top:.8rem}
"""
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
POLICY = f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; frame-ancestors 'none'"
"""The Content-Security-Policy under which the page works."""

_ADDRESS = "http://127.0.0.1:8080"
_WHO = {
    "anyone": "Anyone may call it.",
    "user": "For users: each sees what is theirs.",
    "admin": "For admins.",
}
_BOUNDS = (
    ("minimum", "≥ {}"),
    ("maximum", "≤ {}"),
    ("exclusiveMinimum", "> {}"),
    ("maxLength", "at most {} characters"),
    ("maxItems", "at most {} elements"),
    ("format", "{}"),
)
_MOST_VALUES = 12  # of an enumeration that is shown; the others are in openapi.json
_WHOLE = 2**62  # the largest id, which bounds nothing
_SUCCESS = ("2", "3")

Schema = Mapping[str, Any]


def render_docs(api: Mapping[str, Any]) -> str:
    """Return an OpenAPI description as an HTML page."""
    title = escape(f"{api['info']['title']} API {api['info']['version']}")
    groups = _groups(api)
    contents = "".join(
        f"<section><h4>{escape(tag)}</h4><ul>{''.join(_link(o) for o in operations)}</ul></section>"
        for tag, operations in groups.items()
    )
    sections = "".join(
        f'<h2 id="{_anchor(tag)}">{escape(tag)}</h2>{"".join(_operation(api, o) for o in operations)}'
        for tag, operations in groups.items()
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{_STYLE}</style></head>'
        f"<body><header><h1>{title}</h1>{_text(api['info']['description'])}"
        '<p>For programs: <a href="/api/openapi.json">openapi.json</a></p></header>'
        f'<nav aria-label="Operations">{contents}</nav><main>{sections}</main></body></html>'
    )


def _groups(api: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return the operations by tag, each with its path and method."""
    found: dict[str, list[dict[str, Any]]] = {}
    for path, methods in api["paths"].items():
        for method, operation in methods.items():
            tag = (operation.get("tags") or ["other"])[0]
            found.setdefault(tag, []).append({**operation, "path": path, "method": method.upper()})
    return found


def _link(operation: Schema) -> str:
    name = escape(operation["operationId"])
    place = f"<code>{operation['method']} {escape(operation['path'])}</code>"
    return f'<li><a href="#{name}" title="{escape(operation["summary"])}">{place}</a></li>'


def _operation(api: Mapping[str, Any], operation: Schema) -> str:
    name, path = escape(operation["operationId"]), escape(operation["path"])
    parts = [
        f'<article id="{name}"><h3><a href="#{name}"><span class="method">{operation["method"]}</span>',
        f" <code>{path}</code></a></h3>{_text(operation['description'])}",
        f'<p class="who">{_WHO[operation["x-caller"]]}</p>',
        _table("Parameters", [_parameter(api, p) for p in operation.get("parameters", ())]),
    ]
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        parts.append(_table(f"Body ({media})", list(_fields(api, content.get("schema", {})))))
    parts.append(f"<h4>Example</h4><pre>{escape(_curl(api, operation))}</pre>")
    failures = []
    for status, named in operation["responses"].items():
        response = _resolved(api, named)
        if status.startswith(_SUCCESS):
            parts.append(_success(status, response))
        else:
            failures.append(f"<tr><td><code>{status}</code><td>{_line(response['description'])}")
    rows = "".join(failures)
    if rows:
        parts.append(f'<details><summary>Errors</summary><div class="scroll"><table>{rows}</table></div>')
        parts.append("</details>")
    return "".join(parts) + "</article>"


def _success(status: str, response: Schema) -> str:
    headers = "".join(
        f"<p><code>{escape(name)}</code>: {_line(header['description'])}</p>"
        for name, header in response.get("headers", {}).items()
    )
    heading = f"<h4>{status}: {_line(response['description'])}</h4>{headers}"
    shown = [
        f'<p class="dim">{escape(media)}</p><pre>{escape(_written(content["example"]))}</pre>'
        for media, content in response.get("content", {}).items()
        if "example" in content
    ]
    return heading + "".join(shown)


def _table(title: str, rows: list[str]) -> str:
    if not rows:
        return ""
    head = "<tr><th>Name<th>Type<th>Meaning"
    return f'<h4>{escape(title)}</h4><div class="scroll"><table>{head}{"".join(rows)}</table></div>'


def _parameter(api: Mapping[str, Any], parameter: Schema) -> str:
    place = "" if parameter["in"] == "query" else f" ({parameter['in']})"
    is_required = parameter.get("required", False)
    about = parameter.get("description", "")
    return _row(api, parameter["name"] + place, parameter["schema"], about, is_required=is_required)


def _fields(api: Mapping[str, Any], schema: Schema) -> Iterator[str]:
    resolved = _resolved(api, schema)
    required = resolved.get("required", ())
    for name, field in resolved.get("properties", {}).items():
        yield _row(api, name, field, field.get("description", ""), is_required=name in required)


def _row(api: Mapping[str, Any], name: str, schema: Schema, about: str, *, is_required: bool) -> str:
    resolved = _resolved(api, schema)
    default = schema.get("default", resolved.get("default"))
    notes = ["required" if is_required else "", *_bounds(resolved)]
    if default not in (None, ""):
        notes.append(f"default {json.dumps(default)}")
    facts = ", ".join(filter(None, notes))
    detail = f'<br><span class="dim">{escape(facts)}</span>' if facts else ""
    return f"<tr><td><code>{escape(name)}</code><td>{escape(_type(api, resolved))}{detail}<td>{_line(about)}"


def _type(api: Mapping[str, Any], schema: Schema) -> str:
    if "anyOf" in schema:
        kinds = dict.fromkeys(_type(api, _resolved(api, one)) for one in schema["anyOf"])
        return " or ".join(kinds)
    if values := schema.get("enum"):
        shown = [json.dumps(value) for value in values[:_MOST_VALUES]]
        return ", ".join([*shown, "…"] if len(values) > _MOST_VALUES else shown)
    if schema.get("type") == "array":
        return f"list of {_type(api, _resolved(api, schema.get('items', {})))}"
    return str(schema.get("type", "any"))


def _bounds(schema: Schema) -> Iterator[str]:
    for key, words in _BOUNDS:
        if schema.get(key, 0) not in (0, _WHOLE):
            yield words.format(schema[key])


def _curl(api: Mapping[str, Any], operation: Schema) -> str:
    """Return the example request as a command."""
    schemas, path, query = api["components"]["schemas"], operation["path"], []
    for parameter in operation.get("parameters", ()):
        value = parameter.get("example", example_of(parameter["schema"], schemas))
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", quote(str(value), safe=""))
        elif parameter["in"] == "query" and parameter.get("required"):
            query.append(f"{parameter['name']}={quote(str(value), safe='')}")
    address = f"{_ADDRESS}{path}{'?' if query else ''}{'&'.join(query)}"
    lines = [f"curl '{address}'" if query else f"curl {address}"]
    if operation["method"] != "GET":
        lines[0] = lines[0].replace("curl", f"curl -X {operation['method']}", 1)
    if operation["x-caller"] != "anyone":
        lines.append('-H "Authorization: Bearer $TOKEN"')
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        example = content.get("example", example_of(content.get("schema", {}), schemas))
        body = example if isinstance(example, str) else json.dumps(example, ensure_ascii=False)
        lines += [f"-H 'Content-Type: {media}'", "-d '" + body.replace("'", "'\\''") + "'"]
        break
    return " \\\n  ".join(lines)


def _resolved(api: Mapping[str, Any], schema: Schema) -> Schema:
    """Follow a reference; what stands beside it wins."""
    if "$ref" not in schema:
        return schema
    found: Any = api
    for step in schema["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return {**found, **{key: value for key, value in schema.items() if key != "$ref"}}


def _written(example: Any) -> str:
    return example if isinstance(example, str) else json.dumps(example, indent=2, ensure_ascii=False)


def _text(text: str) -> str:
    """Return paragraphs with `code` as HTML."""
    return "".join(f"<p>{_line(paragraph)}</p>" for paragraph in text.split("\n\n") if paragraph.strip())


def _line(text: str) -> str:
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def _anchor(tag: str) -> str:
    return re.sub("[^a-z]+", "-", f"tag {tag}".lower())
