"""The plans in config.toml: read, and refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.config.reading import read, refused
from watcher.config import ConfigRefused, load_settings, usable_settings
from watcher.core.plans import Plan, Plans
from watcher.core.times import HOUR, MINUTE, Seconds

STRIPE = '[stripe]\napi_key = "sk_test_canary"\nwebhook_secret = "whsec_canary"\n'


def test_without_plans_nothing_is_limited() -> None:
    assert read("").paid_plans == Plans()
    assert read("[plans]").paid_plans == Plans()


def test_plans_are_read_in_their_order() -> None:
    settings = read(
        f'{STRIPE}[http]\npublic_url = "https://watcher.example.com/"\n[plans]\n'
        'plus = { watches = 50, min_every = "5m", scans = 100, price_id = "price_1" }\n'
        'free = { watches = 5, min_every = "1h" }\n'
    )
    plus = Plan("plus", 50, Seconds(5 * MINUTE), 100, "price_1")
    assert settings.paid_plans == Plans((plus, Plan("free", 5, HOUR)), "https://watcher.example.com")


def test_a_plan_may_be_a_section_and_have_no_limit() -> None:
    plans = read(f'{STRIPE}[plans.plus]\nprice_id = "price_1"\n[plans.free]\n').paid_plans
    assert plans.all == (Plan("plus", price_id="price_1"), Plan("free"))


@pytest.mark.parametrize(
    ("plans", "why"),
    [
        ("free = {}\nlow = {}", '[plans] "free" and "low" both have no price_id; only one plan can be'),
        ('a = {price_id = "p"}\nb = {price_id = "p"}', '[plans] "a" and "b" have the same price_id.'),
        ('"a b" = {}', '[plans] "a b" is not a plan\'s name: use a letter, then at most 31'),
        ("None = {}", '[plans] "None" is reserved.'),
        ("free = { watchs = 5 }", '[plans.free] has no key "watchs"; did you mean "watches"?'),
        ("free = { watches = -1 }", "[plans.free] watches must be a whole number, 0 or more, not -1."),
        ('free = { scans = "5" }', '[plans.free] scans must be a whole number, 0 or more, not "5".'),
        ('free = { min_every = "0s" }', "[plans.free] min_every must be a duration above 0"),
        ("free = 5", "[plans.free] must be a section, not a value."),
    ],
)
def test_a_wrong_plan_is_refused_by_its_name(plans: str, why: str) -> None:
    (problem,) = refused(f"{STRIPE}[plans]\n{plans}")
    assert problem.startswith(f"config.toml: {why}")


@pytest.mark.parametrize("key", ["api_key", "webhook_secret"])
def test_a_plan_with_a_price_needs_stripe(key: str) -> None:
    stripe = "".join(line for line in STRIPE.splitlines(keepends=True) if not line.startswith(key))
    message = refused(f'{stripe}[plans]\nplus = {{ price_id = "price_1" }}')
    assert message == (f'config.toml: [plans] "plus" has a price_id, so it needs {key} in [stripe].',)


def test_the_environment_sets_the_keys_of_plans() -> None:
    plans = read("[plans]\nfree = {}", {"WATCHER_PLANS__FREE__WATCHES": "7"}).paid_plans
    assert plans.free == Plan("free", 7)
    (problem,) = refused("", {"WATCHER_PLANS__FREE": "7"})
    assert "WATCHER_PLANS__FREE is a section" in problem


def test_a_refused_plan_leaves_the_rest_usable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "watcher.db").touch()
    file = tmp_path / "config.toml"
    file.write_text('[database]\nurl = "sqlite:///watcher.db"\n[plans]\nplus = { price_id = "price_1" }')
    with pytest.raises(ConfigRefused) as caught:
        load_settings(file, {})
    kept = usable_settings(file, {}, caught.value)
    assert (kept.paid_plans, len(kept.problems)) == (Plans(), 1)
