"""eBay's application token: minted once for everybody, renewed early, kept across restarts.

eBay mints 1,000 a day, for all restarts together: a token lives two hours and is never thrown away.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
import os
import tempfile
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import msgspec

from watcher.adapters.outbound.http import kind_of
from watcher.core.errors import Api, CallFailed, Kind
from watcher.core.times import MINUTE, Instant, Seconds

if TYPE_CHECKING:
    from watcher.adapters.outbound.guard import Guard
    from watcher.adapters.outbound.http import HttpClient, Response
    from watcher.ports import Clock

FILE_NAME = "ebay_token.json"
_PATH = "/identity/v1/oauth2/token"
_SCOPE = "https://api.ebay.com/oauth/api_scope"  # the sandbox's too
_EARLY = Seconds(5 * MINUTE)
# After eBay refused our credentials, ask again so rarely that a day's mints cannot be used up: 960.
_PAUSE = Seconds(90.0)
_LONGEST = 8000  # what still fits in a header
_log = logging.getLogger(__name__)


class _Minted(msgspec.Struct):
    access_token: str
    expires_in: int | float


class _Kept(msgspec.Struct):
    base_url: str
    client: str
    token: str
    renew_at: float


class EbayToken:
    """The token of one pair of credentials at one address; the secret shows in no message and no repr.

    Another `scope` is another token and wants a `file_name` of its own.
    """

    def __init__(  # noqa: PLR0913 - the composition root hands each in by name
        self,
        *,
        base_url: str,
        client_id: str,
        client_secret: str,
        state_dir: Path | None,
        http: HttpClient,
        guard: Guard,
        clock: Clock,
        scope: str = _SCOPE,
        file_name: str = FILE_NAME,
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
        self._flight: asyncio.Task[str] | None = None
        self._refusal = ""
        self._quiet_until = Instant(0.0)
        self._kept = self._read()

    def fresh(self) -> str | None:
        """The token, while it is good; None when one must be minted."""
        kept = self._kept
        return kept.token if kept is not None and self._clock.now() < kept.renew_at else None

    async def get(self) -> str:
        """The token, minted where there is no good one; however many ask, one request is sent.

        Raises CallFailed; CREDENTIALS when eBay does not know us.
        """
        token = self.fresh()
        if token is not None:
            return token
        if self._refusal and self._is_quiet():
            raise CallFailed(Api.EBAY, Kind.CREDENTIALS, self._refusal)
        if self._flight is None:
            self._flight = asyncio.create_task(self._guard.attempt(self._mint, counts=False))
            self._flight.add_done_callback(self._landed)
        # Shielded: who stops waiting does not stop the others.
        return await asyncio.shield(self._flight)

    def invalidate(self, token: str) -> None:
        """Drop a token that eBay refused; one that has been replaced since is dropped already."""
        if self._kept is not None and self._kept.token == token and not self._is_quiet():
            self._kept = None

    def refused_new(self) -> None:
        """Note that even a new token was refused, so that not every call mints one."""
        self._quiet_until = Instant(self._clock.now() + _PAUSE)

    async def aclose(self) -> None:
        """Stop a mint that is under way."""
        if self._flight is not None:
            self._flight.cancel()
            await asyncio.wait([self._flight])

    def _is_quiet(self) -> bool:
        return 0 < self._quiet_until - self._clock.now() <= _PAUSE

    def _landed(self, flight: asyncio.Task[str]) -> None:
        self._flight = None
        failure = None if flight.cancelled() else flight.exception()
        if isinstance(failure, CallFailed) and failure.kind is Kind.CREDENTIALS:
            self._refusal = failure.detail
            self.refused_new()

    async def _mint(self) -> str:
        answer = await self._http.fetch(
            Api.EBAY, self._base_url + _PATH, self._headers, method="POST", content=self._form
        )
        minted = _read_mint(answer)
        now = self._clock.now()
        life = max(0.0, float(minted.expires_in))
        renew_at = now + life - min(_EARLY, life / 4)
        kept = self._kept = _Kept(self._base_url, self._client, minted.access_token, renew_at)
        self._refusal = ""
        if self._file is not None:
            await asyncio.to_thread(_write, self._file, msgspec.json.encode(kept))
        return kept.token

    def _read(self) -> _Kept | None:
        """The token that an earlier process kept, if it is for these credentials and this address."""
        if self._file is None:
            return None
        try:
            kept = msgspec.json.decode(self._file.read_bytes(), type=_Kept)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            _log.warning("The file %s cannot be read; a new eBay token is minted.", self._file)
            return None
        ours = kept.base_url == self._base_url and kept.client == self._client and _is_token(kept.token)
        return kept if ours else None


def _read_mint(answer: Response) -> _Minted:
    if answer.status != HTTPStatus.OK:
        kind = kind_of(answer.status)
        if kind is Kind.REFUSED:  # OAuth's invalid_client, invalid_scope and their like
            kind = Kind.CREDENTIALS
        raise CallFailed(Api.EBAY, kind, f"mint: HTTP {answer.status}", status=answer.status)
    try:
        minted = msgspec.json.decode(answer.body, type=_Minted)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # Without the cause: a library may quote what it could not read, and that may be the token.
        raise CallFailed(Api.EBAY, Kind.MALFORMED, "mint: a body that is no token") from None
    if not _is_token(minted.access_token):
        raise CallFailed(Api.EBAY, Kind.MALFORMED, "mint: a token that fits in no header")
    return minted


def _is_token(text: str) -> bool:
    return text.isascii() and text.isprintable() and 0 < len(text) < _LONGEST and " " not in text


def _write(file: Path, content: bytes) -> None:
    """Replace `file` in one step, readable by its owner alone. A full disk costs one mint, no call."""
    try:
        handle, name = tempfile.mkstemp(prefix=f".{FILE_NAME}.", dir=file.parent)  # mode 0600
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as opened:
                opened.write(content)
                opened.flush()
                os.fsync(opened.fileno())
            temporary.replace(file)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        _log.warning("The eBay token could not be kept in %s: %s.", file, error.strerror)
