"""Test `AddWebhookRequest`: its defaults, what it refuses, and how it hides its password."""

from __future__ import annotations

import copy
import pickle
from typing import Any, Final

import pytest

from pipedrive_leads_async import AddWebhookRequest, InvalidRequestError
from tests.support.calls import CANARY
from tests.support.canaries import canary_in
from tests.support.secrets.scanner import text_of_error, text_of_object

URL: Final = "https://app.example/webhooks"


def test_request_has_the_documented_defaults() -> None:
    request = AddWebhookRequest(URL)
    assert (request.subscription_url, request.event_action, request.event_object) == (
        URL,
        "*",
        "lead",
    )
    assert (request.name, request.version, request.user_id) == (
        "pipedrive-leads-async",
        "2.0",
        None,
    )
    assert (request.http_auth_user, request.http_auth_password) == (None, None)
    assert request == AddWebhookRequest(URL)


@pytest.mark.parametrize(
    "url",
    [
        "https://app.example",
        "https://app.example:8443/a/b?c=d%20e",
        "HTTPS://app.example/",
        "https://xn--bcher-kva.example/",
        "https://192.0.2.7/",
        "http://127.0.0.1:8000/webhooks",
        "http://localhost/webhooks",
        "http://[::1]:8000/",
    ],
)
def test_https_url_and_http_url_of_this_machine_are_accepted(url: str) -> None:
    assert AddWebhookRequest(url).subscription_url == url


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("", "subscription_url is empty"),
        ("http://app.example/", "subscription_url is not https: write https:// "),
        ("http://127.0.0.1.example/", "subscription_url is not https"),
        ("ftp://app.example/", "subscription_url is not https"),
        ("app.example/webhooks", "subscription_url is not a URL with a host: write https"),
        ("https://", "subscription_url is not a URL with a host"),
        ("https:///webhooks", "subscription_url is not a URL with a host"),
        ("https://[::1", "subscription_url is not a URL with a host"),
        ("https://app.example:99999/", "subscription_url is not a URL with a host"),
        (f"https://me:{CANARY}@app.example/", "subscription_url has user info: pass http_auth"),
        ("https://app.example/ x", "subscription_url has blanks, backslashes or non-ASCII"),
        ("https://app.example/ü", "subscription_url has blanks, backslashes or non-ASCII"),
        ("https://app.example\\@evil.example/", "subscription_url has blanks, backslashes"),
    ],
)
def test_url_that_is_no_https_url_is_refused(url: str, message: str) -> None:
    with pytest.raises(InvalidRequestError, match=f"^{message}") as caught:
        AddWebhookRequest(url)
    assert canary_in(text_of_error(caught.value)) is None


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ({"event_action": "added"}, InvalidRequestError, "event_action must be one of create, ch"),
        ({"event_action": None}, InvalidRequestError, "event_action cannot be None"),
        ({"event_object": ""}, InvalidRequestError, "event_object is empty"),
        ({"name": " "}, InvalidRequestError, "name is empty"),
        ({"name": "x" * 256}, InvalidRequestError, "name is longer than 255 characters: shorten"),
        ({"version": "2"}, InvalidRequestError, 'version must be "2.0" or "1.0"'),
        ({"version": "1.0"}, InvalidRequestError, 'version "1.0" does not report leads'),
        ({"version": 2.0}, TypeError, "version must be a str, got float"),
        ({"user_id": 0}, InvalidRequestError, "user_id must be at least 1"),
        ({"user_id": "7"}, TypeError, "user_id must be an int, got str"),
        ({"subscription_url": 5}, TypeError, "subscription_url must be a str, got int"),
        ({"http_auth_user": "me"}, InvalidRequestError, "http_auth_user and http_auth_password go"),
        ({"http_auth_password": CANARY}, InvalidRequestError, "http_auth_user and http_auth_pass"),
        (
            {"http_auth_user": "me:you", "http_auth_password": CANARY},
            InvalidRequestError,
            "http_auth_user has a colon",
        ),
        (
            {"http_auth_user": "me", "http_auth_password": ""},
            InvalidRequestError,
            "http_auth_password is empty",
        ),
        (
            {"http_auth_user": "me", "http_auth_password": 5},
            TypeError,
            "http_auth_password must be a str, got int",
        ),
        (
            {"http_auth_user": "me", "http_auth_password": f"{CANARY}\ud800"},
            InvalidRequestError,
            "http_auth_password has half of a surrogate pair",
        ),
    ],
)
def test_invalid_value_is_refused_by_name(
    values: dict[str, Any], error: type[Exception], message: str
) -> None:
    all_values: dict[str, Any] = {"subscription_url": URL, **values}
    with pytest.raises(error, match=f"^{message}") as caught:
        AddWebhookRequest(**all_values)
    assert canary_in(text_of_error(caught.value)) is None


@pytest.mark.parametrize("values", [{"event_object": "deal"}, {"event_object": "something new"}])
def test_version_1_and_other_objects_are_accepted(values: dict[str, Any]) -> None:
    assert AddWebhookRequest(URL, version="1.0", **values).version == "1.0"


def test_password_of_a_request_is_shown_nowhere() -> None:
    request = AddWebhookRequest(URL, http_auth_user="me", http_auth_password=CANARY)
    assert canary_in(text_of_object(request)) is None
    assert copy.deepcopy(request) == request
    assert request != AddWebhookRequest(URL, http_auth_user="me", http_auth_password="another")
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(request)
