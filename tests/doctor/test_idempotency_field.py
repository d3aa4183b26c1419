"""Test how the doctor checks the custom field for idempotency keys."""

from __future__ import annotations

import pytest

from pipedrive_leads_async.sandbox import Sandbox
from tests.doctor.doctor_run import DoctorRun, run_doctor

CAMPAIGN = "3ce5b1409718d65a8adc965be1f0da8821d8b9ab"
SEATS = "befdcfc4f54b8410b8d9105ba6d44658fd5965b9"
UNKNOWN = "0" * 40


def check(sandbox: Sandbox, field: str) -> DoctorRun:
    arguments = f"--base-url={sandbox.url}", f"--idempotency-field={field}"
    return run_doctor(*arguments, PIPEDRIVE_API_TOKEN=sandbox.api_token)


def test_text_field_is_reported_by_name(sandbox: Sandbox) -> None:
    run = check(sandbox, CAMPAIGN)
    assert "ok idempotency field: Campaign, of the type varchar" in run.lines
    assert run.code == 0


def test_field_is_read_from_the_environment(sandbox: Sandbox) -> None:
    run = run_doctor(
        f"--base-url={sandbox.url}",
        PIPEDRIVE_API_TOKEN=sandbox.api_token,
        PIPEDRIVE_IDEMPOTENCY_FIELD=CAMPAIGN,
    )
    assert "ok idempotency field: Campaign, of the type varchar" in run.lines


def test_field_that_does_not_exist_is_a_failure_that_lists_the_text_fields(
    sandbox: Sandbox,
) -> None:
    run = check(sandbox, UNKNOWN)
    [failure] = run.failures
    assert failure.startswith(f"FAIL idempotency field: leads have no custom field {UNKNOWN}")
    assert f"{CAMPAIGN} (Campaign)." in failure
    assert SEATS not in failure
    assert run.code == 1


def test_field_of_another_type_is_a_failure(sandbox: Sandbox) -> None:
    [failure] = check(sandbox, SEATS).failures
    assert failure.startswith("FAIL idempotency field: Seats is of the type double Keys need")


@pytest.mark.parametrize("field", ["Campaign", CAMPAIGN[:-1]])
def test_text_that_is_not_the_key_of_a_field_sends_nothing(sandbox: Sandbox, field: str) -> None:
    run = check(sandbox, field)
    assert run.failures[0].startswith("FAIL idempotency_field must be the 40 lower-case")
    assert not sandbox.requests


@pytest.mark.parametrize("arguments", [(), ("--idempotency-field=",)], ids=["absent", "empty"])
def test_field_is_not_checked_if_none_is_named(
    sandbox: Sandbox, arguments: tuple[str, ...]
) -> None:
    url = f"--base-url={sandbox.url}"
    run = run_doctor(url, *arguments, PIPEDRIVE_API_TOKEN=sandbox.api_token)
    assert not [line for line in run.lines if "idempotency" in line]
    assert "getLeadFields" not in [request.operation for request in sandbox.requests]


def test_refused_request_for_the_fields_is_a_failure(sandbox: Sandbox) -> None:
    sandbox.fail("getLeadFields", status=403)
    [failure] = check(sandbox, CAMPAIGN).failures
    assert failure.startswith("FAIL idempotency field: getLeadFields: Pipedrive returned 403")
