"""A cache that is bounded by the weight and the age of its entries. Pure: `now` is any clock in seconds."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, NamedTuple, TypeVar

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")


class _Entry(NamedTuple, Generic[_Value]):
    value: _Value
    until: float
    weight: int


class AgingCache(Generic[_Key, _Value]):
    """Values by key; those that were used last stay, up to a total weight of `capacity`."""

    def __init__(self, capacity: int, weigh: Callable[[_Value], int] = lambda _: 1) -> None:
        self._capacity, self._weigh = capacity, weigh
        self._entries: OrderedDict[_Key, _Entry[_Value]] = OrderedDict()
        self.weight = 0

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: _Key, now: float) -> _Value | None:
        """Return the value of a key, None if there is none or its time has passed."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        if now >= entry.until:
            self._drop(key)
            return None
        self._entries.move_to_end(key)
        return entry.value

    def put(self, key: _Key, value: _Value, until: float) -> None:
        """Keep a value until an instant; one that is heavier than the capacity is not kept."""
        self._drop(key)
        weight = self._weigh(value)
        if weight > self._capacity:
            return
        self._entries[key] = _Entry(value, until, weight)
        self.weight += weight
        while self.weight > self._capacity:
            self._drop(next(iter(self._entries)))

    def expire(self, now: float) -> float | None:
        """Drop every entry whose time has passed; return when the next one's does, None if none is left."""
        for key in [key for key, entry in self._entries.items() if now >= entry.until]:
            self._drop(key)
        return min((entry.until for entry in self._entries.values()), default=None)

    def _drop(self, key: _Key) -> None:
        if entry := self._entries.pop(key, None):
            self.weight -= entry.weight
