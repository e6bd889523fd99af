"""`python -m tests.fork_server FD`: import the program once, and fork a process for each request on a socket.

A request is the arguments of Python, an environment and a directory, with four descriptors: the three
standard streams, and a pipe that gets the process's number and then its exit code.
"""

from __future__ import annotations

import gc
import json
import os
import runpy
import select
import signal
import socket
import sys
import time
from contextlib import suppress
from importlib import import_module
from typing import Any

# What a daemon, a command and the market import, at their start or later.
PRELOADED = (
    "watcher.cli",
    "watcher.cli.demo",
    "watcher.cli.run",
    "watcher.cli.token",
    "watcher.cli.watch_transfer",
    "watcher.runtime.lifecycle",
    "watcher.adapters.slack.channel",
    "watcher.web.api",
    "tests.market.__main__",
)
_MAX_REQUEST = 200_000


def main() -> None:
    """Serve until the other end of the socket is closed; in a forked process, run what was requested."""
    control = socket.socket(fileno=int(sys.argv[1]))
    for module in PRELOADED:
        import_module(module)
    del sys.modules["tests.market.__main__"]  # to run it
    gc.collect()
    gc.freeze()  # a collection in a forked process would copy every page
    if requested := serve(control):
        become(*requested)


def serve(control: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    """Fork a process for each request; return there with the request, and here at the end."""
    woken, waker = socket.socketpair()
    for end in (woken, waker):
        end.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(waker.fileno())
    running: dict[int, int] = {}
    while True:
        ready, _, _ = select.select([control, woken], [], [])
        if woken in ready:
            woken.recv(1000)
            _report_ended(running)
        if control not in ready:
            continue
        request, streams, _, _ = socket.recv_fds(control, _MAX_REQUEST, 4)
        if not request:
            return None
        if pid := os.fork():
            running[pid] = streams[3]
            os.write(streams[3], f"{pid}\n".encode())
            for stream in streams[:3]:
                os.close(stream)
            continue
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for end in (control, woken, waker):
            end.close()
        for pipe in running.values():
            os.close(pipe)
        return json.loads(request), streams


def _report_ended(running: dict[int, int]) -> None:
    """Write the exit codes of the processes that have ended."""
    while running:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if not pid:
            return
        pipe = running.pop(pid)
        with suppress(BrokenPipeError):  # the test has ended
            os.write(pipe, f"{os.waitstatus_to_exitcode(status)}\n".encode())
        os.close(pipe)


def become(request: dict[str, Any], streams: list[int]) -> None:
    """Run a module or a text in this process, as `python -m` and `python -c` would."""
    for number, stream in enumerate(streams[:3]):
        os.dup2(stream, number)
    for stream in streams:
        os.close(stream)
    os.environ.clear()
    os.environ.update(request["env"])
    time.tzset()
    os.chdir(request["cwd"])
    sys.stdin = _stream(0, "r")
    sys.stdout = _stream(1, "w")
    sys.stderr = _stream(2, "w", buffering=1)
    how, what, *words = request["arguments"]
    sys.argv[1:] = words
    if how == "-m":
        runpy.run_module(what, run_name="__main__", alter_sys=True)
    else:
        assert how == "-c"
        exec(what, {"__name__": "__main__"})


def _stream(number: int, mode: str, **how: int) -> Any:
    return os.fdopen(number, mode, encoding="utf-8", closefd=False, **how)


if __name__ == "__main__":
    main()
