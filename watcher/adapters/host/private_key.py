"""A random key in the state directory, which only this user can read."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

_NAME = "config.key"
_BYTES = 32


def read_private_key(directory: Path) -> bytes | None:
    """Return the key; None if there is none, or if this user cannot read it."""
    try:
        key = (directory / _NAME).read_bytes()
    except OSError:
        return None
    return key if len(key) == _BYTES else None


def read_or_make_private_key(directory: Path) -> bytes | None:
    """Return the key, made if there is none; None if the directory cannot be written."""
    if (key := read_private_key(directory)) is not None:
        return key
    try:
        directory.mkdir(parents=True, exist_ok=True)
        handle = os.open(directory / _NAME, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(_BYTES))
    except OSError:
        pass  # another daemon may have made it at the same time
    return read_private_key(directory)
