"""A credential is sent as it is; a wrong one is refused without repeating it."""

from __future__ import annotations

import copy
from typing import Any

import attrs
import pytest

from pipedrive_leads_async import AccessToken, ApiToken, ConfigurationError
from pipedrive_leads_async._http.authorization import Credential
from pipedrive_leads_async._shared.secrets import Secret
from pipedrive_leads_async.auth._credentials import (
    FROM_ENVIRONMENT,
    TOKEN_VARIABLE,
    FromEnvironment,
    read_credential,
)

TOKEN = "0123456789abcdefcanary"


@pytest.mark.parametrize("holder", [ApiToken(TOKEN), AccessToken(TOKEN)])
def test_credentials_are_copied_compared_and_hashed_by_their_text(holder: Any) -> None:
    assert copy.copy(holder) == copy.deepcopy(holder) == holder == type(holder)(TOKEN)
    assert hash(type(holder)(TOKEN)) == hash(holder)
    assert holder != type(holder)("another")
    assert holder != TOKEN


def test_credentials_of_another_kind_are_another_credential() -> None:
    assert len({ApiToken(TOKEN), AccessToken(TOKEN)}) == 2


def test_a_credential_is_the_header_that_a_request_carries() -> None:
    assert ApiToken(TOKEN).header() == ("x-api-token", TOKEN)
    assert AccessToken(TOKEN).header() == ("Authorization", f"Bearer {TOKEN}")
    assert attrs.evolve(ApiToken(TOKEN)).header() == ("x-api-token", TOKEN)


@pytest.mark.parametrize(
    ("credential", "header"),
    [
        (ApiToken(TOKEN), ("x-api-token", TOKEN)),
        (AccessToken(TOKEN), ("Authorization", f"Bearer {TOKEN}")),
    ],
    ids=["API token", "access token"],
)
async def test_a_token_lets_every_request_in_and_there_is_no_other(
    credential: Credential, header: tuple[str, str]
) -> None:
    authorization = await credential.authorization()
    assert (authorization.name, authorization.value) == header
    assert await credential.renewed(authorization) is None


@pytest.mark.parametrize("cls", [ApiToken, AccessToken])
@pytest.mark.parametrize(
    "token",
    [
        f"{TOKEN} ",
        f" {TOKEN}",
        f"{TOKEN}\n",
        f"{TOKEN}\r\nX-Evil: 1",
        f"{TOKEN}\x00",
        f"{TOKEN}\x7f",
        f"{TOKEN}\u00e9",
        f"{TOKEN}\u200b",
        f"\ufeff{TOKEN}",
        f"{TOKEN}\ud800",
        f"Bearer {TOKEN}",
        " ",
    ],
)
def test_a_token_with_something_around_it_is_refused_without_repeating_it(
    cls: type[Any], token: str
) -> None:
    around = r"^token has blanks, line breaks or .*: copy it again, without what is around it$"
    with pytest.raises(ConfigurationError, match=around) as caught:
        cls(token)
    assert TOKEN not in f"{caught.value!r} {caught.value}"
    assert caught.value.__cause__ is caught.value.__context__ is None


@pytest.mark.parametrize("cls", [ApiToken, AccessToken])
def test_an_empty_token_and_one_of_another_type_are_refused(cls: type[Any]) -> None:
    with pytest.raises(ConfigurationError, match=r"^token is empty$"):
        cls("")
    for other in (None, 5, b"token"):
        with pytest.raises(TypeError, match=f"^token must be a str, got {type(other).__name__}$"):
            cls(other)


# What `LeadsClient(auth)` takes.


def test_left_out_it_is_the_environments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    assert read_credential(FROM_ENVIRONMENT) == ApiToken(TOKEN)
    assert repr(FROM_ENVIRONMENT) == "<the environment's PIPEDRIVE_API_TOKEN>"


@pytest.mark.parametrize("value", [None, ""])
def test_an_environment_without_a_token_is_an_error_that_names_the_variable(
    value: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)
    if value is not None:
        monkeypatch.setenv(TOKEN_VARIABLE, value)
    with pytest.raises(ConfigurationError, match=r"^auth is left out and PIPEDRIVE_API_TOKEN is"):
        read_credential(FROM_ENVIRONMENT)


@pytest.mark.parametrize(("auth", "what"), [(None, "None"), ("", "empty")])
def test_a_tenant_without_a_token_does_not_act_as_the_operator(
    auth: object, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, TOKEN)
    with pytest.raises(ConfigurationError, match=f"^auth is {what}: give it a token") as caught:
        read_credential(auth)
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize("auth", [ApiToken(TOKEN), AccessToken(f"v1u:{TOKEN}")])
def test_a_credential_is_taken_as_it_is(auth: object) -> None:
    assert read_credential(auth) is auth


def test_a_string_is_an_api_token() -> None:
    assert read_credential(TOKEN) == ApiToken(TOKEN)


@pytest.mark.parametrize("from_environment", [False, True])
def test_an_access_token_given_as_an_api_token_is_refused_without_repeating_it(
    monkeypatch: pytest.MonkeyPatch, *, from_environment: bool
) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, f"v1u:{TOKEN}")
    name, auth = (
        (TOKEN_VARIABLE, FROM_ENVIRONMENT) if from_environment else ("auth", f"v1u:{TOKEN}")
    )
    with pytest.raises(
        ConfigurationError,
        match=rf"^{name} looks like .*v1u:.*: give auth AccessToken\(\.\.\.\)$",
    ) as caught:
        read_credential(auth)
    assert TOKEN not in f"{caught.value!r}{caught.value}"


def test_a_token_that_cannot_be_sent_is_named_by_where_it_came_from(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, f"{TOKEN} ")
    for name, auth in ((TOKEN_VARIABLE, FROM_ENVIRONMENT), ("auth", f"{TOKEN} ")):
        with pytest.raises(ConfigurationError, match=f"^{name} has blanks"):
            read_credential(auth)


@pytest.mark.parametrize("auth", [5, b"token", ["token"], Secret(TOKEN), FromEnvironment, object()])
def test_anything_else_is_a_type_error(auth: object) -> None:
    kinds = r"a str \(an API token\), ApiToken, AccessToken or OAuth2"
    with pytest.raises(
        TypeError, match=f"^auth must be {kinds}, got {type(auth).__name__}$"
    ) as caught:
        read_credential(auth)
    assert TOKEN not in str(caught.value)
