"""The three endpoints of `oauth.pipedrive.com`, which have no cost and no limit.

https://pipedrive.readme.io/docs/marketplace-oauth-authorization
https://pipedrive.readme.io/docs/marketplace-oauth-and-api-proxy-status-codes

The bodies of the errors are those in the tests of Pipedrive's own Node client.
"""

from __future__ import annotations

import base64
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from .._json import Json
from .._limits import Login
from .._responses import OAuthError, Response
from .._state.marketplace import MarketplaceApp
from .grants import Grants, Tokens

_URI = re.compile("[A-Za-z][A-Za-z0-9+.-]*://[!-~]+")


@dataclass(frozen=True, slots=True)
class OAuthCall:
    """One request; `form` is None if the body has another content type."""

    query: Mapping[str, str]
    form: Mapping[str, str] | None
    authorization: str


class OAuth:
    """One registered app, and the user who is logged in at its consent page."""

    def __init__(self, random: random.Random, grants: Grants, visitor: Login) -> None:
        self.client_id = random.randbytes(8).hex()
        self.client_secret = random.randbytes(20).hex()
        self.grants = grants
        self.visitor = visitor
        self.visitor_allows = True
        self.token_changes: Json = {}
        self.omitted_token_fields: frozenset[str] = frozenset()
        self.marketplace_app: MarketplaceApp | None = None

    def authorize(self, call: OAuthCall) -> Response:
        """Redirect to the app with a code, or with `error=user_denied`."""
        if call.query.get("client_id") != self.client_id:
            raise OAuthError("invalid_client", "Invalid client: client is invalid")
        redirect_uri = call.query.get("redirect_uri", "")
        if not _URI.fullmatch(redirect_uri) or "#" in redirect_uri:
            raise OAuthError("invalid_request", "Invalid request: redirect_uri is not a valid URI")
        if self.visitor_allows:
            parameters = {"code": self.grants.code(self.visitor, redirect_uri)}
        else:
            parameters = {"error": "user_denied"}
        if "state" in call.query:
            parameters["state"] = call.query["state"]
        separator = "&" if "?" in redirect_uri else "?"
        return Response(302, "", {"location": f"{redirect_uri}{separator}{urlencode(parameters)}"})

    def token(self, call: OAuthCall) -> Response:
        """Return tokens for a code or for a refresh token."""
        form = self._form(call)
        grant_type = _parameter(form, "grant_type")
        if grant_type == "authorization_code":
            code, redirect_uri = _parameter(form, "code"), form.get("redirect_uri", "")
            tokens = self.grants.exchange(code, redirect_uri)
        elif grant_type == "refresh_token":
            tokens = self.grants.refresh(_parameter(form, "refresh_token"))
        else:
            raise OAuthError(
                "unsupported_grant_type", "Unsupported grant type: grant_type is invalid"
            )
        return Response(200, self.token_body(tokens))

    def revoke(self, call: OAuthCall) -> Response:
        """Revoke a token; an unknown one is not an error (RFC 7009, section 2.2)."""
        self.grants.revoke(_parameter(self._form(call), "token"))
        return Response(200, {"success": True})

    def token_body(self, tokens: Tokens) -> Json:
        """Return the body of a token response, with the changes that a test asked for."""
        lifetime = self.grants.lifetime
        body = {
            "access_token": tokens.access_token,
            "token_type": "Bearer",
            "expires_in": int(lifetime) if lifetime == int(lifetime) else lifetime,
            "refresh_token": tokens.refresh_token,
            "scope": tokens.scope,
            "api_domain": f"https://{tokens.login.tenant.account.company['domain']}.pipedrive.com",
        } | self.token_changes
        return {
            name: value for name, value in body.items() if name not in self.omitted_token_fields
        }

    def _form(self, call: OAuthCall) -> Mapping[str, str]:
        """Return the form; raise an OAuthError if it is missing or not sent by the app."""
        if call.form is None:
            raise OAuthError(
                "invalid_request",
                "Invalid request: content must be application/x-www-form-urlencoded",
            )
        scheme, _, credentials = call.authorization.partition(" ")
        if scheme.lower() != "basic":
            raise OAuthError("invalid_client", "Invalid client: cannot retrieve client credentials")
        expected = base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        if credentials != expected:
            raise OAuthError("invalid_client", "Invalid client: client is invalid")
        return call.form


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint; its `id` is the sandbox's own, because Pipedrive's reference has none."""

    id: str
    method: str
    path: str
    perform: Callable[[OAuth, OAuthCall], Response]

    def respond(self, oauth: OAuth, call: OAuthCall) -> Response:
        """Perform the operation; return an error response if it raises an OAuthError."""
        try:
            return self.perform(oauth, call)
        except OAuthError as error:
            return error.response


ENDPOINTS = (
    Endpoint("oauthAuthorize", "GET", "/oauth/authorize", OAuth.authorize),
    # Pipedrive's reference shows the slash for a refresh; its clients leave it out.
    Endpoint("oauthToken", "POST", "/oauth/token{slash:/?}", OAuth.token),
    Endpoint("oauthRevoke", "POST", "/oauth/revoke", OAuth.revoke),
)


def _parameter(form: Mapping[str, str], name: str) -> str:
    if name not in form:
        raise OAuthError("invalid_request", f"Missing parameter: {name}")
    return form[name]
