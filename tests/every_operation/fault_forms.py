"""The ways in which a request goes wrong, as a server does them, and the error of each."""

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
from tests.support.network_failures import OPEN, Road
from tests.support.raw_server import End, ScriptedResponse, failure, http

PATIENT: Final = Timeouts(deadline=20.0)


@dataclass(frozen=True)
class Fault:
    """What a server does instead of answering as it should.

    Attributes:
        answer: What it does.
        error: What that is for the caller, or the cause of it.
        is_free: Whether the next attempt costs none, as Pipedrive said how long to wait.
        timeout: The patience of the client.
        road: The way to the server, on which a request may not even get there.
    """

    answer: ScriptedResponse
    error: type[PipedriveError]
    is_free: bool = False
    timeout: Timeouts = PATIENT
    road: Road = OPEN

    @property
    def is_sent(self) -> bool:
        """Whether a request that meets it gets to the server."""
        return self.road is OPEN


def astray(road: Road, error: type[PipedriveError] = ConnectionFailedError) -> Fault:
    return Fault((), error, road=road)


def stuck(road: Road) -> Fault:
    return Fault((), RequestTimeoutError, timeout=Timeouts(connect=0.5), road=road)


def api(status: int, error: type[ApiError], text: str = "no", **headers: str) -> Fault:
    return Fault((failure(status, text, **headers),), error)


def limited(**headers: str) -> Fault:
    return api(429, RateLimitedError, "request over limit", **headers)


def limited_for(**headers: str) -> Fault:
    return replace(limited(**headers), is_free=True)


def page(status: int, error: type[ApiError], text: bytes = b"<!DOCTYPE html>") -> Fault:
    return Fault((http(status, text, content_type="text/html"),), error)


def broken(*answer: bytes | float | End) -> Fault:
    return Fault(answer, ConnectionFailedError)


def hanging(*answer: bytes) -> Fault:
    return Fault((*answer, End.HANG), RequestTimeoutError, timeout=Timeouts(read=0.3))


def endless(beginning: bytes, piece: bytes) -> Fault:
    """Never pause for long, and never come to an end."""
    drops = (piece, 0.01) * 500
    return Fault((beginning, *drops), RequestTimeoutError, timeout=Timeouts(deadline=0.4))


def unexpected(*answer: bytes | float | End) -> Fault:
    return Fault(answer, UnexpectedResponseError)


def redirect(status: int, location: str = "/v1/elsewhere") -> Fault:
    return unexpected(http(status, location=location))


def zeros(mebibytes: int) -> bytes:
    """Compress so many mebibytes of zeros without having them all."""
    compressor = zlib.compressobj(wbits=31)
    pieces = [compressor.compress(bytes(1 << 20)) for _ in range(mebibytes)]
    return b"".join(pieces) + compressor.flush()


OK: Final = b"HTTP/1.1 200 OK\r\n"
NINE: Final = OK + b"content-length: 9\r\n\r\n"
CHUNKED: Final = OK + b"transfer-encoding: chunked\r\n\r\n"
TODAY: Final = "Mon, 02 Feb 2026 10:00:00 GMT"

FORMS: Final[dict[str, dict[str, Fault]]] = {
    "refused": {"": astray(network_failures.REFUSED)},
    "name lookup": {
        "that finds nothing": astray(network_failures.NOT_FOUND),
        "that hangs": stuck(network_failures.NO_ANSWER),
    },
    "TLS handshake": {"": stuck(network_failures.SILENCE)},
    "a certificate that does not hold": {
        "as nobody known signed it": astray(network_failures.UNKNOWN_SIGNER, CertificateError),
        "as it is of another name": astray(network_failures.ANOTHER_NAME, CertificateError),
        "as no version of TLS is common": astray(
            network_failures.ANOTHER_VERSION, CertificateError
        ),
        "as there is none": astray(network_failures.NO_TLS, CertificateError),
    },
    "408": {"": api(408, ApiError)},
    "425": {"": api(425, ApiError)},
    "429": {
        "in seconds": limited_for(retry_after="0.01"),
        "by the burst window": limited_for(x_ratelimit_reset="0.01"),
        "until a date": limited_for(retry_after=TODAY, date=TODAY),
        "until a date without today's": limited(retry_after=TODAY),
        "without a word": limited(),
        "without a body": Fault((http(429),), RateLimitedError),
        "in words": limited(retry_after="soon"),
        "less than no time": limited(retry_after="-1"),
        "not a number": limited(retry_after="nan"),
        "for ever": limited(retry_after="1e309"),
        "until the year 100000": limited(retry_after=TODAY.replace("2026", "100000")),
    },
    "5xx": {
        **{f"{status}": api(status, ServerError) for status in (500, 501, 502, 503, 504)},
        **{f"{status}": api(status, ServerError) for status in (*range(520, 525), 530, 999)},
        "503, try again": api(503, ServerError, retry_after="0.01"),
        "502 as a page": page(502, ServerError),
        "500 and too large": Fault((http(500, zeros(2), content_encoding="gzip"),), ServerError),
    },
    "a timeout": {
        "before the answer": hanging(),
        "in the headers": hanging(b"HTTP/1.1 200 OK\r\nx-half"),
        "in the body": hanging(NINE + b"{"),
    },
    "a connection that broke after sending": {
        "closed": broken(End.FIN),
        "reset": broken(End.RST),
        "closed in the headers": broken(OK, End.FIN),
        "closed in the body": broken(NINE + b"{}", End.FIN),
        "reset in the body": broken(NINE + b"{}", 0.01, End.RST),
        "closed between chunks": broken(CHUNKED + b"2\r\n{}\r\n", End.FIN),
        "a chunk of no size": broken(CHUNKED + b"zz\r\n{}\r\n", End.FIN),
        "not gzip": broken(http(200, b"not one", content_encoding="gzip")),
        "not HTTP": broken(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"),
        "HTTP/0.9": broken(b'{"success": true}\r\n\r\n', End.FIN),
        "a length of many": broken(OK + b"content-length: many\r\n\r\n"),
        "two lengths": broken(OK + b"content-length: 2\r\ncontent-length: 3\r\n\r\n{}"),
        "a header of 100 kB": broken(OK + b"x: " + b"x" * 100_000 + b"\r\n\r\n"),
        "1000 headers": broken(OK + b"x: x\r\n" * 1000 + b"\r\n", End.FIN),
    },
    "an answer that is not JSON": {
        "half of it": unexpected(http(200, b'{"success": true, "da')),
        "a page": unexpected(http(200, b"<!DOCTYPE html>", content_type="text/html")),
        "empty": unexpected(http(200)),
        "no content": unexpected(http(204)),
        "null": unexpected(http(200, b"null")),
        "a list": unexpected(http(200, b"[]")),
        "half of its compression": unexpected(
            http(200, gzip.compress(b'{"success": true}')[:14], content_encoding="gzip")
        ),
    },
    "the deadline": {
        "in a body that drips": endless(OK + b"content-length: 9999\r\n\r\n", b" "),
        "in headers that drip": endless(OK + b"x-drip: ", b"x"),
        "in answers that are none": endless(b"", b"HTTP/1.1 102 Processing\r\n\r\n"),
    },
    "5xx that asks for too long a wait": {"": api(503, ServerError, retry_after="30")},
    "an answer larger than 32 MiB": {"": unexpected(http(200, zeros(2), content_encoding="gzip"))},
    "JSON without `success`": {
        "nothing at all": unexpected(http(200, b"{}")),
        "only data": unexpected(http(200, b'{"data": {}}')),
        "true as a text": unexpected(http(200, b'{"success": "true", "data": {}}')),
        "null": unexpected(http(200, b'{"success": null, "data": {}}')),
    },
    "a redirect to what was done": {
        "303": redirect(303),
        "300": redirect(300),
        "304": unexpected(http(304)),
    },
    "a redirect": {
        **{f"{status}": redirect(status) for status in (301, 302, 307, 308)},
        "to another host": redirect(302, "http://127.0.0.1:9/v1"),
        "to itself": redirect(301, ""),
        "to a file": redirect(302, "file:///etc/passwd"),
        "to nowhere": unexpected(http(302)),
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
        "400 as a page": page(400, BadRequestError),
        "401 without a body": Fault((http(401),), AuthenticationError),
        "402 as a list": Fault((http(402, b"[5]"),), ApiError),
        "409, try again": api(409, ApiError, retry_after="0.01"),
    },
    "429 that asks for too long a wait": {"": limited(retry_after="30")},
    "429 for the daily budget": {
        "by its words": api(429, DailyBudgetExhaustedError, "daily request budget exceeded"),
        "by its header": api(429, DailyBudgetExhaustedError, x_daily_ratelimit_token_remaining="0"),
        "by the length of the wait": api(429, DailyBudgetExhaustedError, retry_after="3939"),
    },
    "403 as a page": {
        "": page(403, BlockedError),
        "after a blank": page(403, BlockedError, b"\r\n <html>"),
    },
}
"""The ways in which each fault happens; the first stands for all of them."""
