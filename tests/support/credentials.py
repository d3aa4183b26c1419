"""Credentials that a test implements."""

from __future__ import annotations

from pipedrive_leads_async import AccessToken
from pipedrive_leads_async._http.authorization import Credential


def auth_with(credential: Credential) -> AccessToken:
    """Return an argument `auth` that has this credential."""

    class Auth(AccessToken):
        def __credential__(self) -> Credential:
            return credential

    return Auth("token")
