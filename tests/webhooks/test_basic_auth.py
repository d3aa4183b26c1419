"""Test that `check_basic_auth` accepts the credentials of a webhook, and no others."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipedrive_leads_async.errors import InvalidRequestError
from pipedrive_leads_async.webhooks import check_basic_auth


def basic(username: str, password: str, scheme: str = "Basic") -> str:
    """Return the header of a webhook with these credentials."""
    return f"{scheme} {base64.b64encode(f'{username}:{password}'.encode()).decode()}"


@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC", "Basic "])
@pytest.mark.parametrize("password", ["secret", "pass:word", "pässwörd \N{SNOWMAN}"])
def test_check_accepts_the_credentials_of_the_webhook(scheme: str, password: str) -> None:
    assert check_basic_auth(basic("pipedrive", password, scheme), "pipedrive", password) is True


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Basic",
        "Basic ",
        basic("pipedrive", "Secret"),
        basic("pipedrive", "secret "),
        basic("pipedrive", ""),
        basic("", "secret"),
        basic("pipedrive", "secret", "Bearer"),
        basic("pipedrive", "secret")[:-1],
        basic("pipedrive", "secret").replace(" ", ""),
        "Basic not base64 \N{SNOWMAN}",
        "Basic \udcff\udc80",
        "\x00" * 10_000,
    ],
)
def test_check_refuses_other_credentials(header: str | None) -> None:
    assert check_basic_auth(header, "pipedrive", "secret") is False


def test_header_can_be_bytes_as_in_the_scope_of_a_server() -> None:
    header = basic("pipedrive", "pässwörd").encode()
    assert check_basic_auth(header, "pipedrive", "pässwörd") is True
    assert check_basic_auth(header, "pipedrive", "password") is False
    assert check_basic_auth(b"Basic \xff\x80", "pipedrive", "password") is False


@pytest.mark.parametrize(
    ("header", "kind"), [(5, "int"), (0, "int"), (["x"], "list"), ({"x": 1}, "dict"), ({}, "dict")]
)
def test_header_of_another_type_is_refused(header: Any, kind: str) -> None:
    with pytest.raises(TypeError, match=f"^header must be a str, bytes or None, got {kind}$"):
        check_basic_auth(header, "pipedrive", "secret")


@given(header=st.text())
def test_malformed_header_raises_no_error(header: str) -> None:
    assert check_basic_auth(header, "pipedrive", "secret") is False


@pytest.mark.parametrize(("username", "password"), [("", "secret"), ("pipedrive", "")])
def test_empty_username_or_password_is_refused(username: str, password: str) -> None:
    with pytest.raises(InvalidRequestError, match=r"^(username|password) is empty"):
        check_basic_auth(basic(username, password), username, password)


@pytest.mark.parametrize("given", ["old secret", "new secret"])
def test_old_and_new_password_are_accepted_while_one_replaces_the_other(given: str) -> None:
    header = basic("pipedrive", given)
    assert check_basic_auth(header, "pipedrive", ["old secret", "new secret"]) is True
    assert check_basic_auth(header, "pipedrive", iter(["new secret", "old secret"])) is True
    assert check_basic_auth(header, "pipedrive", ["another secret"]) is False
    assert check_basic_auth(header, "somebody", ["old secret", "new secret"]) is False


@pytest.mark.parametrize(
    ("passwords", "error", "message"),
    [
        ([], InvalidRequestError, "password is an empty list: pass at least one"),
        (["secret", ""], InvalidRequestError, r"password\[1\] is empty"),
        (["secret", None], TypeError, r"password\[1\] must be a str, got NoneType"),
        (None, TypeError, "password must be a str or a list of them, got NoneType"),
        (b"secret", TypeError, "password must be a str or a list of them, got bytes"),
    ],
)
def test_invalid_passwords_are_refused_although_another_one_fits(
    passwords: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=f"^{message}"):
        check_basic_auth(basic("pipedrive", "secret"), "pipedrive", passwords)
