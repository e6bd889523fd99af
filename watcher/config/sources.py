"""The three places where values come from, read into flat values that know where they stand."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, NamedTuple, get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from watcher.config.settings import Settings

ConfigKey = tuple[str, ...]
"""A key by its sections and its name: `("ebay", "client_id")`."""
LIMIT = 1 << 20
"""The largest file that is read, in bytes."""

ENV_PREFIX = "WATCHER_"
ENVIRONMENT = "environment"
CREDENTIAL = "credential"
# Of a refused value at most so many characters are repeated.
_LONGEST = 60
# A name at least so alike to a credential or a variable of ours is a slip, not somebody else's.
_SLIP = 0.85
# Kubernetes and container links announce a neighbour called "watcher-http" as WATCHER_HTTP_PORT.
_LINK = re.compile(r"(tcp|udp|sctp)://")
_ADDRESS = re.compile(r"(?i)(https?://[^/\s\"]+)/[^\s\"]+")


class ConfigRefused(Exception):
    """The configuration is refused; `problems` has a sentence for each reason, and none holds a secret."""

    def __init__(self, problems: Iterable[str]) -> None:
        # An address in the wrong place may be a webhook's, whose path is its secret.
        self.problems = tuple(_one_line(_ADDRESS.sub(r"\1/…", p)) for p in problems)
        super().__init__("\n".join(self.problems))


class Found(NamedTuple):
    """A value, the place it comes from, and what that place calls it."""

    origin: str
    name: str
    value: object


Values = dict[ConfigKey, Found]


def _leaves(model: type[BaseModel], at: ConfigKey = ()) -> Iterator[tuple[ConfigKey, FieldInfo]]:
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _leaves(field.annotation, (*at, name))
        elif not field.exclude:
            yield (*at, name), field


KEYS: dict[ConfigKey, FieldInfo] = dict(_leaves(Settings))
"""Every key; of a section with free names, like [cache.ttl], the section."""
TABLES = frozenset(key for key, field in KEYS.items() if get_origin(field.annotation) is Mapping)
SECTIONS = TABLES | {key[:n] for key in KEYS for n in range(1, len(key))}
_CREDENTIALS = {"_".join(key): key for key in KEYS if key not in TABLES}
_TOML_TYPES: dict[Any, tuple[type, ...]] = {bool: (bool,), int: (int,), float: (int, float)}


def field_of(key: ConfigKey) -> FieldInfo | None:
    """What is known of a key; of one with a free name, its section's."""
    if key in SECTIONS:
        return None
    return KEYS.get(key) or (KEYS.get(key[:-1]) if key[:-1] in TABLES else None)


def in_brackets(key: ConfigKey) -> str:
    """How the file writes a section."""
    return f"[{'.'.join(key)}]"


def read_text(path: Path, origin: str) -> str:
    """The text of a small UTF-8 file. Raises ConfigRefused, and FileNotFoundError when it is absent."""
    try:
        with path.open("rb") as file:
            data = file.read(LIMIT + 1)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise ConfigRefused([f"{origin}: cannot be read: {error.strerror or error}."]) from None
    if len(data) > LIMIT:
        raise ConfigRefused([f"{origin}: is larger than 1 MiB; that is no configuration."])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigRefused([f"{origin}: is not UTF-8 text (line {line})."]) from None


def from_file(path: Path, origin: str, problems: list[str]) -> Values:
    """The values of a TOML file. Raises ConfigRefused, or FileNotFoundError when it is absent."""
    text = read_text(path, origin)
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigRefused([f"{origin}: is not valid TOML: {error}."]) from None
    except (ValueError, RecursionError):
        raise ConfigRefused([f"{origin}: is not valid TOML: a number or a nesting has no end."]) from None
    return _from_tree(tree, (), origin, problems)


def _from_tree(tree: Mapping[str, object], at: ConfigKey, origin: str, problems: list[str]) -> Values:
    values: Values = {}
    for name, value in tree.items():
        key = (*at, name)
        field = field_of(key)
        stands = f"{in_brackets(at)} {name}" if at else name
        if key in SECTIONS and isinstance(value, dict):
            values |= _from_tree(value, key, origin, problems)
        elif key in SECTIONS:
            problems.append(f"{origin}: {in_brackets(key)} must be a section, not a value.")
        elif field is None:
            problems.append(f"{origin}: {_unknown(key, is_section=isinstance(value, dict))}")
        elif type(value) not in _TOML_TYPES.get(field.annotation, (str,)):
            problems.append(f"{origin}: {stands} {must_be(field, value)}")
        else:
            values[key] = Found(origin, stands, value)
    return values


def from_environment(env: Mapping[str, str], problems: list[str]) -> Values:
    """The values of variables like WATCHER_EBAY__CLIENT_ID.

    With two underscores a name is certainly meant for us, so an unknown one is refused; with one it may
    be somebody else's, and only a slip is.
    """
    values: Values = {}
    for name, value in sorted(env.items()):
        if not name.startswith(ENV_PREFIX):
            continue
        rest = name.removeprefix(ENV_PREFIX)
        key = tuple(rest.lower().split("__"))
        if field_of(key):
            values[key] = Found(ENVIRONMENT, name, value)
        elif key in SECTIONS:
            problems.append(f"{ENVIRONMENT}: {name} is a section, not a key; write {name}__NAME.")
        elif "__" in rest:
            near = _near(rest, {_variable(key).removeprefix(ENV_PREFIX) for key in KEYS}, ENV_PREFIX)
            problems.append(f"{ENVIRONMENT}: there is no key {name}{near}")
        elif not _LINK.match(value) and (
            slip := get_close_matches(rest.lower(), _CREDENTIALS, n=1, cutoff=_SLIP)
        ):
            meant = _variable(_CREDENTIALS[slip[0]])
            problems.append(f"{ENVIRONMENT}: there is no key {name}; did you mean {meant}?")
    return values


def from_credentials(directory: str, problems: list[str]) -> Values:
    """The values of systemd's credentials, files like `ebay_client_secret` in $CREDENTIALS_DIRECTORY.

    Files of other names are somebody else's and left alone, unless the name is a slip of one of ours.
    """
    values: Values = {}
    try:
        names = sorted(path.name for path in Path(directory).iterdir())
    except OSError as error:
        problems.append(f"{CREDENTIAL}s: {directory} cannot be read: {error.strerror or error}.")
        return values
    for name in names:
        if key := _credential(name):
            try:
                text = read_text(Path(directory, name), f"{CREDENTIAL}: {name}")
                values[key] = Found(CREDENTIAL, name, text.strip())
            except ConfigRefused as refused:
                problems += refused.problems
            except FileNotFoundError:
                problems.append(f"{CREDENTIAL}: {name} leads to no file.")
        elif slip := get_close_matches(name.lower(), _CREDENTIALS, n=1, cutoff=_SLIP):
            problems.append(f"{CREDENTIAL}: there is no key {name}; did you mean {slip[0]}?")
    return values


def _credential(name: str) -> ConfigKey | None:
    """The key that a credential's file is named for."""
    for table in TABLES:
        prefix = "_".join((*table, ""))
        if name.startswith(prefix):
            return (*table, name.removeprefix(prefix))
    return _CREDENTIALS.get(name)


def _variable(key: ConfigKey) -> str:
    return ENV_PREFIX + "__".join(key).upper()


def must_be(field: FieldInfo, value: object) -> str:
    """The sentence about a value that is not what its key needs; a secret is not repeated."""
    shown = "" if _is_secret(field) else f", not {_shown(value)}"
    return f"must be {field.description}{shown}."


def _is_secret(field: FieldInfo) -> bool:
    inner = [get_args(a)[0] for a in get_args(field.annotation) if get_origin(a) is Annotated]
    return SecretStr in (field.annotation, *inner)


def _shown(value: object) -> str:
    if isinstance(value, str):
        return f'"{value if len(value) <= _LONGEST else value[:_LONGEST] + "…"}"'
    if isinstance(value, dict | list):
        return "a section" if isinstance(value, dict) else "a list"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _one_line(text: str) -> str:
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def _unknown(key: ConfigKey, *, is_section: bool) -> str:
    *at, name = key
    if is_section:
        return f"there is no section {in_brackets(key)}{_near(in_brackets(key), map(in_brackets, SECTIONS))}"
    where = f"{in_brackets(tuple(at))} has" if at else "there is"
    siblings = [f'"{k[-1]}"' for k in KEYS if k[:-1] == tuple(at)]
    if (near := _near(f'"{name}"', siblings)) != ".":
        return f'{where} no key "{name}"{near}'
    elsewhere = [in_brackets(k[:-1]) for k in KEYS if k[-1] == name and len(k) > 1]
    hint = f"; it belongs to {' or '.join(elsewhere)}" if elsewhere else ""
    return f'{where} no key "{name}"{hint}.'


def _near(name: str, names: Iterable[str], prefix: str = "") -> str:
    near = get_close_matches(name, sorted(names), n=1)
    return f"; did you mean {prefix}{near[0]}?" if near else "."
