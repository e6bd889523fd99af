"""Garbage collection: what is loaded at startup is frozen, later cycles are still collected."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from watcher.adapters.host.garbage import loading_modules, tune_garbage_collector


@pytest.fixture(autouse=True)
def collector() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


class Node:
    def __init__(self) -> None:
        self.itself = self


def test_objects_created_at_startup_are_frozen_and_garbage_is_not():
    garbage, kept, before = weakref.ref(Node()), [[] for _ in range(1000)], gc.get_freeze_count()
    tune_garbage_collector()
    assert gc.get_freeze_count() >= before + len(kept)
    assert garbage() is None


def test_cycles_are_still_collected():
    tune_garbage_collector()
    first = weakref.ref(Node())
    kept = [[] for _ in range(gc.get_threshold()[0] + 1)]
    assert kept
    assert first() is None


def test_no_garbage_is_collected_while_modules_are_loaded():
    with loading_modules():
        first = weakref.ref(Node())
        kept = [[] for _ in range(gc.get_threshold()[0] + 1)]
        assert first() is not None
    assert gc.isenabled()
    assert gc.get_freeze_count() >= len(kept)


def test_a_collector_that_was_off_stays_off():
    gc.disable()
    try:
        with loading_modules():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
