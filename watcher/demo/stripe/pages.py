"""Stripe's hosted pages, for a browser: checkout, customer portal, and a page that moves time."""

from __future__ import annotations

from html import escape

from aiohttp import web

from watcher.core.times import HOUR, iso
from watcher.demo.stripe.account import StripeAccount
from watcher.demo.stripe.billing import LIVE, period_end
from watcher.demo.stripe.cards import DECLINED_CARDS, FAILS_LATER, GOOD_CARD, Card, read_card
from watcher.demo.stripe.errors import StripeRefused, declined
from watcher.demo.stripe.state import StripeObject

_PORTAL_SECONDS = HOUR
_STYLE = """
:root { color-scheme: light dark;
  --accent: light-dark(#4b45c6, #a9a5ff); --line: light-dark(#d8d8e0, #3c3c48) }
* { box-sizing: border-box }
body { max-width: 30rem; margin: 3rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif }
header { color: light-dark(#666, #aaa); font-size: .875rem }
h1 { font-size: 1.5rem; margin: .5rem 0 0 } h2 { font-size: 1.125rem; margin: 2rem 0 .5rem }
form { display: grid; gap: .75rem; margin: 1rem 0 }
label { display: grid; gap: .25rem }
input, select, button { font: inherit; padding: .5rem .75rem;
  border: 1px solid var(--line); border-radius: .375rem }
button { background: var(--accent); color: light-dark(#fff, #111); border: 0; cursor: pointer }
button.quiet { background: none; color: inherit; border: 1px solid var(--line) }
.error { border-left: .25rem solid light-dark(#b3261e, #ff8a80); padding: .5rem .75rem; margin: 1rem 0 }
dl { display: grid; grid-template-columns: auto 1fr; gap: .25rem 1rem } dt { color: light-dark(#666, #aaa) }
dd { margin: 0 } small { color: light-dark(#666, #aaa) } a { color: var(--accent) }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
_HEADERS = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
_LAYOUT = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
<header>Simulated Stripe. No money moves here.</header>
<main>
<h1>{title}</h1>
{body}
</main>
</html>
"""
_SIGNS = {"usd": "$", "eur": "€", "gbp": "£"}


class StripePages:
    """The pages; each form is a plain one and answered with a redirect."""

    def __init__(self, account: StripeAccount) -> None:
        self._account, self._state, self._billing = account, account.state, account.billing

    def routes(self, root: str) -> list[web.RouteDef]:
        """Return the routes of the pages."""
        return [
            web.get(root + "/c/pay/{id}", self.checkout),
            web.post(root + "/c/pay/{id}", self.pay),
            web.get(root + "/p/session/{id}", self.portal),
            web.post(root + "/p/session/{id}/{action}", self.act),
            web.get(root + "/", self.overview),
            web.post(root + "/next/{subscription}", self.next_step),
        ]

    async def checkout(self, request: web.Request) -> web.Response:
        """Show the form that pays a session."""
        session = self._session_of(request)
        if session is None or session["status"] != "open":
            return _closed_checkout(session)
        return self._show_checkout(session)

    async def pay(self, request: web.Request) -> web.Response:
        """Pay a session; a declined card shows the form again with the reason."""
        session, form = self._session_of(request), await request.post()
        if session is None or session["status"] != "open":
            return _closed_checkout(session)
        number = str(form.get("number", ""))
        read = read_card(number)
        card = read if isinstance(read, Card) else Card(number, read)
        try:
            now = self._account.pass_time()
            self._billing.pay_session(session, card, now, email=str(form.get("email", "")))
        except StripeRefused as refused:
            return self._show_checkout(session, refused.message)
        raise web.HTTPSeeOther(session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"]))

    async def portal(self, request: web.Request) -> web.Response:
        """Show a customer's subscriptions and what can be done about them."""
        session = self._portal_of(request)
        return _expired_portal() if session is None else self._show_portal(session)

    async def act(self, request: web.Request) -> web.Response:
        """Cancel, resume, switch the plan, or change the card."""
        session, form = self._portal_of(request), await request.post()
        if session is None:
            return _expired_portal()
        try:
            self._change(request.match_info["action"], session["customer"], form)
        except StripeRefused as refused:
            return self._show_portal(session, refused.message)
        raise web.HTTPSeeOther(session["url"])

    async def overview(self, _request: web.Request) -> web.Response:
        """Show every subscription, with a button that lets its next renewal or attempt happen now."""
        self._account.pass_time()
        rows = []
        for one in self._state.every("subscription"):
            rows += [f"<h2>{escape(one['customer'])}</h2>", self._facts_of(one)]
            if one["status"] in LIVE:
                action = f"{self._account.url()}/next/{one['id']}"
                rows.append(_button(action, "Let the next payment happen now", quiet=True))
        body = "\n".join(rows) or "<p>There is no subscription yet.</p>"
        return _page("Subscriptions", body)

    async def next_step(self, request: web.Request) -> web.Response:
        """Let what is due next for a subscription happen now."""
        found = self._state.objects.get(request.match_info["subscription"])
        if found is not None and found["object"] == "subscription":
            self._billing.do_next(found, self._account.pass_time())
        raise web.HTTPSeeOther(self._account.url() + "/")

    def _change(self, action: str, customer: str, form: object) -> None:
        now, fields = self._account.pass_time(), dict(form)  # type: ignore[call-overload]
        if action == "card":
            read = read_card(str(fields.get("number", "")), to_pay=False)
            if not isinstance(read, Card):
                raise declined(read)
            self._billing.change_card(customer, read, now)
            return
        live = {one["id"]: one for one in self._billing.subscriptions_of(customer) if one["status"] in LIVE}
        subscription = live.get(str(fields.get("subscription", "")))
        if subscription is None:
            raise StripeRefused(404, "This subscription has ended.")
        if action == "cancel":
            self._billing.cancel_later(subscription, now)
        elif action == "resume":
            self._billing.resume(subscription, now)
        elif action == "switch":
            price = self._state.find("price", str(fields.get("price", "")), param="price")
            self._billing.change_price(subscription, price, now)

    def _session_of(self, request: web.Request) -> StripeObject | None:
        self._account.pass_time()
        found = self._state.objects.get(request.match_info["id"])
        return found if found and found["object"] == "checkout.session" else None

    def _portal_of(self, request: web.Request) -> StripeObject | None:
        found = self._state.objects.get(request.match_info["id"])
        if found is None or found["object"] != "billing_portal.session":
            return None
        return found if self._account.pass_time() < found["created"] + _PORTAL_SECONDS else None

    def _show_checkout(self, session: StripeObject, error: str = "") -> web.Response:
        price = self._billing.price_of(session)
        address = ""
        if not session["customer"]:
            email = escape(session["customer_email"] or "")
            address = f'<label>E-mail <input name="email" type="email" required value="{email}"></label>'
        back = session["cancel_url"]
        body = f"""<p>{_price_words(price)}</p>
{_alert(error)}
<form method="post">
{address}
{_CARD_FIELDS}
<button>Pay {_money(price)}</button>
</form>
{f'<p><a href="{escape(back)}">Back</a></p>' if back else ""}
{_TEST_CARDS}"""
        return _page(f"Subscribe to {price['nickname']}", body, status=402 if error else 200)

    def _show_portal(self, session: StripeObject, error: str = "") -> web.Response:
        customer, parts = session["customer"], [_alert(error)]
        for one in self._billing.subscriptions_of(customer):
            parts += [f"<h2>{escape(one['items']['data'][0]['price']['nickname'])}</h2>", self._facts_of(one)]
            if one["status"] in LIVE:
                parts.append(self._actions_of(session["url"], one))
        if len(parts) == 1:
            parts.append("<p>You have no subscription.</p>")
        card = self._state.cards.get(customer)
        shown = f"Card ending in {card.last4}" if card else "No card"
        parts.append(
            f'<h2>Payment method</h2><p>{shown}</p><form method="post" action="{session["url"]}/card">'
            f"{_CARD_FIELDS}<button>Update card</button></form>{_TEST_CARDS}"
        )
        if session["return_url"]:
            parts.append(f'<p><a href="{escape(session["return_url"])}">Return</a></p>')
        return _page("Your subscription", "\n".join(parts), status=402 if error else 200)

    def _actions_of(self, url: str, subscription: StripeObject) -> str:
        hidden = f'<input type="hidden" name="subscription" value="{subscription["id"]}">'
        if subscription["cancel_at"] is not None:
            return _button(f"{url}/resume", "Don't cancel", hidden)
        current = subscription["items"]["data"][0]["price"]["id"]
        options = "".join(
            f'<option value="{price["id"]}">{escape(price["nickname"])}, {_price_words(price)}</option>'
            for price in self._state.every("price")
            if price["id"] != current and price["active"]
        )
        switch = f'{hidden}<label>Another plan <select name="price">{options}</select></label>'
        parts = [_button(f"{url}/switch", "Switch plan", switch)] if options else []
        return "".join([*parts, _button(f"{url}/cancel", "Cancel plan", hidden, quiet=True)])

    def _facts_of(self, subscription: StripeObject) -> str:
        price = subscription["items"]["data"][0]["price"]
        facts = {"Price": _price_words(price), "Status": subscription["status"].replace("_", " ")}
        invoice = self._state.objects.get(subscription["latest_invoice"] or "", {})
        if subscription["status"] not in LIVE:
            facts["Ended"] = iso(subscription["ended_at"])
        elif subscription["cancel_at"] is not None:
            facts["Ends"] = iso(subscription["cancel_at"])
        else:
            facts["Renews"] = iso(period_end(subscription))
        if invoice.get("next_payment_attempt"):
            facts["Next attempt"] = iso(invoice["next_payment_attempt"])
        return "<dl>" + "".join(f"<dt>{n}</dt><dd>{v}</dd>" for n, v in facts.items()) + "</dl>"


_CARD_FIELDS = f"""<label>Card number
<input name="number" inputmode="numeric" autocomplete="cc-number" required value="{GOOD_CARD}"></label>
<label>Expiry <input name="expiry" autocomplete="cc-exp" required value="12 / 34"></label>
<label>CVC <input name="cvc" inputmode="numeric" autocomplete="cc-csc" required value="123"></label>"""
_TEST_CARDS = (
    f"<details><summary>Test cards</summary><dl><dt>{GOOD_CARD}</dt><dd>is accepted</dd>"
    + "".join(
        f"<dt>{n}</dt><dd>is declined: {why.replace('_', ' ')}</dd>" for n, why in DECLINED_CARDS.items()
    )
    + f"<dt>{FAILS_LATER}</dt><dd>can be saved, but payments fail</dd></dl></details>"
)


def _money(price: StripeObject) -> str:
    sign = _SIGNS.get(price["currency"], price["currency"].upper() + " ")
    return f"{sign}{price['unit_amount'] / 100:.2f}"


def _price_words(price: StripeObject) -> str:
    return f"{_money(price)} per {price['recurring']['interval']}"


def _alert(error: str) -> str:
    return f'<p class="error" role="alert">{escape(error)}</p>' if error else ""


def _button(action: str, text: str, fields: str = "", *, quiet: bool = False) -> str:
    style = ' class="quiet"' if quiet else ""
    return f'<form method="post" action="{escape(action)}">{fields}<button{style}>{text}</button></form>'


def _closed_checkout(session: StripeObject | None) -> web.Response:
    if session is None:
        return _page("Something went wrong", "<p>This page could not be found.</p>", status=404)
    if session["status"] == "complete":
        return _page("Already paid", "<p>You have completed this payment.</p>")
    return _page("This link has expired", "<p>Go back and start again.</p>", status=410)


def _expired_portal() -> web.Response:
    return _page("This link has expired", "<p>Go back and open the page again.</p>", status=410)


def _page(title: str, body: str, *, status: int = 200) -> web.Response:
    text = _LAYOUT.format(title=escape(title), style=_STYLE, body=body)
    return web.Response(text=text, content_type="text/html", headers=_HEADERS, status=status)
