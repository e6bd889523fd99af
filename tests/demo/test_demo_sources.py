"""The scripted and the recorded market, and the parsing of queries."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.market.rows import summary
from tests.market.scripted import Scripted
from watcher.core.times import Instant
from watcher.demo.recorded import RecordedMarket, file_stem
from watcher.demo.source import query_words, read_terms

NOW = Instant(1000.0)


def ids(rows) -> list[str]:
    return [row["legacyItemId"] for row in rows]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("omega 3570.50", True),
        ("speedmaster omega", True),
        ("omega 3570", True),
        ("omega -box", False),
        ("omega -strap", True),
        ("(rolex, omega) speedmaster", True),
        ("(rolex, tudor) speedmaster", False),
        ("-(box, papers) omega", False),
        ("", True),
    ],
)
def test_a_query_matches_titles_as_ebay_documents(query, found) -> None:
    assert read_terms(query).find(query_words("Omega Speedmaster 3570.50 with BOX")) is found


def test_the_order_of_words_does_not_matter() -> None:
    assert read_terms("red shoe").key == read_terms("Shoe  red").key != read_terms("shoe").key


def test_an_item_is_on_offer_from_put_to_remove() -> None:
    market = Scripted()
    market.put("shoe", summary("1", "Shoe"), at=Instant(10.0))
    market.remove("v1|1|0", at=Instant(20.0))
    assert [ids(market.search("shoe", Instant(t))) for t in (9.0, 10.0, 19.9, 20.0)] == [[], ["1"], ["1"], []]


def test_an_altered_item_changes_at_the_given_time() -> None:
    market = Scripted()
    market.put("shoe", summary("1", "Shoe", "100.00"))
    market.alter("v1|1|0", {"price": {"value": "70.00", "currency": "USD"}, "image": None}, at=NOW)
    before, after = market.search("shoe", Instant(NOW - 1))[0], market.search("shoe", NOW)[0]
    assert (before["price"]["value"], after["price"]["value"]) == ("100.00", "70.00")
    assert "image" in before
    assert "image" not in after


def test_a_scripted_search_finds_only_items_of_the_same_query() -> None:
    market = Scripted()
    market.put("red shoe", summary("1", "Red shoe"))
    market.put("shoe", summary("2", "Shoe"), summary("3", "Shoe box"))
    assert ids(market.search("Shoe  RED", NOW)) == ["1"]
    assert ids(market.search("shoe -box", NOW)) == ["2"]
    assert ids(market.search("", NOW)) == ["1", "2", "3"]


def test_sold_items_are_not_on_offer() -> None:
    market = Scripted()
    market.put_sold("shoe", summary("9", "Shoe"))
    assert ids(market.sold("shoe", NOW)) == ["9"]
    assert market.search("shoe", NOW) == []


def test_steps_of_a_script_are_timed_from_its_start() -> None:
    market = Scripted()
    market.apply({"query": "shoe", "put": [summary("1", "Shoe"), summary("2", "Shoe")]}, NOW)
    market.apply({"at": 5, "alter": {"v1|1|0": {"title": "Better shoe"}}, "remove": ["v1|2|0"]}, NOW)
    assert ids(market.search("shoe", NOW)) == ["1", "2"]
    assert [row["title"] for row in market.search("shoe", Instant(NOW + 5))] == ["Better shoe"]


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        ([], "a step is an object"),
        ({"when": 1}, 'a step has no "when"'),
        ({"remove": ["v1|7|0"]}, "there is no item 'v1|7|0' to change"),
        ({"alter": {"v1|7|0": {}}}, "there is no item 'v1|7|0' to change"),
        ({"query": "a", "put": ["v1|7|0"]}, "item summaries with an itemId"),
        ({"at": "soon"}, "a time in seconds"),
    ],
)
def test_an_invalid_step_is_refused_with_a_message(step, expected: str) -> None:
    with pytest.raises(ValueError, match=re.escape(expected)):
        Scripted().apply(step, NOW)


def test_a_file_name_has_one_dash_for_each_run_of_other_characters() -> None:
    assert file_stem(" NVIDIA A100  (SXM)/80 ") == "nvidia-a100-sxm-80"
    assert file_stem("Pokémon 4/102") == "pokémon-4-102"


def test_a_recorded_market_serves_the_file_of_the_query(tmp_path: Path) -> None:
    rows = [summary("1", "A30"), summary("1", "A30")]
    (tmp_path / "nvidia-a30.json").write_text(json.dumps(rows))
    market = RecordedMarket(tmp_path)
    assert market.queries == ["nvidia a30"]
    assert ids(market.search("NVIDIA  A30", NOW)) == ["1", "1"]
    assert market.search("nvidia a40", NOW) == []
    assert market.search("nvidia a30", NOW, "EBAY_GB") == []


def test_a_recorded_file_may_end_with_a_dash_and_split_its_accents(tmp_path: Path) -> None:
    for stem in ("lego-75192-ucs-", "c-book", "poke\u0301mon-base-set", "-"):
        (tmp_path / f"{stem}.json").write_text(json.dumps([summary("1", stem)]))
    market = RecordedMarket(tmp_path)
    found = ("LEGO 75192 (UCS)", "lego 75192 ucs", "C++ book", "(C++) book!", "Pok\xe9mon Base Set")
    assert [ids(market.search(query, NOW)) for query in found] == [["1"]] * len(found)
    assert [market.search(query, NOW) for query in ("lego 75192", "c", "pokemon base set")] == [[], [], []]


def test_the_exact_name_of_a_recorded_file_has_precedence(tmp_path: Path) -> None:
    (tmp_path / "book.json").write_text(json.dumps([summary("1", "book")]))
    (tmp_path / "book-.json").write_text("[]")
    market = RecordedMarket(tmp_path)
    assert (ids(market.search("book", NOW)), market.search("book!", NOW)) == (["1"], [])


@pytest.mark.parametrize("text", ["{", "{}", '[{"title": "no id"}]', "[1]"])
def test_an_invalid_recorded_file_is_refused_by_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "bad.json").write_text(text)
    with pytest.raises(ValueError, match=r"bad\.json"):
        RecordedMarket(tmp_path)


def test_a_directory_without_recorded_answers_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"has no \.json files"):
        RecordedMarket(tmp_path)
    with pytest.raises(ValueError, match="is not a directory"):
        RecordedMarket(tmp_path / "missing")
