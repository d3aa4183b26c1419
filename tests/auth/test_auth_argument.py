"""Test which values `LeadsClient(auth=…)` accepts."""

from __future__ import annotations

import pytest

from pipedrive_leads_async import AccessToken, ApiToken, ConfigurationError, OAuth2
from pipedrive_leads_async._shared.secrets import Secret
from pipedrive_leads_async.auth._auth_argument import (
    FROM_ENVIRONMENT,
    TOKEN_VARIABLE,
    FromEnvironment,
    read_credential,
)
from tests.support.token_server import CLIENT_ID, CLIENT_SECRET, REDIRECT_URI

TOKEN = "0123456789abcdefcanary"


def test_default_is_the_token_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    assert read_credential(FROM_ENVIRONMENT) == ApiToken(TOKEN).__credential__()
    assert repr(FROM_ENVIRONMENT) == "<the environment's PIPEDRIVE_API_TOKEN>"


@pytest.mark.parametrize("value", [None, ""], ids=["unset", "empty"])
def test_environment_without_a_token_is_an_error_that_names_the_variable(
    value: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)
    if value is not None:
        monkeypatch.setenv(TOKEN_VARIABLE, value)
    with pytest.raises(ConfigurationError, match=r"^auth is left out and PIPEDRIVE_API_TOKEN is"):
        read_credential(FROM_ENVIRONMENT)


@pytest.mark.parametrize(("auth", "kind"), [(None, "None"), ("", "empty")])
def test_empty_argument_does_not_fall_back_to_the_environment(
    auth: object, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    with pytest.raises(ConfigurationError, match=f"^auth is {kind}: pass a token") as caught:
        read_credential(auth)
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize(
    "auth",
    [
        ApiToken(TOKEN),
        AccessToken(f"v1u:{TOKEN}"),
        OAuth2(CLIENT_ID, CLIENT_SECRET, REDIRECT_URI),
    ],
    ids=lambda auth: type(auth).__name__,
)
def test_credential_objects_are_accepted(auth: ApiToken | AccessToken | OAuth2) -> None:
    assert read_credential(auth) == auth.__credential__()


def test_string_is_an_api_token() -> None:
    assert read_credential(TOKEN) == ApiToken(TOKEN).__credential__()


@pytest.mark.parametrize("from_environment", [False, True])
def test_access_token_as_api_token_is_refused_by_a_message_without_it(
    monkeypatch: pytest.MonkeyPatch, *, from_environment: bool
) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, f"v1u:{TOKEN}")
    name, auth = (
        (TOKEN_VARIABLE, FROM_ENVIRONMENT) if from_environment else ("auth", f"v1u:{TOKEN}")
    )
    with pytest.raises(
        ConfigurationError,
        match=rf"^{name} looks like .*v1u:.*: pass auth=AccessToken\(\.\.\.\)$",
    ) as caught:
        read_credential(auth)
    assert TOKEN not in f"{caught.value!r}{caught.value}"


def test_message_about_a_token_with_blanks_names_its_source(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, f"{TOKEN} ")
    for name, auth in ((TOKEN_VARIABLE, FROM_ENVIRONMENT), ("auth", f"{TOKEN} ")):
        with pytest.raises(ConfigurationError, match=f"^{name} has blanks"):
            read_credential(auth)


@pytest.mark.parametrize(
    "auth", [5, b"token", ["token"], Secret(TOKEN), FromEnvironment, ApiToken, OAuth2, object()]
)
def test_value_of_another_type_is_a_type_error(auth: object) -> None:
    kinds = r"a str \(an API token\), ApiToken, AccessToken or OAuth2"
    got = f"the class {auth.__name__}: write" if isinstance(auth, type) else type(auth).__name__
    with pytest.raises(TypeError, match=f"^auth must be {kinds}, got {got}") as caught:
        read_credential(auth)
    assert TOKEN not in str(caught.value)
