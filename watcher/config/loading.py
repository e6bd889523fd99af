"""Load the settings: combine the three sources, and report every problem at once."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from watcher.config.digest import plain_values
from watcher.config.settings import Settings
from watcher.config.sources import (
    ConfigKey,
    ConfigRefused,
    SourcedValues,
    field_of,
    in_brackets,
    must_be,
    read_credentials,
    read_environment,
    read_toml_file,
)
from watcher.config.value_types import ValueRefused
from watcher.core.proxies import read_proxy_variables

LOCAL_FILE = Path("config.toml")
SYSTEM_FILE = Path("/etc/watcher/config.toml")


def load_settings(path: Path | None, env: Mapping[str, str]) -> Settings:
    """Load the settings; a systemd credential overrides the environment, which overrides the file.

    The file is `path`, else ./config.toml, else /etc/watcher/config.toml; without any, all defaults apply.
    Raises ConfigRefused with every problem.
    """
    problems: list[str] = []
    source, values = _read_file(path, problems)
    in_file = plain_values(values)
    values |= read_environment(env, problems)
    if credentials := env.get("CREDENTIALS_DIRECTORY"):
        values |= read_credentials(credentials, problems)
    variables = read_proxy_variables(env)
    settings = None
    try:
        settings = build_settings(source, values, env)
        if not settings.proxy.url.get_secret_value():
            problems += [
                f"environment: {name} is not the address of an HTTP proxy; correct it, or set [proxy] url."
                for name in variables.wrong
            ]
    except ValidationError as error:
        problems += [_describe_error(details, values) for details in error.errors(include_url=False)]
    if problems or settings is None:
        raise ConfigRefused(problems)
    return settings.model_copy(update={"in_file": MappingProxyType(in_file)})


def build_settings(source: str, values: SourcedValues, env: Mapping[str, str]) -> Settings:
    """Build the settings from the values of all sources. Raises ValidationError."""
    # systemd separates several directories by colons; the first is the main one.
    state = env.get("STATE_DIRECTORY", "").partition(":")[0]
    return Settings(
        **_nested(values),
        source=source,
        state_directory=Path(state) if state else None,
        cwd=Path.cwd(),
        proxy_variables=read_proxy_variables(env).rule,
    )


def config_file(path: Path | None) -> Path | None:
    """Return the file to read: `path`, or the first that exists of those in the default places."""
    return path or next((file for file in (LOCAL_FILE, SYSTEM_FILE) if os.path.lexists(file)), None)


def _read_file(path: Path | None, problems: list[str]) -> tuple[str, SourcedValues]:
    for candidate in [LOCAL_FILE, SYSTEM_FILE] if path is None else [path]:
        try:
            return str(candidate), read_toml_file(candidate, str(candidate), problems)
        except ConfigRefused as refused:
            problems += refused.problems
            return str(candidate), {}
        except FileNotFoundError:
            if path is not None:
                problems.append(f"{path}: the file does not exist.")
    return "the defaults", {}


def _nested(values: SourcedValues) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for (*sections, name), sourced in values.items():
        section = tree
        for part in sections:
            section = section.setdefault(part, {})
        value = sourced.value
        section[name] = {**value} if isinstance(value, dict) else value
    return tree


def _describe_error(error: ErrorDetails, values: SourcedValues) -> str:
    key: ConfigKey = tuple(str(part) for part in error["loc"])
    cause = error.get("ctx", {}).get("error")
    is_entry = key not in values and isinstance(error["loc"][-1], int)  # of a list
    if is_entry:
        key = key[:-1]
    field, sourced = field_of(key), values.get(key)
    if sourced and field and not isinstance(cause, ValueRefused):
        wrong = error["input"] if is_entry else sourced.value
        return f"{sourced.source}: {sourced.name} {must_be(field, wrong)}"
    if sourced:
        return f"{sourced.source}: {sourced.name}: {cause}"
    # Several keys of a section contradict each other: name the first source that sets one of them.
    source = next((v.source for k, v in values.items() if k[: len(key)] == key), "configuration")
    return f"{source}: {in_brackets(key)} {cause or error['msg']}"
