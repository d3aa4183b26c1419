"""Test how a response is read: as an envelope, or as the error that it reports."""

from __future__ import annotations

import json
import pickle
from contextlib import suppress
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipedrive_leads_async import (
    ApiError,
    AuthenticationError,
    BadRequestError,
    BlockedError,
    DailyBudgetExhaustedError,
    DecodeError,
    GoneError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitedError,
    ServerError,
    UnexpectedResponseError,
)
from pipedrive_leads_async._http.envelope import check_status, read_envelope
from pipedrive_leads_async._http.message import Response
from pipedrive_leads_async._http.pagination import Pagination, peek_pagination, read_pagination
from pipedrive_leads_async._shared.secrets import SecretHeader
from tests.support.responses import BURST, REQUEST, error_of, make_response

RECORDED = json.loads((Path(__file__).parents[1] / "data" / "errors.json").read_text())
HTML = (
    b"<!DOCTYPE html>\n<html><body>This error is produced by Cloudflare. "
    b"See troubleshooting guide here.</body></html>"
)


# Success


@pytest.mark.parametrize("status", [200, 201, 202, 299])
@pytest.mark.parametrize("data", [None, [], {}, [1], {"id": "x"}, 0, "text"])
def test_successful_envelope_is_returned(status: int, data: object) -> None:
    envelope = {"success": True, "data": data, "additional_data": None}
    assert read_envelope(make_response(status, envelope)) == envelope


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        HTML,
        b"[]",
        b'"success"',
        b"true",
        b"null",
        b"1",
        b'[{"success": true}]',
        b'{"success": true',
        b'{"success": true, "data": NaN}',
        b'{"success": true, "data": "\xff"}',
        b'{"success": true} trailing',
        b'{"success":' * 200_000,
    ],
    ids=lambda body: repr(body[:30]),
)
@pytest.mark.parametrize("status", [200, 201, 202])
def test_body_other_than_a_json_object_is_unexpected(status: int, body: bytes) -> None:
    error = error_of(make_response(status, body))
    assert type(error) is UnexpectedResponseError
    assert str(error) == f"the response with status {status} is not a JSON object"
    assert (error.status, error.refused, error.garbled) == (status, False, True)


@pytest.mark.parametrize("success", [False, None, "true", 1, 1.0, [True], {}])
def test_success_with_another_value_than_true_is_unexpected(success: object) -> None:
    error = error_of(make_response(200, {"success": success, "data": []}))
    assert type(error) is UnexpectedResponseError
    assert str(error) == "the response with status 200 does not have success: true"
    assert (error.status, error.refused) == (200, success is False)
    assert not error.garbled


def test_missing_success_is_not_a_refusal() -> None:
    assert not error_of(make_response(200, {"data": []})).refused
    assert not error_of(make_response(200, {})).refused


def test_refusal_with_status_200_repeats_the_error_text() -> None:
    error = error_of(make_response(200, {"success": False, "error": "limit " + "x" * 500}))
    text = "limit " + "x" * 194
    assert str(error) == f"the response with status 200 does not have success: true: {text}"


# Errors


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, BadRequestError),
        (401, AuthenticationError),
        (402, ApiError),
        (404, NotFoundError),
        (405, ApiError),
        (409, ApiError),
        (410, GoneError),
        (415, ApiError),
        (422, BadRequestError),
        (429, RateLimitedError),
        (499, ApiError),
        (500, ServerError),
        (502, ServerError),
        (503, ServerError),
        (524, ServerError),
        (599, ServerError),
        (600, ServerError),
    ],
)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not JSON",
        b"[1]",
        b"null",
        b'{"success": true, "data": {}}',
        b'{"error": {"message": "nested"}, "code": 5}',
    ],
)
def test_status_selects_the_error_class_for_any_body(
    status: int, kind: type[ApiError], body: bytes
) -> None:
    error = error_of(make_response(status, body))
    assert type(error) is kind
    assert (error.status, error.error, error.error_info, error.code) == (status, None, None, None)
    assert str(error) == f"Pipedrive returned {status}"


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda recorded: recorded["body"]["error"])
def test_recorded_error_is_read(recorded: dict[str, Any]) -> None:
    status, body = recorded["status"], recorded["body"]
    error = error_of(make_response(status, body))

    message, _, _ = str(error).partition(". The request needs the scope leads:read: ")
    assert message == f"Pipedrive returned {status}: {body['error']}"
    assert (error.error, error.error_info) == (body["error"], body.get("error_info"))
    assert error.code == body.get("code")
    assert vars(pickle.loads(pickle.dumps(error))) == vars(error)


def test_recorded_errors_have_their_documented_classes() -> None:
    kinds: list[type[Any]] = [
        type(error_of(make_response(each["status"], each["body"]))) for each in RECORDED
    ]
    assert kinds == [
        AuthenticationError,
        PermissionDeniedError,
        PermissionDeniedError,
        NotFoundError,
        BadRequestError,
        RateLimitedError,
        DailyBudgetExhaustedError,
    ]


def test_code_is_read_but_error_code_is_not() -> None:
    assert error_of(make_response(400, {"code": "ERR_SCHEMA_VALIDATION_FAILED"})).code == (
        "ERR_SCHEMA_VALIDATION_FAILED"
    )
    assert error_of(make_response(401, {"errorCode": 401})).code is None


@pytest.mark.parametrize("credential", ["Bearer canary", "canary"])
def test_credential_is_hidden_in_an_error_text_but_other_headers_are_not(credential: str) -> None:
    headers = {"any": SecretHeader(credential), "Content-Type": "application/json"}
    refused = make_response(415, {"error": "application/json of canary for Bearer is not taken"})
    error = error_of(attrs.evolve(refused, request=attrs.evolve(REQUEST, headers=headers)))
    assert error.error == "application/json of *** for Bearer is not taken"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"error": "No lead.", "error_info": "x is odd"}, "No lead. x is odd"),
        ({"error_info": "x is odd"}, "x is odd"),
        ({"error": "Bad request", "error_info": "Please check our site."}, "Bad request"),
    ],
)
def test_message_of_a_bad_request_has_the_reason_in_error_info(
    body: dict[str, Any], reason: str
) -> None:
    assert str(error_of(make_response(400, body))) == f"Pipedrive returned 400: {reason}"


def test_long_error_texts_are_cut() -> None:
    long = "x" * 100_000
    error = error_of(make_response(400, {"error": long, "error_info": long, "code": long}))
    assert str(error) == f"Pipedrive returned 400: {'x' * 200}"
    assert len(error.error) == len(error.error_info) == len(error.code) == 2048


def test_error_text_of_a_megabyte_is_left_out() -> None:
    body = {"success": False, "error": "x" * 1_000_000}
    with pytest.raises(UnexpectedResponseError) as caught:
        read_envelope(make_response(200, body))
    assert str(caught.value) == "the response with status 200 does not have success: true"


BLOCKS: dict[str, Any] = {
    "page": HTML,
    "page after white space": b"\r\n  <html>",
    "beginning of a page": b"<",
    "text": b"error code: 1015",
    "empty body": b"",
    "list": b"[]",
    "null": b"null",
    "empty object": {},
    "problem details": {"type": "about:blank", "title": "Forbidden", "status": 403},
    "error without success": {"error": "Forbidden"},
    "success without error": {"success": False},
    "error that is no text": {"success": False, "error": {"code": 1020}},
    "empty error": {"success": False, "error": ""},
    "success: true": {"success": True, "error": "Forbidden"},
    "truncated error": b'{"success": false, "error": "You do not',
}


@pytest.mark.parametrize("body", BLOCKS.values(), ids=BLOCKS)
def test_403_without_an_error_of_the_api_is_a_blocked_error(body: Any) -> None:
    error = error_of(make_response(403, body))
    assert type(error) is BlockedError
    assert error.status == 403
    assert str(error).startswith("Pipedrive returned 403")
    assert str(error).endswith(": its edge, not its API, blocks this client: stop sending requests")


@pytest.mark.parametrize("status", [204, 205])
def test_success_without_a_body_is_a_deletion_nothing_or_an_unread_change(status: int) -> None:
    def response(method: str) -> Response:
        return attrs.evolve(make_response(status), request=attrs.evolve(REQUEST, method=method))

    assert read_envelope(response("DELETE")) == {"success": True, "data": None}
    with pytest.raises(NotFoundError, match=f"returned {status}: there is nothing here") as nothing:
        read_envelope(response("GET"))
    assert nothing.value.status == status
    for method in ("PATCH", "PUT", "POST"):
        with pytest.raises(DecodeError, match=r"carried out the request, .* do not send it again"):
            read_envelope(response(method))


@pytest.mark.parametrize("status", [400, 401, 404, 500, 502])
def test_html_page_with_another_status_is_not_a_blocked_error(status: int) -> None:
    assert not isinstance(error_of(make_response(status, HTML)), BlockedError)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry_after": "2.5", "x_ratelimit_reset": "7"}, 2.5),
        ({"retry_after": "soon", "x_ratelimit_reset": "7"}, 7.0),
        ({"retry_after": "-1", "x_ratelimit_reset": "nonsense"}, None),
        (
            {
                "retry_after": "Wed, 21 Oct 2015 07:28:30 GMT",
                "date": "Wed, 21 Oct 2015 07:28:00 GMT",
            },
            30.0,
        ),
    ],
)
def test_error_has_the_seconds_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    assert error_of(make_response(429, BURST, **headers)).retry_after == seconds


def test_request_id_is_the_correlation_id() -> None:
    assert make_response(200, b"", X_Correlation_Id="abc").request_id == "abc"
    assert make_response(200).request_id is None


# Redirects


@pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308, 399])
def test_redirect_is_unexpected(status: int) -> None:
    error = error_of(make_response(status, location="https://evil.com/v1/leads"))
    assert type(error) is UnexpectedResponseError
    assert error.status == status
    assert str(error) == (
        "the response is a redirect to https://evil.com/v1/leads, which is not followed, because "
        "the credential would be sent there: check the URL"
    )


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("https://user:secret@evil.com/a?token=secret#secret", " to https://evil.com/a"),
        ("https://evil.com:8443?secret", " to https://evil.com"),
        ("https://evil.com:secret/", " to https://evil.com/"),
        ("/login?token=secret", " to /login"),
        ("/" + "a" * 300, " to /" + "a" * 195),
        ("?token=secret", ""),
        ("user:secret@evil.com/a", ""),
        ("https:user:secret@evil.com/a", ""),
        ("https://[secret", ""),
        ("https://[::1]secret.evil.com/a", ""),
        ("https://[::1]:8443/a", " to https://::1/a"),
        ("", ""),
        ("https://evil.com/" + "x" * 1000, " to https://evil.com/" + "x" * 179),
    ],
)
def test_redirect_message_omits_query_and_user_info(location: str, target: str) -> None:
    error = error_of(make_response(302, location=location))
    assert str(error) == (
        f"the response is a redirect{target}, which is not followed, because "
        "the credential would be sent there: check the URL"
    )
    assert "secret" not in f"{error!r}"


def test_redirect_without_a_location_is_unexpected() -> None:
    assert str(error_of(make_response(304))).startswith(
        "the response is a redirect, which is not followed"
    )


def test_status_2xx_passes() -> None:
    for status in (200, 201, 204, 299):
        check_status(make_response(status))


@pytest.mark.parametrize(
    ("additional_data", "expected"),
    [
        (
            {"pagination": {"more_items_in_collection": True, "next_start": 2}},
            Pagination(more=True, next_start=2),
        ),
        ({"start": 0, "limit": 2, "more_items_in_collection": True}, Pagination(more=True)),
        ({"pagination": None}, Pagination()),
        (None, Pagination()),
    ],
)
def test_page_has_its_pagination(additional_data: Any, expected: Pagination) -> None:
    page: dict[str, Any] = {"success": True, "data": [], "additional_data": additional_data}
    response = make_response(200, page)
    assert read_pagination(additional_data) == peek_pagination(response) == expected


def test_truncated_page_is_unexpected() -> None:
    body = (Path(__file__).parents[1] / "data" / "leads.json").read_bytes().strip()
    for end in range(len(body)):
        for read in (read_envelope, peek_pagination):
            with pytest.raises(UnexpectedResponseError):
                read(make_response(200, body[:end]))
    assert read_envelope(make_response(200, body))["success"]


envelopes = st.fixed_dictionaries(
    {},
    optional={
        "success": st.booleans() | st.none(),
        "data": st.lists(st.text(max_size=3), max_size=2) | st.none(),
        "error": st.text(max_size=3) | st.integers(),
        "additional_data": st.none() | st.dictionaries(st.text(max_size=3), st.integers()),
    },
).map(lambda envelope: json.dumps(envelope).encode())


@given(st.integers(200, 599), st.binary() | envelopes)
def test_any_response_is_an_envelope_or_a_typed_error(status: int, body: bytes) -> None:
    if status < 300:
        with suppress(UnexpectedResponseError, NotFoundError):
            assert read_envelope(make_response(status, body))["success"] is True
    else:
        assert isinstance(error_of(make_response(status, body)), UnexpectedResponseError | ApiError)
