"""The findings of the doctor, and its advice for each error."""

from __future__ import annotations

import enum
import re
import textwrap
from typing import Final
from urllib.request import getproxies

import attrs

from ..auth import AccessToken, ApiToken
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
    """The severity of a finding."""

    OK = "ok"
    WARN = "warn"
    FAIL = "FAIL"


@attrs.frozen
class Finding:
    """The result of one check.

    Attributes:
        mark: The severity.
        text: The result.
        advice: What the user can do, in whole sentences.
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
        "Copy the token again, from Settings > Personal preferences > API: it was regenerated, or "
        "it belongs to another company than the base URL. An administrator can also disable the "
        "API for a user. If the token is right, check the base URL."
    ),
    PermissionDeniedError: (
        "The user of this token lacks the permission: an administrator grants it in the "
        "permission sets."
    ),
}

_FOR_ACCESS_TOKENS: Final[dict[type[PipedriveError], str]] = {
    AuthenticationError: (
        "An access token is valid for an hour: use a new one, or pass OAuth2 to the client, which "
        "refreshes it. Pipedrive also refuses a token at the base URL of another company."
    ),
    PermissionDeniedError: (
        "The app lacks the scope: leads:read is needed to read, leads:full to write. Add it in "
        "the Developer Hub, and let the user install the app again. If the app has it, the user "
        "lacks the permission: an administrator grants it in the permission sets."
    ),
}

# Each error class stands before its base classes.
_FOR_ALL: Final[dict[type[PipedriveError], str]] = {
    BlockedError: (
        "Pipedrive's edge blocks clients that continue after many 429 responses. Send nothing for "
        "some minutes, and find the program that sends too many requests with this token or from "
        "this network."
    ),
    DailyBudgetExhaustedError: (
        "All users and programs of the company share the budget. Wait until midnight in "
        "Pipedrive's time zone, or let an administrator buy more; Governor(keep_daily_tokens=...) "
        "leaves some to others."
    ),
    RateLimitedError: (
        "Other programs use up the burst limit of this token. Clients of one process should share "
        "a SessionManager, and clients of several processes a RedisGovernor."
    ),
    NotFoundError: (
        "Check the base URL: leave it out, or write https://<company>.pipedrive.com without a path."
    ),
    ServerError: (
        "Pipedrive has a problem: try again later, and see https://status.pipedrive.com."
    ),
    CertificateError: (
        "A proxy between this machine and Pipedrive, such as that of your company, uses its own "
        "certificate. If you trust it, create the client with its certificate: "
        "session=SessionManager(ssl=ssl.create_default_context(cafile=...))."
    ),
    TransportError: ("Check the host of the base URL, and whether a firewall stops this machine."),
    UnexpectedResponseError: (
        "The response at the base URL is not from Pipedrive, but from another server, a proxy, or "
        "a network that requires a login."
    ),
    DecodeError: (
        "This version of the library cannot decode this form: look for a newer version. Until "
        "then, get_leads(on_malformed=...) skips the leads that have it."
    ),
}

_IN_THE_WRONG_VARIABLE: Final = (
    "It looks like an API token, which needs another header: set it as PIPEDRIVE_API_TOKEN; in "
    "code, write LeadsClient(ApiToken(...))."
)

_UNUSED_PROXY: Final = (
    " The environment has a proxy (HTTPS_PROXY), but a client uses it only with "
    "session=SessionManager(trust_env=True)."
)

_USED_PROXY: Final = (
    " The connection goes through the proxy of the environment (HTTPS_PROXY): check its address."
)

_is_api_token = re.compile(r"[0-9a-f]{40}").fullmatch


def advice_for(
    error: PipedriveError, auth: ApiToken | AccessToken, *, uses_proxy: bool = False
) -> str:
    """Return the advice for an error of a request with this token.

    Args:
        error: The error.
        auth: The token.
        uses_proxy: Whether the client uses the proxy of the environment.
    """
    own = _FOR_API_TOKENS
    if isinstance(auth, AccessToken):
        own = _FOR_ACCESS_TOKENS
        if isinstance(error, AuthenticationError) and _is_api_token(auth.token.reveal()):
            return _IN_THE_WRONG_VARIABLE
    every = {**own, **_FOR_ALL}
    advice = next((every[kind] for kind in every if isinstance(error, kind)), "")
    if isinstance(error, TransportError) and "https" in getproxies():
        advice += _USED_PROXY if uses_proxy else _UNUSED_PROXY
    return advice
