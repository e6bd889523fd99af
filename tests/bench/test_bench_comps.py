"""The benchmark of comps: its baselines, and that it runs without recorded searches."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bench import comps
from watcher.core.listing import Listing
from watcher.core.money import Money


def listing(item_id: str, title: str, cents: int) -> Listing:
    return Listing(item_id, title, Money(cents, "USD"), Money(0, "USD"), 3000)


MARKET = [
    *(listing(str(i), "Acme 900 16GB", 10_000 + i) for i in range(9)),
    listing("lot", "Lot of 3 Acme 900", 30_000),
    listing("fan", "Fan for Acme 900", 500),
    listing("other", "Something else", 10_000),
]


def test_the_baselines_use_prices_or_words_only() -> None:
    genuine = {str(i) for i in range(9)}
    assert comps.naive("acme 900", MARKET) == {x.item_id for x in MARKET}
    assert comps.trimmed("acme 900", MARKET) == genuine | {"other"}
    assert comps.overlapping("acme 900", MARKET) == genuine | {"lot"}
    assert comps.ours("acme 900", MARKET) == genuine
    assert comps.trimmed("acme 900", []) == comps.overlapping("acme 900", []) == set()


def test_missing_recordings_are_reported_and_the_rest_is_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(comps, "EBAY", tmp_path / "nothing")
    comps.main(["--rounds", "1"])
    out = capsys.readouterr().out
    assert "The recorded searches are missing" in out
    assert "all  " in out
    assert "a new title" in out
    comps.main(["--rounds", "1", "--json"])
    assert set(json.loads(capsys.readouterr().out)) == {"searches", "trades", "speed"}
