"""Selects that polls run, on SQLite by the driver itself: SQLAlchemy takes ten times as long as they do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Select
from sqlalchemy.engine.result import result_tuple
from sqlalchemy.exc import DBAPIError

_MAX_FORMS = 256  # per statement; each length of its lists needs its own


class _Form(NamedTuple):
    """The driver's text of a statement; each argument is a parameter, one item of it, or a constant."""

    text: str
    arguments: tuple[tuple[str, int | None, Any], ...]

    def fill(self, parameters: Mapping[str, Any]) -> list[Any]:
        return [
            constant if not name else parameters[name] if place is None else parameters[name][place]
            for name, place, constant in self.arguments
        ]


class PreparedSelect:
    """A select that is compiled once; a list among its parameters is for IN."""

    def __init__(self, statement: Select[Any]) -> None:
        self.statement = statement
        self._forms: dict[tuple[int, ...], _Form] = {}
        self._converters: list[tuple[int, Callable[[Any], Any]]] = []
        self._row: Callable[[Sequence[Any]], Row[Any]] | None = None

    def rows(self, conn: Connection, parameters: Mapping[str, Any]) -> Sequence[Row[Any]]:
        """Return all rows; another database than SQLite runs it as any other. Raises SQLAlchemyError."""
        if conn.dialect.name != "sqlite":
            return conn.execute(self.statement, parameters).all()
        parameters = {
            name: _padded(value) if isinstance(value, list) else value for name, value in parameters.items()
        }
        sizes = tuple([len(value) for value in parameters.values() if isinstance(value, list)])
        form = self._forms.get(sizes) or self._prepare(conn, parameters, sizes)
        driver: Any = conn.dialect.dbapi
        arguments = form.fill(parameters)
        if listeners := conn.engine.dispatch.before_cursor_execute:  # SQLAlchemy's own, of tests
            for listen in listeners:
                listen(conn, None, form.text, tuple(arguments), None, False)
        try:
            found = conn.connection.driver_connection.execute(form.text, arguments).fetchall()  # type: ignore[union-attr]
        except driver.Error as error:  # it does not come through SQLAlchemy
            raise DBAPIError.instance(
                form.text,
                arguments,
                error,
                driver.Error,
                connection_invalidated=conn.dialect.is_disconnect(error, None, None),
                dialect=conn.dialect,
            ) from error
        make = self._row
        assert make is not None
        if self._converters:
            return [make(self._convert(row)) for row in found]
        return [make(row) for row in found]

    def _convert(self, row: Sequence[Any]) -> Sequence[Any]:
        values = list(row)
        for place, convert in self._converters:
            values[place] = convert(values[place])
        return values

    def _prepare(self, conn: Connection, parameters: Mapping[str, Any], sizes: tuple[int, ...]) -> _Form:
        dialect = conn.dialect
        state = self.statement.compile(dialect=dialect).construct_expanded_state(dict(parameters))
        assert not state.processors, "the arguments need no conversion"
        places = {
            item: (name, place)
            for name, items in state.parameter_expansion.items()
            for place, item in enumerate(items)
        }
        arguments = [
            (*places[name], None)
            if name in places
            else (name, None, None)
            if name in parameters
            else ("", None, state.parameters[name])
            for name in state.positiontup or ()
        ]
        form = _Form(state.statement, tuple(arguments))
        if self._row is None:
            columns = list(self.statement.selected_columns)
            self._row = result_tuple([str(c.key) for c in columns])
            converters = [c.type.dialect_impl(dialect).result_processor(dialect, None) for c in columns]
            self._converters = [(place, convert) for place, convert in enumerate(converters) if convert]
        if len(self._forms) < _MAX_FORMS:
            self._forms[sizes] = form
        return form


def _padded(values: list[Any]) -> list[Any]:
    """Return a list of one of a few lengths that has the same distinct values."""
    n = len(values)
    return values + values[-1:] * ((1 << (n - 1).bit_length()) - n) if n > 1 else values
