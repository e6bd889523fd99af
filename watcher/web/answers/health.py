"""The answers of the probes."""

from __future__ import annotations

from typing import Literal

from watcher.web.answers.base import Answer


class AliveView(Answer):
    """The daemon is alive."""

    status: Literal["alive"]


class ReadyView(Answer):
    """The daemon can work."""

    status: Literal["ready"]
