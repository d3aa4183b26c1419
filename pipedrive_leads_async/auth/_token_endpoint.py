"""Pipedrive's OAuth host: what is posted to it, and what its answers mean.

https://pipedrive.readme.io/docs/marketplace-oauth-authorization
"""

from __future__ import annotations

import asyncio
import datetime as dt
import math
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Final, TypeAlias
from urllib.parse import quote_plus, urlencode

import attrs

from .._http.envelope import check_status
from .._http.message import Request, Response
from .._http.session import SessionManager
from .._limits.signals import BLOCK_SECONDS, retry_after
from .._shared.secrets import Secret, SecretBytes, SecretHeader, basic_authorization
from ..config import Timeouts
from ..errors import (
    AuthenticationError,
    AuthUnavailableError,
    CertificateError,
    ConfigurationError,
    PipedriveError,
    ReauthorizationRequiredError,
    RequestTimeoutError,
    ServerError,
    TransportError,
    UnexpectedResponseError,
)
from ._token import Token, company_url, json_object

Form: TypeAlias = Mapping[str, str | Secret]

_TIMEOUTS: Final = Timeouts(deadline=60.0)

_LONGEST_LIFE: Final = 24 * 3600.0
"""Seconds. An access token lasts one hour; a day is still far from any date's end."""

_LOST: Final = (TransportError, ServerError, UnexpectedResponseError)
"""What leaves open whether the host did what it was asked."""


@attrs.frozen
class TokenEndpoint:
    """The OAuth host as one app sees it.

    Attributes:
        client_id: The app's id.
        client_secret: The app's secret: it goes to this host alone.
        oauth_url: The host.
        sessions: Gives the way to the network, for one request.
    """

    client_id: str
    client_secret: Secret
    oauth_url: str
    sessions: Callable[[], AbstractAsyncContextManager[SessionManager]] = attrs.field(eq=False)

    async def exchange(self, code: Secret, redirect_uri: str, now: dt.datetime) -> Token:
        """Get the token of a grant for its code, which is good for one request.

        Raises:
            ReauthorizationRequiredError: The code is not accepted.
            AuthenticationError: The app is not accepted.
            AuthUnavailableError: No answer came that tells.
        """
        form: Form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
        }
        try:
            return await self._token(form, None, now)
        except _LOST as error:
            raise _unavailable(error) from error

    async def refresh(self, old: Token, refresh_token: Secret, now: dt.datetime) -> Token:
        """Get the token that follows another.

        Where the answer is lost, the same is asked once more, and at once: a host that has
        given out the next refresh token still accepts the last one for some seconds.

        Raises:
            ReauthorizationRequiredError: The refresh token is not accepted.
            AuthenticationError: The app is not accepted.
            AuthUnavailableError: No answer came that tells.
        """
        form: Form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        try:
            try:
                return await self._token(form, old, now)
            except _LOST as error:
                if isinstance(error, CertificateError):
                    raise
            return await self._token(form, old, now)
        except _LOST as error:
            raise _unavailable(error) from error

    async def revoke(self, token: Token) -> None:
        """End a grant; where there is no refresh token, the access token.

        Raises:
            AuthenticationError: The app, or the token, is not accepted.
            AuthUnavailableError: No answer came that tells.
        """
        form: Form = {
            "token": token.refresh_token or token.access_token,
            "token_type_hint": "refresh_token" if token.refresh_token else "access_token",
        }
        try:
            await self._post("/oauth/revoke", form)
        except _LOST as error:
            raise _unavailable(error) from error

    async def _token(self, form: Form, old: Token | None, now: dt.datetime) -> Token:
        response = await self._post("/oauth/token", form)
        token = _read_token(response.body, old, now)
        if token is None:
            raise UnexpectedResponseError(
                f"the answer with status {response.status} is not a token", status=response.status
            )
        return token

    async def _post(self, path: str, form: Form) -> Response:
        request = Request(
            method="POST",
            url=f"{self.oauth_url}{path}",
            headers={
                "Authorization": self._basic(),
                "Content-Type": "application/x-www-form-urlencoded",
            },
            body=_encoded(form),
            connect_timeout=_TIMEOUTS.connect,
            read_timeout=_TIMEOUTS.read,
        )
        response: Response | None = None
        deadline = asyncio.timeout(_TIMEOUTS.deadline)
        try:
            # All who need the token wait for this, also where the answer comes byte by byte.
            async with deadline, self.sessions() as manager:
                response = await manager.__transport__().send(request)
        except TimeoutError:
            if not deadline.expired():
                raise
        if response is None:
            raise RequestTimeoutError(f"no whole answer came in {_TIMEOUTS.deadline:g} s")
        if response.status >= 400:
            raise _refusal(response, [self.client_secret, Secret(self._basic()), *form.values()])
        check_status(response)
        return response

    def _basic(self) -> SecretHeader:
        return basic_authorization(self.client_id, self.client_secret.reveal())


def _encoded(form: Form) -> SecretBytes:
    fields = {
        name: value.reveal() if isinstance(value, Secret) else value for name, value in form.items()
    }
    return SecretBytes(urlencode(fields, errors="replace").encode())


def _unavailable(error: PipedriveError) -> AuthUnavailableError:
    wait = error.retry_after if isinstance(error, ServerError) else None
    return AuthUnavailableError(
        f"Pipedrive's OAuth host gave no answer that tells: {error}", retry_after=wait
    )


def _refusal(response: Response, sent: Iterable[str | Secret]) -> PipedriveError:
    """Give the error that an answer is.

    https://pipedrive.readme.io/docs/oauth-status-codes
    """
    status = response.status
    message = f"Pipedrive's OAuth host answered {status}"
    wait = retry_after(response.headers)
    said = _said(response.body)
    if status == 429:
        return AuthUnavailableError(message, retry_after=wait)
    if status >= 500 or status in (408, 425):
        return ServerError(message, status=status, retry_after=wait)
    if said is None and status == 403:
        return AuthUnavailableError(
            f"{message} with a page that blocks this client", retry_after=BLOCK_SECONDS
        )
    if said is None:
        return UnexpectedResponseError(f"{message} with something else than JSON", status=status)
    for secret in sent:
        if isinstance(secret, Secret):
            for form in (secret.reveal(), quote_plus(secret.reveal(), errors="replace")):
                said = said.replace(form, "***")
    said = said[:300]
    if "invalid grant" in said.lower().replace("_", " "):
        return ReauthorizationRequiredError(
            f"the grant is not accepted: send the user to authorization_url(). {message}: {said}",
            status=status,
            error=said,
        )
    return AuthenticationError(f"{message}: {said}", status=status, error=said)


def _said(body: bytes) -> str | None:
    """Give all that an error says of itself: under which keys is not documented."""
    reply = json_object(body)
    if reply is None:
        return None
    texts = (reply.get(key) for key in ("error", "error_description", "message"))
    return ", ".join(text for text in texts if isinstance(text, str))


def _read_token(body: bytes, old: Token | None, now: dt.datetime) -> Token | None:
    """Read an answer; what it leaves out is as it was. None: it is not a token."""
    reply = json_object(body) or {}
    told: dict[str, Any] = {
        name: text
        for name in ("access_token", "refresh_token", "scope", "api_domain")
        if isinstance(text := reply.get(name), str) and text
    }
    if "access_token" not in told:
        return None
    if not company_url(told.get("api_domain")):
        told.pop("api_domain", None)
    life = _life(reply.get("expires_in"))
    told["expires_at"] = None if life is None else now + dt.timedelta(seconds=life)
    before = attrs.asdict(old) if old else {}
    try:
        return Token(**before | told)
    except ConfigurationError:
        return None


def _life(told: object) -> float | None:
    """Give the seconds that a token lasts; None where that is not clear, or cannot be."""
    try:
        seconds = float(told) if isinstance(told, str | float) else math.nan
    except ValueError:
        return None
    return min(seconds, _LONGEST_LIFE) if 0 < seconds < math.inf else None
