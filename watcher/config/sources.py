"""Read the three sources of values (file, environment, systemd credentials) into one flat mapping."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, NamedTuple, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from watcher.config.plan_settings import PlanSettings
from watcher.config.settings import Settings
from watcher.core.identification import Way
from watcher.core.redaction import hide_keys, hide_shapes

ConfigKey = tuple[str, ...]
"""The path of a key: `("ebay", "client_id")`."""
MAX_FILE_BYTES = 1 << 20

_ENV_PREFIX = "WATCHER_"
_ENVIRONMENT = "environment"
_CREDENTIAL = "credential"
_MAX_SHOWN = 60  # characters of a refused value in an error message
# A less similar unknown variable or credential belongs to another program; a more similar one is a typo.
_MIN_SIMILARITY = 0.85
# Kubernetes and container links announce a neighbour called "watcher-http" as WATCHER_HTTP_PORT.
_CONTAINER_LINK = re.compile(r"(tcp|udp|sctp)://")
# What a sentence quotes from a source: in double quotes, or as the name of a section.
_QUOTED = re.compile(r'"[^"]*"|\[[^\]\s]*\]')


class ConfigRefused(Exception):
    """The configuration is refused. `problems` holds a sentence per reason, without any secret."""

    def __init__(self, problems: Iterable[str]) -> None:
        # A value in the wrong place, or a name, may be a secret.
        self.problems = tuple(_one_line(_without_secrets(p)) for p in problems)
        super().__init__("\n".join(self.problems))


class SourcedValue(NamedTuple):
    """A value, its source, and its name in that source."""

    source: str
    name: str
    value: object


SourcedValues = dict[ConfigKey, SourcedValue]


def _fields_of(model: type[BaseModel], parent: ConfigKey = ()) -> Iterator[tuple[ConfigKey, FieldInfo]]:
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _fields_of(field.annotation, (*parent, name))
        elif not field.exclude:
            yield (*parent, name), field


CONFIG_KEYS: dict[ConfigKey, FieldInfo] = dict(_fields_of(Settings))
"""Every key; a section with user-chosen names, like [cache.ttl], counts as one key."""
FREE_SECTIONS = frozenset(k for k, field in CONFIG_KEYS.items() if get_origin(field.annotation) is Mapping)
"""The sections whose keys have user-chosen names."""
TABLE_SECTIONS: Mapping[ConfigKey, type[BaseModel]] = {("plans",): PlanSettings}
"""Those of them whose values are tables, each with the same keys."""
_SECTIONS = FREE_SECTIONS | {key[:n] for key in CONFIG_KEYS for n in range(1, len(key))}
_CREDENTIALS = {"_".join(key): key for key in CONFIG_KEYS if key not in FREE_SECTIONS}
_TOML_TYPES: dict[Any, tuple[type, ...]] = {
    bool: (bool,),
    int: (int,),
    int | None: (int,),
    float: (int, float),
    tuple[Way, ...]: (list,),
}


def field_of(key: ConfigKey) -> FieldInfo | None:
    """Return the field of a key; for a user-chosen name, that of its section. None if there is none."""
    if _is_section(key):
        return None
    if (table := TABLE_SECTIONS.get(key[:-2])) is not None:
        return table.model_fields.get(key[-1])
    return CONFIG_KEYS.get(key) or (CONFIG_KEYS.get(key[:-1]) if key[:-1] in FREE_SECTIONS else None)


def _is_section(key: ConfigKey) -> bool:
    return key in _SECTIONS or key[:-1] in TABLE_SECTIONS


def in_brackets(key: ConfigKey) -> str:
    """Return a section's name as the file writes it."""
    return f"[{'.'.join(key)}]"


def _read_text(path: Path, source: str) -> str:
    """Return the text of a small UTF-8 file. Raises ConfigRefused; FileNotFoundError if it is missing."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ConfigRefused([f"{source}: cannot be read: {error.strerror or error}."]) from None
    if len(data) > MAX_FILE_BYTES:
        raise ConfigRefused([f"{source}: is larger than 1 MiB, so it is not a configuration file."])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigRefused([f"{source}: is not UTF-8 text (line {line})."]) from None


def read_toml_file(path: Path, source: str, problems: list[str]) -> SourcedValues:
    """Return the values of a TOML file. Raises ConfigRefused; FileNotFoundError if it is missing."""
    text = _read_text(path, source)
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigRefused([f"{source}: is not valid TOML: {hide_keys(str(error))}."]) from None
    except (ValueError, RecursionError):
        reason = "a number is too long, or the nesting is too deep"
        raise ConfigRefused([f"{source}: is not valid TOML: {reason}."]) from None
    return flatten(tree, (), source, problems)


def flatten(tree: Mapping[str, object], parent: ConfigKey, source: str, problems: list[str]) -> SourcedValues:
    """Return the values of a TOML tree below the section `parent`; add what is wrong to `problems`."""
    values: SourcedValues = {}
    for name, value in tree.items():
        key = (*parent, name)
        field = field_of(key)
        shown = f"{in_brackets(parent)} {hide_keys(name)}" if parent else hide_keys(name)
        if _is_section(key) and isinstance(value, dict):
            values |= flatten(value, key, source, problems)
            if not value and key not in _SECTIONS:  # an empty table counts
                values[key] = SourcedValue(source, shown, {})
        elif _is_section(key):
            problems.append(f"{source}: {in_brackets(key)} must be a section, not a value.")
        elif field is None:
            problems.append(f"{source}: {_unknown_name(key, is_section=isinstance(value, dict))}")
        elif type(value) not in _TOML_TYPES.get(field.annotation, (str,)):
            problems.append(f"{source}: {shown} {must_be(field, value)}")
        else:
            values[key] = SourcedValue(source, shown, value)
    return values


def read_environment(env: Mapping[str, str], problems: list[str]) -> SourcedValues:
    """Return the values of variables like WATCHER_EBAY__CLIENT_ID.

    A name with two underscores is certainly meant for watcher, so an unknown one is refused. With one
    underscore it may belong to another program, so it is refused only if it resembles a key.
    """
    values: SourcedValues = {}
    for name, value in sorted(env.items()):
        if not name.startswith(_ENV_PREFIX):
            continue
        rest = name.removeprefix(_ENV_PREFIX)
        key = tuple(rest.lower().split("__"))
        if field_of(key):
            values[key] = SourcedValue(_ENVIRONMENT, name, value)
        elif _is_section(key):
            problems.append(f"{_ENVIRONMENT}: {name} is a section, not a key; write {name}__NAME.")
        elif "__" in rest:
            near = _suggestion(
                rest, {_variable_name(key).removeprefix(_ENV_PREFIX) for key in CONFIG_KEYS}, _ENV_PREFIX
            )
            problems.append(f"{_ENVIRONMENT}: there is no key {name}{near}")
        elif not _CONTAINER_LINK.match(value) and (
            similar := get_close_matches(rest.lower(), _CREDENTIALS, n=1, cutoff=_MIN_SIMILARITY)
        ):
            variable = _variable_name(_CREDENTIALS[similar[0]])
            problems.append(f"{_ENVIRONMENT}: there is no key {name}; did you mean {variable}?")
    return values


def read_credentials(directory: str, problems: list[str]) -> SourcedValues:
    """Return the values of systemd credentials: files like `ebay_client_secret` in `directory`.

    A file with another name belongs to another program; it is refused only if it resembles a key.
    """
    values: SourcedValues = {}
    try:
        names = sorted(path.name for path in Path(directory).iterdir())
    except OSError as error:
        problems.append(f"{_CREDENTIAL}s: {directory} cannot be read: {error.strerror or error}.")
        return values
    for name in names:
        if key := _credential_key(name):
            try:
                text = _read_text(Path(directory, name), f"{_CREDENTIAL}: {name}")
                values[key] = SourcedValue(_CREDENTIAL, name, text.strip())
            except ConfigRefused as refused:
                problems += refused.problems
            except FileNotFoundError:
                problems.append(f"{_CREDENTIAL}: {name} is a link to a file that does not exist.")
        elif similar := get_close_matches(name.lower(), _CREDENTIALS, n=1, cutoff=_MIN_SIMILARITY):
            problems.append(f"{_CREDENTIAL}: there is no key {name}; did you mean {similar[0]}?")
    return values


def _credential_key(name: str) -> ConfigKey | None:
    for table in FREE_SECTIONS - set(TABLE_SECTIONS):
        prefix = "_".join((*table, ""))
        if name.startswith(prefix):
            return (*table, name.removeprefix(prefix))
    return _CREDENTIALS.get(name)


def _variable_name(key: ConfigKey) -> str:
    return _ENV_PREFIX + "__".join(key).upper()


def must_be(field: FieldInfo, value: object) -> str:
    """Return the end of a sentence about a wrong value: "must be …, not …"; a secret is not repeated."""
    shown = "" if is_secret(field) else f", not {_shown(value)}"
    return f"must be {field.description}{shown}."


def is_secret(field: FieldInfo) -> bool:
    """Return whether the values of a field are secrets."""
    inner = [get_args(a)[0] for a in get_args(field.annotation) if get_origin(a) is Annotated]
    return SecretStr in (field.annotation, *inner)


def _shown(value: object) -> str:
    if isinstance(value, str):
        shown = hide_keys(value)  # before it is cut, which would cut off what shows that it is a secret
        return f'"{shown if len(shown) <= _MAX_SHOWN else shown[:_MAX_SHOWN] + "…"}"'
    if isinstance(value, dict | list):
        return "a section" if isinstance(value, dict) else "a list"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _without_secrets(problem: str) -> str:
    return _QUOTED.sub(lambda quoted: hide_keys(quoted[0]), hide_shapes(problem))


def _one_line(text: str) -> str:
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def _unknown_name(key: ConfigKey, *, is_section: bool) -> str:
    *parent, name = key
    if is_section:
        section = in_brackets(key)
        return f"there is no section {section}{_suggestion(section, map(in_brackets, _SECTIONS))}"
    subject = f"{in_brackets(tuple(parent))} has" if parent else "there is"
    table = TABLE_SECTIONS.get(tuple(parent[:-1]))
    keys = (k for k in CONFIG_KEYS if k[:-1] == tuple(parent) and k not in TABLE_SECTIONS)
    names = table.model_fields if table else (k[-1] for k in keys)
    siblings = [f'"{sibling}"' for sibling in names]
    if (suggestion := _suggestion(f'"{name}"', siblings)) != ".":
        return f'{subject} no key "{name}"{suggestion}'
    elsewhere = [in_brackets(k[:-1]) for k in CONFIG_KEYS if k[-1] == name and len(k) > 1]
    hint = f"; it belongs to {' or '.join(elsewhere)}" if elsewhere else ""
    return f'{subject} no key "{name}"{hint}.'


def _suggestion(name: str, names: Iterable[str], prefix: str = "") -> str:
    near = get_close_matches(name, sorted(names), n=1)
    return f"; did you mean {prefix}{near[0]}?" if near else "."
