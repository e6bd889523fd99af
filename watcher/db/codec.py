"""Encoding of answers, receipts and notifications for their columns."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar, cast

import msgspec
from isal import isal_zlib

from watcher.core.alerts import Alert, OpsNotice
from watcher.core.deliveries import Notification
from watcher.core.listing import Snapshot
from watcher.core.market_profile import MarketProfile
from watcher.core.receipts import Evidence, Grounds
from watcher.core.specifics import Specifics

T = TypeVar("T")
_COMPRESSION_LEVEL = 1
# The library's type stub declares its exception as an instance.
_ZLIB_ERROR = cast("type[Exception]", isal_zlib.error)
_to_msgpack = msgspec.msgpack.Encoder().encode
_snapshot_from = msgspec.msgpack.Decoder(Snapshot).decode
_evidence_from = msgspec.msgpack.Decoder(Evidence).decode
_grounds_from = msgspec.msgpack.Decoder(Grounds).decode
_pairs_from = msgspec.json.Decoder(tuple[tuple[str, str], ...]).decode
_profile_from = msgspec.json.Decoder(MarketProfile).decode
_to_json = msgspec.json.Encoder().encode
_alert_from = msgspec.json.Decoder(Alert).decode
_notice_from = msgspec.json.Decoder(OpsNotice).decode


class Unreadable(ValueError):
    """A payload is damaged, or another version of the program wrote it."""


def compress(content: bytes) -> bytes:
    """Compress in zlib's format; ISA-L takes a third to half of zlib's time."""
    return isal_zlib.compress(content, _COMPRESSION_LEVEL)


def decompress(payload: bytes) -> bytes:
    """Decompress zlib's format. Raises Unreadable."""
    try:
        return isal_zlib.decompress(payload)
    except _ZLIB_ERROR as error:
        raise Unreadable(str(error)) from error


def pack_snapshot(snapshot: Snapshot) -> bytes:
    """Encode and compress an answer, to a tenth of what the market sent."""
    return compress(_to_msgpack(snapshot))


def unpack_snapshot(payload: bytes) -> Snapshot:
    """Decode an answer. Raises Unreadable."""
    return _decode(_snapshot_from, decompress(payload))


def pack_receipt(part: Evidence | Grounds) -> bytes:
    """Encode and compress part of a receipt; 200 listings take about 10 kB."""
    return compress(_to_msgpack(part))


def unpack_evidence(payload: bytes) -> Evidence:
    """Decode evidence. Raises Unreadable."""
    return _decode(_evidence_from, decompress(payload))


def unpack_grounds(payload: bytes) -> Grounds:
    """Decode grounds. Raises Unreadable."""
    return _decode(_grounds_from, decompress(payload))


def write_notification(notification: Notification) -> str:
    """Return a notification as JSON."""
    return _to_json(notification).decode()


def read_notification(kind: str, payload: str) -> Notification:
    """Parse the JSON of an outbox row of this kind. Raises Unreadable."""
    return read_alert(payload) if kind == "alert" else read_notice(payload)


def read_alert(payload: str) -> Alert:
    """Parse the JSON of an alert. Raises Unreadable."""
    return _decode(_alert_from, payload)


def read_notice(payload: str) -> OpsNotice:
    """Parse the JSON of a notice. Raises Unreadable."""
    return _decode(_notice_from, payload)


def write_profile(profile: MarketProfile) -> str:
    """Return the profile of a market as JSON."""
    return _to_json(profile).decode()


def read_profile(text: str) -> MarketProfile:
    """Parse what `write_profile` wrote. Raises Unreadable."""
    if type(text) is not str:
        raise Unreadable("no text")
    return _decode(_profile_from, text)


def write_words(words: tuple[str, ...]) -> str:
    """Return words as a JSON array."""
    if not words:  # as nearly always
        return "[]"
    return json.dumps(list(words), ensure_ascii=False)


def read_words(text: str) -> tuple[str, ...]:
    """Parse what `write_words` wrote. Raises ValueError."""
    if type(text) is not str:
        raise ValueError("no text")
    try:
        words = json.loads(text)
    except RecursionError as error:
        raise ValueError("the words are nested") from error
    if not isinstance(words, list) or not all(isinstance(w, str) for w in words):
        raise ValueError("no list of words")
    return tuple(words)


def write_specifics(specifics: Specifics) -> str:
    """Return item specifics as a JSON array of pairs."""
    return _to_json(specifics.pairs).decode()


def read_specifics(text: str) -> Specifics:
    """Parse what `write_specifics` wrote. Raises Unreadable."""
    return Specifics(_decode(_pairs_from, text))


def _decode(decode: Callable[[Any], T], payload: bytes | str) -> T:
    try:
        return decode(payload)
    except msgspec.DecodeError as error:
        raise Unreadable(str(error)) from error
