"""Check everything that a client needs to use its account.

The checks send at most three requests, which cost 32 tokens of the daily budget and change nothing;
a fourth one for 20 tokens checks the custom field for idempotency keys, if there is one.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import platform
from collections.abc import Awaitable, Callable, Mapping
from email.utils import parsedate_to_datetime
from functools import partial
from importlib.metadata import version
from typing import Final

from .._codec.fields import aware
from .._codec.json import msgspec
from .._http.base_url import DEFAULT_BASE_URL, BaseUrl
from .._http.envelope import ASK_DOCTOR
from .._http.reference import GET_LEADS, LARGEST_PAGE
from .._limits.governor import Governor
from .._limits.limiter import LocalLimiter
from .._limits.rate import Rate
from .._operations.creation.key_property import TEXT_TYPES, KeyProperty
from .._version import __version__
from ..auth import AccessToken, ApiToken
from ..auth._auth_argument import TOKEN_VARIABLE
from ..client import LeadsClient
from ..config import RetryPolicy, Timeouts
from ..errors import ConfigurationError, PermissionDeniedError, PipedriveError
from .credential import ACCESS_VARIABLE, credential_from_environment
from .findings import Finding, Mark, advice_for

_PATIENCE: Final = Timeouts(connect=5.0, read=10.0, deadline=15.0)

_SKEW: Final = 60.0
"""The accepted clock error, in seconds."""


def examine(
    base_url: str | None,
    report: Callable[[Finding], None],
    idempotency_field: str | None = None,
) -> None:
    """Run the checks in order; stop when a failure makes the next check useless.

    Args:
        base_url: The base URL to check; None for the default.
        report: Called with each finding at once.
        idempotency_field: The key of the custom field to check; None or empty for none.
    """
    report(_software())
    report(_msgspec())
    try:
        auth = _auth(report)
        place = BaseUrl.parse(base_url or DEFAULT_BASE_URL)
        field = KeyProperty.of(idempotency_field or None)
    except ConfigurationError as error:
        report(Finding(Mark.FAIL, str(error)))
        return
    report(Finding(Mark.OK, f"base URL: {place.v1}"))
    asyncio.run(_examine_account(auth, place, field, report))


async def _examine_account(
    auth: ApiToken | AccessToken,
    place: BaseUrl,
    field: KeyProperty,
    report: Callable[[Finding], None],
) -> None:
    limiter = _ClockReadingLimiter()
    async with LeadsClient(
        auth,
        base_url=place.v1,
        timeout=_PATIENCE,
        retry=RetryPolicy(attempts=1),
        governor=_GovernorOf(limiter),
    ) as client:
        requests: dict[str, Callable[[LeadsClient], Awaitable[Finding]]] = {
            "account": partial(account, place),
            "leads": _leads,
            "labels": _labels,
        }
        if field.is_custom_field:
            requests["idempotency field"] = partial(_idempotency_field, field.name)
        for name, check in requests.items():
            try:
                report(await check(client))
            except PipedriveError as error:
                message = str(error).removesuffix(ASK_DOCTOR)  # it is this program
                report(Finding(Mark.FAIL, f"{name}: {message}", advice_for(error, auth)))
                if not isinstance(error, PermissionDeniedError):
                    break
        else:
            report(_burst_limit(limiter.rate))
            report(_daily_budget(limiter.rate))
    if limiter.skew is not None:
        report(_clock(limiter.skew))


def _software() -> Finding:
    ours = f"pipedrive-leads-async {__version__}"
    return Finding(
        Mark.OK, f"{ours}, Python {platform.python_version()}, aiohttp {version('aiohttp')}"
    )


def _msgspec() -> Finding:
    if msgspec is not None:
        return Finding(Mark.OK, f"msgspec {version('msgspec')}")
    advice = 'It halves the time to decode leads: pip install -U "pipedrive-leads-async[speed]".'
    return Finding(Mark.OK, "msgspec is not installed, or older than 0.21.1", advice)


def _auth(report: Callable[[Finding], None]) -> ApiToken | AccessToken:
    auth = credential_from_environment()
    used = TOKEN_VARIABLE if isinstance(auth, ApiToken) else ACCESS_VARIABLE
    if os.environ.get(TOKEN_VARIABLE) and os.environ.get(ACCESS_VARIABLE):
        both = f"token: {TOKEN_VARIABLE} and {ACCESS_VARIABLE} are both set"
        advice = f"The checks use {used}, like LeadsClient(). Unset one of the two."
        report(Finding(Mark.WARN, both, advice))
    else:
        report(Finding(Mark.OK, f"token: {used}"))
    return auth


async def account(place: BaseUrl, client: LeadsClient) -> Finding:
    """Report the user and the company, and advise the company's own host."""
    match await client.request("GET", "/v1/users/me"):
        case {"name": str(name), "company_name": str(company), "company_domain": str(domain)}:
            faster = f'Its own host answers faster: base_url="https://{domain}.pipedrive.com".'
            advice = faster if place.v1 == DEFAULT_BASE_URL else ""
            return Finding(Mark.OK, f"account: {name} at {company}", advice)
        case _:
            return Finding(Mark.WARN, "account: the token is valid, but the response names no user")


async def _leads(client: LeadsClient) -> Finding:
    await client.get_lead_page(limit=1)
    return Finding(Mark.OK, "leads: can be read; writing was not tested")


async def _labels(client: LeadsClient) -> Finding:
    return Finding(Mark.OK, f"labels: {len(await client.get_lead_labels())}")


async def _idempotency_field(key: str, client: LeadsClient) -> Finding:
    fields = await client.get_custom_fields()
    texts = [field for field in fields if field.field_type in TEXT_TYPES]
    if key not in fields:
        names = "".join(f" {field.key} ({field.name})." for field in texts)
        return Finding(
            Mark.FAIL,
            f"idempotency field: leads have no custom field {key}",
            "Create a field for leads of the type text in Pipedrive, and use its key. Text fields "
            f"of this account:{names or ' none.'}",
        )
    field = fields[key]
    if field not in texts:
        return Finding(
            Mark.FAIL,
            f"idempotency field: {field.name} is of the type {field.field_type}",
            "Keys need a field of the type varchar (text) or text (large text).",
        )
    return Finding(Mark.OK, f"idempotency field: {field.name}, of the type {field.field_type}")


class _GovernorOf(Governor):
    """A governor with the given limiter."""

    def __init__(self, limiter: LocalLimiter) -> None:
        super().__init__()
        self._limiter = limiter


class _ClockReadingLimiter(LocalLimiter):
    """A limiter that also reads the time of Pipedrive's servers.

    Attributes:
        skew: The seconds by which this machine's clock is ahead; None before a response.
    """

    def __init__(self) -> None:
        super().__init__()
        self.skew: float | None = None

    def observe(
        self, headers: Mapping[str, str], *, search: bool = False, is_local: bool = False
    ) -> None:
        super().observe(headers, search=search, is_local=is_local)
        try:
            there = aware(parsedate_to_datetime(headers.get("date", "")))
        except (ValueError, OverflowError):
            return
        self.skew = (dt.datetime.now(dt.UTC) - there).total_seconds()


def _burst_limit(rate: Rate) -> Finding:
    if rate.limit is None:
        return Finding(Mark.OK, "burst limit: unknown")
    return Finding(Mark.OK, f"burst limit: {rate.limit} requests in 2 seconds")


def _daily_budget(rate: Rate) -> Finding:
    left, limit = rate.daily_remaining, rate.daily_limit
    if left is None:
        return Finding(Mark.OK, "daily budget: unknown")
    leads = left // GET_LEADS.cost * LARGEST_PAGE
    of = "" if limit is None else f" of {limit:,}"
    text = f"daily budget: {left:,}{of} tokens left, enough to read {leads:,} leads"
    if limit is None or left * 10 >= limit:
        return Finding(Mark.OK, text)
    return Finding(
        Mark.WARN,
        text,
        "All users and programs of the company share it until midnight in Pipedrive's time zone. "
        "Governor(keep_daily_tokens=...) makes a client leave some of it to the others.",
    )


def _clock(skew: float) -> Finding:
    if abs(skew) <= _SKEW:
        return Finding(Mark.OK, "clock: agrees with Pipedrive's")
    return Finding(
        Mark.WARN,
        f"clock: {abs(skew):,.0f} seconds {'ahead of' if skew > 0 else 'behind'} Pipedrive's",
        "Set this machine's clock, best by NTP: with a wrong clock, updated_since misses leads, "
        "and OAuth tokens are refreshed too late or too often.",
    )
