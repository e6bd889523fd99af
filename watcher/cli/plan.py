"""`watcher plan list` and `show`: what plans allow, the plan of each user, and what is used of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from watcher.accounts.people import find_user
from watcher.accounts.plan_use import PlanUse, plan_use, plan_view, use_view
from watcher.cli.printing import print_json, print_table, say, time_words
from watcher.cli.runner import app_command
from watcher.core.people import MissingUser
from watcher.core.plans import NO_PLAN, UNLIMITED
from watcher.core.times import in_words, iso
from watcher.core.tokens import LOCAL

if TYPE_CHECKING:
    from watcher.core.plans import Plan
    from watcher.runtime import App

_NO_PLANS = "No plans are configured, so nothing is limited; [plans] in config.toml sets limits."


@app_command("list", database_only=True)
async def list_plans(app: App, as_json: bool) -> None:
    """List the plans of the configuration, and how many users have each."""
    plans = app.stores.plan_limits.plans.all
    held = app.stores.plan_limits.count_users().users
    if as_json:
        print_json({"plans": [plan_view(plan) | {"users": held.get(plan.name, 0)} for plan in plans]})
        return
    if not plans:
        say(_NO_PLANS)
        return
    named = {plan.name for plan in plans}
    others = [plan for plan in (NO_PLAN, UNLIMITED) if plan.name in held and plan.name not in named]
    rows = [(*_plan_row(plan), plan.price_id, held.get(plan.name, 0)) for plan in (*plans, *others)]
    columns = ("plan", "watches", "shortest interval", "scans a month", "price", "users")
    print_table("", columns, rows, "watches users")


@app_command("show", database_only=True)
@click.argument("user", default=LOCAL)
async def show_plan(app: App, user: str, as_json: bool) -> None:
    """Show the plan of USER, by default `local`, and what is used of it."""
    found = find_user(app.stores, user)
    if found is None and user != LOCAL:
        raise MissingUser(user)
    use = plan_use(app.stores, found.name if found else LOCAL, app.clock.now())
    if as_json:
        print_json(use_view(use))
    elif not app.stores.plan_limits.plans.all:
        say(_NO_PLANS)
    else:
        _print_use(use)


def _plan_row(plan: Plan) -> tuple[object, ...]:
    none = "no limit"
    return (
        plan.name,
        none if plan.watches is None else plan.watches,
        none if plan.min_every is None else in_words(plan.min_every),
        none if plan.scans is None else plan.scans,
    )


def _print_use(use: PlanUse) -> None:
    _, watches, interval, scans = _plan_row(use.plan)
    paid = use.subscription
    fields = {
        "plan": f"{use.plan.name}{' (an admin)' if use.admin else ''}",
        "watches": f"{use.watches_used} of {watches}" if use.plan.watches is not None else use.watches_used,
        "paused by plan": use.over_plan or "",
        "shortest interval": interval,
        "scans": f"{use.scans_used} of {scans}, again from {time_words(iso(use.scans_reset_at))}"
        if use.plan.scans is not None
        else use.scans_used,
        "subscription": paid.status if paid else "",
        "paid until": time_words(iso(paid.paid_until)) if paid and paid.paid_until else "",
        "ends": time_words(iso(paid.ends_at)) if paid and paid.ends_at else "",
        "unpaid since": time_words(iso(paid.unpaid_since)) if paid and paid.unpaid_since else "",
        "as of": time_words(iso(paid.confirmed_at)) if paid and paid.confirmed_at else "",
    }
    say(f"User {use.user}:")
    for name, value in fields.items():
        if value != "":
            say(f"  {name:17}  {value}", indent=21)
