"""Tables for a terminal, JSON for a program."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

import click

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def print_json(value: Any) -> None:
    """One JSON value, readable, on stdout."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def print_table(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[object]], right: str = ""
) -> None:
    """A table; `right` names the columns of numbers, separated by spaces."""
    from rich.console import Console  # noqa: PLC0415 - loaded only where it draws
    from rich.table import Table  # noqa: PLC0415 - loaded only where it draws
    from rich.text import Text  # noqa: PLC0415 - loaded only where it draws

    table = Table(title=title or None, title_justify="left", header_style="bold", box=_box(), pad_edge=False)
    numbers = set(right.split())
    for name in columns:
        table.add_column(name, justify="right" if name in numbers else "left", overflow="fold")
    for row in rows:
        # Text, not markup: a title may hold square brackets.
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    console = Console(file=sys.stdout, width=None if sys.stdout.isatty() else 160)
    console.print(table)


def _box() -> Any:
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415 - loaded only where it draws

    return SIMPLE_HEAD
