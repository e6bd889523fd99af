"""What OpenAI answers when it fails: errors by status and code, and answers that are of no use."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from tests.market.faults import Fault, FaultKind
from watcher.demo.vision import OPENAI_ROOT, openai_error

# Type and code of an error by its status, if the fault names no code.
_ERRORS = {
    400: ("invalid_request_error", "invalid_value"),
    401: ("invalid_request_error", "invalid_api_key"),
    403: ("request_forbidden", "unsupported_country_region_territory"),
    404: ("invalid_request_error", "model_not_found"),
    429: ("requests", "rate_limit_exceeded"),
    500: ("server_error", None),
    503: ("service_unavailable_error", "slow_down"),
}
NO_CREDIT = "insufficient_quota"


def is_openai(path: str) -> bool:
    """Return whether a path is OpenAI's."""
    return path.startswith(f"{OPENAI_ROOT}/")


def make_openai_error(status: int, code: str = "", headers: dict[str, str] | None = None) -> web.Response:
    """Return an error in OpenAI's form; of another code than the usual one if that is given."""
    kind, usual = _ERRORS.get(status, ("server_error", None))
    return openai_error(status, code if code == NO_CREDIT else kind, code or usual, headers=headers)


def spoil_openai_answer(fault: Fault, answer: web.StreamResponse) -> web.StreamResponse:
    """Return the right answer, made useless as the fault says; its tokens are still charged."""
    if not isinstance(answer, web.Response) or answer.status != 200 or not isinstance(answer.body, bytes):
        return answer
    response: dict[str, Any] = json.loads(answer.body)
    message = response["output"][-1]
    match fault.kind:
        case FaultKind.REFUSAL:
            message["content"] = [{"type": "refusal", "refusal": "I'm sorry, I can't help with that."}]
        case FaultKind.INCOMPLETE:
            message["content"][0]["text"] = message["content"][0]["text"][:20]
            response["status"] = message["status"] = "incomplete"
            response["incomplete_details"] = {"reason": fault.code or "max_output_tokens"}
        case FaultKind.OFF_SCHEMA:
            message["content"][0]["text"] = '{"item": "a thing", "certainty": "high"}'
        case _:
            code = fault.code or "server_error"
            response |= {"status": "failed", "output": [], "usage": None}
            response["error"] = {"code": code, "message": f"The request failed: {code}."}
    return web.json_response(response)
