"""Import and export over HTTP: all or none, for the caller alone, and within bounds."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from tests.web.clients import bearer
from watcher.runtime import App

URL = "/api/watches/import"
CSV = {"Content-Type": "text/csv"}
ROWS = [
    {"query": "omega", "below": "50", "exclude": ["box only"], "tag": "t"},
    {"query": "-strap +rolex", "label": "=1+1", "tag": "'@x", "paused": True, "rejected": ["v1|1|0"]},
    {"query": "Zenitar, mk2", "rule": "deal 70%", "label": 'a "quoted" one'},
]


async def exported(client: httpx.AsyncClient, kind: str, **headers: str) -> httpx.Response:
    answer = await client.get("/api/watches/export", params={"format": kind}, headers=headers)
    assert answer.status_code == 200
    return answer


@pytest.mark.parametrize("kind", ["json", "csv"])
async def test_an_export_is_imported_again_as_it_was(app: App, client: httpx.AsyncClient, kind: str) -> None:
    owner, other = await bearer(app, "owner"), await bearer(app, "other")
    done = await client.post(URL, json=ROWS, headers=owner)
    assert (done.status_code, done.json()) == (200, {"imported": 3, "bad": [], "warnings": []})
    file = await exported(client, kind, **owner)
    assert file.headers["content-disposition"] == f'attachment; filename="watches.{kind}"'
    text = file.text.replace(",owner,", ",,").replace(', "user": "owner"', "")
    sent = {"Content-Type": file.headers["content-type"], **other}
    assert (await client.post(URL, content=text, headers=sent)).json()["imported"] == 3
    again = await exported(client, kind, **other)
    assert again.text.replace("other", "owner") == file.text
    assert [w["user"] for w in (await client.get("/api/watches", headers=other)).json()["watches"]] == [
        "other"
    ] * 3


async def test_no_cell_of_a_csv_export_is_a_formula(client: httpx.AsyncClient) -> None:
    await client.post(URL, json=ROWS)
    lines = (await exported(client, "csv")).text.splitlines()
    assert "'-strap +rolex," in lines[2]
    assert ",'=1+1,''@x," in lines[2]
    assert not any(cell[:1] in ("=", "+", "-", "@") for line in lines for cell in line.split(","))


async def test_a_bad_row_is_reported_with_its_line_and_none_is_imported(client: httpx.AsyncClient) -> None:
    text = "query,below\nomega,50\nrolex,much\n"
    refused = await client.post(URL, content=text, headers=CSV)
    found = refused.json()
    assert (refused.status_code, found["code"], found["imported"]) == (400, "INVALID_INPUT", 0)
    assert [bad["line"] for bad in found["bad"]] == [3]
    assert found["message"] == (
        "1 row is bad, so nothing was imported. keepGoing=true imports the 1 good row."
    )
    assert (await client.get("/api/watches")).json()["watches"] == []
    tried = await client.post(URL, params={"dryRun": "true"}, content=text, headers=CSV)
    assert (tried.status_code, tried.json()) == (200, {"imported": 0, "bad": found["bad"], "warnings": []})
    assert (await client.get("/api/watches")).json()["watches"] == []
    kept = await client.post(URL, params={"keepGoing": "true"}, content=text, headers=CSV)
    assert kept.json() == {"imported": 1, "bad": found["bad"], "warnings": []}


async def test_a_row_for_another_user_is_refused(app: App, client: httpx.AsyncClient) -> None:
    operator = await bearer(app, "operator", admin=True)
    rows = [{"query": "a", "user": "owner"}, {"query": "b", "user": "operator"}, {"query": "c"}]
    refused = (await client.post(URL, json=rows, headers=operator)).json()
    assert refused["bad"] == [
        {"line": 1, "why": 'The field "user" names "owner"; you import for "operator".'}
    ]
    done = await client.post(URL, params={"keepGoing": "true"}, json=rows, headers=operator)
    assert done.json()["imported"] == 2
    listed = (await client.get("/api/watches", headers=operator)).json()["watches"]
    assert [w["user"] for w in listed] == ["operator", "operator"]


async def test_an_import_stays_within_the_watches_of_a_user(app: App, client: httpx.AsyncClient) -> None:
    owner = await bearer(app, "owner")
    rows = [{"query": f"thing {n}"} for n in range(1001)]
    full = await client.post(URL, json=rows, headers=owner)
    assert (full.status_code, full.json()["code"]) == (400, "INVALID_INPUT")
    assert "more watches than the 1,000 that you may still have" in full.json()["message"]
    assert app.stores.watches.count_of("owner") == 0
    assert (await client.post(URL, json=rows[:999], headers=owner)).json()["imported"] == 999
    assert (await client.post(URL, json=rows[:2], headers=owner)).status_code == 400
    assert (await client.post(URL, json=rows[:1], headers=owner)).status_code == 200


@pytest.mark.parametrize(
    ("body", "kind", "status", "words"),
    [
        (b"", "application/json", 400, "body is missing"),
        (b"[{", "application/json", 400, "Line 1 is not JSON"),
        (b'{"watches": 1}', "application/json", 400, "no list of watches"),
        (b"query\nomega\n", "application/json", 400, "CSV has the content type text/csv"),
        (b"colour\nred\n", "text/csv", 400, '"colour" is not known'),
        (b"query\n\xff\n", "text/csv; charset=utf-8", 400, "not UTF-8"),
        (b"query\nomega\n", "text/plain", 415, "text/csv"),
        (b'{"watches": [' + b"[" * 50_000, "application/json", 400, "nested too deeply"),
    ],
)
async def test_a_wrong_body_is_refused_with_a_sentence(
    client: httpx.AsyncClient, body: bytes, kind: str, status: int, words: str
) -> None:
    answer = await client.post(URL, content=body, headers={"Content-Type": kind})
    assert answer.status_code == status
    assert words in answer.json()["message"]


async def test_unknown_parameters_of_an_import_are_refused(client: httpx.AsyncClient) -> None:
    for wrong, words in (({"keepgoing": "1"}, "keepGoing"), ({"dryRun": "perhaps"}, "true or false")):
        answer = await client.post(URL, params=wrong, json=ROWS)
        assert answer.status_code == 400
        assert words in answer.json()["message"]
    assert (await client.get("/api/watches/export?format=xml")).status_code == 400


async def test_an_import_may_be_large(client: httpx.AsyncClient) -> None:
    rows = json.dumps([{"query": f"thing {n}"} for n in range(20)]).ljust(100 * 1024)
    answer = await client.post(URL, content=rows, headers={"Content-Type": "application/json"})
    assert answer.json()["imported"] == 20


async def test_others_are_answered_while_rows_are_read(client: httpx.AsyncClient) -> None:
    rows = json.dumps([{"query": f"thing {n}"} for n in range(2000)])
    headers = {"Content-Type": "application/json"}
    importing = asyncio.create_task(client.post(URL, content=rows, headers=headers))
    answered = 0
    while not importing.done():
        assert (await client.get("/healthz")).status_code == 200
        answered += 1
    done: Any = (await importing).json()
    assert done["imported"] == 2000
    assert answered > 10
