"""The status: it says "all is well" only if that is so, and its text and its JSON agree."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, update

from tests.fakes import FakeClock
from watcher.config import load_settings
from watcher.core.errors import Api, Code
from watcher.core.monitoring.attempts import Attempt
from watcher.core.monitoring.daemons import ALIVE_SECONDS, DaemonRecord
from watcher.core.monitoring.silences import Silence
from watcher.core.monitoring.status_text import status_lines
from watcher.core.times import DAY, HOUR, MINUTE, Instant, Seconds, iso
from watcher.db.schema import outbox, searches
from watcher.runtime.app import App
from watcher.runtime.presence import Reloads


class Installation:
    """An app over a real database, with a clock that tests move and a daemon that tests start."""

    def __init__(self, app: App, clock: FakeClock, config: Path) -> None:
        self.app, self.clock, self.config = app, clock, config
        self.process: int | None = None
        self.reloads = Reloads()

    async def start_daemon(self) -> None:
        presence = self.app.presence(self.reloads)
        await presence.announce(self.clock.now())
        (recorded,) = self.app.stores.daemons.listed()
        self.process = recorded.process

    def status(self) -> dict[str, Any]:
        return self.app.status.read(self.clock.now())

    async def change(self, **values: object) -> None:
        def write(conn: Connection) -> None:
            conn.execute(update(searches).values(**values))

        await self.app.stores.database.write(write)


@pytest.fixture
async def installation(
    database_url: str, clock: FakeClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Installation]:
    monkeypatch.chdir(tmp_path)
    config = tmp_path / "config.toml"
    url = database_url.replace("postgresql+psycopg://", "postgresql://")
    config.write_text(
        f'state_dir = "{tmp_path}"\n[database]\nurl = "{url}"\n'
        '[ebay]\nclient_id = "ours"\nclient_secret = "EbaySecretCanary"\n'
        '[slack]\nwatch_webhook_url = "https://hooks.slack.com/services/T0/B0/abcdefghijklmnopqrstu"\n'
    )
    async with AsyncExitStack() as stack:
        app = await stack.enter_async_context(
            App.opened(load_settings(config, {}), clock=clock, jitter=lambda low, _: low, lockstep=True)
        )
        made = Installation(app, clock, config)
        monkeypatch.setattr(app, "daemon_process", lambda: made.process)
        await app.registry.add({"query": "zenitar mk2", "below": "50", "every": "1h"}, clock.now())
        clock.move(1.0)
        yield made


async def test_all_is_well_with_a_daemon_and_nothing_wrong(installation: Installation) -> None:
    await installation.start_daemon()
    status = installation.status()
    assert (status["well"], status["troubles"]) == (True, [])


async def test_status_says_that_no_daemon_runs(installation: Installation) -> None:
    status = installation.status()
    assert not status["well"]
    assert status["troubles"] == ["the daemon is not running, so no watch is polled"]
    assert status["daemon"] == {"running": False, "process": None}
    assert "Daemon: not running; `watcher run` starts it" in status["lines"]


async def test_a_daemon_that_is_not_seen_for_a_minute_does_not_run(
    installation: Installation, database_url: str
) -> None:
    if database_url.startswith("sqlite"):
        pytest.skip("the lock of an embedded database knows at once")
    await installation.start_daemon()
    installation.clock.move(ALIVE_SECONDS - 1)
    assert installation.status()["daemon"]["running"] is True
    installation.clock.move(2)
    assert installation.status()["daemon"] == {"running": False, "process": None}


async def test_a_daemon_that_holds_the_lock_in_silence_is_a_trouble(
    installation: Installation, database_url: str
) -> None:
    if not database_url.startswith("sqlite"):
        pytest.skip("with several daemons, one that is not seen does not run")
    await installation.start_daemon()
    seen = installation.clock.now()
    installation.clock.move(ALIVE_SECONDS)
    assert installation.status()["well"]
    installation.clock.move(5)
    status = installation.status()
    assert status["troubles"] == ["the daemon has shown no sign of life for 1 min 5 s"]
    assert [d["unseenSeconds"] for d in status["daemons"]] == [65]
    assert any(line.startswith(f"Last seen {iso(seen)}: the daemon is suspended") for line in status["lines"])


async def test_a_simulation_polls_without_a_daemon_that_holds_the_lock(installation: Installation) -> None:
    watch = installation.app.registry.get(1)
    assert "the next poll is due" in installation.app.queries.explain(watch, "").verdict


async def test_a_refusal_is_shown_once_if_the_last_reload_met_it(installation: Installation) -> None:
    await installation.start_daemon()
    refusal = "config.toml: [polling] tick must be a duration"
    installation.config.write_text(installation.config.read_text() + "[polling]\ntick = 5\n")
    installation.reloads.refuse(refusal)
    await installation.app.presence(installation.reloads).announce(installation.clock.now())
    status = installation.status() | {"configuration": {"problems": [refusal]}}
    assert "\n".join(status_lines(status)).count(refusal) == 1
    status["configuration"]["problems"].append("config.toml: [polling] has no key")
    assert "\n".join(status_lines(status)).count(refusal) == 2


async def test_several_daemons_are_listed_with_their_machines(
    installation: Installation, database_url: str
) -> None:
    if database_url.startswith("sqlite"):
        pytest.skip("an embedded database has one daemon")
    now = installation.clock.now()
    for host in ("ada", "bob"):
        daemon = DaemonRecord(f"{host}:{len(host)}:0", now, now, "1", "/etc/watcher/config.toml", "x")
        await installation.app.stores.daemons.see(daemon)
    status = installation.status()
    assert [d["host"] for d in status["daemons"]] == ["ada", "bob"]
    assert sum(" on ada" in line or " on bob" in line for line in status["lines"]) == 2
    await installation.app.stores.daemons.remove("ada:3:0")
    assert [d["host"] for d in installation.status()["daemons"]] == ["bob"]


EDITS: dict[str, Callable[[str], str]] = {
    "a value": lambda text: text.replace('client_id = "ours"', 'client_id = "theirs"'),
    "a secret": lambda text: text.replace("EbaySecretCanary", "AnotherSecret"),
    "a webhook": lambda text: text.replace("abcdefghijk", "kjihgfedcba"),
    "a new key": lambda text: text + '[polling]\ntick = "2s"\n',
    "a lost key": lambda text: text.replace('client_id = "ours"\n', ""),
}


@pytest.mark.parametrize("edit", EDITS)
async def test_status_says_that_a_reload_is_pending(installation: Installation, edit: str) -> None:
    await installation.start_daemon()
    installation.config.write_text(EDITS[edit](installation.config.read_text()))
    status = installation.status()
    assert status["troubles"] == ["the daemon runs with an older configuration"]
    assert any("send it SIGHUP" in line for line in status["lines"])


async def test_a_comment_or_another_order_needs_no_reload(installation: Installation) -> None:
    await installation.start_daemon()
    head, _, slack = installation.config.read_text().partition("[slack]")
    installation.config.write_text(
        f"# reordered\n{head.partition('[')[0]}[slack]{slack}[{head.partition('[')[2]}"
    )
    assert installation.status()["well"]


async def test_status_says_that_a_reload_was_refused_until_it_is_undone(installation: Installation) -> None:
    before = installation.config.read_text()
    await installation.start_daemon()
    installation.config.write_text(before + "[polling]\ntick = 5\n")
    installation.reloads.refuse("config.toml: [polling] tick must be a duration. EbaySecretCanary")
    presence = installation.app.presence(installation.reloads)
    await presence.announce(installation.clock.now())
    status = installation.status()
    assert "the daemon's configuration file would be refused now" in status["troubles"]
    assert "a reload was refused" in status["troubles"]
    (line,) = [line for line in status["lines"] if line.startswith("The last reload was refused: ")]
    assert "tick must be" in line
    assert "EbaySecretCanary" not in line
    installation.config.write_text(before)
    assert installation.status()["well"]


async def test_the_stored_digest_gives_no_secret_away(installation: Installation) -> None:
    await installation.start_daemon()
    (daemon,) = installation.app.stores.daemons.listed()
    public, _, keyed = daemon.config_digest.partition(":")
    assert len(public) == len(keyed) == 64
    installation.config.write_text(EDITS["a secret"](installation.config.read_text()))
    (installation.config.parent / "config.key").unlink()
    assert installation.status()["well"], "without the key, the digest does not depend on secrets"
    assert (installation.config.parent / "config.key").exists() is False, "reading makes no key"


async def test_a_daemon_that_ends_is_removed(installation: Installation) -> None:
    presence = installation.app.presence(installation.reloads)
    await presence.announce(installation.clock.now())
    assert installation.app.stores.daemons.listed()
    await presence.leave()
    assert not installation.app.stores.daemons.listed()


async def test_daemons_that_died_are_removed_after_a_day(installation: Installation) -> None:
    now = installation.clock.now()
    for n, seen in enumerate((now, Instant(now - DAY - 1), Instant(now + 2 * DAY))):
        await installation.app.stores.daemons.see(DaemonRecord(f"a:{n}:0", seen, seen, "1", "", ""))
    await installation.app.stores.housekeeping.prune(now)
    assert [d.id for d in installation.app.stores.daemons.listed()] == ["a:0:0"]


# everything else that is not well


async def _overdue(made: Installation) -> None:
    await made.change(due_at=made.clock.now() - 2 * HOUR - 1)


async def _silence_watch(made: Installation) -> None:
    now = made.clock.now()
    silence = Silence("s1", now, Instant(now + HOUR), "ann", "holiday", watch=1)
    await made.app.stores.silences.add(silence, now)


async def _silence_ebay(made: Installation) -> None:
    now = made.clock.now()
    silence = Silence(
        "s2", Instant(now - DAY), Instant(now - DAY + HOUR), "bob", "works", "ebay", every=Seconds(DAY)
    )
    await made.app.stores.silences.add(silence, now)


async def _fail_calls(made: Installation) -> None:
    for n in range(40):
        code = Code.EBAY_UNAVAILABLE if n % 8 == 0 else None
        made.app.health.observe(Attempt(Api.EBAY, made.clock.now(), Seconds(0.1), code))


async def _add_frequent_watches(made: Installation) -> None:
    for n in range(22):
        await made.app.registry.add({"query": f"rokkor {n}", "below": "5", "every": "1m"}, made.clock.now())


TROUBLES: dict[str, tuple[Callable[[Installation], Any], str]] = {
    "overdue": (_overdue, "1 search overdue"),
    "late": (lambda made: made.change(due_at=made.clock.now() - 10 * MINUTE), "polls are 10 min late"),
    "unrecorded": (
        lambda made: made.change(unrecorded=2, error="X"),
        "polls of 1 search could not be recorded",
    ),
    "unreadable": (lambda made: made.change(unreadable=3), "3 listings could not be read"),
    "failing": (lambda made: made.change(error="EBAY_TIMEOUT"), "the last poll of 1 search failed"),
    "silenced watch": (_silence_watch, "1 silence active"),
    "silenced incidents": (_silence_ebay, "1 silence active"),
    "degraded": (_fail_calls, "eBay is degraded"),
    "cadence": (_add_frequent_watches, "intervals are up to 10.6 times as long as asked for"),
}


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_status_says_what_is_not_well(installation: Installation, trouble: str) -> None:
    await installation.start_daemon()
    cause, expected = TROUBLES[trouble]
    await cause(installation)
    status = installation.status()
    assert status["troubles"] == [expected]
    assert status["well"] is False


@pytest.mark.parametrize(
    ("every", "late", "overdue"), [("1h", 1.9, 0), ("1h", 2.1, 1), ("1m", 1.9, 0), ("1m", 2.1, 1)]
)
async def test_a_search_is_overdue_beyond_twice_its_cadence(
    installation: Installation, every: str, late: float, overdue: int
) -> None:
    await installation.app.registry.edit(1, {"every": every}, installation.clock.now())
    cadence = HOUR if every == "1h" else MINUTE
    await installation.change(due_at=installation.clock.now() - late * cadence)
    assert installation.status()["watches"]["overdue"] == overdue


async def test_a_silence_is_shown_with_its_end_and_author(installation: Installation) -> None:
    await _silence_watch(installation)
    lines = installation.status()["lines"]
    (line,) = [line for line in lines if line.startswith("Silenced until ")]
    assert line.endswith("by ann: price alerts of watch 1 (holiday)")


async def test_every_figure_of_the_text_is_in_the_json(installation: Installation) -> None:
    await installation.start_daemon()
    for cause, _ in TROUBLES.values():
        await cause(installation)
    await installation.change(due_at=installation.clock.now() - 3 * HOUR)
    status = installation.status()
    figures = _figures({k: v for k, v in status.items() if k not in ("lines", "troubles")})
    durations = re.compile(r"\d+(?:\.\d+)? (?:s|min|h|d)\b")
    for text in (*status["lines"], *status["troubles"]):
        for figure in re.findall(r"\d+(?:\.\d+)?", durations.sub("", text).replace(",", "")):
            assert figure in figures, text


def _figures(view: object) -> set[str]:
    """Return all numbers in a JSON value, those within its texts and the lengths of its lists included."""
    if isinstance(view, dict):
        return set().union(*map(_figures, view.values()), *map(_figures, view))
    if isinstance(view, list):
        return {str(len(view))}.union(*map(_figures, view))
    return set(re.findall(r"\d+(?:\.\d+)?", str(view).replace(",", "")))


async def test_status_says_that_a_quota_of_zero_polls_nothing(installation: Installation) -> None:
    await installation.start_daemon()
    await installation.app.quota_blocks[Api.EBAY].reconcile(0, 0, None, installation.clock.now())
    assert "nothing is polled: eBay grants no calls" in installation.status()["troubles"]


async def test_status_shows_why_messages_wait(installation: Installation) -> None:
    row = {
        "kind": "price",
        "ref": "a",
        "destination": "slack",
        "payload": "{}",
        "state": "pending",
        "lease": "",
    }
    numbers = {"next_at": 0.0, "created_at": 0.0, "lease_until": 0.0, "attempt": 1}

    def write(conn: Connection) -> None:
        conn.execute(outbox.insert().values(error="HTTP 302: it redirects", **row, **numbers))

    assert installation.status()["outbox"]["lastFailure"] is None
    await installation.app.stores.database.write(write)
    found = installation.status()
    assert found["outbox"]["lastFailure"] == {"to": "slack", "why": "HTTP 302: it redirects"}
    assert "The last try to send to slack failed: HTTP 302: it redirects" in found["lines"]
