"""Render notifications as Slack blocks, within Slack's limits for any listing text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from watcher.core.alerts import MAX_ITEMS, Alert, Item, OpsNotice
from watcher.core.confidence import Confidence
from watcher.core.deliveries import DeliveryContext, Notification
from watcher.core.errors import Api, CallFailed, Kind
from watcher.core.lateness_views import start_in_message
from watcher.core.money import from_wire
from watcher.core.monitoring.incident_messages import TEST
from watcher.core.plurals import count_of, plural_of
from watcher.core.rechecks import ItemStates, PriceRise, gone_items, price_rise, without_gone
from watcher.core.times import MINUTE, Instant, Seconds, in_words, in_zone, replace_instants

Block = dict[str, Any]

MAX_FACTS = 12  # per message
# Maximum lengths in UTF-16 code units, as Slack counts: an emoji is two. Slack's own limits are 150 for a
# header, 255 for a block_id, 2,000 for an alternative text, 3,000 for a section or a URL, and about 13,200
# for all blocks; these keep five items below that sum.
HEADER, BLOCK_ID, ALT, LABEL, SHORT, WHY, SENTENCE = 150, 255, 100, 160, 60, 250, 500
LINK, PICTURE = 600, 300
# Characters of a text that are read; the rest is never shown.
MAX_READ = 4_000

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
# Slack has no escape for these; each is replaced by a lookalike.
_LOOKALIKES = str.maketrans({"*": "∗", "~": "∼", "`": "ˋ", "|": "¦"})  # noqa: RUF001 - lookalikes are intended
# An underscore inside a word formats nothing.
_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
# Joiners are part of emoji and of Persian words; every other invisible character is removed.
_JOINERS = "\u200c\u200d"
_MENTION = re.compile(r"@(?=\w)")
_ZERO_WIDTH_SPACE = "\u200b"
# Slack draws `:name:` as an emoji. The minutes of a time are left alone.
_SHORTCODE = re.compile(r":(?!(?<=\d:)\d\d:)(?=[^\s:<>]{1,100}:)")
_URL = re.compile(r"https://[A-Za-z0-9][!#-;=?-\[\]_a-z~|]*\Z")
_PHASE_EMOJI = {"firing": "🔴", "reminder": "🟠", "resolved": "🟢"}
_PHASE_SUFFIXES = {"reminder": " continues", "resolved": " is over"}
# A message that is sent this long after it was written shows the delay.
LATE_MESSAGE_SECONDS = Seconds(5 * MINUTE)


class SlackMessage(NamedTuple):
    """A message for Slack: `text` for notifications on a lock screen, `blocks` for the channel."""

    text: str
    blocks: list[Block]

    def without_pictures(self) -> SlackMessage:
        """Return the message without images. Slack refuses a message if it cannot fetch one of them."""
        return SlackMessage(
            self.text, [{k: v for k, v in b.items() if k != "accessory"} for b in self.blocks]
        )

    @property
    def has_pictures(self) -> bool:
        """Whether any block shows an image."""
        return any("accessory" in b for b in self.blocks)


class BlocksRefused(CallFailed):
    """Slack refused the blocks of this message. It may accept the message without its images."""

    def __init__(self, detail: str, status: int) -> None:
        super().__init__(Api.SLACK, Kind.REFUSED, detail, status=status, caller_caused=True)


class ThreadLost(CallFailed):
    """The thread no longer exists. Slack may accept the message on its own."""

    def __init__(self, detail: str, status: int) -> None:
        super().__init__(Api.SLACK, Kind.REFUSED, detail, status=status)


def render_message(notification: Notification, context: DeliveryContext) -> SlackMessage:
    """Return a notification as Slack shows it. The first block's id names the alert, or incident and phase.

    A late message begins with its delay, because the market or the fault may have changed since.
    """
    if isinstance(notification, Alert):
        made_at, text = notification.made_at, _alert_text(notification, context.states)
        blocks = _alert_blocks(notification, context)
        late = "Found {made_at}{reason}; it may be sold or have another price by now."
    else:
        made_at, text, blocks = notification.at, _ops_text(notification), _ops_blocks(notification)
        late = "Written {made_at}{reason}; `watcher status` shows the present state."
    if context.at - made_at < LATE_MESSAGE_SECONDS:
        return SlackMessage(text, blocks)
    delay = in_words(context.at - made_at)
    reason = f", sent {_local_time(context.at)}"
    if context.down_until is not None:
        reason = f", Slack accepted no message until {_local_time(context.down_until)}"
    note = _context(f"⏳ {delay} late. " + late.format(made_at=_local_time(made_at), reason=reason))
    return SlackMessage(f"{delay} late: {text}", [blocks[0], note, *blocks[1:]])


def clean_line(text: str) -> str:
    """Return one line without control characters, invisible characters and changes of writing direction."""
    start = text[:MAX_READ]
    kept = (c if c in _JOINERS or unicodedata.category(c) not in ("Cc", "Cf", "Cs") else " " for c in start)
    return " ".join("".join(kept).split())


def escape(text: str, limit: int) -> str:
    """Return `text` cleaned and escaped, at most `limit` long with its escapes.

    It cannot mention anyone, and no part of it is drawn as an emoji.
    """
    safe = _MENTION.sub("@" + _ZERO_WIDTH_SPACE, clean_line(text))
    safe = _SHORTCODE.sub(":" + _ZERO_WIDTH_SPACE, safe)
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
    """Return the length in UTF-16 code units of a character, or of an ASCII text."""
    return len(text) + (text > "\uffff")


def escape_mrkdwn(text: str, limit: int) -> str:
    """Return `text` escaped for mrkdwn: it cannot format anything, and is safe as the label of a link."""
    return escape(_UNDERSCORE.sub("ˍ", text.translate(_LOOKALIKES)), limit)


def link_to(url: str, label: str) -> str:
    """Return a link, or the label alone if the URL is not https, too long, or has other characters."""
    target = safe_url(url, LINK).replace("&", "&amp;")
    return f"<{target}|{label}>" if target else label


def safe_url(url: str, limit: int) -> str:
    """Return the URL if it can be used, or an empty string."""
    url = url.replace("|", "%7C")
    return url if len(url) <= limit and _URL.match(url) else ""


def _alert_text(alert: Alert, states: ItemStates) -> str:
    alert, found = without_gone(alert, states), alert
    target = escape(alert.target, SHORT * 2)
    if alert.caution and not any(item.group for item in alert.items):
        target += "; the median covers several items"
    if not alert.items and found.items and not alert.market:
        n = len(found.items)
        lost = "the best one is" if n == 1 else f"the best {n} are"
        left = f"{lost} gone, {count_of(alert.more, 'other')} may be there"
        return f"{escape(alert.watch_name, LABEL)}: {left} (target: {target})"
    if not alert.items:
        return f"{escape(alert.watch_name, LABEL)}: {escape(alert.market, SENTENCE)} (target: {target})"
    best = alert.items[0]
    others = len(alert.items) - 1 + alert.more
    tail = f" and {others} more" if others else ""
    about = "about " if best.assumed is not None else ""
    title = escape(best.title, LABEL) or "A listing"
    if rise := price_rise(alert, best, states):
        total = escape(str(rise.total), SHORT)
        above = f", above the target{',' if tail else ''}" if rise.is_above_target else ""
        return f"{title}: by now {about}{total} in total{above}{tail} (target: {target})"
    return f"{title}: {about}{_amount(best.total, best.currency)} in total{tail} (target: {target})"


def _alert_blocks(alert: Alert, context: DeliveryContext) -> list[Block]:
    states = context.states
    gone = gone_items(alert, states)
    alert = without_gone(alert, states)
    name = escape(alert.watch_name, 110) or "a watch"
    blocks = [_header(f"Price alert: {name}", f"alert:{alert.id}")]
    if alert.caution:
        blocks.append(_context(f"⚠️ {escape_mrkdwn(alert.caution, SENTENCE)}"))
    if not alert.items and not gone:
        link = link_to(alert.search_url, "See what is on offer")
        sentence = _localize(escape_mrkdwn(alert.market, SENTENCE)) or "The market changed"
        blocks.append(_section(f"*{sentence}*\n{_comps_line(alert)}\n{link}"))
    elif alert.market:
        blocks.append(_section(f"*{_localize(escape_mrkdwn(alert.market, SENTENCE))}*\n{_comps_line(alert)}"))
    blocks += [
        _item_block(alert, item, context.at, price_rise(alert, item, states))
        for item in alert.items[:MAX_ITEMS]
    ]
    if gone and not alert.items and not alert.market:
        blocks.append(_section(f"{_comps_line(alert)}\n{link_to(alert.search_url, 'See what is on offer')}"))
    if gone:
        blocks.append(_context(_gone_line(gone, states)))
    more = max(0, len(alert.items) - MAX_ITEMS) + alert.more
    if more:
        blocks.append(_context(f"+{more} more"))
    return [*blocks, _context(_provenance(alert))]


def _gone_line(gone: Sequence[Item], states: ItemStates) -> str:
    """Return which items of the alert can no longer be bought."""
    titles = [
        f"{escape_mrkdwn(x.title, SHORT) or 'a listing'} ({states[x.item_id].gone})" for x in gone[:MAX_ITEMS]
    ]
    return f"Gone since it was found: {'; '.join(titles)}"


def _rise_line(rise: PriceRise) -> str:
    what = "the bid has risen" if rise.is_bid else "its price has risen"
    line = f"⚠️ Since then {what} to {escape_mrkdwn(str(rise.price), SHORT)}"
    above = ", which is above the target" if rise.is_above_target else ""
    return f"{line}: {escape_mrkdwn(str(rise.total), SHORT)} in total{above}"


def _item_block(alert: Alert, item: Item, sent_at: Instant, rise: PriceRise | None) -> Block:
    title = escape_mrkdwn(item.title, LABEL) or "(no title)"
    condition = escape_mrkdwn(item.condition, SHORT) or "not stated"
    lines = [
        f"*{link_to(item.url, title)}*",
        _cost(item),
        *([_rise_line(rise)] if rise else []),
        f"Target: {escape_mrkdwn(alert.target, SHORT * 2)} · Condition: {condition}",
        start_in_message(item, sent_at),
        _group_line(item) if item.group else _comps_line(alert, item.total),
        f"Why: {_localize(escape_mrkdwn(item.why, WHY))}",
    ]
    if item.confidence != Confidence.SURE:
        lines.append(f"❔ Likely the item: {escape_mrkdwn(item.doubt, WHY)}")
    if item.specifics:
        lines.append(f"Decided by its specifics: {escape_mrkdwn(item.specifics, WHY)}")
    if item.reading:
        lines.append(f"Listing {escape_mrkdwn(item.reading, SHORT)}")
    block = _section("\n".join(lines))
    picture = safe_url(item.image, PICTURE)
    if picture:
        alt = escape(item.title, ALT) or "picture of the listing"
        block["accessory"] = {"type": "image", "image_url": picture, "alt_text": alt}
    return block


def _cost(item: Item) -> str:
    total, price = _amount(item.total, item.currency), _amount(item.price, item.currency)
    if item.assumed is not None:
        assumed = _amount(item.assumed, item.currency)
        return f"*{price}* plus unknown shipping; about {total} in total if shipping costs {assumed}"
    if item.shipping is None or not _number(item.shipping):
        return f"*{total} in total*" + ("" if item.shipping is None else ", free shipping")
    return f"*{total} in total*: {price} and {_amount(item.shipping, item.currency)} shipping"


def _comps_line(alert: Alert, total: str = "") -> str:
    if alert.median is None or not alert.n:
        return "Comps: none with a known total"
    comps = count_of(alert.n, "sale" if alert.basis == "sold" else "ask")
    line = f"Comps: median {_amount(alert.median, alert.currency)} of {comps}"
    if alert.low is not None and alert.high is not None:
        line += f" ({_amount(alert.low, alert.currency)} to {_amount(alert.high, alert.currency)})"
    share = _share(total, alert.median)
    return f"{line}; this item costs {share} % of the median" if share else line


def _group_line(item: Item) -> str:
    """Return the comps of the item's own price group."""
    comps = f"{count_of(item.n, 'comp')} {escape_mrkdwn(item.group, SHORT)}"
    line = f"Comps: median {_amount(item.median or '', item.currency)} of {comps}"
    share = _share(item.total, item.median or "")
    return f"{line}; this item costs {share} % of the median" if share else line


def _provenance(alert: Alert) -> str:
    age = alert.made_at - alert.fetched_at
    before = "just" if age < MINUTE else in_words(age)
    source = escape_mrkdwn(_api_name(alert.source), SHORT)
    wrong = f" · wrong item: `watcher alerts reject {alert.id}`" if alert.items else ""
    watches = (alert.watch_id, *alert.also[:MAX_ITEMS])
    mute = f"`watcher watch pause {' '.join(map(str, watches))}`"
    return (
        f"{source} was searched {before} before this alert ({_local_time(alert.fetched_at)})"
        f" · rule: {escape_mrkdwn(alert.rule, SHORT)} · {plural_of(len(watches), 'watch')} "
        f"{', '.join(map(str, watches))}"
        f"\nreceipt: `watcher alerts show {alert.id}`{wrong}"
        f" · mute: {mute}"
        f"{_accuracy_line(alert)}"
    )


def _accuracy_line(alert: Alert) -> str:
    return f"\n{escape_mrkdwn(alert.accuracy, SENTENCE)}" if alert.accuracy else ""


def _ops_text(notice: OpsNotice) -> str:
    text = f"{_emoji(notice)} {escape(notice.headline, SENTENCE)}"
    what = f"{notice.api} {notice.symptom} {_phase(notice)}"
    return text if notice.phase == TEST else f"{text} ({escape(what, LABEL)})"


def _ops_blocks(notice: OpsNotice) -> list[Block]:
    is_test = notice.phase == TEST
    about = f"{notice.phase}:{notice.api}:{notice.symptom}"
    name = TEST if is_test else f"incident:{notice.incident_id}:{about}"
    what = (
        f"{_api_name(notice.api)} {notice.symptom.replace('-', ' ')}{_PHASE_SUFFIXES.get(_phase(notice), '')}"
    )
    title = f"{_emoji(notice)} {escape(what, HEADER - 4)}"
    # A headline may quote a user's search, and a fact what an API answered.
    facts = [
        f"*{escape_mrkdwn(k, SHORT)}:* {_localize(escape_mrkdwn(v, SENTENCE))}"
        for k, v in notice.facts[:MAX_FACTS]
    ]
    blocks = [_header(title, name), _section(f"*{_localize(escape_mrkdwn(notice.headline, SENTENCE))}*")]
    if facts:
        blocks += [_section("\n".join(facts[i : i + 4])) for i in range(0, len(facts), 4)]
    if notice.advice:
        blocks.append(_section(f"*What to do:* {escape(notice.advice, SENTENCE)}"))
    what = "test message" if is_test else f"incident {escape_mrkdwn(notice.incident_id, SHORT)}"
    return [*blocks, _context(f"{what} · {_local_time(notice.at)}")]


def _api_name(api: str) -> str:
    return Api(api).facts.name if api in set(Api) else api


def _phase(notice: OpsNotice) -> str:
    return notice.phase if notice.ended_at is None else "resolved"


def _emoji(notice: OpsNotice) -> str:
    return _PHASE_EMOJI.get(_phase(notice), "⚪")


def _header(text: str, block_id: str) -> Block:
    content = {"type": "plain_text", "text": text, "emoji": True}
    return {"type": "header", "block_id": block_id[:BLOCK_ID], "text": content}


def _section(text: str) -> Block:
    return {"type": "section", "text": _mrkdwn(text)}


def _context(text: str) -> Block:
    return {"type": "context", "elements": [_mrkdwn(text)]}


def _mrkdwn(text: str) -> Block:
    # verbatim: Slack does not turn parts of the text into links, channels or mentions
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _local_time(at: float) -> str:
    """Return a time that Slack shows in the reader's zone, and elsewhere in that of this machine."""
    try:
        fallback = in_zone(datetime.fromtimestamp(at, UTC).astimezone())
    except (OverflowError, ValueError, OSError):  # a time outside the calendar's range
        return "at an unknown time"
    return f"<!date^{int(at)}^{{date_short_pretty}} at {{time}}|{fallback}>"


def _localize(text: str) -> str:
    """Return escaped text whose first two times are shown in the reader's zone."""
    return replace_instants(text, _local_time, limit=2)


def _amount(amount: str, currency: str) -> str:
    money = from_wire(amount, currency)
    return escape_mrkdwn(str(money) if money else f"{amount} {currency}", SHORT)


def _number(amount: str) -> Decimal | None:
    try:
        value = Decimal(amount)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def _share(part: str, whole: str) -> str:
    a, b = _number(part), _number(whole)
    return f"{100 * a / b:.0f}" if a and b else ""
