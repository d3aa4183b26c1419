"""`LeadsClient`: its constructor and its end; its base classes have the operations."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, Final, Self, cast

import aiohttp
import attrs

from ._codec.codec import decoder_of
from ._http.base_url import BaseUrl
from ._http.caller import Caller
from ._http.transport.session import SessionManager
from ._limits.governor import Governor
from ._limits.rate import Rate
from ._operations.contacts.ensured_contacts import EnsuredContactOperations
from ._operations.contacts.organizations import OrganizationOperations
from ._operations.contacts.persons import PersonOperations
from ._operations.conversions import LeadConversionOperations
from ._operations.creation.lead_creation import LeadCreationOperations
from ._operations.endpoints.lists import EndpointListOperations
from ._operations.endpoints.request import RequestOperations
from ._operations.fields import LeadFieldOperations
from ._operations.labels import LeadLabelOperations
from ._operations.leads import LeadOperations
from ._operations.lists.archived_lead_lists import ArchivedLeadListOperations
from ._operations.lists.lead_lists import LeadListOperations
from ._operations.names.lead_names import LeadNameOperations
from ._operations.notes.notes import NoteOperations
from ._operations.search.leads import LeadSearchOperations
from ._operations.users import UserOperations
from ._operations.watch.operations import LeadWatchOperations
from ._operations.webhooks.operations import WebhookOperations
from ._shared import callbacks, checks
from ._shared.closing import AsyncCloseable
from ._shared.secrets import hide_arguments
from .auth import AccessToken, ApiToken, OAuth2
from .auth._auth_argument import FROM_ENVIRONMENT, FromEnvironment, read_credential
from .config import Attempt, RetryPolicy, Timeouts
from .custom_fields import CustomField
from .enums import UNSET, UnsetType
from .errors import ConfigurationError
from .models import Lead
from .models._lead import LeadT

__all__ = ["LeadsClient"]


_RETRY: Final = "write RetryPolicy(attempts=3); attempts=1 means no retries"


@hide_arguments
class LeadsClient(
    LeadListOperations[LeadT],
    ArchivedLeadListOperations[LeadT],
    LeadCreationOperations[LeadT],
    LeadOperations[LeadT],
    LeadLabelOperations[LeadT],
    LeadFieldOperations[LeadT],
    LeadSearchOperations[LeadT],
    LeadConversionOperations[LeadT],
    UserOperations[LeadT],
    LeadWatchOperations[LeadT],
    WebhookOperations[LeadT],
    PersonOperations[LeadT],
    OrganizationOperations[LeadT],
    LeadNameOperations[LeadT],
    EnsuredContactOperations[LeadT],
    NoteOperations[LeadT],
    RequestOperations[LeadT],
    EndpointListOperations[LeadT],
    AsyncCloseable,
):
    """A client for the leads of one Pipedrive account.

    Any number of tasks of one event loop can use the same client, and after this loop is closed,
    those of the next one. The constructor does no I/O and needs no event loop. Close the client
    with `async with` or `aclose()`.

    Args:
        auth: An API token as a str, or an `ApiToken`, `AccessToken` or `OAuth2`. If it is left
            out, the API token is read from the environment variable `PIPEDRIVE_API_TOKEN`.
            None is refused.
        base_url: The URL of the API, such as `https://<company>.pipedrive.com`. The credential
            is sent to it. It must be an https URL; http is accepted for this machine only. If
            it is left out, an `OAuth2` uses the domain of its account, and other credentials
            use `https://api.pipedrive.com/v1`.
        session: A `SessionManager`, to share its connections with other clients, and the rate
            limit with those of the same credential; or an `aiohttp.ClientSession`, to use its
            connector. Neither is closed with the client. None opens a session that is closed
            with the client.
        timeout: A `Timeouts`, or the deadline of each request in seconds.
        retry: The number of attempts, and the waits between them.
        lead_type: Your own subclass of `Lead`, with `custom_field` attributes. The operations
            return leads of this class.
        governor: The rate limits to keep. If it is left out, a `Governor()` is used.
        on_attempt: Called with an `Attempt` after each attempt, in the event loop. It must be a
            plain function, not an async one. If it raises an exception, the exception is logged
            and the call continues.
        idempotency_field: The key of a custom field of leads of the type text, or the
            `CustomField`, that holds idempotency keys. If it is left out, `origin_id` holds
            them, which Pipedrive can replace in leads of a Marketplace app.
        name: A name for this client, which its `repr` and the attribute `client` of its log
            records show.
        user_agent: The name and version of your program, such as `"intake/2.1"`. It is sent in
            the header `User-Agent`, before that of this library.

    Raises:
        ConfigurationError: The value of an argument is invalid; the message names it.
        TypeError: An argument has the wrong type; the message names it.

    Example:
        >>> import asyncio
        >>> from pipedrive_leads_async import LeadsClient
        >>> async def main() -> None:
        ...     async with LeadsClient("api-token") as client:
        ...         async for lead in client.get_leads():
        ...             print(lead.title, lead.value)

    https://developers.pipedrive.com/docs/api/v1
    """

    def __init__(
        self,
        auth: str | ApiToken | AccessToken | OAuth2 | FromEnvironment = FROM_ENVIRONMENT,
        *,
        base_url: str | None = None,
        session: SessionManager | aiohttp.ClientSession | None = None,
        timeout: Timeouts | float = Timeouts(),
        retry: RetryPolicy = RetryPolicy(),
        # If it is left out, LeadT is Lead, the default of the type variable. Type checkers
        # do not connect the two defaults.
        lead_type: type[LeadT] = Lead,  # type: ignore[assignment]
        governor: Governor | None = None,
        on_attempt: Callable[[Attempt], None] | None = None,
        idempotency_field: str | CustomField | None = None,
        name: str | None = None,
        user_agent: str | None = None,
    ) -> None:
        _check_lead_type(lead_type)
        checks.instance("retry", retry, RetryPolicy, advice=_RETRY)
        self._is_view = False
        callbacks.plain_function("on_attempt", on_attempt)
        if governor is not None:
            checks.instance("governor", governor, Governor, advice="write Governor()")
        _check_session(session)
        self._owns_manager = not isinstance(session, SessionManager)
        self._manager = (
            session if isinstance(session, SessionManager) else SessionManager(session=session)
        )
        caller = Caller(
            credential=read_credential(auth),
            base_url=None if base_url is None else BaseUrl.parse(base_url),
            transport=self._manager.__transport__(),
            shared_state=self._manager.__shared_state__(),
            timeouts=_timeouts(timeout, Timeouts()),
            retry=retry,
            governor=governor,
            on_attempt=on_attempt,
            name=_printable("name", name),
            user_agent=_printable("user_agent", user_agent, ascii_only=True),
        )
        super().__init__(caller, lead_type, idempotency_field)

    async def __aenter__(self) -> Self:
        self._caller.check_open()
        return self

    def __repr__(self) -> str:
        name = "" if self._caller.name is None else f" {self._caller.name!r}"
        host = f" of {base_url.host}" if (base_url := self._caller.base_url) else ""
        state = ", closed" if self._caller.is_closed else ""
        return f"<{type(self).__name__}{name}{host}{state}>"

    @property
    def rate(self) -> Rate:
        """The rate limits of the account that Pipedrive last reported."""
        return self._caller.limiter.rate

    def with_options(
        self,
        *,
        timeout: Timeouts | float | UnsetType = UNSET,
        attempts: int | UnsetType = UNSET,
        on_attempt: Callable[[Attempt], None] | UnsetType | None = UNSET,
    ) -> LeadsClient[LeadT]:
        """Return a view of this client with other options, for example for one call.

        It shares everything else with this client: the session, the credential, the limits, the
        caches and the creations in progress. It costs nothing, and need not be closed: `aclose`
        and `async with` do not close it. When this client is closed, the calls of the view end
        too. A call that joins work in progress keeps its own deadline; the other options are those
        of the call that started the work. Only `ensure_person` and `ensure_organization` try again
        with their own.

        Prefer it to `asyncio.timeout` around a call, which ends the call with a `TimeoutError`
        that does not show whether a request was sent.

        Args:
            timeout: A `Timeouts`, or the deadline of each request in seconds, which leaves the
                other timeouts as they are.
            attempts: The maximum number of requests of one call; 1 means no retries.
            on_attempt: As for `LeadsClient`; None for no function.

        Raises:
            ClientClosedError: This client is closed.
            ConfigurationError: The value of an argument is invalid; the message names it.
            TypeError: An argument has the wrong type; the message names it.

        Example:
            >>> from pipedrive_leads_async import AddLeadRequest
            >>> async def capture(client: LeadsClient, request: AddLeadRequest) -> Lead:
            ...     return await client.with_options(timeout=5).add_lead(request)
        """
        caller = self._caller
        options = caller.with_options(
            caller.timeouts if timeout is UNSET else _timeouts(timeout, caller.timeouts),
            caller.retry if attempts is UNSET else attrs.evolve(caller.retry, attempts=attempts),
            caller.on_attempt
            if on_attempt is UNSET
            else callbacks.plain_function("on_attempt", on_attempt),
        )
        view = copy.copy(self)
        vars(view).update(_caller=options, _is_view=True)
        return view

    async def aclose(self) -> None:
        """Close the client and the session that it opened.

        Calls in progress end with `ClientClosedError`. Closing a closed client does nothing. If
        an `OAuth2` is refreshing its token, closing waits for the OAuth host for up to 5 seconds,
        and until a token that has arrived is saved, for up to 30 seconds more.

        Closing a view that `with_options` returned does nothing.
        """
        if self._is_view:
            return
        try:
            await self._caller.aclose()
        finally:
            if self._owns_manager:
                await self._manager.aclose()


def _check_lead_type(lead_type: object) -> None:
    is_lead = isinstance(lead_type, type) and issubclass(lead_type, Lead)
    # A subclass without the decorator would pass for an attrs class without its new fields.
    if not is_lead or "__attrs_attrs__" not in vars(lead_type):
        raise ConfigurationError(
            "lead_type must be Lead or a subclass decorated with @attrs.frozen(kw_only=True)"
        )
    decoder_of(cast("Any", lead_type))  # raises if a field cannot be decoded


def _check_session(session: object) -> None:
    if session is not None and not isinstance(session, SessionManager | aiohttp.ClientSession):
        raise TypeError(
            "session must be a SessionManager or an aiohttp.ClientSession, got "
            f"{checks.kind_of(session)}: write session=SessionManager(), or leave it out"
        )


def _printable(name: str, value: str | None, *, ascii_only: bool = False) -> str | None:
    """Check a text that is shown in logs and sent in headers."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a str, got {checks.kind_of(value)}")
    if not value.strip() or not value.isprintable() or (ascii_only and not value.isascii()):
        kind = "ASCII characters" if ascii_only else "printable characters"
        raise ConfigurationError(f"{name} must be one line of {kind}, got {value[:60]!r}")
    return value


def _timeouts(timeout: Timeouts | float, default: Timeouts) -> Timeouts:
    """Return the timeouts of an argument; a number changes the deadline only."""
    if isinstance(timeout, Timeouts):
        return timeout
    if isinstance(timeout, str) or not hasattr(timeout, "__float__"):
        raise TypeError(
            "timeout must be a Timeouts or a number of seconds, got "
            f"{checks.kind_of(timeout)}: write timeout=Timeouts(read=30, deadline=120)"
        )
    checks.number("timeout", timeout, above=0, error=ConfigurationError)
    return attrs.evolve(default, deadline=timeout)
