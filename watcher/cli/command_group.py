"""Groups of commands: listed in the order of use, and a wrong name is answered with the nearest."""

from __future__ import annotations

from collections.abc import Collection

import click


class Verbs(click.Group):
    """A group that lists its commands as they were added, and names the nearest to one there is not."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of use, not of the alphabet."""
        del ctx
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is meant; one there is not is refused with the nearest there is."""
        known = self.list_commands(ctx)
        if args[0] not in known and not ctx.resilient_parsing:
            ctx.fail(no_such("command", args[0], known))
        return super().resolve_command(ctx, args)


def no_such(what: str, name: str, known: Collection[str]) -> str:
    """The sentence about a name that there is not."""
    from difflib import get_close_matches  # noqa: PLC0415 - only for a typing error

    near = get_close_matches(name, known, n=1)
    return f'There is no {what} "{name[:60]}".' + (f' Did you mean "{near[0]}"?' if near else "")
