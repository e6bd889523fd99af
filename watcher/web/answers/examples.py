"""Examples of JSON values, composed of the examples in their schemas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_PLAIN: Mapping[str, Any] = {"boolean": False, "integer": 0, "number": 0, "string": ""}


def example_of(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Any:
    """Return an example of a schema, composed of the examples of its parts; `schemas` has those it names."""
    for key in ("example", "const", "default"):
        if key in schema:
            return schema[key]
    for key in ("examples", "enum"):
        if schema.get(key):
            return schema[key][0]
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    if "anyOf" in schema:
        return example_of(schema["anyOf"][0], schemas)
    if schema.get("type") == "object":
        return _example_of_object(schema, schemas)
    if schema.get("type") == "array":
        return [example_of(schema["items"], schemas)] if schema.get("items") else []
    return schema.get("minimum", _PLAIN.get(schema.get("type", "")))


def _example_of_object(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Any:
    found = {name: example_of(part, schemas) for name, part in schema.get("properties", {}).items()}
    names, values = schema.get("propertyNames"), schema.get("additionalProperties")
    return {example_of(names, schemas): example_of(values, schemas)} if names and values else found
