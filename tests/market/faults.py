"""Faults that a test can cause, and when they apply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from random import Random
from typing import Any


class FaultKind(StrEnum):
    """How an answer goes wrong."""

    STATUS = "status"  # `status` with the error body of that API
    RATE_LIMIT = "rate-limit"  # 429, with `retry_after` if that is set
    QUOTA = "quota"  # eBay's 429 with errorId 2001, OpenAI's with insufficient_quota
    HANG = "hang"  # no answer for `seconds`, then the connection ends
    SLOW = "slow"  # the right answer, its first byte after `seconds`
    DRIP = "drip"  # the right answer, its body spread over `seconds`
    CUT = "cut"  # half the right body, then the connection ends
    ENDLESS = "endless"  # a body that does not end for `seconds`
    BOMB = "bomb"  # a small gzip body that unpacks to a quarter of a gigabyte
    MALFORMED = "malformed"  # half the right body, sent as if it were complete
    HTML = "html"  # a web page with status 200
    WRONG_TYPE = "wrong-type"  # the right answer as application/octet-stream
    REDIRECT = "redirect"  # 302 to the same address
    RESET = "reset"  # the connection is reset
    EMPTY = "empty"  # the answer of a search without results, whatever the query
    REFUSAL = "refusal"  # from here on answers of OpenAI only: the model declines
    INCOMPLETE = "incomplete"  # half an answer; `code` is the reason, by default max_output_tokens
    OFF_SCHEMA = "off-schema"  # an answer in another form than was asked for
    FAILED = "failed"  # status 200 with a failure inside; `code` is its code, by default server_error


OPENAI_ANSWERS = (FaultKind.REFUSAL, FaultKind.INCOMPLETE, FaultKind.OFF_SCHEMA, FaultKind.FAILED)


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of the requests whose path starts with `path`.

    It applies to every n-th of them (`every`), with `probability`, at most `times` times. With `done` the
    request is carried out before its answer goes wrong, as it always is with CUT, DRIP, MALFORMED, SLOW,
    WRONG_TYPE and those of OpenAI. `retry_after` is the value of the header, `seconds` a duration, `code` a
    code of OpenAI's, or of Stripe's: an error's, or why a card is declined.
    """

    kind: FaultKind
    path: str = "/"
    probability: float = 1.0
    every: int = 1
    times: int | None = None
    seconds: float = 3600.0
    status: int = 503
    retry_after: str | None = None
    done: bool = False
    code: str = ""

    def __post_init__(self) -> None:
        """Raise ValueError for a fault that could never apply."""
        if self.every < 1 or not 0 <= self.probability <= 1 or self.seconds < 0:
            raise ValueError(
                "a fault has `every` from 1 on, `probability` from 0 to 1 and `seconds` from 0 on"
            )

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Fault:
        """Return a fault from its fields by name. Raises ValueError with a message."""
        if not isinstance(given, dict) or "kind" not in given:
            raise ValueError('a fault is an object with a "kind"')
        if unknown := given.keys() - {field.name for field in fields(cls)}:
            raise ValueError(f'a fault has no "{min(unknown)}"')
        try:
            kind = FaultKind(given["kind"])
        except ValueError as error:
            raise ValueError(f"the kinds of faults are {', '.join(FaultKind)}") from error
        try:
            return cls(**{**given, "kind": kind})
        except TypeError as error:
            raise ValueError("a field of the fault is of the wrong type") from error


class _FaultProgress:
    """How many requests a fault has seen and how often it has applied."""

    def __init__(self, fault: Fault, dice: Random) -> None:
        self.fault, self.dice = fault, dice
        self.seen = self.fired = 0

    def applies(self) -> bool:
        """Count one request and decide."""
        fault = self.fault
        self.seen += 1
        if self.seen % fault.every or (fault.times is not None and self.fired >= fault.times):
            return False
        if self.dice.random() >= fault.probability:
            return False
        self.fired += 1
        return True


class FaultPlan:
    """The faults in force, in the order they are tried; the same seed and requests give the same faults."""

    def __init__(self, seed: int) -> None:
        self.faults: list[Fault] = []
        self.fired = 0
        self._seed, self._progress, self._started = seed, list[_FaultProgress](), 0

    def pick(self, path: str) -> Fault | None:
        """Return the fault that applies to this request, None for none."""
        for fault in self.faults:
            if path.startswith(fault.path) and self._progress_of(fault).applies():
                self.fired += 1
                return fault
        return None

    def _progress_of(self, fault: Fault) -> _FaultProgress:
        """Return the progress of this object: an equal fault that is set later starts from zero."""
        progress = next((one for one in self._progress if one.fault is fault), None)
        if progress is None:
            in_force = {id(fault) for fault in self.faults}
            self._progress = [one for one in self._progress if id(one.fault) in in_force]
            progress = _FaultProgress(fault, Random(f"{self._seed}|{self._started}"))
            self._started += 1
            self._progress.append(progress)
        return progress
