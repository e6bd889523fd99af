"""Apply a fault: answer as a broken server, a broken network or a hostile server would."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import zlib
from functools import cache
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from tests.market.faults import OPENAI_ANSWERS, Fault, FaultKind
from tests.market.openai_faults import NO_CREDIT, is_openai, make_openai_error, spoil_openai_answer
from tests.market.serpapi import NO_RESULTS
from watcher.demo.refusals import INVALID_TOKEN, QUOTA_EXHAUSTED, as_error
from watcher.demo.stripe.errors import stripe_refusal

_HTML = (
    "<!DOCTYPE html><html><head><title>Please wait</title></head><body>Checking your browser…</body></html>"
)
_SLICES = 50  # of a body that is sent slowly
_BOMB_BLOCK_BYTES, _BOMB_BLOCKS = 1 << 20, 256
_ENDLESS = b'{"itemId":"v1|1|0","title":"endless"},' * 1000
# eBay's errors that only a fault causes, by HTTP status. No recorded body of a burst limit (2000) was found,
# so its number and its message are made up.
_EBAY_ERRORS: dict[int, dict[str, Any]] = {
    403: {"errorId": 1100, "domain": "OAuth", "category": "REQUEST", "message": "Insufficient permissions"},
    404: {
        "errorId": 11001,
        "domain": "API_BROWSE",
        "category": "REQUEST",
        "message": "The specified item Id was not found.",
    },
    429: {
        "errorId": 2000,
        "domain": "ACCESS",
        "category": "REQUEST",
        "message": "Too many requests in a short time.",
        "longMessage": "The call rate limit has been exceeded for the resource.",
    },
    500: {
        "errorId": 12000,
        "domain": "API_BROWSE",
        "category": "APPLICATION",
        "message": "There was a problem with an eBay internal system or process.",
        "longMessage": "There was a problem with an eBay internal system or process. Contact eBay developer"
        " support for assistance.",
    },
}
_WEBHOOK_ERRORS = {
    403: "invalid_token",
    404: "no_service",
    410: "channel_is_archived",
    429: "rate_limited",
    500: "rollup_error",
}


async def apply_fault(fault: Fault, request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer `request` as `fault` says; `handler` returns the right answer."""
    if fault.done:
        await handler(request)
    match fault.kind:
        case FaultKind.HANG:
            await asyncio.sleep(fault.seconds)
            return _reset_connection(request)
        case FaultKind.RESET:
            return _reset_connection(request)
        case FaultKind.ENDLESS:
            return await _send_endless_body(request, fault.seconds)
        case FaultKind.SLOW | FaultKind.DRIP | FaultKind.CUT | FaultKind.MALFORMED | FaultKind.WRONG_TYPE:
            return await _spoil(fault, request, await handler(request))
        case kind if kind in OPENAI_ANSWERS:
            return spoil_openai_answer(fault, await handler(request))
        case _:
            return _make_wrong_answer(fault, request)


def _make_wrong_answer(fault: Fault, request: web.Request) -> web.Response:
    match fault.kind:
        case FaultKind.RATE_LIMIT:
            return make_error_answer(request.path, 429, fault.retry_after, fault.code)
        case FaultKind.QUOTA if is_openai(request.path):
            return make_error_answer(request.path, 429, fault.retry_after, NO_CREDIT)
        case FaultKind.QUOTA:
            return _make_ebay_answer(as_error(QUOTA_EXHAUSTED), 429, fault.retry_after)
        case FaultKind.BOMB:
            headers = {"Content-Encoding": "gzip"}
            return web.Response(body=_make_bomb(), headers=headers, content_type="application/json")
        case FaultKind.HTML:
            return web.Response(text=_HTML, content_type="text/html")
        case FaultKind.REDIRECT:
            return web.Response(status=302, headers={"Location": str(request.url)})
        case FaultKind.EMPTY:
            return _make_empty_answer(request)
        case _:
            return make_error_answer(request.path, fault.status, fault.retry_after, fault.code)


def make_error_answer(path: str, status: int, retry_after: str | None = None, code: str = "") -> web.Response:
    """Return an error of that status in the format of the API at this path; `code`: OpenAI's or Stripe's."""
    headers = _make_headers(retry_after)
    if path.startswith("/stripe/"):
        answer = stripe_refusal(status, code, retry_after).response()
        answer.headers["Request-Id"] = "req_fault"
        return answer
    if is_openai(path):
        return make_openai_error(status, code, headers)
    if path.startswith("/slack/services/"):
        text = _WEBHOOK_ERRORS.get(status, "invalid_payload")
        return web.Response(status=status, text=text, headers=headers)
    if path.startswith("/slack/"):
        error = "ratelimited" if status == 429 else "fatal_error"
        return web.json_response({"ok": False, "error": error}, status=status, headers=headers)
    if path.startswith("/serpapi/"):
        error = "Your account is out of searches or too fast." if status == 429 else "Something went wrong."
        return web.json_response({"error": error}, status=status, headers=headers)
    if path.startswith("/identity/"):
        error = "server_error" if status >= 500 else "invalid_request"
        return web.json_response({"error": error}, status=status, headers=headers)
    if status == 401:
        return _make_ebay_answer(as_error(INVALID_TOKEN), status, retry_after)
    return _make_ebay_answer(_EBAY_ERRORS.get(status, _EBAY_ERRORS[500]), status, retry_after)


def _make_ebay_answer(error: dict[str, Any], status: int, retry_after: str | None) -> web.Response:
    return web.json_response({"errors": [error]}, status=status, headers=_make_headers(retry_after))


def _make_headers(retry_after: str | None) -> dict[str, str] | None:
    return None if retry_after is None else {"Retry-After": retry_after}


def _make_empty_answer(request: web.Request) -> web.Response:
    if request.path.startswith("/serpapi/"):
        return web.json_response({"search_metadata": {"status": "Success"}, "error": NO_RESULTS})
    return web.json_response({"href": str(request.url), "total": 0, "limit": 50, "offset": 0})


async def _spoil(fault: Fault, request: web.Request, answer: web.StreamResponse) -> web.StreamResponse:
    """Send the right answer late, slowly, in part or with a wrong type."""
    body = answer.body if isinstance(answer, web.Response) and isinstance(answer.body, bytes) else b""
    if fault.kind is FaultKind.SLOW:
        await asyncio.sleep(fault.seconds)
        return answer
    headers = {name: value for name, value in answer.headers.items() if name != "Content-Length"}
    if fault.kind is FaultKind.WRONG_TYPE:
        headers["Content-Type"] = "application/octet-stream"
        return web.Response(status=answer.status, body=body, headers=headers)
    if fault.kind is FaultKind.MALFORMED:
        return web.Response(status=answer.status, body=_cut_in_half(body, headers), headers=headers)
    stream = web.StreamResponse(status=answer.status, headers=headers)
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


def _cut_in_half(body: bytes, headers: dict[str, str]) -> bytes:
    """Return half of the uncompressed body, so that only the JSON is broken."""
    if headers.get("Content-Encoding") != "gzip":
        return body[: len(body) // 2]
    del headers["Content-Encoding"]
    whole = zlib.decompress(body, 16 + zlib.MAX_WBITS)
    return whole[: len(whole) // 2]


async def _send_endless_body(request: web.Request, seconds: float) -> web.StreamResponse:
    stream = web.StreamResponse(headers={"Content-Type": "application/json"})
    await stream.prepare(request)
    await stream.write(b'{"itemSummaries":[')
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    while loop.time() < until:
        await stream.write(_ENDLESS)
        await asyncio.sleep(0)
    return stream


def _reset_connection(request: web.Request) -> web.Response:
    """End the connection with RST instead of FIN."""
    transport = request.transport
    if transport is not None:
        sock = transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response(status=503)


@cache
def _make_bomb() -> bytes:
    """Return a quarter of a gigabyte of spaces and an empty object as a quarter of a megabyte of gzip.

    A fully flushed block does not depend on earlier ones, so one is compressed and repeated.
    """
    compressor = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    spaces = b" " * _BOMB_BLOCK_BYTES
    block = compressor.compress(spaces) + compressor.flush(zlib.Z_FULL_FLUSH)
    last = json.dumps({}).encode()
    end = compressor.compress(last) + compressor.flush()
    checksum = 0
    for _ in range(_BOMB_BLOCKS):
        checksum = zlib.crc32(spaces, checksum)
    checksum = zlib.crc32(last, checksum)
    size = (_BOMB_BLOCK_BYTES * _BOMB_BLOCKS + len(last)) % 2**32
    header = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"
    return header + block * _BOMB_BLOCKS + end + struct.pack("<II", checksum, size)
