"""Test that `Redactor` removes secrets in all their forms, and nothing else."""

from __future__ import annotations

import time
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipedrive_leads_async._shared.redactor import Redactor, secrets_of_header
from pipedrive_leads_async._shared.secrets import SecretHeader, basic_authorization
from tests.support.secrets.repeated import echo_of

TOKEN: Final = "7f3a9c5e+1b/2d=4f'60"
PASSWORD: Final = "pass word:with/all&kinds+\"of'=\\%"

SECRETS: Final = st.text(st.characters(exclude_categories=["Cs"]), min_size=6, max_size=60)


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        (TOKEN, "***"),
        (f"the token {TOKEN} is wrong", "the token *** is wrong"),
        (f"{TOKEN}{TOKEN}, {TOKEN}", "******, ***"),
        (f"\u0130{TOKEN.upper()}\u0130", "\u0130***\u0130"),
        ("7f3a9c5e%2b1b%2f2d%3D4f%2760", "***"),
        ("/to/7f3a9c5e%2B1b/2d%3D4f%2760", "/to/***"),
        ("next=7f3a9c5e%252B1b%252F2d%253D4f%252760", "next=***"),
        ("7f3a9c5e+1b\\/2d=4f'60", "***"),
        ("7f3a9c5e+1b/2d=4f&#x27;60", "***"),
        ("N2YzYTljNWUrMWIvMmQ9NGYnNjA=", "***A="),
        ("7f3a9c5e+1b/2d=4f'6", "7f3a9c5e+1b/2d=4f'6"),
        ("an ordinary text of a server", "an ordinary text of a server"),
        ("", ""),
    ],
)
def test_secret_is_replaced_in_every_form(text: str, cleaned: str) -> None:
    assert Redactor([TOKEN]).text(text) == cleaned


@given(SECRETS, st.text(max_size=20), st.text(max_size=20))
def test_no_form_of_any_secret_is_left(secret: str, before: str, after: str) -> None:
    cleaned = Redactor([secret]).text(f"{before}{echo_of(secret)}{after}")
    assert secret.lower() not in cleaned.lower().replace("***", "")


@given(st.lists(SECRETS, max_size=3), st.text())
def test_text_without_a_secret_is_not_changed(secrets: list[str], text: str) -> None:
    harmless = "".join(letter for letter in text if not any(letter in each for each in secrets))
    assert Redactor(secrets).text(harmless) == harmless


@pytest.mark.parametrize("short", ["", "a", "ab", "token"])
def test_short_secret_does_not_blank_ordinary_words(short: str) -> None:
    text = "the API token is wrong: a, ab"
    assert Redactor([short]).text(text) == text


def test_longest_of_several_secrets_is_replaced_first() -> None:
    assert Redactor(["secret", "secret-and-more"]).text("secret-and-more secret") == "*** ***"


@pytest.mark.parametrize(
    ("header", "secrets"),
    [
        (SecretHeader("abcdef"), {"abcdef", ""}),
        (SecretHeader("Bearer abcdef"), {"Bearer abcdef", "abcdef"}),
        (
            basic_authorization("me", "a:b"),
            {"Basic bWU6YTpi", "bWU6YTpi", "me:a:b", "me", "a:b"},
        ),
    ],
)
def test_parts_of_an_authorization_header_are_secrets(
    header: SecretHeader, secrets: set[str]
) -> None:
    assert set(secrets_of_header(header)) == secrets


def test_base64_of_basic_is_removed_with_and_without_the_word() -> None:
    header = basic_authorization("client-id", PASSWORD)
    redactor = Redactor(secrets_of_header(header))
    base64 = header.partition(" ")[2]
    for text in (header, base64, f"client-id:{PASSWORD}", PASSWORD, "client-id"):
        assert redactor.text(f"<{text}>") == "<***>"


def test_json_is_copied_and_cleaned_in_keys_and_values() -> None:
    value: Any = {"id": 5, TOKEN: [TOKEN, {"note": f"x{TOKEN}"}, None, 1.5, True]}
    before = str(value)
    cleaned = Redactor([TOKEN]).json(value)
    assert cleaned == {"id": 5, "***": ["***", {"note": "x***"}, None, 1.5, True]}
    assert str(value) == before
    assert Redactor([TOKEN]).json(TOKEN) == "***"


def test_json_of_any_depth_is_cleaned() -> None:
    value: Any = TOKEN
    for _ in range(100_000):
        value = [value]
    cleaned = Redactor([TOKEN]).json(value)
    for _ in range(100_000):
        [cleaned], [value] = cleaned, value
    assert (cleaned, value) == ("***", TOKEN)


@pytest.mark.parametrize("part", ["x", "7f3a9c5e", TOKEN, "%25", "\u00e9&amp;"])
def test_long_text_takes_linear_time(part: str) -> None:
    text = part * (4_000_000 // len(part))
    started = time.thread_time()
    Redactor([TOKEN]).text(text)
    assert time.thread_time() - started < 2
