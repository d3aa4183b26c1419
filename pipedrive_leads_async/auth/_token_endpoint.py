"""Requests to Pipedrive's OAuth host: exchange a code, refresh a token, revoke a grant.

https://pipedrive.readme.io/docs/marketplace-oauth-authorization
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Final, TypeAlias
from urllib.parse import urlencode, urlsplit

import attrs

from .._http.envelope import check_status
from .._http.message import Request, Response
from .._http.transport.session import SessionManager
from .._shared.log import log_pause
from .._shared.secrets import Secret, SecretBytes, SecretHeader, basic_authorization
from ..config import Timeouts
from ..errors import (
    AuthUnavailableError,
    CertificateError,
    PipedriveError,
    RequestTimeoutError,
    ServerError,
    TransportError,
    UnexpectedResponseError,
)
from ._token import Token
from ._token_response import error_from, parse_token

Form: TypeAlias = Mapping[str, str | Secret]

_TIMEOUTS: Final = Timeouts(deadline=60.0)

_UNKNOWN_OUTCOME: Final = (TransportError, ServerError, UnexpectedResponseError)
"""Errors after which it is unknown whether the host processed the request."""


@attrs.frozen
class TokenEndpoint:
    """The OAuth host and the credentials of one app.

    Two endpoints are equal if host and credentials are equal, whatever session they use.

    Attributes:
        client_id: The id of the app.
        client_secret: The secret of the app. It is sent to this host only.
        oauth_url: The URL of the host.
        sessions: Opens a session for one request.
    """

    client_id: str
    client_secret: Secret
    oauth_url: str
    sessions: Callable[[], AbstractAsyncContextManager[SessionManager]] = attrs.field(eq=False)

    async def exchange(self, code: Secret, redirect_uri: str, now: dt.datetime) -> Token:
        """Request the token of a new grant. A code is valid for one request.

        Raises:
            ReauthorizationRequiredError: The code is not accepted.
            AuthenticationError: The app is not accepted.
            AuthUnavailableError: The outcome is unknown.
        """
        form: Form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
        }
        try:
            return await self._token(form, None, now)
        except _UNKNOWN_OUTCOME as error:
            raise _unavailable(error) from error

    async def refresh(self, old: Token, refresh_token: Secret, now: dt.datetime) -> Token:
        """Request the token that replaces `old`.

        If the response is lost, the request is sent once more at once: the host accepts a
        refresh token for some seconds after it issued the next one.

        Raises:
            ReauthorizationRequiredError: The refresh token is not accepted.
            AuthenticationError: The app is not accepted.
            AuthUnavailableError: The outcome is unknown.
        """
        form: Form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        try:
            try:
                return await self._token(form, old, now)
            except _UNKNOWN_OUTCOME as error:
                if isinstance(error, CertificateError) or _is_too_large(error):
                    raise
                reason = f"the refresh of the access token failed with {type(error).__name__}"
                log_pause(reason, "retry", 0.0, host=urlsplit(self.oauth_url).netloc)
            return await self._token(form, old, now)
        except _UNKNOWN_OUTCOME as error:
            raise _unavailable(error) from error

    async def revoke(self, token: Token) -> None:
        """Revoke the refresh token, which ends the grant; without one, the access token.

        Raises:
            AuthenticationError: The app or the token is not accepted.
            AuthUnavailableError: The outcome is unknown.
        """
        form: Form = {
            "token": token.refresh_token or token.access_token,
            "token_type_hint": "refresh_token" if token.refresh_token else "access_token",
        }
        try:
            await self._post("/oauth/revoke", form, token)
        except _UNKNOWN_OUTCOME as error:
            raise _unavailable(error) from error

    async def _token(self, form: Form, old: Token | None, now: dt.datetime) -> Token:
        response = await self._post("/oauth/token", form, old)
        token = parse_token(response.body, old, now)
        if token is None:
            raise UnexpectedResponseError(
                f"the response with status {response.status} has no token", status=response.status
            )
        return token

    async def _post(self, path: str, form: Form, known: Token | None) -> Response:
        """Send a form; raise the error that the response reports.

        Args:
            path: The path.
            form: The fields of the form.
            known: A token that the host already has, and may therefore repeat in its response.
        """
        secrets = [value for value in form.values() if isinstance(value, Secret)]
        if known is not None:
            secrets.append(known.access_token)
        request = Request(
            method="POST",
            url=f"{self.oauth_url}{path}",
            headers={
                "Authorization": self._basic(),
                "Content-Type": "application/x-www-form-urlencoded",
            },
            body=_encode(form),
            connect_timeout=_TIMEOUTS.connect,
            read_timeout=_TIMEOUTS.read,
            secrets=tuple(secrets),
        )
        response: Response | None = None
        deadline = asyncio.timeout(_TIMEOUTS.deadline)
        try:
            # All callers wait for this response, even if it arrives byte by byte.
            async with deadline, self.sessions() as manager:
                response = await manager.__transport__().send(request)
        except TimeoutError:
            if not deadline.expired():
                raise
        if response is None:
            raise RequestTimeoutError(
                f"the response was not complete after {_TIMEOUTS.deadline:g} s"
            )
        if response.status >= 400:
            raise error_from(response)
        check_status(response)
        return response

    def _basic(self) -> SecretHeader:
        return basic_authorization(self.client_id, self.client_secret.reveal())


def _encode(form: Form) -> SecretBytes:
    fields = {
        name: value.reveal() if isinstance(value, Secret) else value for name, value in form.items()
    }
    return SecretBytes(urlencode(fields, errors="replace").encode())


def _is_too_large(error: PipedriveError) -> bool:
    return isinstance(error, UnexpectedResponseError) and error.too_large


def _unavailable(error: PipedriveError) -> AuthUnavailableError:
    wait = error.retry_after if isinstance(error, ServerError) else None
    return AuthUnavailableError(
        f"Pipedrive's OAuth host sent no usable response: {error}",
        retry_after=wait,
    )
