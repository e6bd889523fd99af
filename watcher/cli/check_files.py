"""Files that other users of this machine can read although they hold secrets or what a user looks for."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from stat import S_IROTH
from typing import TYPE_CHECKING

from watcher.db.sqlite import sqlite_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from watcher.config import Settings


def find_readable_files(settings: Settings) -> Iterator[str]:
    """Yield a sentence for each file that every user of this machine can read but should not."""
    config = Path(settings.source)
    if _is_readable_by_all(config) and _holds_secret(config, settings):
        yield f"{config} holds secrets, and every user of this machine can read it: run `chmod 600 {config}`"
    if settings.has_embedded_database and _is_readable_by_all(file := sqlite_path(settings.database_url)):
        yield f"every user of this machine can read {file}: run `chmod 600 {file}*`"


def _is_readable_by_all(file: Path) -> bool:
    with suppress(OSError):
        return file.is_file() and bool(file.stat().st_mode & S_IROTH)
    return False


def _holds_secret(file: Path, settings: Settings) -> bool:
    with suppress(OSError, UnicodeError):
        text = file.read_text(encoding="utf-8")
        return any(secret in text for secret in settings.secrets())
    return False
