"""How answers, alerts and notices are written into columns."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from watcher.core.alerts import Alert, OpsNotice
from watcher.core.deliveries import Notification
from watcher.core.listing import Snapshot
from watcher.core.receipts import Evidence, Grounds
from watcher.db.compression import pack, unpack

_pack = msgspec.msgpack.Encoder().encode
_unpack = msgspec.msgpack.Decoder(Snapshot).decode
_evidence = msgspec.msgpack.Decoder(Evidence).decode
_grounds = msgspec.msgpack.Decoder(Grounds).decode
_json = msgspec.json.Encoder().encode
_alert = msgspec.json.Decoder(Alert).decode
_notice = msgspec.json.Decoder(OpsNotice).decode


def pack_snapshot(snapshot: Snapshot) -> bytes:
    """The typed answer, compressed: a tenth of what the market sent."""
    return pack(_pack(snapshot))


def unpack_snapshot(payload: bytes) -> Snapshot:
    """Raises Unreadable or msgspec.DecodeError for a payload of another version."""
    return _unpack(unpack(payload))


def pack_receipt(part: Evidence | Grounds) -> bytes:
    """Compressed: 200 listings are some 10 kB."""
    return pack(_pack(part))


def unpack_evidence(payload: bytes) -> Evidence:
    """Raises Unreadable or msgspec.DecodeError for a payload of another version."""
    return _evidence(unpack(payload))


def unpack_grounds(payload: bytes) -> Grounds:
    """Raises Unreadable or msgspec.DecodeError for a payload of another version."""
    return _grounds(unpack(payload))


def write_notification(notification: Notification) -> str:
    """JSON."""
    return _json(notification).decode()


def read_notification(kind: str, payload: str) -> Notification:
    """Raises msgspec.DecodeError for what `write_notification` did not write."""
    return _alert(payload) if kind == "alert" else _notice(payload)


def read_notice(payload: str) -> OpsNotice:
    """Raises msgspec.DecodeError for what `write_notification` did not write of a notice."""
    return _notice(payload)


def write_words(words: tuple[str, ...]) -> str:
    """JSON."""
    return json.dumps(list(words), ensure_ascii=False)


def read_words(text: str) -> tuple[str, ...]:
    """What `write_words` wrote."""
    words: list[Any] = json.loads(text)
    return tuple(str(w) for w in words)
