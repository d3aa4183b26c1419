"""Test that the controls of the sandbox refuse invalid arguments."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from pipedrive_leads_async.sandbox import Sandbox


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"leads": -1}, "leads must be at least 0, got -1"),
        ({"burst": (0, 2.0)}, "burst must be at least 1, got 0"),
        ({"burst": (1, 0.0)}, "burst must be more than 0 seconds"),
        ({"burst": (1, float("nan"))}, "burst must be a number of seconds"),
        ({"daily_tokens": -1}, "daily_tokens must be at least 0, got -1"),
    ],
)
def test_account_arguments_out_of_range_are_refused(arguments: Any, message: str) -> None:
    for create in (Sandbox, Sandbox(leads=0).add_account):
        with pytest.raises(ValueError, match=message):
            create(**arguments)


def test_negative_token_lifetime_is_refused() -> None:
    with pytest.raises(
        ValueError, match="access_token_lifetime must be a number of seconds, 0 or more"
    ):
        Sandbox(access_token_lifetime=-1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"leads": "50"}, "leads must be an int, got str"),
        ({"leads": True}, "leads must be an int, got bool"),
        ({"burst": 20}, r"burst must be a tuple \(requests, seconds\) or None, got 20"),
        ({"burst": (20,)}, r"burst must be a tuple .*, got \(20,\)"),
        ({"burst": (20.0, 2.0)}, "burst must be an int, got float"),
        ({"burst": (20, "2")}, "burst must be a number of seconds, got str"),
        ({"daily_tokens": 1.5}, "daily_tokens must be an int, got float"),
        ({"seed": "x"}, "seed must be an int, got str"),
    ],
)
def test_account_arguments_of_wrong_types_are_refused(arguments: Any, message: str) -> None:
    for create in (Sandbox, Sandbox(leads=0).add_account):
        with pytest.raises(TypeError, match=message):
            create(**arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"honours_archived_status": "no"}, "honours_archived_status must be a bool, got str"),
        (
            {"access_token_lifetime": "60"},
            "access_token_lifetime must be a number of seconds, got str",
        ),
        ({"rotate_refresh_tokens": 1}, "rotate_refresh_tokens must be a bool, got int"),
    ],
)
def test_server_arguments_of_wrong_types_are_refused(arguments: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        Sandbox(**arguments)


@pytest.mark.parametrize(("port", "error"), [("80", TypeError), (70_000, ValueError)])
def test_invalid_port_is_refused(port: Any, error: type[Exception]) -> None:
    sandbox = Sandbox(leads=0)
    with pytest.raises(error, match="port must be "):
        sandbox.start(port=port)
    assert repr(sandbox) == "<Sandbox not running>"


@pytest.mark.parametrize(
    ("control", "arguments", "message"),
    [
        ("delete_lead", {"id": 5}, "id must be a str, got int"),
        ("archive_lead", {"id": {}}, "id must be a str, got dict"),
        ("block", {"times": "2"}, "times must be an int, got str"),
        ("add_lead", {"add_time": dt.date(2027, 1, 31)}, "dates as text: .*date is not JSON"),
        ("add_lead", {"id": ["x"]}, "id must be a str, got list"),
        ("add_deal", {"value": {1}}, "fields must hold JSON values"),
        ("add_person", {"emails": {1}}, "fields must hold JSON values"),
        ("add_custom_field", {"name": 5, "field_type": "text"}, "name must be a str, got int"),
        (
            "add_custom_field",
            {"name": "x", "field_type": "enum", "options": "Hot"},
            "options must be a list of labels, got str",
        ),
        (
            "add_custom_field",
            {"name": "x", "field_type": "enum", "options": 5},
            "options must be a list of labels, got int",
        ),
        (
            "add_custom_field",
            {"name": "x", "field_type": "enum", "options": [5]},
            "a label of options must be a str, got int",
        ),
        ("plan_conversions", {"polls": "2"}, "polls must be an int, got str"),
        ("log_in", {"allows": None}, "allows must be a bool, got NoneType"),
        ("token_reply", {"expires_in": {1}}, "fields must hold JSON values"),
        ("token_reply", {"without": "scope"}, "without must be a list of names, got str"),
        ("token_reply", {"without": [None]}, "a name of without must be a str, got NoneType"),
    ],
)
def test_control_names_its_argument_of_the_wrong_type(
    control: str, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(TypeError, match=message):
        getattr(Sandbox(leads=1), control)(**arguments)


@pytest.mark.parametrize(
    ("control", "arguments", "message"),
    [
        ("delete_lead", {"id": " "}, "id is empty"),
        ("block", {"times": 0}, "times must be at least 1, got 0"),
        ("add_deal", {"id": 7}, "id is set by the sandbox"),
        ("add_person", {"id": 7}, "id is set by the sandbox"),
        ("add_custom_field", {"name": "", "field_type": "text"}, "name is empty"),
        (
            "add_custom_field",
            {"name": "x", "field_type": "color"},
            "field_type must be one of .*varchar",
        ),
        (
            "add_custom_field",
            {"name": "x", "field_type": "enum"},
            "options must not be empty for enum and set",
        ),
        (
            "add_custom_field",
            {"name": "x", "field_type": "text", "options": ["Hot"]},
            "options must not be empty for enum and set",
        ),
        ("plan_conversions", {"polls": -1}, "polls must be at least 0, got -1"),
        (
            "plan_conversions",
            {"outcome": "done"},
            "outcome must be one of completed, failed, rejected",
        ),
    ],
)
def test_control_names_its_argument_with_an_invalid_value(
    control: str, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        getattr(Sandbox(leads=1), control)(**arguments)


def test_sandbox_stays_usable_after_a_refused_control() -> None:
    sandbox = Sandbox(leads=1)
    with pytest.raises(TypeError):
        sandbox.add_lead(add_time=dt.date(2027, 1, 31))
    assert sandbox.add_lead(title="Next") == sandbox.leads[-1]
    assert len(sandbox.leads) == 2
