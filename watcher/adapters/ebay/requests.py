"""Authorised requests to eBay, and what its refusals mean. Refusals are classified by status and errorId."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import TypeVar

from watcher.adapters.ebay.responses import parse_errors
from watcher.adapters.ebay.token import EbayToken, ScopeRefused
from watcher.adapters.outbound.guard import Guard
from watcher.adapters.outbound.http import HttpClient, HttpResponse
from watcher.adapters.outbound.refusals import describe_status, kind_of_status, parse_retry_after
from watcher.adapters.outbound.stages import CallContext
from watcher.core.errors import Api, CallFailed, Kind, NotSent
from watcher.core.times import Instant
from watcher.ports import Clock

T = TypeVar("T")
_DAY_QUOTA_USED_UP = 2001  # the errorId of a 429 that should mean that the day's quota is used up
_LONGEST_MESSAGE = 200
# What a person can do about a refusal, by errorId.
_SENTENCES = {
    12500: "eBay finds too many listings like this picture; take it closer, or type what it shows.",
    12501: "eBay cannot read this picture; take another one, or type what it shows.",
}


class EbayRequests:
    """Sends requests with an application token, each as one attempt behind the guard.

    `renew_token`: if eBay refuses the token, send again with a new one within the same attempt. Otherwise
    only the next request uses a new one. `optional`: a refusal of the token means that eBay has not granted
    this part of its API, so it is ScopeRefused.
    """

    def __init__(
        self,
        *,
        token: EbayToken,
        http: HttpClient,
        guard: Guard,
        clock: Clock,
        renew_token: bool = True,
        optional: bool = False,
    ) -> None:
        self._token, self._http, self._guard, self._clock = token, http, guard, clock
        self._renew_token, self._optional = renew_token, optional

    async def fetch(
        self,
        url: str,
        headers: Mapping[str, str],
        parse: Callable[[HttpResponse], T],
        context: CallContext,
        *,
        auxiliary: bool = False,
        content: bytes | None = None,
        answers: frozenset[int] = frozenset(),
    ) -> T:
        """Return the parsed response to a GET, or to a POST of `content`.

        `answers`: errorIds of refusals that `parse` is to read. Raises CallFailed, also if `parse` does.
        """
        token = self._token.fresh() or await self._token.get()

        async def send() -> T:
            response = await self._send(url, headers, token, content)
            if response.status == HTTPStatus.UNAUTHORIZED:
                response = await self._replace_token(url, headers, token, response, content)
            if self._optional and response.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
                raise ScopeRefused(f"{describe_status(response.status)}, it is not granted", response.status)
            if response.status >= HTTPStatus.MULTIPLE_CHOICES and not _is_answer(response, answers):
                raise _refusal_of(response, self._clock.now())
            return parse(response)

        return await self._guard.attempt(send, context, auxiliary=auxiliary)

    async def _send(
        self, url: str, headers: Mapping[str, str], token: str, content: bytes | None
    ) -> HttpResponse:
        authorised = {"Accept": "application/json", **headers, "Authorization": f"Bearer {token}"}
        if content is None:
            return await self._http.fetch(Api.EBAY, url, authorised)
        authorised["Content-Type"] = "application/json"
        return await self._http.fetch(Api.EBAY, url, authorised, method="POST", content=content)

    async def _replace_token(
        self,
        url: str,
        headers: Mapping[str, str],
        token: str,
        response: HttpResponse,
        content: bytes | None,
    ) -> HttpResponse:
        """Drop the refused token and perhaps send once more; a second 401 means bad credentials."""
        self._token.invalidate(token)
        if not self._renew_token:
            return response
        try:
            new_token = await self._token.get()
        except NotSent:  # no token may be minted now, so the refusal stands
            return response
        if new_token == token:
            return response
        response = await self._send(url, headers, new_token, content)
        if response.status == HTTPStatus.UNAUTHORIZED:
            self._token.pause_minting()
        return response


def _is_answer(response: HttpResponse, answers: frozenset[int]) -> bool:
    """Return whether a response refuses the request with one of these errorIds."""
    if not answers or kind_of_status(response.status) is not Kind.REFUSED:
        return False
    return any(error.error_id in answers for error in parse_errors(response.body))


def _refusal_of(response: HttpResponse, now: Instant) -> CallFailed:
    errors = parse_errors(response.body)
    detail, sentence = describe_status(response.status), ""
    if errors:
        sentence = _SENTENCES.get(errors[0].error_id or 0, "")
        detail += f", errorId {errors[0].error_id}: {(errors[0].message or '')[:_LONGEST_MESSAGE]!r}"
    kind = kind_of_status(response.status)
    if kind is Kind.RATE_LIMIT and any(error.error_id == _DAY_QUOTA_USED_UP for error in errors):
        kind = Kind.QUOTA
    # The guard's quota stage finds out whether the day's quota is really used up.
    wait = parse_retry_after(response.headers.get("Retry-After", ""), now)
    return CallFailed(
        Api.EBAY,
        kind,
        detail,
        retry_after=wait,
        status=response.status,
        caller_caused=kind is Kind.REFUSED,
        sentence=sentence if kind is Kind.REFUSED else "",
    )
