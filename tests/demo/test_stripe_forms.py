"""Stripe's form-encoded requests, and the parameters that the stand-in knows."""

from __future__ import annotations

from typing import Any

import pytest
from stripe import params

from tests.demo.stripe_calls import StripeOutside
from watcher.demo.stripe.cards import Card, read_card
from watcher.demo.stripe.forms import read_form


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([("a", "1"), ("b", "")], {"a": "1", "b": ""}),
        ([("a[b]", "1"), ("a[c][d]", "2")], {"a": {"b": "1", "c": {"d": "2"}}}),
        ([("a[0][p]", "1"), ("a[1][p]", "2")], {"a": [{"p": "1"}, {"p": "2"}]}),
        ([("a[10]", "k"), ("a[2]", "c")], {"a": ["c", "k"]}),
        ([("a[]", "1"), ("a[]", "2")], {"a": ["1", "2"]}),
    ],
)
def test_names_spell_out_objects_and_lists(pairs: list[tuple[str, str]], expected: dict[str, Any]) -> None:
    assert read_form(pairs) == expected


@pytest.mark.parametrize(
    "pairs",
    [
        [("a", "1"), ("a", "2")],
        [("a", "1"), ("a[b]", "2")],
        [("a[b]", "1"), ("a", "2")],
        [("a[b", "1")],
        [("", "1")],
        [("[a]", "1")],
    ],
)
def test_a_contradictory_form_is_refused(pairs: list[tuple[str, str]]) -> None:
    with pytest.raises(ValueError, match=r"parameter|twice|value and an object"):
        read_form(pairs)


async def test_a_broken_form_is_400(paying: StripeOutside) -> None:
    url = paying.server.url + "/stripe/v1/customers"
    headers = {"Authorization": f"Bearer {paying.stand_in.api.key}"}
    assert paying.stand_in.api.key.startswith("sk_test_")
    for body in (b"email", b"a[b=1", b"metadata=1", b"\xff=1", b"expand=x", b"email[0]=x"):
        answer = await paying.call(paying.post, url, body, headers)
        assert (answer.status_code, answer.json()["error"]["type"]) == (400, "invalid_request_error"), body


async def test_basic_authentication_is_accepted_as_well(paying: StripeOutside) -> None:
    url = paying.server.url + "/stripe/v1/customers"
    assert (await paying.call(paying.post, url, b"", {}, (paying.stand_in.api.key, ""))).status_code == 200
    assert (await paying.call(paying.post, url, b"", {"Authorization": "Basic ?"})).status_code == 401
    refused = await paying.call(paying.post, url, b"", {})
    assert (refused.status_code, "did not provide" in refused.text) == (401, True)


async def test_a_key_does_not_depend_on_the_order_of_parameters(paying: StripeOutside) -> None:
    url = paying.server.url + "/stripe/v1/customers"
    headers = {"Authorization": f"Bearer {paying.stand_in.api.key}", "Idempotency-Key": "intent-1"}
    first = await paying.call(paying.post, url, b"name=a&email=b%40watcher.test", headers)
    again = await paying.call(paying.post, url, b"email=b%40watcher.test&name=a", headers)
    assert first.json()["id"] == again.json()["id"]


async def test_every_parameter_is_one_of_stripes(paying: StripeOutside) -> None:
    expected = {
        "POST /customers": params.CustomerCreateParams,
        "GET /customers": params.CustomerListParams,
        "GET /customers/search": params.CustomerSearchParams,
        "POST /checkout/sessions": params.checkout.SessionCreateParams,
        "GET /checkout/sessions": params.checkout.SessionListParams,
        "GET /subscriptions": params.SubscriptionListParams,
        "POST /subscriptions/{id}": params.SubscriptionModifyParams,
        "DELETE /subscriptions/{id}": params.SubscriptionCancelParams,
        "POST /billing_portal/sessions": params.billing_portal.SessionCreateParams,
        "GET /prices": params.PriceListParams,
        "GET /invoices": params.InvoiceListParams,
        "GET /events": params.EventListParams,
    }
    found = {f"{one.method} {one.path}": set(one.params) for one in paying.stand_in.api.endpoints}
    assert {name for name, known in found.items() if known} == expected.keys()
    for name, theirs in expected.items():
        assert found[name] <= theirs.__annotations__.keys(), name


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("4242 4242 4242 4242", Card("4242424242424242")),
        ("4000000000000002", "generic_decline"),
        ("4000000000000341", "generic_decline"),
        ("4242424242424241", "incorrect_number"),
        ("", "incorrect_number"),
        ("4" * 20, "incorrect_number"),
    ],
)
def test_a_number_decides_what_a_card_does(number: str, expected: Card | str) -> None:
    assert read_card(number) == expected
