"""The command line: commands parse, call and print."""

from watcher.cli.commands import run_cli

__all__ = ["run_cli"]
