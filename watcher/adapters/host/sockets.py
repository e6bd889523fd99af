"""The sockets of the HTTP server, bound before anything else starts."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

_BACKLOG = 2_048  # connections


class CannotListen(Exception):
    """The address cannot be bound; the message says why and what to do."""


@contextmanager
def open_sockets(host: str, port: int) -> Iterator[list[socket.socket]]:
    """Yield listening sockets for every address of `host`; port 0 takes a free one. Raises CannotListen."""
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError):
        raise CannotListen(f'"{host}" is not an address of this machine; set [http] host.') from None
    bound: list[socket.socket] = []
    refused: OSError | None = None
    with ExitStack() as opened:
        for family, address in dict.fromkeys((info[0], info[4][:2]) for info in addresses):
            # The second address of a name gets the same port as the first.
            same_port = bound[0].getsockname()[1] if bound else port
            try:
                bound.append(opened.enter_context(_bind(family, (address[0], same_port))))
            except OSError as error:
                if error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                    raise CannotListen(_sentence(host, port, error)) from error
                refused = error  # "localhost" names ::1 even without IPv6
        if not bound:
            raise CannotListen(_sentence(host, port, refused or OSError())) from refused
        yield bound


def url_of(sockets: list[socket.socket]) -> str:
    """Return the URL of the first socket, as a person can open it."""
    host, port = sockets[0].getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - names, not binds
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _bind(family: int, address: tuple[str | int, int]) -> socket.socket:
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.bind(address)
        bound.listen(_BACKLOG)
    except OSError:
        bound.close()
        raise
    bound.setblocking(False)
    return bound


def _sentence(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} of {host} is in use by another program; stop that program or set [http] port."
    if error.errno == errno.EACCES:
        return f"Port {port} of {host} is not permitted for this user; set [http] port."
    return f"Cannot listen on {host} port {port}: {error.strerror or error}; set [http] host and port."
