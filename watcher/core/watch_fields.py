"""The fields of a watch by name, and their values from JSON: the same for an import and for the API."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches

from watcher.core.errors import InvalidInput, MissingInput
from watcher.core.typed_text import quoted

FIELDS = (
    "query",
    "category",
    "condition",
    "below",
    "rule",
    "exclude",
    "buying",
    "min_feedback",
    "from_country",
    "marketplace",
    "unknown_shipping",
    "certainty",
    "every",
    "priority",
    "sellers",
    "label",
    "tag",
    "to",
    "user",
)
"""The fields of a draft: the options of `watch add`, with `_` for `-`."""
STORED_FIELDS = (*FIELDS, "paused", "rejected", "taught")
"""The fields of an import: those of a draft, and the state that an export contains."""

QUERY_MISSING = "The query is missing: say what to search for."
_LISTS = ("exclude", "sellers", "rejected")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_SEPARATORS = re.compile(r"[-_\s]+")
_MAX_NAME = 40  # characters of a name that a sentence repeats


def field_name(name: str) -> str:
    """Return a field's name as drafts use it: `min_feedback` for `minFeedback` and `Min-Feedback`."""
    return _SEPARATORS.sub("_", _HUMP.sub("_", name.strip())).strip("_").lower()


def unknown_field(name: str, known: Collection[str] = STORED_FIELDS, *, in_json: bool = False) -> str:
    """Return the sentence for an unknown field, or "" if the field is known.

    `in_json`: name the fields as in JSON, `minFeedback`, instead of as in CSV.
    """
    if field_name(name) in known:
        return ""
    if not name.strip():
        return "A column has no name."
    fields = {field: json_name(field) if in_json else field for field in FIELDS if field in known}
    near = get_close_matches(field_name(name)[:_MAX_NAME], fields, n=1)
    hint = f' Did you mean "{fields[near[0]]}"?' if near else ""
    shown = fields.values()
    return f"The field {quoted(name, _MAX_NAME)} is not known.{hint} Known: {', '.join(shown)}."


def draft_from_json(
    given: Mapping[str, object], known: Collection[str] = STORED_FIELDS, *, is_new: bool = True
) -> dict[str, str]:
    """Return the fields of a JSON object as a user would type them; null is "", the default.

    Raise InvalidInput for an unknown field, for one that is there twice, and for a value of another type.
    """
    draft: dict[str, str] = {}
    unknown = ""
    for name, value in given.items():
        field = field_name(name)
        if field not in known:  # of thousands only the first is looked up
            unknown = unknown or unknown_field(name, known, in_json=True)
        else:
            if field in draft:
                raise InvalidInput(f'The field "{json_name(field)}" is there twice.')
            draft[field] = as_typed(field, value)
    if is_new and "query" not in draft and "query" in known:
        raise MissingInput(unknown or QUERY_MISSING)
    if unknown:
        raise InvalidInput(unknown)
    return draft


def json_name(field: str) -> str:
    """Return a field's name as JSON has it: `minFeedback` for `min_feedback`."""
    first, *others = field.split("_")
    return first + "".join(map(str.capitalize, others))


def option_name(field: str) -> str:
    """Return a field's name as the command line writes it."""
    return field.replace("_", "-")


def as_typed(field: str, value: object) -> str:
    """Return a JSON value as a user would type it. Raise InvalidInput for a value of another type."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if field == "paused" and isinstance(value, bool):
        return "yes" if value else "no"
    if field == "taught" and isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    if field in _LISTS and isinstance(value, list):
        return _joined(field, value)
    if field == "query":
        raise InvalidInput('The field "query" must be text.')
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        other = "a list of texts" if field in _LISTS else "a number"
        raise InvalidInput(f'The field "{json_name(field)}" must be text or {other}.')
    return str(int(value)) if value == int(value) else repr(value)


def _joined(field: str, words: Sequence[object]) -> str:
    texts = [w for w in words if isinstance(w, str)]
    if len(texts) != len(words):
        raise InvalidInput(f'The field "{json_name(field)}" must be text or a list of texts.')
    if any("," in word for word in texts):
        what = "A seller's name" if field == "sellers" else "A word to exclude"
        raise InvalidInput(f"{what} has no comma in it.")
    return "".join(f"{word}," for word in texts)
