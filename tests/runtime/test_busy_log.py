"""A busy hour with debug logs: no secret in any output, and ids that trace a message to its poll."""

from __future__ import annotations

import io
import json
import logging
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from tests.adapters.metrics.test_statsd import Sink
from tests.busy import CANARIES, configured, market_of, opened, work
from tests.fakes import FakeClock
from tests.market.server import MarketServer
from tests.web.clients import bearer, client_of
from watcher.adapters.host.logs import configure_logging

PATHS = (
    *("/metrics", "/healthz", "/readyz", "/docs", "/api/openapi.json", "/api/health", "/api/admin/metrics"),
    *(
        "/api/admin/cache",
        "/api/watches",
        "/api/watches/1/alerts",
        "/api/nowhere",
        "/api/comps?q=zenitar+mk2",
    ),
    "/api/comps?q=something+new",
)


class BusyHour(NamedTuple):
    """The outputs of a busy hour: the log, everything else by name, and the market."""

    log: str
    outputs: dict[str, str]
    market: MarketServer


@pytest.fixture(params=["json", "console"])
async def busy(
    request: pytest.FixtureRequest, tmp_path: Path, database_url: str, clock: FakeClock, restored_log: None
) -> AsyncIterator[BusyHour]:
    market, goods = market_of(clock)
    sink, out = Sink(), io.StringIO()
    statsd = f'[statsd]\nhost = "127.0.0.1"\nport = {sink.port}\n'
    async with market:
        settings = configured(tmp_path, market.url, database_url, statsd)
        configure_logging("debug", request.param, out, secrets=settings.secrets())
        async with opened(settings, clock) as app, client_of(app) as client:
            await work(app, market, goods, clock)
            outputs = {"settings": f"{settings!r} {settings}", "statsd": str(sink.read())}
            outputs["status"] = json.dumps(app.status.read(clock.now()))
            for user in (None, await bearer(app, admin=True), await bearer(app, "ann")):
                outputs |= await _answers(client, user or {})
        sink.socket.close()
        outputs["database"] = _dump(tmp_path / "watcher.db")
        yield BusyHour(out.getvalue(), outputs, market)


async def _answers(client: httpx.AsyncClient, headers: dict[str, str]) -> dict[str, str]:
    """Return every answer with its headers, by URL and status."""
    answers = [await client.get(path, headers=headers) for path in PATHS]
    return {f"{a.url} {a.status_code} {len(headers)}": f"{dict(a.headers)} {a.text}" for a in answers}


def _dump(file: Path) -> str:
    with sqlite3.connect(file) as database:
        text = "\n".join(database.iterdump())
    database.close()
    # The dump shows blobs as hex digits, so the file itself is searched, too.
    return text + file.read_bytes().decode("latin-1")


async def test_secrets_are_in_no_log_response_metric_or_table(busy: BusyHour) -> None:
    assert busy.log.count("\n") > 50
    assert len(busy.outputs) > 20
    everything = {**busy.outputs, "log": busy.log}
    found = [
        (output, secret)
        for output, text in everything.items()
        for secret, canary in CANARIES.items()
        if canary in text
    ]
    assert not found


@pytest.mark.usefixtures("restored_log")
async def test_secrets_are_redacted_from_log_lines(tmp_path: Path) -> None:
    """Without this, a busy hour that logs no secret proves nothing about redaction."""
    settings = configured(tmp_path, "http://127.0.0.1:9", f"sqlite:///{tmp_path}/w.db")
    out = io.StringIO()
    configure_logging("debug", "console", out, secrets=settings.secrets())
    for canary in CANARIES.values():
        logging.getLogger("watcher.test").error("leaks %s", canary, extra={"and": f"url/{canary}"})
    assert out.getvalue().count("***") >= 2 * len(CANARIES)
    assert not [c for c in CANARIES.values() if c in out.getvalue()]


@pytest.mark.parametrize("busy", ["json"], indirect=True)
async def test_a_slack_message_can_be_traced_to_its_poll(busy: BusyHour) -> None:
    lines: list[dict[str, Any]] = [json.loads(line) for line in busy.log.splitlines()]
    messages = [m for m in busy.market.messages if m.body["blocks"][0]["block_id"].startswith("alert:")]
    assert len(messages) > 2
    for message in messages:
        alert = message.body["blocks"][0]["block_id"].removeprefix("alert:")
        (sent,) = [x for x in lines if x["message"] == "sent" and x["alert"] == alert]
        assert isinstance(sent["delivery"], int)
        (polled,) = [x for x in lines if x["message"] == "polled" and alert in x["alerts"]]
        (claimed,) = [x for x in lines if x["message"] == "claimed" and x["poll"] == polled["poll"]]
        assert claimed["search"] == polled["search"]
        answered = [x for x in lines if x.get("poll") == polled["poll"] and x["message"] == "ebay answered"]
        assert answered


@pytest.mark.parametrize("busy", ["json"], indirect=True)
async def test_a_refused_message_is_logged_with_its_delivery_and_reason(busy: BusyHour) -> None:
    lines: list[dict[str, Any]] = [json.loads(line) for line in busy.log.splitlines()]
    refused = [x for x in lines if x["message"].startswith("refused for good")]
    assert refused
    assert {"delivery", "alert", "to", "attempt"} <= set(refused[0])
    postponed = [x for x in lines if x["message"].startswith("not sent, tried again")]
    assert {x["alert"] for x in postponed} <= {x["alert"] for x in lines if x["message"] == "sent"} | {
        x["alert"] for x in refused
    }
