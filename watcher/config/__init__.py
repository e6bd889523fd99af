"""Load config.toml, the environment and systemd credentials into frozen Settings, or refuse them clearly."""

from watcher.config.loading import load_settings
from watcher.config.salvage import usable_settings
from watcher.config.settings import Settings
from watcher.config.sources import ConfigRefused

__all__ = ["ConfigRefused", "Settings", "load_settings", "usable_settings"]
