"""eBay's application token: minted once for all callers, renewed early, kept across restarts.

eBay mints 1,000 tokens a day, counted over all restarts. A token lives two hours and is never discarded.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlencode

import msgspec

from watcher.adapters.ebay.wire import UNREADABLE
from watcher.adapters.host.atomic_file import replace_file
from watcher.adapters.outbound.guard import Guard
from watcher.adapters.outbound.http import HttpClient, HttpResponse
from watcher.adapters.outbound.refusals import kind_of_status
from watcher.core.errors import Api, CallFailed, Kind
from watcher.core.times import MINUTE, Instant, Seconds
from watcher.polling.single_flight import SingleFlight
from watcher.ports import Clock

log = logging.getLogger(__name__)
BROWSE_TOKEN_FILE = "ebay_token.json"  # noqa: S105 - a file name
_TOKEN_PATH = "/identity/v1/oauth2/token"  # noqa: S105 - a URL's path
_BROWSE_SCOPE = "https://api.ebay.com/oauth/api_scope"  # also in the sandbox
_RENEW_EARLY = Seconds(5 * MINUTE)
# The pause after eBay refused our credentials, so that a day's mints cannot be used up: at most 960.
_PAUSE_SECONDS = Seconds(90.0)
_MAX_TOKEN_LENGTH = 8000  # characters; a longer one does not fit in a header


class _MintResponse(msgspec.Struct):
    access_token: str
    expires_in: int | float


class _StoredToken(msgspec.Struct):
    base_url: str
    client: str
    token: str
    renew_at: float


class EbayToken:
    """The token of one pair of credentials at one address. No message and no repr shows a secret.

    Each `scope` has its own token and needs its own `file_name`.
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
    ) -> None:
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
        self._paused_until = Instant(0.0)
        self._stored = self._load()

    def fresh(self) -> str | None:
        """Return the token while it is good; None if one must be minted."""
        stored = self._stored
        return stored.token if stored is not None and self._clock.now() < stored.renew_at else None

    async def get(self) -> str:
        """Return the token; mint one if none is good, with one request for all concurrent callers.

        Raises CallFailed; CREDENTIALS if eBay refuses our credentials.
        """
        token = self.fresh()
        if token is not None:
            return token
        if self._refusal and self._is_paused():
            raise CallFailed(Api.EBAY, Kind.CREDENTIALS, self._refusal)
        return await self._mints.join(None, self._attempt_mint)

    def invalidate(self, token: str) -> None:
        """Drop a token that eBay refused, unless it has already been replaced."""
        if self._stored is not None and self._stored.token == token and not self._is_paused():
            self._stored = None

    def pause_minting(self) -> None:
        """Keep the present token for a while, because eBay refused even a new one."""
        self._paused_until = Instant(self._clock.now() + _PAUSE_SECONDS)

    async def aclose(self) -> None:
        """Cancel a mint that is under way."""
        await self._mints.close()

    def _is_paused(self) -> bool:
        return 0 < self._paused_until - self._clock.now() <= _PAUSE_SECONDS

    async def _attempt_mint(self) -> str:
        try:
            return await self._guard.attempt(self._mint, auxiliary=True)
        except CallFailed as failure:
            if failure.kind is Kind.CREDENTIALS:
                self._refusal = failure.detail
                self.pause_minting()
            raise

    async def _mint(self) -> str:
        response = await self._http.fetch(
            Api.EBAY, self._base_url + _TOKEN_PATH, self._headers, method="POST", content=self._form
        )
        minted = _parse_mint(response)
        now = self._clock.now()
        lifetime = max(0.0, float(minted.expires_in))
        renew_at = now + lifetime - min(_RENEW_EARLY, lifetime / 4)
        stored = self._stored = _StoredToken(self._base_url, self._client, minted.access_token, renew_at)
        self._refusal = ""
        if self._file is not None:
            await asyncio.to_thread(_store, self._file, msgspec.json.encode(stored))
        return stored.token

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
        return stored if is_ours and _is_token(stored.token) else None


def _parse_mint(response: HttpResponse) -> _MintResponse:
    if response.status != HTTPStatus.OK:
        kind = kind_of_status(response.status)
        if kind is Kind.REFUSED:  # OAuth's invalid_client, invalid_scope and others
            kind = Kind.CREDENTIALS
        raise CallFailed(Api.EBAY, kind, f"token: HTTP {response.status}", status=response.status)
    try:
        minted = msgspec.json.decode(response.body, type=_MintResponse)
    except UNREADABLE:
        # Without the cause: a library may quote what it could not decode, and that may be the token.
        raise CallFailed(Api.EBAY, Kind.MALFORMED, "token: the body is not a token response") from None
    if not _is_token(minted.access_token):
        raise CallFailed(Api.EBAY, Kind.MALFORMED, "token: it does not fit in a header")
    return minted


def _is_token(text: str) -> bool:
    return text.isascii() and text.isprintable() and 0 < len(text) < _MAX_TOKEN_LENGTH and " " not in text


def _store(file: Path, content: bytes) -> None:
    """Replace `file` in one step, readable by its owner only. A full disk costs a mint, not a call."""
    try:
        replace_file(file, content, mode=0o600)
    except OSError as error:
        log.warning("The eBay token could not be stored in %s: %s.", file, error.strerror)
