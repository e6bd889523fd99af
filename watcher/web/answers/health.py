"""The answers of the probes, and about the health of the outside services."""

from __future__ import annotations

from typing import Literal

from watcher.core.monitoring.api_status import ApiStatus
from watcher.web.answers.base import AnswerBody, shown


class AliveView(AnswerBody):
    """The daemon is alive."""

    status: Literal["alive"]


class ReadyView(AnswerBody):
    """The daemon can work."""

    status: Literal["ready"]


class ApiHealthView(AnswerBody):
    """The health of one outside service."""

    status: ApiStatus
    failure_rate: float | None = shown(1.3, "Percent; null without a call.", ge=0, le=100)


class LatencyView(AnswerBody):
    """Milliseconds; null without a call."""

    min: float | None = shown(80.1)
    avg: float | None = shown(143.5)
    max: float | None = shown(2010.7)
    p50: float | None = shown(120.0)
    p95: float | None = shown(350.2)
    p99: float | None = shown(1200.9)


class ApiMetricsView(AnswerBody):
    """The calls of one outside service in the sliding window."""

    success_count: int = shown(980, ge=0)
    failure_count: int = shown(13, ge=0)
    latency: LatencyView
    failure_rate: float | None = shown(1.3, "Percent; null without a call.", ge=0, le=100)
    last_error: str | None = shown("EBAY_TIMEOUT", "The code of the last failure.")
