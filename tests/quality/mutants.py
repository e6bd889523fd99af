"""`make mutants`: make small changes to the code and report those that no test notices.

A mutant is one change to one module: a comparison, an operator, a number or a condition is changed, or a call
is removed. Only the tests of its module run against it, in a forked process; the mutant is killed if one of
them fails or takes far too long. Texts, annotations and log lines are not changed, because their wording is
not part of any contract. The mutants to try are drawn with a seed, at most the same number from each module.

    python -m tests.quality.mutants [--sample 40] [--seed 1] [--minutes 25] [--jobs 2] [MODULE …]
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import copy
import importlib.abc
import importlib.util
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import CodeType, ModuleType
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
# Imported before the fork to save time; must not import anything of `watcher`.
PRELOADED = (
    "pytest pytest_asyncio pytest_timeout hypothesis sqlalchemy alembic.command aiohttp.web httpx msgspec "
    "pydantic tenacity zoneinfo"
)

TESTS: dict[str, str] = {
    "watcher.core.errors": "errors",
    "watcher.core.error_codes": "errors",
    "watcher.core.apis": "errors",
    "watcher.core.resilience.retry": "retry guard_stages",
    "watcher.core.resilience.breaker": "breaker guard_stages",
    "watcher.core.resilience.retry_budget": "retry_budget guard_stages",
    "watcher.core.resilience.quota": "quota quota_blocks",
    "watcher.core.money": "money",
    "watcher.core.times": "times",
    "watcher.core.cadence": "cadence",
    "watcher.core.resilience.plausibility": "plausibility suspicious_answers suspicious_polls",
    "watcher.core.rules.base": "item_rules median_rules why_not rule_conformance trip",
    "watcher.core.rules.context": "item_rules",
    "watcher.core.rules.realert": "realert trip",
    "watcher.core.rules.registry": "rule_parsing",
    "watcher.core.rules.wording": "item_rules median_rules rule_parsing suggestions",
    "watcher.core.rules.below": "item_rules preview suggestions why_not",
    "watcher.core.rules.deal": "item_rules suggestions why_not",
    "watcher.core.rules.drop": "median_rules why_not",
    "watcher.core.rules.ending": "item_rules rule_parsing why_not",
    "watcher.core.rules.low": "item_rules rule_parsing why_not",
    "watcher.core.rules.median_below": "median_rules suggestions",
    "watcher.core.rules.new_listing": "item_rules why_not",
    "watcher.adapters.outbound.guard": "guard guard_stages",
    "watcher.adapters.outbound.deadline": "guard guard_stages",
    "watcher.adapters.outbound.retry": "guard guard_stages",
    "watcher.adapters.outbound.breaker": "guard guard_stages",
    "watcher.adapters.outbound.quota": "guard guard_stages",
    "watcher.adapters.outbound.bulkhead": "guard guard_stages",
    "watcher.adapters.outbound.sample": "guard guard_stages",
    "watcher.polling.comps_cache": "comps_cache fetch",
    "watcher.polling.fetch": "fetch suspicious_answers fallback question_deadlines",
    "watcher.polling.single_flight": "fetch quota_blocks",
    "watcher.polling.quota_blocks": "quota_blocks quota_returns",
    "watcher.db.cache_entries": "cache_entries",
    "watcher.db.quota_ledger": "quota_ledger quota_blocks",
    "watcher.delivery.dispatcher": "dispatcher message_leases retries",
    "watcher.delivery.outcomes": "dispatcher retries dead_letters",
    "watcher.delivery.destination_state": "retries",
    "watcher.delivery.router": "router",
    "watcher.db.outbox": "dispatcher retries dead_letters message_leases trip clock_jumps",
    "watcher.db.observations": "recording delistings_kept trip poller",
    "watcher.db.alert_records": "recording receipts_kept trip poller",
    "watcher.db.recording": "recording cache_entries trip poller clock_jumps",
    "watcher.db.due_times": "clock_jumps clocks_apart",
    "watcher.monitoring.clock_skew": "clock_jumps clocks_apart",
}
"""Each module, and the names of the test files (`test_NAME.py`) that must notice a change in it."""

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
_LOGGERS = {"log", "logging"}

Change = Callable[[], None]


class Mutant(NamedTuple):
    """One change: its place, its description, and the compiled module with it."""

    module: str
    line: int
    what: str
    code: CodeType


def mutants_of(module: str) -> list[Mutant]:
    """Return every mutant of a module, sorted by line."""
    path = Path(str(importlib.util.find_spec(module.split(".", maxsplit=1)[0]).submodule_search_locations[0]))  # type: ignore[union-attr,index]
    path = path.joinpath(*module.split(".")[1:]).with_suffix(".py")
    source = path.read_text(encoding="utf-8")
    found = []
    for place in range(len(list(_changes(ast.parse(source))))):
        tree = ast.parse(source)
        node, what, change = list(_changes(tree))[place]
        before = ast.unparse(node)
        change()
        ast.fix_missing_locations(tree)
        with contextlib.suppress(SyntaxError):  # some changes are not valid code
            code = compile(tree, str(path), "exec")
            description = f"{what}: {before}"[:100].replace("\n", " ")
            found.append(Mutant(module, getattr(node, "lineno", 0), description, code))
    return sorted(found, key=lambda m: m.line)


def _changes(tree: ast.AST) -> Iterator[tuple[ast.AST, str, Change]]:
    for node in _code(tree):
        yield from ((node, what, change) for what, change in _changes_of(node))


def _code(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes that can be changed: no docstrings, annotations, imports, decorators or log lines."""
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "type_params", "bases"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST) or _is_unchanged(child):
                continue
            yield child
            yield from _code(child)


def _is_unchanged(node: ast.AST) -> bool:
    if isinstance(node, ast.Import | ast.ImportFrom | ast.JoinedStr):
        return True
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
            yield "number + 1", _set(node, "value", node.value + 1)
            if node.value not in (0, 1):
                yield "number - 1", _set(node, "value", node.value - 1)
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


def _is(node: ast.AST, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def _remove_not(node: ast.UnaryOp) -> Change:
    def change() -> None:
        node.operand = ast.UnaryOp(op=ast.Not(), operand=copy.copy(node.operand))

    return change


def _set(node: ast.AST, name: str, value: object) -> Change:
    return lambda: setattr(node, name, value)


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Import hook that loads the mutant in place of its module."""

    def __init__(self, mutant: Mutant) -> None:
        self.mutant = mutant

    def find_spec(self, name: str, *_: object) -> importlib.machinery.ModuleSpec | None:
        if name != self.mutant.module:
            return None
        return importlib.util.spec_from_loader(name, self, origin=self.mutant.code.co_filename)

    def exec_module(self, module: ModuleType) -> None:
        exec(self.mutant.code, module.__dict__)


def run_tests(tests: str, mutant: Mutant | None, limit: float) -> tuple[bool, float]:
    """Run the tests with this mutant in a forked process; return whether they pass, and the seconds."""
    started = time.monotonic()
    child = os.fork()
    if not child:
        _run_in_child(tests, mutant)
    while True:
        ended, status = os.waitpid(child, os.WNOHANG)
        took = time.monotonic() - started
        if ended:
            return status == 0, took
        if took > limit:  # an endless loop or wait
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return False, took
        time.sleep(0.01)


def _run_in_child(tests: str, mutant: Mutant | None) -> None:
    os.setsid()
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    if mutant is not None:
        sys.meta_path.insert(0, _Finder(mutant))
    import hypothesis  # noqa: PLC0415 - after the import hook
    import pytest  # noqa: PLC0415 - see above

    hypothesis.settings.register_profile(
        "mutants", derandomize=True, database=None, deadline=None, max_examples=30
    )
    hypothesis.settings.load_profile("mutants")
    # Pytest warns of modules that are already imported, and this project treats warnings as errors.
    options = ["-x", "-m", "not slow", "-p", "no:xdist", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
    files = [str(next((ROOT / "tests").rglob(f"test_{name}.py"))) for name in tests.split()]
    code = 1
    with contextlib.suppress(BaseException):
        code = int(pytest.main([*options, *files]))
    os._exit(0 if code == 0 else 1)


def draw_mutants(modules: Sequence[str], sample: int, seed: int) -> dict[str, tuple[list[Mutant], int]]:
    """Return the mutants to try of each module, and the number of all."""
    picked = {}
    for module in modules:
        found = mutants_of(module)
        dice = random.Random(f"{seed}|{module}")  # does not depend on the other modules
        some = dice.sample(found, min(sample, len(found)))
        picked[module] = sorted(some, key=lambda m: m.line), len(found)
    return picked


def main() -> int:
    """Try mutants within the time limit; print each module's score and its survivors."""
    parser = argparse.ArgumentParser(description="Mutation testing of the most critical modules.")
    parser.add_argument("modules", nargs="*", metavar="MODULE", default=list(TESTS))
    parser.add_argument("--sample", type=int, default=40, help="maximum number of mutants per module")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=25.0)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    for name in PRELOADED.split():
        importlib.import_module(name)
    os.chdir(ROOT)
    ends = time.monotonic() + 60 * options.minutes
    killed = tried = 0
    survivors: list[Mutant] = []
    for module, (some, number) in draw_mutants(
        options.modules or list(TESTS), options.sample, options.seed
    ).items():
        passed, took = run_tests(TESTS[module], None, 300.0)
        if not passed:
            print(f"{module}: its tests fail without a mutant")
            return 2
        limit = 10.0 + 5 * took

        def survives(mutant: Mutant, limit: float = limit) -> bool | None:
            return run_tests(TESTS[mutant.module], mutant, limit)[0] if time.monotonic() < ends else None

        with ThreadPoolExecutor(options.jobs) as pool:
            results = list(pool.map(survives, some))
        done = [(m, alive) for m, alive in zip(some, results, strict=True) if alive is not None]
        left = [m for m, alive in done if alive]
        tried, killed = tried + len(done), killed + len(done) - len(left)
        print(f"{module:36} {len(done) - len(left):3} of {len(done):3} killed, of {number}", flush=True)
        for m in left:
            print(f"    survived: line {m.line}: {m.what}", flush=True)
        survivors += left
    share = 100 * killed / tried if tried else 0.0
    print(
        f"\n{killed} of {tried} mutants killed: {share:.1f} %; seed {options.seed}, sample {options.sample}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
