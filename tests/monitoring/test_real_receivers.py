"""A real StatsD daemon and a real Prometheus receive the metrics and agree with the admin endpoint."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.crash import free_port, process, watcher
from tests.market.faults import Fault, FaultKind
from tests.market.rows import summary
from tests.market.scripted import Scripted
from tests.market.server import MarketServer
from watcher.demo.browse import SEARCH
from watcher.demo.oauth import CLIENT_ID, CLIENT_SECRET

HOME = Path(__file__).parents[2]
NODE, PROMETHEUS = shutil.which("node"), shutil.which("prometheus")
STATSD = HOME / ".venv" / "statsd" / "node_modules" / "statsd" / "stats.js"
RULES = HOME / "docs" / "prometheus" / "watcher.rules.yml"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(NODE is None, reason="node is not installed: make system-packages"),
    pytest.mark.skipif(PROMETHEUS is None, reason="prometheus is not installed: make system-packages"),
    pytest.mark.skipif(not STATSD.exists(), reason="npm's statsd is not installed: make statsd"),
]


@asynccontextmanager
async def running(*command: str) -> AsyncIterator[None]:
    child = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        yield
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()


@asynccontextmanager
async def statsd_server(home: Path) -> AsyncIterator[tuple[int, int]]:
    """Run StatsD; yield its UDP and management ports. It never flushes, so every metric can be read back."""
    udp, tcp = free_port(), free_port()
    config = home / "statsd.js"
    config.write_text(
        f'{{address: "127.0.0.1", port: {udp}, mgmt_address: "127.0.0.1", mgmt_port: {tcp},'
        " flushInterval: 86400000, backends: []}"
    )
    async with running(str(NODE), str(STATSD), str(config)):
        await _until(lambda: _ask_statsd(tcp, "health"))
        yield udp, tcp


@asynccontextmanager
async def prometheus_server(home: Path, target: int) -> AsyncIterator[httpx.AsyncClient]:
    """Run a Prometheus that scrapes a daemon every second, with our alert rules."""
    port, config = free_port(), home / "prometheus.yml"
    config.write_text(
        f"""
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: ["{RULES}"]
scrape_configs:
  - job_name: watcher
    static_configs: [{{targets: ["127.0.0.1:{target}"]}}]
"""
    )
    command = (
        str(PROMETHEUS),
        f"--config.file={config}",
        f"--storage.tsdb.path={home / 'tsdb'}",
        f"--web.listen-address=127.0.0.1:{port}",
    )
    async with running(*command), httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        await _until(lambda: _is_prometheus_ready(client))
        yield client


async def _is_prometheus_ready(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/-/ready")).status_code == 200
    except httpx.HTTPError:
        return False


async def _ask_statsd(port: int, word: str) -> str:
    """Return the answer of StatsD's management port; empty if it cannot be reached."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return ""
    writer.write(f"{word}\n".encode())
    end = b"\n" if word == "health" else b"END\n\n"
    answer = await reader.readuntil(end)
    writer.close()
    return answer.decode()


async def _until(done: Any, seconds: float = 60.0) -> Any:
    async with asyncio.timeout(seconds):
        while not (found := await done()):
            await asyncio.sleep(0.2)
    return found


async def _statsd_metrics(port: int, kind: str) -> dict[str, Any]:
    """Return StatsD's metrics of one kind.

    Node prints names bare or in single quotes, and cuts off long lists.
    """
    text = re.sub(r",\s*\.\.\. \d+ more items?", "", (await _ask_statsd(port, kind)).partition("END")[0])
    quoted = re.sub(r"'([^']*)'", r'"\1"', text)
    quoted = re.sub(r"([{,]\s*)([A-Za-z_]\w*)\s*:", r'\1"\2":', quoted)
    return dict(json.loads(quoted))


def _config(home: Path, market: MarketServer, port: int, statsd: int) -> Path:
    path = home / "config.toml"
    path.write_text(
        f"""
[database]
url = "sqlite:///{home}/watcher.db"
[http]
port = {port}
[ebay]
base_url = "{market.url}"
client_id = "{CLIENT_ID}"
client_secret = "{CLIENT_SECRET}"
[slack]
watch_webhook_url = "{market.webhook("watches")}"
[statsd]
host = "127.0.0.1"
port = {statsd}
"""
    )
    return path


async def test_statsd_prometheus_and_the_admin_endpoint_agree(tmp_path: Path) -> None:
    goods = Scripted()
    for n in range(8):
        goods.put(f"camera {n}", *(summary(f"{n}{i}", f"Camera {n}", f"{40 + i}.00") for i in range(6)))
    port = free_port()
    async with AsyncExitStack() as stack:
        market = await stack.enter_async_context(MarketServer(goods, clock=time.time))
        udp, tcp = await stack.enter_async_context(statsd_server(tmp_path))
        config = _config(tmp_path, market, port, udp)
        await stack.enter_async_context(process(*watcher(config, "run"), stderr=asyncio.subprocess.DEVNULL))
        daemon = await stack.enter_async_context(
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60)
        )
        prometheus = await stack.enter_async_context(prometheus_server(tmp_path, port))
        await _until(lambda: _is_daemon_ready(daemon))
        for n in range(4):
            made = await daemon.post(
                "/api/watches", json={"query": f"camera {n}", "below": 41, "every": "60m"}
            )
            assert made.status_code == 201
        await _until(lambda: _are_alerts_sent(market))
        market.faults = [Fault(FaultKind.STATUS, SEARCH, every=2)]
        for n in range(4, 8):
            await daemon.get("/api/comps", params={"q": f"camera {n}"})
        market.faults = []

        async def figures_agree() -> dict[str, Any] | None:
            admin = (await daemon.get("/api/admin/metrics")).json()["ebay"]
            counters, gauges = await _statsd_metrics(tcp, "counters"), await _statsd_metrics(tcp, "gauges")
            scraped = await _prometheus_figures(prometheus)
            a, s, p = (  # of the admin endpoint, StatsD and Prometheus
                {
                    "success": admin["successCount"],
                    "failure": admin["failureCount"],
                    **{p: admin["latency"][p] for p in ("p50", "p95", "p99")},
                },
                {
                    "success": counters.get("watcher.api.ebay.success", 0),
                    "failure": counters.get("watcher.api.ebay.failure", 0),
                    "sent": counters.get("watcher.alert.sent", 0),
                    "quota": gauges.get("watcher.quota.ebay.remaining"),
                },
                scraped,
            )
            same = (
                a["success"] == s["success"] == p["calls"] - p["failures"]
                and a["failure"] == s["failure"] == p["failures"] > 0
                and s["sent"] == p["sent"] == len(market.messages) == 4
                and s["quota"] == p["quota"]
                and all(a[name] == round(p[name], 1) for name in ("p50", "p95", "p99"))
            )
            return admin if same else None

        assert (await _until(figures_agree))["successCount"] >= 8
        timers = await _statsd_metrics(tcp, "timers")
        admin = (await daemon.get("/api/admin/metrics")).json()["ebay"]
        latencies = sorted(timers["watcher.api.ebay.latency"])
        assert len(latencies) == admin["successCount"] + admin["failureCount"]
        assert round(latencies[-1], 1) == admin["latency"]["max"]
        assert not await _count_bad_lines(tcp)
        rules = (await prometheus.get("/api/v1/rules")).json()["data"]["groups"]
        assert {r["health"] for g in rules for r in g["rules"]} == {"ok"}


async def _is_daemon_ready(daemon: httpx.AsyncClient) -> bool:
    try:
        return (await daemon.get("/readyz")).status_code == 200
    except httpx.HTTPError:
        return False


async def _are_alerts_sent(market: MarketServer) -> bool:
    return len(market.messages) >= 4


async def _count_bad_lines(tcp: int) -> int:
    """Return the number of lines that StatsD could not parse."""
    stats = await _ask_statsd(tcp, "stats")
    (line,) = [x for x in stats.splitlines() if "bad_lines_seen" in x]
    return int(line.rpartition(" ")[2])


async def _prometheus_figures(prometheus: httpx.AsyncClient) -> dict[str, float]:
    """Return the figures that Prometheus has; 0 if it has none yet."""
    queries = {
        "calls": 'api_calls_total{service="ebay"}',
        "failures": 'sum(api_call_failures_total{service="ebay"})',
        "sent": 'watcher_alerts_total{result="sent"}',
        "quota": 'watcher_quota_remaining{service="ebay"}',
        **{p: f'api_call_duration_ms{{service="ebay",percentile="{p}"}}' for p in ("p50", "p95", "p99")},
    }
    found = {}
    for name, query in queries.items():
        answer = await prometheus.get("/api/v1/query", params={"query": query})
        result = answer.json()["data"]["result"]
        found[name] = float(result[0]["value"][1]) if result else 0.0
    return found
