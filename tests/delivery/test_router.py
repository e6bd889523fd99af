"""The router: which channel serves a destination, and which destinations a watch may name."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from tests.channels import FakeChannel, channel_guard_for_tests
from tests.fakes import RecordingMeter
from watcher.adapters.slack.channel import SlackChannel
from watcher.core.errors import InvalidInput
from watcher.delivery.router import Router


class Pager(FakeChannel):
    """A channel with one destination."""

    name = "Pager"

    def is_configured(self, to: str) -> bool:
        return to == "pager"

    def address_help(self) -> str:
        return "pager"

    def destinations(self) -> Sequence[str]:
        return ("pager",)

    ops_destinations = destinations


def slack(*, bot: bool) -> SlackChannel:
    guard = channel_guard_for_tests(RecordingMeter())
    flips = "https://hooks.slack.com/services/T0/B0/flips"
    return SlackChannel(
        guard,
        destinations={"flips": flips, "ops": "#incidents"},
        bot_token="x" * bot,
        base_url="https://slack.com/api",
    )


def refusal(router: Router, to: str) -> str:
    with pytest.raises(InvalidInput) as refused:
        router.check_address(to)
    return str(refused.value)


def test_the_first_channel_that_serves_a_destination_sends_to_it() -> None:
    every, pager = FakeChannel(), Pager()
    assert Router([pager, every]).channel_for("pager") is pager
    assert Router([pager, every]).channel_for("slack") is every
    assert Router([every, pager]).channel_for("pager") is every


def test_the_first_channel_refuses_an_unknown_destination() -> None:
    pager = Pager()
    router = Router([pager, slack(bot=False)])
    assert not router.is_configured("#deals")
    assert router.channel_for("#deals") is pager


def test_names_of_all_channels_are_listed_in_order() -> None:
    router = Router([slack(bot=True), Pager()])
    assert router.destinations() == ["flips", "ops", "pager"]
    assert router.ops_destinations() == ["ops", "flips", "pager"]


def test_a_watch_may_name_a_configured_name_a_channel_or_a_member() -> None:
    router = Router([slack(bot=True), Pager()])
    for to in ("slack", "flips", "#deals", "U012AB3CD", "pager"):
        router.check_address(to)


@pytest.mark.parametrize(
    ("to", "sentence"),
    [
        ("#deals", '"#deals" needs a bot token: set [slack] bot_token.'),
        ("U012AB3CD", '"U012AB3CD" needs a bot token: set [slack] bot_token.'),
        (
            "bob",
            '"bob" is not a destination; use flips, slack, or with a bot token #channel or a member id.',
        ),
        (
            "ops",
            '"ops" is not a destination; use flips, slack, or with a bot token #channel or a member id.',
        ),
    ],
)
def test_a_destination_that_no_watch_may_name_is_refused_in_one_sentence(to: str, sentence: str) -> None:
    assert refusal(Router([slack(bot=False)]), to) == sentence


def test_the_refusal_names_the_addresses_of_every_channel() -> None:
    sentence = refusal(Router([slack(bot=False), Pager()]), "bob")
    assert sentence.endswith("slack, or with a bot token #channel or a member id, or pager.")


def test_a_webhook_url_is_refused_and_never_repeated() -> None:
    sentence = refusal(Router([slack(bot=False)]), "https://hooks.slack.com/services/T0/B0/secret")
    assert "secret: put it into config.toml" in sentence
    assert "T0" not in sentence
