"""Probes, metrics, and the health of the outside services."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Response
from fastapi.responses import PlainTextResponse

from watcher.core.apis import Api
from watcher.core.errors import RequestRefused
from watcher.core.monitoring.api_status import ApiHealth
from watcher.web.access.auth import admin, caller
from watcher.web.answers.base import answers
from watcher.web.answers.health import AliveView, ApiHealthView, ApiMetricsView, ReadyView
from watcher.web.dependencies import Web
from watcher.web.endpoints.parameters import known_parameters
from watcher.web.response_headers import EXPOSITION

router = APIRouter(tags=["health"])

_UNAVAILABLE = 503
_EXAMPLE = 'api_calls_total{service="ebay"} 993.0\n'
_FIGURES = ("min", "avg", "max", "p50", "p95", "p99")


@router.head("/healthz", include_in_schema=False)
@router.get("/healthz", name="isAlive", **answers(AliveView))
async def healthz() -> dict[str, str]:
    """Answer while the daemon is alive, which means that its event loop runs."""
    return {"status": "alive"}


@router.head("/readyz", include_in_schema=False)
@router.get("/readyz", name="isReady", **answers(ReadyView, errors=(503,)))
async def readyz(web: Web) -> dict[str, str]:
    """Answer 200 if the daemon can work, else 503 with the reason."""
    if why := web.not_ready():
        raise RequestRefused(_UNAVAILABLE, why, retryable=True, retry_after=1.0)
    return {"status": "ready"}


@router.get(
    "/metrics",
    name="getMetrics",
    response_class=PlainTextResponse,
    **answers(str, "The metrics.", media="text/plain", example=_EXAMPLE),
)
async def exposition(web: Web) -> Response:
    """Return the metrics since the start, for Prometheus."""
    return Response(web.render_metrics(), media_type=EXPOSITION)


@router.get(
    "/api/health",
    name="getHealth",
    **answers(dict[Api, ApiHealthView], "By service."),
    dependencies=[Depends(caller), Depends(known_parameters)],
)
async def health(web: Web) -> dict[str, dict[str, Any]]:
    """Return each outside service's status and its failure rate, in percent over the sliding window."""
    return {
        str(api): {"status": str(h.status), "failureRate": _failure_rate(h)}
        for api, h in web.health.snapshot(web.clock.now()).items()
    }


@router.get(
    "/api/admin/metrics",
    name="getCallMetrics",
    **answers(dict[Api, ApiMetricsView], "By service."),
    dependencies=[Depends(admin), Depends(known_parameters)],
)
async def metrics(web: Web) -> dict[str, dict[str, Any]]:
    """Return the calls of the sliding window: counts, latency in milliseconds, failure rate in percent."""
    return {str(api): _metrics(h) for api, h in web.health.snapshot(web.clock.now()).items()}


def _metrics(health: ApiHealth) -> dict[str, Any]:
    latency = health.latency
    return {
        "successCount": health.success_count,
        "failureCount": health.failure_count,
        "latency": {n: None if latency is None else round(getattr(latency, n), 1) for n in _FIGURES},
        "failureRate": _failure_rate(health),
        "lastError": None if health.last_error is None else str(health.last_error),
    }


def _failure_rate(health: ApiHealth) -> float | None:
    """Return the failure rate; None without a call, because nothing is known then."""
    return None if health.failure_rate is None else round(health.failure_rate, 1)
