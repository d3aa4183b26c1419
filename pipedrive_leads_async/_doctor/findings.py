"""What the doctor finds, and the advice that belongs to each error."""

from __future__ import annotations

import enum
import re
import textwrap
from typing import Final
from urllib.request import getproxies

import attrs

from .._http.authorization import Credential
from ..auth import AccessToken
from ..errors import (
    AuthenticationError,
    BlockedError,
    CertificateError,
    DailyBudgetExhaustedError,
    DecodeError,
    NotFoundError,
    PermissionDeniedError,
    PipedriveError,
    RateLimitedError,
    ServerError,
    TransportError,
    UnexpectedResponseError,
)


class Mark(enum.StrEnum):
    """How a finding is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "FAIL"


@attrs.frozen
class Finding:
    """One thing that was looked at.

    Attributes:
        mark: How it is.
        text: What it is.
        advice: What to do about it, in whole sentences.
    """

    mark: Mark
    text: str
    advice: str = ""

    def __str__(self) -> str:
        lines = _wrapped(f"{self.mark:<4}  ", self.text)
        return "\n".join([*lines, *_wrapped(" " * 6, self.advice)])


def _wrapped(indent: str, text: str) -> list[str]:
    return textwrap.wrap(
        text,
        width=100,
        initial_indent=indent,
        subsequent_indent=" " * 6,
        break_long_words=False,
        break_on_hyphens=False,
    )


_FOR_API_TOKENS: Final[dict[type[PipedriveError], str]] = {
    AuthenticationError: (
        "Copy the token again, from Settings > Personal preferences > API: it was renewed, or is "
        "that of another company than the base URL. An administrator can switch a user's API "
        "off. Pipedrive says the same of a path it does not know: look at the base URL."
    ),
    PermissionDeniedError: (
        "The user of this token may not do it: an administrator changes that in the permission "
        "sets."
    ),
}

_FOR_ACCESS_TOKENS: Final[dict[type[PipedriveError], str]] = {
    AuthenticationError: (
        "An access token is good for an hour: take a new one, or give the client OAuth2, which "
        "renews it. Pipedrive says the same of another company's base URL, or a wrong path."
    ),
    PermissionDeniedError: (
        "The app lacks the scope: leads:read is needed to read, leads:full to change. Add it in "
        "the Developer Hub, and let the user install the app again. If the app has it, the user "
        "may not do it: an administrator changes that in the permission sets."
    ),
}

# Each error before those that it is a kind of.
_FOR_ALL: Final[dict[type[PipedriveError], str]] = {
    BlockedError: (
        "Pipedrive's edge blocks whoever goes on after many answers of 429. Send nothing for some "
        "minutes, and look which program sends too much with this token or from this network."
    ),
    DailyBudgetExhaustedError: (
        "All users and programs of the company share the budget. Wait until Pipedrive's midnight, "
        "or let an administrator buy more; Governor(keep_daily_tokens=...) leaves some to others."
    ),
    RateLimitedError: (
        "Other programs use up the burst limit of this token. Let clients of one process share a "
        "SessionManager, and those of many processes a RedisGovernor."
    ),
    NotFoundError: (
        "Look at the base URL: leave it out, or give https://<company>.pipedrive.com without a "
        "path."
    ),
    ServerError: (
        "Pipedrive has a problem of its own: try again later, and see https://status.pipedrive.com."
    ),
    CertificateError: (
        "Something between here and Pipedrive shows a certificate of its own, such as a proxy of "
        "your company. If you trust it, make the client with its certificate: "
        "session=SessionManager(ssl=ssl.create_default_context(cafile=...))."
    ),
    TransportError: (
        "Is the host of the base URL right, and does a firewall let this machine reach it?"
    ),
    UnexpectedResponseError: (
        "It is not Pipedrive that answers at the base URL, but another server, or a proxy or a "
        "network that wants a login first."
    ),
    DecodeError: (
        "This version of the library does not know that form: look for a newer one. Until then, "
        "get_leads(on_malformed=...) leaves out the leads that have it."
    ),
}

_IN_THE_WRONG_VARIABLE: Final = (
    "It looks like an API token, which is sent in another way: here it belongs in "
    "PIPEDRIVE_API_TOKEN, in code write LeadsClient(ApiToken(...))."
)

_PROXY: Final = (
    " The environment has a proxy (HTTPS_PROXY), but a client uses it only if it is made with "
    "session=SessionManager(trust_env=True)."
)

_is_api_token = re.compile(r"[0-9a-f]{40}").fullmatch


def advice_for(error: PipedriveError, credential: Credential) -> str:
    """Say what to do about an error of a request that was sent with this credential."""
    own = _FOR_API_TOKENS
    if isinstance(credential, AccessToken):
        own = _FOR_ACCESS_TOKENS
        if isinstance(error, AuthenticationError) and _is_api_token(credential.token.reveal()):
            return _IN_THE_WRONG_VARIABLE
    every = {**own, **_FOR_ALL}
    advice = next((every[kind] for kind in every if isinstance(error, kind)), "")
    has_proxy = isinstance(error, TransportError) and "https" in getproxies()
    return advice + (_PROXY if has_proxy else "")
