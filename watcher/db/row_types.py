"""Rows whose values have the types of their columns; SQLite stores anything anywhere."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Boolean, Double, Integer, LargeBinary, Select, Table, Text
from sqlalchemy.types import TypeEngine

from watcher.core.times import Instant

T = TypeVar("T")
log = logging.getLogger(__name__)

_SECONDS = (float, int)
_PYTHON_TYPES: tuple[tuple[type[TypeEngine[Any]], tuple[type, ...]], ...] = (
    (Boolean, (bool,)),
    (Integer, (int,)),  # of any size
    (Double, _SECONDS),
    (LargeBinary, (bytes,)),
    (Text, (str,)),
)
_ANY_TYPE = (str, bytes, int, float, bool, type(None))
# Instants and durations, in seconds: three thousand years.
_MAX_SECONDS = 1e11


class RowDamaged(ValueError):
    """A row cannot be read; the message says which value of it."""


class RowTypes:
    """The types that the values in a statement's rows must have.

    `required` columns are not NULL in the rows of this statement, although their table allows it; those of
    the table `joined`, which may have no row, are. `unchecked` columns may have any value.
    """

    def __init__(
        self,
        statement: Select[Any],
        required: Iterable[str] = (),
        joined: Table | None = None,
        unchecked: Iterable[str] = (),
    ) -> None:
        needed, free = frozenset(required), frozenset(unchecked)
        self._columns = []  # name, types, whether NULL is allowed
        for c in statement.selected_columns:
            column = getattr(c, "element", c)  # of a label
            is_joined = joined is not None and getattr(column, "table", None) is joined
            nullable = getattr(column, "nullable", True) or is_joined
            types = _ANY_TYPE if c.key in free else _types_of(c.type)
            self._columns.append((str(c.key), types, nullable and c.key not in needed))
        self._numbers = [i for i, (_, types, _) in enumerate(self._columns) if types == _SECONDS]
        self._right: set[tuple[type, ...]] = set()  # combinations that were found to be right

    def wrong(self, row: Sequence[Any]) -> str:
        """Return the name of the first column whose value is of a wrong type; empty if there is none."""
        types = tuple(map(type, row))
        if types not in self._right:
            for found, (name, allowed, nullable) in zip(types, self._columns, strict=True):
                if found not in allowed and not (nullable and found is type(None)):
                    return name
            self._right.add(types)
        for place in self._numbers:
            if row[place] is not None and not abs(row[place]) < _MAX_SECONDS:  # not true for NaN
                return self._columns[place][0]
        return ""

    def require(self, row: Sequence[Any]) -> None:
        """Raise RowDamaged if a value is of a wrong type."""
        if name := self.wrong(row):
            raise RowDamaged(f'the value of "{name}" is not valid')

    def read(self, rows: Iterable[Any], read: Callable[[Any], T]) -> list[T]:
        """Return the value of each row that can be read; log the number of the others."""
        values, damaged = [], 0
        for row in rows:
            try:
                self.require(row)
                values.append(read(row))
            except ValueError:
                damaged += 1
        if damaged:
            log.warning(
                "%d rows of the database cannot be read and are left out",
                damaged,
                extra={"columns": ", ".join(name for name, _, _ in self._columns[:3])},
            )
        return values


def instant_or_none(value: object) -> Instant | None:
    """Return the smallest of some instants; None if there is none, or if all of them are damaged."""
    return Instant(value) if isinstance(value, float | int) and math.isfinite(value) else None


def _types_of(column_type: TypeEngine[Any]) -> tuple[type, ...]:
    return next(python for stored, python in _PYTHON_TYPES if isinstance(column_type, stored))
