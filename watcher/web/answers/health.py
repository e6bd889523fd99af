"""The answers of the probes."""

from __future__ import annotations

from typing import Literal

from watcher.web.answers.base import AnswerBody


class AliveView(AnswerBody):
    """The daemon is alive."""

    status: Literal["alive"]


class ReadyView(AnswerBody):
    """The daemon can work."""

    status: Literal["ready"]
