from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import logging
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.adapters.scripted_ebay import ScriptedEbay, scripted_ebay
from tests.adapters.scripted_server import Reply, quick_guard
from tests.fakes import FakeClock, RecordingMeter
from tests.waiting import PATIENCE, until
from watcher.adapters.ebay.token import BROWSE_TOKEN_FILE, EbayToken
from watcher.adapters.outbound.http import HttpClient
from watcher.core.errors import Api, CallFailed, Code, Kind, NotSent
from watcher.core.redaction import Redactor

SECRET = "PRD-canary-5ecret"
New = Callable[..., EbayToken]


@pytest.fixture
async def ebay() -> AsyncIterator[ScriptedEbay]:
    async with scripted_ebay() as server:
        yield server


@pytest.fixture
def ledger() -> RecordingMeter:
    return RecordingMeter()


@pytest.fixture
async def new(
    ebay: ScriptedEbay, ledger: RecordingMeter, clock: FakeClock, tmp_path: Path
) -> AsyncIterator[New]:
    """Return a function that starts another process over the same state directory."""
    http = HttpClient(concurrency=4)
    made = list[EbayToken]()

    def start(
        client_id: str = "App-1",
        *,
        state_dir: Path | None = tmp_path,
        base_url: str = "",
        attempt_timeout: float = PATIENCE,
    ) -> EbayToken:
        token = EbayToken(
            base_url=base_url or ebay.base_url,
            client_id=client_id,
            client_secret=SECRET,
            state_dir=state_dir,
            http=http,
            guard=quick_guard(Api.EBAY, ledger, clock, attempt_timeout=attempt_timeout, max_retries=0),
            clock=clock,
        )
        made.append(token)
        return token

    yield start
    for token in made:
        await token.aclose()
    await http.aclose()


async def failure_of(token: EbayToken) -> CallFailed:
    with pytest.raises(CallFailed) as caught:
        await token.get()
    return caught.value


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def test_mint_request_has_the_form_that_ebay_expects(ebay: ScriptedEbay, new: New) -> None:
    assert await new().get() == "v^1.1#1"
    basic = base64.b64encode(f"App-1:{SECRET}".encode()).decode()
    assert ebay.mints[0].headers["Authorization"] == f"Basic {basic}"
    assert ebay.mints[0].content_type == "application/x-www-form-urlencoded"
    assert ebay.forms == [
        "grant_type=client_credentials&scope=https%3A%2F%2Fapi.ebay.com%2Foauth%2Fapi_scope"
    ]


async def test_fresh_token_is_reused(ebay: ScriptedEbay, new: New) -> None:
    token = new()
    assert token.fresh() is None
    assert [await token.get() for _ in range(3)] == ["v^1.1#1"] * 3
    assert token.fresh() == "v^1.1#1"
    assert len(ebay.mints) == 1


async def test_concurrent_callers_share_one_mint(ebay: ScriptedEbay, new: New) -> None:
    token = new()
    assert set(await asyncio.gather(*(token.get() for _ in range(50)))) == {"v^1.1#1"}
    assert len(ebay.mints) == 1


async def test_cancelling_one_waiter_does_not_affect_the_others(ebay: ScriptedEbay, new: New) -> None:
    ebay.may_answer_mints.clear()
    token = new()
    first, second = asyncio.create_task(token.get()), asyncio.create_task(token.get())
    await until(lambda: ebay.mints)
    first.cancel()
    ebay.may_answer_mints.set()
    assert await second == "v^1.1#1"
    assert first.cancelled()


async def test_token_is_renewed_five_minutes_early(ebay: ScriptedEbay, new: New, clock: FakeClock) -> None:
    token = new()
    await token.get()
    clock.move(7200 - 301)
    assert await token.get() == "v^1.1#1"
    clock.move(2)
    assert await token.get() == "v^1.1#2"
    assert len(ebay.mints) == 2


async def test_short_lived_token_is_used_for_most_of_its_life(
    ebay: ScriptedEbay, new: New, clock: FakeClock
) -> None:
    ebay.expires_in = 60
    token = new()
    await token.get()
    clock.move(44)
    assert token.fresh() == "v^1.1#1"
    clock.move(2)
    assert token.fresh() is None


async def test_token_survives_a_restart(ebay: ScriptedEbay, new: New) -> None:
    await new().get()
    for _ in range(100):
        assert await new().get() == "v^1.1#1"
    assert len(ebay.mints) == 1


async def test_stored_token_is_readable_only_by_its_owner(new: New, tmp_path: Path) -> None:
    await new().get()
    assert (tmp_path / BROWSE_TOKEN_FILE).stat().st_mode & 0o777 == 0o600
    assert names_in(tmp_path) == [BROWSE_TOKEN_FILE]
    assert SECRET not in (tmp_path / BROWSE_TOKEN_FILE).read_text()
    assert "App-1" not in (tmp_path / BROWSE_TOKEN_FILE).read_text()


async def test_token_is_not_used_with_other_credentials(ebay: ScriptedEbay, new: New) -> None:
    await new().get()
    assert await new("App-2").get() == "v^1.1#2"
    assert new("App-1").fresh() is None, "the file has the token that was minted last"
    assert len(ebay.mints) == 2


async def test_token_is_not_used_at_another_address(new: New) -> None:
    await new().get()
    assert new(base_url="http://127.0.0.1:1").fresh() is None
    assert new().fresh() == "v^1.1#1"


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe", b"[]", b'{"token": 5}', b"[" * 100_000, b"x" * 1000]
)
async def test_corrupt_file_costs_one_mint(
    ebay: ScriptedEbay, new: New, tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes
) -> None:
    (tmp_path / BROWSE_TOKEN_FILE).write_bytes(content)
    assert await new().get() == "v^1.1#1"
    assert "cannot be read" in caplog.text
    assert await new().get() == "v^1.1#1"
    assert len(ebay.mints) == 1


async def test_stored_token_that_does_not_fit_in_a_header_is_not_used(new: New, tmp_path: Path) -> None:
    await new().get()
    kept = json.loads((tmp_path / BROWSE_TOKEN_FILE).read_text())
    (tmp_path / BROWSE_TOKEN_FILE).write_text(json.dumps({**kept, "token": "a\r\nX-Evil: 1"}))
    assert new().fresh() is None


async def test_unwritable_disk_does_not_fail_a_call(
    new: New, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    token = new(state_dir=tmp_path / "not-there")
    assert await token.get() == "v^1.1#1"
    assert "could not be stored" in caplog.text


async def test_failed_replacement_leaves_no_temporary_file(new: New, tmp_path: Path) -> None:
    (tmp_path / BROWSE_TOKEN_FILE).mkdir()
    assert await new().get() == "v^1.1#1"
    assert names_in(tmp_path) == [BROWSE_TOKEN_FILE]


async def test_nothing_is_stored_without_a_state_directory(new: New, tmp_path: Path) -> None:
    assert await new(state_dir=None).get() == "v^1.1#1"
    assert names_in(tmp_path) == []


async def test_refused_token_is_replaced_once_for_all_callers(ebay: ScriptedEbay, new: New) -> None:
    token = new()
    old = await token.get()

    async def refused() -> str:
        token.invalidate(old)
        return await token.get()

    assert set(await asyncio.gather(*(refused() for _ in range(20)))) == {"v^1.1#2"}
    token.invalidate(old)
    assert token.fresh() == "v^1.1#2"
    assert len(ebay.mints) == 2


async def test_minting_pauses_if_new_tokens_are_refused_too(
    ebay: ScriptedEbay, new: New, clock: FakeClock
) -> None:
    token = new()
    first = await token.get()
    token.invalidate(first)
    second = await token.get()
    token.pause_minting()
    token.invalidate(second)
    assert await token.get() == second
    clock.move(91)
    token.invalidate(second)
    assert await token.get() == "v^1.1#3"
    assert len(ebay.mints) == 3


async def test_successful_mint_is_not_sampled(new: New, ledger: RecordingMeter) -> None:
    await new().get()
    assert ledger.attempts == []


async def test_failed_mint_is_one_sample_for_all_waiters(
    ebay: ScriptedEbay, new: New, ledger: RecordingMeter
) -> None:
    ebay.mint_replies = [Reply({}, 500)]
    token = new()
    failures = await asyncio.gather(*(token.get() for _ in range(10)), return_exceptions=True)
    assert {f.kind for f in failures if isinstance(f, CallFailed)} == {Kind.UNAVAILABLE}
    assert [a.code for a in ledger.attempts] == [Code.EBAY_UNAVAILABLE]
    assert await token.get() == "v^1.1#2"


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply({"error": "invalid_client", "error_description": "no"}, 401), Kind.CREDENTIALS),
        (Reply({"error": "invalid_client"}, 400), Kind.CREDENTIALS),
        (Reply({"error": "invalid_scope"}, 400), Kind.CREDENTIALS),
        (Reply({}, 403), Kind.CREDENTIALS),
        (Reply({}, 429), Kind.RATE_LIMIT),
        (Reply({}, 500), Kind.UNAVAILABLE),
        (Reply({}, 504), Kind.TIMEOUT),
        (Reply({}, 302), Kind.MALFORMED),
        (Reply(b"<html>hello</html>"), Kind.MALFORMED),
        (Reply(b"\xff"), Kind.MALFORMED),
        (Reply({"access_token": "a b", "expires_in": 7200}), Kind.MALFORMED),
        (Reply({"access_token": "a\nb", "expires_in": 7200}), Kind.MALFORMED),
        (Reply({"access_token": "", "expires_in": 7200}), Kind.MALFORMED),
        (Reply({"access_token": 7, "expires_in": 7200}), Kind.MALFORMED),
        (Reply({}, hangs=True), Kind.TIMEOUT),
    ],
)  # fmt: skip
async def test_failed_mint_says_why(ebay: ScriptedEbay, new: New, reply: Reply, kind: Kind) -> None:
    ebay.mint_replies = [reply]
    failure = await failure_of(new(attempt_timeout=0.3 if reply.hangs else PATIENCE))
    assert failure.kind is kind
    assert failure.transient is (kind is not Kind.CREDENTIALS)


async def test_refused_credentials_are_not_sent_with_every_poll(
    ebay: ScriptedEbay, new: New, ledger: RecordingMeter, clock: FakeClock
) -> None:
    ebay.mint_replies = [Reply({"error": "invalid_client"}, 401) for _ in range(2)]
    token = new()
    first = await failure_of(token)
    assert (first.kind, first.retry_after, first.detail) == (Kind.CREDENTIALS, 5.0, "token request: HTTP 401")
    assert Redactor(())(first.detail) == first.detail
    for _ in range(5):
        failure = await failure_of(token)
        assert isinstance(failure, NotSent)
        assert (failure.kind, failure.retry_after) == (Kind.CREDENTIALS, 5.0)
        assert failure.detail == "not sent, the next token is minted in 5 s: token request: HTTP 401"
    assert (len(ebay.mints), len(ledger.attempts)) == (1, 1)
    clock.move(5.1)
    await failure_of(token)
    clock.move(10.1)
    assert await token.get() == "v^1.1#3"


async def test_pauses_after_refused_credentials_double_up_to_ninety_seconds(
    ebay: ScriptedEbay, new: New, clock: FakeClock
) -> None:
    ebay.mint_replies = [Reply({}, 401) for _ in range(7)]
    token, pauses = new(), list[float]()
    for _ in range(7):
        pauses.append((await failure_of(token)).retry_after or 0.0)
        clock.move(pauses[-1])
    assert pauses == [5.0, 10.0, 20.0, 40.0, 80.0, 90.0, 90.0]
    token.invalidate(await token.get())
    ebay.mint_replies = [Reply({}, 401)]
    assert (await failure_of(token)).retry_after == 5.0


@pytest.mark.parametrize("status", [401, 429, 503])
async def test_retry_after_of_the_token_endpoint_is_honoured(
    ebay: ScriptedEbay, new: New, clock: FakeClock, status: int
) -> None:
    ebay.mint_replies = [Reply({}, status, {"Retry-After": "30"})]
    token = new()
    assert (await failure_of(token)).retry_after == 30.0
    clock.move(29)
    assert isinstance(await failure_of(token), NotSent)
    clock.move(2)
    assert await token.get() == "v^1.1#2"
    assert len(ebay.mints) == 2


@pytest.mark.parametrize(
    "expires_in",
    [0, -1, -7200, 59, 86_401, 1e300, 2**80, None, True, "soon", "", "-5", "inf", "nan", [], {}, "9" * 5000],
)
async def test_unbelievable_lifetime_counts_as_two_hours(
    ebay: ScriptedEbay, new: New, clock: FakeClock, caplog: pytest.LogCaptureFixture, expires_in: object
) -> None:
    ebay.expires_in = expires_in
    token = new()
    await token.get()
    clock.move(7200 - 301)
    assert token.fresh() == "v^1.1#1"
    clock.move(2)
    assert await token.get() == "v^1.1#2"
    warnings = [r.getMessage() for r in caplog.records]
    assert warnings == ["eBay's token endpoint names no believable lifetime; two hours are assumed"]


@pytest.mark.parametrize("expires_in", ["7200", " 7200 ", "7200.0", 7200.9])
async def test_lifetime_may_be_text(
    ebay: ScriptedEbay, new: New, caplog: pytest.LogCaptureFixture, expires_in: object
) -> None:
    ebay.expires_in = expires_in
    await new().get()
    assert caplog.records == []


async def test_stored_token_with_an_unbelievable_lifetime_is_not_used(new: New, tmp_path: Path) -> None:
    await new().get()
    kept = json.loads((tmp_path / BROWSE_TOKEN_FILE).read_text())
    (tmp_path / BROWSE_TOKEN_FILE).write_text(json.dumps({**kept, "renew_at": 1e300}))
    assert new().fresh() is None


async def test_tokens_that_are_always_refused_do_not_use_up_the_mints(
    ebay: ScriptedEbay, new: New, clock: FakeClock
) -> None:
    token = new()
    for _ in range(600):  # ten minutes of a call every second, each of whose tokens eBay refuses
        with contextlib.suppress(NotSent):
            token.invalidate(await token.get())
        clock.move(1)
    assert len(ebay.mints) <= 2 * (1 + 600 // 90)


async def test_no_secret_is_shown_anywhere(
    ebay: ScriptedEbay, new: New, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    ebay.mint_replies = [Reply({"access_token": ["v^tok3n"], "expires_in": "never"})]
    token = new()
    failure = await failure_of(token)
    await token.get()
    told = "".join(
        (caplog.text, repr(token), str(failure), repr(failure), failure.detail, repr(failure.__cause__))
    )
    assert SECRET not in told
    assert "v^" not in told


async def test_closing_cancels_a_running_mint(ebay: ScriptedEbay, new: New) -> None:
    ebay.may_answer_mints.clear()
    token = new()
    waiting = asyncio.create_task(token.get())
    await until(lambda: ebay.mints)
    await token.aclose()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await token.aclose()
