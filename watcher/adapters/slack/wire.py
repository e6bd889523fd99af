"""Post to Slack with its SDK, and classify each reply."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from watcher.adapters.outbound.fair_timeout import FairTimeout
from watcher.adapters.outbound.proxy import describe_proxy_failure, proxy_middlewares
from watcher.adapters.outbound.refusals import describe_status, is_redirect, parse_retry_after
from watcher.adapters.slack.blocks import BlocksRefused, SlackMessage, ThreadLost
from watcher.core.errors import Api, CallFailed, Kind, WatcherError
from watcher.core.proxies import ProxyRule
from watcher.core.times import Seconds
from watcher.ports import BEFORE_SEND

# A reply of Slack is a word or a copy of the message; a longer one is from another server.
MAX_REPLY_BYTES = 256 * 1024
# The guard ends an attempt earlier; this is for a caller without a guard. Not aiohttp's `total`: after this
# process stood still, it would throw away an answer that has arrived.
REQUEST_SECONDS = Seconds(60.0)
_CONNECT_TIMEOUT = aiohttp.ClientTimeout(total=None, sock_connect=10)
_OK, _BAD_REQUEST, _TOO_MANY, _SERVER_ERROR = 200, 400, 429, 500
_LONGEST_WORD = 80  # characters of an error of Slack
# Temporary errors. Any other error is a refusal.
_TRANSIENT_ERRORS = frozenset(
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
_RATE_LIMIT_ERRORS = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
# Errors of one message, which say nothing about its destination.
_MESSAGE_ERRORS = frozenset(
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
_THREAD_ERRORS = frozenset(
    {"cannot_reply_to_message", "invalid_thread_ts", "message_not_found", "thread_not_found"}
)
# Slack's errors are words in lower case, joined by underscores: also those that are not listed here.
_SLACK_WORD = re.compile(r"[a-z]+(_[a-z0-9]+)+\Z")
# Refusals of a webhook, which Slack sends with a 4xx. They are refusals even if a proxy changed the status.
_WEBHOOK_ERRORS = frozenset(
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
# The SDK logs URLs, which are secrets here; this logger drops every record.
_SILENT = logging.Logger("slack_sdk", logging.CRITICAL + 1)  # noqa: LOG001 - outside the tree, so that no setting enables it


class _Redirected(Exception):
    """A reply that leads to another address; its status."""


class _BoundedResponse(aiohttp.ClientResponse):
    """A response whose decoded body has at most `MAX_REPLY_BYTES`; a longer one is an error."""

    async def read(self) -> bytes:
        if self._body is None:
            body = bytearray()
            async for piece in self.content.iter_any():
                body += piece
                if len(body) > MAX_REPLY_BYTES:
                    self.close()
                    raise aiohttp.ClientPayloadError("the reply is too long")
            self._body = bytes(body)
        return self._body


async def _refuse_redirects(
    request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    """Raise _Redirected for a redirect: another host must not receive the message or the token."""
    response = await send(request)
    if is_redirect(response.status):
        response.close()
        raise _Redirected(response.status)
    return response


async def _call_before_send(*_: object) -> None:
    BEFORE_SEND.get()()


class Wire:
    """A pool of connections to Slack, through the proxy that the rule names. Needs a running event loop."""

    def __init__(self, proxies: ProxyRule = ProxyRule()) -> None:
        trace = aiohttp.TraceConfig()
        # In spite of its name, aiohttp calls this when the connection is open and nothing was written yet.
        trace.on_request_headers_sent.append(_call_before_send)
        self._session = aiohttp.ClientSession(
            timeout=_CONNECT_TIMEOUT,
            response_class=_BoundedResponse,
            middlewares=(_refuse_redirects, *proxy_middlewares(proxies)),
            trace_configs=[trace],
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"Accept-Encoding": "identity"},
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

    async def post_webhook(self, url: str, message: SlackMessage) -> str:
        """Post to an incoming webhook, which accepts with status 200 and the body `ok`. Raises CallFailed.

        Return an empty string, because a webhook does not report the position of a message.
        """
        client = AsyncWebhookClient(url, session=self._session, logger=_SILENT, retry_handlers=[])
        client.proxy = None  # the SDK reads the environment in its own way
        try:
            async with FairTimeout(REQUEST_SECONDS):
                reply = await client.send(
                    text=message.text, blocks=message.blocks, unfurl_links=False, unfurl_media=False
                )
        except WatcherError:
            raise
        except Exception as error:  # noqa: BLE001 - the SDK raises what its parser raises
            raise _failed_without_reply(error) from None
        if reply.status_code != _OK:
            raise _failed_status(reply.status_code, reply.headers, reply.body)
        if reply.body.strip() != "ok":
            raise _failed_webhook(reply.body)
        return ""

    async def post_message(
        self, base_url: str, token: str, to: str, message: SlackMessage, thread: str
    ) -> str:
        """Post as the bot; return the message's `ts`. Slack accepts with `"ok": true`. Raises CallFailed.

        With `thread`, the `ts` of a first message, the message appears in that thread and in the channel,
        because few people see a reminder that only a thread shows.
        """
        client = AsyncWebClient(token, base_url, session=self._session, logger=_SILENT, retry_handlers=[])
        client.proxy = None
        try:
            async with FairTimeout(REQUEST_SECONDS):
                reply = await client.chat_postMessage(
                    channel=to,
                    text=message.text,
                    blocks=message.blocks,
                    unfurl_links=False,
                    unfurl_media=False,
                    thread_ts=thread or None,
                    reply_broadcast=True if thread else None,
                )
        except SlackApiError as error:
            raise _failed_api_call(error.response) from None
        except WatcherError:
            raise
        except Exception as error:  # noqa: BLE001 - the SDK raises what its parser raises
            raise _failed_without_reply(error) from None
        ts = reply.get("ts")
        return ts if isinstance(ts, str) else ""


def _failed_without_reply(error: Exception) -> CallFailed:
    """Classify an exception. Its text may hold the URL, so the detail has only its type."""
    name = type(error).__name__
    if isinstance(error, _Redirected):
        # Not final: it may come from a gateway on the way. The message waits, and its error says what to do.
        status: int = error.args[0]
        return CallFailed(Api.SLACK, Kind.UNAVAILABLE, describe_status(status), status=status)
    if isinstance(error, TimeoutError):
        return CallFailed(Api.SLACK, Kind.TIMEOUT, f"no reply in time ({name})")
    if isinstance(error, aiohttp.ClientError | OSError):
        words = describe_proxy_failure(error) or "no reply"
        return CallFailed(Api.SLACK, Kind.UNAVAILABLE, f"{words} ({name})")
    # The SDK fails on replies of another type: text instead of JSON, a list instead of an object.
    return CallFailed(Api.SLACK, Kind.MALFORMED, f"the reply is not Slack's ({name})")


def _failed_status(status: int, headers: Mapping[str, Any], body: str) -> CallFailed:
    """Classify a status other than 200. Only Slack's own words refuse a message for good.

    Without them the reply may be that of a gateway or a proxy on the way, which passes.
    """
    error, wait = _error_word(body), parse_retry_after(headers.get("Retry-After", ""))
    if status == _TOO_MANY:
        return CallFailed(Api.SLACK, Kind.RATE_LIMIT, "too many messages", retry_after=wait, status=status)
    detail = f"status {status} {error}" if error else describe_status(status)
    if not _BAD_REQUEST <= status < _SERVER_ERROR or not error or error in _TRANSIENT_ERRORS:
        return CallFailed(Api.SLACK, Kind.UNAVAILABLE, detail, retry_after=wait, status=status)
    if status == _BAD_REQUEST and error not in _WEBHOOK_ERRORS:
        return BlocksRefused(detail, status)
    return CallFailed(Api.SLACK, Kind.REFUSED, detail, status=status)


def _failed_api_call(response: Any) -> CallFailed:
    """Classify a reply of the Web API. `response` is aiohttp's own if the body was not JSON."""
    status: int = getattr(response, "status_code", None) or response.status
    data = getattr(response, "data", None)
    error = data.get("error") if isinstance(data, dict) and data.get("ok") is False else None
    if status != _OK:
        return _failed_status(status, response.headers, error if isinstance(error, str) else "")
    if not isinstance(error, str):
        return CallFailed(Api.SLACK, Kind.MALFORMED, "status 200 without ok", status=status)
    return _failed_by_error(error, status, parse_retry_after(response.headers.get("Retry-After", "")))


def _failed_by_error(error: str, status: int, wait: float | None = None) -> CallFailed:
    """Classify the `error` of a reply with `"ok": false`."""
    if error in _RATE_LIMIT_ERRORS:
        return CallFailed(Api.SLACK, Kind.RATE_LIMIT, error, retry_after=wait, status=status)
    if error in _MESSAGE_ERRORS:
        return BlocksRefused(f"Slack says {error}", status)
    if error in _THREAD_ERRORS:
        return ThreadLost(f"Slack says {error}", status)
    kind = Kind.UNAVAILABLE if error in _TRANSIENT_ERRORS else Kind.REFUSED
    return CallFailed(Api.SLACK, kind, f"Slack says {_error_word(error) or 'no'}", status=status)


def _failed_webhook(body: str) -> CallFailed:
    """Classify a webhook's reply with status 200 whose body is not `ok`; it may be another server's."""
    error = body.strip()
    if error.startswith("{"):
        try:
            reply = json.loads(error)
        except ValueError:
            reply = {}
        error = reply.get("error", "") if reply.get("ok") is False else ""
        if isinstance(error, str) and error:
            return _failed_by_error(error, _OK)
    if error in _WEBHOOK_ERRORS or error in _MESSAGE_ERRORS:
        return _failed_by_error(error, _OK)
    return CallFailed(Api.SLACK, Kind.UNAVAILABLE, "status 200 without ok", status=_OK)


def _error_word(body: str) -> str:
    """Return Slack's error, which is one word; empty if the text is not Slack's, so it is never repeated."""
    text = body.strip()
    first = text[:_LONGEST_WORD].partition(" ")[0]
    if first in _WEBHOOK_ERRORS or first in _MESSAGE_ERRORS or first in _RATE_LIMIT_ERRORS:
        return first
    return text if len(text) <= _LONGEST_WORD and _SLACK_WORD.match(text) else ""
