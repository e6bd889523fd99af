"""config.toml, the environment and systemd's credentials: frozen Settings, or a clear refusal."""

from watcher.config.loading import load
from watcher.config.settings import Settings
from watcher.config.sources import ConfigRefused

__all__ = ["ConfigRefused", "Settings", "load"]
