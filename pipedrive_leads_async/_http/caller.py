"""Every API call runs through here: deadline, retries, renewed credentials, rate limits."""

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
    PipedriveError,
    RequestTimeoutError,
    TransportError,
)
from .authorization import Authorization, Credential
from .base_url import DEFAULT_BASE_URL, BaseUrl
from .call import Call
from .message import Request, Response
from .reference import Operation
from .retry import RetryQuota, retrying
from .shared_state import SharedState
from .transport import Transport

T = TypeVar("T")

_PIPEDRIVE: Final = BaseUrl.parse(DEFAULT_BASE_URL)

_JSON_HEADER: Final = {"Content-Type": "application/json"}


@attrs.frozen(eq=False)
class _Account:
    """The objects that all clients of one credential share.

    Of equal credentials only the first is used: two would refresh the same grant twice.
    """

    credential: Credential
    governor: Governor


class Caller:
    """Sends the calls of one client, with one credential, to one account."""

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
        self._base_url = base_url
        self._transport = transport
        self.timeouts = timeouts
        self.retry = retry
        self.limiter = (governor or self._account.governor).__limiter__()
        self._on_attempt = on_attempt
        self._quota = shared_state.get(
            (RetryQuota, credential, retry), lambda: RetryQuota(retry.quota)
        )
        self._timers: set[asyncio.Timeout] = set()
        self._closed = False
        self._send_with_retries = retrying(
            self._send_with_renewal,
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
        """Carry out one operation within the deadline.

        Args:
            operation: The operation.
            read: Returns the result of a response, or raises the error that it reports.
            ids: The ids that replace the placeholders in its path. They must be checked, so
                that each is one segment.
            query: Its query parameters.
            json: The JSON value to send, or None.
            idempotency_key: The key of a keyed creation, for errors.

        Raises:
            PipedriveError: The operation failed, or its outcome is unknown.
        """
        if self._closed:
            raise ClientClosedError(
                "the client is closed: create a new one", operation=operation.id
            )
        self._transport.check_loop()  # before waiting for a task of another loop
        call = Call(
            operation=operation,
            ids=ids or {},
            query=query or {},
            body=None if json is None else dumps(json),
            read=read,
            deadline=time.monotonic() + self.timeouts.deadline,
            idempotency_key=idempotency_key,
        )
        timer = asyncio.timeout(self.timeouts.deadline)
        self._timers.add(timer)
        try:
            async with timer:
                result: T = await self._send_with_retries(call)
        except (TimeoutError, TransportError):
            if not (timer.expired() or self._transport.closed):
                raise
        else:
            self._quota.refund(retried=call.attempts > 1)
            return result
        finally:
            self._timers.discard(timer)
        raise self._interruption(call)

    async def _send_with_renewal(self, call: Call) -> Any:
        """Send a call, and once more with a renewed authorization after a 401."""
        credential = self._account.credential
        try:
            authorization = await credential.authorization()
            try:
                return await self._send_once(call, authorization)
            except AuthenticationError:
                if call.is_renewed:
                    raise
                call.is_renewed = True
                renewed = await credential.renew(authorization)
                if renewed is None:
                    raise
            return await self._send_once(call, renewed)
        except PipedriveError as error:
            call.note_failure(error)
            if call.may_have_deleted(error):
                return None
            if call.may_have_created():
                raise call.outcome_unknown() from error
            raise

    async def _send_once(self, call: Call, authorization: Authorization) -> Any:
        """Wait for the rate limits, send one request, and read its response."""
        operation, limiter = call.operation, self.limiter
        async with limiter.admission(
            operation=operation.id,
            cost=operation.cost,
            search=operation.search,
            patience=call.deadline - time.monotonic(),
        ):
            call.start_attempt()
            request = self._build_request(call, authorization)
            response: Response | None = None
            try:
                response = await self._transport.send(request, call.note_sent)
                limiter.observe(response.headers, search=operation.search)
                result = call.read(response)
            except BaseException as error:
                self._note_failed_attempt(call, response, error)
                raise
            call.end_attempt()
            authorization.proved = True
            self._report(call, response)
            return result

    def _build_request(self, call: Call, authorization: Authorization) -> Request:
        operation = call.operation
        base_url = self._base_url or authorization.base_url or _PIPEDRIVE
        path = operation.path.format_map(call.ids)
        header = {authorization.name: authorization.value}
        return Request(
            method=operation.method,
            url=base_url.url(operation.version, path, call.query),
            headers=header if call.body is None else {**header, **_JSON_HEADER},
            body=call.body,
            connect_timeout=self.timeouts.connect,
            read_timeout=self.timeouts.read,
            attempt=call.attempts,
        )

    def _note_failed_attempt(
        self, call: Call, response: Response | None, error: BaseException
    ) -> None:
        if response or isinstance(error, PipedriveError):
            call.end_attempt()
        if isinstance(error, PipedriveError):
            error.request_id = response.request_id if response else None
        if isinstance(error, ApiError):
            self.limiter.react_to(error, search=call.operation.search)
        self._report(call, response, error)

    def _report(
        self, call: Call, response: Response | None, error: BaseException | None = None
    ) -> None:
        """Log an attempt at DEBUG, and pass it to `on_attempt`."""
        if self._on_attempt is None and not log.isEnabledFor(logging.DEBUG):
            return
        attempt = Attempt(
            operation=call.operation.id,
            number=call.attempts,
            status=response.status if response else None,
            error=type(error).__name__ if error else None,
            seconds=time.monotonic() - call.attempt_started,
            request_id=response.request_id if response else None,
        )
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
        """Wait between two calls; return early if the client is closed."""
        timer = asyncio.timeout(seconds)
        self._timers.add(timer)
        try:
            with contextlib.suppress(TimeoutError):
                async with timer:
                    await asyncio.get_running_loop().create_future()
        finally:
            self._timers.discard(timer)

    async def aclose(self) -> None:
        """Refuse new calls, end those in progress, and wait for a token refresh in progress."""
        self._closed = True
        for timer in self._timers:
            if not timer.expired():
                timer.reschedule(0.0)
        await self._account.credential.wait_for_refresh()

    def _interruption(self, call: Call) -> PipedriveError:
        """Return the error of a call that its deadline or a closed client ended."""
        error: PipedriveError
        if self._closed or self._transport.closed:
            error = ClientClosedError("the client was closed during the call")
        else:
            error = RequestTimeoutError(
                f"not done within the deadline of {self.timeouts.deadline:g} s",
                sent=None if call.may_be_done else False,
            )
        call.note_failure(error)
        if not call.may_have_created():
            return error
        unknown = call.outcome_unknown()
        unknown.__cause__ = error
        return unknown
