"""Whether the daemon lives, whether it can work, and how the outside services are."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Response

from watcher.core.errors import RequestRefused
from watcher.core.monitoring.api_status import ApiHealth
from watcher.web.auth import admin, caller
from watcher.web.dependencies import Web

router = APIRouter(tags=["health"])

_STARTING = 503
_EXPOSITION = "text/plain; version=0.0.4; charset=utf-8"
_FIGURES = ("min", "avg", "max", "p50", "p95", "p99")


@router.head("/healthz", include_in_schema=False)
@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The daemon is alive: its event loop answers."""
    return {"status": "alive"}


@router.head("/readyz", include_in_schema=False)
@router.get("/readyz")
async def readyz(web: Web) -> dict[str, str]:
    """The daemon can work: the database answers, its schema is ours, the first round is done."""
    if why := web.not_ready():
        raise RequestRefused(_STARTING, why, retryable=True, retry_after=1.0)
    return {"status": "ready"}


@router.get("/metrics", response_class=Response)
async def exposition(web: Web) -> Response:
    """Everything that is counted since the start, for Prometheus."""
    return Response(web.render_metrics(), media_type=_EXPOSITION)


@router.get("/api/health", dependencies=[Depends(caller)])
async def health(web: Web) -> dict[str, dict[str, Any]]:
    """Each outside service in a word, with its failure rate in percent over the sliding window."""
    return {
        str(api): {"status": str(h.status), "failureRate": _percent(h)}
        for api, h in web.health.snapshot(web.clock.now()).items()
    }


@router.get("/api/admin/metrics", dependencies=[Depends(admin)])
async def metrics(web: Web) -> dict[str, dict[str, Any]]:
    """The calls of the sliding window: counts, latency in milliseconds, failure rate in percent."""
    return {str(api): _metrics(h) for api, h in web.health.snapshot(web.clock.now()).items()}


def _metrics(health: ApiHealth) -> dict[str, Any]:
    latency = health.latency
    return {
        "successCount": health.success_count,
        "failureCount": health.failure_count,
        "latency": {n: None if latency is None else round(getattr(latency, n), 1) for n in _FIGURES},
        "failureRate": _percent(health),
        "lastError": None if health.last_error is None else str(health.last_error),
    }


def _percent(health: ApiHealth) -> float | None:
    """Null without a call: nothing is known then, which is not 0 %."""
    return None if health.failure_rate is None else round(health.failure_rate, 1)
