"""Slack messages: their content, their limits, and listing text that tries to abuse them."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.zones import machine_zone
from watcher.adapters.slack.blocks import (
    SlackMessage,
    clean_line,
    escape,
    escape_mrkdwn,
    render_message,
    safe_url,
)
from watcher.core.alerts import Alert, Item, OpsNotice
from watcher.core.deliveries import DeliveryContext, Notification
from watcher.core.times import Instant


@pytest.fixture(autouse=True)
def utc() -> Iterator[None]:
    """Make UTC the zone of the machine."""
    with machine_zone("UTC"):
        yield


ITEM = Item(
    item_id="v1|1|0",
    title="Zenitar Mk2 rangefinder",
    url="https://www.ebay.com/itm/1?hash=a&b=c",
    image="https://i.ebayimg.com/1.jpg",
    condition="Used",
    currency="USD",
    price="40.00",
    shipping="5.00",
    assumed=None,
    total="45.00",
    why="$45.00 in total is at most your $50.00",
)
ALERT = Alert(
    id="abc234def5",
    watch_id=17,
    watch_name="zenitar mk2",
    user="local",
    to="slack",
    rule="below 50.00 USD",
    target="at most $50.00",
    made_at=1_750_000_012.0,
    fetched_at=1_750_000_000.0,
    source="ebay",
    query="zenitar mk2",
    condition="used",
    category="electronics",
    marketplace="EBAY_US",
    basis="ask",
    currency="USD",
    n=41,
    low="280.00",
    median="312.00",
    high="400.00",
    interval=("300.00", "330.00"),
    dropped={"lot": 3},
    items=(ITEM,),
)
NOTICE = OpsNotice(
    incident_id="0123456789ab",
    phase="firing",
    api="ebay",
    symptom="failure-rate",
    since=1_750_000_000.0,
    at=1_750_000_300.0,
    headline="eBay: 7 of 20 calls failed in the last 5 min (35 %, limit 10 %)",
    facts=(("Since", "2025-06-15T15:06:40Z (5 min)"), ("Effect", "Watches are polled late.")),
    advice="Run `watcher status`.",
)


def render(notification: Notification, context: DeliveryContext | None = None) -> SlackMessage:
    """Return the message as it is sent without a delay."""
    made = notification.made_at if isinstance(notification, Alert) else notification.at
    return render_message(notification, context or DeliveryContext(Instant(made)))


def texts(message: SlackMessage) -> str:
    """Return everything that a reader sees, with entities resolved."""
    return html.unescape(json.dumps(message.blocks, ensure_ascii=False))


def sections(message: SlackMessage) -> list[str]:
    return [b["text"]["text"] for b in message.blocks if b["type"] == "section"]


def check_limits(message: SlackMessage) -> None:
    """Check Slack's limits in UTF-16 code units, and that the text holds only links of ours."""

    def width(text: str) -> int:
        return len(text.encode("utf-16-le", "surrogatepass")) // 2

    assert 1 <= len(message.blocks) <= 50
    assert 0 < width(message.text) <= 3000
    assert width(json.dumps(message.blocks, ensure_ascii=False)) <= 13_200
    json.dumps(message.blocks, ensure_ascii=False).encode()
    for block in message.blocks:
        assert len(block.get("block_id", "x")) <= 255
        check_block(block, width)
    for text in [message.text, *every_text(message.blocks)]:
        for inside in re.findall(r"<([^>]*)>?", text):
            assert re.match(
                r"https://[^|\s]+\|[^|]|!date\^-?\d+\^\{date_short_pretty\} at \{time\}\|[^|]", inside
            ), text
        assert not re.search(r"@\w", text)
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", text)


def check_block(block: dict[str, Any], width: Any) -> None:
    match block["type"]:
        case "header":
            assert block["text"]["type"] == "plain_text"
            assert 0 < width(block["text"]["text"]) <= 150
        case "section":
            assert 0 < width(block["text"]["text"]) <= 3000
            if "accessory" in block:
                assert width(block["accessory"]["image_url"]) <= 3000
                assert block["accessory"]["image_url"].startswith("https://")
                assert 0 < width(block["accessory"]["alt_text"]) <= 2000
        case "context":
            assert len(block["elements"]) <= 10
            assert all(0 < width(e["text"]) <= 3000 for e in block["elements"])
        case other:
            pytest.fail(f"unknown block {other}")


def every_text(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["text"]] if isinstance(value.get("text"), str) else []
        return own + [t for v in value.values() for t in every_text(v)]
    return [t for v in value for t in every_text(v)] if isinstance(value, list) else []


def test_the_text_names_the_item_its_total_and_the_target() -> None:
    assert render(ALERT).text == "Zenitar Mk2 rangefinder: $45.00 in total (target: at most $50.00)"


def test_the_first_block_carries_the_alert_id() -> None:
    assert render(ALERT).blocks[0]["block_id"] == "alert:abc234def5"


def test_an_item_shows_total_condition_comps_and_reason() -> None:
    message = render(ALERT)
    (item,) = sections(message)
    assert "<https://www.ebay.com/itm/1?hash=a&amp;b=c|Zenitar Mk2 rangefinder>" in item
    assert "*$45.00 in total*: $40.00 and $5.00 shipping" in item
    assert "Condition: Used" in item
    assert "Comps: median $312.00 of 41 asks ($280.00 to $400.00); this item costs 14 % of the median" in item
    assert "Why: $45.00 in total is at most your $50.00" in item
    assert message.blocks[1]["accessory"] == {
        "type": "image",
        "image_url": "https://i.ebayimg.com/1.jpg",
        "alt_text": "Zenitar Mk2 rangefinder",
    }


DATE = "<!date^1750000000^{date_short_pretty} at {time}|2025-06-15 15:06 UTC>"


def test_the_last_lines_show_the_source_and_the_commands() -> None:
    (element,) = render(ALERT).blocks[-1]["elements"]
    assert element["text"] == (
        f"eBay was searched just before this alert ({DATE}) · rule: below 50.00 USD"
        " · watch 17"
        f"\nreceipt: `watcher alerts show {ALERT.id}` · wrong item: `watcher alerts reject {ALERT.id}`"
        " · mute: `watcher watch pause 17`"
    )


def test_assumed_shipping_is_explained() -> None:
    item = ITEM._replace(shipping=None, assumed="9.50", total="49.50")
    message = render(replace(ALERT, items=(item,)))
    assert "about $49.50 in total" in message.text
    expected = "*$40.00* plus unknown shipping; about $49.50 in total if shipping costs $9.50"
    assert expected in sections(message)[0]


def test_an_item_that_is_only_likely_is_marked_with_its_doubt() -> None:
    likely = ITEM._replace(confidence="likely", doubt="it costs 40% of what *others* ask <!here>")
    (item,) = sections(render(replace(ALERT, items=(likely,))))
    assert item.splitlines()[-1].startswith("❔ Likely the item: it costs 40% of what")
    assert "<!here>" not in item
    assert "*others*" not in item
    assert "Likely" not in sections(render(ALERT))[0]


def test_shown_specifics_that_decided_notify_no_channel() -> None:
    decided = ITEM._replace(specifics="Storage Capacity: *128 GB* <!here>")
    (item,) = sections(render(replace(ALERT, items=(decided,))))
    assert item.splitlines()[-1].startswith("Decided by its specifics: Storage Capacity: ")
    assert "<!here>" not in item
    assert "*128" not in item


def test_free_shipping_is_shown() -> None:
    message = render(replace(ALERT, items=(ITEM._replace(shipping="0.00", total="40.00"),)))
    assert "*$40.00 in total*, free shipping" in sections(message)[0]


def test_five_items_are_shown_and_the_others_counted() -> None:
    items = tuple(ITEM._replace(item_id=str(i), title=f"camera {i}") for i in range(7))
    message = render(replace(ALERT, items=items, more=30))
    assert len(sections(message)) == 5
    assert "+32 more" in texts(message)
    assert "and 36 more" in message.text


def test_an_alert_about_the_market_has_a_sentence_and_no_items() -> None:
    alert = replace(ALERT, items=(), market="the median of 41 asks is $312.00, at most your $320.00")
    message = render(alert)
    assert message.text == (
        "zenitar mk2: the median of 41 asks is $312.00, at most your $320.00 (target: at most $50.00)"
    )
    assert "the median of 41 asks is $312.00" in sections(message)[0]
    assert "this item" not in sections(message)[0]


def test_an_alert_without_items_links_to_its_search() -> None:
    alert = replace(ALERT, items=(), market="the median is low", marketplace="EBAY_GB", query="a & b|c>")
    message = render(alert)
    assert (
        "<https://www.ebay.co.uk/sch/i.html?_nkw=a+%26+b%7Cc%3E|See what is on offer>" in sections(message)[0]
    )
    assert "alerts reject" not in texts(message)
    assert "alerts reject" in texts(render(ALERT))
    check_limits(message)


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"basis": "sold"}, "of 41 sales"),
        ({"n": 1, "low": None, "high": None}, "median $312.00 of 1 ask;"),
        ({"n": 0, "median": None}, "Comps: none with a known total"),
        ({"currency": "CHF"}, "median 312.00 CHF of"),
    ],
)
def test_comps_show_their_basis(changes: dict[str, Any], line: str) -> None:
    assert line in sections(render(replace(ALERT, **changes)))[0]


def test_an_ops_message_names_the_api_and_the_symptom() -> None:
    message = render(NOTICE)
    assert message.text == (
        "🔴 eBay: 7 of 20 calls failed in the last 5 min (35 %, limit 10 %) (ebay failure-rate firing)"
    )
    assert message.blocks[0]["block_id"] == "incident:0123456789ab:firing:ebay:failure-rate"
    for part in ("2025-06-15 15:06 UTC", "(5 min)", "Watches are polled late.", "Run `watcher status`."):
        assert part in texts(message)
    check_limits(message)


@pytest.mark.parametrize(
    "title",
    [
        "<!channel> free",
        "<@U123> look",
        "@here @channel @everyone",
        "<https://evil.example|eBay>",
        "<!here|x",
        "&lt;!channel&gt;",
    ],
)
def test_a_title_cannot_mention_or_link(title: str) -> None:
    message = render(replace(ALERT, items=(ITEM._replace(title=title, why=title, condition=title),)))
    check_limits(message)
    assert clean_line(title) in html.unescape(message.text).replace("\u200b", "")


def test_a_title_cannot_format_and_words_keep_their_underscores() -> None:
    assert escape_mrkdwn("*NEW* _x_ ~y~ `z` a|b snake_case", 99) == "∗NEW∗ ˍxˍ ∼y∼ ˋzˋ a¦b snake_case"  # noqa: RUF001 - lookalikes


def test_invisible_characters_are_removed_and_emoji_families_kept() -> None:
    assert clean_line("a\u202eb\u2066c\x00d\ne\u200bf\ufeff  g\ud800h") == "a b c d e f g h"
    assert clean_line("👨\u200d👩\u200d👧") == "👨\u200d👩\u200d👧"


def test_a_cut_never_splits_an_entity() -> None:
    assert escape("&&&&", 20) == "&amp;&amp;&amp;&amp;"
    assert escape("&&&&", 19) == "&amp;&amp;&amp;…"
    assert escape("&&&&", 5) == "…"
    assert escape("abcdef", 6) == "abcdef"
    assert escape("😀😀", 3) == "😀…"


@pytest.mark.parametrize(
    "url",
    [
        "http://www.ebay.com/itm/1",
        "javascript:alert(1)",
        "https://www.ebay.com/ itm",
        "https://www.ebay.com/<x>",
        'https://www.ebay.com/"',
        "https://www.ebay.com/\nx",
        "https://www.ebay.com/é",
        "https://" + "a" * 3000,
        "",
    ],
)
def test_a_url_that_is_not_plain_https_is_left_out(url: str) -> None:
    message = render(replace(ALERT, items=(ITEM._replace(url=url, image=url),)))
    assert not message.has_pictures
    assert "<" not in sections(message)[0]
    assert "Zenitar Mk2 rangefinder" in sections(message)[0]


def test_a_pipe_in_a_url_does_not_end_it() -> None:
    assert safe_url("https://x.example/v1|2|0", 99) == "https://x.example/v1%7C2%7C0"


LATER = DeliveryContext(Instant(ALERT.made_at + 7140))


def test_a_late_alert_shows_when_it_was_found_and_why_it_waited() -> None:
    message = render(ALERT, LATER._replace(down_until=LATER.at))
    assert message.text.startswith("1 h 59 min late: Zenitar Mk2 rangefinder: $45.00 in total")
    assert message.blocks[0]["block_id"] == "alert:abc234def5"
    (note,) = message.blocks[1]["elements"]
    assert shown(note["text"]) == (
        "⏳ 1 h 59 min late. Found 2025-06-15 15:06 UTC, "
        "Slack accepted no message until 2025-06-15 17:05 UTC; it may be sold or have another price by now."
    )
    check_limits(message)


def test_a_late_alert_without_an_outage_shows_only_the_times() -> None:
    (note,) = render(ALERT, LATER).blocks[1]["elements"]
    assert "Found 2025-06-15 15:06 UTC, sent 2025-06-15 17:05 UTC; it may be" in shown(note["text"])


def test_a_few_minutes_are_not_late() -> None:
    assert "late" not in texts(render(ALERT, DeliveryContext(Instant(ALERT.made_at + 299), LATER.at)))


def test_a_late_ops_message_points_to_the_current_status() -> None:
    (note,) = render(NOTICE, LATER).blocks[1]["elements"]
    assert "`watcher status` shows the present state" in note["text"]


@pytest.mark.parametrize(
    ("zone", "fallback"),
    [
        ("Europe/Berlin", "2025-06-15 17:06 CEST"),
        ("America/Los_Angeles", "2025-06-15 08:06 PDT"),
        ("America/Sao_Paulo", "2025-06-15 12:06 UTC-03:00"),
    ],
)
def test_a_time_outside_of_slack_is_in_the_machines_zone(zone: str, fallback: str) -> None:
    with machine_zone(zone):
        (element,) = render(ALERT).blocks[-1]["elements"]
    assert f"<!date^1750000000^{{date_short_pretty}} at {{time}}|{fallback}>" in element["text"]


@pytest.mark.parametrize(
    "text", [":rotating_light: sale", "sale:tada:", ":+1::skin-tone-2:", ":100:", ":été:"]
)
def test_a_shortcode_in_a_text_is_not_drawn_as_an_emoji(text: str) -> None:
    alert = replace(ALERT, watch_name=text, items=(ITEM._replace(title=text, condition=text),))
    for shown_text in every_text([render(alert).blocks, {"text": render(alert).text}]):
        assert not re.search(r":[\w+-]+:", shown_text.replace("<!date", ""))
    assert text in render(alert).text.replace("\u200b", "")


def test_a_clock_time_and_a_colon_stay_as_they_are() -> None:
    assert escape("Lens: 50mm, at 12:30:45, 16:9", 99) == "Lens: 50mm, at 12:30:45, 16:9"


def test_text_that_only_looks_like_a_time_is_unchanged() -> None:
    (line,) = sections(render(replace(NOTICE, facts=(("Since", "2099-19-39T29:59:59Z"),))))[1:2]
    assert line == "*Since:* 2099-19-39T29:59:59Z"


def test_times_are_shown_in_the_readers_time_zone() -> None:
    (since, _) = sections(render(NOTICE))[1].splitlines()
    assert since == f"*Since:* {DATE} (5 min)"
    (note,) = render(NOTICE).blocks[-1]["elements"]
    assert note["text"] == (
        "incident 0123456789ab · <!date^1750000300^{date_short_pretty} at {time}|2025-06-15 15:11 UTC>"
    )


@pytest.mark.parametrize(
    ("phase", "header"),
    [
        ("firing", "🔴 eBay failure rate"),
        ("reminder", "🟠 eBay failure rate continues"),
        ("resolved", "🟢 eBay failure rate is over"),
    ],
)
def test_the_header_shows_the_phase_of_an_incident(phase: str, header: str) -> None:
    assert render(replace(NOTICE, phase=phase)).blocks[0]["text"]["text"] == header


def shown(text: str) -> str:
    """Return the text as a reader in UTC sees it."""
    return re.sub(r"<!date[^|]*\|([^>]*)>", r"\1", text)


def test_removing_pictures_keeps_everything_else() -> None:
    message = render(ALERT)
    bare = message.without_pictures()
    assert message.has_pictures
    assert not bare.has_pictures
    assert sections(bare) == sections(message)


wild = st.one_of(
    st.text(max_size=60),
    st.text(st.sampled_from("<>&|*_~`@!#\n\u202e😀\ud800aé"), max_size=600),
    st.builds("2025-06-15T15:06:40Z ".__mul__, st.integers(1, 99)),
    st.sampled_from(["2099-19-39T29:59:59Z", "2025-06-15T15:06:40Z|<!here>"]),
    st.builds(lambda c, n: c * n, st.characters(), st.just(10_000)),
)
urls = st.one_of(
    wild, st.builds("https://x.example/{}".format, st.text(st.sampled_from("a/?&=%|;,é"), max_size=900))
)
instants = st.floats(-1e12, 1e12).map(Instant)  # dates of any market, and far beyond
items = st.builds(
    Item,
    item_id=wild,
    title=wild,
    url=urls,
    image=urls,
    condition=wild,
    currency=st.sampled_from(["USD", "EUR", "JPY", "x" * 100]),
    price=st.sampled_from(["1.00", "99999999999.99", "", "x" * 500]),
    shipping=st.sampled_from([None, "0.00", "5.00", "NaN"]),
    assumed=st.sampled_from([None, "7.00"]),
    total=st.sampled_from(["1.00", "0", "", "x" * 500]),
    why=wild,
    listed_at=st.none() | instants,
    since=st.none() | instants,
)


@given(st.lists(items, max_size=8), wild, wild, wild, st.floats(allow_nan=False, allow_infinity=False))
def test_every_alert_is_within_slack_limits(
    some: list[Item], name: str, market: str, rule: str, at: float
) -> None:
    alert = replace(
        ALERT,
        items=tuple(some),
        watch_name=name,
        market=market,
        rule=rule,
        target=market,
        source=name,
        made_at=at,
        fetched_at=0.0,
        more=10**9,
    )
    check_limits(render(alert))


@given(wild, wild, st.lists(st.tuples(wild, wild), max_size=20))
def test_every_ops_message_is_within_slack_limits(a: str, b: str, facts: list[tuple[str, str]]) -> None:
    symptom = clean_line(a)[:20]
    check_limits(render(replace(NOTICE, headline=a, advice=b, facts=tuple(facts), symptom=symptom)))


def test_five_items_of_maximum_length_fit() -> None:
    long = ITEM._replace(
        title="😀&" * 5000,
        why="<" * 9000,
        condition="ß" * 999,
        url="https://x.example/" + "a" * 580,
        image="https://x.example/" + "a" * 280,
        price="x" * 900,
        shipping=None,
        assumed="x" * 900,
        total="x" * 900,
    )
    check_limits(
        render(replace(ALERT, items=(long,) * 5, market="&" * 999, rule="&" * 999, watch_name="&" * 999))
    )


def test_the_accuracy_of_medians_is_the_last_line_of_a_message() -> None:
    said = "On 212 delistings of this category our median was 6 % off."
    (element,) = render(replace(ALERT, accuracy=said)).blocks[-1]["elements"]
    assert element["text"].splitlines()[-1] == said
