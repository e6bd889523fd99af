"""Every page in each of its states: a table, and for each state the steps of a visitor that lead there."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from unittest.mock import patch

from playwright.sync_api import FilePayload, Page
from sqlalchemy import insert, update

from tests.browser.stage import DOUBTFUL_QUERY, OWNER, Stage
from tests.browser.visitor import Visitor
from tests.web.photos import ZENITAR, photo
from watcher.accounts.sign_in import make_sign_in_link
from watcher.core.alerts import Alert
from watcher.core.errors import Code, WatcherError
from watcher.core.receipts import erased_alert
from watcher.core.times import DAY, HOUR
from watcher.db.codec import write_notification
from watcher.db.schema import accuracy, alerts, incidents, outbox, price_points, searches, watches
from watcher.monitoring.incident_queries import add_silence
from watcher.watches.overview import Overview


@dataclass(frozen=True)
class Scene:
    """A visitor of a stage. Steps return nothing: what counts is the page that the visitor sees then."""

    stage: Stage
    visitor: Visitor

    @property
    def page(self) -> Page:
        return self.visitor.page

    def sign_in(self, user: str = OWNER, *, admin: bool = True) -> None:
        secret = self.stage.session(user, admin=admin)
        self.visitor.context.add_cookies([{"name": "watcher", "value": secret, "url": self.stage.url}])

    def open(self, path: str = "/", failing: int = 0) -> None:
        """Open a page, which has the status `failing`, if that is given."""
        if failing:
            self.visitor.expected.add((failing, path.partition("?")[0]))
        self.visitor.open(path)

    def press(self, name: str, until: str, failing: tuple[int, str] | None = None) -> None:
        """Press the first button or link of this name, and wait until the page has what `until` selects."""
        if failing:
            self.visitor.expected.add(failing)
        main = self.page.locator("main")
        main.get_by_role("button", name=name).or_(main.get_by_role("link", name=name)).first.click()
        self.page.locator(until).first.wait_for()

    def unfold(self) -> None:
        """Open everything that can be unfolded."""
        self.page.locator("main details:not([open]) > summary").evaluate_all(
            "all => all.forEach(s => s.click())"
        )


State = Callable[[Scene], None]
STATES: dict[str, State] = {}


def _state(step: State) -> State:
    STATES[step.__name__] = step
    return step


def _polled(scene: Scene, **draft: str) -> int:
    """Sign in as an owner whose only watch has alerted."""
    scene.sign_in()
    scene.stage.put_goods()
    number = scene.stage.watch(**draft)
    scene.stage.poll()
    return number


def _doubted(scene: Scene) -> int:
    """Sign in as an owner whose only watch has alerted on listings that may not be the item.

    How wrong medians were, and the corrected median, are known.
    """
    scene.sign_in()
    scene.stage.put_doubtful_goods()
    number = scene.stage.watch(query=DOUBTFUL_QUERY, below="130")
    scene.stage.poll()
    _put_accuracy(scene.stage)
    scene.stage.execute(update(price_points).values(corrected=14_850))
    return number


# --- Watches.
@_state
def first_run(scene: Scene) -> None:
    scene.open()


@_state
def first_run_of_a_person(scene: Scene) -> None:
    scene.sign_in(admin=False)
    scene.open()


@_state
def watches_filled(scene: Scene) -> None:
    _polled(scene, label="Camera", tag="lenses")
    scene.stage.watch(query="zenitar mk2", below="41", tag="cameras")
    scene.open()


@_state
def watches_filtered_to_nothing(scene: Scene) -> None:
    _polled(scene)
    scene.open("/?q=nothing+like+it")


@_state
def watches_after_a_bulk_action(scene: Scene) -> None:
    _polled(scene)
    scene.open()
    scene.page.get_by_role("checkbox").first.check()
    scene.press("Pause", until="text=Undo")


@_state
def watches_in_every_trouble(scene: Scene) -> None:
    """Paused, snoozed, failing, doubted, not polled yet, its alert not delivered, and one that is damaged."""
    stage = scene.stage
    _polled(scene)
    paused, snoozed, *_, damaged = (stage.watch(query=f"zenitar mk{n}") for n in range(3, 8))
    stage.do(stage.app.registry.set_paused(paused, stage.clock.now(), paused=True))
    _silence(stage, watch=str(snoozed))
    stage.execute(
        update(searches).where(searches.c.query == "zenitar mk5").values(error="EBAY_UNAVAILABLE"),
        update(searches).where(searches.c.query == "zenitar mk6").values(suspicion="fewer listings"),
        update(watches).where(watches.c.id == damaged).values(rule="nonsense"),
        update(outbox).values(state="dead", error="channel_not_found", attempt=5),
    )
    scene.open()


@_state
def watches_on_pages(scene: Scene) -> None:
    scene.sign_in()
    for n in range(51):
        scene.stage.watch(query=f"zenitar mk{n}")
    scene.open("/?page=2")


# --- The form of a watch.
@_state
def new_watch(scene: Scene) -> None:
    scene.sign_in()
    scene.open("/watches/new")
    scene.unfold()


@_state
def new_watch_with_preview(scene: Scene) -> None:
    scene.sign_in()
    scene.stage.put_goods()
    scene.open("/watches/new?query=zenitar+mk2&value=43")
    scene.unfold()


@_state
def new_watch_with_doubtful_listings(scene: Scene) -> None:
    _doubted(scene)
    scene.open("/watches/new?query=ipad+mini+4+128gb&value=130")
    scene.unfold()


@_state
def new_watch_of_several_things(scene: Scene) -> None:
    scene.sign_in()
    raw = [scene.stage.item(n, f"Acme 900 {n}", f"{50 + n}.00") for n in range(1, 11)]
    graded = [scene.stage.item(n, f"Acme 900 psa {n}", f"{400 + n}.00") for n in range(11, 21)]
    scene.stage.goods.put("acme 900", *raw, *graded)
    scene.open("/watches/new?query=acme+900")


@_state
def new_watch_refused(scene: Scene) -> None:
    scene.sign_in()
    scene.open(
        "/watches/new?query=zenitar&value=5x&every=soon&from_country=Atlantis&certainty=perhaps", failing=400
    )


@_state
def new_watch_in_an_outage(scene: Scene) -> None:
    scene.sign_in()
    scene.stage.end_market()
    scene.open("/watches/new?query=zenitar+mk2&value=43", failing=503)


@_state
def new_watch_while_offline(scene: Scene) -> None:
    scene.sign_in()
    scene.open("/watches/new")
    scene.page.route("**/watches/new?*", lambda route: route.abort())
    scene.page.get_by_label("What to look for").fill("zenitar mk2")
    scene.page.locator("#failure").wait_for()
    scene.visitor.settle()
    scene.visitor.troubles.clear()


@_state
def edit_of_a_watch(scene: Scene) -> None:
    scene.open(f"/watches/{_polled(scene)}/edit")


@_state
def import_page(scene: Scene) -> None:
    scene.sign_in()
    scene.open("/watches/import")


@_state
def import_with_bad_rows(scene: Scene) -> None:
    scene.sign_in()
    scene.open("/watches/import")
    rows = "query,below\nzenitar mk2,40\n,40\nzenitar mk3,much\n"
    scene.page.get_by_role("textbox", name="Or its rows").fill(rows)
    scene.press("Check", "text=Bad rows", (400, "/watches/import"))


@_state
def import_of_nothing(scene: Scene) -> None:
    scene.sign_in()
    scene.open("/watches/import")
    scene.press("Check", "[aria-invalid]", (400, "/watches/import"))


# --- Pictures.
@_state
def scan_page(scene: Scene) -> None:
    scene.sign_in()
    scene.open("/scan")


@_state
def scan_of_a_picture(scene: Scene) -> None:
    _scan(scene, photo(1))
    scene.page.locator("#scan-1 .state").wait_for()
    scene.unfold()


@_state
def scan_of_several_pictures(scene: Scene) -> None:
    scene.visitor.expected.add((400, "/scan"))
    _scan(scene, photo(1), b"no picture", photo(2))
    scene.page.locator("#scan-3 .state").wait_for()


@_state
def scan_in_an_outage(scene: Scene) -> None:
    scene.visitor.expected.add((503, "/scan"))
    scene.stage.end_market()
    _scan(scene, photo(1))
    scene.page.locator("#scan-1 [data-retry]").wait_for()


@_state
def scan_that_was_confirmed(scene: Scene) -> None:
    scan_of_a_picture(scene)
    scene.press("This is it", until="#scan-1 small:has-text('as you say')")


@_state
def scan_that_was_refused(scene: Scene) -> None:
    scene.visitor.expected.add((400, "/scan"))
    _scan(scene, photo(1), price="cheap")
    scene.page.locator("#scan-1", has_text='"cheap"').wait_for()


def _scan(scene: Scene, *pictures: bytes, price: str = "") -> None:
    """Send pictures of a camera, of which there are listings."""
    scene.sign_in()
    show_camera(scene.stage)
    scene.open("/scan")
    files = [
        FilePayload(name=f"IMG_{n}.jpg", mimeType="image/jpeg", buffer=x) for n, x in enumerate(pictures, 1)
    ]
    scene.page.get_by_label("Pictures", exact=True).set_input_files(files)
    scene.page.get_by_label("Price asked").fill(price)
    scene.page.get_by_role("button", name="See what it is worth").click()


# --- One watch.
@_state
def fresh_watch(scene: Scene) -> None:
    scene.sign_in()
    scene.open(f"/watches/{scene.stage.watch()}?done=added")


@_state
def watch_with_history(scene: Scene) -> None:
    number = _polled(scene, label="Camera", tag="lenses", exclude="strap")
    for day in range(1, 9):
        scene.stage.goods.alter("v1|3|0", {"price": {"value": f"{43 + day}.00", "currency": "USD"}})
        scene.stage.poll(after=DAY)
    scene.open(f"/watches/{number}")


@_state
def watch_unfolded(scene: Scene) -> None:
    watch_with_history(scene)
    scene.unfold()


@_state
def watch_with_a_rejection_to_confirm(scene: Scene) -> None:
    number = _polled(scene)
    scene.open(f"/watches/{number}?item=v1%7C1%7C0&words=3#doubt")


@_state
def watch_with_a_rejected_listing(scene: Scene) -> None:
    number = _polled(scene)
    scene.open(f"/watches/{number}?item=v1%7C1%7C0#doubt")
    scene.press("Reject it", until="#message:has-text('Rejected')")
    scene.unfold()


@_state
def watch_that_asks(scene: Scene) -> None:
    scene.open(f"/watches/{_doubted(scene)}?done=added")
    scene.page.locator("#asked").wait_for()


@_state
def watch_that_learned(scene: Scene) -> None:
    watch_that_asks(scene)
    scene.press("Something else: ", until="#learned")
    scene.unfold()


@_state
def watch_paused_and_snoozed(scene: Scene) -> None:
    number = _polled(scene)
    scene.open(f"/watches/{number}")
    scene.press("Pause", until="text=Resume")
    scene.page.locator("#snooze > summary").click()
    scene.press("1 hour", until="text=Wake")


@_state
def watch_deleted(scene: Scene) -> None:
    scene.open(f"/watches/{_polled(scene)}")
    scene.press("Delete", until="text=Undo")


# --- Alerts.
@_state
def no_alerts(scene: Scene) -> None:
    scene.sign_in()
    scene.open("/alerts")


@_state
def feed_of_alerts(scene: Scene) -> None:
    _polled(scene, label="Camera")
    first, *_ = scene.stage.alerts()
    _put(scene, replace(first, items=(), market="the median fell below", n=0, median=None))
    scene.open("/alerts")


@_state
def feed_after_an_alert_was_seen(scene: Scene) -> None:
    _polled(scene)
    scene.open("/alerts")
    scene.press("Mark seen", until="#feed .state:has-text('seen')")


@_state
def feed_filtered(scene: Scene) -> None:
    number = _polled(scene, label="Camera")
    scene.open(f"/alerts?watch={number}&seen=no&state=pending")


@_state
def feed_filtered_to_nothing(scene: Scene) -> None:
    _polled(scene)
    scene.open("/alerts?state=dead")


@_state
def alert_on_items(scene: Scene) -> None:
    _polled(scene)
    scene.open(f"/alerts/{scene.stage.alerts()[0].id}")


@_state
def alert_on_doubtful_items(scene: Scene) -> None:
    _doubted(scene)
    scene.open(f"/alerts/{scene.stage.alerts()[0].id}")


@_state
def alert_on_the_median(scene: Scene) -> None:
    _polled(scene)
    alert = scene.stage.alerts()[0]
    _put(scene, replace(alert, items=(), market="the median fell below", n=0, median=None))
    scene.open(f"/alerts/{alert.id}")


@_state
def alert_with_a_rejection_to_confirm(scene: Scene) -> None:
    alert_on_items(scene)
    scene.press("Not the item", until="#doubt")


@_state
def alert_with_a_rejected_item(scene: Scene) -> None:
    alert_on_items(scene)
    scene.press("Not the item", until="#doubt")
    scene.press("Reject it", until="text=It is, after all")


@_state
def alert_that_was_not_delivered(scene: Scene) -> None:
    _polled(scene)
    scene.stage.execute(update(outbox).values(state="dead", error="channel_not_found", attempt=5))
    scene.open(f"/alerts/{scene.stage.alerts()[0].id}")


@_state
def alert_erased(scene: Scene) -> None:
    _polled(scene)
    alert = scene.stage.alerts()[0]
    _put(scene, erased_alert(alert))
    gone = {"erased_at": scene.stage.clock.now(), "evidence": None}
    scene.stage.execute(update(alerts).values(gone))
    scene.open(f"/alerts/{alert.id}")


# --- Accuracy.
@_state
def accuracy_unknown(scene: Scene) -> None:
    scene.sign_in()
    scene.open("/accuracy")


@_state
def accuracy_of_medians(scene: Scene) -> None:
    scene.sign_in()
    _put_accuracy(scene.stage)
    scene.open("/accuracy")


# --- Status.
@_state
def status_well(scene: Scene) -> None:
    """With lines about single listings that were read."""
    _doubted(scene)
    scene.open("/status")
    scene.unfold()


@_state
def status_in_an_outage(scene: Scene) -> None:
    _polled(scene)
    fire_incidents(scene.stage)
    scene.stage.end_market()
    scene.stage.poll(after=HOUR)
    scene.open("/status")
    scene.unfold()


@_state
def status_acknowledged(scene: Scene) -> None:
    scene.sign_in()
    fire_incidents(scene.stage)
    scene.open("/status")
    scene.press("Acknowledge", until="text=acknowledged by")


@_state
def status_silenced(scene: Scene) -> None:
    scene.sign_in()
    fire_incidents(scene.stage)
    _silence(scene.stage, api="ebay")
    _silence(scene.stage, watch=str(scene.stage.watch()))
    scene.open("/status")


@_state
def status_with_a_refused_silence(scene: Scene) -> None:
    scene.sign_in()
    fire_incidents(scene.stage)
    scene.open("/status")
    scene.unfold()
    scene.page.get_by_label("because").first.fill(" ")
    scene.press("Silence it", "[aria-invalid]", (400, "/status/incidents/inc1/silence"))


@_state
def status_with_dead_letters_and_overdue_watches(scene: Scene) -> None:
    _polled(scene)
    scene.stage.execute(update(outbox).values(state="dead", error="channel_not_found", attempt=5))
    scene.stage.clock.move(2 * DAY)
    scene.open("/status")


# --- Settings.
@_state
def settings_without_people(scene: Scene) -> None:
    scene.open("/settings")


@_state
def settings_of_a_user(scene: Scene) -> None:
    scene.sign_in(admin=False)
    scene.open("/settings")


@_state
def settings_with_a_new_token(scene: Scene) -> None:
    scene.sign_in()
    scene.open("/settings")
    scene.press("Make a token", until="#secret")


@_state
def settings_of_an_admin(scene: Scene) -> None:
    _people(scene)
    scene.open("/settings")


@_state
def settings_with_a_removal(scene: Scene) -> None:
    _people(scene)
    scene.open("/settings")
    scene.unfold()


@_state
def settings_with_a_refused_person(scene: Scene) -> None:
    _people(scene)
    scene.open("/settings")
    scene.page.get_by_label("Name").fill("\u043ewner")
    scene.press("Add and show the link", "[aria-invalid]", (400, "/settings/people"))


# --- Signing in, and failures.
@_state
def sign_in_page(scene: Scene) -> None:
    stage = scene.stage
    stage.session()
    scene.open(f"/sign-in/{stage.do(make_sign_in_link(stage.app.stores, OWNER, stage.clock.now()))}")


@_state
def signed_out(scene: Scene) -> None:
    scene.stage.session()
    scene.open("/", failing=401)


@_state
def refused_400(scene: Scene) -> None:
    scene.sign_in()
    scene.open("/?page=zero", failing=400)


@_state
def refused_403(scene: Scene) -> None:
    scene.sign_in(admin=False)
    scene.open("/status", failing=403)


@_state
def missing_404(scene: Scene) -> None:
    scene.sign_in()
    scene.open("/watches/999", failing=404)
    scene.unfold()


@_state
def refused_429(scene: Scene) -> None:
    scene.sign_in()
    scene.open()
    scene.stage.spend_requests()
    scene.visitor.expected.update([(429, "/api/alerts"), (429, "/events")])
    scene.open("/alerts", failing=429)


@_state
def unavailable_503(scene: Scene) -> None:
    scene.sign_in()
    with patch.object(Overview, "page", side_effect=WatcherError(Code.DATABASE_CONNECTION_FAILED)):
        scene.open("/", failing=503)


@_state
def keys_of_the_page(scene: Scene) -> None:
    _polled(scene)
    scene.open()
    scene.page.keyboard.press("?")
    scene.page.get_by_role("dialog").wait_for()


# --- What states have in common.
def _put(scene: Scene, changed: Alert) -> None:
    """Store another alert in place of the one with its id."""
    receipt = write_notification(changed)
    scene.stage.execute(update(alerts).where(alerts.c.id == changed.id).values(receipt=receipt))


def _put_accuracy(stage: Stage) -> None:
    """Store how wrong medians were, of a category and of listings without one."""
    share = [0.21, 0.14, 0.29]
    figures = {
        "n": 212,
        "median": 0.142,
        "interval": [0.11, 0.17],
        "within": dict.fromkeys(("5", "10", "20"), share),
    }
    kinds = {"gone": 212, "ended-at-term": 14, "relisted": 106, "unsold": 5}
    payload = {"kinds": kinds, "plain": figures, "corrected": figures, "covered": share, "since": 1.75e9}
    for category in ("cards", ""):
        row = {"category": category, "basis": "ask", "n": 212, "payload": json.dumps(payload)}
        stage.execute(insert(accuracy).values(**row, computed_at=stage.clock.now()))


def _silence(stage: Stage, **about: str) -> None:
    draft = {"length": "2h", "reason": "maintenance", "author": OWNER, **about}
    stage.do(add_silence(stage.app.stores, draft, stage.clock.now()))


def fire_incidents(stage: Stage) -> None:
    """Let two incidents of eBay be open."""
    now = stage.clock.now()
    for number, symptom in enumerate(("outage", "latency"), 1):
        incident = {
            "id": f"inc{number}",
            "api": "ebay",
            "symptom": symptom,
            "headline": "eBay does not answer",
        }
        times = {"since": now - HOUR, "fired_at": now - HOUR, "changed_at": now - HOUR, "notified_at": now}
        stage.execute(insert(incidents).values(**incident, **times))


def show_camera(stage: Stage) -> None:
    """Let every picture show a camera of which there are listings."""
    stage.goods.shown = ZENITAR
    for query in ("zenitar mk2", "zenitar mk2 camera"):
        stage.put_goods(query)


def _people(scene: Scene) -> None:
    """Sign an admin in, besides whom there are a collector with a watch and another admin."""
    scene.sign_in()
    scene.stage.session("collector", admin=False)
    scene.stage.session("operator")
    scene.stage.watch(user="collector")
