"""Entity tags of watches: no edit is lost, and no unchanged answer is sent twice."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from tests.fakes import FakeClock
from watcher.core.errors import InvalidInput
from watcher.db.schema import watches
from watcher.runtime import App
from watcher.web.endpoints.etags import parse_tags

URL = "/api/watches/1"


@pytest.fixture
async def tag(client: httpx.AsyncClient) -> str:
    """Return the tag of a new watch."""
    made = await client.post("/api/watches", json={"query": "zenitar mk2", "below": 42})
    assert made.headers["Location"] == URL
    return str(made.headers["ETag"])


async def patch(client: httpx.AsyncClient, tag: str, **fields: object) -> httpx.Response:
    return await client.patch(URL, json=fields, headers={"If-Match": tag})


async def test_a_lost_update_is_refused(client: httpx.AsyncClient, tag: str) -> None:
    assert (await client.get(URL)).headers["ETag"] == tag
    first = await patch(client, tag, label="mine")
    assert first.status_code == 200
    late = await patch(client, tag, label="theirs")
    assert (late.status_code, late.json()["code"], late.json()["statusCode"]) == (412, "INVALID_INPUT", 412)
    assert late.json()["message"].startswith("The watch has changed since you read it, so nothing was done.")
    assert (await client.delete(URL, headers={"If-Match": tag})).status_code == 412
    assert (await client.get(URL)).json()["label"] == "mine"
    assert (await patch(client, first.headers["ETag"], label="theirs")).status_code == 200
    assert (await client.delete(URL, headers={"If-Match": "*"})).status_code == 200
    assert (await client.delete(URL, headers={"If-Match": "*"})).status_code == 404


async def test_only_one_of_several_concurrent_edits_is_done(client: httpx.AsyncClient, tag: str) -> None:
    done = await asyncio.gather(*(patch(client, tag, label=f"label {n}") for n in range(5)))
    statuses = sorted(answer.status_code for answer in done)
    assert statuses == [200, 412, 412, 412, 412]
    (winner,) = [answer.json()["label"] for answer in done if answer.status_code == 200]
    assert (await client.get(URL)).json()["label"] == winner
    now = (await client.get(URL)).headers["ETag"]
    removed = client.delete(URL, headers={"If-Match": now})
    both = await asyncio.gather(patch(client, now, label="kept"), removed)
    assert sorted(answer.status_code for answer in both) in ([200, 412], [200, 404])


async def test_an_edit_between_read_and_write_is_noticed(
    app: App, client: httpx.AsyncClient, tag: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = app.stores.watches.change

    async def overtaken(*args: Any) -> bool:
        monkeypatch.undo()
        await client.patch(URL, json={"label": "theirs"})
        return await write(*args)

    monkeypatch.setattr(type(app.stores.watches), "change", lambda _self, *args: overtaken(*args))
    assert (await patch(client, tag, label="mine")).status_code == 412
    assert (await client.get(URL)).json()["label"] == "theirs"


async def test_a_poll_changes_the_answer_and_refuses_no_edit(
    app: App, client: httpx.AsyncClient, clock: FakeClock, tag: str
) -> None:
    same = await client.get(URL, headers={"If-None-Match": f'"other", W/{tag}'})
    assert (same.status_code, same.content, same.headers["ETag"]) == (304, b"", tag)
    await app.poller.tick(clock.now())
    await app.poller.settle()
    assert (await client.get(URL, headers={"If-None-Match": tag})).status_code == 200
    assert (await patch(client, tag, label="mine")).status_code == 200


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ({"If-Match": "*"}, 200),
        ({"If-Match": '"9-a", "1-b" ,'}, 200),
        ({"If-Match": 'W/"1-a"'}, 412),
        ({"If-Match": '"11", ""'}, 412),
        ({"If-None-Match": "*"}, 412),
        ({"If-None-Match": 'W/"1-a"'}, 412),
        ({"If-None-Match": '"2-a"'}, 200),
        ({"If-Match": "1"}, 400),
        ({"If-Match": '*, "1"'}, 400),
        ({"If-Match": '"1" "2"'}, 400),
        ({"If-Match": 'w/"1"'}, 400),
        ({"If-Match": ""}, 400),
        ({"If-Match": " , "}, 400),
    ],
)
async def test_conditions_follow_rfc_9110(
    client: httpx.AsyncClient, tag: str, condition: dict[str, str], status: int
) -> None:
    del tag
    answer = await client.patch(URL, json={"label": "mine"}, headers=condition)
    assert (answer.status_code, (await client.get(URL)).json()["label"]) == (
        status,
        "mine" if status == 200 else "",
    )


async def test_several_lines_of_a_condition_are_one_list(client: httpx.AsyncClient, tag: str) -> None:
    lines = [("If-Match", '"8"'), ("If-Match", tag)]
    assert (await client.patch(URL, json={"label": "mine"}, headers=lines)).status_code == 200
    assert (await client.get(URL, headers={"If-Match": tag})).status_code == 412


@pytest.mark.timeout(20)  # seconds; dividing the spaces in every way would take minutes
def test_a_condition_full_of_spaces_is_refused_at_once() -> None:
    for hostile in ('"a"' + " " * 200_000 + "x", '"a",' + " \t" * 100_000 + "x", " " * 200_000 + "W/x"):
        with pytest.raises(InvalidInput):
            parse_tags([hostile], "If-Match")
    assert parse_tags([' "a" , \t, W/"b"\t'], "If-Match") == (False, {"a"}, {"b"})


async def test_fields_and_pausing_change_together_or_not_at_all(client: httpx.AsyncClient, tag: str) -> None:
    changed = (await patch(client, tag, label="mine", paused=True)).json()
    assert (changed["label"], changed["paused"], changed["revision"]) == ("mine", True, 2)
    refused = await client.patch(URL, json={"below": "much", "paused": False})
    assert refused.status_code == 400
    same = await client.patch(URL, json={"paused": True, "label": "mine"})
    assert (same.json()["paused"], same.json()["revision"]) == (True, 2)


async def test_a_damaged_watch_is_removed_only_without_its_tag(
    app: App, client: httpx.AsyncClient, tag: str
) -> None:
    broken = update(watches).values(rule="soonest")
    await app.stores.database.write(lambda conn: conn.execute(broken))
    assert (await client.delete(URL, headers={"If-Match": tag})).status_code == 412
    assert (await client.delete(URL, headers={"If-Match": "*"})).status_code == 200


async def test_a_new_watch_has_no_field_for_pausing(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/watches", json={"query": "x", "paused": True})
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_INPUT")
    assert (await client.get("/api/watches")).json()["watches"] == []
