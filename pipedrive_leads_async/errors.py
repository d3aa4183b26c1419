"""All errors of this library, as one tree under `PipedriveError`.

    PipedriveError
    ├─ ConfigurationError (ValueError)          invalid arguments of a client or credential
    ├─ InvalidRequestError (ValueError)         refused before anything was sent
    ├─ ClientClosedError (RuntimeError)
    ├─ WrongLoopError (RuntimeError)            another event loop, or a forked process
    ├─ TransportError                           no complete response
    │  ├─ ConnectionFailedError (ConnectionError)
    │  │  └─ CertificateError                   TLS failed; never retried
    │  └─ RequestTimeoutError (TimeoutError)
    ├─ ApiError                                 a response with an error status
    │  ├─ BadRequestError                       400, 422
    │  ├─ AuthenticationError                   401
    │  │  └─ ReauthorizationRequiredError       the user must grant access again
    │  ├─ PermissionDeniedError                 403
    │  ├─ BlockedError                          403 that is not from the API: stop sending
    │  ├─ NotFoundError                         404
    │  ├─ GoneError                             410
    │  ├─ RateLimitedError                      429, burst limit
    │  │  └─ DailyBudgetExhaustedError          429, daily budget
    │  └─ ServerError                           5xx
    ├─ AuthUnavailableError                     no token: its endpoint or its store fails
    ├─ UnexpectedResponseError                  a response that is not Pipedrive's
    ├─ DecodeError                              a response with data of another shape
    ├─ PaginationError                          a list of which a lead may have been missed
    ├─ OutcomeUnknownError                      a creation that may have happened
    ├─ IdempotencyKeyLostError                  a lead was created without its key
    └─ ConversionFailedError                    a conversion that Pipedrive could not complete

The attributes of all errors are plain values, so that errors can be pickled. No error contains a
credential.
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "ApiError",
    "AuthUnavailableError",
    "AuthenticationError",
    "BadRequestError",
    "BlockedError",
    "CertificateError",
    "ClientClosedError",
    "ConfigurationError",
    "ConnectionFailedError",
    "ConversionFailedError",
    "DailyBudgetExhaustedError",
    "DecodeError",
    "GoneError",
    "IdempotencyKeyLostError",
    "InvalidRequestError",
    "NotFoundError",
    "OutcomeUnknownError",
    "PaginationError",
    "PermissionDeniedError",
    "PipedriveError",
    "RateLimitedError",
    "ReauthorizationRequiredError",
    "RequestTimeoutError",
    "ServerError",
    "TransportError",
    "UnexpectedResponseError",
    "WrongLoopError",
]


class PipedriveError(Exception):
    """The base class of all errors of this library.

    Attributes:
        operation: Pipedrive's operation id (`getLeads`); None outside a call.
        attempts: The number of attempts of the call; 0 if nothing was sent.
        request_id: The `x-correlation-id` of the last response, for Pipedrive's support.
        checkpoint: In a walk, the value of `resume_from` that continues from here.
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
    """An argument of a client, credential, session or policy is invalid; the message names it.

    A call with an idempotency key raises it if Pipedrive did not keep an earlier key.
    """


class InvalidRequestError(PipedriveError, ValueError):
    """An argument is invalid, and no complete request was sent; the message names it."""


class ClientClosedError(PipedriveError, RuntimeError):
    """The client or its session manager is closed, or was closed during the call."""


class WrongLoopError(PipedriveError, RuntimeError):
    """The session is open in another event loop, or in the parent of a forked process."""


class TransportError(PipedriveError):
    """There was no complete response.

    Attributes:
        sent: True if the request was sent, False if nothing of it was sent, None if it is
            unknown.
    """

    def __init__(self, message: str = "", *, sent: bool | None = None, **context: Any) -> None:
        super().__init__(message, **context)
        self.sent = sent


class ConnectionFailedError(TransportError, ConnectionError):
    """The connection could not be opened, or it was lost."""


class CertificateError(ConnectionFailedError):
    """TLS failed: the certificate, the host name or the protocol is not acceptable."""


class RequestTimeoutError(TransportError, TimeoutError):
    """The connection, a read or the whole call took longer than `Timeouts` allows."""


class ApiError(PipedriveError):
    """Pipedrive responded with an error status.

    A status without a class of its own (402, 405, 409, 415, …) raises an `ApiError` itself.

    Attributes:
        status: The HTTP status.
        error: Pipedrive's error message; None if the body has none.
        error_info: Pipedrive's additional text. It can contain parts of your request, but
            never the credential.
        code: Pipedrive's machine-readable code, such as `feature_capping_deals_limit`.
        retry_after: The seconds to wait that Pipedrive asked for; None if it did not.
        from_api: Whether the body is JSON of Pipedrive's API, and not the page of a proxy.

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
        from_api: bool = False,
        **context: Any,
    ) -> None:
        super().__init__(message, **context)
        self.status = status
        self.error = error
        self.error_info = error_info
        self.code = code
        self.retry_after = retry_after
        self.from_api = from_api


class BadRequestError(ApiError):
    """400 or 422: Pipedrive refused the request as invalid."""


class AuthenticationError(ApiError):
    """401: Pipedrive does not accept the credential."""


class ReauthorizationRequiredError(AuthenticationError):
    """The OAuth grant is no longer valid: send the user to the authorization page again.

    https://pipedrive.readme.io/docs/marketplace-oauth-authorization
    """


class PermissionDeniedError(ApiError):
    """403: the user or the OAuth scopes lack a permission, or the plan has a limit (see `code`)."""


class BlockedError(ApiError):
    """403 that is not from Pipedrive's API: its edge blocks this client.

    It does so if a client exceeds the limits for long. The response is a page, a line of text
    or JSON without Pipedrive's own `success` and `error`. It is never retried, because further
    requests make the block last longer.

    https://pipedrive.readme.io/docs/core-api-concepts-rate-limiting
    """


class NotFoundError(ApiError):
    """404: the lead or label does not exist, or it is not visible to this user.

    A read with the status 204, which has no body, raises this error too.
    In `request` it can also mean that the path or the method does not exist.
    """


class GoneError(ApiError):
    """410: the item was deleted, or the endpoint no longer exists."""


class RateLimitedError(ApiError):
    """429: the burst limit was exceeded, and the retries did not help.

    https://pipedrive.readme.io/docs/core-api-concepts-rate-limiting
    """


class DailyBudgetExhaustedError(RateLimitedError):
    """429: the company's daily token budget is used up until midnight in Pipedrive's time.

    `attempts` is 0 if the library already knew this and sent nothing.

    https://pipedrive.readme.io/docs/core-api-concepts-rate-limiting
    """


class ServerError(ApiError):
    """5xx: Pipedrive could not process the request."""


class AuthUnavailableError(PipedriveError):
    """No token is available, because Pipedrive's token endpoint or the token store fails.

    Attributes:
        retry_after: The seconds to wait that Pipedrive asked for; None if it did not.
    """

    def __init__(
        self, message: str = "", *, retry_after: float | None = None, **context: Any
    ) -> None:
        super().__init__(message, **context)
        self.retry_after = retry_after


class UnexpectedResponseError(PipedriveError):
    """The response is not a valid response of Pipedrive's API.

    It is not JSON, a redirect, larger than the limit, or a 2xx with `success: false`.

    Attributes:
        status: The HTTP status.
        refused: Whether the response is JSON with `success: false`.
        garbled: Whether it is not JSON, with a 2xx status. Another attempt may succeed.
        too_large: Whether the response is larger than 32 MiB, has too many rows, or would take
            too much time or memory to parse. A request for fewer items may succeed.
        misdirected: Whether it has the id of another request. Another attempt may succeed.
    """

    def __init__(
        self,
        message: str = "",
        *,
        status: int = 0,
        refused: bool = False,
        garbled: bool = False,
        too_large: bool = False,
        misdirected: bool = False,
        **context: Any,
    ) -> None:
        super().__init__(message, **context)
        self.status = status
        self.refused = refused
        self.garbled = garbled
        self.too_large = too_large
        self.misdirected = misdirected


class DecodeError(PipedriveError):
    """The data of a response has another shape than Pipedrive documents.

    If the request was a change, Pipedrive carried it out.

    Attributes:
        paths: The errors with their places, such as
            `$.data[3].owner_id: expected int, got str`.
        lead_id: The id of the item with the error, if it has one.
        raw: A copy of the item before decoding, without the credential if the server repeats it.
            It has at most 5,000 values and a mebibyte of text: of a larger item, the innermost
            and last values are left out, and texts that do not fit are empty. It is personal
            data, so the message does not contain it.
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
    """A list could not be read completely.

    Its positions do not advance, so that reading it would never end; or leads that were read came
    again in another order, so that one may have been missed, which is raised after the last lead;
    or the list contains none of the leads of the checkpoint in `resume_from`, because they are
    gone, or because it is the list of another account.
    """


class OutcomeUnknownError(PipedriveError):
    """A request that creates something was sent, but its outcome is unknown.

    Other changes raise it only if all responses belong to other requests.

    Sending the request again could create a second object. First check whether the object
    exists; a lead that was created with an idempotency key has it as its `origin_id`, or in the
    client's `idempotency_field`. `__cause__` is the error of the request.

    A later call with the same key raises it with 0 `attempts`, and sends nothing, if the request
    may still be on its way when the deadline of that call ends.

    Attributes:
        idempotency_key: The key of the creation; None if it had none.
    """

    def __init__(
        self, message: str = "", *, idempotency_key: str | None = None, **context: Any
    ) -> None:
        super().__init__(message, **context)
        self.idempotency_key = idempotency_key


class IdempotencyKeyLostError(PipedriveError):
    """The lead was created, but Pipedrive did not keep its idempotency key: do not repeat.

    The lead cannot be found by its key, so a repeated call would create a second lead. This is
    known of leads that are created through a Marketplace app: Pipedrive can replace their
    `origin_id`. Later calls with a key are refused with a `ConfigurationError`, unless the client
    has another `idempotency_field`: a custom field of the account that holds the keys.

    Attributes:
        lead: The lead, of the client's lead class.
        idempotency_key: The key that was not kept.
    """

    def __init__(
        self,
        message: str = "",
        *,
        lead: Any = None,
        idempotency_key: str | None = None,
        **context: Any,
    ) -> None:
        super().__init__(message, **context)
        self.lead = lead
        self.idempotency_key = idempotency_key


class ConversionFailedError(PipedriveError):
    """A conversion ended as `failed` or `rejected`. The lead or deal still exists.

    Attributes:
        status: The final status, `failed` or `rejected`.
        conversion_id: The id of the conversion.
        source_id: The id of the lead (a str) or deal (an int) that was not converted.
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
