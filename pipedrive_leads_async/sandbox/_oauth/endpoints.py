"""The stand-in for `oauth.pipedrive.com`: three endpoints that cost nothing and have no limit.

https://pipedrive.readme.io/docs/marketplace-oauth-authorization
https://pipedrive.readme.io/docs/marketplace-oauth-and-api-proxy-status-codes

The bodies of the errors are those that Pipedrive's own Node client is tested with.
"""

from __future__ import annotations

import base64
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from .._json import Json
from .._limits import Tenant
from .._responses import Answer, OAuthError
from .grants import Grants, Tokens

_SCOPE = "base,leads:full,search:read,deals:full,contacts:full,admin"
_URI = re.compile("[A-Za-z][A-Za-z0-9+.-]*://[!-~]+")


@dataclass(frozen=True, slots=True)
class OAuthCall:
    """One request; `form` is None when the body was of another type."""

    query: Mapping[str, str]
    form: Mapping[str, str] | None
    authorization: str


class OAuth:
    """One registered app, and who is before its page of consent."""

    def __init__(self, random: random.Random, grants: Grants, visitor: Tenant) -> None:
        self.client_id = random.randbytes(8).hex()
        self.client_secret = random.randbytes(20).hex()
        self.grants = grants
        self.visitor = visitor
        self.visitor_allows = True
        self.reply_changes: Json = {}
        self.reply_lacks: frozenset[str] = frozenset()

    def authorize(self, call: OAuthCall) -> Answer:
        """Send the visitor back to the app with a code, or with word of the denial."""
        if call.query.get("client_id") != self.client_id:
            raise OAuthError("invalid_client", "Invalid client: client is invalid")
        redirect_uri = call.query.get("redirect_uri", "")
        if not _URI.fullmatch(redirect_uri) or "#" in redirect_uri:
            raise OAuthError("invalid_request", "Invalid request: redirect_uri is not a valid URI")
        if self.visitor_allows:
            answer = {"code": self.grants.code(self.visitor, redirect_uri)}
        else:
            answer = {"error": "user_denied"}
        if "state" in call.query:
            answer["state"] = call.query["state"]
        separator = "&" if "?" in redirect_uri else "?"
        return Answer(302, "", {"location": f"{redirect_uri}{separator}{urlencode(answer)}"})

    def token(self, call: OAuthCall) -> Answer:
        """Give tokens for a code or for a refresh token."""
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
        return Answer(200, self.reply(tokens))

    def revoke(self, call: OAuthCall) -> Answer:
        """Take back a token; one that is unknown needs nothing more (RFC 7009, section 2.2)."""
        self.grants.revoke(_parameter(self._form(call), "token"))
        return Answer(200, {"success": True})

    def reply(self, tokens: Tokens) -> Json:
        """Write tokens as the app receives them, with what a test wants otherwise."""
        lifetime = self.grants.lifetime
        reply = {
            "access_token": tokens.access_token,
            "token_type": "Bearer",
            "expires_in": int(lifetime) if lifetime == int(lifetime) else lifetime,
            "refresh_token": tokens.refresh_token,
            "scope": _SCOPE,
            "api_domain": f"https://{tokens.tenant.account.company['domain']}.pipedrive.com",
        } | self.reply_changes
        return {name: value for name, value in reply.items() if name not in self.reply_lacks}

    def _form(self, call: OAuthCall) -> Mapping[str, str]:
        """Return the form, if it is one and comes from the app."""
        if call.form is None:
            raise OAuthError(
                "invalid_request",
                "Invalid request: content must be application/x-www-form-urlencoded",
            )
        scheme, _, sent = call.authorization.partition(" ")
        if scheme.lower() != "basic":
            raise OAuthError("invalid_client", "Invalid client: cannot retrieve client credentials")
        if sent != base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode():
            raise OAuthError("invalid_client", "Invalid client: client is invalid")
        return call.form


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One of the three; `id` is ours, as Pipedrive's reference has none for all of them."""

    id: str
    method: str
    path: str
    perform: Callable[[OAuth, OAuthCall], Answer]

    def answer(self, oauth: OAuth, call: OAuthCall) -> Answer:
        """Perform it, or say why not."""
        try:
            return self.perform(oauth, call)
        except OAuthError as error:
            return error.answer


ENDPOINTS = (
    Endpoint("oauthAuthorize", "GET", "/oauth/authorize", OAuth.authorize),
    # Pipedrive's reference writes the slash when it refreshes, its clients do not.
    Endpoint("oauthToken", "POST", "/oauth/token{slash:/?}", OAuth.token),
    Endpoint("oauthRevoke", "POST", "/oauth/revoke", OAuth.revoke),
)


def _parameter(form: Mapping[str, str], name: str) -> str:
    if name not in form:
        raise OAuthError("invalid_request", f"Missing parameter: {name}")
    return form[name]
