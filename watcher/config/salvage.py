"""What can be used of a configuration that is refused, for commands that only read the database.

The daemon keeps running with the configuration that it read before an edit went wrong, and this is when an
operator looks at `watcher status`. Refused values are replaced by their defaults. The database is never
guessed: if any doubt is left which one is meant, the configuration stays refused.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from watcher.config.loading import build_settings, config_file
from watcher.config.settings import Settings
from watcher.config.sources import (
    MAX_FILE_BYTES,
    ConfigKey,
    ConfigRefused,
    SourcedValues,
    flatten,
    read_credentials,
    read_environment,
)

_HEADER = re.compile(r"^[ \t]*\[", re.MULTILINE)
_COMMENT = re.compile(r"^[ \t]*#.*$", re.MULTILINE)
# A line or a problem that may be about the place of the database.
_ABOUT_DATABASE = re.compile(
    r"(?i)\[?dat\w{0,2}b\w{0,3}s|\[db|\bdb\w*\s*=|sqlite|postgres|\burl\s*=\s*.*\.db\b|state_?dir"
)
_ABOUT_STATE = re.compile(r"(?i)\bstate|\bdir\w*\s*=")
_PLACE: tuple[ConfigKey, ...] = (("database", "url"), ("state_dir",))


def usable_settings(path: Path | None, env: Mapping[str, str], refused: ConfigRefused) -> Settings:
    """Return the settings without what is refused; `Settings.problems` says what that is.

    Raises `refused` unless the database is certain.
    """
    if any(_ABOUT_DATABASE.search(problem.partition(": ")[2]) for problem in refused.problems):
        raise refused
    problems: list[str] = []
    file, text = _text_of(path)
    values: SourcedValues = {}
    if text is not None:
        values = flatten(_readable_part(text), (), str(file), problems)
    values |= read_environment(env, problems)
    if credentials := env.get("CREDENTIALS_DIRECTORY"):
        values |= read_credentials(credentials, problems)
    # A key that was not understood may name another database; so may a file that cannot be read.
    if any(key not in values and (text is None or _mentions(text, key)) for key in _PLACE):
        raise refused
    settings = _without_refused(str(file or ""), values, env, refused)
    # Nothing is created: an empty database where the real one should be would look like a loss.
    if settings.has_embedded_database and not Path(settings.database_name).exists():
        raise refused
    return settings.model_copy(update={"problems": refused.problems})


def _text_of(path: Path | None) -> tuple[Path | None, str | None]:
    """Return the configuration file and its text; None if there is none, or if it cannot be read."""
    file = config_file(path)
    if file is None:
        return None, ""
    try:
        with file.open("rb") as opened:
            return file, opened.read(MAX_FILE_BYTES).decode("utf-8-sig", errors="replace")
    except OSError:
        return file, None


def _readable_part(text: str) -> dict[str, Any]:
    """Return what can be read of a TOML text."""
    if (whole := _parsed(text)) is not None:
        return whole
    tree: dict[str, Any] = {}
    starts = [0, *(found.start() for found in _HEADER.finditer(text)), len(text)]
    for start, end in pairwise(starts):
        for part in _readable_parts(text[start:end]):
            _merge(tree, part)
    return tree


def _readable_parts(section: str) -> Iterator[dict[str, Any]]:
    """Yield a section, or each of its lines that is valid on its own."""
    if (whole := _parsed(section)) is not None:
        yield whole
        return
    header, _, rest = section.partition("\n")
    if not _HEADER.match(header):
        header, rest = "", section
    for line in rest.splitlines():
        if (part := _parsed(f"{header}\n{line}\n")) is not None:
            yield part


def _parsed(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError):
        return None


def _merge(tree: dict[str, Any], part: Mapping[str, Any]) -> None:
    """Add a part to a tree; what two parts say differently is left out."""
    for name, value in part.items():
        if isinstance(value, dict) and isinstance(tree.setdefault(name, {}), dict):
            _merge(tree[name], value)
        elif tree.setdefault(name, value) != value:
            tree[name] = None  # no key takes this value


def _mentions(text: str, key: ConfigKey) -> bool:
    """Return whether a text may set a key, comments aside."""
    lines = _COMMENT.sub("", text)
    return bool((_ABOUT_DATABASE if key[0] == "database" else _ABOUT_STATE).search(lines))


def _without_refused(
    source: str, values: SourcedValues, env: Mapping[str, str], refused: ConfigRefused
) -> Settings:
    """Return the settings without refused values. Raises `refused` if the database is among them."""
    kept = dict(values)
    while True:
        try:
            return build_settings(source, kept, env)
        except ValidationError as error:
            wrong = {tuple(map(str, details["loc"])) for details in error.errors(include_url=False)}
            dropped = {
                key for key in kept for loc in wrong if key[: len(loc)] == loc or loc[: len(key)] == key
            }
            if not dropped or dropped & set(_PLACE):
                raise refused from None
            kept = {key: value for key, value in kept.items() if key not in dropped}
