"""Checks every answer that the API's tests get against the API's description."""

from __future__ import annotations

import functools
import json
import re
from typing import Any

import httpx
import jsonschema_rs

Description = dict[str, Any]
_JSON = "application/json"
_PREFIX = "#/components/responses/"


class Described:
    """A description, with the validators of its schemas."""

    def __init__(self, api: Description) -> None:
        self.api = api
        self._paths = [
            (re.compile(re.sub(r"\\\{[^}]+\\\}|\{[^}]+\}", "[^/]+", re.escape(path))), methods)
            for path, methods in sorted(api["paths"].items(), key=lambda item: "{" in item[0])
        ]
        self._validators: dict[int, tuple[Description, jsonschema_rs.Validator]] = {}

    def validator(self, schema: Description) -> jsonschema_rs.Validator:
        """Return the validator of a schema; each object gets one, because its text is long."""
        known = self._validators.get(id(schema))
        if known is None:
            whole = {**schema, "components": self.api["components"]}
            known = self._validators[id(schema)] = (schema, jsonschema_rs.validator_for(whole))
        return known[1]

    @functools.lru_cache(maxsize=10_000)  # noqa: B019 - descriptions are few and live as long as the process
    def _operation(self, method: str, path: str) -> Description | None:
        return next((m.get(method.lower()) for pattern, m in self._paths if pattern.fullmatch(path)), None)

    def faults_of(self, method: str, path: str, status: int, media: str, body: bytes) -> list[str]:
        """Return what an answer has that its description does not allow."""
        operation = self._operation(method, path)
        if operation is None:
            return []
        response = operation["responses"].get(str(status))
        if response is None:
            return [f"the status {status} is not described"]
        if "$ref" in response:
            response = self.api["components"]["responses"][response["$ref"].removeprefix(_PREFIX)]
        content = response.get("content", {}).get(media)
        if content is None:
            return [f"the content type {media!r} is not described"] if body else []
        if media != _JSON:
            return []
        return [str(e) for e in self.validator(content["schema"]).iter_errors(json.loads(body))]


@functools.cache
def _described(api: str) -> Described:
    return Described(json.loads(api))


def described_by(api: Description) -> Described:
    """Return the description with its validators, which are kept for the next test."""
    return _described(json.dumps(api))


_OF_CLIENTS: list[Described] = []  # the description of the process, which is the same for every app


async def require_described(transport: httpx.ASGITransport, answer: httpx.Response) -> None:
    """Fail if an answer of the API is not as its description says."""
    media = answer.headers.get("content-type", "").partition(";")[0]
    if media != _JSON:  # streams have no end
        return
    if not _OF_CLIENTS:
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8080") as client:
            _OF_CLIENTS.append(described_by((await client.get("/api/openapi.json")).json()))
    request, body = answer.request, await answer.aread()
    faults = _OF_CLIENTS[0].faults_of(request.method, request.url.path, answer.status_code, media, body)
    assert faults == [], (request.method, request.url, answer.status_code, body[:500])
