"""The sockets of the HTTP door, bound before anything else begins."""

from __future__ import annotations

import errno
import socket
from contextlib import ExitStack

_BACKLOG = 2_048


class CannotListen(Exception):
    """The address cannot be had; the sentence says why and what to do."""


def open_sockets(host: str, port: int) -> list[socket.socket]:
    """Bound sockets for every address of `host`; port 0 takes a free one. Raises CannotListen."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError):
        raise CannotListen(f'"{host}" is no address of this machine; set [http] host.') from None
    bound: list[socket.socket] = []
    refused: OSError | None = None
    with ExitStack() as on_failure:
        for family, place in dict.fromkeys((info[0], info[4][:2]) for info in found):
            # The second address of a name takes the port that the first was given.
            wanted = (place[0], bound[0].getsockname()[1] if bound else port)
            try:
                bound.append(on_failure.enter_context(_bind(family, wanted)))
            except OSError as error:
                if error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                    raise CannotListen(_sentence(host, port, error)) from error
                refused = error  # "localhost" names ::1 even where there is no IPv6
        if not bound:
            raise CannotListen(_sentence(host, port, refused or OSError())) from refused
        on_failure.pop_all()
    return bound


def address_of(sockets: list[socket.socket]) -> str:
    """The URL of the first of them, as a person may open it."""
    host, port = sockets[0].getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - what they are called, not a bind
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _bind(family: int, place: tuple[str | int, int]) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind(place)
        made.listen(_BACKLOG)
    except OSError:
        made.close()
        raise
    made.setblocking(False)
    return made


def _sentence(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} of {host} is taken by another program; stop that or set [http] port."
    if error.errno == errno.EACCES:
        return f"Port {port} of {host} needs more rights than this user has; set [http] port."
    return f"{host} port {port} cannot be listened on: {error.strerror or error}; set [http] host and port."
