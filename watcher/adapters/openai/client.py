"""OpenAI's Responses API: ask a model what a picture shows, and which listings are an item."""

from __future__ import annotations

from collections.abc import Collection
from http import HTTPStatus
from urllib.parse import quote

from watcher.adapters.openai.question import encode_question
from watcher.adapters.openai.reading import encode_reading, parse_reading
from watcher.adapters.openai.responses import openai_refusal_of, parse_answer
from watcher.adapters.outbound.guard import Guard
from watcher.adapters.outbound.http import HttpClient, HttpResponse
from watcher.core.ai_answers import AiAnswer
from watcher.core.errors import Api
from watcher.core.readings import ReadingAnswer, ReadingRequest
from watcher.core.times import Seconds
from watcher.ports import Clock


class OpenAiClient:
    """A model that identifies pictures and reads listings.

    Neither repr, nor log, nor failure shows key, picture, listing or answer. `categories` are the known ones,
    which it chooses from.
    """

    api = Api.OPENAI

    def __init__(
        self,
        *,
        base_url: str,
        api_key: str,
        model: str,
        categories: Collection[str],
        http: HttpClient,
        guard: Guard,
        clock: Clock,
    ) -> None:
        self._base_url, self._key, self._model = base_url.rstrip("/"), api_key, model
        self._categories = sorted(categories)
        self._http, self._guard, self._clock = http, guard, clock

    async def identify(
        self, jpeg: bytes, *, category: str = "", condition: str = "", within: Seconds | None = None
    ) -> AiAnswer:
        """Return what a picture shows; the empty answer if it shows nothing that is sold.

        `category` and `condition` are hints. `within`: seconds that are left. Raises CallFailed; it is
        `caller_caused` if the picture is refused, and AiAnswerUnusable if an answer was charged but is of
        no use.
        """
        content = encode_question(
            jpeg,
            model=self._model,
            categories=self._categories,
            category=category,
            condition=condition,
        )

        async def send() -> AiAnswer:
            response = await self._fetch("/responses", content)
            return parse_answer(response.body, self._categories)

        return await self._guard.call(send, interactive=True, within=within)

    async def read(self, asked: ReadingRequest, *, within: Seconds | None = None) -> ReadingAnswer:
        """Return which listings are the item of a query; make one attempt within the seconds that are left.

        Raises CallFailed as `identify` does, and WatcherError if the quota ledger cannot be reached.
        """
        content = encode_reading(asked, model=self._model)

        async def send() -> ReadingAnswer:
            response = await self._fetch("/responses", content)
            return parse_reading(response.body, len(asked.rows))

        return await self._guard.call(send, interactive=False, within=within)

    async def check(self) -> None:
        """Look the model up, which costs nothing. Raises CallFailed."""

        async def send() -> None:
            await self._fetch(f"/models/{quote(self._model, safe='')}")

        await self._guard.call(send, interactive=True, auxiliary=True)

    async def _fetch(self, path: str, content: bytes | None = None) -> HttpResponse:
        headers = {"Accept": "application/json", "Authorization": f"Bearer {self._key}"}
        if content is not None:
            headers["Content-Type"] = "application/json"
        method = "GET" if content is None else "POST"
        response = await self._http.fetch(
            Api.OPENAI, self._base_url + path, headers, method=method, content=content
        )
        if response.status >= HTTPStatus.MULTIPLE_CHOICES:
            raise openai_refusal_of(response, self._clock.now())
        return response
