"""`make house`: print figures of the package's structure as a Markdown table; `--check` enforces the bounds.

Recipes are read from CONTRIBUTING.md: below a heading that contains the word "recipe", each heading that
names an extension ("A notification channel") is followed by a list with one product file per item, its path
first in backquotes. The reading list is in ARCHITECTURE.md below a heading that contains "follow one poll".
"""

from __future__ import annotations

import ast
import gc
import io
import re
import statistics
import subprocess
import sys
import time
import tokenize
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PACKAGE = "watcher"
MAX_FILE_LINES = 500
MAX_FUNCTION_LINES = 60
MAX_LATE_IMPORTS = 20
MAX_READING_LIST = 18  # files
HELP_RUNS = 5  # the best one counts


RECIPES = {
    "channel": 5,
    "source": 5,
    "rule": 2,
    "endpoint": 3,
    "page": 3,
    "column": 3,
    "config key": 3,
}
"""Product files that an extension may touch, by a word of its heading in CONTRIBUTING.md."""

DEFINED_AGAIN = {
    "log": "every module has its own logger",
    "router": "every module with endpoints has its own router",
    "main": "the entry point of a program",
    "T": "a type variable of its module",
}
"""Public names that more than one module may define, with the reason."""

COMMAND_DECORATORS = (
    "command",
    "group",
    "get",
    "post",
    "put",
    "patch",
    "delete",
    "head",
    "exception_handler",
)


class Row(NamedTuple):
    """A figure; `offenders` break its bound."""

    figure: str
    measured: str
    bound: str = ""
    offenders: tuple[str, ...] = ()


class Module:
    """A parsed file."""

    def __init__(self, path: Path) -> None:
        self.name = str(path.relative_to(ROOT))
        self.source = path.read_text(encoding="utf-8")
        self.tree = ast.parse(self.source)

    @property
    def line_count(self) -> int:
        """Return the number of physical lines."""
        return self.source.count("\n")

    @cached_property
    def logical_line_count(self) -> int:
        """Return the number of statements and headers: NEWLINE tokens."""
        tokens = tokenize.generate_tokens(io.StringIO(self.source).readline)
        return sum(token.type == tokenize.NEWLINE for token in tokens)

    def functions(self) -> Iterator[tuple[str, int]]:
        """Yield each function as `file:line name` and its number of lines, docstring included."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                yield f"{self.name}:{node.lineno} {node.name} ({lines})", lines

    def late_imports(self) -> Iterator[str]:
        """Yield the imports inside functions."""
        functions = (n for n in ast.walk(self.tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))
        lines = {
            node.lineno
            for function in functions
            for node in ast.walk(function)
            if isinstance(node, ast.Import | ast.ImportFrom)
        }
        return (f"{self.name}:{line}" for line in sorted(lines))

    def public_definitions(self) -> Iterator[str]:
        """Yield the public names that the top level defines, without commands and routes."""
        for node in self.tree.body:
            match node:
                case ast.FunctionDef() | ast.AsyncFunctionDef() if _is_registered(node):
                    continue
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                    names = [name]
                case ast.Assign(targets=targets):
                    names = [part.id for t in targets for part in ast.walk(t) if isinstance(part, ast.Name)]
                case ast.AnnAssign(target=ast.Name(id=name)):
                    names = [name]
                case _:
                    continue
            yield from (name for name in names if not name.startswith("_"))


def _is_registered(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    calls = (d.func if isinstance(d, ast.Call) else d for d in node.decorator_list)
    return any(isinstance(call, ast.Attribute) and call.attr in COMMAND_DECORATORS for call in calls)


def read_modules(folder: str) -> list[Module]:
    """Return the Python files below a folder, sorted by name."""
    return [Module(path) for path in sorted((ROOT / folder).rglob("*.py"))]


class ClassMembers(NamedTuple):
    """What a class defines: methods with their parameters (without self), and attributes with None."""

    name: str
    where: str
    bases: tuple[str, ...]
    members: dict[str, tuple[str, ...] | None]
    is_protocol: bool


def read_class(node: ast.ClassDef, where: str) -> ClassMembers:
    """Return the members that a class defines by itself."""
    members: dict[str, tuple[str, ...] | None] = {}
    for part in node.body:
        match part:
            case ast.FunctionDef(name=name, args=arguments) | ast.AsyncFunctionDef(name=name, args=arguments):
                decorators = {d.id for d in part.decorator_list if isinstance(d, ast.Name)}
                parameters = [*arguments.posonlyargs, *arguments.args]
                if "staticmethod" not in decorators:
                    parameters = parameters[1:]
                open_ended = arguments.vararg is not None
                names = () if open_ended else tuple(p.arg for p in parameters)
                members[name] = None if decorators & {"property", "cached_property"} else names
                members |= {a: None for a in _self_attributes(part) if a not in members}
            case ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]):
                members.setdefault(name, None)
    bases = tuple(_base_name(base) for base in node.bases)
    return ClassMembers(node.name, where, bases, members, "Protocol" in bases)


def _self_attributes(function: ast.AST) -> set[str]:
    return {
        node.attr
        for node in ast.walk(function)
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and isinstance(node.value, ast.Name)
        and node.value.id == "self"
    }


def _base_name(base: ast.expr) -> str:
    while isinstance(base, ast.Subscript):
        base = base.value
    return base.attr if isinstance(base, ast.Attribute) else base.id if isinstance(base, ast.Name) else ""


def implements(members: dict[str, tuple[str, ...] | None], protocol: ClassMembers) -> bool:
    """Whether these members include the Protocol's; a method's parameters must start with the same names."""
    for name, wanted in protocol.members.items():
        if name not in members:
            return False
        found = members[name]
        if wanted and found and found[: len(wanted)] != wanted:
            return False
    return True


def single_implementations(modules: Iterable[Module]) -> dict[str, list[str]]:
    """Return the Protocols of the package that fewer than two classes fit, with those that do."""
    classes = [
        read_class(node, f"{module.name}:{node.lineno}")
        for module in modules
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef)
    ]
    by_name = {cls.name: cls for cls in classes}

    alone = {}
    for protocol in classes:
        callback = set(protocol.members) == {"__call__"}  # functions implement it
        if not protocol.is_protocol or callback or not protocol.where.startswith(f"{PACKAGE}/"):
            continue
        fitting = [
            c.name for c in classes if not c.is_protocol and implements(_all_members(c, by_name), protocol)
        ]
        if len(fitting) < 2:
            alone[f"{protocol.where} {protocol.name}"] = fitting
    return alone


def _all_members(
    cls: ClassMembers, by_name: dict[str, ClassMembers], seen: frozenset[str] = frozenset()
) -> dict[str, tuple[str, ...] | None]:
    """Return the members of a class with those that it inherits; classes are found by name."""
    inherited: dict[str, tuple[str, ...] | None] = {}
    for base in cls.bases:
        if base in by_name and base not in seen:
            inherited |= _all_members(by_name[base], by_name, seen | {base})
    return inherited | cls.members


def names_defined_twice(modules: Iterable[Module]) -> dict[str, list[str]]:
    """Return the public names that several modules define, without those of `DEFINED_AGAIN`."""
    places: dict[str, list[str]] = defaultdict(list)
    for module in modules:
        for name in sorted(set(module.public_definitions())):
            places[name].append(module.name)
    return {n: found for n, found in sorted(places.items()) if len(found) > 1 and n not in DEFINED_AGAIN}


def read_sections(markdown: str, heading: str) -> dict[str, list[str]]:
    """Return the list items below each heading, from the one with `heading` to the next of its level."""
    sections: dict[str, list[str]] = {}
    level, current = 0, ""
    for line in markdown.split("\n"):
        if match := re.match(r"(#+) +(.*)", line):
            depth, title = len(match[1]), match[2]
            if heading in title.casefold() and not level:
                level, current = depth, title
            elif level and depth <= level:
                break
            else:
                current = title
            if level:
                sections[current] = []
        elif level and re.match(r" {0,3}([-*]|\d+\.) ", line):
            sections[current].append(line)
    return sections


def first_paths(items: Iterable[str]) -> list[str]:
    """Return the first path in backquotes of each list item, without tests and documentation, once each."""
    found = (re.search(r"`([\w./<>-]+)`", item) for item in items)
    paths = [match[1] for match in found if match]
    product = (
        path for path in paths if not path.startswith(("tests/", "docs/")) and not path.endswith(".md")
    )
    return list(dict.fromkeys(product))


def missing_files(paths: Iterable[str]) -> list[str]:
    """Return the paths that do not exist; those with a part in capitals (`NAME.py`) are placeholders."""
    return [p for p in paths if not re.search(r"[A-Z]{3}|<", p) and not (ROOT / p).exists()]


def recipe_rows() -> Iterator[Row]:
    """Yield how many product files each recipe of CONTRIBUTING.md touches."""
    sections = read_sections((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), "recipe")
    for word, budget in RECIPES.items():
        items = next((items for title, items in sections.items() if word in title.casefold()), [])
        paths = first_paths(items)
        wrong = missing_files(paths)
        if not paths:
            wrong.append(f'CONTRIBUTING.md has no list below a heading with "{word}"')
        if len(paths) > budget:
            wrong.extend(paths)
        yield Row(f"files touched to add: {word}", str(len(paths)), f"≤ {budget}", tuple(wrong))


def reading_row() -> Row:
    """Return how many files a newcomer reads to follow one poll with an alert."""
    sections = read_sections((ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8"), "follow one poll")
    paths = first_paths(item for items in sections.values() for item in items)
    wrong = missing_files(paths)
    if not paths:
        wrong.append('ARCHITECTURE.md has no list below a heading "Follow one poll"')
    if len(paths) > MAX_READING_LIST:
        wrong.append(f"{len(paths)} files")
    return Row("files to read to follow one poll", str(len(paths)), f"≤ {MAX_READING_LIST}", tuple(wrong))


def help_seconds() -> float:
    """Return the best wall time of `watcher --help`."""
    command = [sys.executable, "-m", PACKAGE, "--help"]
    times = []
    for _ in range(HELP_RUNS):
        start = time.perf_counter()
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        times.append(time.perf_counter() - start)
    return min(times)


def size_rows(modules: list[Module]) -> Iterator[Row]:
    """Yield the figures about files, functions and lines."""
    lines = sorted(module.line_count for module in modules)
    largest = max(modules, key=lambda module: module.line_count)
    too_long = tuple(f"{m.name} ({m.line_count})" for m in modules if m.line_count > MAX_FILE_LINES)
    yield Row("files", str(len(modules)))
    yield Row("median file, lines", f"{statistics.median(lines):.0f}")
    yield Row(
        "largest file, lines", f"{largest.line_count} ({largest.name})", f"≤ {MAX_FILE_LINES}", too_long
    )
    functions = sorted((pair for m in modules for pair in m.functions()), key=lambda pair: pair[1])
    longer = tuple(name for name, length in functions if length > MAX_FUNCTION_LINES)
    yield Row("p90 function, lines", str(functions[len(functions) * 9 // 10][1]))
    yield Row("largest function, lines", functions[-1][0], f"≤ {MAX_FUNCTION_LINES}", longer)
    logical = sum(module.logical_line_count for module in modules)
    yield Row("logical lines", f"{logical:,}")


def structure_rows(modules: list[Module]) -> Iterator[Row]:
    """Yield the figures about layers, Protocols, names and imports."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    yield Row("layers", str(len(layers)))
    rooms = sorted(path.parent.name for path in (ROOT / PACKAGE).glob("*/__init__.py"))
    yield Row("top-level rooms", f"{len(rooms)} ({', '.join(rooms)})")
    alone = single_implementations([*modules, *read_modules("tests")])
    listed = tuple(f"{protocol}: {', '.join(names) or 'no class'}" for protocol, names in alone.items())
    yield Row("Protocols with fewer than two implementations", str(len(alone)), "0", listed)
    twice = names_defined_twice(modules)
    listed = tuple(f"{name}: {', '.join(places)}" for name, places in twice.items())
    yield Row("public names defined twice", str(len(twice)), "0", listed)
    late = tuple(place for module in modules for place in module.late_imports())
    yield Row(
        "imports inside functions",
        str(len(late)),
        f"≤ {MAX_LATE_IMPORTS}",
        late if len(late) > MAX_LATE_IMPORTS else (),
    )


def repeated_file_names(paths: Iterable[Path]) -> tuple[str, ...]:
    """Return the names that several test files have; pytest imports them without their folders."""
    counts = Counter(path.name for path in paths)
    return tuple(sorted(name for name, count in counts.items() if count > 1))


def test_files_row() -> Row:
    """Return the figure about the names of test files."""
    repeated = repeated_file_names((ROOT / "tests").rglob("test_*.py"))
    return Row("names of several test files", str(len(repeated)), "0", repeated)


def measure(*, with_times: bool) -> list[Row]:
    """Return all figures; wall time only on request, because it says nothing on a busy machine."""
    modules = read_modules(PACKAGE)
    rows = [*size_rows(modules), *structure_rows(modules), *recipe_rows(), reading_row(), test_files_row()]
    if with_times:
        rows.append(Row(f"`watcher --help`, ms (best of {HELP_RUNS})", f"{help_seconds() * 1000:.0f}"))
    return rows


def main(arguments: list[str]) -> int:
    """Print the table and the broken bounds; with `--check` only these, and return 1 if there are any."""
    check = "--check" in arguments
    rows = measure(with_times=not check)
    if not check:
        print("| figure | now | bound |", "|---|---|---|", sep="\n")
        for row in rows:
            print(f"| {row.figure} | {row.measured} | {row.bound} |")
    broken = [row for row in rows if row.offenders]
    for row in broken:
        print(f"\n{row.figure}: bound {row.bound}", *(f"  {o}" for o in row.offenders), sep="\n")
    return 1 if check and broken else 0


if __name__ == "__main__":
    gc.disable()  # collecting garbage among the syntax trees would take two thirds of the time
    sys.exit(main(sys.argv[1:]))
