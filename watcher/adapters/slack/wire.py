"""Posting to Slack by its SDK, and what each of its answers means."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from watcher.adapters.outbound.refusals import parse_retry_after
from watcher.adapters.slack.blocks import BlocksRefused, SlackMessage, ThreadLost
from watcher.core.errors import Api, CallFailed, Kind, WatcherError
from watcher.ports import BEFORE_SEND

# Slack's answers are a word or a copy of the message; whatever is longer is not Slack.
LARGEST_ANSWER = 256 * 1024
# No attempt lasts this long: the guard ends it before. Only for a caller without one.
LAST_RESORT = aiohttp.ClientTimeout(total=60, sock_connect=10)
_OK, _BAD_REQUEST, _REQUEST_TIMEOUT, _TOO_MANY, _SERVER_ERROR = 200, 400, 408, 429, 500
_REDIRECTS = range(300, 400)
# All other words are refusals: they mean the same tomorrow.
_BUSY = frozenset(
    {
        "fatal_error",
        "internal_error",
        "org_login_required",
        "request_timeout",
        "rollup_error",
        "service_unavailable",
        "team_added_to_org",
    }
)
_LIMITED = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
# What is said of one message and not of its destination.
_BAD_MESSAGE = frozenset(
    {
        "invalid_blocks",
        "invalid_blocks_format",
        "invalid_payload",
        "msg_blocks_too_long",
        "msg_too_long",
        "no_text",
        "too_many_attachments",
    }
)
_NO_THREAD = frozenset(
    {"cannot_reply_to_message", "invalid_thread_ts", "message_not_found", "thread_not_found"}
)
# What webhooks say of themselves with a 4xx; a proxy that made it a 200 does not make it a yes.
_WEBHOOK_REFUSALS = frozenset(
    {
        "action_prohibited",
        "channel_is_archived",
        "channel_not_found",
        "invalid_token",
        "no_active_hooks",
        "no_service",
        "no_service_id",
        "no_team",
        "posting_to_general_channel_denied",
        "team_disabled",
        "user_not_found",
    }
)
# The SDK logs URLs, which are secrets here, so it gets a logger that is heard by nobody.
_SILENT = logging.Logger("slack_sdk", logging.CRITICAL + 1)  # noqa: LOG001 - outside of the tree nothing opens it


class _Bounded(aiohttp.ClientResponse):
    """A response whose body ends at `LARGEST_ANSWER` bytes, unpacked; a longer one is an error."""

    async def read(self) -> bytes:
        if self._body is None:
            body = bytearray()
            async for piece in self.content.iter_any():
                body += piece
                if len(body) > LARGEST_ANSWER:
                    self.close()
                    raise aiohttp.ClientPayloadError("the answer is too long")
            self._body = bytes(body)
        return self._body


async def _no_redirects(
    request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Slack does not redirect; another host must get neither the message nor the token."""
    response = await send(request)
    if response.status in _REDIRECTS:
        response.close()
        raise aiohttp.ClientError("it redirects")
    return response


async def _look(*_: object) -> None:
    BEFORE_SEND.get()()


class Wire:
    """One pool of connections to Slack, opened with the first message. Needs a running event loop."""

    def __init__(self) -> None:
        before_a_request = aiohttp.TraceConfig()
        # In spite of its name: the connection stands, and nothing was written to it.
        before_a_request.on_request_headers_sent.append(_look)
        self._session = aiohttp.ClientSession(
            timeout=LAST_RESORT,
            response_class=_Bounded,
            middlewares=(_no_redirects,),
            trace_configs=[before_a_request],
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"Accept-Encoding": "identity"},
            trust_env=True,
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

    async def post_webhook(self, url: str, message: SlackMessage) -> str:
        """Post to an incoming webhook: only status 200 with the body `ok` is a yes. Raises CallFailed.

        Answers nothing: a webhook does not tell where the message stands.
        """
        client = AsyncWebhookClient(url, session=self._session, logger=_SILENT, retry_handlers=[])
        client.proxy = None  # the session knows NO_PROXY, the SDK does not
        try:
            answer = await client.send(
                text=message.text, blocks=message.blocks, unfurl_links=False, unfurl_media=False
            )
        except WatcherError:
            raise
        except Exception as error:  # noqa: BLE001 - the SDK leaks what its parsing stumbles over
            raise _unanswered(error) from None
        if answer.status_code != _OK:
            raise _refused(answer.status_code, answer.headers, answer.body)
        if answer.body.strip() != "ok":
            raise _not_ok(answer.body)
        return ""

    async def post_message(
        self, base_url: str, token: str, to: str, message: SlackMessage, thread: str
    ) -> str:
        """Post as the bot: only `"ok": true` is a yes. Raises CallFailed.

        Answers the message's own `ts`. With a `thread` (the `ts` of its first message) it stands there,
        and in the channel as well: a reminder that only a thread shows reminds nobody.
        """
        client = AsyncWebClient(token, base_url, session=self._session, logger=_SILENT, retry_handlers=[])
        client.proxy = None
        try:
            answer = await client.chat_postMessage(
                channel=to,
                text=message.text,
                blocks=message.blocks,
                unfurl_links=False,
                unfurl_media=False,
                thread_ts=thread or None,
                reply_broadcast=True if thread else None,
            )
        except SlackApiError as error:
            raise _api_error(error.response) from None
        except WatcherError:
            raise
        except Exception as error:  # noqa: BLE001 - the SDK leaks what its parsing stumbles over
            raise _unanswered(error) from None
        ts = answer.get("ts")
        return ts if isinstance(ts, str) else ""


def _unanswered(error: Exception) -> CallFailed:
    """What an exception means; its text may hold the URL, so only its type is told."""
    name = type(error).__name__
    if isinstance(error, TimeoutError):
        return CallFailed(Api.SLACK, Kind.TIMEOUT, f"no answer in time ({name})")
    if isinstance(error, aiohttp.ClientError | OSError):
        return CallFailed(Api.SLACK, Kind.UNAVAILABLE, f"no answer ({name})")
    # The SDK stumbles over answers that are not what it expects: text for JSON, a list for an object.
    return CallFailed(Api.SLACK, Kind.MALFORMED, f"an answer that is not Slack's ({name})")


def _refused(status: int, headers: Mapping[str, Any], body: str) -> CallFailed:
    said = _word(body)
    if status == _TOO_MANY:
        wait = parse_retry_after(headers.get("Retry-After", ""))
        return CallFailed(Api.SLACK, Kind.RATE_LIMIT, "too many messages", retry_after=wait, status=status)
    if status >= _SERVER_ERROR or status == _REQUEST_TIMEOUT:
        wait = parse_retry_after(headers.get("Retry-After", ""))
        return CallFailed(
            Api.SLACK, Kind.UNAVAILABLE, f"status {status}{said}", retry_after=wait, status=status
        )
    if status == _BAD_REQUEST and body.strip() not in _WEBHOOK_REFUSALS:
        return BlocksRefused(f"status 400{said}", status)
    return CallFailed(Api.SLACK, Kind.REFUSED, f"status {status}{said}", status=status)


def _api_error(response: Any) -> CallFailed:
    """`response` is the SDK's, or aiohttp's own where the body was no JSON."""
    status: int = getattr(response, "status_code", None) or response.status
    said = getattr(response, "data", None)
    word = said.get("error") if isinstance(said, dict) else None
    if status != _OK:
        return _refused(status, response.headers, word if isinstance(word, str) else "")
    if not isinstance(word, str):
        return CallFailed(Api.SLACK, Kind.MALFORMED, "status 200 without ok", status=status)
    return _said_no(word, status, parse_retry_after(response.headers.get("Retry-After", "")))


def _said_no(word: str, status: int, wait: float | None = None) -> CallFailed:
    """What the `error` beside `"ok": false` means."""
    if word in _LIMITED:
        return CallFailed(Api.SLACK, Kind.RATE_LIMIT, word, retry_after=wait, status=status)
    if word in _BAD_MESSAGE:
        return BlocksRefused(f"Slack says {word}", status)
    if word in _NO_THREAD:
        return ThreadLost(f"Slack says {word}", status)
    kind = Kind.UNAVAILABLE if word in _BUSY else Kind.REFUSED
    return CallFailed(Api.SLACK, kind, f"Slack says{_word(word)}", status=status)


def _not_ok(body: str) -> CallFailed:
    """A webhook's 200 whose body is not `ok`: Slack's own refusal where it is one, else a stranger's."""
    word = body.strip()
    if word.startswith("{"):
        try:
            said = json.loads(word)
        except ValueError:
            said = {}
        word = said.get("error", "") if said.get("ok") is False else ""
        if isinstance(word, str) and word:
            return _said_no(word, _OK)
    if word in _WEBHOOK_REFUSALS or word in _BAD_MESSAGE:
        return _said_no(word, _OK)
    return CallFailed(Api.SLACK, Kind.UNAVAILABLE, "status 200 without ok", status=_OK)


def _word(body: str) -> str:
    """Slack's errors are one word; anything else is not repeated."""
    body = body.strip()
    return f" {body}" if body.isidentifier() and body.isascii() and len(body) <= 80 else ""  # noqa: PLR2004 - a word
