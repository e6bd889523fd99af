"""Answers of the model: what is read of them, and how each failure is classified."""

from __future__ import annotations

from typing import Any

import pytest

from tests.adapters.openai.model import CARD, JPEG, Model, answered, refused, with_parts
from tests.adapters.scripted_server import Reply
from watcher.core.ai_answers import AiAnswerUnusable, TokenUsage
from watcher.core.errors import Code, Kind, error_view, public_error


async def read(model: Model, **fields: Any) -> Any:
    model.replies(answered({**CARD, **fields}))
    return await model.client.identify(JPEG)


# What is read


@pytest.mark.parametrize(
    ("sent", "kept"), [(1.7, 1.0), (-3, 0.0), (1, 1.0), (0.5, 0.5), (10**400, None), (float("nan"), None)]
)
async def test_confidence_lies_between_0_and_1(model: Model, sent: float, kept: float | None) -> None:
    if kept is not None:
        assert (await read(model, confidence=sent)).confidence == kept
    else:
        model.replies(answered({**CARD, "confidence": sent}))
        assert (await model.failure()).kind is Kind.MALFORMED


async def test_texts_are_short_and_of_one_line(model: Model) -> None:
    answer = await read(
        model, title="A\u202ecard\x00\r\n<script>" + "x" * 500, brand="\u200b", query="q " * 300
    )
    assert answer.title.startswith("Acard <script>xxx")
    assert len(answer.title) == 120
    assert answer.brand == ""
    assert len(answer.query) <= 80
    assert "…" not in answer.query


async def test_query_has_words_only_and_no_operators(model: Model) -> None:
    answer = await read(model, query='charizard* (base, set) "4/102" -psa --lot wh-1000xm5 [x] {a|b}')
    assert answer.query == "charizard base set 4/102 psa lot wh-1000xm5 x a b"


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("Pokémon", "pokemon"), ("watch", "watches"), ("other", ""), ("furniture", ""), ("", "")],
)
async def test_category_is_a_known_one_or_empty(model: Model, sent: str, kept: str) -> None:
    assert (await read(model, category=sent)).category == kept


@pytest.mark.parametrize(("sent", "kept"), [("new", "new"), ("unknown", ""), ("mint", "")])
async def test_condition_is_one_of_three_or_empty(model: Model, sent: str, kept: str) -> None:
    assert (await read(model, condition=sent)).condition == kept


async def test_a_picture_of_nothing_is_an_answer(model: Model) -> None:
    answer = await read(model, title="", query="", confidence=0)
    assert (answer.title, answer.query, answer.confidence) == ("", "", 0.0)


async def test_odd_fields_of_the_envelope_cost_nothing_else(model: Model) -> None:
    model.replies(answered(usage={"input_tokens": -5, "output_tokens": "90"}, extra=[{}], output_text=7))
    answer = await model.client.identify(JPEG)
    assert (answer.title, answer.usage) == (CARD["title"], TokenUsage(0, 90))


async def test_a_compatible_service_may_leave_out_what_is_not_needed(model: Model) -> None:
    message = {
        "content": [{"type": "output_text", "text": answered().body["output"][1]["content"][0]["text"]}]
    }
    model.replies(Reply({"output": [message]}))
    answer = await model.client.identify(JPEG)
    assert (answer.title, answer.usage) == (CARD["title"], TokenUsage())


# Charged, but of no use

UNUSABLE = {
    "refusal": with_parts({"type": "refusal", "refusal": "I cannot help with that."}),
    "content filter": answered(status="incomplete", incomplete_details={"reason": "content_filter"}),
    "cut": answered(status="incomplete", incomplete_details={"reason": "max_output_tokens"}),
    "incomplete without a reason": answered(status="incomplete"),
    "no message": with_parts(),
    "no JSON": answered("A card."),
    "half of the JSON": answered('{"title": "A'),
    "an array": answered([CARD]),
    "a field is missing": answered({name: CARD[name] for name in CARD if name != "query"}),
    "a field is null": answered({**CARD, "title": None}),
    "a number as text": answered({**CARD, "confidence": "0.9"}),
    "true as a number": answered({**CARD, "confidence": True}),
    "endless": answered({**CARD, "title": "x" * 30_000}),
    "in progress": with_parts(status="in_progress"),
}
DECLINED = ("refusal", "content filter")


@pytest.mark.parametrize("name", UNUSABLE)
async def test_an_unusable_answer_is_charged_and_not_asked_for_again(model: Model, name: str) -> None:
    model.replies(UNUSABLE[name])
    failure = await model.failure()
    assert isinstance(failure, AiAnswerUnusable)
    assert failure.usage == TokenUsage(1120, 90)
    assert not failure.transient
    assert len(model.server.requests) == 1
    [attempt] = model.ledger.attempts
    assert attempt.counts == (name not in DECLINED)
    assert failure.caller_caused == (name in DECLINED)
    expected = Code.INVALID_INPUT if name in DECLINED else Code.OPENAI_UNAVAILABLE
    assert public_error(failure).code is expected


# Refused

REFUSED: dict[str, tuple[Reply, Kind, Code, bool]] = {
    "wrong key": (refused(401, "invalid_api_key"), Kind.CREDENTIALS, Code.OPENAI_UNAVAILABLE, True),
    "region": (
        refused(403, "unsupported_country_region_territory", "request_forbidden"),
        Kind.CREDENTIALS,
        Code.OPENAI_UNAVAILABLE,
        True,
    ),
    "no credit": (
        refused(429, "insufficient_quota", "insufficient_quota"),
        Kind.QUOTA,
        Code.OPENAI_RATE_LIMIT,
        True,
    ),
    "no credit, by type": (
        refused(429, None, "insufficient_quota"),
        Kind.QUOTA,
        Code.OPENAI_RATE_LIMIT,
        True,
    ),
    "credit balance": (refused(429, "credit_balance_exhausted"), Kind.QUOTA, Code.OPENAI_RATE_LIMIT, True),
    "no such model": (refused(404, "model_not_found"), Kind.REFUSED, Code.OPENAI_UNAVAILABLE, True),
    "blind model": (refused(400, "unsupported_value"), Kind.REFUSED, Code.OPENAI_UNAVAILABLE, True),
    "bad picture": (refused(400, "invalid_image_format"), Kind.REFUSED, Code.INVALID_INPUT, False),
    "policy": (refused(400, "image_content_policy_violation"), Kind.REFUSED, Code.INVALID_INPUT, False),
    "in the body: bad picture": (
        answered(status="failed", error={"code": "image_parse_error", "message": "canary"}),
        Kind.REFUSED,
        Code.INVALID_INPUT,
        False,
    ),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_a_refusal_is_classified_by_its_code_and_not_repeated(model: Model, name: str) -> None:
    reply, kind, code, counts = REFUSED[name]
    model.replies(reply)
    failure = await model.failure()
    assert (failure.kind, public_error(failure).code) == (kind, code)
    assert len(model.server.requests) == 1
    [attempt] = model.ledger.attempts
    assert attempt.counts == counts
    assert attempt.refused == (kind in (Kind.CREDENTIALS, Kind.QUOTA))


async def test_a_refused_picture_has_a_sentence_of_its_own(model: Model) -> None:
    model.replies(refused(400, "invalid_image"))
    view = error_view(await model.failure())
    assert view["statusCode"] == 400
    assert "cannot read this picture" in str(view["message"])


async def test_a_wait_that_openai_asks_for_is_passed_on(model: Model) -> None:
    model.replies(refused(429, "rate_limit_exceeded", **{"Retry-After": "47"}))
    failure = await model.failure()
    assert (failure.kind, failure.retry_after) == (Kind.RATE_LIMIT, 47.0)
