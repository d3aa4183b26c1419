"""The one road of every request: deadline, retries, rate limit, credential, wire, envelope."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import attrs

from .._codec.json import dumps
from .._limits.governor import Governor
from .._shared.log import log
from ..config import Attempt, RetryPolicy, Timeouts
from ..errors import (
    ApiError,
    AuthenticationError,
    ClientClosedError,
    NotFoundError,
    OutcomeUnknownError,
    PipedriveError,
    RequestTimeoutError,
    TransportError,
)
from .authorization import Authorization, Credential
from .base_url import DEFAULT_BASE_URL, BaseUrl
from .message import Request, Response
from .reference import Operation
from .retry import RetryQuota, fate_is_known, retrying
from .shared_state import SharedState
from .transport import Transport

T = TypeVar("T")

_DEFAULT: Final = BaseUrl.parse(DEFAULT_BASE_URL)

_JSON: Final = {"Content-Type": "application/json"}


@attrs.define
class Call:
    """What is asked of Pipedrive, and how far it got.

    Attributes:
        operation: The operation.
        ids: What its path has in place of `{id}`.
        query: Its query parameters.
        body: The JSON to send, None for nothing.
        read: Gives the result of an answer, or raises its error.
        ends: When its deadline is.
        idempotency_key: The key of a keyed creation.
        attempts: Attempts that were begun.
        in_flight: Whether one left and was not answered yet.
        maybe_done: Whether one failed that Pipedrive may have carried out.
        is_renewed: Whether an answer of 401 made it try again with another authorization.
    """

    operation: Operation
    ids: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes | None
    read: Callable[[Response], Any]
    ends: float
    idempotency_key: str | None = None
    attempts: int = 0
    in_flight: bool = False
    maybe_done: bool = False
    is_renewed: bool = False

    def on_sent(self) -> None:
        """Note that an attempt left."""
        self.in_flight = True


@attrs.frozen(eq=False)
class _Account:
    """What the clients of one credential share: of equal credentials, the first.

    Two of them would each refresh the same grant.
    """

    credential: Credential
    governor: Governor


class Caller:
    """Sends the calls of one client: with one credential, to one account."""

    def __init__(
        self,
        *,
        credential: Credential,
        base_url: BaseUrl | None,
        transport: Transport,
        shared_state: SharedState,
        timeouts: Timeouts,
        retry: RetryPolicy,
        governor: Governor | None,
        on_attempt: Callable[[Attempt], None] | None,
    ) -> None:
        self._account = shared_state.get(
            (_Account, credential), lambda: _Account(credential, Governor())
        )
        self.credential = self._account.credential
        self._base_url = base_url
        self._transport = transport
        self.timeouts = timeouts
        self.retry = retry
        self.limiter = (governor or self._account.governor).__limiter__()
        self._on_attempt = on_attempt
        self._quota = shared_state.get(
            (RetryQuota, credential, retry), lambda: RetryQuota(retry.quota)
        )
        self._deadlines: set[asyncio.Timeout] = set()
        self._closed = False
        self._repeat = retrying(
            self._attempt,
            policy=retry,
            quota=self._quota,
            deadline=timeouts.deadline,
            clock=time.monotonic,
            rng=random.random,
        )

    async def call(
        self,
        operation: Operation,
        read: Callable[[Response], T],
        *,
        ids: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        json: Any = None,
        idempotency_key: str | None = None,
    ) -> T:
        """Carry out one operation.

        Args:
            operation: The operation.
            read: Gives the result of an answer, or raises its error.
            ids: What its path has in place of `{id}`: checked, so that it is one segment.
            query: Its query parameters.
            json: What to send, None for nothing.
            idempotency_key: The key of a keyed creation, which an error names.

        Raises:
            PipedriveError: What kept it from being done.
        """
        if self._closed:
            raise ClientClosedError("the client is closed: make a new one", operation=operation.id)
        self._transport.check_loop()  # before it waits for what another loop does
        call = Call(
            operation=operation,
            ids=ids or {},
            query=query or {},
            body=None if json is None else dumps(json),
            read=read,
            ends=time.monotonic() + self.timeouts.deadline,
            idempotency_key=idempotency_key,
        )
        deadline = asyncio.timeout(self.timeouts.deadline)
        self._deadlines.add(deadline)
        try:
            async with deadline:
                result: T = await self._repeat(call)
        except (TimeoutError, TransportError):
            if not (deadline.expired() or self._transport.closed):
                raise
        else:
            self._quota.refund(retried=call.attempts > 1)
            return result
        finally:
            self._deadlines.discard(deadline)
        raise self._cut_off(call)

    async def _attempt(self, call: Call) -> Any:
        try:
            authorization = await self.credential.authorization()
            try:
                return await self._exchange(call, authorization)
            except AuthenticationError:
                if call.is_renewed:
                    raise
                call.is_renewed = True
                renewed = await self.credential.renew(authorization)
                if renewed is None:
                    raise
            return await self._exchange(call, renewed)
        except PipedriveError as error:
            error.operation, error.attempts = call.operation.id, call.attempts
            if (
                call.maybe_done
                and call.operation.method == "DELETE"
                and isinstance(error, NotFoundError)
            ):
                return None  # an earlier attempt, whose answer was lost, did it
            call.maybe_done |= not fate_is_known(error)
            if call.maybe_done and call.operation.method == "POST":
                raise _outcome_unknown(call) from error
            raise

    async def _exchange(self, call: Call, authorization: Authorization) -> Any:
        operation = call.operation
        async with self.limiter.admission(
            operation=operation.id,
            cost=operation.cost,
            search=operation.search,
            patience=call.ends - time.monotonic(),
        ):
            base_url = self._base_url or authorization.base_url or _DEFAULT
            header = {authorization.name: authorization.value}
            request = Request(
                method=operation.method,
                url=base_url.url(operation, call.ids, call.query),
                headers=header if call.body is None else {**header, **_JSON},
                body=call.body,
                connect_timeout=self.timeouts.connect,
                read_timeout=self.timeouts.read,
                attempt=call.attempts + 1,
            )
            call.attempts += 1
            began = time.monotonic()
            response: Response | None = None
            failure: PipedriveError | None = None
            try:
                response = await self._transport.send(request, call.on_sent)
                self.limiter.observe(response.headers, search=operation.search)
                result = call.read(response)
            except PipedriveError as error:
                failure = error
                error.request_id = response.request_id if response else None
                if isinstance(error, ApiError):
                    self.limiter.heed(error, search=operation.search)
                raise
            else:
                authorization.proved = True
                return result
            finally:
                is_cut_off = response is None and failure is None
                call.in_flight &= is_cut_off
                if self._on_attempt is not None or log.isEnabledFor(logging.DEBUG):
                    ended = "CancelledError" if is_cut_off else None
                    self._tell(
                        Attempt(
                            operation=operation.id,
                            number=call.attempts,
                            status=response.status if response else None,
                            error=type(failure).__name__ if failure else ended,
                            seconds=time.monotonic() - began,
                            request_id=response.request_id if response else None,
                        )
                    )

    def _tell(self, attempt: Attempt) -> None:
        log.debug(
            "%s, attempt %d: %s in %.3f s",
            attempt.operation,
            attempt.number,
            attempt.error or attempt.status,
            attempt.seconds,
            extra={
                "operation": attempt.operation,
                "attempt": attempt.number,
                "status": attempt.status,
                "error": attempt.error,
                "duration": attempt.seconds,
                "request_id": attempt.request_id,
            },
        )
        if self._on_attempt is not None:
            self._on_attempt(attempt)

    async def sleep(self, seconds: float) -> None:
        """Wait between two calls, the second of which tells if the client was closed meanwhile."""
        pause = asyncio.timeout(seconds)
        self._deadlines.add(pause)
        try:
            with contextlib.suppress(TimeoutError):
                async with pause:
                    await asyncio.get_running_loop().create_future()
        finally:
            self._deadlines.discard(pause)

    def close(self) -> None:
        """Refuse new calls, and end those that are under way with `ClientClosedError`."""
        self._closed = True
        for deadline in self._deadlines:
            if not deadline.expired():
                deadline.reschedule(0.0)

    def _cut_off(self, call: Call) -> PipedriveError:
        """Say why a call ended without a result of its own: its deadline, or a closing."""
        unknown = call.in_flight or call.maybe_done
        error: PipedriveError
        if self._closed or self._transport.closed:
            error = ClientClosedError("the client was closed during the call")
        else:
            error = RequestTimeoutError(
                f"not done within the deadline of {self.timeouts.deadline:g} s",
                sent=None if unknown else False,
            )
        error.operation, error.attempts = call.operation.id, call.attempts
        if not unknown or call.operation.method != "POST":
            return error
        outcome = _outcome_unknown(call)
        outcome.__cause__ = error
        return outcome


def _outcome_unknown(call: Call) -> OutcomeUnknownError:
    key = call.idempotency_key
    way_out = (
        f"ensure_lead with idempotency_key={key!r} looks first"
        if key
        else "look before you send it again"
    )
    return OutcomeUnknownError(
        f"sent, but no answer says whether it was done: {way_out}",
        idempotency_key=key,
        operation=call.operation.id,
        attempts=call.attempts,
    )
