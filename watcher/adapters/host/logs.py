"""The log: one line per event, for people or as JSON, without secrets."""

from __future__ import annotations

import copy
import logging
import math
import re
import sys
from collections.abc import Iterable, Mapping
from typing import IO, Any

from watcher.core.redaction import Redactor
from watcher.core.times import iso
from watcher.ports import LOG_CONTEXT

# Libraries that log every request with its URL, or every tick.
QUIET_LIBRARIES = (
    "aiohttp",
    "alembic",
    "apscheduler",
    "asyncio",
    "httpcore",
    "httpx",
    "slack_sdk",
    "sqlalchemy",
    "urllib3",
    "uvicorn",
)
_STANDARD_FIELDS = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_MAX_TEXT_LENGTH = 20_000  # characters; a logged body must not fill the disk
# Also what changes the direction of text.
_CONTROL_CHARACTER = re.compile(
    r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)


def configure_logging(
    level: str = "info",
    format: str = "console",  # noqa: A002 - the name of the key in config.toml
    stream: IO[str] | None = None,
    *,
    secrets: Iterable[str] = (),
) -> None:
    """Send the log to `stream`, by default stderr. A second call replaces the settings of the first.

    `level` is debug, info, warning or error; `format` is console or json. `log.info("poll ok",
    extra={"search": 12})` becomes `… info poll ok search=12`, or a field of the JSON object.
    """
    threshold = logging.getLevelNamesMapping()[level.upper()]
    root = logging.getLogger()
    for handler in [h for h in root.handlers if isinstance(h, _RedactingHandler)]:
        root.removeHandler(handler)
        handler.close()
    new_handler = _RedactingHandler(stream or sys.stderr, Redactor(secrets))
    new_handler.setFormatter(_json_formatter() if format == "json" else _ConsoleFormatter())
    root.addHandler(new_handler)
    root.setLevel(threshold)
    for name in QUIET_LIBRARIES:
        logging.getLogger(name).setLevel(max(threshold, logging.WARNING))
    logging.captureWarnings(True)


class _RedactingHandler(logging.StreamHandler[IO[str]]):
    """Writes records after redacting all their text, including tracebacks."""

    def __init__(self, stream: IO[str], redact: Redactor) -> None:
        super().__init__(stream)
        self._redact = redact

    def emit(self, record: logging.LogRecord) -> None:
        try:
            clean = self._redacted(record)
        except Exception:  # noqa: BLE001 - a value that cannot be formatted must not break its caller
            clean = logging.makeLogRecord(
                {"msg": "a log record could not be formatted", "name": record.name, "levelname": "error"}
            )
        super().emit(clean)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - overrides a method of logging
        # logging would print the record with its arguments. What fails here is a closed pipe or a full
        # disk, and there is no other place to report it.
        del record

    def _redacted(self, record: logging.LogRecord) -> logging.LogRecord:
        clean = copy.copy(record)
        clean.msg, clean.args = self._text(_message(record)), None
        clean.levelname = record.levelname.lower()
        if record.exc_info and not record.exc_text:
            clean.exc_text = logging.Formatter().formatException(record.exc_info)
        clean.exc_info = None
        clean.exc_text = clean.exc_text and self._text(clean.exc_text)
        clean.stack_info = clean.stack_info and self._text(clean.stack_info)
        for name, value in {**LOG_CONTEXT.get(), **dict(_extras(record))}.items():
            setattr(clean, name, self._plain(name, value))
        return clean

    def _plain(self, name: str, value: object) -> Any:
        """Return the value as text, numbers, lists and mappings only, without secrets."""
        if value is None or isinstance(value, bool | int):
            return value
        if isinstance(value, float):
            return round(value, 3) if math.isfinite(value) else str(value)
        if isinstance(value, Mapping):
            return {self._text(k): self._plain(str(k), v) for k, v in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self._plain(name, v) for v in value]
        # Redacted together with its name, because `api_key=…` shows that the value is a secret.
        named = f"{name}="
        return self._text(f"{named}{value}").removeprefix(named)

    def _text(self, value: object) -> str:
        text = self._redact(str(value))
        return (
            text if len(text) <= _MAX_TEXT_LENGTH else f"{text[:_MAX_TEXT_LENGTH]}… ({len(text)} characters)"
        )


class _ConsoleFormatter(logging.Formatter):
    """`2026-11-23T22:24:09Z info poll ok search=12`: one line, followed by the traceback."""

    def format(self, record: logging.LogRecord) -> str:
        name = "" if record.name.partition(".")[0] in {"watcher", "root"} else f"{record.name}: "
        extras = "".join(f" {key}={_value(value)}" for key, value in _extras(record))
        line = f"{iso(record.created)} {record.levelname:<7} {name}{_one_line(str(record.msg))}{extras}"
        traceback = [
            _one_line(t) for block in (record.exc_text, record.stack_info) if block for t in block.split("\n")
        ]
        return "\n".join([line, *traceback])


def _json_formatter() -> logging.Formatter:
    from pythonjsonlogger.json import JsonFormatter  # noqa: PLC0415 - only with format = "json"

    class Json(JsonFormatter):
        """`{"time": …, "level": …, "logger": …, "message": …}` and the extras."""

        def add_fields(
            self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]
        ) -> None:
            log_data["time"] = iso(record.created)
            super().add_fields(log_data, record, message_dict)

    return Json(
        ["levelname", "name", "message"],
        rename_fields={"levelname": "level", "name": "logger", "exc_info": "traceback"},
    )


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):  # a log call with wrong arguments
        return f"{record.msg} {record.args}"


def _extras(record: logging.LogRecord) -> list[tuple[str, object]]:
    return [(name, value) for name, value in vars(record).items() if name not in _STANDARD_FIELDS]


def _value(value: object) -> str:
    text = _one_line(str(value))
    return text if text and " " not in text and '"' not in text else '"' + text.replace('"', '\\"') + '"'


def _one_line(text: str) -> str:
    """Escape control characters: an untrusted title must not start a line or move the cursor."""
    return _CONTROL_CHARACTER.sub(lambda m: repr(m[0])[1:-1], text)
