"""The command line: verbs that print and exit; they decide nothing."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any, ClassVar

import click

from watcher.cli.running import Setup


class LazyGroup(click.Group):
    """Commands whose modules are imported only when they are called: `--help` stays quick."""

    # name → (module, one line for --help)
    lazy: ClassVar[dict[str, tuple[str, str]]] = {
        "run": ("run", "Run the daemon: poll, judge, alert."),
        "demo": ("demo", "The same daemon against a simulated market: no keys, no network."),
        "watch": ("watch", "Add, list, show, pause, resume, edit, remove, import, export watches."),
        "comps": ("look", "What an item is worth now."),
        "alerts": ("alerts", "Price alerts that were made."),
        "status": ("look", "Health per API, quota, outbox, overdue watches."),
        "check": ("look", "Check configuration, database, credentials, Slack and StatsD."),
        "db": ("db", "Upgrade, back up, restore or prune the database."),
    }

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of use, not of the alphabet."""
        del ctx
        return list(self.lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command's module."""
        if cmd_name not in self.lazy:
            return super().get_command(ctx, cmd_name)
        module = importlib.import_module(f"watcher.cli.{self.lazy[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in self.lazy.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Name the nearest command for one that is not known."""
        name = args[0] if args else ""
        if name and name not in self.lazy and not name.startswith("-"):
            from difflib import get_close_matches  # noqa: PLC0415 - only for a typing error

            near = get_close_matches(name, self.lazy, n=1)
            hint = f' Did you mean "{near[0]}"?' if near else ""
            ctx.fail(f'There is no command "{name}".{hint}')
        return super().resolve_command(ctx, args)


@click.group(
    cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.option("--config", "config", type=click.Path(path_type=Path), help="Another config.toml.")
@click.option("--debug", is_flag=True, help="Show tracebacks and every log line.")
@click.version_option(package_name="watcher", prog_name="watcher")
@click.pass_context
def cli(ctx: click.Context, config: Path | None, debug: bool) -> None:
    """Price watches on eBay: registered once, polled for ever, told on Slack when the price is right."""
    ctx.obj = Setup(config, debug)


def run_cli(args: list[str] | None = None) -> int:
    """Run the command line; the exit code."""
    from watcher.cli.running import report  # noqa: PLC0415 - see LazyGroup

    debug = "--debug" in (args if args is not None else _argv())
    try:
        result: Any = cli.main(args=args, prog_name="watcher", standalone_mode=False)
    except Exception as error:
        if debug and not isinstance(error, click.ClickException | click.exceptions.Exit):
            raise
        return report(error)
    return int(result) if isinstance(result, int) else 0


def _argv() -> list[str]:
    import sys  # noqa: PLC0415 - only here

    return sys.argv[1:]
