"""Bytecode of the package and the tests, written once: in a new clone each worker would write all of it."""

from __future__ import annotations

import os
import py_compile
from importlib.util import cache_from_source
from multiprocessing import get_context
from pathlib import Path

import pytest
from _pytest.assertion import rewrite

ROOT = Path(__file__).parents[1]


def compile_changed(config: pytest.Config) -> None:
    """Compile what has no bytecode or changed since, on every core."""
    sources = (path for folder in ("watcher", "tests") for path in (ROOT / folder).rglob("*.py"))
    changed = [path for path in sources if _has_changed(path)]
    cores = os.cpu_count() or 1
    context = get_context("fork")  # the processes need what is loaded here
    shares = [share for n in range(cores) if (share := changed[n::cores])]
    processes = [context.Process(target=_compile, args=(share, config)) for share in shares]
    for process in processes:
        process.start()
    for process in processes:
        process.join()


def _compile(paths: list[Path], config: pytest.Config) -> None:
    for path in paths:
        if not _has_rewritten_assertions(path):
            py_compile.compile(str(path), quiet=1)
            continue
        file = _bytecode(path)
        file.parent.mkdir(exist_ok=True)
        digest, code = rewrite._rewrite_test(path, config)
        rewrite._write_pyc(config.stash[rewrite.assertstate_key], code, digest, file)


def _has_changed(path: Path) -> bool:
    file = _bytecode(path)
    return not file.exists() or file.stat().st_mtime < path.stat().st_mtime


def _bytecode(path: Path) -> Path:
    if _has_rewritten_assertions(path):
        return rewrite.get_cache_dir(path) / (path.stem + rewrite.PYC_TAIL)
    return Path(cache_from_source(str(path)))


def _has_rewritten_assertions(path: Path) -> bool:
    return path.name.startswith("test_") or path.name == "conftest.py"
