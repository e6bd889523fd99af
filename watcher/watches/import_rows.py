"""The rows of an import: CSV as spreadsheets write it, or the JSON of an export."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Generator, Iterator, Mapping, Sequence

from watcher.core.errors import InvalidInput
from watcher.core.plurals import count_of
from watcher.core.taught import write_taught
from watcher.core.watch import Watch
from watcher.core.watch_fields import FIELDS, STORED_FIELDS, draft_from_json, field_name, unknown_field
from watcher.core.watch_input import exported_fields

ImportRow = Mapping[str, str] | str
"""The fields of a row, or the sentence that says why it is bad."""

# In many locales spreadsheets write semicolons; cells copied from one are separated by tabs.
_DELIMITERS = ",;\t|"
# Nothing else runs while a line is split and empty rows are passed over.
_MAX_LINE_LENGTH, _MAX_EMPTY_ROWS = 200_000, 100_000
_DECODER = json.JSONDecoder()
_JSON_SPACE = re.compile(r"[ \t\r\n]*")
# A spreadsheet evaluates a cell that begins like this, so an export puts an apostrophe before it.
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_CSV_FIELDS = tuple(name for name in STORED_FIELDS if name != "below")  # `rule` has it
# Excel's own first line, which names the delimiter.
_SEPARATOR_LINE = re.compile(
    r"\s*+\"?sep=(?P<delimiter>[^\r\n\"])\"?[,;\t ]*(?:\r\n|\r|\n|\Z)", re.IGNORECASE
)


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
    reader = csv.reader(_lines(text[start:], skipped), delimiter=delimiter, strict=True)
    header: list[str] = []
    next_line, empty = 1 + skipped, 0
    try:
        for row in reader:
            line, next_line = next_line, reader.line_num + 1 + skipped
            if not any(cell.strip() for cell in row):
                empty += 1
                if empty > _MAX_EMPTY_ROWS:
                    raise InvalidInput(f"The file has more than {_MAX_EMPTY_ROWS:,} empty rows; remove them.")
                continue
            if not header:
                header = _header(row)
            else:
                yield line, _csv_row(header, row)
    except csv.Error as error:
        raise InvalidInput(f"Line {next_line} is not CSV: {error}.") from None


def _lines(text: str, skipped: int) -> Iterator[str]:
    """Yield the lines of a CSV. Raise InvalidInput for one that is too long."""
    for number, line in enumerate(io.StringIO(text, newline=""), 1 + skipped):
        if len(line) > _MAX_LINE_LENGTH:
            raise InvalidInput(f"Line {number} has more than {_MAX_LINE_LENGTH:,} characters.")
        yield line


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
    return dict(zip(header, map(_without_apostrophe, cells), strict=True))


def _without_apostrophe(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def csv_header() -> str:
    """Return the first line of an export as CSV."""
    return csv_line(_CSV_FIELDS)


def csv_row_of(watch: Watch) -> str:
    """Return a watch as a line of CSV that an import reads; no cell of it is a formula."""
    fields = exported_fields(watch) | {"rejected": "".join(f"{name}," for name in watch.rejected)}
    if watch.taught:
        fields["taught"] = write_taught(watch.taught)
    cells = [str(fields.get(name, "")) for name in _CSV_FIELDS]
    return csv_line(cells)


def csv_line(cells: Sequence[str]) -> str:
    """Return a line of CSV in which no cell is a formula."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(
        [f"'{cell}" if _FORMULA.match(cell) else cell for cell in cells]
    )
    return line.getvalue()


def _json_rows(text: str) -> Iterator[tuple[int, ImportRow]]:
    try:
        for position, row in enumerate(_listed_values(text), 1):
            yield position, _json_row(row)
    except json.JSONDecodeError as error:
        raise InvalidInput(f"Line {error.lineno} is not JSON: {error.msg}.") from None
    except (ValueError, RecursionError):
        raise InvalidInput("The JSON has a number that is too long or is nested too deeply.") from None


def _listed_values(text: str) -> Iterator[object]:
    """Yield each value of the list of watches, decoded one by one: a large file must not block others.

    Raises ValueError, and InvalidInput if there is no such list.
    """
    place, found = _skip_space(text, 0), False
    if text[place] == "[":
        place, found = (yield from _elements(text, place)), True
    else:
        is_first = True
        while (place := _next_member(text, place, is_first=is_first)) > 0:
            name, place = _decode(text, place)
            place = _skip_space(text, place)
            if text[place : place + 1] != ":":
                raise json.JSONDecodeError("Expecting ':' delimiter", text, place)
            place = _skip_space(text, place + 1)
            if name == "watches" and not found and text[place : place + 1] == "[":
                place, found = (yield from _elements(text, place)), True
            else:
                _, place = _decode(text, place)
            is_first = False
        place = -place
    if _skip_space(text, place) < len(text):
        raise json.JSONDecodeError("Extra data", text, _skip_space(text, place))
    if not found:
        raise InvalidInput(
            'The JSON has no list of watches; `watcher watch export` writes {"watches": [...]}.'
        )


def _next_member(text: str, place: int, *, is_first: bool) -> int:
    """Return where an object's next name begins; after its last member the negative place of its end."""
    place = _skip_space(text, place + 1 if is_first else place)
    if text[place : place + 1] == "}":
        return -(place + 1)
    if not is_first:
        if text[place : place + 1] != ",":
            raise json.JSONDecodeError("Expecting ',' delimiter", text, place)
        place = _skip_space(text, place + 1)
    if text[place : place + 1] != '"':
        raise json.JSONDecodeError("Expecting property name enclosed in double quotes", text, place)
    return place


def _elements(text: str, place: int) -> Generator[object, None, int]:
    """Yield the elements of the list that begins at `place`; return where it ends."""
    place = _skip_space(text, place + 1)
    if text[place : place + 1] == "]":
        return place + 1
    while True:
        value, place = _decode(text, place)
        yield value
        place = _skip_space(text, place)
        delimiter = text[place : place + 1]
        if delimiter == "]":
            return place + 1
        if delimiter != ",":
            raise json.JSONDecodeError("Expecting ',' delimiter", text, place)
        place = _skip_space(text, place + 1)


def _decode(text: str, place: int) -> tuple[object, int]:
    found: tuple[object, int] = _DECODER.raw_decode(text, place)
    return found


def _skip_space(text: str, place: int) -> int:
    found = _JSON_SPACE.match(text, place)
    return found.end() if found else place


def _json_row(row: object) -> ImportRow:
    if not isinstance(row, dict):
        return "It is not an object with a query."
    try:
        return draft_from_json(row)
    except InvalidInput as refused:
        return str(refused)
