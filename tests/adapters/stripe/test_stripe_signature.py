"""Signatures of events: exactly those of the last five minutes that Stripe's library makes are accepted."""

from __future__ import annotations

import time

import pytest
import stripe
from hypothesis import given
from hypothesis import strategies as st

from tests.adapters.stripe.account import AT, SECRET, event, signature, subscription
from watcher.adapters.stripe.signature import is_signed
from watcher.core.times import Instant

BODY = event("customer.subscription.updated", subscription())
NOW = Instant(float(AT))
GOOD = signature(BODY)
V1, OLD = GOOD.partition(",v1=")[2], "5257a869e7ecebeda32affa62cdca3fa51cad7e77a0e56ff536d0ce8e108d8bd"

TABLE = {
    "as it is sent": (GOOD, True),
    "with spaces": (GOOD.replace(",", ", "), True),
    "with the scheme of test events": (f"{GOOD},v0={OLD}", True),
    "while the secret is replaced": (f"t={AT},v1={OLD},v1={V1}", True),
    "and in the other order": (f"{GOOD},v1={OLD}", True),
    "300 s old": (signature(BODY, AT - 300), True),
    "301 s old": (signature(BODY, AT - 301), False),
    "300 s ahead": (signature(BODY, AT + 300), True),
    "301 s ahead": (signature(BODY, AT + 301), False),
    "of another body": (signature(BODY + b" "), False),
    "of another secret": (signature(BODY, secret="whsec_another"), False),
    "of another time": (GOOD.replace(f"t={AT}", f"t={AT + 1}"), False),
    "of a wrong scheme": (signature(BODY, scheme="v0"), False),
    "in capitals": (f"t={AT},v1={V1.upper()}", False),
    "cut short": (GOOD[:-1], False),
    "without a time": (f"v1={V1}", False),
    "with two times": (f"t={AT},{GOOD}", False),
    "with a negative time": (f"t=-{AT},v1={V1}", False),
    "with a time of other digits": (f"t=١٢٣,v1={V1}", False),
    "with a fraction": (f"t={AT}.0,v1={V1}", False),
    "with letters of other scripts": (f"t={AT},v1={'é' * 64}", False),
    "empty": ("", False),
    "too long": (GOOD + ",v1=a" * 1_000, False),
}


@pytest.mark.parametrize("name", TABLE)
def test_a_header_is_accepted_or_not(name: str) -> None:
    header, accepted = TABLE[name]
    assert is_signed(BODY, header, SECRET, NOW) is accepted


def test_without_a_secret_nothing_is_signed() -> None:
    assert not is_signed(BODY, signature(BODY, secret=""), "", NOW)


@given(
    text=st.text(min_size=1).filter(lambda text: text.isprintable()),
    secret=st.text("abc=_", min_size=1),
    scheme=st.sampled_from(["v1", "v0"]),
    forged=st.booleans(),
)
def test_stripes_own_library_agrees(*, text: str, secret: str, scheme: str, forged: bool) -> None:
    """Stripe's library reads the machine's clock, so the event is of now."""
    now = time.time()
    header = signature(text.encode(), now, secret, scheme)
    payload = f"{text}x" if forged else text
    try:
        accepted = stripe.WebhookSignature.verify_header(payload, header, secret, 300)
    except stripe.SignatureVerificationError:
        accepted = False
    assert (
        is_signed(payload.encode(), header, secret, Instant(now))
        is accepted
        is (scheme == "v1" and not forged)
    )


def test_stripes_library_reads_the_events_of_these_tests() -> None:
    now = time.time()
    found = stripe.Webhook.construct_event(BODY, signature(BODY, now), SECRET)  # type: ignore[no-untyped-call]
    assert found.data.object["items"].data[0].price.id == "price_gold"
