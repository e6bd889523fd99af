"""The composition root: the only room that names concrete adapters, the real clock and the dice."""

from watcher.runtime.app import App, RealClock, died_here
from watcher.runtime.integrations import require_credentials

__all__ = ["App", "RealClock", "died_here", "require_credentials"]
