"""A digest of the configuration file, which shows whether a daemon runs with what the file holds now.

It has two parts: one of every value that is not a secret, and one of all values, keyed with a key that stays
in the state directory. So a digest in the database gives no secret away, not even to a guess.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from enum import StrEnum
from pathlib import Path

from watcher.config.sources import ConfigRefused, SourcedValues, field_of, is_secret, read_toml_file

_SEPARATOR = ":"


class FileState(StrEnum):
    """What a configuration file is to a daemon that was started with it.

    `broken`: it is not valid now, so a reload would be refused. `unknown`: it cannot be read from here.
    """

    CURRENT = "current"
    CHANGED = "changed"
    BROKEN = "broken"
    UNKNOWN = "unknown"


def plain_values(values: SourcedValues) -> dict[str, object]:
    """Return the values by the full names of their keys."""
    return {".".join(key): sourced.value for key, sourced in values.items()}


def config_digest(values: dict[str, object], key: bytes | None) -> str:
    """Return the digest of a file's values. Without a `key` it does not cover the secrets."""
    public = {name: bool(value) if _may_be_secret(name) else value for name, value in values.items()}
    keyed = hmac.new(key, _normal_form(values), hashlib.sha256).hexdigest() if key else ""
    return f"{hashlib.sha256(_normal_form(public)).hexdigest()}{_SEPARATOR}{keyed}"


def compare_file(path: Path, digest: str, key: bytes | None) -> FileState:
    """Compare a configuration file with the digest of the values that a daemon read from it."""
    problems: list[str] = []
    try:
        values = plain_values(read_toml_file(path, str(path), problems))
    except FileNotFoundError:
        return FileState.CHANGED
    except ConfigRefused:
        return FileState.BROKEN if _is_readable(path) else FileState.UNKNOWN
    if problems:
        return FileState.BROKEN
    public, _, keyed = digest.partition(_SEPARATOR)
    public_now, _, keyed_now = config_digest(values, key).partition(_SEPARATOR)
    same = public == public_now and (not (keyed and keyed_now) or hmac.compare_digest(keyed, keyed_now))
    return FileState.CURRENT if same else FileState.CHANGED


def _is_readable(path: Path) -> bool:
    try:
        with path.open("rb"):
            return True
    except OSError:
        return False


def _normal_form(values: dict[str, object]) -> bytes:
    return json.dumps(values, sort_keys=True, default=str).encode("utf-8", "surrogatepass")


def _may_be_secret(name: str) -> bool:
    field = field_of(tuple(name.split(".")))
    return field is None or is_secret(field)
