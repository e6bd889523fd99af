"""What `watcher check` says of eBay's quota."""

from __future__ import annotations

import pytest

from watcher.adapters.ebay.responses import EbayQuota
from watcher.cli.check import _ebay_answer


@pytest.mark.parametrize(
    ("configured", "quota", "state", "words"),
    [
        (5000, None, "ok", "yes"),
        (5000, EbayQuota(4000, 5000, None), "ok", "yes, 4000 of 5000 calls left today"),
        (
            5000,
            EbayQuota(4000, 5001, None),
            "ok",
            "yes, 4000 of 5001 calls left today; daily_quota in [ebay] allows 5000",
        ),
        (5000, EbayQuota(4000, 4999, None), "warn", "fewer calls than the 5000 of daily_quota"),
        (5000, EbayQuota(0, 0, None), "fail", "eBay grants no calls"),
        (0, EbayQuota(4000, 5000, None), "fail", "daily_quota in [ebay] is 0"),
        (0, None, "fail", "daily_quota in [ebay] is 0"),
    ],
)
def test_a_quota_that_stops_polls_is_not_ok(
    configured: int, quota: EbayQuota | None, state: str, words: str
) -> None:
    found = _ebay_answer("yes", configured, quota)
    assert (found.name, found.state) == ("ebay", state)
    assert words in found.detail
