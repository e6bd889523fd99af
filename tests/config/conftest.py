"""Every configuration test starts in an empty directory, on a machine where nothing is installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from watcher.config import loading


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Change to an empty directory and return it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(loading, "SYSTEM_FILE", tmp_path / "etc" / "config.toml")
    return tmp_path
