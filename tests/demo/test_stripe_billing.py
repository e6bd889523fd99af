"""The simulated Stripe's payments as time passes, and the webhooks about them."""

from __future__ import annotations

import pytest
import stripe

from tests.demo.stripe_calls import Receiver, StripeOutside, receiving
from watcher.core.times import DAY, HOUR
from watcher.demo.stripe.cards import FAILS_LATER, GOOD_CARD
from watcher.demo.stripe.errors import StripeRefused
from watcher.demo.stripe.webhooks import DEMO_WEBHOOK_SECRET

DECLINED = "4000000000000002"
MONTH = 31 * DAY  # July, in which the clock begins


def kinds(receiver: Receiver) -> list[str]:
    return [event.type for event in receiver.events()]


async def test_a_payment_is_one_charge_and_its_events_come_in_order(paying: StripeOutside) -> None:
    await paying.subscribed()
    assert [charge.decline_code for charge in paying.stand_in.state.charges] == [""]
    assert paying.types() == [
        "customer.created",
        "customer.subscription.created",
        "invoice.created",
        "invoice.finalized",
        "invoice.paid",
        "invoice.payment_succeeded",
        "customer.subscription.updated",
        "checkout.session.completed",
    ]


async def test_a_declined_card_leaves_the_session_open(paying: StripeOutside) -> None:
    session = await paying.session((await paying.customer()).id)
    with pytest.raises(StripeRefused, match="declined"):
        paying.stand_in.pay(session.id, DECLINED)
    assert paying.stand_in.state.paid() == []
    assert paying.stand_in.pay(session.id)["status"] == "active"
    assert len(paying.stand_in.state.paid()) == 1


async def test_a_paid_session_cannot_be_paid_again(paying: StripeOutside) -> None:
    session = await paying.session((await paying.customer()).id)
    paying.stand_in.pay(session.id)
    with pytest.raises(StripeRefused, match="complete"):
        paying.stand_in.pay(session.id)
    assert len(paying.stand_in.state.paid()) == 1


async def test_a_subscription_is_renewed_every_month(paying: StripeOutside) -> None:
    subscription = await paying.subscribed()
    paying.wait(3 * MONTH)
    assert [charge.amount for charge in paying.stand_in.state.paid()] == [900] * 4
    assert subscription["status"] == "active"


async def test_a_failed_payment_is_repeated_and_then_ends_the_subscription(paying: StripeOutside) -> None:
    subscription = await paying.subscribed()
    paying.stand_in.change_card(subscription["customer"], FAILS_LATER)
    paying.wait(MONTH)
    assert subscription["status"] == "past_due"
    paying.wait(3 * DAY + 5 * DAY)
    assert subscription["status"] == "past_due"
    paying.wait(7 * DAY)
    assert (subscription["status"], subscription["ended_at"]) == ("canceled", int(paying.time[0]))
    assert [charge.decline_code for charge in paying.stand_in.state.charges[1:]] == ["generic_decline"] * 4
    assert paying.types()[-2:] == ["invoice.payment_failed", "customer.subscription.deleted"]


async def test_another_card_pays_what_is_due(paying: StripeOutside) -> None:
    subscription = await paying.subscribed()
    paying.stand_in.change_card(subscription["customer"], FAILS_LATER)
    paying.wait(MONTH)
    paying.stand_in.change_card(subscription["customer"], GOOD_CARD)
    assert subscription["status"] == "active"
    paying.wait(20 * DAY)
    assert len(paying.stand_in.state.paid()) == 2


async def test_a_subscription_can_stay_unpaid_after_the_last_attempt(paying: StripeOutside) -> None:
    paying.stand_in.billing.after_retries = "unpaid"
    subscription = await paying.subscribed()
    paying.stand_in.change_card(subscription["customer"], FAILS_LATER)
    paying.wait(MONTH + 15 * DAY)
    assert subscription["status"] == "unpaid"


@pytest.mark.parametrize(("mode", "at_period_end"), [("flexible", False), ("classic", True)])
async def test_the_portal_cancels_at_the_end_of_the_period(
    paying: StripeOutside, mode: str, *, at_period_end: bool
) -> None:
    paying.stand_in.billing.billing_mode = mode
    subscription = await paying.subscribed()
    end = subscription["items"]["data"][0]["current_period_end"]
    paying.stand_in.billing.cancel_later(subscription, paying.stand_in.now)
    assert (subscription["cancel_at"], subscription["cancel_at_period_end"]) == (end, at_period_end)
    paying.wait(MONTH - 1)
    assert subscription["status"] == "active"
    paying.wait(1)
    assert (subscription["status"], subscription["ended_at"]) == ("canceled", end)
    assert len(paying.stand_in.state.paid()) == 1


async def test_a_dearer_plan_is_billed_with_the_next_renewal(paying: StripeOutside) -> None:
    subscription = await paying.subscribed()
    paying.wait(MONTH / 2)
    dealer = paying.stand_in.state.objects["price_dealer"]
    paying.stand_in.billing.change_price(subscription, dealer, paying.stand_in.now)
    paying.wait(MONTH / 2)
    assert [charge.amount for charge in paying.stand_in.state.paid()] == [900, 2900 + 1000]


async def test_webhooks_have_a_signature_that_stripes_library_accepts(paying: StripeOutside) -> None:
    async with receiving() as receiver:
        paying.stand_in.webhooks.url = receiver.url
        paying.stand_in.webhooks.hold()
        await paying.subscribed()
        assert await paying.stand_in.webhooks.deliver() == [200] * 4
        assert kinds(receiver) == [
            "customer.subscription.created",
            "invoice.paid",
            "customer.subscription.updated",
            "checkout.session.completed",
        ]
        updated = receiver.events()[2]
        assert (updated.data.object.status, updated.data.previous_attributes["status"]) == (
            "active",
            "incomplete",
        )


async def test_webhooks_are_sent_by_themselves(paying: StripeOutside) -> None:
    async with receiving() as receiver:
        paying.stand_in.webhooks.url = receiver.url
        await paying.subscribed()
        await paying.call(paying.client.v1.events.list)
        for _ in range(200):
            if len(receiver.received) == 4:
                break
            await paying.call(paying.client.v1.balance.retrieve)
        assert len(kinds(receiver)) == 4


async def test_events_can_be_reordered_duplicated_and_dropped(paying: StripeOutside) -> None:
    webhooks = paying.stand_in.webhooks
    async with receiving() as receiver:
        webhooks.url = receiver.url
        webhooks.hold()
        await paying.subscribed()
        created, _, updated, completed = webhooks.pending
        webhooks.pending = [completed, updated, updated, created]
        assert await webhooks.deliver() == [200] * 4
        assert kinds(receiver) == [one.event["type"] for one in (completed, updated, updated, created)]
        assert len({event.id for event in receiver.events()}) == 3


async def test_an_event_is_repeated_until_it_is_accepted(paying: StripeOutside) -> None:
    webhooks = paying.stand_in.webhooks
    async with receiving() as receiver:
        webhooks.url, webhooks.enabled = receiver.url, {"checkout.session.completed"}
        webhooks.hold()
        await paying.subscribed()
        receiver.answer = 500
        assert await webhooks.deliver() == [500]
        assert await webhooks.deliver() == []
        paying.wait(HOUR)
        receiver.answer = 200
        assert await webhooks.deliver() == [200]
        assert webhooks.pending == []
        first, second = receiver.events()
        assert first.id == second.id
        assert receiver.received[0][1] != receiver.received[1][1]


async def test_stripe_gives_up_after_three_days(paying: StripeOutside) -> None:
    webhooks = paying.stand_in.webhooks
    webhooks.url, webhooks.enabled = "http://127.0.0.1:1/", {"checkout.session.completed"}
    webhooks.hold()
    await paying.subscribed()
    while webhooks.pending:
        assert await webhooks.deliver() == [0]
        paying.wait(12 * HOUR)
    assert len(webhooks.given_up) == 1
    assert len(webhooks.attempts) == 7


@pytest.mark.parametrize(
    "forged",
    [
        {"secret": "whsec_another"},
        {"body": "{}"},
        {"signature": "t=1,v1=00"},
        {"signature": "nonsense"},
        {"at": 1_000_000_000},
    ],
    ids=lambda forged: next(iter(forged)),
)
async def test_a_forged_event_is_refused_by_stripes_library(paying: StripeOutside, forged: dict) -> None:  # type: ignore[type-arg]
    async with receiving() as receiver:
        paying.stand_in.webhooks.url = receiver.url
        paying.stand_in.webhooks.hold()
        await paying.subscribed()
        await paying.stand_in.webhooks.send(paying.stand_in.state.events[-1], **forged)
        body, signature = receiver.received[0]
        with pytest.raises(stripe.SignatureVerificationError):
            stripe.Webhook.construct_event(body, signature, DEMO_WEBHOOK_SECRET)


async def test_two_secrets_sign_while_one_is_replaced(paying: StripeOutside) -> None:
    webhooks = paying.stand_in.webhooks
    async with receiving() as receiver:
        webhooks.url, webhooks.secrets = receiver.url, ["whsec_new", DEMO_WEBHOOK_SECRET]
        webhooks.hold()
        await paying.subscribed()
        await webhooks.deliver()
        assert len(receiver.events()) == 4
        assert receiver.received[0][1].count("v1=") == 2
