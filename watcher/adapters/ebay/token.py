"""eBay's application token: minted once for all callers, renewed early, kept across restarts.

eBay mints 1,000 tokens a day, counted over all restarts. A token lives two hours and is never discarded. A
wrong lifetime, or tokens that eBay refuses, must not use up those mints.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
import math
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec

from watcher.adapters.host.atomic_file import replace_file
from watcher.adapters.outbound.guard import Guard
from watcher.adapters.outbound.http import HttpClient, HttpResponse
from watcher.adapters.outbound.lenient_json import UNREADABLE
from watcher.adapters.outbound.refusals import describe_status, kind_of_status, parse_retry_after
from watcher.core.errors import Api, CallFailed, Kind, NotSent
from watcher.core.times import DAY, HOUR, MINUTE, Instant, Seconds, in_words
from watcher.polling.single_flight import SingleFlight
from watcher.ports import Clock

log = logging.getLogger(__name__)
BROWSE_TOKEN_FILE = "ebay_token.json"  # noqa: S105 - a file name
_TOKEN_PATH = "/identity/v1/oauth2/token"  # noqa: S105 - a URL's path
_BROWSE_SCOPE = "https://api.ebay.com/oauth/api_scope"  # also in the sandbox
_RENEW_EARLY = Seconds(5 * MINUTE)
# Bounds of a believable lifetime, and the lifetime of a token without one.
_SHORTEST_LIFETIME, _LONGEST_LIFETIME, _USUAL_LIFETIME = float(MINUTE), float(DAY), 2.0 * HOUR
# Pauses after eBay refused our credentials: the first one, doubled by each further refusal up to the longest.
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 5.0, 90.0
# A day has 960 of these intervals, so that a day's mints cannot be used up. Two tokens may be minted in the
# first interval, because eBay may revoke a token at any time.
_MINT_INTERVAL, _MAX_MINTS = 90.0, 2
_MAX_DOUBLINGS = 10
SCOPE_REFUSALS = frozenset((HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN))
_MAX_TOKEN_LENGTH = 8000  # characters; a longer one does not fit in a header


class ScopeRefused(CallFailed):
    """eBay has not granted something optional to these keys. eBay has not failed."""

    def __init__(self, detail: str, status: int) -> None:
        super().__init__(Api.EBAY, Kind.REFUSED, detail, status=status, caller_caused=True)


class _MintResponse(msgspec.Struct):
    access_token: str
    expires_in: Any = None


class _StoredToken(msgspec.Struct):
    base_url: str
    client: str
    token: str
    renew_at: float


class EbayToken:
    """The token of one pair of credentials at one address. No message and no repr shows a secret.

    Each `scope` has its own token and needs its own `file_name`. `optional`: a refusal means that eBay has
    not granted the scope to these credentials, so it is ScopeRefused.
    """

    def __init__(  # noqa: PLR0913 - the composition root passes each by name
        self,
        *,
        base_url: str,
        client_id: str,
        client_secret: str,
        state_dir: Path | None,
        http: HttpClient,
        guard: Guard,
        clock: Clock,
        scope: str = _BROWSE_SCOPE,
        file_name: str = BROWSE_TOKEN_FILE,
        optional: bool = False,
    ) -> None:
        self._optional = optional
        self._base_url = base_url.rstrip("/")
        self._form = urlencode({"grant_type": "client_credentials", "scope": scope}).encode()
        self._client = hashlib.sha256(client_id.encode()).hexdigest()
        basic = base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()
        self._headers = {
            "Authorization": f"Basic {basic}",
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept": "application/json",
        }
        self._file = state_dir / file_name if state_dir else None
        self._http, self._guard, self._clock = http, guard, clock
        self._mints: SingleFlight[None, str] = SingleFlight()
        self._refusal = ""
        self._refusals = 0
        self._pause: tuple[Instant, Seconds] = (Instant(0.0), Seconds(0.0))
        self._minted: list[Instant] = []  # the last successful mints
        self._is_lifetime_odd = False
        self._stored = self._load()

    def fresh(self) -> str | None:
        """Return the token while it is good; None if one must be minted."""
        stored = self._stored
        return stored.token if stored is not None and self._clock.now() < stored.renew_at else None

    async def get(self) -> str:
        """Return the token; mint one if none is good, with one request for all concurrent callers.

        Raises CallFailed; CREDENTIALS if eBay refuses our credentials, ScopeRefused if it refuses an optional
        scope, NotSent if no token may be minted now.
        """
        token = self.fresh()
        if token is not None:
            return token
        if wait := self._time_to_mint():
            why = self._refusal or "two tokens were minted just now, and eBay accepts neither"
            detail = f"not sent, the next token is minted in {in_words(wait)}: {why}"
            raise NotSent(Api.EBAY, Kind.CREDENTIALS, detail, retry_after=wait)
        return await self._mints.join(None, self._attempt_mint)

    def invalidate(self, token: str) -> None:
        """Drop a token that eBay refused, unless it was replaced already or none may be minted now."""
        if self._stored is not None and self._stored.token == token and not self._time_to_mint():
            self._stored = None

    def pause_minting(self) -> None:
        """Keep the present token for a while, because eBay refused even a new one."""
        self._pause = (self._clock.now(), Seconds(_LONGEST_PAUSE_SECONDS))

    async def aclose(self) -> None:
        """Cancel a mint that is under way."""
        await self._mints.close()

    def _time_to_mint(self) -> Seconds:
        """Return the seconds for which no token may be minted; a wait from before a clock change is void."""
        now = self._clock.now()
        began, pause = self._pause
        waits = [began + pause - now if began <= now else 0.0]
        if len(self._minted) == _MAX_MINTS and self._minted[0] <= now:
            waits.append(self._minted[0] + _MINT_INTERVAL - now)
        return Seconds(max(0.0, *waits))

    async def _attempt_mint(self) -> str:
        try:
            return await self._guard.attempt(self._mint, auxiliary=True)
        except NotSent:
            raise
        except CallFailed as failure:
            self._pause_after(failure)
            raise

    def _pause_after(self, failure: CallFailed) -> None:
        """Send nothing for a while after a refusal, or for as long as the endpoint asks."""
        pause = failure.retry_after or 0.0
        if failure.kind is Kind.CREDENTIALS:
            doublings = min(self._refusals, _MAX_DOUBLINGS)
            pause = max(pause, min(_FIRST_PAUSE_SECONDS * 2.0**doublings, _LONGEST_PAUSE_SECONDS))
            self._refusals += 1
            failure.retry_after = pause
        if pause:
            self._refusal = failure.detail
            self._pause = (self._clock.now(), Seconds(pause))

    async def _mint(self) -> str:
        response = await self._http.fetch(
            Api.EBAY, self._base_url + _TOKEN_PATH, self._headers, method="POST", content=self._form
        )
        now = self._clock.now()
        if self._optional and response.status in SCOPE_REFUSALS:
            detail = f"token request: {describe_status(response.status)}, the scope is not granted"
            raise ScopeRefused(detail, response.status)
        minted = _parse_mint(response, now)
        lifetime = self._lifetime(minted.expires_in)
        renew_at = now + lifetime - min(_RENEW_EARLY, lifetime / 4)
        stored = self._stored = _StoredToken(self._base_url, self._client, minted.access_token, renew_at)
        self._refusal, self._refusals = "", 0
        self._minted = [*self._minted, now][-_MAX_MINTS:]
        if self._file is not None:
            await asyncio.to_thread(_store, self._file, msgspec.json.encode(stored))
        return stored.token

    def _lifetime(self, expires_in: object) -> float:
        """Return the token's lifetime in seconds; warn once if what the endpoint says cannot be true."""
        # `true` is the number 1, which is out of bounds.
        try:
            lifetime = float(expires_in) if isinstance(expires_in, int | float | str) else math.nan
        except (ValueError, OverflowError):
            lifetime = math.nan
        if _SHORTEST_LIFETIME <= lifetime <= _LONGEST_LIFETIME:
            return lifetime
        if not self._is_lifetime_odd:
            self._is_lifetime_odd = True
            log.warning("eBay's token endpoint names no believable lifetime; two hours are assumed")
        return _USUAL_LIFETIME

    def _load(self) -> _StoredToken | None:
        """Return the token stored by an earlier process, if it is for these credentials and this address."""
        if self._file is None:
            return None
        try:
            stored = msgspec.json.decode(self._file.read_bytes(), type=_StoredToken)
        except FileNotFoundError:
            return None
        except (OSError, *UNREADABLE):
            log.warning("The file %s cannot be read; a new eBay token is minted.", self._file)
            return None
        is_ours = stored.base_url == self._base_url and stored.client == self._client
        if stored.renew_at > self._clock.now() + _LONGEST_LIFETIME:
            return None
        return stored if is_ours and _is_token(stored.token) else None


def _parse_mint(response: HttpResponse, now: Instant) -> _MintResponse:
    if response.status != HTTPStatus.OK:
        kind = kind_of_status(response.status)
        if kind is Kind.REFUSED:  # OAuth's invalid_client, invalid_scope and others
            kind = Kind.CREDENTIALS
        raise CallFailed(
            Api.EBAY,
            kind,
            f"token request: {describe_status(response.status)}",
            retry_after=parse_retry_after(response.headers.get("Retry-After", ""), now),
            status=response.status,
        )
    try:
        minted = msgspec.json.decode(response.body, type=_MintResponse)
    except UNREADABLE:
        # Without the cause: a library may quote what it could not decode, and that may be the token.
        raise CallFailed(
            Api.EBAY, Kind.MALFORMED, "token request: the body is not a token response"
        ) from None
    if not _is_token(minted.access_token):
        raise CallFailed(Api.EBAY, Kind.MALFORMED, "token request: it does not fit in a header")
    return minted


def _is_token(text: str) -> bool:
    return text.isascii() and text.isprintable() and 0 < len(text) < _MAX_TOKEN_LENGTH and " " not in text


def _store(file: Path, content: bytes) -> None:
    """Replace `file` in one step, readable by its owner only. A full disk costs a mint, not a call."""
    try:
        replace_file(file, content, mode=0o600)
    except OSError as error:
        log.warning("The eBay token could not be stored in %s: %s.", file, error.strerror)
