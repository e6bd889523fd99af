"""Replaces files in one step."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

_MAX_NAME = 50  # characters of the file's name in that of its partial copy


def replace_file(path: Path, content: bytes, *, mode: int = 0o666, durable: bool = True) -> None:
    """Replace a file so that readers, and a crash, find the old content or the new. Raises OSError.

    `mode` is limited by the umask. `durable`: write to the disk before replacing, which can block.
    """
    partial = path.with_name(f"{path.name[:_MAX_NAME]}.{secrets.token_hex(8)}.partial")
    # Exclusive: an existing link at this path is not followed.
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
