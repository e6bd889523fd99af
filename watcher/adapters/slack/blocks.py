"""How notifications look in Slack: Block Kit, within Slack's limits whatever a listing says."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from watcher.core.alerts import Alert, Item, OpsNotice
from watcher.core.deliveries import DeliveryContext, Notification
from watcher.core.errors import Api, CallFailed, Kind
from watcher.core.money import from_wire
from watcher.core.monitoring.incident_messages import TEST
from watcher.core.times import MINUTE, Seconds, from_iso, in_words, iso

Block = dict[str, Any]

ITEMS = 5
FACTS = 12
# Slack's own limits are 150 for a header, 255 for a block_id, 2,000 for an alternative text, 3,000 for a
# section and a URL, and about 13,200 characters over all blocks. Ours keep five items below that sum, and
# count as JavaScript does, where an emoji is two characters.
HEADER, BLOCK_ID, ALT, LABEL, SHORT, WHY, SENTENCE = 150, 255, 100, 160, 60, 250, 500
LINK, PICTURE = 600, 300
# No text of ours is shown to this length; what follows is not even looked at.
MOST_READ = 4_000

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
# Slack has no way to escape these; each is replaced by the character that looks most like it.
_MARKS = str.maketrans({"*": "∗", "~": "∼", "`": "ˋ", "|": "¦"})  # noqa: RUF001 - on purpose
# An underscore inside a word formats nothing.
_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
# Joiners inside emoji and Persian words are harmless; every other invisible character goes.
_JOINERS = "\u200c\u200d"
_MENTION = re.compile(r"@(?=\w)")
_BREAK = "\u200b"
_ISO = re.compile(r"\b20\d\d-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-5]\dZ")
_URL = re.compile(r"https://[A-Za-z0-9][!#-;=?-\[\]_a-z~|]*\Z")
_LIGHTS = {"firing": "🔴", "reminder": "🟠", "resolved": "🟢"}
_STAGES = {"reminder": ", still", "resolved": " is over"}
# A message that is sent so much later than it was written says so.
LATE_MESSAGE_SECONDS = Seconds(5 * MINUTE)


class SlackMessage(NamedTuple):
    """What is posted: `text` for a lock screen, `blocks` for the channel."""

    text: str
    blocks: list[Block]

    def without_pictures(self) -> SlackMessage:
        """The same without images, which Slack refuses altogether where it cannot fetch one."""
        return SlackMessage(
            self.text, [{k: v for k, v in b.items() if k != "accessory"} for b in self.blocks]
        )

    @property
    def has_pictures(self) -> bool:
        """Whether any block shows an image."""
        return any("accessory" in b for b in self.blocks)


class BlocksRefused(CallFailed):
    """Slack would not have this message, and would take others; without its pictures it may take it too."""

    def __init__(self, detail: str, status: int) -> None:
        super().__init__(Api.SLACK, Kind.REFUSED, detail, status=status, caller_caused=True)


class ThreadLost(CallFailed):
    """Slack knows this thread no more; as a message of its own it may take the same."""

    def __init__(self, detail: str, status: int) -> None:
        super().__init__(Api.SLACK, Kind.REFUSED, detail, status=status)


def render(notification: Notification, journey: DeliveryContext) -> SlackMessage:
    """A notification as Slack shows it; the first block's id names the alert, or the incident and phase.

    One that comes late says so, first of all on a lock screen: it tells of a market or a fault of then.
    """
    if isinstance(notification, Alert):
        made, text, blocks = notification.made_at, _alert_text(notification), _alert_blocks(notification)
        late = "Found {made}{why}; it may be gone or cost something else by now."
    else:
        made, text, blocks = notification.at, _ops_text(notification), _ops_blocks(notification)
        late = "Written {made}{why}; `watcher status` tells how it is now."
    if journey.at - made < LATE_MESSAGE_SECONDS:
        return SlackMessage(text, blocks)
    ago = in_words(journey.at - made)
    why = f", sent {_clock(journey.at)}"
    if journey.down_until is not None:
        why = f", Slack took no message until {_clock(journey.down_until)}"
    told = _context(f"⏳ {ago} late. " + late.format(made=_clock(made), why=why))
    return SlackMessage(f"{ago} late: {text}", [blocks[0], told, *blocks[1:]])


def escape_text(text: str) -> str:
    """One line without control characters, invisible ones, and those that turn the direction of writing."""
    seen = text[:MOST_READ]
    kept = (c if c in _JOINERS or unicodedata.category(c) not in ("Cc", "Cf", "Cs") else " " for c in seen)
    return " ".join("".join(kept).split())


def escape(text: str, limit: int) -> str:
    """`text` cleaned and escaped, at most `limit` characters with its escapes; it mentions nobody."""
    safe = _MENTION.sub("@" + _BREAK, escape_text(text))
    pieces, room = [], limit
    for char in safe:
        piece = _ENTITIES.get(char, char)
        room -= _width(piece)
        pieces.append(piece)
        if room < 0:
            break
    else:
        return "".join(pieces)
    while pieces and room < 1:
        room += _width(pieces.pop())
    return "".join(pieces).rstrip() + "…"


def _width(text: str) -> int:
    return len(text) + (text > "\uffff")


def plain(text: str, limit: int) -> str:
    """`escape` for mrkdwn: nothing in `text` is formatting, and it may stand as a link's label."""
    return escape(_UNDERSCORE.sub("ˍ", text.translate(_MARKS)), limit)


def link_to(url: str, label: str) -> str:
    """A link, or the bare label where the URL is not https, is too long, or is not made of URL characters."""
    target = safe_url(url, LINK).replace("&", "&amp;")
    return f"<{target}|{label}>" if target else label


def safe_url(url: str, limit: int) -> str:
    """The URL when it may be used, else an empty text."""
    url = url.replace("|", "%7C")
    return url if len(url) <= limit and _URL.match(url) else ""


def _alert_text(alert: Alert) -> str:
    target = escape(alert.target, SHORT * 2)
    if not alert.items:
        return f"{escape(alert.watch_name, LABEL)}: {escape(alert.market, SENTENCE)} (target: {target})"
    best = alert.items[0]
    others = len(alert.items) - 1 + alert.more
    tail = f" and {others} more" if others else ""
    about = "about " if best.assumed is not None else ""
    title = escape(best.title, LABEL) or "A listing"
    return f"{title}: {about}{_money(best.total, best)} in total{tail} (target: {target})"


def _alert_blocks(alert: Alert) -> list[Block]:
    name = escape(alert.watch_name, 110) or "a watch"
    blocks = [_header(f"Price alert: {name}", f"alert:{alert.id}")]
    if alert.market:
        blocks.append(_section(f"*{plain(alert.market, SENTENCE)}*\n{_comps_line(alert)}"))
    blocks += [_item_block(alert, item) for item in alert.items[:ITEMS]]
    more = max(0, len(alert.items) - ITEMS) + alert.more
    if more:
        blocks.append(_context(f"+{more} more"))
    return [*blocks, _context(_provenance(alert))]


def _item_block(alert: Alert, item: Item) -> Block:
    title = plain(item.title, LABEL) or "(no title)"
    condition = plain(item.condition, SHORT) or "not stated"
    lines = [
        f"*{link_to(item.url, title)}*",
        _cost(item),
        f"Target: {plain(alert.target, SHORT * 2)} · Condition: {condition}",
        _comps_line(alert, item.total),
        f"Why: {plain(item.why, WHY)}",
    ]
    block = _section("\n".join(lines))
    picture = safe_url(item.image, PICTURE)
    if picture:
        alt = escape(item.title, ALT) or "picture of the listing"
        block["accessory"] = {"type": "image", "image_url": picture, "alt_text": alt}
    return block


def _cost(item: Item) -> str:
    total, price = _money(item.total, item), _money(item.price, item)
    if item.assumed is not None:
        assumed = _money(item.assumed, item)
        return f"*{price}* plus unknown shipping; with {assumed} assumed for it, about {total} in total"
    if item.shipping is None or not _number(item.shipping):
        return f"*{total} in total*" + ("" if item.shipping is None else ", shipping is free")
    return f"*{total} in total*: {price} and {_money(item.shipping, item)} shipping"


def _comps_line(alert: Alert, total: str = "") -> str:
    if alert.median is None or not alert.n:
        return "Comps: none with a known total"
    what = "sales" if alert.basis == "sold" else "asks"
    what = what.removesuffix("s") if alert.n == 1 else what
    line = f"Comps: median {_amount(alert.median, alert.currency)} of {alert.n} {what}"
    if alert.low is not None and alert.high is not None:
        line += f" ({_amount(alert.low, alert.currency)} to {_amount(alert.high, alert.currency)})"
    share = _share(total, alert.median)
    return f"{line}; this is {share} % of it" if share else line


_SOURCES = {"ebay": "eBay", "serpapi": "SerpAPI"}


def _provenance(alert: Alert) -> str:
    age = alert.made_at - alert.fetched_at
    asked = "just before" if age < MINUTE else f"{in_words(age)} before this alert,"
    return (
        f"asked {_SOURCES.get(alert.source, plain(alert.source, SHORT))} {asked} ({_when(alert.fetched_at)})"
        f" · rule: {plain(alert.rule, SHORT)} · watch {alert.watch_id}"
        f"\nreceipt: `watcher alerts show {alert.id}` · not the item: `watcher alerts reject {alert.id}`"
        f" · mute: `watcher watch pause {alert.watch_id}`"
    )


def _ops_text(notice: OpsNotice) -> str:
    text = f"{_light(notice)} {escape(notice.headline, SENTENCE)}"
    what = f"{notice.api} {notice.symptom} {_word(notice)}"
    return text if notice.phase == TEST else f"{text} ({escape(what, LABEL)})"


def _ops_blocks(notice: OpsNotice) -> list[Block]:
    is_test = notice.phase == TEST
    about = f"{notice.phase}:{notice.api}:{notice.symptom}"
    name = TEST if is_test else f"incident:{notice.incident_id}:{about}"
    api = Api(notice.api).facts.name if notice.api in set(Api) else notice.api
    what = f"{api} {notice.symptom.replace('-', ' ')}{_STAGES.get(_word(notice), '')}"
    title = f"{_light(notice)} {escape(what, HEADER - 4)}"
    facts = [f"*{escape(k, SHORT)}:* {_local(escape(v, SENTENCE))}" for k, v in notice.facts[:FACTS]]
    blocks = [_header(title, name), _section(f"*{escape(notice.headline, SENTENCE)}*")]
    if facts:
        blocks += [_section("\n".join(facts[i : i + 4])) for i in range(0, len(facts), 4)]
    if notice.advice:
        blocks.append(_section(f"*What to do:* {escape(notice.advice, SENTENCE)}"))
    what = "test message" if is_test else f"incident {plain(notice.incident_id, SHORT)}"
    return [*blocks, _context(f"{what} · {_clock(notice.at)}")]


def _word(notice: OpsNotice) -> str:
    return notice.phase if notice.ended_at is None else "resolved"


def _light(notice: OpsNotice) -> str:
    return _LIGHTS.get(_word(notice), "⚪")


def _header(text: str, block_id: str) -> Block:
    said = {"type": "plain_text", "text": text, "emoji": True}
    return {"type": "header", "block_id": block_id[:BLOCK_ID], "text": said}


def _section(text: str) -> Block:
    return {"type": "section", "text": _mrkdwn(text)}


def _context(text: str) -> Block:
    return {"type": "context", "elements": [_mrkdwn(text)]}


def _mrkdwn(text: str) -> Block:
    # verbatim: Slack makes no links, channels or mentions of its own out of the text
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _when(at: float) -> str:
    try:
        return iso(at)
    except (OverflowError, ValueError, OSError):  # a clock far outside of the calendar
        return "at an unknown time"


def _clock(at: float) -> str:
    """An instant as Slack shows it: by the reader's own clock, who may be on call anywhere."""
    try:
        told = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (OverflowError, ValueError, OSError):  # a clock far outside of the calendar
        return "at an unknown time"
    return _shown_at(at, told)


def _local(text: str) -> str:
    """Escaped text whose first instants are shown by the reader's own clock."""

    def shown(match: re.Match[str]) -> str:
        at = from_iso(match[0])
        return match[0] if at is None else _shown_at(at, match[0])

    return _ISO.sub(shown, text, count=2)


def _shown_at(at: float, otherwise: str) -> str:
    return f"<!date^{int(at)}^{{date_short_pretty}} at {{time}}|{otherwise}>"


def _money(amount: str, item: Item) -> str:
    return _amount(amount, item.currency)


def _amount(amount: str, currency: str) -> str:
    money = from_wire(amount, currency)
    return plain(str(money) if money else f"{amount} {currency}", SHORT)


def _number(amount: str) -> Decimal | None:
    try:
        value = Decimal(amount)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def _share(part: str, whole: str) -> str:
    a, b = _number(part), _number(whole)
    return f"{100 * a / b:.0f}" if a and b else ""
