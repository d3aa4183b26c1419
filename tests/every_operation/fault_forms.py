"""The forms of each fault: the script of a server or a network, and the expected error."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass, replace
from typing import Final

from pipedrive_leads_async import (
    ApiError,
    AuthenticationError,
    BadRequestError,
    BlockedError,
    CertificateError,
    ConnectionFailedError,
    DailyBudgetExhaustedError,
    GoneError,
    NotFoundError,
    PermissionDeniedError,
    PipedriveError,
    RateLimitedError,
    RequestTimeoutError,
    ServerError,
    Timeouts,
    UnexpectedResponseError,
)
from tests.support import network_failures
from tests.support.network_failures import WORKING, Network
from tests.support.raw_server import End, ScriptedResponse, failure, http

PATIENT: Final = Timeouts(deadline=20.0)


@dataclass(frozen=True)
class Fault:
    """One form of a fault.

    Attributes:
        response: The script of the server.
        error: The error that the caller gets, or the cause of that error.
        is_free: Whether the retry does not count as an attempt, because Pipedrive sent the
            time to wait.
        timeout: The timeouts of the client.
        network: The network; a request may not reach the server.
        expires: Whether the deadline of the call passes while the response arrives.
    """

    response: ScriptedResponse
    error: type[PipedriveError]
    is_free: bool = False
    timeout: Timeouts = PATIENT
    network: Network = WORKING
    expires: bool = False

    @property
    def is_sent(self) -> bool:
        """Whether the request reaches the server."""
        return self.network is WORKING


def unreachable(network: Network, error: type[PipedriveError] = ConnectionFailedError) -> Fault:
    return Fault((), error, network=network)


def connect_timeout(network: Network) -> Fault:
    return Fault((), RequestTimeoutError, timeout=Timeouts(connect=1.0), network=network)


def api(status: int, error: type[ApiError], text: str = "no", **headers: str) -> Fault:
    return Fault((failure(status, text, **headers),), error)


def limited(**headers: str) -> Fault:
    """Return a 429 without a valid time to wait."""
    return api(429, RateLimitedError, "request over limit", **headers)


def limited_for(**headers: str) -> Fault:
    """Return a 429 with a time to wait: the retry does not count as an attempt."""
    return replace(limited(**headers), is_free=True)


def html(status: int, error: type[ApiError], text: bytes = b"<!DOCTYPE html>") -> Fault:
    return Fault((http(status, text, content_type="text/html"),), error)


def broken(*response: bytes | float | End) -> Fault:
    return Fault(response, ConnectionFailedError)


def read_timeout(*response: bytes) -> Fault:
    return Fault((*response, End.HANG), RequestTimeoutError, timeout=Timeouts(read=0.3))


def endless(beginning: bytes, piece: bytes) -> Fault:
    """Return a response that never ends, with pauses shorter than the read timeout."""
    pieces = (piece, 0.02) * 1000
    return Fault((beginning, *pieces), RequestTimeoutError, expires=True)


def unexpected(*response: bytes | float | End) -> Fault:
    return Fault(response, UnexpectedResponseError)


def redirect(status: int, location: str = "/v1/elsewhere") -> Fault:
    return unexpected(http(status, location=location))


def zeros(mebibytes: int) -> bytes:
    """Return compressed zeros, without holding all of them in memory."""
    compressor = zlib.compressobj(wbits=31)
    pieces = [compressor.compress(bytes(1 << 20)) for _ in range(mebibytes)]
    return b"".join(pieces) + compressor.flush()


OK: Final = b"HTTP/1.1 200 OK\r\n"
NINE: Final = OK + b"content-length: 9\r\n\r\n"
CHUNKED: Final = OK + b"transfer-encoding: chunked\r\n\r\n"
TODAY: Final = "Mon, 02 Feb 2026 10:00:00 GMT"

FORMS: Final[dict[str, dict[str, Fault]]] = {
    "refused connection": {"": unreachable(network_failures.REFUSED)},
    "failed name lookup": {
        "(no such name)": unreachable(network_failures.NOT_FOUND),
        "(timeout)": connect_timeout(network_failures.NO_ANSWER),
    },
    "incomplete TLS handshake": {"": connect_timeout(network_failures.SILENCE)},
    "an invalid certificate": {
        "(unknown issuer)": unreachable(network_failures.UNKNOWN_SIGNER, CertificateError),
        "(another host name)": unreachable(network_failures.ANOTHER_NAME, CertificateError),
        "(no common version of TLS)": unreachable(
            network_failures.ANOTHER_VERSION, CertificateError
        ),
        "(a server without TLS)": unreachable(network_failures.NO_TLS, CertificateError),
    },
    "408": {"": api(408, ApiError)},
    "425": {"": api(425, ApiError)},
    "429": {
        "with seconds": limited_for(retry_after="0.01"),
        "with the reset of the burst window": limited_for(x_ratelimit_reset="0.01"),
        "with a date": limited_for(retry_after=TODAY, date=TODAY),
        "with a date and no Date header": limited_for(retry_after=TODAY),
        "without a wait": limited(),
        "without a body": Fault((http(429),), RateLimitedError),
        "with a word": limited(retry_after="soon"),
        "with negative seconds": limited(retry_after="-1"),
        "with NaN": limited(retry_after="nan"),
        "with infinity": limited(retry_after="1e309"),
        "with the year 100000": limited(retry_after=TODAY.replace("2026", "100000")),
    },
    "5xx": {
        **{f"{status}": api(status, ServerError) for status in (500, 501, 502, 503, 504)},
        **{f"{status}": api(status, ServerError) for status in (*range(520, 525), 530, 999)},
        "503 with a short wait": api(503, ServerError, retry_after="0.01"),
        "502 with an HTML page": html(502, ServerError),
        "500 with a body that is too large": Fault(
            (http(500, zeros(2), content_encoding="gzip"),), ServerError
        ),
    },
    "a timeout": {
        "before the response": read_timeout(),
        "in the headers": read_timeout(b"HTTP/1.1 200 OK\r\nx-half"),
        "in the body": read_timeout(NINE + b"{"),
    },
    "a connection lost after sending": {
        "(closed)": broken(End.FIN),
        "(reset)": broken(End.RST),
        "(closed in the headers)": broken(OK, End.FIN),
        "(closed in the body)": broken(NINE + b"{}", End.FIN),
        "(reset in the body)": broken(NINE + b"{}", 0.01, End.RST),
        "(closed between chunks)": broken(CHUNKED + b"2\r\n{}\r\n", End.FIN),
        "(invalid chunk size)": broken(CHUNKED + b"zz\r\n{}\r\n", End.FIN),
        "(invalid gzip)": broken(http(200, b"not one", content_encoding="gzip")),
        "(not HTTP)": broken(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"),
        "(HTTP/0.9)": broken(b'{"success": true}\r\n\r\n', End.FIN),
        "(invalid length)": broken(OK + b"content-length: many\r\n\r\n"),
        "(two lengths)": broken(OK + b"content-length: 2\r\ncontent-length: 3\r\n\r\n{}"),
        "(a header of 100 kB)": broken(OK + b"x: " + b"x" * 100_000 + b"\r\n\r\n"),
        "(1000 headers)": broken(OK + b"x: x\r\n" * 1000 + b"\r\n", End.FIN),
    },
    "a response that is not JSON": {
        "(truncated)": unexpected(http(200, b'{"success": true, "da')),
        "(an HTML page)": unexpected(http(200, b"<!DOCTYPE html>", content_type="text/html")),
        "(empty)": unexpected(http(200)),
        "(null)": unexpected(http(200, b"null")),
        "(a list)": unexpected(http(200, b"[]")),
        "(truncated gzip)": unexpected(
            http(200, gzip.compress(b'{"success": true}')[:14], content_encoding="gzip")
        ),
    },
    "an expired deadline": {
        "during a slow body": endless(OK + b"content-length: 9999\r\n\r\n", b" "),
        "during slow headers": endless(OK + b"x-drip: ", b"x"),
        "during endless interim responses": endless(b"", b"HTTP/1.1 102 Processing\r\n\r\n"),
    },
    "5xx with too long a wait": {"": api(503, ServerError, retry_after="30")},
    "a response that is too large": {
        "(bytes)": unexpected(http(200, zeros(2), content_encoding="gzip")),
        "(rows)": unexpected(http(200, b'{"success": true, "data": [%b0]}' % (b"0," * 10_000))),
    },
    "JSON without `success`": {
        "(an empty object)": unexpected(http(200, b"{}")),
        "(only data)": unexpected(http(200, b'{"data": {}}')),
        "(true as a string)": unexpected(http(200, b'{"success": "true", "data": {}}')),
        "(null)": unexpected(http(200, b'{"success": null, "data": {}}')),
    },
    "a redirect to the result": {
        "303": redirect(303),
        "300": redirect(300),
        "304": unexpected(http(304)),
    },
    "any other redirect": {
        **{f"{status}": redirect(status) for status in (301, 302, 307, 308)},
        "to another host": redirect(302, "http://127.0.0.1:9/v1"),
        "to the same URL": redirect(301, ""),
        "to a file": redirect(302, "file:///etc/passwd"),
        "without a location": unexpected(http(302)),
    },
    "`success: false`": {"": unexpected(http(200, b'{"success": false, "error": "nope"}'))},
    "other 4xx": {
        "400": api(400, BadRequestError),
        "401": api(401, AuthenticationError),
        "402": api(402, ApiError),
        "403": api(403, PermissionDeniedError),
        "404": api(404, NotFoundError),
        "405": api(405, ApiError),
        "409": api(409, ApiError),
        "410": api(410, GoneError),
        "413": api(413, ApiError),
        "415": api(415, ApiError),
        "422": api(422, BadRequestError),
        "499": api(499, ApiError),
        "400 with an HTML page": html(400, BadRequestError),
        "401 without a body": Fault((http(401),), AuthenticationError),
        "402 with a list": Fault((http(402, b"[5]"),), ApiError),
        "409 with a short wait": api(409, ApiError, retry_after="0.01"),
    },
    "429 with too long a wait": {"": limited(retry_after="30")},
    "429 for the daily budget": {
        "in the message": api(429, DailyBudgetExhaustedError, "daily request budget exceeded"),
        "in a header": api(429, DailyBudgetExhaustedError, x_daily_ratelimit_token_remaining="0"),
        "with a long wait": api(429, DailyBudgetExhaustedError, retry_after="3939"),
    },
    "403 that is not from Pipedrive's API": {
        "(a page)": html(403, BlockedError),
        "(a page after white space)": html(403, BlockedError, b"\r\n <html>"),
        "(a line of text)": Fault((http(403, b"error code: 1015"),), BlockedError),
        "(empty)": Fault((http(403),), BlockedError),
        "(problem details)": Fault(
            (http(403, b'{"title": "Forbidden"}', content_type="application/problem+json"),),
            BlockedError,
        ),
    },
}
"""The forms of each fault; the first one represents them all."""
