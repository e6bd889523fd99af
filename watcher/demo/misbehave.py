"""Carries a fault out: answers as a broken server, a broken network or a hostile one would."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import zlib
from functools import cache
from typing import TYPE_CHECKING

from aiohttp import web

from watcher.demo.faults import Fault, FaultKind
from watcher.demo.refusals import INTERNAL, INVALID_TOKEN, QUOTA_GONE, TOO_FAST, Refused
from watcher.demo.serpapi import NOTHING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Answer = Callable[[], Awaitable[web.StreamResponse]]

_HTML = (
    "<!DOCTYPE html><html><head><title>Please wait</title></head><body>Checking your browser…</body></html>"
)
_SLICES = 50
_BOMB_BLOCK, _BOMB_BLOCKS = 1 << 20, 256
_ENDLESS = b'{"itemId":"v1|1|0","title":"endless"},' * 1000
_PERMISSIONS, _NOT_FOUND = 1100, 11001
_EBAY = {401: INVALID_TOKEN, 403: _PERMISSIONS, 404: _NOT_FOUND, 429: TOO_FAST}
_WEBHOOK = {
    403: "invalid_token",
    404: "no_service",
    410: "channel_is_archived",
    429: "rate_limited",
    500: "rollup_error",
}
_TOO_MANY, _SERVER = 429, 500


async def misbehave(fault: Fault, request: web.Request, answer: Answer) -> web.StreamResponse:
    """Answer `request` in the way of `fault`; `answer` gives the right answer."""
    if fault.done:
        await answer()
    match fault.kind:
        case FaultKind.HANG:
            await asyncio.sleep(fault.seconds)
            return _reset(request)
        case FaultKind.RESET:
            return _reset(request)
        case FaultKind.ENDLESS:
            return await _endless(request, fault.seconds)
        case FaultKind.SLOW | FaultKind.DRIP | FaultKind.CUT | FaultKind.MALFORMED | FaultKind.WRONG_TYPE:
            return await _spoil(fault, request, await answer())
        case _:
            return _instead(fault, request)


def _instead(fault: Fault, request: web.Request) -> web.Response:
    """Another answer than the right one."""
    match fault.kind:
        case FaultKind.RATE_LIMIT:
            return error_answer(request.path, _TOO_MANY, fault.retry_after)
        case FaultKind.QUOTA:
            return Refused(QUOTA_GONE).response(retry_after=fault.retry_after)
        case FaultKind.BOMB:
            headers = {"Content-Encoding": "gzip"}
            return web.Response(body=_bomb(), headers=headers, content_type="application/json")
        case FaultKind.HTML:
            return web.Response(text=_HTML, content_type="text/html")
        case FaultKind.REDIRECT:
            return web.Response(status=302, headers={"Location": str(request.url)})
        case FaultKind.EMPTY:
            return _nothing(request)
        case _:
            return error_answer(request.path, fault.status, fault.retry_after)


def error_answer(path: str, status: int, retry_after: str | None = None) -> web.Response:
    """An error of that status as the API of this path tells it."""
    headers = {"Retry-After": retry_after} if retry_after is not None else None
    if path.startswith("/slack/services/"):
        return web.Response(status=status, text=_WEBHOOK.get(status, "invalid_payload"), headers=headers)
    if path.startswith("/slack/"):
        word = "ratelimited" if status == _TOO_MANY else "fatal_error"
        return web.json_response({"ok": False, "error": word}, status=status, headers=headers)
    if path.startswith("/serpapi/"):
        said = (
            "Your account is out of searches or too fast." if status == _TOO_MANY else "Something went wrong."
        )
        return web.json_response({"error": said}, status=status, headers=headers)
    if path.startswith("/identity/"):
        error = {"error": "server_error" if status >= _SERVER else "invalid_request"}
        return web.json_response(error, status=status, headers=headers)
    return Refused(_EBAY.get(status, INTERNAL)).response(status, retry_after)


def _nothing(request: web.Request) -> web.Response:
    if request.path.startswith("/serpapi/"):
        return web.json_response({"search_metadata": {"status": "Success"}, "error": NOTHING})
    return web.json_response({"href": str(request.url), "total": 0, "limit": 50, "offset": 0})


async def _spoil(fault: Fault, request: web.Request, right: web.StreamResponse) -> web.StreamResponse:
    """The right answer, spoilt on its way."""
    body = right.body if isinstance(right, web.Response) and isinstance(right.body, bytes) else b""
    if fault.kind is FaultKind.SLOW:
        await asyncio.sleep(fault.seconds)
        return right
    headers = {name: value for name, value in right.headers.items() if name != "Content-Length"}
    if fault.kind is FaultKind.WRONG_TYPE:
        headers["Content-Type"] = "application/octet-stream"
        return web.Response(status=right.status, body=body, headers=headers)
    if fault.kind is FaultKind.MALFORMED:
        return web.Response(status=right.status, body=_halved(body, headers), headers=headers)
    stream = web.StreamResponse(status=right.status, headers=headers)
    stream.content_length = len(body)
    await stream.prepare(request)
    if fault.kind is FaultKind.CUT:
        await stream.write(body[: len(body) // 2])
        if request.transport:
            request.transport.close()
        return stream
    size = max(1, -(-len(body) // _SLICES))
    for start in range(0, len(body), size):
        await asyncio.sleep(fault.seconds / _SLICES)
        await stream.write(body[start : start + size])
    await stream.write_eof()
    return stream


def _halved(body: bytes, headers: dict[str, str]) -> bytes:
    """Half of what the body says; packed again if it was, so that only the JSON is broken."""
    if headers.get("Content-Encoding") != "gzip":
        return body[: len(body) // 2]
    del headers["Content-Encoding"]
    whole = zlib.decompress(body, 16 + zlib.MAX_WBITS)
    return whole[: len(whole) // 2]


async def _endless(request: web.Request, seconds: float) -> web.StreamResponse:
    stream = web.StreamResponse(headers={"Content-Type": "application/json"})
    await stream.prepare(request)
    await stream.write(b'{"itemSummaries":[')
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    while loop.time() < until:
        await stream.write(_ENDLESS)
        await asyncio.sleep(0)
    return stream


def _reset(request: web.Request) -> web.Response:
    """End the connection with a reset instead of a farewell."""
    transport = request.transport
    if transport is not None:
        sock = transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response(status=503)


@cache
def _bomb() -> bytes:
    """A quarter of a gigabyte of spaces and an empty object, in a quarter of a megabyte of gzip.

    A fully flushed block depends on nothing before it, so one is packed and repeated.
    """
    pack = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    spaces = b" " * _BOMB_BLOCK
    block = pack.compress(spaces) + pack.flush(zlib.Z_FULL_FLUSH)
    last = json.dumps({}).encode()
    end = pack.compress(last) + pack.flush()
    check = 0
    for _ in range(_BOMB_BLOCKS):
        check = zlib.crc32(spaces, check)
    check = zlib.crc32(last, check)
    size = (_BOMB_BLOCK * _BOMB_BLOCKS + len(last)) % 2**32
    header = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
    return header + block * _BOMB_BLOCKS + end + struct.pack("<II", check, size)
