"""Read a configuration, or its refusal."""

from __future__ import annotations

from pathlib import Path

import pytest

from watcher.config import ConfigRefused, Settings, load_settings

HOOK = "https://hooks.slack.com/services/T000/B000/Secret"


def read(text: str, env: dict[str, str] | None = None) -> Settings:
    Path("config.toml").write_text(text, encoding="utf-8")
    return load_settings(None, env or {})


def refused(text: str = "", env: dict[str, str] | None = None) -> tuple[str, ...]:
    with pytest.raises(ConfigRefused) as caught:
        read(text, env)
    assert str(caught.value) == "\n".join(caught.value.problems)
    assert caught.value.__cause__ is None
    return caught.value.problems


def outcome(path: Path, env: dict[str, str]) -> tuple[Settings | None, tuple[str, ...]]:
    path.touch()
    try:
        return load_settings(path, env), ()
    except ConfigRefused as refusal:
        return None, refusal.problems
