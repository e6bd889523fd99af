from __future__ import annotations

import io
import json
import logging
import sys
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.adapters.host.logs import configure_logging
from watcher.core.redaction import Redactor

CANARY = "canary-5f1c/9b+2e=="
log = logging.getLogger("watcher.test")


pytestmark = pytest.mark.usefixtures("restored_log")


@pytest.fixture
def console() -> io.StringIO:
    out = io.StringIO()
    configure_logging("info", "console", out, secrets=[CANARY])
    return out


@pytest.fixture
def as_json() -> io.StringIO:
    out = io.StringIO()
    configure_logging("info", "json", out, secrets=[CANARY])
    return out


def test_line_has_time_level_message_and_ids(console: io.StringIO) -> None:
    log.info("poll ok", extra={"search": 12, "seconds": 0.41234, "query": "rtx 4070"})
    time, level, rest = console.getvalue().split(maxsplit=2)
    assert len(time) == len("2026-11-23T22:24:09Z")
    assert time.endswith("Z")
    assert level == "info"
    assert rest == 'poll ok search=12 seconds=0.412 query="rtx 4070"\n'


def test_the_library_is_named_before_its_message(console: io.StringIO) -> None:
    logging.getLogger("apscheduler.executors").error("missed")
    assert "error   apscheduler.executors: missed" in console.getvalue()


def test_untrusted_text_cannot_start_a_line_or_move_the_cursor(console: io.StringIO) -> None:
    log.info("title %s", "a\nb\x1b[2J\u2028c", extra={"title": 'x\r\n"y"'})
    assert console.getvalue().count("\n") == 1
    assert r"title a\nb\x1b[2J\u2028c" in console.getvalue()
    assert r'title="x\r\n\"y\""' in console.getvalue()


def test_traceback_follows_its_line_without_control_characters(console: io.StringIO) -> None:
    try:
        fail(RuntimeError("bad\x1b[31m"))
    except RuntimeError:
        log.exception("poll failed", extra={"search": 3})
    lines = console.getvalue().splitlines()
    assert lines[0].endswith("error   poll failed search=3")
    assert lines[1] == "Traceback (most recent call last):"
    assert lines[-1] == r"RuntimeError: bad\x1b[31m"


def test_json_is_one_object_per_line(as_json: io.StringIO) -> None:
    log.info("poll ok", extra={"search": 12, "ok": True, "none": None, "items": ("a", 1), "by": {"x": 1.0}})
    log.warning("two\nlines")
    first, second = map(json.loads, as_json.getvalue().splitlines())
    assert first.pop("time").endswith("Z")
    assert first == {
        "level": "info",
        "logger": "watcher.test",
        "message": "poll ok",
        "search": 12,
        "ok": True,
        "none": None,
        "items": ["a", 1],
        "by": {"x": 1.0},
    }
    assert second["message"] == "two\nlines"


def test_json_has_the_traceback_in_its_object(as_json: io.StringIO) -> None:
    try:
        fail(RuntimeError(CANARY))
    except RuntimeError:
        log.exception("failed")
    (line,) = as_json.getvalue().splitlines()
    assert json.loads(line)["traceback"].endswith("RuntimeError: ***")


def test_json_stays_valid_whatever_is_logged(as_json: io.StringIO) -> None:
    log.info("odd", extra={"nan": float("nan"), "object": object(), "title": '"}\ud800\n', "set": {1}})
    assert json.loads(as_json.getvalue())["nan"] == "nan"


def fail(error: Exception) -> None:
    raise error


@pytest.mark.parametrize("style", ["console", "json"])
def test_configured_secret_is_never_logged(style: str) -> None:
    out = io.StringIO()
    configure_logging("debug", style, out, secrets=[CANARY])
    log.info("message %s", CANARY)
    log.info("url https://x/?k=%s", quote_plus(CANARY))
    log.info("extra", extra={"a": CANARY, "b": [CANARY], "c": {"d": {CANARY: CANARY}}})
    log.info("error", extra={"error": Exception(CANARY)})
    log.info("repr %r", {"k": CANARY})
    log.debug("stack", stack_info=True, extra={"bytes": CANARY.encode()})
    try:
        try:
            fail(ValueError(CANARY))
        except ValueError as error:
            raise ExceptionGroup(f"group {CANARY}", [KeyError(CANARY)]) from error
    except ExceptionGroup:
        log.exception("failed", extra={"why": sys.exc_info()[1]})
    assert "canary" not in out.getvalue()
    assert quote_plus(CANARY) not in out.getvalue()
    assert out.getvalue().count("***") >= 12


def send_to_our_handler(record: dict[str, object]) -> None:
    """Bypass the handler of the test runner, which changes records and rejects wrong calls."""
    ours = next(h for h in logging.getLogger().handlers if type(h).__module__ == configure_logging.__module__)
    ours.handle(logging.makeLogRecord({"levelname": "INFO", "name": "watcher", **record}))


def test_log_call_with_wrong_arguments_is_still_logged(console: io.StringIO) -> None:
    send_to_our_handler({"msg": "took %d s", "args": (CANARY,)})
    assert console.getvalue().endswith("took %d s ('***',)\n")


def test_traceback_formatted_by_our_handler_has_no_secret(console: io.StringIO) -> None:
    error = RuntimeError(CANARY)
    send_to_our_handler({"msg": "failed", "exc_info": (RuntimeError, error, None)})
    assert console.getvalue().endswith("failed\nRuntimeError: ***\n")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (
            "GET https://serpapi.com/search.json?api_key=abc123&q=x",
            "GET https://serpapi.com/search.json?api_key=***&q=x",
        ),
        ("Authorization: Bearer v^1.1#i^1#f^0", "Authorization: ***"),
        ("{'Authorization': 'Basic YWJjOmRlZg==', 'x': 1}", "{'Authorization': '***', 'x': 1}"),
        ('{\\"authorization\\": \\"Bearer abc\\"}', '{\\"authorization\\": \\"***\\"}'),
        ("sent Bearer abcdef0123456789", "sent Bearer ***"),
        ("hooks.slack.com/services/T0/B0/Xy9 said no", "hooks.slack.com/services/*** said no"),
        ("<https://hooks.slack.com/workflows/T0/A/1/z>", "<https://hooks.slack.com/workflows/***>"),
        ("postgresql+psycopg://ann:hunter2@db/watcher", "postgresql+psycopg://ann:***@db/watcher"),
        ('{"client_secret": "PRD-1", "n": 2}', '{"client_secret": "***", "n": 2}'),
        ("access_token=v1; x", "access_token=***; x"),
        ("X-Api-Key: 123", "X-Api-Key: ***"),
        ("got xoxb-123456789-abcdef", "got xoxb-***"),
        ("key sk-proj-abcdefgh1234 is wrong", "key sk-*** is wrong"),
        ("whsec_abcdefgh1234", "whsec_***"),
        ("token v^1.1#i^1#p^3#r^0 here", "token v^1.1#*** here"),
    ],
)
def test_text_that_looks_like_a_secret_is_redacted(text: str, left: str) -> None:
    assert Redactor()(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "poll ok search=12 items=50 url=https://www.ebay.com/itm/123?hash=1",
        "basic economics, 3rd edition",
        "token minted, 5 tokens left: fine",
        "https://api.ebay.com:443/identity/v1/oauth2/token answered 200",
        "2026-11-23T10:00:00Z ann@example.com",
    ],
)
def test_ordinary_lines_are_not_changed(text: str) -> None:
    assert Redactor([CANARY])(text) == text


def test_short_secret_is_not_redacted() -> None:
    assert Redactor(["", "pg"])("pg is up") == "pg is up"


def test_longer_of_two_overlapping_secrets_is_redacted_whole() -> None:
    assert Redactor(["abcdef", "abcdef-ghi"])("x abcdef-ghi y") == "x *** y"


@given(st.text(), st.text(min_size=6), st.text())
def test_secret_is_redacted_whatever_surrounds_it(before: str, secret: str, after: str) -> None:
    text = Redactor([secret])(f"{before}{secret}{after}")
    assert secret not in text.replace("***", "\0")


def test_extra_with_the_name_of_a_secret_is_redacted(console: io.StringIO) -> None:
    log.info("x", extra={"api_key": "zzz", "headers": {"Authorization": "Bearer abc"}})
    assert "zzz" not in console.getvalue()
    assert "abc" not in console.getvalue()


def test_level_decides_which_records_are_logged() -> None:
    out = io.StringIO()
    configure_logging("warning", "console", out)
    log.info("quiet")
    log.warning("loud")
    assert "quiet" not in out.getvalue()
    assert "loud" in out.getvalue()


def test_verbose_libraries_log_only_warnings() -> None:
    out = io.StringIO()
    configure_logging("debug", "console", out)
    for name in ("httpx", "apscheduler.scheduler", "slack_sdk.web", "aiohttp.access"):
        logging.getLogger(name).info("chat")
        logging.getLogger(name).warning("heed")
    assert "chat" not in out.getvalue()
    assert out.getvalue().count("heed") == 4
    configure_logging("error", "console", out)
    logging.getLogger("httpx").warning("late")
    assert "late" not in out.getvalue()


def test_configuring_again_replaces_stream_format_and_secrets(console: io.StringIO) -> None:
    out = io.StringIO()
    configure_logging("info", "json", out, secrets=["another-secret"])
    log.info("once another-secret")
    assert console.getvalue() == ""
    assert json.loads(out.getvalue())["message"] == "once ***"


def test_value_that_cannot_be_formatted_costs_only_its_line(console: io.StringIO) -> None:
    class Broken:
        def __str__(self) -> str:
            raise RuntimeError(CANARY)

    log.info("x", extra={"broken": Broken()})
    log.info("next")
    assert "a log record could not be formatted" in console.getvalue()
    assert console.getvalue().endswith("next\n")
    assert CANARY not in console.getvalue()


def test_closed_stream_raises_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    out = io.StringIO()
    configure_logging("info", "console", out, secrets=[CANARY])
    out.close()
    log.info("to a closed stream %s", CANARY)
    assert capsys.readouterr().err == ""


def test_very_long_text_is_cut(console: io.StringIO) -> None:
    log.info("x" * 1_000_000)
    assert len(console.getvalue()) < 25_000
    assert "1000000 characters" in console.getvalue()


def test_other_handlers_see_the_original_record(console: io.StringIO) -> None:
    seen: list[logging.LogRecord] = []

    class Other(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            seen.append(record)

    other = Other()
    log.addHandler(other)
    try:
        log.info("n=%d", 1, extra={"a": (1,)})
    finally:
        log.removeHandler(other)
    assert (seen[0].msg, seen[0].args, seen[0].levelname) == ("n=%d", (1,), "INFO")
    assert seen[0].__dict__["a"] == (1,)
