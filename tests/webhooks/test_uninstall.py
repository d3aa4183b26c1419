"""Test that `parse_uninstall` accepts the request of an uninstalled app, and no other."""

from __future__ import annotations

import base64
import datetime as dt
import json
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipedrive_leads_async import InvalidRequestError
from pipedrive_leads_async.webhooks import AppUninstalled, parse_uninstall

ID: Final = "0dca3d9d16a1ca3d"
SECRET: Final = "canary7f3a9c5e1b2d4f60718293a4b5c6d7e8f9"
NOON: Final = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
BODY: Final[dict[str, Any]] = {
    "client_id": ID,
    "company_id": 7780468,
    "user_id": 11884360,
    "timestamp": "2026-11-23T12:00:00.000Z",
}


def basic(id: str = ID, secret: str = SECRET, scheme: str = "Basic") -> str:
    return f"{scheme} {base64.b64encode(f'{id}:{secret}'.encode()).decode()}"


RIGHT: Final = basic()


def parse(body: Any, authorization: Any = RIGHT) -> AppUninstalled:
    return parse_uninstall(body, authorization, client_id=ID, client_secret=SECRET)


@pytest.mark.parametrize("body", [json.dumps(BODY), json.dumps({**BODY, "new": [1]}).encode()])
@pytest.mark.parametrize("scheme", ["Basic", "basic"])
def test_request_of_an_uninstalled_app_is_parsed(body: str | bytes, scheme: str) -> None:
    event = parse(body, basic(scheme=scheme))
    assert event == AppUninstalled(company_id=7780468, user_id=11884360, timestamp=NOON)


@pytest.mark.parametrize(
    "time",
    [
        "2026-11-23T12:00:00Z",
        "2026-11-23T14:00:00+02:00",
        "2026-11-23 12:00:00",
        1795435200,
        1795435200000,
        1795435200.0,
        "1795435200",
        "1795435200000",
    ],
    ids=repr,
)
def test_each_form_of_the_time_is_read_in_utc(time: object) -> None:
    event = parse(json.dumps({**BODY, "timestamp": time}))
    assert (event.timestamp, event.timestamp.tzinfo) == (NOON, dt.UTC)


def test_ids_can_be_texts() -> None:
    event = parse(json.dumps({**BODY, "company_id": "7780468", "user_id": "11884360"}))
    assert (event.company_id, event.user_id) == (7780468, 11884360)


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Basic",
        basic()[:-4],
        basic(secret=SECRET[:-1]),
        basic(secret=""),
        basic(id="another"),
        basic(scheme="Bearer"),
        f"Basic {SECRET}",
        "Basic \udcff",
    ],
)
@pytest.mark.parametrize("body", [json.dumps(BODY), "no JSON"])
def test_missing_or_wrong_credentials_are_refused(body: str, authorization: str | None) -> None:
    with pytest.raises(PermissionError, match="does not have the client id and secret") as caught:
        parse(body, authorization)
    assert caught.value.args == (str(caught.value),)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("id", ["another", "", ID.upper(), None, 5, [ID], "\ud800"])
def test_request_about_another_app_is_refused(id: object) -> None:
    with pytest.raises(PermissionError, match="is about another app"):
        parse(json.dumps({**BODY, "client_id": id}))
    without = {name: value for name, value in BODY.items() if name != "client_id"}
    with pytest.raises(PermissionError, match="is about another app"):
        parse(json.dumps(without))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("", "body is not JSON"),
        (json.dumps(BODY)[:-1], "body is not JSON"),
        (b"\xff", "body is not JSON"),
        ("[5]", "body is not a JSON object"),
        ("[" * 100_000, "body .*, so Pipedrive has not sent it"),
    ],
    ids=["empty", "truncated", "no UTF-8", "list", "deep"],
)
def test_body_that_is_no_json_object_is_refused(body: str | bytes, message: str) -> None:
    with pytest.raises(InvalidRequestError, match=f"^{message}"):
        parse(body)


@pytest.mark.parametrize("name", ["company_id", "user_id", "timestamp"])
@pytest.mark.parametrize(
    "value",
    [None, True, "", "x", "-5", "\u0661", "1" * 30 + "x", [5], {"id": 5}, 1.5e300],
    ids=repr,
)
def test_body_without_a_valid_value_is_refused_by_its_name(name: str, value: object) -> None:
    with pytest.raises(InvalidRequestError, match=f"^body has no (valid )?{name}"):
        parse(json.dumps({**BODY, name: value}))


@pytest.mark.parametrize("name", ["company_id", "user_id"])
@pytest.mark.parametrize("value", ["1" * 19, 0, "0", -5], ids=repr)
def test_id_that_is_too_long_or_not_positive_is_refused(name: str, value: object) -> None:
    with pytest.raises(InvalidRequestError, match=f"^body has no {name}"):
        parse(json.dumps({**BODY, name: value}))


@given(st.text() | st.binary())
def test_other_body_raises_no_other_error(body: str | bytes) -> None:
    with pytest.raises((InvalidRequestError, PermissionError)):
        parse(body)


def test_invalid_argument_is_refused() -> None:
    wrong: Any
    for id, secret, message in ((" ", SECRET, "client_id"), (ID, "", "client_secret")):
        with pytest.raises(InvalidRequestError, match=f"^{message} is empty"):
            parse_uninstall(json.dumps(BODY), basic(), client_id=id, client_secret=secret)
    wrong = BODY
    with pytest.raises(TypeError, match=r"^body must be bytes or a str, got dict"):
        parse(wrong)
    wrong = [basic()]
    with pytest.raises(TypeError, match=r"^authorization must be a str, bytes or None, got"):
        parse(json.dumps(BODY), wrong)
