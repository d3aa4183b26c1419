"""A credential is sent and never seen; a wrong one is refused without repeating it."""

from __future__ import annotations

import copy
import json
import logging
import pickle
import traceback
from collections.abc import Callable
from typing import Any

import attrs
import cattrs
import pytest
from multidict import CIMultiDict, CIMultiDictProxy

from pipedrive_leads_async import AccessToken, ApiToken, ConfigurationError
from pipedrive_leads_async.auth import (
    FROM_ENVIRONMENT,
    TOKEN_VARIABLE,
    FromEnvironment,
    Secret,
    SecretHeader,
    read_credential,
)

TOKEN = "0123456789abcdefcanary"
HOLDERS: list[Any] = [Secret(TOKEN), ApiToken(TOKEN), AccessToken(TOKEN)]

WAYS_TO_SHOW: dict[str, Callable[[Any], str]] = {
    "repr": repr,
    "str": str,
    "ascii": ascii,
    "format": lambda holder: f"{holder}",
    "format with a width": lambda holder: f"{holder!r:>40}",
    "percent": lambda holder: "%s" % holder,  # noqa: UP031 - a way to show it
    "within others": lambda holder: f"{[holder]} {({'auth': holder},)}",
    "json": lambda holder: json.dumps(holder, default=repr),
    "cattrs": lambda holder: repr(cattrs.unstructure(holder)),
}


@pytest.mark.parametrize("holder", HOLDERS, ids=lambda holder: type(holder).__name__)
@pytest.mark.parametrize("show", WAYS_TO_SHOW.values(), ids=WAYS_TO_SHOW)
def test_a_secret_is_not_shown(holder: Any, show: Callable[[Any], str]) -> None:
    assert TOKEN not in show(holder)


@pytest.mark.parametrize("credential", [ApiToken(TOKEN), AccessToken(TOKEN)])
def test_a_credential_as_a_dict_still_hides_it(credential: Any) -> None:
    assert TOKEN not in repr(attrs.asdict(credential))
    assert TOKEN not in repr(attrs.astuple(credential))


@pytest.mark.parametrize("holder", HOLDERS, ids=lambda holder: type(holder).__name__)
def test_a_secret_leaves_neither_by_pickle_nor_json_nor_vars(holder: Any) -> None:
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError, match=r"pickle|state"):
            pickle.dumps(holder, protocol)
    with pytest.raises(TypeError, match="JSON serializable"):
        json.dumps(holder)
    with pytest.raises(TypeError, match="__dict__"):
        vars(holder)


def test_a_format_that_a_secret_does_not_know_does_not_show_it() -> None:
    with pytest.raises(TypeError) as caught:
        f"{Secret(TOKEN):>40}"
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize("holder", HOLDERS, ids=lambda holder: type(holder).__name__)
def test_secrets_are_copied_compared_and_hashed_by_their_text(holder: Any) -> None:
    assert copy.copy(holder) == copy.deepcopy(holder) == holder == type(holder)(TOKEN)
    assert hash(type(holder)(TOKEN)) == hash(holder)
    assert holder != type(holder)("another")
    assert holder != TOKEN


def test_credentials_of_another_kind_are_another_credential() -> None:
    assert len({ApiToken(TOKEN), AccessToken(TOKEN)}) == 2


def test_a_secret_reveals_itself_where_it_is_sent() -> None:
    assert Secret(TOKEN).reveal() == TOKEN
    assert ApiToken(TOKEN).header() == ("x-api-token", TOKEN)
    assert AccessToken(TOKEN).header() == ("Authorization", f"Bearer {TOKEN}")
    assert attrs.evolve(ApiToken(TOKEN)).header() == ("x-api-token", TOKEN)


def test_headers_are_redacted_wherever_they_are_printed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    plain: dict[str, str] = dict([ApiToken(TOKEN).header()])
    for headers in (plain, CIMultiDict(plain), CIMultiDictProxy(CIMultiDict(plain))):
        logging.getLogger("test").warning("%s %r", headers, headers)
        assert TOKEN not in f"{headers} {headers!r} {list(headers.items())}"
        assert headers["x-api-token"] == TOKEN
    assert "x-api-token" in caplog.text
    assert TOKEN not in caplog.text


def test_a_traceback_with_locals_shows_no_header() -> None:
    def send(headers: Any) -> None:
        raise ConnectionError

    with pytest.raises(ConnectionError) as caught:
        send({"x-api-token": SecretHeader(TOKEN)})
    frames = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    report = "".join(frames.format())
    assert "headers" in report
    assert TOKEN not in report


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
    with pytest.raises(ConfigurationError, match=r"^token has blanks, line breaks or") as caught:
        cls(token)
    assert TOKEN not in f"{caught.value!r} {caught.value}"
    assert caught.value.__cause__ is caught.value.__context__ is None


@pytest.mark.parametrize("cls", [ApiToken, AccessToken])
def test_an_empty_token_and_one_of_another_type_are_refused(cls: type[Any]) -> None:
    with pytest.raises(ConfigurationError, match=r"^token is empty$"):
        cls("")
    for other in (None, 5, b"token"):
        with pytest.raises(TypeError, match=f"^token is a str, got {type(other).__name__}$"):
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
    auth = FROM_ENVIRONMENT if from_environment else f"v1u:{TOKEN}"
    with pytest.raises(
        ConfigurationError, match=r"v1u:.*: give auth AccessToken\(\.\.\.\)"
    ) as caught:
        read_credential(auth)
    assert TOKEN not in f"{caught.value!r}{caught.value}"


@pytest.mark.parametrize("auth", [5, b"token", ["token"], Secret(TOKEN), FromEnvironment, object()])
def test_anything_else_is_a_type_error(auth: object) -> None:
    with pytest.raises(TypeError, match=r"^auth is a str .*, got ") as caught:
        read_credential(auth)
    assert TOKEN not in str(caught.value)
