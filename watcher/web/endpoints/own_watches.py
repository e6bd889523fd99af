"""Finds the watch that an address names, if it is the caller's: a foreign one is as missing as none."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from starlette.convertors import Convertor, register_url_convertor

from watcher.core.errors import NotFound
from watcher.core.tokens import Caller
from watcher.core.watch import Watch, WatchId
from watcher.watches.registry import Admit
from watcher.web.dependencies import WebDependencies


class _WatchNumber(Convertor[str]):
    """The place of a watch's id in an address; the names of other endpoints there are none."""

    regex = r"(?!(?:preview|export|import)(?:/|$))[^/]+"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("watch", _WatchNumber())
Number = Annotated[int, Path(description="A watch's id.")]
"""The type of an endpoint's `number` parameter, at the place `{number:watch}` of its address."""


def own_watch(web: WebDependencies, caller: Caller, number: int) -> Watch:
    """Return the caller's watch with this id. Raises NotFound, also for a watch of another user."""
    require_own(web, caller, number)
    return web.registry.get(number)


def require_own(web: WebDependencies, caller: Caller, number: int) -> None:
    """Raise NotFound unless the caller has a watch with this id, readable or not."""
    if web.stores.watches.owner(watch_id_of(web, number)) != caller.user:
        raise no_own_watch(number)


def admit_own(caller: Caller) -> Admit:
    """Return the check that a change still finds the caller's watch; it raises NotFound."""

    def admit(watch: Watch) -> None:
        if watch.user != caller.user:
            raise no_own_watch(watch.id)

    return admit


def watch_id_of(web: WebDependencies, number: int) -> WatchId:
    """Return `number` as the id of a watch. Raises NotFound if no watch can have it."""
    try:
        return web.registry.watch_id(number)
    except NotFound:
        raise no_own_watch(number) from None


def no_own_watch(number: int) -> NotFound:
    """Return the error for a watch that is not the caller's."""
    return NotFound(f"You have no watch {number}.")
