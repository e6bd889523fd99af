"""A stand-in for OpenAI's Responses API, which recognises and knows what the simulated market does.

It is strict about a request's form, as OpenAI is, and no judge of real photographs.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from aiohttp import web

from watcher.core.times import Instant
from watcher.demo.readings import is_reading, read_listings
from watcher.demo.recognition import PictureReader, Shown, UnreadablePicture
from watcher.demo.source import Source

OPENAI_KEY, OPENAI_MODEL = "demo-openai-key", "demo-vision"
OPENAI_ROOT = "/openai/v1"
_DATA_URI = re.compile(r"data:image/(?:jpeg|png|webp|gif);base64,([A-Za-z0-9+/]+=*)\Z")
_SCHEMA_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
_DETAILS = {"low", "high", "auto", "original"}
_PICTURE_TOKENS = {"low": 85}  # those of another detail
_USUAL_PICTURE_TOKENS = 765
_CHARACTERS_PER_TOKEN = 4
_SURE, _UNSURE = 0.93, 0.0


class OpenAiRefusal(Exception):
    """A refusal in OpenAI's form."""

    def __init__(
        self, status: int, code: str | None, *, kind: str = "invalid_request_error", param: str = ""
    ) -> None:
        super().__init__(code)
        self.status, self.code, self.kind, self.param = status, code, kind, param

    def response(self) -> web.Response:
        """Return it as a response."""
        return openai_error(self.status, self.kind, self.code, self.param)


class DemoVision:
    """The endpoints `responses` and `models`. A source that recognises no pictures shows nothing."""

    def __init__(self, source: Source, clock: Callable[[], float]) -> None:
        self._source, self._clock = source, clock
        self._answered = 0

    async def respond(self, request: web.Request) -> web.Response:
        """Handle `POST /v1/responses`."""
        try:
            _check_key(request)
            asked = _read_request(await request.read())
            answer = self._read(asked) if is_reading(asked) else await self._identify(asked)
        except OpenAiRefusal as refusal:
            return refusal.response()
        self._answered += 1
        return web.json_response(response_body(asked, [answer_part(answer)], self._answered))

    async def model(self, request: web.Request) -> web.Response:
        """Handle `GET /v1/models/{model}`."""
        try:
            _check_key(request)
            _check_model(request.match_info["model"])
        except OpenAiRefusal as refusal:
            return refusal.response()
        return web.json_response({"id": OPENAI_MODEL, "object": "model", "created": 0, "owned_by": "demo"})

    def _read(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return read_listings(asked, self._source, Instant(self._clock()))
        except ValueError:
            raise OpenAiRefusal(400, "invalid_value", param="input") from None

    async def _identify(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        return _answer(asked, await self._recognise(_read_picture(asked)))

    async def _recognise(self, picture: bytes) -> Shown | None:
        if not isinstance(self._source, PictureReader):
            return None
        try:
            return await self._source.recognise(picture, Instant(self._clock()))
        except UnreadablePicture:
            raise OpenAiRefusal(400, "invalid_image", param="input") from None


def openai_error(
    status: int, kind: str, code: str | None, param: str = "", headers: Mapping[str, str] | None = None
) -> web.Response:
    """Return an error in OpenAI's form."""
    error = {"message": f"The request failed: {code}.", "type": kind, "param": param or None, "code": code}
    return web.json_response({"error": error}, status=status, headers=headers)


def response_body(asked: Mapping[str, Any], content: list[dict[str, Any]], number: int) -> dict[str, Any]:
    """Return a completed response with this content."""
    parts = [part for message in asked["input"] for part in message["content"]]
    tokens_in = sum(len(part.get("text", "")) for part in parts) // _CHARACTERS_PER_TOKEN
    tokens_in += sum(
        _PICTURE_TOKENS.get(part.get("detail", ""), _USUAL_PICTURE_TOKENS)
        for part in parts
        if part["type"] == "input_image"
    )
    tokens_out = sum(len(part.get("text", "")) for part in content) // _CHARACTERS_PER_TOKEN
    return {
        "id": f"resp_{number:08x}",
        "object": "response",
        "status": "completed",
        "model": asked["model"],
        "error": None,
        "incomplete_details": None,
        "output": [
            {"type": "reasoning", "id": f"rs_{number:08x}", "summary": []},
            {
                "type": "message",
                "id": f"msg_{number:08x}",
                "status": "completed",
                "role": "assistant",
                "content": content,
            },
        ],
        "usage": {
            "input_tokens": tokens_in,
            "output_tokens": tokens_out,
            "total_tokens": tokens_in + tokens_out,
        },
    }


def answer_part(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return an answer as a part of a response's content."""
    return {"type": "output_text", "text": json.dumps(answer), "annotations": []}


def _answer(asked: Mapping[str, Any], shown: Shown | None) -> dict[str, Any]:
    """Return what the picture shows, with every field of the schema that was asked for."""
    properties = asked["text"]["format"]["schema"]["properties"]
    answer: dict[str, Any] = {
        name: _SURE if field.get("type") == "number" else field.get("enum", [""])[-1]
        for name, field in properties.items()
    }
    if shown is None:
        return answer | {"confidence": _UNSURE}
    return answer | {n: value for n, value in shown._asdict().items() if n in properties}


def _check_key(request: web.Request) -> None:
    if request.headers.get("Authorization") != f"Bearer {OPENAI_KEY}":
        raise OpenAiRefusal(401, "invalid_api_key")


def _check_model(model: object) -> None:
    if model != OPENAI_MODEL:
        raise OpenAiRefusal(404, "model_not_found", param="model")


def _read_request(body: bytes) -> dict[str, Any]:
    """Return a request whose form is right. Raises OpenAiRefusal."""
    try:
        asked = json.loads(body)
        form = asked["text"]["format"]
        schema, content = form["schema"], asked["input"][-1]["content"]
        is_strict = (
            form["type"] == "json_schema"
            and form["strict"] is True
            and bool(_SCHEMA_NAME.match(form["name"]))
            and schema["type"] == "object"
            and schema["additionalProperties"] is False
            and sorted(schema["required"]) == sorted(schema["properties"])
        )
        kinds = [part["type"] for part in content]
        is_spoken = all(
            part["type"] == "input_text" for message in asked["input"][:-1] for part in message["content"]
        )
    except (KeyError, TypeError, ValueError, IndexError):
        raise OpenAiRefusal(400, None, param="input") from None
    _check_model(asked["model"])
    if not is_strict:
        raise OpenAiRefusal(400, "invalid_json_schema", param="text.format.schema")
    is_picture = kinds == ["input_text", "input_image"] and content[1].get("detail", "auto") in _DETAILS
    if not is_spoken or not (is_picture or kinds == ["input_text"]):
        raise OpenAiRefusal(400, "invalid_value", param="input")
    limit = asked.get("max_output_tokens")
    if limit is not None and (not isinstance(limit, int) or limit < 16):
        raise OpenAiRefusal(400, "integer_below_min_value", param="max_output_tokens")
    return dict(asked)


def _read_picture(asked: Mapping[str, Any]) -> bytes:
    found = _DATA_URI.match(str(asked["input"][-1]["content"][1].get("image_url")))
    if found is None:
        raise OpenAiRefusal(400, "invalid_image_url", param="input")
    try:
        return base64.b64decode(found[1], validate=True)
    except binascii.Error:
        raise OpenAiRefusal(400, "invalid_base64_image", param="input") from None
