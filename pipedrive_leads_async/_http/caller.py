"""Every API call runs through here: deadline, retries, renewed credentials, rate limits."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import Any, Final, TypeVar

from .._limits.governor import Governor
from .._shared.secrets import SecretJson
from ..config import Attempt, RetryPolicy, Timeouts
from ..errors import (
    ApiError,
    AuthenticationError,
    ClientClosedError,
    PermissionDeniedError,
    PipedriveError,
    RequestTimeoutError,
    TransportError,
    UnexpectedResponseError,
)
from .account import Account
from .authorization import Authorization, Credential, renew_after
from .base_url import DEFAULT_BASE_URL, BaseUrl
from .body.body import write_body
from .call import Call
from .deadline import Deadline, Lifetime
from .error_redaction import redact_error
from .message import USER_AGENT, Response
from .reference import Operation
from .reports import report_attempt, report_retry
from .retry import is_transient, retrying
from .transport.shared_state import SharedState
from .transport.transport import Transport

T = TypeVar("T")

_PIPEDRIVE: Final = BaseUrl.parse(DEFAULT_BASE_URL)


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
        name: str | None = None,
        user_agent: str | None = None,
    ) -> None:
        self.account: Account = shared_state.get(
            (Account, credential), lambda: Account(credential, shared_state.clock)
        )
        self.base_url = base_url
        self._transport = transport
        self.timeouts = timeouts
        self.retry = retry
        self.limiter = (governor or self.account.governor).__limiter__()
        self.on_attempt = on_attempt
        self.name = name
        self._headers = {"User-Agent": f"{user_agent} {USER_AGENT}"} if user_agent else {}
        self.deadline: Deadline | None = None
        self.lifetime = Lifetime()

    def start_deadline(self) -> Deadline:
        """Return the deadline of all calls if there is one, otherwise a new one."""
        return self.deadline or Deadline(self.timeouts.deadline)

    @property
    def is_closed(self) -> bool:
        """Whether the client or its session is closed."""
        return self.lifetime.closed or self._transport.closed

    def check_open(self) -> None:
        """Check that neither the client nor its session is closed.

        Raises:
            ClientClosedError: One of them is closed.
        """
        if self.is_closed:
            raise ClientClosedError("the client is closed: create a new one")

    def with_options(
        self,
        timeouts: Timeouts,
        retry: RetryPolicy,
        on_attempt: Callable[[Attempt], None] | None,
    ) -> Caller:
        """Return a caller like this one with other options, which is closed with it.

        Raises:
            ClientClosedError: This one is closed.
        """
        self.check_open()
        other = copy.copy(self)
        other.timeouts, other.retry, other.on_attempt = timeouts, retry, on_attempt
        return other

    def until(self, deadline: Deadline) -> Caller:
        """Return a caller like this one, all calls of which end at the same deadline."""
        limited = copy.copy(self)
        limited.deadline = deadline
        return limited

    def detach(self, deadline: Deadline) -> Caller:
        """Return a caller as `until` does, whose calls do not end when this client is closed."""
        detached = self.until(deadline)
        detached.lifetime = Lifetime()
        return detached

    def check_usable(self, operation: Operation) -> None:
        """Check that the client is not closed, and that its event loop is running.

        Raises:
            ClientClosedError: The client is closed.
            WrongLoopError: The session belongs to another event loop or process.
        """
        if self.lifetime.closed:
            raise ClientClosedError(
                "the client is closed: create a new one", operation=operation.id
            )
        self._transport.check_loop()

    async def call(
        self,
        operation: Operation,
        read: Callable[[Response], Awaitable[T]],
        *,
        ids: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        json: Any = None,
        idempotency_key: str | None = None,
        on_sent: Callable[[], None] | None = None,
    ) -> T:
        """Carry out one operation within the deadline, and return its result.

        The arguments are those of `start`.

        Raises:
            PipedriveError: The operation failed, or its outcome is unknown.
        """
        call = self.start(
            operation,
            read,
            ids=ids,
            query=query,
            json=json,
            idempotency_key=idempotency_key,
            on_sent=on_sent,
        )
        result: T = await self.run(call)
        return result

    def start(
        self,
        operation: Operation,
        read: Callable[[Response], Awaitable[Any]],
        *,
        ids: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        json: Any = None,
        idempotency_key: str | None = None,
        on_sent: Callable[[], None] | None = None,
    ) -> Call:
        """Return a call of one operation, whose deadline begins now; `run` carries it out.

        Args:
            operation: The operation.
            read: Returns the result of a response, or raises the error that it reports.
            ids: The ids that replace the placeholders in its path. They must be checked, so
                that each is one segment.
            query: Its query parameters.
            json: The JSON value to send, or None; a `SecretJson` is shown nowhere, and a
                `Multipart` is sent as a form.
            idempotency_key: The key of a keyed creation, for errors.
            on_sent: Called before the first byte of each attempt is sent.

        Raises:
            ClientClosedError: The client is closed.
            WrongLoopError: The session belongs to another event loop or process.
        """
        self.check_usable(operation)  # before waiting for a task of another loop
        secrets = json.secrets if isinstance(json, SecretJson) else ()
        return Call(
            operation=operation,
            ids=ids or {},
            query=query or {},
            body=write_body(json),
            read=read,
            deadline=self.start_deadline(),
            idempotency_key=idempotency_key,
            client=self.name,
            on_sent=on_sent,
            secrets=secrets,
        )

    async def repeat(self, call: Call, error: PipedriveError) -> Any:
        """Return the result of another attempt of a call that had succeeded.

        Args:
            call: The call.
            error: The error that was found in its response, after the call had returned.

        Raises:
            PipedriveError: The error, if it is not transient or no attempt is left; otherwise
                the error of the last attempt.
        """
        self.check_usable(call.operation)
        call.late_error = error
        call.deadline.resume()
        return await self.run(call)

    @contextlib.asynccontextmanager
    async def resume(self, call: Call) -> AsyncGenerator[None, None]:
        """Resume the deadline of a call that has returned, while its response is decoded.

        Raises:
            PipedriveError: The deadline has passed, or the client was closed.
        """
        call.deadline.resume()
        try:
            async with self.lifetime.limit(call.deadline):
                yield
        except TimeoutError:
            pass  # decoding raises none: the deadline has passed
        else:
            if self.deadline is None:
                call.deadline.pause()
            return
        raise self._interruption(call)

    async def run(self, call: Call) -> Any:
        """Carry out a call, and return its result."""
        timer: asyncio.Timeout | None = None
        try:
            async with self.lifetime.limit(call.deadline) as timer:
                result = await self._send_with_retries(call)
        except (TimeoutError, TransportError):
            if not ((timer and timer.expired()) or self._transport.closed):
                raise
        except UnexpectedResponseError as error:
            if error.misdirected and call.operation.method != "GET":
                raise call.outcome_unknown() from error
            raise
        else:
            self.account.quota.refund(retried=call.attempts > 1)
            if self.deadline is None:
                call.deadline.pause()
            return result
        raise self._interruption(call)

    async def _send_with_retries(self, call: Call) -> Any:
        """Send a call, and again while its errors are transient.

        Most calls succeed at once: only an error starts backoff, which takes as long as decoding
        a lead, and then counts as the first failure.
        """
        failures = max(call.attempts - 1, 0)
        if call.late_error is None:
            try:
                return await self._send_with_renewal(call)
            except PipedriveError as error:
                if not is_transient(error):
                    raise
                call.late_error, failures = error, 0
        send = retrying(
            self._send_with_renewal,
            on_retry=report_retry,
            policy=self.retry,
            quota=self.account.quota,
            start_deadline=lambda: call.deadline.time_left,
            failures=failures,
            can_be_repeated=lambda: call.can_be_repeated,
            rng=random.random,
        )
        return await send(call)

    async def _send_with_renewal(self, call: Call) -> Any:
        """Send a call, and once more with a renewed authorization after a 401 or 403."""
        credential = self.account.credential
        try:
            call.raise_late_error()
            authorization = await credential.authorization()
            try:
                return await self._send_once(call, authorization)
            except (AuthenticationError, PermissionDeniedError) as error:
                if call.is_renewed or not call.can_be_repeated:
                    raise
                call.is_renewed = True
                renewed = await renew_after(error, credential, authorization)
                if renewed is None:
                    raise
                report_retry(call, error, 0.0)
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
            patience=call.deadline.time_left(),
        ):
            base_url = self.base_url or authorization.base_url or _PIPEDRIVE
            call.start_attempt(base_url)
            request = call.request(authorization, base_url, self.timeouts, self._headers)
            response: Response | None = None
            try:
                response = await self._transport.send(request, call.note_sent)
                limiter.observe(
                    response.headers, search=operation.search, is_local=request.is_local
                )
                result = await call.read(response)
            except BaseException as error:
                if response and isinstance(error, PipedriveError):
                    redact_error(error, response.redactor())
                self._note_failed_attempt(call, response, error)
                raise
            call.end_attempt()
            authorization.proved = True
            report_attempt(call, response, None, self.on_attempt)
            return result

    def _note_failed_attempt(
        self, call: Call, response: Response | None, error: BaseException
    ) -> None:
        if isinstance(error, PipedriveError):
            call.end_attempt()
            error.request_id = response.request_id if response else None
        if response and isinstance(error, UnexpectedResponseError):
            response.disconnect()  # the response to this request may follow on the connection
        if isinstance(error, ApiError):
            self.limiter.react_to(error, search=call.operation.search)
        report_attempt(call, response, error, self.on_attempt)

    async def sleep(self, seconds: float) -> None:
        """Wait between two calls; return early if the client is closed.

        Raises:
            PipedriveError: The deadline of all calls has passed.
        """
        if self.deadline is None:
            return await self._sleep(seconds)
        with contextlib.suppress(TimeoutError):
            async with self.lifetime.limit(self.deadline):
                return await self._sleep(seconds)
        raise self.interruption(self.deadline, sent=False)

    async def _sleep(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with self.lifetime.limit(Deadline(seconds)):
                await asyncio.get_running_loop().create_future()

    async def aclose(self) -> None:
        """Refuse new calls, end those in progress, and wait briefly for a token refresh."""
        self.lifetime.end()
        await self.account.credential.wait_for_refresh()

    def interruption(self, deadline: Deadline, *, sent: bool | None) -> PipedriveError:
        """Return the error for a caller whose deadline has passed, or whose client is closed."""
        if self.is_closed:
            return ClientClosedError("the client was closed during the call")
        return RequestTimeoutError(
            f"not done within the deadline of {deadline.seconds:g} s", sent=sent
        )

    def _interruption(self, call: Call) -> PipedriveError:
        error = self.interruption(call.deadline, sent=None if call.may_be_done else False)
        call.note_failure(error)
        if not call.may_have_created():
            return error
        unknown = call.outcome_unknown()
        unknown.__cause__ = error
        return unknown
