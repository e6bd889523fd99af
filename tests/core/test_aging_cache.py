"""The cache that is bounded by weight and age."""

from __future__ import annotations

from watcher.core.aging_cache import AgingCache


def test_entries_used_least_recently_leave_when_the_weight_is_reached() -> None:
    cache: AgingCache[str, str] = AgingCache(6, len)
    cache.put("a", "aaa", 9.0)
    cache.put("b", "bb", 9.0)
    assert cache.get("a", 0.0) == "aaa"
    cache.put("c", "cc", 9.0)
    assert [cache.get(key, 0.0) for key in "abc"] == ["aaa", None, "cc"]
    assert (cache.weight, len(cache)) == (5, 2)


def test_a_new_value_replaces_the_old_one_and_its_weight() -> None:
    cache: AgingCache[str, str] = AgingCache(6, len)
    cache.put("a", "aaaa", 9.0)
    cache.put("a", "aa", 5.0)
    assert (cache.weight, cache.get("a", 4.9), cache.get("a", 5.0)) == (2, "aa", None)


def test_a_value_heavier_than_the_capacity_is_not_kept() -> None:
    cache: AgingCache[str, str] = AgingCache(3, len)
    cache.put("a", "aaa", 9.0)
    cache.put("b", "bbbb", 9.0)
    assert (cache.get("a", 0.0), cache.get("b", 0.0), cache.weight) == ("aaa", None, 3)


def test_expired_entries_leave_the_memory() -> None:
    cache: AgingCache[str, int] = AgingCache(9)
    for number, key in enumerate("abc"):
        cache.put(key, number, float(number))
    assert (cache.expire(1.0), len(cache), cache.weight) == (2.0, 1, 1)
    assert (cache.expire(2.0), len(cache), cache.weight) == (None, 0, 0)
