"""`watcher check`: one line for each thing that can be wrong, without side effects."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator, Iterator
from http import HTTPStatus
from typing import TYPE_CHECKING

import click

from watcher.cli.check_files import find_readable_files
from watcher.cli.check_plans import check_plans
from watcher.cli.check_stripe import CheckResult, check_stripe
from watcher.cli.printing import print_json, say, say_marked, waiting
from watcher.cli.runner import EXIT_FAILED, Setup, json_command, settings_of
from watcher.config import ConfigRefused, usable_settings
from watcher.core.deliveries import Endpoint
from watcher.core.errors import Api, CallFailed, Kind, WatcherError
from watcher.core.monitoring.incident_messages import describe_refused_credentials
from watcher.core.plurals import count_of
from watcher.core.proxies import proxy_name
from watcher.core.readings import READER_SHARE, Reader
from watcher.core.redaction import hide_shapes
from watcher.core.resilience.quota import second_look_bound
from watcher.core.times import Instant, in_words
from watcher.core.tokens import is_loopback
from watcher.db import schema
from watcher.db.failures import database_reason
from watcher.db.revisions import DatabaseRefused, refuse_newer, revision_at, why_not_writable
from watcher.db.sqlite import sqlite_path
from watcher.delivery.trial import send_trial

if TYPE_CHECKING:
    from watcher.adapters.ebay.insights import InsightsClient
    from watcher.adapters.ebay.responses import EbayQuota
    from watcher.adapters.openai.client import OpenAiClient
    from watcher.adapters.serpapi.client import SerpApiClient
    from watcher.config import Settings
    from watcher.core.proxies import ProxyRule
    from watcher.runtime import App

_CONNECT_SECONDS = 5.0


def _ok(name: str, detail: str) -> CheckResult:
    return CheckResult(name, "ok", detail)


def _fail(name: str, detail: str) -> CheckResult:
    return CheckResult(name, "fail", detail)


@json_command()
@click.option("--send", is_flag=True, help="Post a test message to every Slack destination.")
def check(setup: Setup, send: bool, as_json: bool) -> int:
    """Check configuration, database, eBay, Slack and StatsD, one line each; change nothing."""
    results: list[CheckResult] = []

    async def run_checks(settings: Settings) -> None:
        async for found in _check_all(settings, send=send):
            # A key in place of a host is named in the problem that it causes.
            result = found._replace(detail=hide_shapes(found.detail))
            results.append(result)
            if not as_json:
                _print_result(result)

    try:
        with settings_of(setup) as settings:
            asyncio.run(run_checks(settings))
    except ConfigRefused as refused:
        if not as_json:
            _print_daemon_line(setup, refused)
        raise
    failed = [r.name for r in results if r.state == "fail"]
    if as_json:
        checks = [
            {"name": r.name, "ok": r.state != "fail", "state": r.state, "detail": r.detail} for r in results
        ]
        print_json({"checks": checks, "ok": not failed})
    if failed:
        say(f"watcher: these checks failed: {', '.join(failed)}.", err=True)
    return EXIT_FAILED if failed else 0


def _print_daemon_line(setup: Setup, refused: ConfigRefused) -> None:
    """Print whether a daemon goes on with an earlier configuration, if the database is certain."""
    try:
        settings = usable_settings(setup.config, os.environ, refused)
    except ConfigRefused:
        return
    if _check_database(settings).state == "ok" and revision_at(settings.database_url):
        _print_result(_check_daemon(settings))


def _print_result(result: CheckResult) -> None:
    mark = {"ok": ("ok  ", "green"), "warn": ("warn", "yellow"), "fail": ("FAIL", "red")}[result.state]
    say_marked(*mark, f"{result.name:13}", result.detail)


async def _check_all(settings: Settings, *, send: bool) -> AsyncIterator[CheckResult]:
    from watcher.runtime import App  # noqa: PLC0415 - too slow for --help

    for result in _check_machine(settings):
        yield result
    async with App.opened(settings, with_database=False, keep_token=False) as app:
        ebay = await _check_ebay(app)
        yield ebay
        if ebay.state != "fail":
            yield await _check_bulk(app)
        if app.insights and settings.ebay.has_credentials:
            yield await _check_insights(app.insights)
        if app.serpapi:
            yield await _check_serpapi(app.serpapi, settings.serpapi.base_url)
        if app.openai:
            yield await _check_openai(app.openai, settings)
        if app.stripe:
            yield await check_stripe(app.stripe, settings)
        endpoints = [endpoint for channel in app.channels for endpoint in channel.endpoints()]
        checks = (_check_endpoint(endpoint, settings.proxies) for endpoint in endpoints)
        for result in await asyncio.gather(*checks):
            yield result
        if send:
            async for result in _send_test_messages(app):
                yield result


def _check_machine(settings: Settings) -> Iterator[CheckResult]:
    """Check what needs no call to another machine but the database server."""
    yield _ok("config", settings.source)
    for key, sentence in settings.unencrypted():
        yield CheckResult("encryption", "warn", f"{key}: {sentence}")
    database = _check_database(settings)
    yield database
    if database.state == "ok" and revision_at(settings.database_url):
        yield _check_daemon(settings)
    if database.state == "ok" and settings.plans:
        yield from (CheckResult("plans", state, detail) for state, detail in check_plans(settings))
    if database.state == "ok" and (settings.http.public_url or not is_loopback(settings.http.host)):
        yield _check_http(settings)
    for sentence in find_readable_files(settings):
        yield CheckResult("files", "warn", sentence)
    yield _check_statsd(settings)
    if settings.proxies.is_set:
        origin = "[proxy] url" if settings.proxy.url.get_secret_value() else "the environment"
        yield _ok("proxy", f"{settings.proxies.describe()}, from {origin}")


def _check_database(settings: Settings) -> CheckResult:
    url, name = settings.database_url, settings.database_name
    try:
        revision = revision_at(url)
        refuse_newer(revision)
    except WatcherError as error:
        return _fail("database", f"{name} cannot be used: {database_reason(error)}")
    except DatabaseRefused as error:
        sentence = str(error)
        return _fail("database", sentence if name in sentence else f"{name}: {sentence}")
    if settings.has_embedded_database and (obstacle := why_not_writable(sqlite_path(url))):
        return _fail("database", obstacle)
    if not revision and settings.has_embedded_database:
        return _ok("database", f"{name} does not exist yet; the first command creates it")
    if revision != schema.HEAD:
        return _fail(
            "database",
            f"{name} has schema {revision or 'none'}, needs {schema.HEAD}: run `watcher db upgrade`",
        )
    return _ok("database", f"{name}, schema {revision}")


def _check_daemon(settings: Settings) -> CheckResult:
    """Check that a daemon runs, with the configuration that its file holds now."""
    from watcher.runtime.presence import configuration_of, find_daemons  # noqa: PLC0415 - see above

    now = Instant(time.time())
    try:
        found = find_daemons(settings, now)
    except WatcherError as error:
        return _fail("daemon", database_reason(error))
    if not found.running:
        return CheckResult("daemon", "warn", "none is running; `watcher run` starts it")
    for daemon in found.records:
        if (unseen := daemon.unseen_seconds(now)) is not None:
            seen = f"process {daemon.process} has shown no sign of life for {in_words(unseen)}; restart it"
            return CheckResult("daemon", "warn", seen)
        state = configuration_of(daemon, settings)
        name = f"process {daemon.process} on {daemon.host}"
        if state == "current":
            continue
        if daemon.config_error:
            return CheckResult("daemon", "warn", f"{name} refused the last reload: {daemon.config_error}")
        if state == "broken" or settings.problems:
            kept = f"{name} keeps what it read before; {daemon.config_path} would be refused now"
            return CheckResult("daemon", "warn", kept)
        if state == "changed":
            pending = f"{name} runs with an older configuration than {daemon.config_path}; send it SIGHUP"
            return CheckResult("daemon", "warn", pending)
    processes = ", ".join(f"process {d.process}" for d in found.records) or f"process {found.process}"
    return _ok("daemon", f"running, {processes}")


def _check_http(settings: Settings) -> CheckResult:
    """Check that a person or a token exists if other machines can connect."""
    from watcher.runtime.access import can_enter_at, why_closed  # noqa: PLC0415 - see above

    try:
        refusal = why_closed(settings.http, lambda: can_enter_at(settings.database_url))
    except WatcherError as error:
        return _fail("http", database_reason(error))
    address = f"{settings.http.host} port {settings.http.port}"
    return _fail("http", refusal) if refusal else _ok("http", address)


def _check_statsd(settings: Settings) -> CheckResult:
    s = settings.statsd
    if not s.host:
        return _ok("statsd", "off")
    try:
        socket.getaddrinfo(s.host, s.port, type=socket.SOCK_DGRAM)
    except OSError as error:
        return _fail("statsd", f"{s.host} is not found: {error.strerror or error}")
    return _ok("statsd", f"{s.host}:{s.port} (UDP: whether it listens cannot be checked)")


async def _check_ebay(app: App) -> CheckResult:
    if not app.settings.ebay.has_credentials:
        return _fail("ebay", "no credentials: set [ebay] client_id and client_secret, or try `watcher demo`")
    address = app.settings.ebay.base_url
    try:
        with waiting("Asking eBay …"):
            quota = await app.ebay.fetch_quota()
    except CallFailed as error:
        if error.kind is Kind.CREDENTIALS:
            return _fail("ebay", "eBay refuses the credentials in [ebay]; check client_id and client_secret")
        return _fail("ebay", f"{address} cannot be reached: {error.detail}")
    return _ebay_answer(f"{address} accepts the credentials", app.settings.ebay.daily_quota, quota)


def _ebay_answer(accepted: str, configured: int, quota: EbayQuota | None) -> CheckResult:
    """Return the result for credentials that eBay accepts; `quota` is eBay's own count."""
    left = f", {quota.remaining} of {quota.limit} calls left today" if quota else ""
    if not configured:
        return _fail("ebay", f"{accepted}, but nothing will be polled: daily_quota in [ebay] is 0")
    if quota and not quota.limit:
        return _fail("ebay", f"{accepted}, but eBay grants no calls, so nothing will be polled")
    if quota and quota.limit < configured:
        return CheckResult(
            "ebay",
            "warn",
            f"{accepted}{left}; eBay grants fewer calls than the {configured} of daily_quota in [ebay], "
            "so its figure counts",
        )
    bound = f"; daily_quota in [ebay] allows {configured}" if quota and quota.limit > configured else ""
    return _ok("ebay", f"{accepted}{left}{bound}")


async def _check_bulk(app: App) -> CheckResult:
    """Check whether eBay granted getItems, which few keys have; without it nothing is missing."""
    name, share = "item bulk", app.settings.polling.detail_share
    try:
        with waiting("Asking eBay …"):
            is_granted = await app.ebay_bulk.probe(app.settings.ebay.marketplace)
    except CallFailed as error:
        return CheckResult(name, "warn", f"eBay does not say whether it grants getItems: {error.detail}")
    if is_granted:
        return _ok(
            name,
            "granted: items are looked at again just before their message is sent, and near a target between "
            "polls, 20 with one call; searches lose nothing by it",
        )
    single = f"one with each call, within {share * 100:g} % of the day's calls" if share else "not at all"
    return _ok(
        name,
        "not granted, as to nearly all keys; nothing is missing. Items are looked at again just before their "
        f"message is sent, {single} (detail_share in [polling])",
    )


async def _check_insights(insights: InsightsClient) -> CheckResult:
    """Check whether eBay granted Marketplace Insights, with a token that has its scope."""
    try:
        with waiting("Asking eBay …"):
            await insights.check()
    except CallFailed as error:
        if error.kind is Kind.CREDENTIALS:
            return _fail(
                "sold comps",
                "eBay has not granted Marketplace Insights to these keys, so it gives no sold prices; "
                "set sold_comps in [ebay] to false",
            )
        return _fail("sold comps", f"eBay gives no token for Marketplace Insights: {error.detail}")
    return _ok("sold comps", "eBay grants Marketplace Insights to these keys")


async def _check_serpapi(serpapi: SerpApiClient, address: str) -> CheckResult:
    """Check the key with a request that costs no search."""
    try:
        with waiting("Asking SerpAPI …"):
            month = await serpapi.fetch_account()
    except CallFailed as error:
        if error.kind is Kind.CREDENTIALS:
            return _fail("serpapi", describe_refused_credentials(Api.SERPAPI))
        return _fail("serpapi", f"{address} cannot be reached: {error.detail}")
    left = count_of(month.remaining, "search")
    return _ok("serpapi", f"{address} accepts the key, {left} left this month")


async def _check_openai(openai: OpenAiClient, settings: Settings) -> CheckResult:
    """Check the key and the model with a request that costs nothing."""
    address, model = settings.openai.base_url, settings.openai.model
    try:
        with waiting("Asking OpenAI …"):
            await openai.check()
    except CallFailed as error:
        if error.kind is Kind.CREDENTIALS:
            return _fail("openai", describe_refused_credentials(Api.OPENAI))
        if error.status == HTTPStatus.NOT_FOUND:
            return _fail("openai", f"{address} has no model {model}; check model in [openai]")
        return _fail("openai", f"{address} cannot be reached: {error.detail}")
    accepted = f"{address} accepts the key and has the model {model}"
    if not settings.openai.daily_calls:
        return CheckResult(
            "openai", "warn", f"{accepted}, but daily_calls in [openai] is 0, so it is not asked"
        )
    if settings.openai.reader is Reader.OFF:
        return _ok("openai", accepted)
    calls = second_look_bound(settings.openai.daily_calls, READER_SHARE)
    if not calls:
        return CheckResult(
            "openai", "warn", f"{accepted}, but daily_calls in [openai] leaves no call to the reader"
        )
    return _ok("openai", f"{accepted}; at most {count_of(calls, 'call')} a day read listings")


async def _check_endpoint(endpoint: Endpoint, proxies: ProxyRule) -> CheckResult:
    """Check that a channel's server accepts connections, perhaps through a proxy; nothing is sent."""
    name, host, port, note, scheme = endpoint
    if not host:
        return CheckResult(name, "warn", note)
    proxy = proxies.proxy_for(scheme, host, port)
    # What accepts our connection: without a proxy, the server itself.
    door = f"the proxy {proxy_name(proxy)}" if proxy else host
    try:
        async with asyncio.timeout(_CONNECT_SECONDS):
            await _connect(endpoint, proxy)
    except TimeoutError:
        return _fail(name, f"{door} does not answer within {_CONNECT_SECONDS:.0f} s")
    except socket.gaierror:
        return _fail(name, f"{door} is not found")
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else error.strerror or "it refuses the connection"
        return _fail(name, f"{door if proxy else f'{host}:{port}'} cannot be reached: {reason}")
    if proxy and scheme != "https":
        return _ok(name, f"{door} answers; `--send` shows whether {host} does")
    return _ok(name, f"{host} answers{f' through {door}' if proxy else ''}")


async def _connect(endpoint: Endpoint, proxy: str) -> None:
    """Open and close a connection. Raises OSError."""
    if proxy:
        from watcher.adapters.outbound.proxy import reach_through_proxy  # noqa: PLC0415 - too slow for --help

        await reach_through_proxy(proxy, endpoint.scheme, endpoint.host, endpoint.port)
        return
    _, writer = await asyncio.open_connection(endpoint.host, endpoint.port)
    writer.close()
    await writer.wait_closed()


async def _send_test_messages(app: App) -> AsyncIterator[CheckResult]:
    names = app.router.destinations()
    if not names:
        yield _fail("test message", "no destination is set: see [slack] in config.toml")
    for name in names:
        channel = app.router.channel_for(name).name
        if refusal := await send_trial(app.router, name, app.clock.now()):
            yield _fail(f"send to {name}", f"{channel} did not accept the test message: {refusal}")
        else:
            yield _ok(f"send to {name}", f"{channel} accepted the test message")
