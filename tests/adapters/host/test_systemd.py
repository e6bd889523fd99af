"""Notifications of the service manager."""

from __future__ import annotations

import contextlib
import socket
import threading
from pathlib import Path

from watcher.adapters.host.systemd import Systemd


def test_a_manager_that_does_not_read_stops_nothing(tmp_path: Path) -> None:
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(address)
        systemd = Systemd({"NOTIFY_SOCKET": address})
        # In a thread of its own, so that a call that waits fails the test instead of stopping it.
        calls = threading.Thread(
            target=lambda: [systemd.notify("WATCHDOG=1") for _ in range(1000)], daemon=True
        )
        calls.start()
        calls.join(30)
        assert not calls.is_alive()
        manager.setblocking(False)
        read = []
        with contextlib.suppress(BlockingIOError):
            while True:
                read.append(manager.recv(100))
        assert 0 < len(read) < 1000
        assert set(read) == {b"WATCHDOG=1"}
        systemd.notify("STOPPING=1")
        assert manager.recv(100) == b"STOPPING=1"
