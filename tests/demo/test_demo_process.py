"""The simulated market as a separate process."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.market.rows import summary
from tests.waiting import PATIENCE


@contextmanager
def running(*arguments: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run the process until SIGTERM; yield its URL and the process."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.market", *arguments], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    try:
        yield process.stdout.readline().strip(), process
    finally:
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=PATIENCE)
        assert rest == ""


def post(url: str, body: object) -> str:
    request = urllib.request.Request(url, data=json.dumps(body).encode(), method="POST")
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        return answer.read().decode()


def test_the_process_prints_its_address_serves_and_ends_on_sigterm(tmp_path: Path) -> None:
    script, log = tmp_path / "script.json", tmp_path / "sink.jsonl"
    script.write_text(json.dumps([{"query": "shoe", "put": [summary("1", "Shoe")]}]))
    with running("--scripted", str(script), "--sink-log", str(log)) as (url, process):
        assert post(f"{url}/slack/services/x", {"text": "hello"}) == "ok"
        assert json.loads(log.read_text())["body"] == {"text": "hello"}
        assert json.loads(post(f"{url}/_demo/items", {"query": "boot", "put": []})) == {"ok": True}
        with urllib.request.urlopen(f"{url}/_demo/stats", timeout=PATIENCE) as answer:
            assert json.load(answer)["messages"] == 1
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("option", "text", "expected"),
    [
        ("--scripted", "{", "is not valid JSON"),
        ("--scripted", '["x"]', "a step is an object"),
        ("--market", None, "is not a directory of recorded answers"),
    ],
)
def test_an_invalid_file_gives_one_sentence_and_exit_code_1(
    tmp_path: Path, option: str, text: str | None, expected: str
) -> None:
    path = tmp_path / "file"
    if text is not None:
        path.write_text(text)
    done = subprocess.run(
        [sys.executable, "-m", "tests.market", option, str(path)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert expected in done.stderr
    assert done.stderr.count("\n") == 1
