"""systemd's notification socket: READY, WATCHDOG and STOPPING (sd_notify(3))."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Mapping

from watcher.core.times import Seconds


class Systemd:
    """Notifies systemd of the state of the daemon; without systemd it does nothing."""

    def __init__(self, env: Mapping[str, str]) -> None:
        address = env.get("NOTIFY_SOCKET", "")
        self._address = "\0" + address[1:] if address.startswith("@") else address
        usec = env.get("WATCHDOG_USEC", "")
        # A third of the limit, so that one late notification does not get the daemon killed.
        self.watchdog_interval = Seconds(int(usec) / 3e6) if usec.isdecimal() else None

    def notify(self, state: str) -> None:
        """Send one state, such as `READY=1`; errors are ignored.

        It never waits: a manager that does not read, and whose queue is full, must not stop the daemon.
        """
        if not self._address:
            return
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.setblocking(False)
            sock.connect(self._address)
            sock.sendall(state.encode())
