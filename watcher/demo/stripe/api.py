"""The HTTP side of Stripe's API: keys, forms, idempotency, expansion, versions, request ids."""

from __future__ import annotations

import asyncio
import base64
import binascii
import copy
import json
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from watcher.demo.stripe.account import StripeAccount
from watcher.demo.stripe.endpoints import StripeEndpoint
from watcher.demo.stripe.errors import StripeRefused, param_unknown, wrong_key
from watcher.demo.stripe.forms import read_form
from watcher.demo.stripe.idempotency import IdempotencyKeys
from watcher.demo.stripe.shapes import DEMO_STRIPE_VERSION, in_version, make_list
from watcher.demo.stripe.state import StripeObject

DEMO_STRIPE_KEY = "sk_test_demo00000000000000000000"
_STATUS_SERVER_ERROR = 500
# Parameters that are objects or lists; all others are strings.
_NESTED = frozenset(
    {
        "automatic_tax",
        "cancellation_details",
        "created",
        "custom_text",
        "customer_update",
        "expand",
        "flow_data",
        "items",
        "line_items",
        "metadata",
        "phone_number_collection",
        "saved_payment_method_options",
        "subscription_data",
        "tax_id_collection",
        "types",
    }
)
_EXPANDABLE = ("customer", "subscription", "latest_invoice", "invoice", "product")


class StripeApi:
    """All endpoints below `/v1`.

    `refusals` are errors that the next requests get instead of being carried out, in that order; those that
    are kept wait for a request with an idempotency key, and are sent again for it, as Stripe does with its
    status 500. `thinking_seconds`
    is how long carrying out a request takes, of a real clock.
    """

    def __init__(self, account: StripeAccount, endpoints: Sequence[StripeEndpoint]) -> None:
        self.key = DEMO_STRIPE_KEY
        self.keys = IdempotencyKeys(account.clock)
        self.refusals: deque[StripeRefused] = deque()
        self.thinking_seconds = 0.0
        self._account, self._state = account, account.state
        self.endpoints = endpoints
        self._requests = 0

    def routes(self, root: str) -> list[web.RouteDef]:
        """Return the routes of all endpoints; any other address below `/v1` is refused as Stripe does."""
        routes = [
            web.route(one.method, f"{root}/v1{one.path}", self._handler_of(one)) for one in self.endpoints
        ]
        return [*routes, web.route("*", root + "/v1/{rest:.*}", self._unknown)]

    def _handler_of(self, endpoint: StripeEndpoint) -> Callable[[web.Request], Any]:
        async def handle(request: web.Request) -> web.Response:
            return await self._answer(request, endpoint)

        return handle

    async def _unknown(self, request: web.Request) -> web.Response:
        return await self._answer(request, None)

    async def _answer(self, request: web.Request, endpoint: StripeEndpoint | None) -> web.Response:
        self._requests += 1
        headers = {
            "Request-Id": f"req_{self._requests:014d}",
            "Stripe-Version": request.headers.get("Stripe-Version", DEMO_STRIPE_VERSION),
        }
        key = request.headers.get("Idempotency-Key", "") if request.method == "POST" else ""
        if key:
            headers["Idempotency-Key"] = key
        try:
            answer = await self._carry_out(request, endpoint, key, headers)
        except StripeRefused as refused:
            answer = refused.response()
        for name, value in headers.items():
            answer.headers.setdefault(name, value)
        return answer

    async def _carry_out(
        self, request: web.Request, endpoint: StripeEndpoint | None, key: str, headers: dict[str, str]
    ) -> web.Response:
        self._check_key(request)
        if endpoint is None:
            path = "/v1/" + request.match_info["rest"]
            message = f"Unrecognized request URL ({request.method}: {path})."
            raise StripeRefused(404, message)
        sent = request.query_string if request.method == "GET" else await _read_text(request)
        params = _read_params(sent, endpoint)
        expand = params.pop("expand", [])
        if not key:
            return await self._execute(request, endpoint, params, expand, headers)
        asked = (request.path, json.dumps([params, expand], sort_keys=True))
        known = self.keys.begin(key, asked, headers["Request-Id"])
        if known is not None:
            again = {**known.headers, "Idempotent-Replayed": "true", "Original-Request": known.request_id}
            return web.Response(status=known.status, body=known.body, headers=again)
        return await self._execute_once(key, request, endpoint, params, expand, headers)

    async def _execute_once(
        self,
        key: str,
        request: web.Request,
        endpoint: StripeEndpoint,
        params: StripeObject,
        expand: list[str],
        headers: dict[str, str],
    ) -> web.Response:
        """Carry out the first request of an idempotency key, and keep its answer.

        The request may be cancelled while it is carried out: then the key is free again.
        """
        is_kept = False
        try:
            answer = await self._execute(request, endpoint, params, expand, headers)
            is_kept = True
        except StripeRefused as refused:
            is_kept = refused.is_kept
            answer = refused.response()
        finally:
            if not is_kept:
                self.keys.free(key)
        if is_kept:
            if answer.status >= _STATUS_SERVER_ERROR:
                answer.headers["Stripe-Should-Retry"] = "false"
            kept = {**answer.headers, "Content-Type": "application/json"}
            self.keys.keep(key, answer.status, bytes(answer.body or b""), kept)  # type: ignore[arg-type]
        return answer

    async def _execute(
        self,
        request: web.Request,
        endpoint: StripeEndpoint,
        params: StripeObject,
        expand: list[str],
        headers: dict[str, str],
    ) -> web.Response:
        if self.thinking_seconds:
            await asyncio.sleep(self.thinking_seconds)
        if self.refusals and ("Idempotency-Key" in headers or not self.refusals[0].is_kept):
            raise self.refusals.popleft()
        self._account.pass_time()
        self._state.request = {
            "id": headers["Request-Id"],
            "idempotency_key": headers.get("Idempotency-Key"),
        }
        try:
            result = endpoint.answer(params, *request.match_info.values())
        finally:
            self._state.request = {"id": None, "idempotency_key": None}
        result = copy.deepcopy(result)
        for path in expand:
            self._expand(result, path.split("."))
        return web.json_response(in_version(result, headers["Stripe-Version"]))

    def _check_key(self, request: web.Request) -> None:
        given = request.headers.get("Authorization", "")
        scheme, _, key = given.partition(" ")
        if scheme == "Basic":
            try:
                key = base64.b64decode(key, validate=True).decode().rstrip(":")
            except (binascii.Error, UnicodeDecodeError):
                key = "invalid"
        if key != self.key:
            raise wrong_key(key)

    def _expand(self, value: Any, path: list[str]) -> None:
        """Replace ids by the objects that they name."""
        if isinstance(value, list):
            for one in value:
                self._expand(one, path)
            return
        if not isinstance(value, dict) or not path:
            return
        name, rest = path[0], path[1:]
        if name == "line_items" and value.get("object") == "checkout.session":
            value[name] = self._line_items(value)
        elif isinstance(value.get(name), str) and name in _EXPANDABLE:
            value[name] = copy.deepcopy(self._state.objects[value[name]])
        elif name not in value:
            message = f"This property cannot be expanded ({name})."
            raise StripeRefused(400, message, param="expand")
        self._expand(value[name], rest)

    def _line_items(self, session: StripeObject) -> StripeObject:
        price = self._state.objects[self._state.offers[session["id"]].price]
        line = {
            "id": "li_" + session["id"],
            "object": "item",
            "amount_total": price["unit_amount"],
            "currency": price["currency"],
            "price": copy.deepcopy(price),
            "quantity": 1,
        }
        return make_list(f"/v1/checkout/sessions/{session['id']}/line_items", [line])


async def _read_text(request: web.Request) -> str:
    try:
        return (await request.read()).decode()
    except UnicodeDecodeError:
        raise StripeRefused(400, "Invalid request: it is not UTF-8.") from None


def _read_params(sent: str, endpoint: StripeEndpoint) -> StripeObject:
    """Return the parameters. Raises StripeRefused for a broken form and for an unknown parameter."""
    try:
        params = read_form(parse_qsl(sent, keep_blank_values=True, strict_parsing=bool(sent)))
    except ValueError as error:
        raise StripeRefused(400, f"Invalid request: {error}") from None
    for name, value in params.items():
        if name != "expand" and name not in endpoint.params:
            raise param_unknown(name)
        if not isinstance(value, str) and name not in _NESTED:
            raise StripeRefused(400, "Invalid string", param=name)
    if not isinstance(params.get("expand", []), list):
        raise StripeRefused(400, "Invalid array", param="expand")
    return params
