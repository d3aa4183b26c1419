"""Test `Token`: its arguments, its JSON, its redaction, and its `api_domain`."""

from __future__ import annotations

import copy
import datetime as dt
import json
import math
import pickle
import traceback
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipedrive_leads_async._http.base_url import BaseUrl
from pipedrive_leads_async._shared.secrets import Secret
from pipedrive_leads_async.auth import Token
from pipedrive_leads_async.auth._token import company_url
from pipedrive_leads_async.errors import ConfigurationError

ACCESS, REFRESH = "v1u:canary-access", "1:1:canary-refresh"
AT = dt.datetime(2026, 1, 1, 12, 30, 15, 250000, dt.UTC)
TOKEN = Token(
    access_token=ACCESS,
    refresh_token=REFRESH,
    expires_at=AT,
    scope="base,leads:full",
    api_domain="https://acme.pipedrive.com",
)


def made(**fields: Any) -> Token:
    return Token(**fields)


def test_attributes_besides_the_access_token_are_optional() -> None:
    token = Token(ACCESS)
    assert token.access_token.reveal() == ACCESS
    others = (token.refresh_token, token.expires_at, token.scope, token.api_domain)
    assert others == (None, None, None, None)


def test_tokens_are_accepted_as_str_or_secret() -> None:
    assert Token(Secret(ACCESS), Secret(REFRESH)) == Token(ACCESS, REFRESH)
    assert attrs.evolve(TOKEN, scope="base").access_token.reveal() == ACCESS
    assert copy.deepcopy(TOKEN) == TOKEN
    assert hash(copy.copy(TOKEN)) == hash(TOKEN)


@pytest.mark.parametrize("seconds", [AT.timestamp(), int(AT.timestamp())])
def test_expires_at_is_accepted_in_seconds_since_1970(seconds: float) -> None:
    at = Token(ACCESS, expires_at=seconds).expires_at
    assert at is not None
    assert at.timestamp() == seconds
    assert at.utcoffset() == dt.timedelta()


def test_expires_at_is_converted_to_utc() -> None:
    # In the hour that repeats at the end of daylight saving time, datetimes of two zones are
    # never equal.
    at = dt.datetime(2026, 10, 25, 3, 30, tzinfo=ZoneInfo("Europe/Tallinn"))
    token = Token(ACCESS, expires_at=at)
    assert token.expires_at == dt.datetime(2026, 10, 25, 0, 30, tzinfo=dt.UTC)
    assert Token.from_json(token.to_json()) == token


def test_expires_at_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"^expires_at has no time zone: pass an aware"):
        Token(ACCESS, expires_at=dt.datetime(2026, 1, 1))  # noqa: DTZ001 - the refused value


@pytest.mark.parametrize(
    "seconds",
    [math.nan, math.inf, -math.inf, 1e300, AT.timestamp() * 1000, 10**17, 10**30, 10**400],
)
def test_expires_at_out_of_range_is_refused(seconds: float) -> None:
    with pytest.raises(
        ConfigurationError, match=r"^expires_at (is out of range|must be a finite num)"
    ):
        Token(ACCESS, expires_at=seconds)


@pytest.mark.parametrize("value", [True, "2026-01-01T00:00:00Z", dt.date(2026, 1, 1)])
def test_expires_at_of_another_type_is_refused(value: Any) -> None:
    kind = type(value).__name__
    with pytest.raises(
        TypeError, match=rf"^expires_at must be a (number|datetime)\b.*, got {kind}\b"
    ):
        Token(ACCESS, expires_at=value)


@pytest.mark.parametrize("name", ["access_token", "refresh_token"])
@pytest.mark.parametrize("text", [f"{ACCESS} ", f"{ACCESS}\n", f"{ACCESS}\u00e9", ""])
def test_token_with_blanks_is_refused_by_a_message_without_it(name: str, text: str) -> None:
    with pytest.raises(ConfigurationError, match=f"^{name} (has blanks|is empty)") as caught:
        made(**{"access_token": "x", name: text})
    assert "canary" not in f"{caught.value!r}{caught.value}"


@pytest.mark.parametrize("name", ["access_token", "refresh_token", "scope", "api_domain"])
def test_attribute_of_another_type_is_refused(name: str) -> None:
    with pytest.raises(TypeError, match=f"^{name} must be a? ?str, got int$"):
        made(**{"access_token": "x", name: 5})


texts = st.none() | st.text()
tokens = st.builds(
    Token,
    st.just(ACCESS),
    refresh_token=st.none() | st.just(REFRESH),
    expires_at=st.none() | st.datetimes(timezones=st.just(dt.UTC)),
    scope=texts,
    api_domain=texts,
)


@given(tokens)
def test_from_json_inverts_to_json(token: Token) -> None:
    assert Token.from_json(token.to_json()) == token


def test_to_json_returns_plain_json() -> None:
    assert json.loads(TOKEN.to_json()) == {
        "access_token": ACCESS,
        "refresh_token": REFRESH,
        "expires_at": "2026-01-01T12:30:15.250000+00:00",
        "scope": "base,leads:full",
        "api_domain": "https://acme.pipedrive.com",
    }


def test_from_json_ignores_keys_of_later_versions() -> None:
    data = {"access_token": ACCESS, "expires_at": AT.timestamp(), "token_type": "Bearer"}
    assert Token.from_json(json.dumps(data)) == Token(ACCESS, expires_at=AT)
    with_a_long_int = f'{{"access_token": "{ACCESS}", "serial": {"9" * 5000}}}'
    assert Token.from_json(with_a_long_int) == Token(ACCESS)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "it is not a JSON object"),
        ('{"access_token": "v1u:canary', "it is not a JSON object"),
        ('["v1u:canary"]', "it is not a JSON object"),
        ("[" * 100_000, "it is not a JSON object"),
        ('"v1u:canary"', "it is not a JSON object"),
        ('{"refresh_token": "canary"}', "an attribute is missing or of another type"),
        ('{"access_token": 5, "scope": "canary"}', "an attribute is missing or of another type"),
        (
            '{"access_token": "canary", "expires_at": "tomorrow"}',
            "an attribute is missing or of another type",
        ),
        (
            '{"access_token": "canary", "expires_at": [5]}',
            "an attribute is missing or of another type",
        ),
        (
            '{"access_token": "canary", "expires_at": "2026-01-01T00:00:00"}',
            "expires_at has no time zone: pass an aware datetime, such as datetime.now(UTC)",
        ),
        (
            '{"access_token": "canary", "expires_at": NaN}',
            "expires_at must be a finite number, got nan",
        ),
        ('{"access_token": "canary\\n"}', "access_token has blanks, line breaks or"),
    ],
)
def test_from_json_refuses_other_text_by_a_message_without_it(text: str, reason: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Token.from_json(text)
    assert str(caught.value).startswith(f"text was not written by Token.to_json: {reason}")
    assert caught.value.__cause__ is caught.value.__context__ is None
    frames = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    shown = [str(frame.locals) for frame in frames.stack if "/tests/" not in frame.filename]
    assert shown
    assert "canary" not in f"{shown}{caught.value!r}"


def test_from_json_refuses_bytes() -> None:
    text: Any = TOKEN.to_json().encode()
    with pytest.raises(TypeError, match=r"^text must be a str, got bytes$"):
        Token.from_json(text)


def test_token_shows_its_secrets_only_in_to_json() -> None:
    shown = f"{TOKEN} {TOKEN!r} {attrs.asdict(TOKEN)} {attrs.astuple(TOKEN)}"
    assert "canary" not in shown
    assert "base,leads:full" in shown
    with pytest.raises(TypeError, match="pickle"):
        pickle.dumps(TOKEN)
    with pytest.raises(TypeError, match="__dict__"):
        vars(TOKEN)


@pytest.mark.parametrize(
    ("api_domain", "root"),
    [
        ("https://acme.pipedrive.com", "https://acme.pipedrive.com/api/v1"),
        ("https://a.pipedrive.com", "https://a.pipedrive.com/api/v1"),
        ("https://acme-2.pipedrive.com", "https://acme-2.pipedrive.com/api/v1"),
        ("https://api.pipedrive.com", "https://api.pipedrive.com/v1"),
    ],
)
def test_company_url_is_the_api_domain(api_domain: str, root: str) -> None:
    assert company_url(api_domain) == BaseUrl.parse(root)


def test_token_without_api_domain_has_no_company_url() -> None:
    assert company_url(None) is None


@pytest.mark.parametrize(
    "api_domain",
    [
        "https://acme.pipedrive.com@evil.com",
        "https://user:canary@acme.pipedrive.com",
        "https://evil.com#.pipedrive.com",
        "https://evil.com?.pipedrive.com",
        "https://evil.com/.pipedrive.com",
        "https://evil.com\\.pipedrive.com",
        "https://evilpipedrive.com",
        "https://pipedrive.com",
        "https://.pipedrive.com",
        "https://-.pipedrive.com",
        "https://acme-.pipedrive.com",
        "https://a.b.pipedrive.com",
        "https://pipedrive.com.evil.com",
        "https://acme.pipedrive.com.evil.com",
        "https://acme.pipedrive.com\t.evil.com",
        "https://acme.pipedrive.com\n",
        " https://acme.pipedrive.com",
        "https://acme.pipedrive.com.",
        "https://acme.pipedrive.com:443",
        "https://acme.pipedrive.com:8443",
        "https://acme.pipedrive.com/",
        "https://acme.pipedrive.com/v1",
        "https://acme.pipedrive.com?a=b",
        "https://acme.pipedrive.com#a",
        "https://ACME.pipedrive.com",
        "https://evil\u3002com/acme.pipedrive.com",
        "https://evil\uff0ecom.pipedrive.com",
        "https://\u0430cme.pipedrive.com",
        f"https://{'a' * 64}.pipedrive.com",
        "https://2130706433",
        "https://127.0.0.1",
        "http://acme.pipedrive.com",
        "http://https://acme.pipedrive.com",
        "https://https://acme.pipedrive.com",
        "acme.pipedrive.com",
        "//acme.pipedrive.com",
        "",
    ],
)
def test_api_domain_that_resembles_a_company_host_is_ignored(
    api_domain: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert company_url(api_domain) is None
    assert [record.name for record in caplog.records] == ["pipedrive_leads_async"]
    assert caplog.messages == [
        "the api_domain of a token is ignored: not https://<company>.pipedrive.com"
    ]
