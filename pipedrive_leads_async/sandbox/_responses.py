"""What the server says: its answers, and the bodies of its gateway, its service and Cloudflare."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any

_INFO = "Please check developers.pipedrive.com"
_SERVICE_INFO = f"{_INFO} for more information about Pipedrive API."

_CLOUDFLARE_PAGE = """<!DOCTYPE html>
<html lang="en">
<head><title>{title}</title></head>
<body>
<h1>{title}</h1>
<p>This error is produced by Cloudflare. See troubleshooting guide here.</p>
</body>
</html>
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer before it is written: a `str` body is a page, any other is JSON."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict[str, str])

    def with_headers(self, headers: dict[str, str]) -> Answer:
        """Return the same answer with more headers."""
        return replace(self, headers=self.headers | headers)


class ServiceError(Exception):
    """An operation refused what it was asked; `answer` says so to the client."""

    def __init__(self, status: int, error: str, info: str = _SERVICE_INFO) -> None:
        super().__init__(error)
        self.answer = service(status, error, info)


class OAuthError(Exception):
    """An OAuth endpoint refused what it was asked; `answer` says so to the client."""

    def __init__(self, error: str, message: str) -> None:
        super().__init__(message)
        body = {"success": False, "message": message, "error": error}
        self.answer = Answer(HTTPStatus.BAD_REQUEST, body)


def success(data: Any, *, status: int = 200, additional_data: Any = None) -> Answer:
    """Answer with data, and with `additional_data` where the operation has some."""
    body = {"success": True, "data": data}
    if additional_data is not None:
        body["additional_data"] = additional_data
    return Answer(status, body)


def service(status: int, error: str, info: str = _SERVICE_INFO) -> Answer:
    """Refuse in the words of the service behind the gateway."""
    body = {
        "success": False,
        "error": error,
        "error_info": info,
        "data": None,
        "additional_data": None,
    }
    return Answer(status, body)


def gateway(status: int, error: str, headers: dict[str, str] | None = None) -> Answer:
    """Refuse in the words of the gateway, which guards credentials and limits."""
    body = {"success": False, "error": error, "errorCode": status, "error_info": _INFO}
    return Answer(status, body, headers or {})


def cloudflare(status: int) -> Answer:
    """Refuse with Cloudflare's page: HTML where a client hopes for JSON."""
    return Answer(status, _CLOUDFLARE_PAGE.format(title=f"{status} | Pipedrive"))


def unauthorized(error: str = "unauthorized access") -> Answer:
    """Refuse with 401, the gateway's word for bad credentials, paths and methods alike."""
    return gateway(HTTPStatus.UNAUTHORIZED, error, {"x-401-by-gw": "true"})


def schema_violation(answer: Answer) -> Answer:
    """Name the kind of a 400 as version 2 does, which checks what it is sent against a schema."""
    if answer.status != HTTPStatus.BAD_REQUEST:
        return answer
    return replace(answer, body=answer.body | {"code": "ERR_SCHEMA_VALIDATION_FAILED"})


def over_limit(error: str, headers: dict[str, str] | None = None) -> Answer:
    """Refuse with 429, the one gateway body without `error_info`."""
    status = HTTPStatus.TOO_MANY_REQUESTS
    return Answer(status, {"success": False, "error": error, "errorCode": status}, headers or {})


def bad_request(error: str) -> ServiceError:
    """Make the error for a request that breaks a rule."""
    return ServiceError(HTTPStatus.BAD_REQUEST, error)


def not_found(thing: str) -> ServiceError:
    """Make the error for an id that names nothing."""
    return ServiceError(
        HTTPStatus.NOT_FOUND, f"requested {thing} not found", "Object was not found."
    )


_FAILURES = {
    HTTPStatus.UNAUTHORIZED: unauthorized(),
    HTTPStatus.FORBIDDEN: service(
        HTTPStatus.FORBIDDEN, "You do not have permissions to do this.", _INFO
    ),
    HTTPStatus.NOT_FOUND: not_found("lead").answer,
    HTTPStatus.TOO_MANY_REQUESTS: over_limit("request over limit"),
    HTTPStatus.SERVICE_UNAVAILABLE: gateway(HTTPStatus.SERVICE_UNAVAILABLE, "Service unavailable"),
}
_PHRASES = {status.value: status.phrase for status in HTTPStatus}


def failure(status: int) -> Answer:
    """Return what a client meets with this status when nothing more is known."""
    if status in _FAILURES:
        return _FAILURES[HTTPStatus(status)]
    if status > HTTPStatus.NOT_IMPLEMENTED:  # a gateway's trouble with what is behind it
        return cloudflare(status)
    return service(status, _PHRASES.get(status, "Request failed"))
