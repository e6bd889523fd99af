"""Stripe's requests: forms whose names spell out nested objects and lists."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)\Z")
_PART = re.compile(r"\[([^\[\]]*)\]")


def read_form(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Return the object that a form spells out: `a[b]=1` is `{"a": {"b": "1"}}`, `a[0]=1` and `a[]=1` a list.

    Raises ValueError for a name that is no such path, or that contradicts another.
    """
    tree: dict[str, Any] = {}
    for name, value in pairs:
        match = _NAME.match(name)
        if match is None:
            raise ValueError(f"{name} is not the name of a parameter")
        path = [match[1], *_PART.findall(match[2])]
        here = tree
        for part in path[:-1]:
            inner = here.setdefault(part, {})
            if isinstance(inner, str):
                raise ValueError(f"{name} is a value and an object")  # noqa: TRY004 - the sender's mistake
            here = inner
        last = path[-1] or str(len(here))
        if last in here:
            raise ValueError(f"{name} occurs twice")
        here[last] = value
    return {name: _with_lists(value) for name, value in tree.items()}


def _with_lists(value: Any) -> Any:
    """Turn objects whose names are numbers into lists."""
    if not isinstance(value, dict):
        return value
    inner = {name: _with_lists(one) for name, one in value.items()}
    if all(name.isdecimal() for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner
