"""Pages of Stripe's lists: newest first, with cursors that are ids."""

from __future__ import annotations

from collections.abc import Sequence

from watcher.demo.stripe.errors import no_such, param_invalid
from watcher.demo.stripe.shapes import make_list
from watcher.demo.stripe.state import StripeObject

_DEFAULT_LIMIT, _MAX_LIMIT = 10, 100
_COMPARISONS = {
    "gt": lambda created, limit: created > limit,
    "gte": lambda created, limit: created >= limit,
    "lt": lambda created, limit: created < limit,
    "lte": lambda created, limit: created <= limit,
}


def list_objects(found: Sequence[StripeObject], params: StripeObject, url: str) -> StripeObject:
    """Return the page that the parameters name of objects in the order of their creation.

    Raises StripeRefused for an invalid limit or cursor.
    """
    limit = _read_limit(params)
    rows = [one for one in reversed(found) if _is_between(one["created"], params.get("created"))]
    ids = [one["id"] for one in rows]
    if "ending_before" in params:
        end = _place_of(ids, params["ending_before"], "ending_before")
        start = max(0, end - limit)
        return make_list(url, rows[start:end], has_more=start > 0)
    start = (
        _place_of(ids, params["starting_after"], "starting_after") + 1 if "starting_after" in params else 0
    )
    return make_list(url, rows[start : start + limit], has_more=len(rows) > start + limit)


def _read_limit(params: StripeObject) -> int:
    given = params.get("limit", _DEFAULT_LIMIT)
    if not str(given).isdecimal():
        raise param_invalid("limit", f"Invalid integer: {given}", "parameter_invalid_integer")
    if not 1 <= int(given) <= _MAX_LIMIT:
        raise param_invalid("limit", "This value must be between 1 and 100.", "parameter_invalid_integer")
    return int(given)


def _place_of(ids: Sequence[str], cursor: str, param: str) -> int:
    if cursor not in ids:
        raise no_such("object", cursor, param)
    return ids.index(cursor)


def _is_between(created: int, wanted: object) -> bool:
    if wanted is None:
        return True
    if not isinstance(wanted, dict):
        return str(created) == wanted
    try:
        return all(_COMPARISONS[name](created, int(limit)) for name, limit in wanted.items())
    except (KeyError, ValueError):
        raise param_invalid("created", "Invalid range", "parameter_invalid_integer") from None
