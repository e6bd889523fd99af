"""The life of the picture worker: started, confined, replaced, ended."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from random import Random

import pytest
from PIL import Image

from tests.adapters.imaging.pictures import saved, scene
from tests.waiting import until
from watcher.adapters.imaging.image_worker import ImageWorker
from watcher.core.errors import InvalidInput, RequestRefused, WatcherError
from watcher.core.times import Seconds

pytestmark = pytest.mark.asyncio(loop_scope="module")
PHOTO = saved(scene(1, (320, 240)))

# A worker that loads nothing: it says that it is ready, and does to each question what the test wants.
_READY = """
import os, struct, sys, time
def send(kind, body=b""):
    sys.stdout.buffer.write(struct.pack(">IB", len(body), kind) + body); sys.stdout.buffer.flush()
def receive():
    size, kind = struct.unpack(">IB", sys.stdin.buffer.read(5)); sys.stdin.buffer.read(size); return kind
send(1)
while True:
    kind = receive()
"""


def scripted(answer: str) -> tuple[str, ...]:
    return sys.executable, "-S", "-c", _READY + "    " + answer


async def refusal_from(answer: str, **options: object) -> str:
    """Return the sentence with which a scripted worker's picture is refused."""
    worker = ImageWorker(command=scripted(answer), **options)
    try:
        before = worker.generation
        with pytest.raises(InvalidInput) as refusal:
            await worker.inspect(PHOTO)
        assert worker.generation == before + 1
        assert worker.pid is None
        return str(refusal.value)
    finally:
        await worker.aclose()


async def test_a_daemon_never_loads_the_libraries_that_open_pictures() -> None:
    script = """
import sys, watcher.runtime.lifecycle, watcher.web.api, watcher.adapters.imaging.image_worker
print(sorted({"PIL", "numpy", "zxingcpp", "watcher.adapters.imaging.decoding"} & set(sys.modules)))
"""
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


async def test_the_worker_gets_no_secret_no_file_and_few_resources(
    worker: ImageWorker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WATCHER_EBAY__CLIENT_SECRET", "hunter2")
    inherited = os.open(tmp_path / "state", os.O_CREAT | os.O_RDWR)
    os.set_inheritable(inherited, True)
    try:
        await worker.inspect(PHOTO)
        process = Path(f"/proc/{worker.pid}")
        files = {str(file.readlink()) for file in (process / "fd").iterdir()}
        assert all(file.startswith(("pipe:", "socket:")) for file in files), files
        names = {entry.split("=")[0] for entry in (process / "environ").read_text().split("\0") if entry}
        assert names <= {"PYTHONPATH", "OPENBLAS_NUM_THREADS", "LC_ALL", "LD_LIBRARY_PATH", "PYTHONHOME"}
        assert not list((process / "task").iterdir())[1:], "one thread"
        assert os.getsid(worker.pid) == worker.pid, "Ctrl-C reaches the daemon only"
        assert (process / "oom_score_adj").read_text() == "1000\n"
        limits = {
            line[:25].strip(): line[25:46].strip() for line in (process / "limits").read_text().splitlines()
        }
        assert int(limits["Max address space"]) < 500 * 1024 * 1024
        assert limits["Max file size"] == limits["Max processes"] == limits["Max core file size"] == "0"
        assert int(limits["Max cpu time"]) < 60
    finally:
        os.close(inherited)


async def test_the_index_is_in_the_worker_and_its_loss_is_visible() -> None:
    dice = Random(1)
    rows = [(n, tuple(dice.getrandbits(64) for _ in range(4))) for n in range(25_000)]
    worker = ImageWorker()
    try:
        assert list(await worker.nearest(rows[0][1], 8)) == []
        await worker.drop([1])
        assert worker.pid is None, "an empty index needs no process"
        first = worker.generation
        await worker.index(rows)
        assert await worker.nearest(rows[24_000][1], 8) == [(24_000, 0)]
        await worker.drop([24_000])
        assert await worker.nearest(rows[24_000][1], 8) == []
        assert worker.generation == first
        assert worker.pid
        os.kill(worker.pid, signal.SIGKILL)
        await until(lambda: worker.generation != first)
        assert list(await worker.nearest(rows[1][1], 8)) == []
        await worker.index(rows[:2])
        assert await worker.nearest(rows[1][1], 8) == [(1, 0)]
        assert worker.generation == first + 1
    finally:
        await worker.aclose()


async def test_product_codes_are_read_and_other_codes_are_not(worker: ImageWorker) -> None:
    zxingcpp = import_module("zxingcpp")  # at the top, its types would be frozen and reported as leaked
    image = scene(4, (1600, 1200))
    formats = zxingcpp.BarcodeFormat
    places = (
        (formats.EAN13, "4006381333931", 60),
        (formats.QRCode, "4006381333931", 460),
        (formats.EAN8, "96385074", 860),
    )
    for kind, text, top in places:
        code = zxingcpp.create_barcode(text, kind).to_image(scale=5)
        image.paste(Image.fromarray(code).resize((500, 300)), (500, top))
    assert (await worker.inspect(saved(image, quality=80))).barcodes == ("4006381333931", "96385074")
    turned = saved(image.rotate(90, expand=True).resize((900, 1200)), quality=60)
    assert "4006381333931" in (await worker.inspect(turned)).barcodes
    assert (await worker.inspect(PHOTO)).barcodes == ()


async def test_a_hanging_worker_is_replaced() -> None:
    assert "takes too long" in await refusal_from("time.sleep(60)", time_limit=Seconds(0.1))


async def test_a_worker_that_dies_is_replaced() -> None:
    assert "could not be decoded" in await refusal_from("os._exit(3)")
    assert "could not be decoded" in await refusal_from("os.kill(os.getpid(), 11)")


async def test_a_worker_ended_by_the_kernel_is_refused_with_its_reason() -> None:
    assert "too much memory" in await refusal_from("os.kill(os.getpid(), 9)")
    assert "takes too long" in await refusal_from(f"os.kill(os.getpid(), {signal.SIGXCPU:d})")


LIES = {
    "another kind": "send(4)",
    "a jump in the length": "sys.stdout.buffer.write(b'\\xff' * 9); sys.stdout.buffer.flush()",
    "a reason that does not exist": "send(3, b'\\xee')",
    "no reason": "send(3)",
    "a web page": "send(2, bytes(41) + b'<html>')",
    "less than a result": "send(2, bytes(9))",
    "another signal": "send(9, b'x')",
}


@pytest.mark.parametrize("answer", LIES.values(), ids=LIES.keys())
async def test_a_worker_that_a_picture_took_over_is_not_believed(answer: str) -> None:
    assert "could not be decoded" in await refusal_from(answer)


async def test_a_picture_is_not_blamed_for_a_worker_that_cannot_start(
    caplog: pytest.LogCaptureFixture,
) -> None:
    commands = (("/nowhere/python",), (sys.executable, "-c", "raise SystemExit('no numpy here')"))
    for command in commands:
        worker = ImageWorker(command=command)
        with pytest.raises(WatcherError, match="nothing is wrong with yours") as failure:
            await worker.inspect(PHOTO)
        assert not isinstance(failure.value, InvalidInput)
        await worker.aclose()
    assert "no numpy here" in caplog.text


async def test_a_cancelled_caller_does_not_cost_the_index() -> None:
    command = scripted("time.sleep(0.2); send(3, b'\\1') if kind == 1 else send(5)")
    worker = ImageWorker(command=command)
    try:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(worker.inspect(PHOTO), 0.15)
        assert list(await worker.nearest((1, 2, 3, 4), 8)) == []
        assert worker.generation == 0
    finally:
        await worker.aclose()


async def test_more_than_may_wait_are_refused_at_once() -> None:
    worker = ImageWorker(command=scripted("time.sleep(0.3); send(3, b'\\1')"), max_waiting=2)
    try:
        answers = await asyncio.gather(*(worker.inspect(PHOTO) for _ in range(5)), return_exceptions=True)
        busy = [answer for answer in answers if isinstance(answer, RequestRefused)]
        assert len(busy) == 2
        assert (busy[0].status, busy[0].retryable) == (429, True)
        assert sum(isinstance(answer, InvalidInput) for answer in answers) == 3
    finally:
        await worker.aclose()


async def test_an_idle_worker_ends_and_the_next_picture_starts_another() -> None:
    worker = ImageWorker(command=scripted("send(3, b'\\1')"), idle=Seconds(0.05))
    try:
        for generation in (1, 2):
            with pytest.raises(InvalidInput, match="damaged"):
                await worker.inspect(PHOTO)
            await until(lambda: not worker.pid)
            assert worker.generation == generation
    finally:
        await worker.aclose()


async def test_closing_ends_the_process_and_what_waits_for_it() -> None:
    worker = ImageWorker(command=scripted("time.sleep(60)"))
    waiting = [asyncio.create_task(worker.inspect(PHOTO)) for _ in range(2)]
    await until(lambda: worker.pid)
    pid = worker.pid
    await worker.aclose()
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(answer, BaseException) for answer in answers)
    assert not Path(f"/proc/{pid}").exists()
    with pytest.raises(WatcherError, match="cannot be opened at the moment"):
        await worker.inspect(PHOTO)
    await worker.aclose()
