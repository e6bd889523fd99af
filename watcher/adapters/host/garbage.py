"""When Python looks for garbage: this program makes thousands of tuples at a time and hardly any cycles."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

# New objects before a collection. The default is 700, which a single poll may reach.
_THRESHOLDS = (20_000, 20, 20)


@contextmanager
def loading_modules() -> Iterator[None]:
    """Collect no garbage while modules are loaded, and never look at what they consist of; later less often.

    Collections took a quarter of a start's time, and found one object in a hundred to be garbage.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(*_THRESHOLDS)
        if was_enabled:
            gc.enable()


def tune_garbage_collector() -> None:
    """Exclude the objects created at startup from garbage collection, and collect the others less often.

    Collection took an eighth of a poll's CPU time, and a full collection blocked the event loop for a tenth
    of a second.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_THRESHOLDS)
