"""The comps of one watch: those of its search and filters, as its user's answers change them."""

from __future__ import annotations

from watcher.core.background import Background
from watcher.core.comps import Comps
from watcher.core.rejections import without_rejected
from watcher.core.taught_evidence import Judging, apply_taught
from watcher.core.watch import Watch


def own_comps(
    watch: Watch, comps: Comps, *, trust_condition: bool = True, background: Background = Background()
) -> Comps:
    """Return `comps`, which are those of the watch's question and filters, as its user has changed them."""
    left = without_rejected(comps, watch.rejected)
    judging = judging_of(watch, trust_condition=trust_condition, background=background)
    return apply_taught(left, watch.taught, judging)


def judging_of(watch: Watch, *, trust_condition: bool, background: Background) -> Judging:
    """Return what the verdicts on the listings of a watch rest on."""
    asked = watch.question
    return Judging(
        asked.query, asked.condition, asked.marketplace, watch.filters, trust_condition, background
    )
