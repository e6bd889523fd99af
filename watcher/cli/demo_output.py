"""The output of `watcher demo`: lines and boxes for a person, or one JSON value at the end."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from watcher.adapters.host.logs import configure_logging
from watcher.cli.printing import print_json, print_table, printable, say, terminal_width, time_words
from watcher.cli.wrapping import display_width, wrap_text
from watcher.core.plurals import count_of
from watcher.core.watch import Watch
from watcher.demo.slack_sink import ReceivedMessage
from watcher.ports import Clock

if TYPE_CHECKING:
    from watcher.cli.demo_plans import DemoLinks

_MAX_BOX = 100  # columns of a message's text on a terminal
_FRAME = 6  # columns of the margin and the frame of a message
_UNLIMITED = 10_000  # columns: in a pipe nothing is wrapped
_SEARCH_COLUMNS = (
    "query",
    "listings",
    "n",
    "low",
    "median",
    "high",
    "unknown shipping",
    "auctions",
    "groups",
    "duplicates",
)
# `print_table` takes names without spaces, so "unknown shipping" stays left-aligned.
_NUMERIC_COLUMNS = "listings n low median high auctions groups duplicates"


class DemoOutput:
    """Prints what happens in the demo from `begin` on. Set `clock` before.

    `stop` is called if stdout cannot be written to any more, which `end` raises.
    """

    clock: Clock
    stop: Callable[[], None]

    def __init__(self, as_json: bool, debug: bool) -> None:
        self._as_json = as_json
        self._messages: list[ReceivedMessage] = []
        self._searches: list[dict[str, Any]] = []
        self._url = self._market = self._scan = ""
        self._lost: OSError | None = None
        self._debug, self._has_begun = debug, False
        # What happens in the past of the simulation is not news.
        configure_logging("debug" if debug else "critical", "console", sys.stderr)

    def show_address(self, address: str) -> None:
        """Print the address of the page, before anything that takes time."""
        self._url = address
        if not self._as_json:
            say("watcher demo: eBay and Slack are simulated. Press Ctrl-C to stop; nothing is kept.")
            say(f"The page is at {address}/ (the API: {address}/docs).")

    def begin(self, market: str, watches: Sequence[Watch], *, speed: float, recorded: bool) -> None:
        """Print the watches, the speed of the simulation, and the market's address; then, what happens."""
        self._market, self._has_begun = market, True
        if not self._debug:  # an outage's warnings are in Slack's messages
            configure_logging("error", "console", sys.stderr)
        if self._as_json:
            return
        poller = logging.getLogger("watcher.polling.poller")
        poller.setLevel(logging.INFO)
        poller.addHandler(_PollHandler(self))
        poller.propagate = self._debug
        click.echo()
        pace = "as fast as" if speed == 1 else f"{speed:,g} times as fast as"
        say(f"The simulated clock runs {pace} a real one.")
        say(f"To see an eBay outage, press the button at {market}/.")
        click.echo()
        if not recorded:
            rows = [(w.id, w.label, w.rule, w.question.query) for w in watches]
            print_table("", ("watch", "label", "rule", "query"), rows, "watch")
            click.echo()

    def show_people(self, links: DemoLinks) -> None:
        """Print the sign-in links of `--plans`, and where a payment can be made to happen."""
        say("Plans are sold, by a simulated Stripe. Each link signs you in once, within an hour:")
        say(f"a user with the free plan: {links.collector}", indent=2)
        say(f"an admin, without limits:  {links.operator}", indent=2)
        say(f"To let the next payment of a subscription happen now, press a button at {links.payments}")
        click.echo()

    def print_searches(self, searches: list[dict[str, Any]]) -> None:
        """Print the contents of the recorded searches."""
        self._searches = searches
        if self._as_json:
            return
        rows = [tuple("-" if v is None else v for v in search.values()) for search in searches]
        title = "What the recorded searches contain (USD, asking prices, shipping included)"
        print_table(title, _SEARCH_COLUMNS, rows, _NUMERIC_COLUMNS)

    def print_scan(self, text: str) -> None:
        """Print what the sample picture shows."""
        self._scan = text
        if not self._as_json:
            with self.losing_output():
                say(f"{time_words(self.clock.now())}  {text}", indent=4)

    def print_message(self, message: ReceivedMessage) -> None:
        """Print a message that the simulated Slack received."""
        if not self._has_begun:
            return
        self._messages.append(message)
        if self._as_json:
            return
        with self.losing_output():
            self._print_box(message)

    @contextmanager
    def losing_output(self) -> Iterator[None]:
        """Stop the demo if stdout cannot be written to: what prints inside is called by others."""
        try:
            yield
        except OSError as error:
            self._lost = error
            self.stop()

    @staticmethod
    def _print_box(message: ReceivedMessage) -> None:
        room = min(_MAX_BOX, terminal_width() - _FRAME) if sys.stdout.isatty() else _UNLIMITED
        read = [printable(line) for line in _message_lines(message.body)]
        lines = [part for line in read for part in wrap_text(line, room, indent=2)]
        width = min(_MAX_BOX, max(map(display_width, lines))) + 2
        title = f"─ Slack · {printable(message.to)} "
        click.echo(f"\n  ╭{title}" + "─" * max(0, width - display_width(title)))
        for line in lines:
            click.echo(f"  │ {line}")
        click.echo("  ╰" + "─" * width + "\n")

    def end(self, status: dict[str, Any]) -> None:
        """Print a summary; `status` is that of `watcher status --json`."""
        if self._lost is not None:
            raise self._lost
        used = status["quota"]["ebay"]["used"]
        if self._as_json:
            messages = [{"to": m.to, **m.body} for m in self._messages]
            print_json(
                {
                    "url": self._url,
                    "market": self._market,
                    "searches": self._searches,
                    "messages": messages,
                    "scan": self._scan or None,
                    "ebayCallsToday": used,
                }
            )
            return
        sent, waiting = len(self._messages), status["outbox"]["pending"]
        calls = count_of(used, "eBay call")
        click.echo()
        say(f"Done: {count_of(sent, 'Slack message')} sent, {waiting} waiting; {calls} used today.")
        say(
            "To watch the real market, put eBay's keys and a Slack webhook into config.toml, "
            "then run `watcher check` and `watcher run`."
        )


class _PollHandler(logging.Handler):
    """Turns the poller's log records into sentences."""

    def __init__(self, output: DemoOutput) -> None:
        super().__init__()
        self._output = output
        self._failing: set[str] = set()  # queries

    def emit(self, record: logging.LogRecord) -> None:
        """Print one line per poll, and of polls that fail one after the other, only the first."""
        f = vars(record)
        if record.msg == "polled":
            self._failing.discard(f["query"])
            alert = "" if f["alerts"] == "none" else "  → alert"
            text = (
                f"polled {f['query']!r}: {count_of(f['listings'], 'listing')}, {f['n']} comparable, "
                f"median {f['median']}{alert}"
            )
        elif record.msg == "poll failed" and f["query"] not in self._failing:
            self._failing.add(f["query"])
            text = f"poll of {f['query']!r} failed: {f['code']}; it is tried again until it succeeds"
        else:
            return
        with self._output.losing_output():
            say(f"{time_words(self._output.clock.now())}  {text}", indent=4)


def _message_lines(body: dict[str, Any]) -> list[str]:
    """Return a Block Kit message as plain lines."""
    lines = []
    for block in body.get("blocks", []):
        parts = [block.get("text"), *block.get("fields", []), *block.get("elements", [])]
        for part in parts:
            if isinstance(part, dict) and isinstance(part.get("text"), str):
                lines += [_plain_text(line) for line in part["text"].splitlines() if line.strip()]
    return lines or [str(body.get("text", ""))]


def _plain_text(line: str) -> str:
    line = re.sub(r"<([^|>]+)\|([^>]*)>", r"\2", line)
    return line.replace("*", "").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
