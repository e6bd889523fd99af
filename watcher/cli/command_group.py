"""Groups of commands that are imported when they are called, so that --help stays fast."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from types import ModuleType
from typing import Any

import click

from watcher.adapters.host.garbage import loading_modules


class CommandGroup(click.Group):
    """A group that lists its commands in the given order and suggests the nearest name for a wrong one.

    `lazy` maps each command's name to its location, `module:function` in `watcher.cli`, and its help line.
    """

    def __init__(self, name: str, *, lazy: Mapping[str, tuple[str, str]], **options: Any) -> None:
        super().__init__(name, **options)
        self._lazy = lazy

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the given order."""
        del ctx
        return list(self._lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command; None if there is none of this name."""
        del ctx
        if cmd_name not in self._lazy:
            return None
        module, _, function = self._lazy[cmd_name][0].partition(":")
        command: click.Command = getattr(_imported(f"watcher.cli.{module}"), function)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in self._lazy.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command, or fail with the nearest name."""
        if args[0] not in self._lazy and not ctx.resilient_parsing:
            ctx.fail(unknown_name("command", args[0], self._lazy))
        return super().resolve_command(ctx, args)


def _imported(name: str) -> ModuleType:
    """Return a module; import it if it is not there yet."""
    if name in sys.modules:
        return sys.modules[name]
    with loading_modules():
        return importlib.import_module(name)


def unknown_name(kind: str, name: str, known: Collection[str]) -> str:
    """Return the sentence about an unknown name, with the nearest known one."""
    near = get_close_matches(name, known, n=1)
    return f'There is no {kind} "{name[:60]}".' + (f' Did you mean "{near[0]}"?' if near else "")
