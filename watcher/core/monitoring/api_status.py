"""The health of an API over the sliding window: one word, counts, latency and the state of each rule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from watcher.core.errors import Code
from watcher.core.monitoring.incidents import Incident, State, Symptom


class ApiStatus(StrEnum):
    """The overall status of an API."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    DOWN = "down"
    NO_DATA = "no_data"


@dataclass(frozen=True, slots=True)
class Latency:
    """Call durations in milliseconds; percentiles by nearest rank, failures and timeouts included."""

    min: float
    avg: float
    max: float
    p50: float
    p95: float
    p99: float


@dataclass(frozen=True, slots=True)
class ApiHealth:
    """One API over the sliding window. `failure_rate` is in percent; None without a call in the window.

    `codes` counts each error in the window. `symptoms` is the state of each rule. `refuses_credentials`:
    the API does not accept our credentials.
    """

    status: ApiStatus
    success_count: int
    failure_count: int
    failure_rate: float | None
    latency: Latency | None
    last_error: Code | None
    incidents: tuple[Incident, ...] = ()
    codes: Mapping[Code, int] = field(default_factory=dict)
    symptoms: Mapping[Symptom, State] = field(default_factory=dict)
    refuses_credentials: bool = False
