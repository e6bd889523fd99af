"""`make mutants`: make small changes to the code and report those that no test notices.

A mutant is one change to one module, of the kinds in `mutations.py`. Only the tests of its module run against
it, in a forked process; the mutant is killed if one of them fails or takes far too long.

    python -m tests.quality.mutants [--sample 270] [--seed 1] [--part 1/4] [--minutes 60] [MODULE …]

The sample is drawn with a seed over all modules, three quarters of it from those that join others. Results
are kept in `mutants.jsonl`, so an interrupted run continues where it ended. A mutant that survived is tried
again, and so is every mutant of a module that has changed. The exit code is 1 if more than a tenth survives.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import hashlib
import importlib.abc
import importlib.util
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, NamedTuple

from tests.quality.mutated_modules import CORE, JOINING
from tests.quality.mutations import ROOT, changes_in

# Imported before the fork to save time; must not import anything of `watcher`.
PRELOADED = (
    "pytest pytest_asyncio pytest_timeout hypothesis sqlalchemy alembic.command aiohttp.web httpx msgspec "
    "pydantic tenacity zoneinfo"
)
TESTS = CORE | JOINING
RESULTS = ROOT / "mutants.jsonl"
# Share of the sample that is drawn from the joining layers, and the largest share that may survive.
JOINING_SHARE, MAX_SURVIVING = 0.75, 0.10
# Seconds that the tests of a module may take without a mutant.
LONGEST_RUN = 600.0


class Mutant(NamedTuple):
    """One change: its module, its number among the module's changes, its line and its description."""

    module: str
    number: int
    line: int
    what: str
    joining: bool
    nth: int  # of those with the same description in its module

    @property
    def key(self) -> str:
        """What a result is kept under: a change to the module's source makes it another mutant."""
        digest = hashlib.sha256(source_of(self.module).encode()).hexdigest()[:12]
        return f"{self.module} {self.number} {digest}"


def source_of(module: str) -> str:
    return path_of(module).read_text(encoding="utf-8")


def path_of(module: str) -> Path:
    return ROOT.joinpath(*module.split(".")).with_suffix(".py")


def mutants_of(module: str) -> list[Mutant]:
    """Return every mutant of a module, also those whose code is not valid."""
    found, alike = [], Counter[str]()
    for number, change in enumerate(changes_in(ast.parse(source_of(module)))):
        what = f"{change.what}: {_shown(change.node)}"
        line = getattr(change.node, "lineno", 0)
        found.append(Mutant(module, number, line, what, change.joining, alike[what]))
        alike[what] += 1
    return found


def _shown(node: ast.AST) -> str:
    with contextlib.suppress(Exception):  # not every node has a text of its own
        return ast.unparse(node).replace("\n", " ")[:100]
    return ""


def code_of(mutant: Mutant) -> CodeType | None:
    """Return the compiled module with the change, None if that is not valid code."""
    tree = ast.parse(source_of(mutant.module))
    list(changes_in(tree))[mutant.number].change()
    ast.fix_missing_locations(tree)
    with contextlib.suppress(SyntaxError, ValueError, TypeError):
        return compile(tree, str(path_of(mutant.module)), "exec")
    return None


def draw_mutants(modules: Sequence[str], sample: int, seed: int) -> list[Mutant]:
    """Return the mutants to try, by module and line; the order of `modules` makes no difference.

    Half of those of joining modules are of the joining kinds, which are rarer than the others.
    """
    pools: list[list[Mutant]] = [[], [], []]
    for mutant in (m for name in modules for m in mutants_of(name)):
        pools[0 if mutant.module not in JOINING else 2 if mutant.joining else 1].append(mutant)
    core, plain, joining = (sorted(pool, key=lambda m: _lot(m, seed)) for pool in pools)
    of_joining = round(sample * JOINING_SHARE) if core else sample
    drawn = joining[: of_joining // 2]
    drawn += plain[: of_joining - len(drawn)]
    drawn += core[: sample - len(drawn)]
    return sorted(drawn)


def _lot(mutant: Mutant, seed: int) -> str:
    """Return what decides whether a mutant is drawn; it does not depend on other mutants or modules."""
    return hashlib.sha256(f"{seed}|{mutant.module}|{mutant.nth}|{mutant.what}".encode()).hexdigest()


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Import hook that loads the mutant in place of its module. Nothing is written to a file."""

    def __init__(self, mutant: Mutant, code: CodeType) -> None:
        self.mutant, self.code = mutant, code

    def find_spec(self, name: str, *_: object) -> importlib.machinery.ModuleSpec | None:
        if name != self.mutant.module:
            return None
        return importlib.util.spec_from_loader(name, self, origin=self.code.co_filename)

    def exec_module(self, module: ModuleType) -> None:
        exec(self.code, module.__dict__)


@contextlib.contextmanager
def fresh_bytecode() -> Iterator[None]:
    """Use no bytecode that an earlier program wrote.

    Python takes bytecode for valid if its source has the same length and was changed in the same second, so a
    change that was taken back at once may survive in it.
    """
    place, before = tempfile.mkdtemp(prefix="mutants"), sys.pycache_prefix
    sys.pycache_prefix = os.environ["PYTHONPYCACHEPREFIX"] = place
    try:
        yield
    finally:
        sys.pycache_prefix = before
        del os.environ["PYTHONPYCACHEPREFIX"]
        shutil.rmtree(place, ignore_errors=True)


def run_tests(tests: str, mutant: Mutant | None, limit: float) -> tuple[bool, float]:
    """Run the tests with this mutant in a forked process; return whether they pass, and the seconds."""
    code = code_of(mutant) if mutant else None
    started = time.monotonic()
    child = os.fork()
    if not child:
        _run_in_child(tests, _Finder(mutant, code) if mutant and code else None)
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


class _OnSqlite:
    """A plugin of pytest that leaves out the second run of a test, on Postgres, to save time."""

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        items[:] = [item for item in items if not self._is_repeated(item)]

    @staticmethod
    def _is_repeated(item: Any) -> bool:
        return "postgres" in getattr(getattr(item, "callspec", None), "params", {}).values()


def _run_in_child(tests: str, finder: _Finder | None) -> None:
    os.setsid()
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    if finder is not None:
        sys.meta_path.insert(0, finder)
    import hypothesis  # noqa: PLC0415 - after the import hook
    import pytest  # noqa: PLC0415 - see above

    hypothesis.settings.register_profile(
        "mutants", derandomize=True, database=None, deadline=None, max_examples=30
    )
    hypothesis.settings.load_profile("mutants")
    # Pytest warns of modules that are already imported, and this project treats warnings as errors.
    options = ["-x", "-m", "not slow", "-p", "no:xdist"]
    options += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
    files = [str(next((ROOT / "tests").rglob(f"test_{name}.py"))) for name in tests.split()]
    code = 1
    with contextlib.suppress(BaseException):
        code = int(pytest.main([*options, *files], plugins=[_OnSqlite()]))
    os._exit(0 if code == 0 else 1)


def killed_before(results: Path) -> set[str]:
    """Return the keys of the mutants that an earlier run killed."""
    if not results.exists():
        return set()
    rows = [json.loads(line) for line in results.read_text(encoding="utf-8").splitlines()]
    return {row["key"] for row in rows if row["killed"]}


class Results:
    """What is known of the mutants tried so far, in memory and in `mutants.jsonl`."""

    def __init__(self, ends: float) -> None:
        self.ends = ends
        self.killed = self.left = 0
        self.survivors: list[Mutant] = []
        self._known = killed_before(RESULTS)

    def try_module(self, module: str, mutants: Sequence[Mutant]) -> None:
        """Try mutants of a module within the time limit, except those that an earlier run killed."""
        new = [m for m in mutants if m.key not in self._known]
        self.killed += len(mutants) - len(new)
        passed, took = run_tests(TESTS[module], None, LONGEST_RUN) if new and self._is_time() else (True, 0.0)
        if not passed:
            print(f"{module}: its tests fail without a mutant", flush=True)
            self.left += len(new)
            return
        for mutant in new:
            self._keep(mutant, killed=self._is_killed(mutant, 10.0 + 5 * took))

    def _is_time(self) -> bool:
        return time.monotonic() < self.ends

    def _is_killed(self, mutant: Mutant, limit: float) -> bool | None:
        return not run_tests(TESTS[mutant.module], mutant, limit)[0] if self._is_time() else None

    def _keep(self, mutant: Mutant, *, killed: bool | None) -> None:
        if killed is None:
            self.left += 1
            return
        with RESULTS.open("a", encoding="utf-8") as file:
            print(json.dumps({"key": mutant.key, "killed": killed}), file=file)
        self.killed += killed
        print(
            f"{'killed  ' if killed else 'SURVIVED'} {mutant.module}:{mutant.line}: {mutant.what}", flush=True
        )
        if not killed:
            self.survivors.append(mutant)


def main() -> int:
    """Try a sample of mutants; print the survivors; return 1 if more than a tenth survives."""
    parser = argparse.ArgumentParser(description="Mutation testing of the critical modules.")
    parser.add_argument("modules", nargs="*", metavar="MODULE")
    parser.add_argument("--sample", type=int, default=270, help="number of mutants")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--part", default="1/1", help="2/4 tries the second quarter of the sample")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    for name in PRELOADED.split():
        importlib.import_module(name)
    os.chdir(ROOT)
    part, parts = (int(n) for n in options.part.split("/"))
    drawn = draw_mutants(options.modules or list(TESTS), options.sample, options.seed)
    drawn = drawn[(part - 1) * len(drawn) // parts : part * len(drawn) // parts]
    by_module: dict[str, list[Mutant]] = defaultdict(list)
    for mutant in drawn:
        if code_of(mutant) is not None:
            by_module[mutant.module].append(mutant)
    results = Results(time.monotonic() + 60 * options.minutes)
    with fresh_bytecode(), ThreadPoolExecutor(options.jobs) as pool:
        list(pool.map(results.try_module, by_module, by_module.values()))
    tried = results.killed + len(results.survivors)
    share = len(results.survivors) / tried if tried else 0.0
    for m in sorted(results.survivors):
        print(f"survived: {m.module}:{m.line}: {m.what}")
    print(
        f"{results.killed} of {tried} mutants killed: {100 * (1 - share):.1f} %; seed {options.seed}, sample "
        f"{options.sample}, part {options.part}" + (f"; {results.left} not tried" if results.left else "")
    )
    return 1 if share > MAX_SURVIVING else 0


if __name__ == "__main__":
    sys.exit(main())
