"""What can be made to go wrong, and when it does."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum
from random import Random
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class FaultKind(StrEnum):
    """How an answer goes wrong."""

    STATUS = "status"  # `status` with the error body of that API
    RATE_LIMIT = "rate-limit"  # 429, with `retry_after` if that is set
    QUOTA = "quota"  # eBay's 429 with errorId 2001
    HANG = "hang"  # no answer for `seconds`, then the connection ends
    SLOW = "slow"  # the right answer, its first byte after `seconds`
    DRIP = "drip"  # the right answer, its body spread over `seconds`
    CUT = "cut"  # half the right body, then the connection ends
    ENDLESS = "endless"  # a body that does not end for `seconds`
    BOMB = "bomb"  # a small gzip body of a quarter of a gigabyte
    MALFORMED = "malformed"  # half the right body as if it were whole
    HTML = "html"  # a web page with status 200
    WRONG_TYPE = "wrong-type"  # the right answer as application/octet-stream
    REDIRECT = "redirect"  # 302 to the same address
    RESET = "reset"  # the connection is reset
    EMPTY = "empty"  # the answer of a search that finds nothing, whatever was asked


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong with the requests whose path begins with `path`.

    Of those it befalls every n-th (`every`), with `probability`, at most `times` times. `done`: the
    request is carried out before its answer goes wrong, as with CUT, DRIP, MALFORMED, SLOW and WRONG_TYPE.
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

    def __post_init__(self) -> None:
        """Raise ValueError for a fault that could never befall anything."""
        if self.every < 1 or not 0 <= self.probability <= 1 or self.seconds < 0:
            raise ValueError(
                "a fault has `every` from 1 on, `probability` from 0 to 1 and `seconds` from 0 on"
            )

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Fault:
        """A fault from its fields by name. Raises ValueError with a sentence."""
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


class _Course:
    """How far a fault has come."""

    def __init__(self, fault: Fault, dice: Random) -> None:
        self.fault, self.dice = fault, dice
        self.met = self.fired = 0

    def befalls(self) -> bool:
        fault = self.fault
        self.met += 1
        if self.met % fault.every or (fault.times is not None and self.fired >= fault.times):
            return False
        if self.dice.random() >= fault.probability:
            return False
        self.fired += 1
        return True


class FaultPlan:
    """The faults in force, in the order they are tried; the same seed and requests, the same faults."""

    def __init__(self, seed: int) -> None:
        self.faults: list[Fault] = []
        self.fired = 0
        self._seed, self._courses, self._begun = seed, list[_Course](), 0

    def pick(self, path: str) -> Fault | None:
        """The fault that befalls this request, None for none."""
        for fault in self.faults:
            if path.startswith(fault.path) and self._course(fault).befalls():
                self.fired += 1
                return fault
        return None

    def _course(self, fault: Fault) -> _Course:
        """Known by the fault's identity: the same fault put in anew begins anew only as a new object."""
        course = next((course for course in self._courses if course.fault is fault), None)
        if course is None:
            here = {id(fault) for fault in self.faults}
            self._courses = [course for course in self._courses if id(course.fault) in here]
            course = _Course(fault, Random(f"{self._seed}|{self._begun}"))
            self._begun += 1
            self._courses.append(course)
        return course
