"""A scripted OpenAI, and the client that calls it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.adapters.scripted_server import Reply, ScriptedServer, quick_guard
from tests.fakes import FakeClock, RecordingMeter
from tests.waiting import PATIENCE
from watcher.adapters.openai.client import OpenAiClient
from watcher.adapters.outbound.http import HttpClient
from watcher.core.categories import TTLS
from watcher.core.errors import Api, CallFailed

KEY, JPEG = "sk-canary-c0ffee", b"\xff\xd8\xff\xe0 a picture of a card \xff\xd9"
CARD: dict[str, Any] = {
    "title": "Charizard Base Set holo",
    "category": "pokemon",
    "brand": "Pokemon",
    "model": "4/102",
    "condition": "used",
    "grade": "PSA 9",
    "query": "charizard base set 4/102",
    "confidence": 0.91,
}


class Model:
    """The server, its client, and the samples of the calls."""

    def __init__(
        self, server: ScriptedServer, clock: FakeClock, http: HttpClient, *, attempt_timeout: float = PATIENCE
    ) -> None:
        self.server, self.clock, self.ledger, self._http = server, clock, RecordingMeter(), http
        self.client = OpenAiClient(
            base_url=server.base_url + "/v1/",
            api_key=KEY,
            model="gpt-canary",
            categories=TTLS,
            http=http,
            guard=quick_guard(Api.OPENAI, self.ledger, clock, attempt_timeout=attempt_timeout),
            clock=clock,
        )

    def impatient(self) -> Model:
        """Return another client, for a server that hangs."""
        return Model(self.server, self.clock, self._http, attempt_timeout=0.5)

    def replies(self, *replies: Reply) -> None:
        self.server.replies = list(replies)

    async def failure(self) -> CallFailed:
        with pytest.raises(CallFailed) as caught:
            await self.client.identify(JPEG)
        return caught.value


def answered(answer: Any = CARD, **envelope: Any) -> Reply:
    """Return a completed response; `answer` is sent as it is if it is a text."""
    text = answer if isinstance(answer, str) else json.dumps(answer)
    return with_parts({"type": "output_text", "text": text, "annotations": []}, **envelope)


def with_parts(*parts: Any, **envelope: Any) -> Reply:
    """Return a response whose message has these parts."""
    message = {"type": "message", "role": "assistant", "content": parts}
    body = {
        "id": "resp_1",
        "object": "response",
        "status": "completed",
        "error": None,
        "incomplete_details": None,
        "output": [{"type": "reasoning", "summary": []}, message],
        "usage": {"input_tokens": 1120, "output_tokens": 90, "total_tokens": 1210},
    }
    return Reply(body | envelope)


def refused(status: int, code: str | None, kind: str = "invalid_request_error", **headers: str) -> Reply:
    """Return an error in OpenAI's form."""
    error = {"message": f"canary message about {KEY}", "type": kind, "param": None, "code": code}
    return Reply({"error": error}, status, headers)
