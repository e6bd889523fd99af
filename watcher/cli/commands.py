"""The tree of commands: where each is, and its line in --help."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any

import click

from watcher.cli.command_group import CommandGroup
from watcher.cli.printing import discard_output
from watcher.cli.runner import JSON_ASKED, Setup, report_error

watch_group = CommandGroup(
    "watch",
    help="Manage watches.",
    lazy={
        "add": ("watch_add:add", "Add a watch for QUERY."),
        "list": ("watch_show:list_watches", "List all watches."),
        "show": ("watch_show:show_watch", "Show one watch, its fields and its last alerts."),
        "edit": ("watch_change:edit", "Change fields of watches."),
        "teach": ("watch_teach:teach_watch", "Say which listings are it; similar ones follow."),
        "pause": ("watch_change:pause", "Stop polling, keep the watches."),
        "resume": ("watch_change:resume", "Continue paused watches."),
        "remove": ("watch_change:remove", "Delete watches; their alerts are kept."),
        "import": ("watch_transfer:import_", "Add the watches of a CSV or JSON file; all or none."),
        "export": ("watch_transfer:export", "Write all watches as JSON for import."),
    },
)

alerts_group = CommandGroup(
    "alerts",
    help="Show price alerts and ops incidents, and what became of their messages.",
    lazy={
        "list": ("alerts_show:list_alerts", "List the newest price alerts and ops incidents."),
        "show": ("alerts_show:show_alert", "Show one alert with its receipt, or one incident."),
        "ack": ("alerts_silence:ack", "Acknowledge an incident (no more reminders) or an alert."),
        "silence": ("alerts_silence:silence", "Hold back messages for a while; maintenance windows."),
        "silences": ("alerts_silence:list_silences", "List current and planned silences."),
        "unsilence": ("alerts_silence:unsilence", "End a silence early."),
        "resend": ("alerts_resend:resend", "Send a dead letter once more."),
        "reject": ("alerts_reject:reject", "Report that an item of an alert is not the wanted one."),
    },
)

db_group = CommandGroup(
    "db",
    help="Upgrade, downgrade, back up, restore, move or prune the database.",
    lazy={
        "status": ("db_schema:show_schema", "Show its schema and its connected processes."),
        "upgrade": ("db_schema:upgrade", "Upgrade it to this program's schema."),
        "downgrade": ("db_schema:downgrade", "Downgrade it to an older schema, for an older release."),
        "backup": ("db_backup:backup", "Copy it to a file, even while the daemon runs."),
        "restore": ("db_backup:restore", "Replace it with a backup; the replaced one is kept."),
        "copy": ("db_backup:copy", "Move to Postgres; every row is counted."),
        "prune": ("db_backup:prune", "Delete expired data."),
    },
)

token_group = CommandGroup(
    "token",
    help="Create, list and revoke tokens of the HTTP API.",
    lazy={
        "create": ("token:create", "Create a token and print it once."),
        "list": ("token:list_tokens", "List all tokens, without their secrets."),
        "revoke": ("token:revoke", "Revoke a token immediately."),
    },
)

user_group = CommandGroup(
    "user",
    help="Manage the people who sign in, and the users who own watches and tokens.",
    lazy={
        "add": ("user:add_user", "Add a person, or change its rights; print a sign-in link."),
        "list": ("user:list_users", "List all users with what belongs to them."),
        "link": ("user:link", "Print a new sign-in link for a person."),
        "remove": ("user_remove:remove_user", "Remove a user; its watches are moved or deleted."),
        "sessions": ("user_sessions:list_sessions", "List the browsers that are signed in."),
        "sign-out": ("user_sessions:sign_out", "End the sessions of a person, or one of them."),
    },
)

plan_group = CommandGroup(
    "plan",
    help="Show the plans of those for whom watcher is hosted.",
    lazy={
        "list": ("plan:list_plans", "List the plans and how many users have each."),
        "show": ("plan:show_plan", "Show the plan of a user and what is used of it."),
        "upgrade": ("plan_pay:upgrade_plan", "Print the address at which a user pays for a plan."),
        "portal": ("plan_pay:portal", "Print the address at which a user changes or cancels it."),
    },
)

_COMMANDS = {
    "run": ("run:run", "Run the daemon: poll, evaluate, alert."),
    "demo": ("demo:demo", "Run the daemon against a simulated market: no keys, no network."),
    "watch": ("commands:watch_group", "Watches: add, list, show, edit, pause, remove, import, …"),
    "comps": ("comps:comps", "Show what an item is worth now."),
    "accuracy": ("accuracy:show_accuracy", "Show how wrong medians were, by what listings last cost."),
    "scan": ("scan:scan", "Show what is in a picture, what it is worth, buy or skip."),
    "explain": ("explain:explain", "Explain step by step why a watch did or did not alert."),
    "alerts": ("commands:alerts_group", "Price alerts and ops incidents: list, show, ack, silence, …"),
    "status": ("status:status", "Show health per API, quota, outbox and overdue watches."),
    "check": ("check:check", "Check configuration, database, eBay and Slack."),
    "db": ("commands:db_group", "Upgrade, back up, restore or prune the database."),
    "token": ("commands:token_group", "Create, list and revoke tokens of the HTTP API."),
    "plan": ("commands:plan_group", "Plans of users: list, show, upgrade, portal."),
    "user": ("commands:user_group", "People who sign in: add, list, remove, link, sessions, …"),
}


class RootGroup(CommandGroup):
    """The top-level group; it turns every failure into one line and an exit code."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command and report its failure."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except BrokenPipeError:
            discard_output()
            return 0
        except Exception as error:  # noqa: BLE001 - people get a sentence for any error
            setup = Setup(ctx.params["config"], ctx.params["debug"])
            return report_error(error, setup, as_json=bool(ctx.meta.get(JSON_ASKED)))


@click.group(
    cls=RootGroup,
    lazy=_COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--config", "config", type=click.Path(readable=False, path_type=Path), help="Another config.toml."
)
@click.option("--debug", is_flag=True, help="Show tracebacks and every log line.")
@click.version_option(package_name="watcher", prog_name="watcher")
@click.pass_context
def cli(ctx: click.Context, config: Path | None, debug: bool) -> None:
    """Watch prices on eBay and alert on Slack when the price is right."""
    ctx.obj = Setup(config, debug)


def run_cli(args: list[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    try:
        result: Any = cli.main(args=args, prog_name="watcher", standalone_mode=False)
    except (click.ClickException, click.Abort, OSError) as error:
        return report_error(error, as_json=_asks_for_json(sys.argv[1:] if args is None else args))
    except SystemExit:  # click exits if the reader of the help has closed the pipe
        return 0
    return int(result) if isinstance(result, int) else 0


def _asks_for_json(args: Sequence[str]) -> bool:
    """Return whether --json is among the options; a command whose options are wrong is not parsed."""
    return "--json" in takewhile(lambda word: word != "--", args)
