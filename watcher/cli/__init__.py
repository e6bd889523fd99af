"""The command line: verbs that print and exit; they decide nothing."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any, ClassVar

import click

from watcher.cli.command_group import Verbs
from watcher.cli.printing import leave_the_pipe
from watcher.cli.runner import Setup, report


class Root(Verbs):
    """Commands whose modules are imported only when they are called: `--help` stays quick."""

    # name → (module, one line for --help)
    lazy: ClassVar[dict[str, tuple[str, str]]] = {
        "run": ("run", "Run the daemon: poll, judge, alert."),
        "demo": ("demo", "The same daemon against a simulated market: no keys, no network."),
        "watch": ("watch", "Watches: add, list, show, edit, pause, remove, import, …"),
        "comps": ("look", "What an item is worth now."),
        "explain": ("explain", "Why a watch did or did not alert, step by step."),
        "alerts": ("alerts", "Price alerts and ops incidents: list, show, ack, silence, …"),
        "status": ("look", "Health per API, quota, outbox, overdue watches."),
        "check": ("look", "Whether configuration, database, eBay and Slack are right."),
        "db": ("db", "Upgrade, back up, restore or prune the database."),
        "token": ("token", "Create, list and revoke the tokens of the HTTP API."),
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

    def invoke(self, ctx: click.Context) -> Any:
        """Run the verb; its failure is told in a line and becomes the exit code."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except BrokenPipeError:
            leave_the_pipe()
            return 0
        except Exception as error:  # noqa: BLE001 - whatever it is, a person gets a sentence
            return report(error, Setup(ctx.params["config"], ctx.params["debug"]))


@click.group(cls=Root, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--config", "config", type=click.Path(readable=False, path_type=Path), help="Another config.toml."
)
@click.option("--debug", is_flag=True, help="Show tracebacks and every log line.")
@click.version_option(package_name="watcher", prog_name="watcher")
@click.pass_context
def cli(ctx: click.Context, config: Path | None, debug: bool) -> None:
    """Price watches on eBay: registered once, polled for ever, told on Slack when the price is right."""
    ctx.obj = Setup(config, debug)


def run_cli(args: list[str] | None = None) -> int:
    """Run the command line; the exit code."""
    try:
        result: Any = cli.main(args=args, prog_name="watcher", standalone_mode=False)
    except (click.ClickException, click.Abort, OSError) as error:
        return report(error)
    except SystemExit:  # click's answer to a reader of the help who has gone
        return 0
    return int(result) if isinstance(result, int) else 0
