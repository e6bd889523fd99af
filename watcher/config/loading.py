"""One door: read the three places, the nearest wins, and refuse all that is wrong at once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from watcher.config.kinds import ValueRefused
from watcher.config.settings import Settings
from watcher.config.sources import (
    ConfigKey,
    ConfigRefused,
    Values,
    field_of,
    from_credentials,
    from_environment,
    from_file,
    in_brackets,
    must_be,
)

LOCAL_FILE = Path("config.toml")
SYSTEM_FILE = Path("/etc/watcher/config.toml")


def load(path: Path | None, env: Mapping[str, str]) -> Settings:
    """The settings: a systemd credential beats the environment, which beats the file.

    The file is `path`, else ./config.toml, else /etc/watcher/config.toml, else there is none and every
    default holds. Raises ConfigRefused with all that is wrong.
    """
    problems: list[str] = []
    source, values = _read_file(path, problems)
    values |= from_environment(env, problems)
    if credentials := env.get("CREDENTIALS_DIRECTORY"):
        values |= from_credentials(credentials, problems)
    # systemd gives several directories separated by colons; the first is ours.
    state = env.get("STATE_DIRECTORY", "").partition(":")[0]
    settings = None
    try:
        settings = Settings(
            **_tree(values), source=source, state_directory=Path(state) if state else None, cwd=Path.cwd()
        )
    except ValidationError as error:
        problems += [_sentence(details, values) for details in error.errors(include_url=False)]
    if problems or settings is None:
        raise ConfigRefused(problems)
    return settings


def _read_file(path: Path | None, problems: list[str]) -> tuple[str, Values]:
    for candidate in [LOCAL_FILE, SYSTEM_FILE] if path is None else [path]:
        try:
            return str(candidate), from_file(candidate, str(candidate), problems)
        except ConfigRefused as refused:
            problems += refused.problems
            return str(candidate), {}
        except FileNotFoundError:
            if path is not None:
                problems.append(f"{path}: there is no such file.")
    return "the defaults", {}


def _tree(values: Values) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for (*sections, name), found in values.items():
        at = tree
        for section in sections:
            at = at.setdefault(section, {})
        at[name] = found.value
    return tree


def _sentence(error: ErrorDetails, values: Values) -> str:
    key: ConfigKey = tuple(str(part) for part in error["loc"])
    cause = error.get("ctx", {}).get("error")
    field, found = field_of(key), values.get(key)
    if found and field and not isinstance(cause, ValueRefused):
        return f"{found.origin}: {found.name} {must_be(field, found.value)}"
    if found:
        return f"{found.origin}: {found.name}: {cause}"
    # What is wrong between several keys of a section is told of the place that set one of them.
    origin = next((f.origin for k, f in values.items() if k[: len(key)] == key), "configuration")
    return f"{origin}: {in_brackets(key)} {cause or error['msg']}"
