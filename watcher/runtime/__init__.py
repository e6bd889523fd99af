"""The composition root: the one room that builds adapters, the system clock and the random generator."""

from watcher.runtime.app import App, RealClock
from watcher.runtime.integrations import require_credentials

__all__ = ["App", "RealClock", "require_credentials"]
