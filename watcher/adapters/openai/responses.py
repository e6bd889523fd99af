"""Parse OpenAI's responses, and classify what is not an identification.

Nothing that OpenAI wrote is ever repeated in a failure but its machine-readable codes: a message may quote
the key or the picture's text. A failure after which the same picture may be sent again is transient; an
answer that is of no use is not, because it is charged.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection
from typing import Annotated, Any

import msgspec

from watcher.adapters.openai.question import CONDITIONS
from watcher.adapters.outbound.http import HttpResponse
from watcher.adapters.outbound.lenient_json import UNREADABLE, decode_leniently
from watcher.adapters.outbound.parts import read_by_parts
from watcher.adapters.outbound.refusals import describe_status, kind_of_status, parse_retry_after
from watcher.core.ai_answers import AiAnswer, AiAnswerUnusable, TokenUsage
from watcher.core.categories import canonical_category
from watcher.core.errors import Api, CallFailed, Kind
from watcher.core.plain_text import clean_text
from watcher.core.times import Instant

_MAX_TOKENS = 10**9
_MAX_ANSWER_LENGTH = 20_000  # characters of JSON; an answer has a few hundred
# Bounds of the answer's texts, in characters.
_LENGTHS = {"title": 120, "query": 80, "brand": 60, "model": 60, "grade": 40}
_MAX_CATEGORY_LENGTH = 60
_OPERATORS = re.compile(r'[*()",{}\[\]|…]|(?<!\S)-+')  # what eBay would read as more than a word
_NAME = re.compile(r"[a-z0-9_.\[\]-]{1,80}\Z", re.IGNORECASE)
_DECLINED = "The AI declines to describe this picture; type what it shows."
_UNREADABLE_PICTURE = "The AI cannot read this picture; take another one, or type what it shows."
# Codes of an error that the picture causes, and what a person can do about it.
_PICTURE_CODES = {
    **dict.fromkeys(
        (
            "invalid_image",
            "invalid_image_format",
            "invalid_base64_image",
            "invalid_image_url",
            "invalid_image_mode",
            "image_too_large",
            "image_too_small",
            "image_parse_error",
            "image_file_too_large",
            "unsupported_image_media_type",
            "empty_image_file",
            "image_file_not_found",
            "failed_to_download_image",
        ),
        _UNREADABLE_PICTURE,
    ),
    **dict.fromkeys(
        ("image_content_policy_violation", "content_policy_violation", "invalid_prompt"), _DECLINED
    ),
}
# Codes of an error in a body with status 200 that the picture does not cause; other ones are outages.
_FAILURE_KINDS = {"rate_limit_exceeded": Kind.RATE_LIMIT, **Api.OPENAI.facts.reasons}

_Code = Annotated[str, msgspec.Meta(max_length=200)]
_Tokens = Annotated[int, msgspec.Meta(ge=0, le=_MAX_TOKENS)]


class _Error(msgspec.Struct):
    type: _Code | None = None
    code: _Code | None = None
    param: _Code | None = None


class _Refusal(msgspec.Struct):
    error: _Error


class _Usage(msgspec.Struct):
    input_tokens: _Tokens = 0
    output_tokens: _Tokens = 0


class _Incomplete(msgspec.Struct):
    reason: _Code | None = None


class _Part(msgspec.Struct):
    type: _Code | None = None
    text: str | None = None


class _Item(msgspec.Struct):
    type: _Code | None = None
    content: list[_Part] | None = None


class _Response(msgspec.Struct):
    """A response object; a reasoning model puts an item of another type before its message."""

    status: _Code | None = None
    output: list[_Item] | None = None
    error: _Error | None = None
    incomplete_details: _Incomplete | None = None
    usage: _Usage | None = None


class _Answer(msgspec.Struct):
    """The answer in the form of the schema, with all of its fields."""

    title: str
    category: str
    brand: str
    model: str
    condition: str
    grade: str
    query: str
    confidence: float


def parse_answer(body: bytes, known_categories: Collection[str]) -> AiAnswer:
    """Return the identification in a response. Raises CallFailed, AiAnswerUnusable if it is charged."""
    text, spent = read_text(body, _MAX_ANSWER_LENGTH)
    answer = _read_answer(text, known_categories, spent)
    if answer is None:
        raise not_in_schema(spent)
    return answer


def read_text(body: bytes, max_length: int) -> tuple[str, TokenUsage]:
    """Return the text of a response, at most `max_length` characters, and what it cost.

    Raises CallFailed, AiAnswerUnusable if it is charged.
    """
    response = _decode(body, _Response)
    if response is None or (response.status is None and not response.output):
        raise CallFailed(Api.OPENAI, Kind.MALFORMED, "the body is not a response")
    usage = response.usage or _Usage()
    spent = TokenUsage(usage.input_tokens, usage.output_tokens)
    if response.status == "failed" or response.error is not None:
        raise _failure_of(response.error or _Error())
    if response.status == "incomplete":
        raise _incomplete(response.incomplete_details, spent)
    parts = [part for item in response.output or () for part in item.content or ()]
    if any(part.type == "refusal" for part in parts):
        raise AiAnswerUnusable(
            Kind.REFUSED, "the model refuses", spent, caller_caused=True, sentence=_DECLINED
        )
    texts = [part.text for part in parts if part.type == "output_text" and part.text]
    if not texts or len(texts[-1]) > max_length:
        raise not_in_schema(spent)
    return texts[-1], spent


def not_in_schema(spent: TokenUsage) -> AiAnswerUnusable:
    """Return the failure of a response whose answer has another form than that which was asked for."""
    return AiAnswerUnusable(Kind.MALFORMED, "the response has no answer in the form of the schema", spent)


def openai_refusal_of(response: HttpResponse, now: Instant) -> CallFailed:
    """Return the failure that a response with an error status stands for."""
    refusal = _decode(response.body, _Refusal)
    error = refusal.error if refusal else _Error()
    reasons = Api.OPENAI.facts.reasons
    names = (error.code or "", error.type or "")
    kind = next((reasons[name] for name in names if name in reasons), kind_of_status(response.status))
    sentence = _PICTURE_CODES.get(error.code or "", "") if kind is Kind.REFUSED else ""
    where = f"in {_shown(error.param)}" if error.param else ""
    words = (describe_status(response.status), _shown(error.code or error.type), where)
    return CallFailed(
        Api.OPENAI,
        kind,
        ", ".join(word for word in words if word),
        retry_after=parse_retry_after(response.headers.get("Retry-After", ""), now),
        status=response.status,
        # Any other refused request was ours: a model that does not exist, or that cannot see.
        caller_caused=bool(sentence),
        sentence=sentence,
    )


def _failure_of(error: _Error) -> CallFailed:
    """Return the failure that a response with status 200 reports."""
    code = error.code or ""
    detail = f"the response failed, {_shown(code)}"
    if sentence := _PICTURE_CODES.get(code):
        return CallFailed(Api.OPENAI, Kind.REFUSED, detail, caller_caused=True, sentence=sentence)
    return CallFailed(Api.OPENAI, _FAILURE_KINDS.get(code, Kind.UNAVAILABLE), detail)


def _incomplete(details: _Incomplete | None, spent: TokenUsage) -> AiAnswerUnusable:
    reason = details.reason if details else None
    detail = f"the response is incomplete, {_shown(reason)}"
    if reason == "content_filter":
        return AiAnswerUnusable(Kind.REFUSED, detail, spent, caller_caused=True, sentence=_DECLINED)
    return AiAnswerUnusable(Kind.MALFORMED, detail, spent)


def _read_answer(text: str, known: Collection[str], spent: TokenUsage) -> AiAnswer | None:
    """Return the answer with bounded texts; None if it is not of the schema's form."""
    try:
        answer = msgspec.convert(decode_leniently(text.encode("utf-8", "replace")), _Answer)
    except (ValueError, msgspec.ValidationError):
        return None
    if not math.isfinite(answer.confidence):
        return None
    texts = {name: clean_text(getattr(answer, name), length) for name, length in _LENGTHS.items()}
    texts["query"] = " ".join(_OPERATORS.sub(" ", texts["query"]).split())
    category = canonical_category(answer.category[:_MAX_CATEGORY_LENGTH])
    return AiAnswer(
        **texts,
        confidence=min(1.0, max(0.0, answer.confidence)),
        category=category if category in known else "",
        condition=answer.condition if answer.condition in CONDITIONS else "",
        usage=spent,
    )


def _decode(body: bytes, kind: type[msgspec.Struct]) -> Any:
    """Return the decoded body; what is odd in it is unknown. None if it has another form."""
    try:
        return msgspec.json.decode(body, type=kind)
    except UNREADABLE:
        pass
    try:
        return read_by_parts(decode_leniently(body), kind)
    except ValueError:
        return None


def _shown(name: str | None) -> str:
    """Return a machine-readable name for the log; a text is left out, because it may quote a secret."""
    return name if name and _NAME.match(name) else "no code"
