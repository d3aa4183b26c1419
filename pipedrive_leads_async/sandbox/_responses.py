"""Responses, with the bodies of Pipedrive's gateway, of the service behind it, of Cloudflare."""

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
class Response:
    """One response before it is sent: a `str` body is an HTML page, any other is JSON."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict[str, str])

    def with_headers(self, headers: dict[str, str]) -> Response:
        """Return a copy with more headers."""
        return replace(self, headers=self.headers | headers)


class ServiceError(Exception):
    """An operation refused the request.

    `response` is the error response. `key` is the parameter or property that is invalid, if it is
    one; v2 names it in front of the error.
    """

    def __init__(
        self, status: int, error: str, info: str = _SERVICE_INFO, *, key: str = ""
    ) -> None:
        super().__init__(error)
        self.response = service_error(status, error, info)
        self.key = key


class OAuthError(Exception):
    """An OAuth endpoint refused the request; `response` is the error response."""

    def __init__(self, error: str, message: str) -> None:
        super().__init__(message)
        body = {"success": False, "message": message, "error": error}
        self.response = Response(HTTPStatus.BAD_REQUEST, body)


def success(data: Any, *, status: int = 200, additional_data: Any = None) -> Response:
    """Return a response with data, and with `additional_data` unless that is None."""
    body = {"success": True, "data": data}
    if additional_data is not None:
        body["additional_data"] = additional_data
    return Response(status, body)


def service_error(status: int, error: str, info: str = _SERVICE_INFO) -> Response:
    """Return an error response as the service behind the gateway writes it."""
    body = {
        "success": False,
        "error": error,
        "error_info": info,
        "data": None,
        "additional_data": None,
    }
    return Response(status, body)


def gateway_error(status: int, error: str, headers: dict[str, str] | None = None) -> Response:
    """Return an error response as the gateway writes it, which checks credentials and limits."""
    body = {"success": False, "error": error, "errorCode": status, "error_info": _INFO}
    return Response(status, body, headers or {})


def cloudflare_error(status: int) -> Response:
    """Return Cloudflare's error page, which is HTML."""
    return Response(status, _CLOUDFLARE_PAGE.format(title=f"{status} | Pipedrive"))


def unauthorized(error: str = "unauthorized access") -> Response:
    """Return the gateway's 401, for invalid credentials, whatever the path is."""
    return gateway_error(HTTPStatus.UNAUTHORIZED, error, {"x-401-by-gw": "true"})


def scope_mismatch() -> Response:
    """Return the gateway's 403 for an access token without the scope of the request.

    https://github.com/pipedrive/client-php/issues/14
    """
    return gateway_error(HTTPStatus.FORBIDDEN, "Scope and URL mismatch")


def v2_error(error: ServiceError) -> Response:
    """Return the error response in the form of v2, which has another one for a 400.

    https://github.com/pipedrive/client-nodejs/issues/651
    """
    if error.response.status != HTTPStatus.BAD_REQUEST:
        return error.response
    key = f"{error.key}: " if error.key else ""
    body = {
        "success": False,
        "error": f"Validation failed: {key}{error}",
        "code": "ERR_SCHEMA_VALIDATION_FAILED",
    }
    return Response(HTTPStatus.BAD_REQUEST, body)


def unknown_method(method: str, path: str) -> Response:
    """Return the 404 for a valid credential at a path or with a method that does not exist."""
    error = "Not Found" if path.startswith("/api/v2/") else "Unknown method ."
    # In the error itself, which the messages of exceptions contain.
    error += f" (the sandbox does not have {method} {path}, although Pipedrive may have it)"
    return service_error(HTTPStatus.NOT_FOUND, error)


def over_limit(error: str, headers: dict[str, str] | None = None) -> Response:
    """Return a 429; it is the only gateway error without `error_info`."""
    status = HTTPStatus.TOO_MANY_REQUESTS
    return Response(status, {"success": False, "error": error, "errorCode": status}, headers or {})


def bad_request(error: str, *, key: str = "") -> ServiceError:
    """Return the error for a request that breaks a rule."""
    return ServiceError(HTTPStatus.BAD_REQUEST, error, key=key)


def invalid(key: str, problem: str) -> ServiceError:
    """Return the error for a parameter or a property; its name and the problem are a sentence."""
    return bad_request(f"{key} {problem}", key=key)


def not_allowed(key: str) -> ServiceError:
    """Return the error of v2 for a property that does not exist."""
    return bad_request(f"Parameter '{key}' is not allowed for this request", key=key)


def not_found(kind: str) -> ServiceError:
    """Return the error for an unknown id."""
    return ServiceError(
        HTTPStatus.NOT_FOUND, f"requested {kind} not found", "Object was not found."
    )


def forbidden() -> ServiceError:
    """Return the error for something that the user may not see or do."""
    return ServiceError(HTTPStatus.FORBIDDEN, "You do not have permissions to do this.", _INFO)


_FAILURES = {
    HTTPStatus.UNAUTHORIZED: unauthorized(),
    HTTPStatus.FORBIDDEN: forbidden().response,
    HTTPStatus.NOT_FOUND: not_found("lead").response,
    HTTPStatus.TOO_MANY_REQUESTS: over_limit("request over limit"),
    HTTPStatus.SERVICE_UNAVAILABLE: gateway_error(
        HTTPStatus.SERVICE_UNAVAILABLE, "Service unavailable"
    ),
}
_PHRASES = {status.value: status.phrase for status in HTTPStatus}


def failure(status: int) -> Response:
    """Return Pipedrive's typical response with this status."""
    if status in _FAILURES:
        return _FAILURES[HTTPStatus(status)]
    if status > HTTPStatus.NOT_IMPLEMENTED:  # the service behind Cloudflare does not respond
        return cloudflare_error(status)
    return service_error(status, _PHRASES.get(status, "Request failed"))
