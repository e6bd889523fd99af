"""The composition root: the only room that names concrete adapters, the real clock and the dice."""

from watcher.runtime.app import App, RealClock, is_orphaned
from watcher.runtime.integrations import require_credentials

__all__ = ["App", "RealClock", "is_orphaned", "require_credentials"]
