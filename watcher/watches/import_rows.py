"""The rows of an import: CSV as spreadsheets write it, or the JSON of an export."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence

from watcher.core.errors import InvalidInput
from watcher.core.plurals import count_of
from watcher.core.watch_fields import FIELDS, draft_from_json, field_name, unknown_field

ImportRow = Mapping[str, str] | str
"""The fields of a row, or the sentence that says why it is bad."""

# In many locales spreadsheets write semicolons; cells copied from one are separated by tabs.
_DELIMITERS = ",;\t|"
# Excel's own first line, which names the delimiter.
_SEPARATOR_LINE = re.compile(r"\s*\"?sep=(?P<delimiter>[^\r\n\"])\"?[,;\t ]*(?:\r\n|\r|\n|\Z)", re.IGNORECASE)


def decode_import(content: bytes, name: str) -> str:
    """Return the text of a file. Raise InvalidInput if it is not UTF-8."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InvalidInput(f"{name} is not UTF-8 text (line {line}); save it as UTF-8.") from None


def rows_of(text: str) -> Iterator[tuple[int, ImportRow]]:
    """Yield each row of an import with its line. Raise InvalidInput if the file is neither CSV nor JSON."""
    text = text.lstrip("\ufeff")
    if not text.strip():
        raise InvalidInput("The file is empty.")
    return _json_rows(text) if is_json(text) else _csv_rows(text)


def is_json(text: str) -> bool:
    """Return whether an import is JSON and not CSV."""
    return text.lstrip("\ufeff \t\r\n")[:1] in ("{", "[")


def _csv_rows(text: str) -> Iterator[tuple[int, ImportRow]]:
    delimiter, start, skipped = _delimiter(text)
    reader = csv.reader(io.StringIO(text[start:], newline=""), delimiter=delimiter, strict=True)
    header: list[str] = []
    next_line = 1 + skipped
    try:
        for row in reader:
            line, next_line = next_line, reader.line_num + 1 + skipped
            if not any(cell.strip() for cell in row):
                continue
            if not header:
                header = _header(row)
            else:
                yield line, _csv_row(header, row)
    except csv.Error as error:
        raise InvalidInput(f"Line {next_line} is not CSV: {error}.") from None


def _delimiter(text: str) -> tuple[str, int, int]:
    """Return the delimiter, where the header starts, and the number of lines before it."""
    if found := _SEPARATOR_LINE.match(text):
        return found["delimiter"], found.end(), len(found[0].splitlines())
    header = next((line for line in re.split(r"[\r\n]+", text[:10_000]) if line.strip()), "")
    return next((d for d in _DELIMITERS if d in header), ","), 0, 0


def _header(row: Sequence[str]) -> list[str]:
    names = list(row)
    while not names[-1].strip():  # empty columns that a spreadsheet adds
        names.pop()
    header = [field_name(name) for name in names]
    for name, field in zip(names, header, strict=True):
        if unknown := unknown_field(name.strip()):
            raise InvalidInput(unknown)
        if header.count(field) > 1:
            raise InvalidInput(f'The column "{field}" is there twice.')
    if "query" not in header:
        raise InvalidInput(f'The first line has no "query" column; it names any of {", ".join(FIELDS)}.')
    return header


def _csv_row(header: Sequence[str], row: Sequence[str]) -> ImportRow:
    cells = list(row)
    while len(cells) > len(header) and not cells[-1].strip():
        cells.pop()
    if len(cells) != len(header):
        return f"The row has {count_of(len(cells), 'field')}, the header {len(header)}."
    return dict(zip(header, cells, strict=True))


def _json_rows(text: str) -> Iterator[tuple[int, ImportRow]]:
    try:
        read = json.loads(text)
    except json.JSONDecodeError as error:
        raise InvalidInput(f"Line {error.lineno} is not JSON: {error.msg}.") from None
    except (ValueError, RecursionError):
        raise InvalidInput("The JSON has a number that is too long or is nested too deeply.") from None
    rows = read.get("watches") if isinstance(read, dict) else read
    if not isinstance(rows, list):
        raise InvalidInput(
            'The JSON has no list of watches; `watcher watch export` writes {"watches": [...]}.'
        )
    for position, row in enumerate(rows, 1):
        yield position, _json_row(row)


def _json_row(row: object) -> ImportRow:
    if not isinstance(row, dict):
        return "It is not an object with a query."
    try:
        return draft_from_json(row)
    except InvalidInput as refused:
        return str(refused)
