"""The answers about imports and exports."""

from __future__ import annotations

from typing import Any

from watcher.core.errors import InvalidInput, error_view
from watcher.web.answers.base import AnswerBody, shown


class BadRowView(AnswerBody):
    """A row that was refused."""

    line: int = shown(3, "Its line; in JSON its place in the list, from 1.", ge=1)
    why: str = shown('"much" is not an amount of money; write 50, 49.90, "50 USD" or "EUR 49.90".')


class RowWarningsView(AnswerBody):
    """The settings of an imported watch that are probably mistakes."""

    line: int = shown(2, "The line of its row; in JSON its place in the list, from 1.", ge=1)
    warnings: list[str] = shown(["It asks for the same as watch 7."])


class ImportView(AnswerBody):
    """What became of an import."""

    imported: int = shown(2, "The watches that were registered.", ge=0)
    bad: list[BadRowView]
    warnings: list[RowWarningsView]


_COUNT = {"type": "integer", "minimum": 0}
_EXAMPLE = error_view(InvalidInput("1 row is bad, so nothing was imported.")) | {
    "imported": 0,
    "bad": [{"line": 3, "why": "The query is missing: say what to search for."}],
    "warnings": [],
}
REFUSED_IMPORT: dict[str, Any] = {
    "description": "Nothing was imported. If rows are bad, the error has them beside it.",
    "content": {
        "application/json": {
            "schema": {
                "anyOf": [
                    {"$ref": "#/components/schemas/Error"},
                    {
                        "type": "object",
                        "required": list(_EXAMPLE),
                        "properties": {
                            "code": {"type": "string"},
                            "message": {"type": "string"},
                            "userMessage": {"type": "object"},
                            "shouldRetry": {"type": "boolean"},
                            "statusCode": {"type": "integer"},
                            "imported": _COUNT,
                            "bad": {
                                "type": "array",
                                "items": {
                                    "type": "object",
                                    "required": ["line", "why"],
                                    "properties": {"line": _COUNT, "why": {"type": "string"}},
                                },
                            },
                            "warnings": {"type": "array", "maxItems": 0},
                        },
                        "additionalProperties": False,
                    },
                ]
            },
            "example": _EXAMPLE,
        }
    },
}
"""The answer to an import that is refused."""
