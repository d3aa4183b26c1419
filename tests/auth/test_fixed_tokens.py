"""Test `ApiToken` and `AccessToken`."""

from __future__ import annotations

import copy
from typing import Any

import attrs
import pytest

from pipedrive_leads_async import AccessToken, ApiToken, ConfigurationError

TOKEN = "0123456789abcdefcanary"


@pytest.mark.parametrize("kind", [ApiToken, AccessToken])
def test_tokens_are_copied_compared_and_hashed_by_their_text(kind: Any) -> None:
    token = kind(TOKEN)
    assert copy.copy(token) == copy.deepcopy(token) == attrs.evolve(token) == token == kind(TOKEN)
    assert hash(kind(TOKEN)) == hash(token)
    assert token != kind("another")
    assert token != TOKEN


@pytest.mark.parametrize("kind", [ApiToken, AccessToken])
def test_credentials_are_compared_and_hashed_by_their_header(kind: Any) -> None:
    credential = kind(TOKEN).__credential__()
    assert credential == kind(TOKEN).__credential__()
    assert hash(credential) == hash(kind(TOKEN).__credential__())
    assert credential != kind("another").__credential__()


def test_tokens_of_two_kinds_with_the_same_text_differ() -> None:
    api, access = ApiToken(TOKEN), AccessToken(TOKEN)
    assert len({api, access}) == 2
    assert len({api.__credential__(), access.__credential__()}) == 2


@pytest.mark.parametrize(
    ("token", "header"),
    [
        (ApiToken(TOKEN), ("x-api-token", TOKEN)),
        (AccessToken(TOKEN), ("Authorization", f"Bearer {TOKEN}")),
        (attrs.evolve(ApiToken(TOKEN)), ("x-api-token", TOKEN)),
    ],
    ids=["API", "access", "evolved"],
)
async def test_fixed_token_is_sent_with_every_request_and_not_renewed(
    token: ApiToken | AccessToken, header: tuple[str, str]
) -> None:
    credential = token.__credential__()
    authorization = await credential.authorization()
    assert (authorization.name, authorization.value) == header
    assert await credential.renew(authorization) is None


@pytest.mark.parametrize("token", [ApiToken(TOKEN), AccessToken(TOKEN)], ids=["API", "access"])
def test_repr_of_a_token_and_of_its_credential_is_redacted(token: ApiToken | AccessToken) -> None:
    assert "canary" not in f"{token!r} {token} {token.__credential__()!r}"


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
        " ",
    ],
)
def test_token_with_blanks_is_refused_by_a_message_without_the_token(
    cls: type[Any], token: str
) -> None:
    message = (
        r"^token has blanks, line breaks or characters outside ASCII: "
        r"copy it again, without the characters around it$"
    )
    with pytest.raises(ConfigurationError, match=message) as caught:
        cls(token)
    assert TOKEN not in f"{caught.value!r} {caught.value}"
    assert caught.value.__cause__ is caught.value.__context__ is None


@pytest.mark.parametrize("cls", [ApiToken, AccessToken])
def test_token_that_is_empty_or_of_another_type_is_refused(cls: type[Any]) -> None:
    with pytest.raises(ConfigurationError, match=r"^token is empty: pass a value$"):
        cls("")
    for other in (None, 5, b"token"):
        with pytest.raises(TypeError, match=f"^token must be a str, got {type(other).__name__}$"):
            cls(other)
