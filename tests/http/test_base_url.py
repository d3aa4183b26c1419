"""Test which base URLs `BaseUrl` accepts, which it refuses, and the URLs it builds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from pipedrive_leads_async import ConfigurationError
from pipedrive_leads_async._http import reference as operations
from pipedrive_leads_async._http.base_url import DEFAULT_BASE_URL, BaseUrl

API = ("https://api.pipedrive.com/v1", "https://api.pipedrive.com/api/v2")
ACME_V1 = ("https://acme.pipedrive.com/v1", "https://acme.pipedrive.com/api/v2")
ACME = ("https://acme.pipedrive.com/api/v1", "https://acme.pipedrive.com/api/v2")


@pytest.mark.parametrize(
    ("text", "roots"),
    [
        (DEFAULT_BASE_URL, API),
        # This is the only host where leads below /api/v1 return 404.
        ("https://api.pipedrive.com", API),
        ("https://api.pipedrive.com/", API),
        ("https://api.pipedrive.com/v1/", API),
        ("https://api.pipedrive.com/api/v1", API),
        ("https://api.pipedrive.com/api/v1/", API),
        ("https://API.Pipedrive.com/api/v1", API),
        ("https://acme.pipedrive.com", ACME),
        ("https://acme.pipedrive.com/", ACME),
        ("https://acme.pipedrive.com:", ACME),
        ("https://ACME.pipedrive.com//", ACME),
        ("https://acme.pipedrive.com/api/v1", ACME),
        ("https://acme.pipedrive.com/api/v1/", ACME),
        ("https://acme.pipedrive.com/v1", ACME_V1),
        ("https://acme.pipedrive.com/v1/", ACME_V1),
        (
            "https://acme-2.pipedrive.com:8443",
            (
                "https://acme-2.pipedrive.com:8443/api/v1",
                "https://acme-2.pipedrive.com:8443/api/v2",
            ),
        ),
    ],
)
def test_url_of_a_pipedrive_host_is_completed(text: str, roots: tuple[str, str]) -> None:
    url = BaseUrl.parse(text)
    assert (url.v1, url.v2) == roots


@pytest.mark.parametrize(
    ("text", "roots"),
    [
        ("http://localhost:8080", ("http://localhost:8080/api/v1", "http://localhost:8080/api/v2")),
        ("http://localhost/v1", ("http://localhost/v1", "http://localhost/api/v2")),
        ("http://127.0.0.1:8080/v1", ("http://127.0.0.1:8080/v1", "http://127.0.0.1:8080/api/v2")),
        ("http://127.8.9.1", ("http://127.8.9.1/api/v1", "http://127.8.9.1/api/v2")),
        ("http://[::1]:8080", ("http://[::1]:8080/api/v1", "http://[::1]:8080/api/v2")),
        ("https://[2001:db8::1]/v1", ("https://[2001:db8::1]/v1", "https://[2001:db8::1]/api/v2")),
        (
            "https://proxy.example/pipedrive",
            ("https://proxy.example/pipedrive", "https://proxy.example/pipedrive/api/v2"),
        ),
        (
            "https://proxy.example/pipedrive/api/v1/",
            ("https://proxy.example/pipedrive/api/v1", "https://proxy.example/pipedrive/api/v2"),
        ),
    ],
)
def test_url_of_any_other_host_is_accepted(text: str, roots: tuple[str, str]) -> None:
    url = BaseUrl.parse(text)
    assert (url.v1, url.v2) == roots


USER_INFO = "base_url has user info: pass the credential as auth"
QUERY = "base_url has a query or a fragment: write only a host and a path"
NO_HOST = "base_url has no valid host: write https://<company>.pipedrive.com"
NOT_HTTPS = (
    "base_url is not https, so the credential would be sent unencrypted: write https:// "
    "(http:// is only for this machine)"
)
CHARACTERS = "base_url has blanks, backslashes or non-ASCII characters: remove them"
NO_URL = "base_url is not a URL: write https://<company>.pipedrive.com"
VERSION = (
    "base_url must end in /v1 or /api/v1, the root of version 1, or have no path: write "
    "https://<company>.pipedrive.com"
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("https://user:password@acme.pipedrive.com", USER_INFO),
        ("https://password@acme.pipedrive.com", USER_INFO),
        ("https://@acme.pipedrive.com", USER_INFO),
        ("https://acme.pipedrive.com@evil.com", USER_INFO),
        ("https://acme.pipedrive.com:443@evil.com", USER_INFO),
        ("https://evil.com#.pipedrive.com", QUERY),
        ("https://evil.com?.pipedrive.com", QUERY),
        ("https://acme.pipedrive.com/v1?api_token=password", QUERY),
        ("https://acme.pipedrive.com/v1#password", QUERY),
        ("ftp://acme.pipedrive.com", NOT_HTTPS),
        ("http://acme.pipedrive.com", NOT_HTTPS),
        ("http://api.pipedrive.com/v1", NOT_HTTPS),
        ("ws://localhost", NOT_HTTPS),
        ("//acme.pipedrive.com", NOT_HTTPS),
        ("http://0.0.0.0", NOT_HTTPS),
        ("http://10.0.0.1", NOT_HTTPS),
        ("http://2130706433", NOT_HTTPS),
        ("http://127.1", NOT_HTTPS),
        ("http://localhost.evil.com", NOT_HTTPS),
        ("http://127.0.0.1.evil.com", NOT_HTTPS),
        ("http://[2001:db8::1]", NOT_HTTPS),
        ("https://", NO_HOST),
        ("https:///v1", NO_HOST),
        ("https://:443", NO_HOST),
        ("https:acme.pipedrive.com", NO_HOST),
        ("acme.pipedrive.com", NO_HOST),
        ("acme", NO_HOST),
        ("https://{company}.pipedrive.com", NO_HOST),
        ("https://<company>.pipedrive.com", NO_HOST),
        ("https://evil.com%2f.pipedrive.com", NO_HOST),
        ("https://acme*.pipedrive.com", NO_HOST),
        ("", "base_url is empty: omit it, or write https://<company>.pipedrive.com"),
        (" https://acme.pipedrive.com", CHARACTERS),
        ("https://acme.pipedrive.com\t.evil.com", CHARACTERS),
        ("https://acme.pipedrive.com\r\nHost: evil.com", CHARACTERS),
        ("https://acme.pipedrive.com\\@evil.com", CHARACTERS),
        ("https://evil\uff0ecom", CHARACTERS),
        ("https://evil\u3002com", CHARACTERS),
        ("https://\u0430cme.pipedrive.com", CHARACTERS),
        ("https://acme.pipedrive.com\x00", CHARACTERS),
        ("https://[::1", NO_URL),
        ("https://[evil]", NO_URL),
        ("https://acme.pipedrive.com:99999", NO_URL),
        ("https://acme.pipedrive.com:password", NO_URL),
        ("https://acme.pipedrive.com/leads", VERSION),
        ("https://acme.pipedrive.com/api", VERSION),
        ("https://acme.pipedrive.com/v1/leads", VERSION),
        ("https://acme.pipedrive.com/v1/../admin", VERSION),
        ("https://acme.pipedrive.com/v2", VERSION),
        ("https://acme.pipedrive.com/api/v2", VERSION),
        ("https://api.pipedrive.com/api/v2/", VERSION),
        ("https://proxy.example/pipedrive/api/v2", VERSION),
    ],
)
def test_unsafe_url_is_refused_without_repeating_it(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        BaseUrl.parse(text)
    assert str(caught.value) == message
    assert caught.value.__cause__ is None
    assert "password" not in f"{caught.value!r}"


@pytest.mark.parametrize(
    "text",
    [
        "https://evilpipedrive.com",
        "https://pipedrive.com.evil.com",
        "https://acme.pipedrive.com.evil.com",
        "https://evil.com/.pipedrive.com",
        "https://evil.com/acme.pipedrive.com/v1",
    ],
)
def test_host_similar_to_pipedrives_stays_the_host_that_was_typed(text: str) -> None:
    url = BaseUrl.parse(text)
    for root in (url.v1, url.v2):
        assert URL(root).host == URL(text).host


@given(st.text("aA1.:/@?#[]%-_\\;", min_size=1, max_size=12) | st.text(max_size=12))
def test_host_is_the_one_that_aiohttp_parses(text: str) -> None:
    try:
        url = BaseUrl.parse(f"https://{text}")
    except ConfigurationError:
        return
    typed = URL(f"https://{text}").origin()
    assert URL(url.v1).origin() == URL(url.v2).origin() == typed


@pytest.mark.parametrize("text", [None, 5, b"https://acme.pipedrive.com", URL(DEFAULT_BASE_URL)])
def test_value_of_another_type_is_refused(text: Any) -> None:
    with pytest.raises(TypeError, match=f"^base_url must be a str, got {type(text).__name__}$"):
        BaseUrl.parse(text)


LEADS = "https://api.pipedrive.com/v1/leads"
ID = "8ba414d0-8ad8-11ef-9e9e-07879dd74146"


@pytest.mark.parametrize(
    ("operation", "ids", "query", "url"),
    [
        (operations.GET_LEADS, {}, {}, LEADS),
        (operations.GET_LEAD, {"id": ID}, {}, f"{LEADS}/{ID}"),
        (
            operations.GET_LEADS,
            {},
            {"sort": "update_time DESC", "updated_since": "2024-01-31T10:00:00Z"},
            f"{LEADS}?sort=update_time+DESC&updated_since=2024-01-31T10%3A00%3A00Z",
        ),
        (
            operations.any_operation("GET", "/api/v2/leads/search"),
            {},
            {"term": "a&b=c#d/é"},
            "https://api.pipedrive.com/api/v2/leads/search?term=a%26b%3Dc%23d%2F%C3%A9",
        ),
        (
            operations.GET_DEAL_CONVERSION_STATUS,
            {"id": "33", "conversion_id": ID},
            {},
            f"https://api.pipedrive.com/api/v2/deals/33/convert/status/{ID}",
        ),
        (
            operations.any_operation("GET", "/v1/persons/42"),
            {},
            {},
            "https://api.pipedrive.com/v1/persons/42",
        ),
    ],
)
def test_url_is_built_from_version_path_and_query(
    operation: operations.Operation, ids: dict[str, str], query: dict[str, str], url: str
) -> None:
    path = operation.path.format_map(ids)
    assert BaseUrl.parse(DEFAULT_BASE_URL).url(operation.version, path, query) == url
    assert dict(URL(url).query) == query


def test_base_urls_with_the_same_meaning_are_equal() -> None:
    same = {BaseUrl.parse(f"https://acme.pipedrive.com{end}") for end in ("", "/", "/api/v1/")}
    assert len(same) == 1
