"""Test that a token which was pasted with something around it is refused at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest

from pipedrive_leads_async import (
    AccessToken,
    ApiToken,
    ConfigurationError,
    LeadsClient,
    OAuth2,
    Token,
)
from pipedrive_leads_async.auth._auth_argument import TOKEN_VARIABLE

TOKEN: Final = "canary0123456789abcdef"

SOURCES: Final[dict[str, tuple[str, Callable[[str], Any]]]] = {
    "auth": ("auth", LeadsClient),
    "ApiToken": ("token", ApiToken),
    "AccessToken": ("token", AccessToken),
    "Token": ("access_token", Token),
    "refresh token": ("refresh_token", lambda text: Token("access", text)),
    "client id": ("client_id", lambda text: OAuth2(text, "secret", "https://example.com")),
    "client secret": ("client_secret", lambda text: OAuth2("id", text, "https://example.com")),
}


@pytest.mark.parametrize(("name", "create"), SOURCES.values(), ids=SOURCES)
@pytest.mark.parametrize("text", ["'{}'", '"{}"', "`{}`", '"{}', "{}'", ' "{}" ', '"{}"\n'])
def test_token_in_quotes_is_refused(text: str, name: str, create: Callable[[str], Any]) -> None:
    with pytest.raises(ConfigurationError, match=f"^{name} is in quotes: remove them$"):
        create(text.format(TOKEN))


@pytest.mark.parametrize(("name", "create"), SOURCES.values(), ids=SOURCES)
@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Bearer {}", "Bearer"),
        ("bearer\t{}", "bearer"),
        ("Bearer%20{}", "Bearer%20"),
        ("Bearer:{}", "Bearer:"),
        ("Basic {}", "Basic"),
        ("Authorization: Bearer {}", "Authorization:"),
        ("x-api-token:{}", "x-api-token:"),
        ("X-API-Token: {}", "X-API-Token:"),
        (" x-api-token={}", "x-api-token="),
        ("api_token={}", "api_token="),
        ("PIPEDRIVE_API_TOKEN={}", "PIPEDRIVE_API_TOKEN="),
        ("access_token={}", "access_token="),
        ("client_secret={}", "client_secret="),
    ],
)
def test_token_after_the_name_of_its_header_is_refused(
    text: str, label: str, name: str, create: Callable[[str], Any]
) -> None:
    message = f"^{name} begins with '{label}': pass only the value after it$"
    with pytest.raises(ConfigurationError, match=message):
        create(text.format(TOKEN))


@pytest.mark.parametrize("text", [f"'{TOKEN}'", f'"{TOKEN}"', f"Bearer {TOKEN}"])
def test_environment_variable_with_a_pasted_token_is_named(
    monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, text)
    with pytest.raises(ConfigurationError, match=f"^{TOKEN_VARIABLE} (is in quotes|begins with)"):
        LeadsClient()


@pytest.mark.parametrize(
    "token", ["v1u:AQIBAHj-LzTNK2yu_A==", "bearer-of-news", "a'b", "1:1:0d1f2e", "basic"]
)
def test_token_that_only_resembles_a_pasted_one_is_accepted(token: str) -> None:
    assert AccessToken(token).token.reveal() == token
