"""Everything that can go wrong, as one tree under `PipedriveError`.

    PipedriveError
    ├─ ConfigurationError (ValueError)          a client, credential or policy cannot be made so
    ├─ InvalidRequestError (ValueError)         refused before anything was sent
    ├─ ClientClosedError (RuntimeError)
    ├─ WrongLoopError (RuntimeError)            another event loop, or a forked process
    ├─ TransportError                           no whole answer came
    │  ├─ ConnectionFailedError (ConnectionError)
    │  │  └─ CertificateError                   TLS failed: never retried, never downgraded
    │  └─ RequestTimeoutError (TimeoutError)
    ├─ ApiError                                 Pipedrive answered with an error status
    │  ├─ BadRequestError                       400, 422
    │  ├─ AuthenticationError                   401
    │  │  └─ ReauthorizationRequiredError       the user must grant access again
    │  ├─ PermissionDeniedError                 403
    │  ├─ BlockedError                          403 as an HTML page: stop sending
    │  ├─ NotFoundError                         404
    │  ├─ GoneError                             410
    │  ├─ RateLimitedError                      429, burst limit
    │  │  └─ DailyBudgetExhaustedError          429, daily budget
    │  └─ ServerError                           5xx
    ├─ AuthUnavailableError                     the token endpoint cannot be reached
    ├─ UnexpectedResponseError                  an answer that is not Pipedrive's
    ├─ DecodeError                              an answer whose data has another shape
    ├─ PaginationError                          a list whose positions lead nowhere
    ├─ OutcomeUnknownError                      a creation that may or may not have happened
    └─ ConversionFailedError                    a conversion that Pipedrive gave up

Every error carries plain values only, so it survives pickling, and none of
them carries a credential.
"""

from __future__ import annotations

from typing import Any


class PipedriveError(Exception):
    """The root: `except PipedriveError` catches whatever this library raises.

    Attributes:
        operation: Pipedrive's operation id (`getLeads`), None outside a call.
        attempts: How often the call was tried, 0 if it was refused before.
        request_id: Pipedrive's `x-correlation-id` of the last answer, for its support.
        checkpoint: In a walk, what `resume_from` takes to go on from here.
    """

    def __init__(
        self,
        message: str = "",
        *,
        operation: str | None = None,
        attempts: int = 0,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message)
        self.operation = operation
        self.attempts = attempts
        self.request_id = request_id
        self.checkpoint: str | None = None

    def __str__(self) -> str:
        message = super().__str__()
        return f"{self.operation}: {message}" if self.operation else message


class ConfigurationError(PipedriveError, ValueError):
    """A client, credential, session or policy cannot be made from these arguments."""


class InvalidRequestError(PipedriveError, ValueError):
    """An argument was refused before anything was sent; the message names it."""


class ClientClosedError(PipedriveError, RuntimeError):
    """The client or its session manager is closed, or was closed during the call."""


class WrongLoopError(PipedriveError, RuntimeError):
    """The session lives in another event loop or in the parent of a forked process."""


class TransportError(PipedriveError):
    """No whole answer came.

    Attributes:
        sent: False if nothing reached the wire, True if the request did, None
            if it cannot be told.
    """

    def __init__(self, message: str = "", *, sent: bool | None = None, **context: Any) -> None:
        super().__init__(message, **context)
        self.sent = sent


class ConnectionFailedError(TransportError, ConnectionError):
    """The connection could not be made, or broke."""


class CertificateError(ConnectionFailedError):
    """TLS failed: a certificate, host name or protocol that must not be accepted."""


class RequestTimeoutError(TransportError, TimeoutError):
    """Connecting, reading or the whole call took longer than `Timeouts` allows."""


class ApiError(PipedriveError):
    """Pipedrive answered with an error status.

    Raised itself for statuses without a class of their own (402, 405, 409, 415, …).

    Attributes:
        status: The HTTP status.
        error: Pipedrive's sentence, None if the body had none.
        error_info: Pipedrive's further text. It may repeat what you sent, but for the
            credential, which no error repeats.
        code: Pipedrive's machine-readable code, such as `feature_capping_deals_limit`.
        retry_after: Seconds that Pipedrive asked to wait, None if it did not say.

    https://pipedrive.readme.io/docs/core-api-concepts-http-status-codes
    """

    def __init__(
        self,
        message: str = "",
        *,
        status: int = 0,
        error: str | None = None,
        error_info: str | None = None,
        code: str | None = None,
        retry_after: float | None = None,
        **context: Any,
    ) -> None:
        super().__init__(message, **context)
        self.status = status
        self.error = error
        self.error_info = error_info
        self.code = code
        self.retry_after = retry_after


class BadRequestError(ApiError):
    """400 or 422: Pipedrive refused what was sent."""


class AuthenticationError(ApiError):
    """401: the credential is not accepted.

    Pipedrive's gateway says the same of a path or method that it does not know.
    """


class ReauthorizationRequiredError(AuthenticationError):
    """The OAuth grant is gone: send the user through the authorization page again.

    https://pipedrive.readme.io/docs/marketplace-oauth-authorization
    """


class PermissionDeniedError(ApiError):
    """403: the user or the OAuth scopes do not allow it, or a plan limit (see `code`)."""


class BlockedError(ApiError):
    """403 as an HTML page: Pipedrive's edge blocks this client for ignoring its limits.

    Never retried; sending on makes it last longer.
    https://pipedrive.readme.io/docs/core-api-concepts-rate-limiting
    """


class NotFoundError(ApiError):
    """404: no such lead or label, or not visible to this user."""


class GoneError(ApiError):
    """410: the endpoint no longer exists."""


class RateLimitedError(ApiError):
    """429: more requests than the burst limit allows, beyond what waiting could mend.

    https://pipedrive.readme.io/docs/core-api-concepts-rate-limiting
    """


class DailyBudgetExhaustedError(RateLimitedError):
    """429: the company's daily token budget is used up until Pipedrive's midnight.

    `attempts` is 0 where the library refused the call itself because it knew.
    https://pipedrive.readme.io/docs/core-api-concepts-rate-limiting
    """


class ServerError(ApiError):
    """5xx: Pipedrive failed."""


class AuthUnavailableError(PipedriveError):
    """A token is needed and cannot be had: Pipedrive's token endpoint, or a token store, fails.

    Attributes:
        retry_after: Seconds that Pipedrive asked to wait, None if it did not say.
    """

    def __init__(
        self, message: str = "", *, retry_after: float | None = None, **context: Any
    ) -> None:
        super().__init__(message, **context)
        self.retry_after = retry_after


class UnexpectedResponseError(PipedriveError):
    """An answer that is not Pipedrive's.

    Not JSON, a redirect, larger than the limit, or `success: false` with a 2xx status.

    Attributes:
        status: The HTTP status.
        refused: Whether it is JSON that says `success: false`.
        garbled: Whether it has a 2xx status and is not JSON: another attempt may be.
    """

    def __init__(
        self,
        message: str = "",
        *,
        status: int = 0,
        refused: bool = False,
        garbled: bool = False,
        **context: Any,
    ) -> None:
        super().__init__(message, **context)
        self.status = status
        self.refused = refused
        self.garbled = garbled


class DecodeError(PipedriveError):
    """An answer whose data has another shape than Pipedrive documents.

    Attributes:
        paths: What is wrong where, as in `$.data[3].owner_id: expected int, got str`.
        lead_id: The id of the item it happened in, if it has one.
        raw: The item as it came. It is personal data: the message never shows it.
    """

    def __init__(
        self,
        message: str = "",
        *,
        paths: tuple[str, ...] = (),
        lead_id: str | None = None,
        raw: Any = None,
        **context: Any,
    ) -> None:
        super().__init__(message, **context)
        self.paths = paths
        self.lead_id = lead_id
        self.raw = raw


class PaginationError(PipedriveError):
    """A list whose positions do not advance: going on would never end."""


class OutcomeUnknownError(PipedriveError):
    """A request that creates something was sent, and no answer says whether it did.

    Sending it again could create it twice: look first, with an idempotency key for a lead
    that has it as its `origin_id`. `__cause__` is what happened.

    Attributes:
        idempotency_key: The key of the creation, None if it had none.
    """

    def __init__(
        self, message: str = "", *, idempotency_key: str | None = None, **context: Any
    ) -> None:
        super().__init__(message, **context)
        self.idempotency_key = idempotency_key


class ConversionFailedError(PipedriveError):
    """Pipedrive ended a conversion as `failed` or `rejected`; what it was of is still there.

    Attributes:
        status: What Pipedrive calls the end, `failed` or `rejected`.
        conversion_id: The id of the conversion.
        source_id: The id of the lead (a str) or the deal (an int) that was to be converted.
    """

    def __init__(
        self,
        message: str = "",
        *,
        status: str | None = None,
        conversion_id: str | None = None,
        source_id: str | int | None = None,
        **context: Any,
    ) -> None:
        super().__init__(message, **context)
        self.status = status
        self.conversion_id = conversion_id
        self.source_id = source_id
