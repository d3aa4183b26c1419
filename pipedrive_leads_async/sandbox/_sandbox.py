"""The stand-in for a Pipedrive account that a test starts, watches and disturbs."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Hashable
from typing import TYPE_CHECKING, Any, TypeVar

from . import _checks
from ._answers import cloudflare
from ._clock import iso
from ._credentials import Credentials
from ._custom_fields import check_custom_field
from ._faults import Fault, made_to_order
from ._front import Front
from ._jobs import Jobs
from ._limits import Limits
from ._seed import seeded_account
from ._server import ServerThread

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Self

    from ._account import Json
    from ._log import ReceivedRequest

_T = TypeVar("_T")


class Sandbox:
    """A Pipedrive account that runs on your machine.

    It listens on a free port of 127.0.0.1, in a thread of its own, from `start` (or `with`, or
    `async with`) to `stop`. Every other method may be called from any thread at any time and
    never waits for the network. Two sandboxes with the same seed hold the same data and tokens.

    Args:
        leads: How many leads the account has, none of them archived.
        burst: How many requests a token has in a rolling window, and its seconds, which may be
            a fraction; beyond it every request is answered 429. Searches do not count in it:
            they have 10 requests in as many seconds, as on every plan of Pipedrive. None for
            neither limit.
        daily_tokens: The account's token budget for a day, None for an endless one. Operations
            cost what they cost at Pipedrive; the budget is new at midnight UTC.
        seed: The data and the tokens follow from it.
        honours_archived_status: True for a server of before 2025-07-15, where `getLeads` obeys
            `archived_status` and lists all leads without it; False for today's, which lists
            the open ones whatever it is asked.

    Raises:
        ValueError: A number makes no sense.
        TypeError: An argument is of the wrong type.

    Example:
        >>> from urllib.request import Request, urlopen
        >>> with Sandbox(leads=3) as sandbox:
        ...     headers = {"x-api-token": sandbox.api_token}
        ...     with urlopen(Request(f"{sandbox.url}/leads", headers=headers)) as response:
        ...         response.status, sandbox.requests[0].operation
        (200, 'getLeads')
    """

    def __init__(
        self,
        leads: int = 2000,
        *,
        burst: tuple[int, float] | None = (20, 2.0),
        daily_tokens: int | None = None,
        seed: int = 0,
        honours_archived_status: bool = False,
    ) -> None:
        _checks.whole("leads", leads)
        _checks.burst(burst)
        if daily_tokens is not None:
            _checks.whole("daily_tokens", daily_tokens)
        _checks.integer("seed", seed)
        _checks.flag("honours_archived_status", honours_archived_status)
        account = seeded_account(leads, seed, honours_archived_status=honours_archived_status)
        credentials = Credentials(random.Random(seed))  # noqa: S311 - they open nothing real
        self._front = Front(account, credentials, Limits(burst, daily_tokens))
        self._server: ServerThread | None = None

    def start(self, *, port: int = 0) -> None:
        """Begin to listen, on a free port unless you name one.

        A sandbox that was stopped may be started again and still has its data.

        Raises:
            OSError: The port is taken.
        """
        if self._server is not None:
            raise RuntimeError("The sandbox is running already; stop() it first.")
        _checks.whole("port", port, 0, 65535)
        self._server = ServerThread(self._front.application, port)

    def stop(self) -> None:
        """Close all connections, also those with a request in progress, and end the thread.

        It takes some milliseconds, which a coroutine does not spend inside `async with`.
        """
        server, self._server = self._server, None
        if server is not None:
            server.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await asyncio.to_thread(self.stop)

    def __repr__(self) -> str:
        where = self._server.origin if self._server else "not running"
        return f"<Sandbox {where}>"

    @property
    def url(self) -> str:
        """The base URL to give to a client: `http://127.0.0.1:<port>/v1`."""
        return f"{self._origin()}/v1"

    @property
    def oauth_url(self) -> str:
        """The stand-in for `https://oauth.pipedrive.com`."""
        return self._origin()

    @property
    def api_token(self) -> str:
        """The API token of the account's first user."""
        return self._front.credentials.api_token

    @property
    def access_token(self) -> str:
        """An OAuth access token, good until `expire_access_tokens` or `revoke`."""
        return self._front.credentials.access_token

    @property
    def requests(self) -> list[ReceivedRequest]:
        """What was received so far, in the order of arrival."""
        with self._front.lock:
            return self._front.log.snapshot()

    @property
    def leads(self) -> list[Json]:
        """All leads as the server would show them now, open and archived, oldest first."""
        with self._front.lock:
            leads = self._front.account.leads.listed(archived=None)
        return _copy(leads)

    @property
    def deals(self) -> list[Json]:
        """All deals as the server would show them now, oldest first."""
        with self._front.lock:
            deals = list(self._front.account.deals.values())
        return _copy(deals)

    def add_lead(self, **fields: Any) -> Json:
        """Add a lead as if somebody had made it in Pipedrive.

        It comes last in the list, is linked to the first person, and has a default for
        everything else. No rule is applied to the fields: that is how a test gets a lead with a
        new property, a wrong type or an unlikely time.

        Args:
            **fields: Properties of the lead; custom fields by their keys.

        Returns:
            The lead as the server shows it.

        Example:
            >>> Sandbox(leads=0).add_lead(title="Big order", owner_id="seven")["owner_id"]
            'seven'
        """
        account = self._front.account
        with self._front.lock:
            defaults = {"person_id": next(iter(account.persons))}
            lead = _copy(account.new_lead(account.clock.tick(), defaults | fields))
            if not isinstance(lead["id"], Hashable):
                raise TypeError(f"id is a str, got {type(lead['id']).__name__}.")
            account.leads.put(lead)
        return _copy(lead)

    def delete_lead(self, id: str) -> None:
        """Delete a lead as if somebody had done it in Pipedrive.

        Raises:
            LookupError: There is no such lead.
        """
        with self._front.lock:
            self._front.account.leads.remove(self._lead(id)["id"])

    def archive_lead(self, id: str) -> None:
        """Archive a lead as if somebody had done it in Pipedrive.

        Raises:
            LookupError: There is no such lead.
        """
        account = self._front.account
        with self._front.lock:
            archived = {"is_archived": True, "update_time": iso(account.clock.tick())}
            account.leads.put(self._lead(id) | archived)

    def add_deal(self, **fields: Any) -> Json:
        """Add a deal as if somebody had made it in Pipedrive, to make a lead of it.

        It is linked to the first person, and has a default for everything else but its `id`,
        which is the sandbox's to give. No rule is applied to the fields.

        Args:
            **fields: Properties of the deal; custom fields by their keys.

        Returns:
            The deal as the server shows it.

        Example:
            >>> Sandbox(leads=0).add_deal(title="Big order", value=1200)["id"]
            1
        """
        if "id" in fields:
            raise ValueError("id is given by the sandbox: leave it out.")
        account = self._front.account
        with self._front.lock:
            defaults = {"person_id": next(iter(account.persons))}
            deal = _copy(account.new_deal(account.clock.tick(), defaults | fields))
            account.deals[deal["id"]] = deal
        return _copy(deal)

    def add_custom_field(self, name: str, field_type: str, options: Iterable[str] = ()) -> str:
        """Add a custom field as if somebody had made it in Pipedrive.

        The sandbox begins with one field of each type. A name may be given to several fields,
        as at Pipedrive. Leads do not have the field until it is set.

        Args:
            name: What people see.
            field_type: One of Pipedrive's, as `"double"`; `getLeadFields` has them all.
            options: For `"enum"` and `"set"`, the labels that can be chosen.

        Returns:
            The key of the field.

        Raises:
            ValueError: There is no such type, or it has no use for options, or needs some.
            TypeError: An argument is of the wrong type.

        Example:
            >>> sandbox = Sandbox(leads=0)
            >>> discount = sandbox.add_custom_field("Discount", "double")
            >>> sandbox.add_lead(**{discount: 12.5})[discount]
            12.5
        """
        labels = check_custom_field(name, field_type, options)
        account = self._front.account
        with self._front.lock:
            field = account.new_custom_field(account.clock.tick(), name, field_type, labels)
            account.custom_fields.append(field)
        return field.key

    def plan_conversions(self, *, polls: int = 2, outcome: str = "completed") -> None:
        """Say how the conversions go that begin from now on.

        At Pipedrive a conversion is a job that takes a while. Here it goes on when it is asked
        for its status, never by itself: the first answer is `"not_started"`, the next ones are
        `"running"`, and when they were enough it happens, and the answer is the outcome.

        Args:
            polls: How many answers come before the outcome.
            outcome: `"completed"`, `"failed"` or `"rejected"`; the last two change nothing. A
                conversion also fails when its lead or deal is gone by then.

        Raises:
            ValueError: There is no such outcome, or `polls` is negative.
            TypeError: `polls` is not an int.

        Example:
            >>> Sandbox(leads=1).plan_conversions(polls=0, outcome="rejected")
        """
        _checks.whole("polls", polls)
        if outcome not in Jobs.OUTCOMES:
            raise ValueError(f"outcome is one of {', '.join(Jobs.OUTCOMES)}, got {outcome!r}.")
        with self._front.lock:
            self._front.account.conversions.plan(polls, outcome)

    def fail(
        self,
        operation: str,
        *,
        status: int | None = None,
        times: int = 1,
        retry_after: float | None = None,
        drop: bool = False,
        after_commit: bool = False,
        delay: float = 0.0,
    ) -> None:
        """Make the next requests of an operation fail, or wait.

        Failures are used up in the order in which they were asked for. With neither `status`
        nor `drop` the request is only late.

        Args:
            operation: An operation id of Pipedrive's reference, as `"getLeads"`, or `"*"` for
                any request.
            status: Answer this, from 400 to 599, with the body that belongs to it. 502, 504 and
                above are Cloudflare's and come in HTML. The headers that tell what is left of
                the limits say the truth, also those of a 429.
            times: How many requests.
            retry_after: Seconds for the header `retry-after`, which may be a fraction.
            drop: Close the connection without an answer.
            after_commit: Perform the operation first: a lead is created, its answer is lost.
            delay: Seconds to wait. The operation is performed after them, or before them with
                `after_commit`, even when the client has given up by then.

        Raises:
            ValueError: An argument makes no sense.
            TypeError: An argument is of the wrong type.

        Example:
            >>> sandbox = Sandbox()
            >>> sandbox.fail("getLeads", status=429, retry_after=0.1)
            >>> sandbox.fail("addLead", drop=True, after_commit=True)
        """
        fault = made_to_order(
            operation,
            status=status,
            times=times,
            retry_after=retry_after,
            drop=drop,
            after_commit=after_commit,
            delay=delay,
        )
        self._add_fault(fault)

    def block(self, times: int = 1) -> None:
        """Let Cloudflare answer the next requests: 403 and a page of HTML.

        That is what Pipedrive does to clients that go on after many answers of 429.
        """
        self._add_fault(Fault(answer=cloudflare(403), times=_checks.whole("times", times, 1)))

    def clear_failures(self) -> None:
        """Forget what `fail` and `block` asked for and did not happen yet."""
        with self._front.lock:
            self._front.faults.clear()

    def expire_access_tokens(self) -> None:
        """End the life of every access token: they are answered 401 from now on."""
        with self._front.lock:
            self._front.credentials.expire_access_tokens()

    def revoke(self) -> None:
        """Take back all access, also that of the API token: everything is answered 401."""
        with self._front.lock:
            self._front.credentials.revoke()

    def _origin(self) -> str:
        if self._server is None:
            raise RuntimeError("The sandbox is not running: use `with`, or start() it first.")
        return self._server.origin

    def _lead(self, id: str) -> Json:
        lead = self._front.account.leads.get(_checks.text("id", id))
        if lead is None:
            raise LookupError(f"The sandbox has no lead {id!r}.")
        return lead

    def _add_fault(self, fault: Fault) -> None:
        with self._front.lock:
            self._front.faults.add(fault)


def _copy(value: _T) -> _T:
    """Return the value as JSON brings it to a client; nobody else holds the copy."""
    try:
        text = json.dumps(value)
    except TypeError as error:
        raise TypeError(f"fields hold what JSON can hold, dates as text: {error}.") from None
    copy: _T = json.loads(text)
    return copy
