"""The kinds of changes that `mutants.py` makes: to expressions, to SQL statements, to keys and to times.

Texts, annotations and log lines are not changed, because their wording is not part of any contract.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]

_OTHER_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_OTHER_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
}
_OTHER_NAMES = {"min": "max", "max": "min", "any": "all", "all": "any"}
_OTHER_METHODS = {
    "is_": "is_not",
    "is_not": "is_",
    "in_": "not_in",
    "not_in": "in_",
    "gmtime": "localtime",
    "localtime": "gmtime",
}
# Arguments that restrict what is read or changed.
_RESTRICTIONS = {"user", "watch", "tag", "after", "before", "since", "until", "limit", "now", "only_inactive"}
LARGE = 10
_LOGGERS = {"log", "logging"}

Change = Callable[[], None]


class Mutation(NamedTuple):
    """A change to a node. `joining`: it concerns a statement, a key, a list, a restriction or a time zone."""

    node: ast.AST
    what: str
    change: Change
    joining: bool


def changes_in(tree: ast.AST) -> Iterator[Mutation]:
    """Yield every change to a module, always in the same order."""
    for node, in_key in _code(tree):
        yield from (Mutation(node, *change, joining=False) for change in _changes_of(node))
        yield from (Mutation(node, *change, joining=True) for change in _changes_of_statement(node))
        if in_key:
            yield from (Mutation(node, *change, joining=True) for change in _changes_of_key(node))


def _code(node: ast.AST, *, in_key: bool = False) -> Iterator[tuple[ast.AST, bool]]:
    """Yield the nodes that can be changed: no docstrings, annotations, imports, decorators or log lines.

    With each node: whether it makes a key, which decides what is shared.
    """
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "type_params", "bases"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST) or _is_unchanged(child, in_key=in_key):
                continue
            if isinstance(node, ast.Module) and _is_limit(child):
                continue
            keyed = in_key or _makes_key(child)
            yield child, keyed
            yield from _code(child, in_key=keyed)


def _is_limit(node: ast.AST) -> bool:
    """Return whether a statement of a module sets a constant to a large number.

    The exact value of such a limit of size or time is not part of the behaviour.
    """
    value = node.value if isinstance(node, ast.Assign) else None
    if isinstance(value, ast.Call) and len(value.args) == 1:
        value = value.args[0]
    numbers = value.elts if isinstance(value, ast.Tuple) else [value]
    return all(
        isinstance(n, ast.Constant) and isinstance(n.value, int | float) and n.value > LARGE for n in numbers
    )


def _is_unchanged(node: ast.AST, *, in_key: bool) -> bool:
    if isinstance(node, ast.Import | ast.ImportFrom):
        return True
    if isinstance(node, ast.JoinedStr):
        return not in_key
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return True
    if not isinstance(node, ast.Expr):
        return False
    value = node.value
    if isinstance(value, ast.Constant):
        return True
    called = value.func if isinstance(value, ast.Call) else None
    return (
        isinstance(called, ast.Attribute)
        and isinstance(called.value, ast.Name)
        and called.value.id in _LOGGERS
    )


def _makes_key(node: ast.AST) -> bool:
    """Return whether a node is a function named `key`, a class named `…Key`, or an assignment to `key`."""
    match node:
        case ast.FunctionDef(name=name):
            return name == "key" or name.endswith(("_key", "_keys"))
        case ast.ClassDef(name=name):
            return name.endswith("Key")
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name == "key"
    return False


def _changes_of(node: ast.AST) -> Iterator[tuple[str, Change]]:  # noqa: C901, PLR0912 - one case per kind of node
    match node:
        case ast.Compare(ops=[op]):
            for other in _OTHER_COMPARISONS[type(op)]:
                yield f"{type(op).__name__} becomes {other.__name__}", _set(node, "ops", [other()])
        case ast.BinOp() if type(node.op) in _OTHER_OPERATORS:
            other_op = _OTHER_OPERATORS[type(node.op)]
            yield f"{type(node.op).__name__} becomes {other_op.__name__}", _set(node, "op", other_op())
        case ast.AugAssign() if type(node.op) in _OTHER_OPERATORS:
            yield "operator of the assignment changed", _set(node, "op", _OTHER_OPERATORS[type(node.op)]())
        case ast.BoolOp():
            yield (
                "and, or exchanged",
                _set(node, "op", ast.Or() if isinstance(node.op, ast.And) else ast.And()),
            )
            for place in range(len(node.values)):
                rest = [v for n, v in enumerate(node.values) if n != place]
                yield f"operand {place + 1} removed", _set(node, "values", rest * (1 if rest[1:] else 2))
        case ast.UnaryOp(op=ast.Not()):
            yield "not removed", _remove_not(node)
        case ast.Constant(value=bool()):
            yield "boolean inverted", _set(node, "value", not node.value)
        case ast.Constant(value=int() | float()):
            # A large number is a limit of time or size, for which one more or less makes no difference.
            large = node.value > LARGE
            yield "number changed upwards", _set(node, "value", node.value * 2 if large else node.value + 1)
            if node.value not in (0, 1):
                lower = node.value / 2 if isinstance(node.value, float) else node.value // 2
                yield "number changed downwards", _set(node, "value", lower if large else node.value - 1)
        case ast.If() | ast.While() | ast.IfExp():
            yield "condition always true", _set(node, "test", ast.Constant(value=True))
            if not isinstance(node, ast.While):
                yield "condition always false", _set(node, "test", ast.Constant(value=False))
        case ast.Return() if node.value is not None and not _is(node.value, None):
            yield "returns None", _set(node, "value", ast.Constant(value=None))
        case ast.Expr() if isinstance(node.value, ast.Call | ast.Await):
            yield "call removed", _set(node, "value", ast.Constant(value=None))
        case ast.Name(id=name, ctx=ast.Load()) if name in _OTHER_NAMES:
            yield f"{name} becomes {_OTHER_NAMES[name]}", _set(node, "id", _OTHER_NAMES[name])


def _changes_of_statement(node: ast.AST) -> Iterator[tuple[str, Change]]:  # noqa: C901 - one case per kind of node
    """Yield the changes that concern SQL statements, lists, restrictions and time zones."""
    match node:
        case ast.BinOp(op=ast.BitAnd() | ast.BitOr()):
            yield "first condition dropped", _replace(node, node.right)
            yield "second condition dropped", _replace(node, node.left)
        case ast.UnaryOp(op=ast.Invert()):
            yield "negation dropped", _replace(node, node.operand)
        case ast.Attribute(value=ast.Attribute(attr="c", value=ast.Name(id=table)), attr=column):
            if (other := _other_column(table, column)) is not None:
                yield f"column {column} becomes {other}", _set(node, "attr", other)
        case ast.Attribute(value=ast.Name(id="func"), attr=name) if name in _OTHER_NAMES:
            yield f"func.{name} becomes func.{_OTHER_NAMES[name]}", _set(node, "attr", _OTHER_NAMES[name])
        case ast.Call(func=ast.Attribute(attr=name)):
            yield from _changes_of_method(node, name)
        case ast.Call(func=ast.Name()):
            yield from _dropped_restrictions(node)
        case ast.List(ctx=ast.Load()) if len(node.elts) > 1:
            yield from _removals(node, "elts", "element")
        case ast.Slice():
            for end in ("lower", "upper"):
                bound = getattr(node, end)
                if bound is not None and not isinstance(bound, ast.Constant):
                    yield f"{end} bound of the slice + 1", _set(node, end, _plus_one(bound))


def _changes_of_method(node: ast.Call, name: str) -> Iterator[tuple[str, Change]]:
    assert isinstance(node.func, ast.Attribute)
    statement = node.func.value
    match name:
        case "where" | "join" | "outerjoin" if len(node.args) > (0 if name == "where" else 1):
            yield from _removals(node, "args", "condition", skip=0 if name == "where" else 1)
        case "order_by" | "group_by" | "distinct":
            yield f"{name} dropped", _replace(node, statement)
            if name == "order_by" and node.args and not _is_method(node.args[0], "desc"):
                reverse = ast.Call(ast.Attribute(node.args[0], "desc", ast.Load()), [], [])
                yield "order reversed", _set(node, "args", [reverse, *node.args[1:]])
        case "desc":
            yield "order reversed", _replace(node, statement)
        case "limit" if node.args and not isinstance(node.args[0], ast.Constant):
            yield "limit + 1", _set(node, "args", [_plus_one(node.args[0])])
            yield "limit dropped", _replace(node, statement)
        case "values" if len(node.keywords) > 1:
            yield from _removals(node, "keywords", "value")
        case "is_" | "is_not" | "in_" | "not_in" | "gmtime" | "localtime":
            yield f"{name} becomes {_OTHER_METHODS[name]}", _set(node.func, "attr", _OTHER_METHODS[name])
        case "fromtimestamp" | "astimezone" | "now" if node.args and _names_zone(node.args[-1]):
            yield "zone dropped", _set(node, "args", node.args[:-1])
        case _:
            yield from _dropped_restrictions(node)


def _dropped_restrictions(node: ast.Call) -> Iterator[tuple[str, Change]]:
    for place, keyword in enumerate(node.keywords):
        if keyword.arg in _RESTRICTIONS:
            rest = [k for n, k in enumerate(node.keywords) if n != place]
            yield f"argument {keyword.arg} dropped", _set(node, "keywords", rest)


def _changes_of_key(node: ast.AST) -> Iterator[tuple[str, Change]]:
    """Yield the changes by which a key forgets one of its parts."""
    match node:
        case ast.Tuple(ctx=ast.Load()) if len(node.elts) > 1:
            yield from _removals(node, "elts", "part of the key")
        case ast.JoinedStr():
            for place, part in enumerate(node.values):
                if isinstance(part, ast.FormattedValue):
                    rest = [v for n, v in enumerate(node.values) if n != place]
                    yield f"part {place + 1} of the key removed", _set(node, "values", rest)
        case ast.Call(keywords=[_, _, *_]):
            for keyword in node.keywords:
                yield f"part {keyword.arg} of the key emptied", _set(keyword, "value", ast.Constant(value=""))


def _removals(node: ast.AST, name: str, what: str, skip: int = 0) -> Iterator[tuple[str, Change]]:
    values = getattr(node, name)
    for place in range(skip, len(values)):
        rest = [v for n, v in enumerate(values) if n != place]
        yield f"{what} {place + 1} dropped", _set(node, name, rest)


def _names_zone(node: ast.expr) -> bool:
    return ast.unparse(node).upper().endswith(("UTC", "_PACIFIC", "ZONE", "TZ"))


def _is_method(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == name


def _is(node: ast.AST, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def _plus_one(node: ast.expr) -> ast.expr:
    return ast.BinOp(copy.copy(node), ast.Add(), ast.Constant(value=1))


def _remove_not(node: ast.UnaryOp) -> Change:
    def change() -> None:
        node.operand = ast.UnaryOp(op=ast.Not(), operand=copy.copy(node.operand))

    return change


def _set(node: ast.AST, name: str, value: object) -> Change:
    return lambda: setattr(node, name, value)


def _replace(node: ast.AST, by: ast.AST) -> Change:
    """Return a change that makes `node` what `by`, one of its children, is."""

    def change() -> None:
        taken = copy.copy(by)
        node.__class__ = taken.__class__  # type: ignore[assignment]  # the tree is compiled, not type-checked
        node.__dict__ = dict(taken.__dict__)

    return change


@cache
def _columns() -> dict[str, list[tuple[str, str]]]:
    """Return (name, type) of the columns of every table of the schema, by the name of its variable."""
    tree = ast.parse((ROOT / "watcher/db/schema.py").read_text(encoding="utf-8"))
    found: dict[str, list[tuple[str, str]]] = {}
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=table)], value=ast.Call(func=ast.Name(id="Table"))):
                assert isinstance(node.value, ast.Call)
                found[table] = [_column(c) for c in node.value.args if _is_column(c)]
    return found


def _is_column(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "Column"


def _column(node: Any) -> tuple[str, str]:
    return node.args[0].value, ast.unparse(node.args[1])


def _other_column(table: str, column: str) -> str | None:
    """Return the next column of the same type, None if there is none."""
    columns = _columns().get(table, [])
    kind = dict(columns).get(column)
    alike = [name for name, other in columns if other == kind]
    if kind is None or len(alike) < 2:
        return None
    return alike[(alike.index(column) + 1) % len(alike)]
