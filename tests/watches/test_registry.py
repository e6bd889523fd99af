"""The registry over a real database: add, edit, pause, remove, import and export."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event

from tests.core.test_watch_input import DRAFTS
from tests.fakes import FakeClock, usd
from watcher.core.alerts import Alert, make_alert
from watcher.core.cadence.call_plan import CallPlan
from watcher.core.comps import Comps, Filters, Selection, summarize
from watcher.core.errors import InvalidInput, NotFound
from watcher.core.item_number import hashed_id
from watcher.core.polls import PollResult
from watcher.core.rejections import reject_items
from watcher.core.rules import LastAlerted
from watcher.core.rules.new_listing import NewListing
from watcher.core.taught import TaughtAnswer
from watcher.core.times import DAY, MINUTE, Instant
from watcher.core.watch import Watch, WatchId
from watcher.core.watch_input import Defaults, watch_from
from watcher.db.stores import Stores
from watcher.watches.import_rows import csv_header, csv_row_of, rows_of
from watcher.watches.registry import Import, Registry, export_json

PLAIN = Defaults("EBAY_US")


class _NoStore:
    """A store for imports that are only parsed."""


@pytest.fixture
def registry(stores: Stores) -> Registry:
    return Registry(stores.watches, PLAIN, lambda: CallPlan(budget=4500.0))


def reader(defaults: Defaults = PLAIN) -> Registry:
    return Registry(_NoStore(), defaults, CallPlan)  # type: ignore[arg-type]  # parsing uses no store


def read(text: str) -> Import:
    return reader().read_import(text)


def rules(found: Import) -> list[str]:
    return [f"{w.question.query}: {w.rule}" for w in found.watches]


async def add(registry: Registry, clock: FakeClock, **draft: str) -> Watch:
    return await registry.add({"query": "omega", **draft}, clock.now())


# --- registering and changing -----------------------------------------------------------------------


async def test_a_new_watch_has_an_id_and_its_search_is_due(
    registry: Registry, stores: Stores, clock: FakeClock
) -> None:
    watch = await add(registry, clock, below="50")
    assert (watch.id, watch.created_at) == (1, clock.now())
    assert stores.searches.next_due() == clock.now()
    assert replace(registry.get(watch.id), search_id=watch.search_id) == watch


async def test_an_invalid_draft_stores_nothing(registry: Registry, stores: Stores, clock: FakeClock) -> None:
    with pytest.raises(InvalidInput):
        await add(registry, clock, below="much")
    assert stores.watches.listed() == []


async def test_watches_on_the_same_question_share_a_search(
    registry: Registry, stores: Stores, clock: FakeClock
) -> None:
    first = await add(registry, clock, below="50")
    other = await add(registry, clock, query="OMEGA ", rule="new")
    assert registry.get(first.id).search_id == registry.get(other.id).search_id
    assert stores.searches.active_searches() == 1


async def test_an_unknown_id_is_not_found(registry: Registry, clock: FakeClock) -> None:
    for number in (1, 2**62):
        with pytest.raises(NotFound, match=f"There is no watch {number}; `watcher watch list` shows them"):
            registry.get(WatchId(number))
    with pytest.raises(NotFound):
        await registry.remove(WatchId(1), clock.now())


async def test_pausing_stops_the_search_and_resuming_makes_it_due(
    registry: Registry, stores: Stores, clock: FakeClock
) -> None:
    watch = await add(registry, clock)
    assert (await registry.set_paused(watch.id, clock.now(), paused=True)).paused
    assert stores.searches.next_due() is None
    later = clock.move(DAY)
    assert not (await registry.set_paused(watch.id, later, paused=False)).paused
    assert stores.searches.next_due() == later


async def test_pausing_a_watch_does_not_change_the_shared_due_time(
    registry: Registry, stores: Stores, clock: FakeClock
) -> None:
    first, _ = await add(registry, clock), await add(registry, clock, below="5")
    await poll(stores, clock)
    due = stores.searches.next_due()
    await registry.set_paused(first.id, clock.move(MINUTE), paused=True)
    assert stores.searches.next_due() == due


async def test_a_new_label_costs_no_poll(registry: Registry, stores: Stores, clock: FakeClock) -> None:
    watch = await add(registry, clock)
    await poll(stores, clock)
    due = stores.searches.next_due()
    assert (await registry.edit(watch.id, {"label": "Gift"}, clock.move(1))).label == "Gift"
    assert stores.searches.next_due() == due


async def test_a_new_rule_is_polled_at_once_and_forgets_earlier_alerts(
    registry: Registry, stores: Stores, clock: FakeClock
) -> None:
    watch = await add(registry, clock, below="50")
    await poll(stores, clock, watch)
    now = clock.move(MINUTE)
    changed = await registry.edit(watch.id, {"below": "60"}, now)
    assert (changed.baseline_at, stores.searches.next_due()) == (None, now)
    assert stores.searches.last_alerted({watch.id: ["v1|1|0"]}) == {}


async def test_a_new_question_moves_the_watch_to_another_search(
    registry: Registry, stores: Stores, clock: FakeClock
) -> None:
    watch = await add(registry, clock)
    changed = await registry.edit(watch.id, {"query": "rolex"}, clock.now())
    assert changed.question.query == "rolex"
    assert stores.searches.active_searches() == 1


async def test_a_watch_may_be_given_to_a_new_user(
    registry: Registry, stores: Stores, clock: FakeClock
) -> None:
    watch = await add(registry, clock)
    await registry.edit(watch.id, {"user": "ann"}, clock.now())
    assert [r.watch.id for r in stores.watches.listed("ann")] == [watch.id]


async def test_an_edit_does_not_undo_a_poll_in_between(
    registry: Registry, stores: Stores, clock: FakeClock
) -> None:
    before = await add(registry, clock, below="50")
    await poll(stores, clock, before)  # the first poll; `before` has no baseline
    assert await stores.watches.change(replace(before, label="x"), clock.now())
    after = registry.get(before.id)
    assert (after.label, after.baseline_at) == ("x", clock.now())
    assert stores.searches.last_alerted({before.id: ["v1|1|0"]})


async def test_concurrent_edits_do_not_undo_each_other(
    registry: Registry, stores: Stores, clock: FakeClock
) -> None:
    watch = await add(registry, clock)

    class Rival:
        """A store in which another user is faster, once."""

        done = False

        def get(self, number: WatchId) -> Watch | None:
            return stores.watches.get(number)

        async def change_all(self, changed: Sequence[Watch], now: Instant) -> bool:
            if not self.done:
                self.done = True
                await registry.edit(watch.id, {"tag": "theirs"}, now)
            return await stores.watches.change_all(changed, now)

    mine = Registry(Rival(), PLAIN, CallPlan)  # type: ignore[arg-type]  # all that an edit uses
    await mine.edit(watch.id, {"label": "mine"}, clock.now())
    after = registry.get(watch.id)
    assert (after.label, after.tag) == ("mine", "theirs")


async def test_an_edit_that_always_conflicts_is_refused(
    registry: Registry, stores: Stores, clock: FakeClock
) -> None:
    watch = await add(registry, clock)

    class Busy:
        def get(self, number: WatchId) -> Watch | None:
            return stores.watches.get(number)

        async def change_all(self, _changed: Sequence[Watch], _now: Instant) -> bool:
            return False

    with pytest.raises(InvalidInput, match="changed by others at the same moment; try again"):
        await Registry(Busy(), PLAIN, CallPlan).edit(watch.id, {"tag": "x"}, clock.now())  # type: ignore[arg-type]  # see above


async def poll(stores: Stores, clock: FakeClock, *watches: Watch) -> None:
    """Record a poll of every due search, with an alert on item 1 for these watches."""
    for search in await stores.searches.claim_due(clock.now(), 10, "me", MINUTE):
        judged = tuple((w.id, w.revision, True) for w in watches)
        next_due = Instant(clock.now() + 10 * MINUTE)
        alerts = tuple(alert_of(w, clock.now()) for w in watches)
        done = PollResult(search.id, "me", search.due_at, clock.now(), next_due, judged=judged, alerts=alerts)
        await stores.searches.record(done)


def alert_of(watch: Watch, now: Instant) -> tuple[Alert, dict[str, LastAlerted]]:
    """Return an alert on item 1, and the state that it stores."""
    no_comps = Comps(Selection((), ()), summarize((), "USD"))
    alert = make_alert(watch, (), "", no_comps, now=now, fetched_at=now, source="fresh")
    return alert, {"v1|1|0": LastAlerted(usd(40), usd(40), estimated=False)}


# --- many at once -----------------------------------------------------------------------------------


async def test_an_import_keeps_its_order_and_spreads_its_first_polls(
    registry: Registry, stores: Stores, clock: FakeClock
) -> None:
    found = read("query\n" + "".join(f"omega {n}\n" for n in range(60)))
    numbers = await registry.add_all(found.watches, clock.now())
    assert numbers == list(range(1, 61))
    assert [r.watch.question.query for r in stores.watches.listed()] == [f"omega {n}" for n in range(60)]
    due = [r.due_at - clock.now() for r in stores.watches.listed() if r.due_at]
    assert due[:21] == [0.0] * 21
    assert due[21:] == pytest.approx([64.0 * n for n in range(1, 40)]), "30 % of the calls"


async def test_an_import_is_polled_first_where_most_watches_want_it(
    registry: Registry, stores: Stores, clock: FakeClock
) -> None:
    wanted = "omega 50,low\nomega 51,high\nomega 52,normal\nomega 52,normal\nomega 52,low\n"
    plain = "".join(f"omega {n},normal\n" for n in range(50))
    await registry.add_all(read(f"query,priority\n{plain}{wanted}").watches, clock.now())
    due = {r.watch.question.query: r.due_at for r in stores.watches.listed() if r.due_at}
    order = sorted(due, key=lambda query: due[query])
    assert {"omega 51", "omega 52"} <= set(order[:21])
    assert order[-2:] == ["omega 49", "omega 50"]


async def test_importing_polled_searches_does_not_change_their_due_times(
    registry: Registry, stores: Stores, clock: FakeClock
) -> None:
    found = read("query\n" + "".join(f"omega {n}\n" for n in range(60)))
    await registry.add_all(found.watches, clock.now())
    before = [r.due_at for r in stores.watches.listed()]
    await registry.add_all(found.watches, clock.move(1))
    assert [r.due_at for r in stores.watches.listed()[:60]] == before


async def test_imported_paused_watches_are_not_polled(
    registry: Registry, stores: Stores, clock: FakeClock
) -> None:
    await registry.add_all(read("query,paused\nomega,yes\nrolex,no\n").watches, clock.now())
    assert [(r.watch.paused, r.due_at) for r in stores.watches.listed()] == [
        (True, None),
        (False, clock.now()),
    ]


async def test_importing_many_watches_costs_as_much_for_each_as_a_few(
    registry: Registry, stores: Stores, clock: FakeClock
) -> None:
    statements = 0

    @event.listens_for(stores.database.engine, "before_cursor_execute")
    def count(*_: object) -> None:
        nonlocal statements
        statements += 1

    async def seconds_of(many: int) -> float:
        rows = "".join(f"omega {many} {n},watches,{n + 1}.50\n" for n in range(many))
        start = time.process_time()
        await registry.add_all(read(f"query,category,below\n{rows}").watches, clock.now())
        return time.process_time() - start

    few, many = await seconds_of(500), await seconds_of(4_500)
    assert many < 30 * few, "nine times as many"
    assert statements < 100


# --- reading files ----------------------------------------------------------------------------------


def test_a_csv_needs_only_a_query() -> None:
    assert rules(read("query\nomega\n")) == ["omega: new"]


def test_a_csv_from_a_spreadsheet_is_read() -> None:
    found = read('\ufeffQuery , Below,exclude,,\r\n"omega, ""moon""",50,"box, strap only",,\r\n\r\n,,,,\r\n')
    (watch,) = found.watches
    assert (watch.question.query, str(watch.rule)) == ('omega, "moon"', "below 50.00 USD")
    assert watch.filters.exclude == ("box", "strap only")
    assert found.bad == ()


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_semicolons_and_tabs_are_delimiters_too(delimiter: str) -> None:
    assert rules(read(f"query{delimiter}below\nomega{delimiter}5\n")) == ["omega: below 5.00 USD"]


@pytest.mark.parametrize(
    "text",
    [
        "sep=;\r\nquery;below\r\nomega;5\r\n",
        '"sep=;"\nquery;below\nomega;5\n',
        "\ufeffSEP=,\nquery,below\nomega,5\n",
        "sep=|\nquery|below\nomega|5\n",
        "\ufeffquery;below\r\nomega;5\r\n",
        "\r\nQuery ; Below\r\nomega;5",
        "query\tbelow\romega\t5\r",
    ],
)
def test_a_csv_of_any_spreadsheet_is_read(text: str) -> None:
    assert rules(read(text)) == ["omega: below 5.00 USD"]


def test_lines_are_counted_from_the_line_that_names_the_delimiter() -> None:
    assert [b.line for b in read("sep=;\nquery;below\nomega;x\n").bad] == [3]


def test_columns_and_keys_are_named_as_the_api_or_the_command_line_does() -> None:
    assert read("Query,Min-Feedback,from country\nomega,5,uk\n").watches[0].filters == Filters(
        min_feedback=5, from_country="GB"
    )
    assert read('[{"query": "omega", "minFeedback": 5, "fromCountry": "UK"}]').watches[0].filters == Filters(
        min_feedback=5, from_country="GB"
    )


def test_a_row_with_nul_is_bad_and_spoils_no_other() -> None:
    found = read("query,label\nomega,a\0b\nrolex,c\n")
    assert (rules(found), [b.line for b in found.bad]) == (["rolex: new"], [2])


def test_rejected_items_are_exported_and_imported() -> None:
    watch = reject_items(watch_from({"query": "omega"}, PLAIN), ["v1|1|0", "v1|2|0"])
    exported = json.loads(export_json([watch]))["watches"][0]
    assert exported["rejected"] == [hashed_id("v1|1|0"), hashed_id("v1|2|0")]
    assert read(export_json([watch])).watches == (watch,)
    assert read("query,rejected\nomega,v1|1|0 v1|2|0\n").watches == (watch,)
    bad = read('[{"query": "omega", "rejected": ["#x"]}]').bad
    assert bad[0].why == '"#x" is not a rejected item; an export writes each as # and its hash.'


def test_answers_are_exported_and_imported_as_json_and_csv() -> None:
    answer = TaughtAnswer(
        hashed_id("v1|1|0"),
        same=True,
        words=("a", "ü"),
        missing=("b",),
        category="42",
        specifics=(("Type", "Toy, small"),),
    )
    watch = replace(watch_from({"query": "omega"}, PLAIN), taught=(answer,))
    assert read(export_json([watch])).watches == (watch,)
    assert read(csv_header() + csv_row_of(watch)).watches == (watch,)
    bad = read('[{"query": "omega", "taught": [{"item": "v1|1|0", "same": true}]}]').bad
    assert bad[0].why == "an answer needs an item (# and its hash) and same (true or false)."


def test_a_bad_row_is_reported_with_its_first_line() -> None:
    found = read('query,below\nok,1\n"two\nlines",x\nc\nd,1,2\n,5\ne,6\n')
    assert rules(found) == ["ok: below 1.00 USD", "e: below 6.00 USD"]
    assert [(b.line, b.why) for b in found.bad] == [
        (3, '"x" is not an amount of money; write 50, 49.90, "50 USD" or "EUR 49.90".'),
        (5, "The row has 1 field, the header 2."),
        (6, "The row has 3 fields, the header 2."),
        (7, "The query is missing: say what to search for."),
    ]
    assert found.counted == "line"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "The file is empty."),
        ("\ufeff \r\n", "The file is empty."),
        ("qurey,below\na,1\n", 'The field "qurey" is not known. Did you mean "query"?'),
        ("query,belo\na,1\n", 'The field "belo" is not known. Did you mean "below"?'),
        ("below\n1\n", 'The first line has no "query" column; it names any of query, category,'),
        ("query,Query\na,b\n", 'The column "query" is there twice.'),
        ("query,,below\na,,1\n", "A column has no name."),
        ('query,below\n"a,5\n', "Line 2 is not CSV: unexpected end of data."),
        ('query\n"a"b\n', "Line 2 is not CSV:"),
        ("query\n" + "x" * 200_000 + "\n", "Line 2 has more than 200,000 characters"),
        ("{", "Line 1 is not JSON:"),
        ('{"watches": [\n1,', "Line 2 is not JSON:"),
        ('{"a": 1}', "The JSON has no list of watches"),
        ("[" * 100_000, "The JSON has a number that is too long or is nested too deeply."),
        (
            '[{"min_feedback": ' + "9" * 5000 + "}]",
            "The JSON has a number that is too long or is nested too deeply.",
        ),
    ],
)
def test_a_malformed_file_is_refused_with_a_message(text: str, why: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read(text)
    assert str(refused.value).startswith(why)


def test_a_file_without_rows_has_no_watches() -> None:
    assert read("query,below\n") == Import((), ())
    assert read('{"watches": []}').watches == ()


def test_paused_must_be_yes_or_no() -> None:
    found = read("query,paused\na,yes\nb,No\nc,TRUE\nd,\ne,maybe\n")
    assert [w.paused for w in found.watches] == [True, False, True, False]
    assert [b.why for b in found.bad] == ['"maybe" is neither yes nor no for paused.']


def test_json_accepts_numbers_null_and_booleans() -> None:
    rows = [
        {"query": "a", "below": 5.5, "label": None, "paused": True},
        {"query": "b", "belo": 5},
        {"query": ["c"]},
        {"query": True},
        {"query": "d", "below": float("nan")},
        7,
        {"query": "\ud800"},
    ]
    found = read(json.dumps(rows))
    assert rules(found) == ["a: below 5.50 USD"]
    assert found.watches[0].paused
    assert found.counted == "watch"
    assert [(b.line, b.why.partition(";")[0]) for b in found.bad] == [
        (2, found.bad[0].why.partition(";")[0]),
        (3, 'The field "query" must be text.'),
        (4, 'The field "query" must be text.'),
        (5, 'The field "below" must be text or a number.'),
        (6, "It is not an object with a query."),
        (7, 'The field "query" contains a character that is not text, such as a control character.'),
    ]
    assert 'Did you mean "below"?' in found.bad[0].why


def test_progress_is_reported_every_thousand_rows() -> None:
    lines: list[int] = []
    reader().read_import("query\n" + "omega\n" * 2500, lines.append)
    assert lines == [1001, 2001]


@given(st.lists(st.tuples(DRAFTS, st.booleans()), max_size=4))
def test_an_export_is_imported_identically(drafts: list[tuple[dict[str, str], bool]]) -> None:
    watches = tuple(replace(watch_from(d, PLAIN), paused=paused) for d, paused in drafts)
    found = reader().read_import(export_json(watches))
    assert found.watches == watches
    assert found.bad == ()
    assert export_json(found.watches) == export_json(watches)


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda b: b.decode("latin-1")))
def test_any_file_is_read_or_refused_with_a_message(text: str) -> None:
    sentences: list[Any] = []
    try:
        sentences = [b.why for b in read(text).bad]
    except InvalidInput as refused:
        sentences = [str(refused)]
    assert all(sentences)


def test_a_watch_without_a_rule_waits_for_new_listings() -> None:
    assert read("query\nomega\n").watches[0].rule == NewListing()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("query\n" + "\n" * 100_001 + "omega\n", "more than 100,000 empty rows"),
        ("query" + "," * 200_000 + "\nomega\n", "Line 1 has more than 200,000 characters"),
        ("sep=;\nquery\nomega" + ";" * 200_000, "Line 3 has more than 200,000 characters"),
    ],
)
def test_a_csv_whose_rows_would_stop_the_daemon_is_refused(text: str, why: str) -> None:
    with pytest.raises(InvalidInput, match=why):
        list(rows_of(text))
