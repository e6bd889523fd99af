from __future__ import annotations

import pytest

from watcher.core.resilience import token_buckets
from watcher.core.resilience.token_buckets import TokenBuckets


def test_a_full_bucket_gives_a_whole_minute_at_once() -> None:
    buckets = TokenBuckets(600)
    assert [buckets.take("token:1", 5.0) for _ in range(600)] == [0.0] * 600
    assert buckets.take("token:1", 5.0) == pytest.approx(0.1)


def test_a_bucket_fills_up_evenly() -> None:
    buckets = TokenBuckets(600)
    for _ in range(600):
        buckets.take("token:1", 0.0)
    assert sum(buckets.take("token:1", 1.0) == 0 for _ in range(50)) == 10
    assert sum(buckets.take("token:1", 100.0) == 0 for _ in range(700)) == 600


def test_a_refused_request_costs_nothing() -> None:
    buckets = TokenBuckets(1)
    buckets.take("token:1", 0.0)
    assert [buckets.take("token:1", now) for now in (20.0, 59.0, 60.0)] == [40.0, 1.0, 0.0]


def test_each_key_has_its_own_bucket() -> None:
    buckets = TokenBuckets(1)
    assert [buckets.take(key, 0.0) for key in ("token:1", "token:2", "token:1")] == [0.0, 0.0, 60.0]


def test_a_request_that_was_given_back_does_not_count() -> None:
    buckets = TokenBuckets(2)
    for _ in range(10):
        assert buckets.take("token:1", 0.0) == 0
        buckets.give_back("token:1")
    assert [buckets.take("token:1", 0.0) for _ in range(3)] == [0.0, 0.0, 30.0]
    buckets.give_back("token:2")  # which never took one


def test_a_clock_that_was_set_back_refuses_at_most_a_minute() -> None:
    buckets = TokenBuckets(1)
    buckets.take("token:1", 1e9)
    assert buckets.take("token:1", 5.0) == 60.0


def test_buckets_are_forgotten_beyond_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token_buckets, "_MAX_KEYS", 10)
    buckets = TokenBuckets(1)
    for number in range(50):
        buckets.take(f"token:{number}", number * 0.1)
    assert len(buckets._full_at) == 10
    assert buckets.take("token:49", 5.0) > 0  # the newest is remembered
    for number in range(50, 61):
        buckets.take(f"token:{number}", 500.0)
    assert len(buckets._full_at) <= 11
