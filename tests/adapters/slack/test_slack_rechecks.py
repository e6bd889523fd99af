"""Messages about what was looked at again: what is gone, and what costs more by now."""

from __future__ import annotations

import json
from dataclasses import replace

from tests.adapters.slack.test_slack_blocks import ALERT, ITEM
from tests.fakes import usd
from watcher.adapters.slack.blocks import SlackMessage, render_message
from watcher.core.alerts import Item
from watcher.core.deliveries import DeliveryContext
from watcher.core.item_state import Gone, ItemState
from watcher.core.times import Instant
from watcher.demo.blocks import check_message

A, B = (
    ITEM,
    ITEM._replace(
        item_id="v1|2|0",
        title="Zenitar <!channel> | box",
        url="https://www.ebay.com/itm/2",
        total="47.00",
        price="42.00",
    ),
)


def message(states: dict[str, ItemState], *items: Item, **fields: object) -> SlackMessage:
    alert = replace(ALERT, items=items, **fields)  # type: ignore[arg-type]
    rendered = render_message(alert, DeliveryContext(Instant(alert.made_at), states=states))
    check_message({"text": rendered.text, "blocks": rendered.blocks})
    return rendered


def text_of(rendered: SlackMessage) -> str:
    return json.dumps(rendered.blocks, ensure_ascii=False)


def test_message_names_gone_items_and_shows_the_others() -> None:
    sent = message({A.item_id: ItemState(Gone.SOLD_OUT)}, A, B)
    assert sent.text.startswith("Zenitar &lt;!channel&gt; | box: $47.00 in total (target")
    assert sent.blocks[0]["block_id"] == f"alert:{ALERT.id}"
    shown = text_of(sent)
    assert "Gone since it was found: Zenitar Mk2 rangefinder (sold out)" in shown
    assert A.url.replace("&", "&amp;") not in shown


def test_titles_of_what_is_gone_are_escaped() -> None:
    sent = message({B.item_id: ItemState(Gone.ENDED)}, A, B)
    assert "Zenitar &lt;!channel&gt; ¦ box (ended)" in text_of(sent)


def test_best_items_may_be_gone_while_others_are_only_counted() -> None:
    sent = message({A.item_id: ItemState(Gone.NOT_FOUND)}, A, more=3)
    assert (
        sent.text
        == f"{ALERT.watch_name}: the best one is gone, 3 others may be there (target: at most $50.00)"
    )
    shown = text_of(sent)
    assert "See what is on offer" in shown
    assert "(no longer listed)" in shown
    assert "+3 more" in shown


def test_price_that_has_risen_above_the_target_is_stated() -> None:
    sent = message({A.item_id: ItemState(price=usd(60))}, A)
    assert sent.text == (
        "Zenitar Mk2 rangefinder: by now $65.00 in total, above the target (target: at most $50.00)"
    )
    stated = "Since then its price has risen to $60.00: $65.00 in total, which is above the target"
    assert stated in text_of(sent)


def test_price_that_has_risen_within_the_target_is_stated_as_that() -> None:
    sent = message({A.item_id: ItemState(price=usd(44))}, A)
    assert "by now $49.00 in total (target" in sent.text
    assert "its price has risen to $44.00: $49.00 in total\\n" in text_of(sent)


def test_message_about_what_is_unchanged_is_as_without_a_look() -> None:
    assert message({A.item_id: ItemState(price=usd(40))}, A) == message({}, A)
