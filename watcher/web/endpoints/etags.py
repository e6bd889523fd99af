"""Entity tags of watches, and the conditions that requests make with them (RFC 9110, section 13).

A tag is the watch's revision and a hash of the whole answer, like `"3-5f2b…"`. For a change only the revision
counts: a poll changes the answer, and no edit of another client is lost. For `If-None-Match` the whole tag
counts, so that a client never keeps an outdated answer.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, NamedTuple

from fastapi import Depends, Header, Request

from watcher.core.errors import InvalidInput, RequestRefused
from watcher.core.watch import Watch
from watcher.watches.registry import Admit
from watcher.web.endpoints.watch_bodies import described

_TAG = r'(?P<weak>W/)?"(?P<tag>[\x21\x23-\x7e\x80-\xff]*)"'
# Possessive: two runs of spaces side by side would be divided in every way before a refusal.
_ELEMENT = re.compile(rf"[ \t]*+(?:{_TAG}[ \t]*+)?(?:,|\Z)")
_PRECONDITION_FAILED = 412
_QUOTED = r'(?:W/)?"[!#-~]*"'
_Tags = Annotated[
    str | None, described({"type": "string", "pattern": rf"^(?:\*|{_QUOTED}(?:, ?{_QUOTED})*)$"})
]
_LOST_UPDATE = (
    "The watch has changed since you read it, so nothing was done. Read it again, and repeat your change if "
    "you still want it."
)


class EntityTags(NamedTuple):
    """The value of `If-Match` or `If-None-Match`: any tag, or a list of strong and of weak ones."""

    any: bool
    strong: frozenset[str] = frozenset()
    weak: frozenset[str] = frozenset()


class Conditions(NamedTuple):
    """What a request demands of the present watch; None if it does not."""

    match: EntityTags | None = None
    none_match: EntityTags | None = None

    def admit(self, watch: Watch) -> None:
        """Raise RequestRefused with 412 unless a change may start from this watch."""
        if self.match is not None and not self._names(self.match.strong, self.match, watch.revision):
            raise lost_update()
        tags = self.none_match
        if tags is not None and self._names(tags.strong | tags.weak, tags, watch.revision):
            raise lost_update()

    def admit_damaged(self) -> None:
        """Raise RequestRefused with 412 unless a watch may be removed that cannot be read and has no tag."""
        if (self.match and not self.match.any) or (self.none_match and self.none_match.any):
            raise lost_update()

    def is_unchanged(self, tag: str) -> bool:
        """Return whether the client already has the answer with this tag."""
        tags = self.none_match
        return tags is not None and (tags.any or tag.strip('"') in tags.strong | tags.weak)

    @staticmethod
    def _names(given: frozenset[str], tags: EntityTags, revision: int) -> bool:
        return tags.any or any(tag.partition("-")[0] == str(revision) for tag in given)


def tag_of(view: Mapping[str, Any]) -> str:
    """Return the tag of a watch as JSON."""
    content = json.dumps(view, sort_keys=True, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return f'"{view["revision"]}-{hashlib.sha256(content).hexdigest()[:16]}"'


def parse_tags(values: Sequence[str], name: str) -> EntityTags | None:
    """Return the value of a header, from all its lines; None without one. Raises InvalidInput."""
    if not values:
        return None
    text = ",".join(values).strip(" \t")
    if text == "*":
        return EntityTags(any=True)
    strong: set[str] = set()
    weak: set[str] = set()
    place = 0
    while place < len(text):
        found = _ELEMENT.match(text, place)
        if found is None or found.end() == place:
            raise _malformed(name)
        if found["tag"] is not None:
            (weak if found["weak"] else strong).add(found["tag"])
        place = found.end()
    if not strong and not weak:
        raise _malformed(name)
    return EntityTags(any=False, strong=frozenset(strong), weak=frozenset(weak))


def both(first: Admit, second: Admit) -> Admit:
    """Return the check that passes if both pass."""

    def admit(watch: Watch) -> None:
        first(watch)
        second(watch)

    return admit


def lost_update() -> RequestRefused:
    """Return the error for a condition that does not hold."""
    return RequestRefused(_PRECONDITION_FAILED, _LOST_UPDATE)


def _malformed(name: str) -> InvalidInput:
    return InvalidInput(f'The header {name} must be * or a list of tags as `ETag` has them, like "3-5f2b".')


async def _conditions(
    request: Request,
    if_match: Annotated[
        _Tags,
        Header(description="Only if the watch still has the revision of one of these tags; *: any."),
    ] = None,
    if_none_match: Annotated[
        _Tags, Header(description="Only if the watch has none of these tags; answers 304 to a GET.")
    ] = None,
) -> Conditions:
    """Return the conditions of a request. Raises InvalidInput."""
    del if_match, if_none_match  # for the description: a header may have several lines
    headers = request.headers
    return Conditions(
        parse_tags(headers.getlist("if-match"), "If-Match"),
        parse_tags(headers.getlist("if-none-match"), "If-None-Match"),
    )


Conditional = Annotated[Conditions, Depends(_conditions)]
"""The type of an endpoint's `conditions` parameter."""
