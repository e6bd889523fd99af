"""`watcher scan`: one picture in words, several in a table, and what cannot be scanned in a sentence."""

from __future__ import annotations

import csv
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.test_terminal import Terminal
from tests.market.faults import Fault, FaultKind
from tests.market.rows import summary
from tests.market.scripted import Scripted
from tests.market.server import MarketServer
from tests.web.photos import photo
from watcher.cli import run_cli
from watcher.cli.wrapping import display_width
from watcher.demo.recognition import Shown

QUERY = "kestrel x1 camera"
BY_IMAGE = "/buy/browse/v1/item_summary/search_by_image"


@pytest.fixture(autouse=True)
def shown(goods: Scripted, market: MarketServer, database: Path, home: Path) -> Iterator[None]:
    """Let every picture show the camera, and write two pictures."""
    del market, database
    titles = (
        "Kestrel X1 camera",
        "Kestrel X1 camera boxed",
        "camera Kestrel X1",
        "KESTREL X1 camera, manual",
    )
    rows = [summary(f"k{n}", title, f"{60 + 10 * n}.00") for n, title in enumerate(titles)]
    for query in (QUERY, "kestrel"):
        goods.put(query, *rows)
    goods.shown = Shown("kestrel", "Kestrel X1 camera", "electronics", "used")
    (home / "camera.jpg").write_bytes(photo())
    (home / "two.jpg").write_bytes(photo(2))
    yield
    goods.shown = None


def test_one_picture_is_described_in_words(run: Run) -> None:
    ran = run("scan", "camera.jpg", "--price", "60", "--condition", "used")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines() == [
        "Kestrel X1 camera",
        "  category collectibles",
        "  Identified by eBay's search by picture, 100 % sure, free.",
        f"  Searched for: {QUERY}",
        "Now: 4 asks from $60.00 to $90.00, median $75.00 (4 listings seen, 0 dropped).",
        "Fetched from eBay just now.",
        "Skip: $60.00 is more than $52.20: the median of 4 asks is $75.00, less 13 % fee and 20 % margin.",
        f"Watch it: watcher watch add '{QUERY}' --below '52.20 USD' --category collectibles --condition used",
    ]
    again = run("scan", "camera.jpg", "--price", "50", "--json")
    assert (again.code, again.json["verdict"]["buy"]) == (0, True)
    assert again.json["identification"]["way"] == "library"


def test_several_pictures_make_a_table_and_a_file(run: Run, home: Path) -> None:
    (home / "broken.jpg").write_bytes(b"\xff\xd8\xff broken")
    (home / "=cmd.jpg").write_bytes(photo())
    names = ("camera.jpg", "broken.jpg", "missing.jpg", "=cmd.jpg")
    ran = run("scan", *names, "--price", "40", "--csv", "out.csv")
    assert ran.code == 1
    assert [line.split()[-1] for line in ran.out.splitlines()[1:5]] == ["buy", "failed", "failed", "buy"]
    assert ran.out.splitlines()[-1] == "2 pictures scanned, 2 failed."
    assert "watcher: missing.jpg: The file cannot be read: No such file or directory." in ran.err
    rows = list(csv.DictReader((home / "out.csv").read_text(encoding="utf-8").splitlines()))
    assert [(row["file"], row["buy"], row["code"]) for row in rows] == [
        ("camera.jpg", "yes", ""),
        ("broken.jpg", "", "INVALID_INPUT"),
        ("missing.jpg", "", "INVALID_INPUT"),
        ("'=cmd.jpg", "yes", ""),
    ]
    assert (rows[0]["median"], rows[0]["maxPrice"], rows[0]["currency"]) == ("75.00", "52.20", "USD")
    found = run("scan", *names, "--json").json
    assert (found["succeeded"], found["failed"], found["results"][1]["file"]) == (2, 2, "broken.jpg")
    assert found["results"][1]["error"]["code"] == "INVALID_INPUT"


def test_an_unreadable_file_is_refused_in_one_sentence(run: Run, home: Path, goods: Scripted) -> None:
    (home / "empty.jpg").touch()
    (home / "large.jpg").write_bytes(bytes(10_000_001))
    os.mkfifo(home / "pipe")
    goods.shown = None
    for name, sentence in (
        (".", "This is a directory; name the pictures in it."),
        ("missing.jpg", "The file cannot be read: No such file or directory."),
        ("empty.jpg", "The file is empty."),
        ("large.jpg", "The picture has more than 10 MB. Send a smaller one."),
        ("pipe", "This is not a file."),
        ("x" * 300, "The file cannot be read: File name too long."),
        ("http://localhost/a.jpg", "https"),
        ("camera.jpg", "Nothing for sale was recognised in the picture."),
    ):
        ran = run("scan", name)
        assert (ran.code, ran.out, len(ran.err.splitlines())) == (1, "", 1), name
        assert ran.err.startswith(f"watcher: {name}: ")
        assert sentence in ran.err


def test_an_outage_has_the_words_of_the_api(run: Run, market: MarketServer) -> None:
    market.faults = [Fault(FaultKind.STATUS, BY_IMAGE, status=503)]
    ran = run("scan", "camera.jpg", "--json")
    assert (ran.code, ran.json["code"], ran.json["shouldRetry"]) == (1, "EBAY_UNAVAILABLE", True)
    assert "camera.jpg" in ran.err


def test_wrong_options_are_refused_before_anything_is_asked(
    run: Run, market: MarketServer, home: Path
) -> None:
    before = market.calls.copy()
    (home / "kept.csv").write_text("kept")
    for options in (("--price", "cheap"), ("--price", "5 EUR"), ("--condition", "mint"), ("--csv", ".")):
        assert run("scan", "camera.jpg", "--csv", "kept.csv", *options).code == 2, options
    assert (home / "kept.csv").read_text() == "kept"
    assert run("scan").code == 2
    nowhere = run("scan", "camera.jpg", "--csv", "no/x")
    assert (nowhere.code, nowhere.err) == (1, "watcher: no/x: No such file or directory.\n")
    assert market.calls == before
    assert not (home / "no").exists()


def test_a_photo_is_never_replaced_by_the_results(run: Run, home: Path, goods: Scripted) -> None:
    (home / "second.jpg").write_bytes(photo())
    refused = run("scan", "--csv", "camera.jpg", "second.jpg")
    assert (refused.code, "camera.jpg exists" in refused.err) == (2, True)
    assert (home / "camera.jpg").read_bytes() == photo()
    for _ in range(2):  # its own results are replaced
        assert run("scan", "camera.jpg", "--csv", "out.csv").code == 0


@pytest.mark.parametrize("width", [80, 120])
def test_a_scan_fits_the_terminal(monkeypatch: pytest.MonkeyPatch, home: Path, width: int) -> None:
    (home / f"{'a-long-name-' * 5}.jpg").write_bytes(b"no picture")
    for pictures in (["camera.jpg", "--price", "20"], sorted(p.name for p in home.glob("*.jpg"))):
        terminal = Terminal()
        monkeypatch.setenv("COLUMNS", str(width))
        monkeypatch.setattr(sys, "stdout", terminal)
        monkeypatch.setattr(sys, "stderr", terminal)
        run_cli(["scan", *pictures])
        lines = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.getvalue()).splitlines()
        assert lines
        assert [line for line in lines if display_width(line) > width] == []
