"""Slack's limits on a message, and its error code when one is exceeded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

# Maximum lengths in characters. The limit on all blocks together is undocumented; users measured it.
_MAX_TEXT, _MAX_ALL_BLOCKS = 40_000, 13_200
_MAX_SECTION, _MAX_FIELD, _MAX_HEADER, _MAX_ALT, _MAX_URL, _MAX_ID = 3000, 2000, 150, 2000, 3000, 255
_MAX_BUTTON, _MAX_VALUE, _MAX_MARKDOWN = 75, 2000, 12_000
# Maximum numbers of parts.
_MAX_BLOCKS, _MAX_FIELDS, _MAX_ELEMENTS, _MAX_ACTIONS, _MAX_ATTACHMENTS = 50, 10, 10, 25, 100
_STYLES = {"plain_text", "mrkdwn"}
_UNCHECKED_TYPES = {"divider", "rich_text", "video", "file", "table", "input", "call"}


class MessageRefused(Exception):
    """Slack would refuse the message with the error `code`; `why` is for the author of the message."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(f"{code}: {why}")
        self.code, self.why = code, why


def check_message(body: dict[str, Any]) -> None:
    """Raise MessageRefused unless Slack would accept the message."""
    text, blocks = body.get("text"), body.get("blocks")
    attachments = body.get("attachments") or []
    if not (text or blocks or attachments):
        raise MessageRefused("no_text", "it has no text, blocks or attachments")
    if text is not None and not isinstance(text, str):
        raise MessageRefused("invalid_payload", "its text is not a string")
    if text and len(text) > _MAX_TEXT:
        raise MessageRefused("msg_too_long", f"its text has {len(text)} characters")
    _check_list(attachments, _MAX_ATTACHMENTS, "attachments")
    if blocks is not None:
        check_blocks(blocks)
    for attachment in attachments:
        if isinstance(attachment, dict) and "blocks" in attachment:
            check_blocks(attachment["blocks"])


def check_blocks(blocks: Any) -> None:
    """Raise MessageRefused unless the blocks are within Slack's limits."""
    seen: set[str] = set()
    for index, block in enumerate(_check_list(blocks, _MAX_BLOCKS, "blocks")):
        where = f"block {index}"
        if not isinstance(block, dict):
            raise _refusal(where, "is not an object")
        block_id = block.get("block_id")
        if block_id is not None:
            _check_text(block_id, _MAX_ID, f"{where}: block_id")
            if block_id in seen:
                raise _refusal(where, "repeats a block_id")
            seen.add(block_id)
        check = _CHECKS.get(str(block.get("type")))
        if check:
            check(block, where)
        elif block.get("type") not in _UNCHECKED_TYPES:
            raise _refusal(where, f"has the unknown type {block.get('type')!r}")
    if (size := _count_characters(blocks)) > _MAX_ALL_BLOCKS:
        raise MessageRefused("msg_blocks_too_long", f"all blocks together have {size} characters")


def _check_section(block: dict[str, Any], where: str) -> None:
    if "text" not in block and "fields" not in block:
        raise _refusal(where, "is a section without text or fields")
    if "text" in block:
        _check_text_object(block["text"], _MAX_SECTION, f"{where}: text")
    for field in _check_list(block.get("fields", []), _MAX_FIELDS, f"{where}: fields"):
        _check_text_object(field, _MAX_FIELD, f"{where}: a field")
    if "accessory" in block:
        _check_element(block["accessory"], f"{where}: accessory")


def _check_image(block: dict[str, Any], where: str) -> None:
    _check_text(block.get("alt_text"), _MAX_ALT, f"{where}: alt_text")
    if "slack_file" not in block:
        _check_url(block.get("image_url"), f"{where}: image_url")
    if "title" in block:
        _check_text_object(block["title"], _MAX_ALT, f"{where}: title", styles={"plain_text"})


def _check_context(block: dict[str, Any], where: str) -> None:
    elements = _check_list(block.get("elements"), _MAX_ELEMENTS, f"{where}: elements")
    if not elements:
        raise _refusal(where, "is a context without elements")
    for element in elements:
        if isinstance(element, dict) and element.get("type") == "image":
            _check_image(element, where)
        else:
            _check_text_object(element, _MAX_SECTION, f"{where}: an element")


def _check_actions(block: dict[str, Any], where: str) -> None:
    elements = _check_list(block.get("elements"), _MAX_ACTIONS, f"{where}: elements")
    if not elements:
        raise _refusal(where, "is an actions block without elements")
    for element in elements:
        _check_element(element, f"{where}: an element")


def _check_element(element: Any, where: str) -> None:
    """Check a button or an image; other elements only need a type."""
    if not isinstance(element, dict) or not isinstance(element.get("type"), str):
        raise _refusal(where, "is not an element")
    if element["type"] == "image":
        _check_image(element, where)
    if element["type"] == "button":
        _check_text_object(element.get("text"), _MAX_BUTTON, f"{where}: text", styles={"plain_text"})
        if "value" in element:
            _check_text(element["value"], _MAX_VALUE, f"{where}: value")
        if "url" in element:
            _check_url(element["url"], f"{where}: url")
    if "action_id" in element:
        _check_text(element["action_id"], _MAX_ID, f"{where}: action_id")


def _check_text_object(text: Any, max_length: int, where: str, styles: set[str] = _STYLES) -> None:
    if not isinstance(text, dict) or text.get("type") not in styles:
        raise _refusal(where, f"is not a text object of type {' or '.join(sorted(styles))}")
    _check_text(text.get("text"), max_length, where)


def _check_text(text: Any, max_length: int, where: str) -> None:
    if not isinstance(text, str) or not 1 <= len(text) <= max_length:
        size = len(text) if isinstance(text, str) else "no"
        raise _refusal(where, f"has {size} characters; 1 to {max_length} are allowed")


def _check_url(url: Any, where: str) -> None:
    _check_text(url, _MAX_URL, where)
    if not url.startswith(("http://", "https://")):
        raise _refusal(where, "is not a web address")


def _check_list(value: Any, max_length: int, where: str) -> list[Any]:
    if not isinstance(value, list) or len(value) > max_length:
        raise _refusal(where, f"is not a list of at most {max_length}")
    return value


def _count_characters(value: Any) -> int:
    """Count the characters of all visible text."""
    if isinstance(value, dict):
        here = len(value["text"]) if isinstance(value.get("text"), str) else 0
        return here + sum(_count_characters(inner) for inner in value.values() if not isinstance(inner, str))
    return sum(map(_count_characters, value)) if isinstance(value, list) else 0


def _refusal(where: str, why: str) -> MessageRefused:
    return MessageRefused("invalid_blocks", f"{where} {why}")


_CHECKS: dict[str, Callable[[dict[str, Any], str], None]] = {
    "section": _check_section,
    "header": lambda block, where: _check_text_object(
        block.get("text"), _MAX_HEADER, f"{where}: header", styles={"plain_text"}
    ),
    "image": _check_image,
    "context": _check_context,
    "actions": _check_actions,
    "markdown": lambda block, where: _check_text(block.get("text"), _MAX_MARKDOWN, f"{where}: text"),
}
