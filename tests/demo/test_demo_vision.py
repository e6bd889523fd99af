"""The stand-in for OpenAI: strict about requests, and able to fail in every way."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.demo.outside import Outside
from tests.market.faults import Fault, FaultKind
from watcher.adapters.openai.question import encode_question
from watcher.demo.pictures import draw_picture
from watcher.demo.recognition import Shown
from watcher.demo.vision import OPENAI_KEY, OPENAI_MODEL, OPENAI_ROOT

SHOE = Shown("shoe", "A shoe", "shoes", "used")
PICTURE = draw_picture("shoe-1", 64)


def question(**changes: Any) -> dict[str, Any]:
    asked: dict[str, Any] = json.loads(encode_question(PICTURE, model=OPENAI_MODEL, categories=["shoes"]))
    return asked | changes


async def respond(outside: Outside, asked: Any, key: str = OPENAI_KEY) -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {key}"}
    url = f"{outside.server.url}{OPENAI_ROOT}/responses"
    async with outside.http.post(url, json=asked, headers=headers) as answer:
        return answer.status, await answer.json()


async def answer_of(outside: Outside) -> dict[str, Any]:
    status, body = await respond(outside, question())
    assert (status, body["status"], body["error"]) == (200, "completed", None)
    answer: dict[str, Any] = json.loads(body["output"][-1]["content"][0]["text"])
    return answer


async def test_an_answer_has_every_field_of_the_schema(outside: Outside) -> None:
    outside.market.shown = SHOE
    answer = await answer_of(outside)
    assert sorted(answer) == sorted(question()["text"]["format"]["schema"]["required"])
    assert (answer["title"], answer["query"], answer["category"]) == ("A shoe", "shoe", "shoes")
    assert answer["confidence"] > 0.9


async def test_an_unknown_picture_shows_nothing(outside: Outside) -> None:
    answer = await answer_of(outside)
    assert (answer["title"], answer["category"], answer["confidence"]) == ("", "other", 0.0)


async def test_tokens_are_counted_by_the_length_of_texts(outside: Outside) -> None:
    _, body = await respond(outside, question())
    usage = body["usage"]
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
    assert usage["input_tokens"] > 765 > usage["output_tokens"] > 10


def with_part(number: int, **changes: Any) -> dict[str, Any]:
    asked = question()
    asked["input"][0]["content"][number] |= changes
    return asked


def with_form(**changes: Any) -> dict[str, Any]:
    asked = question()
    asked["text"]["format"] |= changes
    return asked


REFUSED: dict[str, tuple[Any, int, str | None]] = {
    "another model": (question(model="gpt-0"), 404, "model_not_found"),
    "no input": (question(input=[]), 400, None),
    "not strict": (with_form(strict=False), 400, "invalid_json_schema"),
    "open schema": (
        with_form(schema={"type": "object", "properties": {}, "required": [], "additionalProperties": True}),
        400,
        "invalid_json_schema",
    ),
    "odd name": (with_form(name="a name"), 400, "invalid_json_schema"),
    "odd detail": (with_part(1, detail="finest"), 400, "invalid_value"),
    "a web address": (with_part(1, image_url="https://example.com/a.jpg"), 400, "invalid_image_url"),
    "no base64": (with_part(1, image_url="data:image/jpeg;base64,abc"), 400, "invalid_base64_image"),
    "no picture": (with_part(1, image_url="data:image/jpeg;base64,aGVsbG8="), 400, "invalid_image"),
    "too few tokens": (question(max_output_tokens=1), 400, "integer_below_min_value"),
    "a list": ([], 400, None),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_a_request_of_a_wrong_form_is_refused(outside: Outside, name: str) -> None:
    asked, expected, code = REFUSED[name]
    status, body = await respond(outside, asked)
    assert (status, body["error"]["code"]) == (expected, code)
    assert sorted(body["error"]) == ["code", "message", "param", "type"]


async def test_a_wrong_key_is_refused(outside: Outside) -> None:
    status, body = await respond(outside, question(), key="sk-wrong")
    assert (status, body["error"]["code"]) == (401, "invalid_api_key")


FAULTS: dict[str, tuple[Fault, int, str | None]] = {
    "429": (Fault(FaultKind.RATE_LIMIT, retry_after="7"), 429, "rate_limit_exceeded"),
    "no credit": (Fault(FaultKind.QUOTA), 429, "insufficient_quota"),
    "503": (Fault(FaultKind.STATUS, status=503), 503, "slow_down"),
    "500": (Fault(FaultKind.STATUS, status=500), 500, None),
    "401": (Fault(FaultKind.STATUS, status=401), 401, "invalid_api_key"),
    "picture": (Fault(FaultKind.STATUS, status=400, code="image_too_small"), 400, "image_too_small"),
    "failed": (Fault(FaultKind.FAILED, code="image_parse_error"), 200, "image_parse_error"),
}


@pytest.mark.parametrize("name", FAULTS)
async def test_a_fault_has_openais_form_and_code(outside: Outside, name: str) -> None:
    fault, expected, code = FAULTS[name]
    outside.server.faults = [fault]
    status, body = await respond(outside, question())
    assert (status, body["error"]["code"]) == (expected, code)


async def test_useless_answers_are_charged_like_others(outside: Outside) -> None:
    _, right = await respond(outside, question())
    for fault, status, kind in (
        (Fault(FaultKind.REFUSAL), "completed", "refusal"),
        (Fault(FaultKind.INCOMPLETE), "incomplete", "output_text"),
        (Fault(FaultKind.OFF_SCHEMA), "completed", "output_text"),
    ):
        outside.server.faults = [fault]
        _, body = await respond(outside, question())
        assert (body["status"], body["output"][-1]["content"][0]["type"]) == (status, kind)
        assert body["usage"] == right["usage"]
