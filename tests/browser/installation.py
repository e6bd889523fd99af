"""A daemon, its market and its Slack as processes, for a browser to look at."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tests.crash import free_port, watcher
from tests.forks import ROOT
from tests.market.rows import summary
from watcher.demo.oauth import CLIENT_ID, CLIENT_SECRET

START_SECONDS, STOP_SECONDS = 60.0, 10.0

# Searches are due every other second, and an outage is an incident after two. Each call counts by itself.
CONFIG = """
state_dir = "{home}"
[database]
url = "sqlite:///{home}/watcher.db"
[http]
port = {port}
[ebay]
base_url = "{market}"
client_id = "{client_id}"
client_secret = "{client_secret}"
daily_quota = 1000000
[slack]
watch_webhook_url = "{market}/slack/services/watches"
ops_webhook_url = "{market}/slack/services/ops"
[polling]
min_interval = "2s"
[retry.ebay]
max_retries = 0
[timeout]
comps = "20s"
attempt = "10s"
[cache]
negative_ttl = "1s"
[alerts]
outage = "2s"
overdue = 1000
"""


@dataclass(frozen=True)
class BrowserMarket:
    """A scripted market with Slack's webhooks, in a process of its own."""

    url: str
    sink: Path

    def put(self, query: str, *rows: dict[str, Any]) -> None:
        """Offer these items under `query` from now on."""
        self._call("POST", "items", {"query": query, "put": rows})

    def item(self, number: int, title: str, price: str, shipping: str | None = "0.00") -> dict[str, Any]:
        """Return an item summary whose picture is on this market, so that nothing leaves the machine."""
        picture = {"imageUrl": f"{self.url}/images/g/p{number}/s-l225.jpg"}
        return summary(str(number), title, price, shipping, image=picture)

    def set_faults(self, *faults: dict[str, Any]) -> None:
        """Replace all faults (`tests/market/faults.py`); without any, the market works again."""
        self._call("PUT", "faults", faults)

    def send_webhooks(self, to: str, *, held: bool = False) -> None:
        """Let Stripe send its webhooks to an address, or keep them back."""
        self._call("PUT", "webhooks", {"url": to, "held": held})

    def messages(self, to: str) -> list[dict[str, Any]]:
        """Return the messages that a webhook of Slack has accepted."""
        lines = [json.loads(line) for line in self.sink.read_text().splitlines()]
        return [line["body"] for line in lines if line["to"] == to]

    def _call(self, method: str, name: str, content: object) -> None:
        request = Request(f"{self.url}/_demo/{name}", json.dumps(content).encode(), method=method)
        with urlopen(request, timeout=10):
            pass


@dataclass
class Installation:
    """An installation with its own home: configuration, SQLite file, log, and a daemon that can run."""

    home: Path
    port: int
    market: BrowserMarket
    daemon: subprocess.Popen[bytes] | None = field(default=None)

    @property
    def url(self) -> str:
        """The address of the page, without a slash at the end."""
        return f"http://localhost:{self.port}"  # as in sign-in links

    def configure(self, **changes: str) -> None:
        """Write the configuration; `changes` replace values of `CONFIG`, such as `client_id`."""
        values = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "market": self.market.url}
        text = CONFIG.format(**{"home": self.home, "port": self.port, **values, **changes})
        (self.home / "config.toml").write_text(text, encoding="utf-8")

    def start(self, *options: str) -> None:
        """Start the daemon and wait until it answers. Raises AssertionError with its log."""
        with (self.home / "log").open("ab") as log:
            self.daemon = subprocess.Popen(self._words("run", *options), cwd=ROOT, stderr=log, stdout=log)
        end = time.monotonic() + START_SECONDS
        while not self._answers():
            assert self.daemon.poll() is None, self.log()
            assert time.monotonic() < end, self.log()
            time.sleep(0.05)  # real time: another process starts

    def reload(self) -> None:
        """Let the daemon read its configuration again."""
        assert self.daemon
        self.daemon.send_signal(signal.SIGHUP)

    def stop(self) -> None:
        """End the daemon, if it runs."""
        if self.daemon is None:
            return
        self.daemon.terminate()
        try:
            self.daemon.wait(STOP_SECONDS)
        finally:
            self.daemon.kill()
            self.daemon = None

    def command(self, *words: str) -> str:
        """Run a command of watcher and return what it prints. Raises CalledProcessError."""
        done = subprocess.run(self._words(*words), cwd=ROOT, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def log(self) -> str:
        """Return the daemon's log."""
        return (self.home / "log").read_text(encoding="utf-8")

    def _words(self, *words: str) -> Sequence[str]:
        return [sys.executable, *watcher(self.home / "config.toml", *words)]

    def _answers(self) -> bool:
        try:
            with urlopen(f"{self.url}/healthz", timeout=1):
                return True
        except HTTPError:
            return True
        except OSError:
            return False


@contextmanager
def installed(home: Path) -> Iterator[Installation]:
    """Yield an empty installation whose daemon does not run yet; its processes end with the block."""
    script, sink = home / "script.json", home / "sink.jsonl"
    script.write_text("[]")
    options = ("--scripted", str(script), "--sink-log", str(sink), "--quota", "1000000")
    words = [sys.executable, "-m", "tests.market", *options]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as market:
        made: Installation | None = None
        try:
            assert market.stdout
            made = Installation(home, free_port(), BrowserMarket(market.stdout.readline().strip(), sink))
            made.configure()
            yield made
        finally:
            if made:
                made.stop()
            market.terminate()
