"""Slack's limits on a message: what it refuses, and with which word."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

# Lengths in characters. The cap on all blocks together is undocumented and measured by users.
LONGEST_TEXT = 40_000
ALL_BLOCKS = 13_200
_MOST_BLOCKS, _MOST_FIELDS, _MOST_ELEMENTS, _MOST_ACTIONS, _MOST_ATTACHMENTS = 50, 10, 10, 25, 100
_SECTION, _FIELD, _HEADER, _ALT, _URL, _BLOCK_ID = 3000, 2000, 150, 2000, 3000, 255
_BUTTON, _VALUE, _MARKDOWN = 75, 2000, 12_000
_STYLES = {"plain_text", "mrkdwn"}
_CONTAINERS = {"rich_text", "video", "file", "table", "input", "call"}


class Unfit(Exception):
    """Slack would refuse the message with `word`; `why` is for whoever wrote it."""

    def __init__(self, word: str, why: str) -> None:
        super().__init__(f"{word}: {why}")
        self.word, self.why = word, why


def check_message(body: dict[str, Any]) -> None:
    """Raise Unfit unless Slack would take the message."""
    text, blocks = body.get("text"), body.get("blocks")
    attachments = body.get("attachments") or []
    if not (text or blocks or attachments):
        raise Unfit("no_text", "it has no text, blocks or attachments")
    if text is not None and not isinstance(text, str):
        raise Unfit("invalid_payload", "its text is no string")
    if text and len(text) > LONGEST_TEXT:
        raise Unfit("msg_too_long", f"its text has {len(text)} characters")
    _list(attachments, _MOST_ATTACHMENTS, "attachments")
    if blocks is not None:
        check_blocks(blocks)
    for attachment in attachments:
        if isinstance(attachment, dict) and "blocks" in attachment:
            check_blocks(attachment["blocks"])


def check_blocks(blocks: Any) -> None:
    """Raise Unfit unless these blocks fit."""
    seen: set[str] = set()
    for place, block in enumerate(_list(blocks, _MOST_BLOCKS, "blocks")):
        where = f"block {place}"
        if not isinstance(block, dict):
            raise _unfit(where, "is no object")
        block_id = block.get("block_id")
        if block_id is not None:
            _text_of(block_id, _BLOCK_ID, f"{where}: block_id")
            if block_id in seen:
                raise _unfit(where, "repeats a block_id")
            seen.add(block_id)
        check = _CHECKS.get(str(block.get("type")))
        if check:
            check(block, where)
        elif block.get("type") not in _CONTAINERS:
            raise _unfit(where, f"has the unknown type {block.get('type')!r}")
    if (size := _characters(blocks)) > ALL_BLOCKS:
        raise Unfit("msg_blocks_too_long", f"all blocks together have {size} characters")


def _section(block: dict[str, Any], where: str) -> None:
    if "text" not in block and "fields" not in block:
        raise _unfit(where, "is a section without text or fields")
    if "text" in block:
        _styled(block["text"], _SECTION, f"{where}: text")
    for field in _list(block.get("fields", []), _MOST_FIELDS, f"{where}: fields"):
        _styled(field, _FIELD, f"{where}: a field")
    if "accessory" in block:
        _element(block["accessory"], f"{where}: accessory")


def _header(block: dict[str, Any], where: str) -> None:
    _styled(block.get("text"), _HEADER, f"{where}: header", styles={"plain_text"})


def _image(block: dict[str, Any], where: str) -> None:
    _text_of(block.get("alt_text"), _ALT, f"{where}: alt_text")
    if "slack_file" not in block:
        _url(block.get("image_url"), f"{where}: image_url")
    if "title" in block:
        _styled(block["title"], _ALT, f"{where}: title", styles={"plain_text"})


def _context(block: dict[str, Any], where: str) -> None:
    elements = _list(block.get("elements"), _MOST_ELEMENTS, f"{where}: elements")
    if not elements:
        raise _unfit(where, "is a context without elements")
    for element in elements:
        if isinstance(element, dict) and element.get("type") == "image":
            _image(element, where)
        else:
            _styled(element, _SECTION, f"{where}: an element")


def _actions(block: dict[str, Any], where: str) -> None:
    elements = _list(block.get("elements"), _MOST_ACTIONS, f"{where}: elements")
    if not elements:
        raise _unfit(where, "is an actions block without elements")
    for element in elements:
        _element(element, f"{where}: an element")


def _markdown(block: dict[str, Any], where: str) -> None:
    _text_of(block.get("text"), _MARKDOWN, f"{where}: text")


def _divider(block: dict[str, Any], where: str) -> None:
    """Anything goes."""


def _element(element: Any, where: str) -> None:
    """A button or a picture is looked into; other elements only need a type."""
    if not isinstance(element, dict) or not isinstance(element.get("type"), str):
        raise _unfit(where, "is no element")
    if element["type"] == "image":
        _image(element, where)
    if element["type"] == "button":
        _styled(element.get("text"), _BUTTON, f"{where}: text", styles={"plain_text"})
        if "value" in element:
            _text_of(element["value"], _VALUE, f"{where}: value")
        if "url" in element:
            _url(element["url"], f"{where}: url")
    if "action_id" in element:
        _text_of(element["action_id"], _BLOCK_ID, f"{where}: action_id")


def _styled(text: Any, longest: int, where: str, styles: set[str] = _STYLES) -> None:
    if not isinstance(text, dict) or text.get("type") not in styles:
        raise _unfit(where, f"is no text object of {' or '.join(sorted(styles))}")
    _text_of(text.get("text"), longest, where)


def _text_of(text: Any, longest: int, where: str) -> None:
    if not isinstance(text, str) or not 1 <= len(text) <= longest:
        size = len(text) if isinstance(text, str) else "no"
        raise _unfit(where, f"has {size} characters, allowed are 1 to {longest}")


def _url(url: Any, where: str) -> None:
    _text_of(url, _URL, where)
    if not url.startswith(("http://", "https://")):
        raise _unfit(where, "is no web address")


def _list(value: Any, most: int, where: str) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise _unfit(where, f"is no list of at most {most}")
    return value


def _characters(value: Any) -> int:
    """All text in there, as far as anybody reads it."""
    if isinstance(value, dict):
        here = len(value["text"]) if isinstance(value.get("text"), str) else 0
        return here + sum(_characters(inner) for inner in value.values() if not isinstance(inner, str))
    return sum(map(_characters, value)) if isinstance(value, list) else 0


def _unfit(where: str, why: str) -> Unfit:
    return Unfit("invalid_blocks", f"{where} {why}")


_CHECKS: dict[str, Callable[[dict[str, Any], str], None]] = {
    "section": _section,
    "header": _header,
    "image": _image,
    "context": _context,
    "actions": _actions,
    "markdown": _markdown,
    "divider": _divider,
}
