"""Test that secrets are sent in requests and shown nowhere else."""

from __future__ import annotations

import asyncio
import copy
import json
import pickle
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest
from multidict import CIMultiDict, CIMultiDictProxy
from redis.asyncio import Redis

from pipedrive_leads_async import (
    AccessToken,
    AddWebhookRequest,
    ApiToken,
    ConfigurationError,
    FileTokenStore,
    LeadsClient,
    MemoryTokenStore,
    OAuth2,
    SessionManager,
    Token,
    errors,
)
from pipedrive_leads_async._shared.secrets import Secret, SecretBytes, SecretHeader, SecretJson
from pipedrive_leads_async.fleet import RedisGovernor, RedisTokenStore
from pipedrive_leads_async.webhooks import check_basic_auth, parse_uninstall
from tests.project.public_surface import modules
from tests.support.calls import CANARY, DONE, add, client_of, get
from tests.support.canaries import canary_in
from tests.support.cancellation_points import Moment
from tests.support.raw_server import RawServer
from tests.support.secrets.scanner import text_of_error, text_of_object

MOMENT: Final = pytest.mark.parametrize("moment", Moment)

TOKEN: Final = Token(f"v1u:{CANARY}", f"1:1:{CANARY}")
PROXY: Final = f"http://user:{CANARY}@127.0.0.1:3128"


async def test_credential_is_sent_in_the_header_alone() -> None:
    async with RawServer(DONE) as server, client_of(server) as client:
        await add(client)
        [request] = server.requests
    assert request.headers["x-api-token"] == CANARY
    assert request.raw.count(CANARY.encode()) == 1


# Public objects


def oauth(**options: Any) -> OAuth2:
    return OAuth2("client-id", CANARY, "https://example.com/callback", **options)


def filled_store() -> MemoryTokenStore:
    store = MemoryTokenStore()
    asyncio.run(store.save(TOKEN))
    return store


HOLDERS: Final[dict[str, Callable[[], object]]] = {
    "AccessToken": lambda: AccessToken(CANARY),
    "AddWebhookRequest": lambda: AddWebhookRequest(
        "https://app.example", http_auth_user="me", http_auth_password=CANARY
    ),
    "ApiToken": lambda: ApiToken(CANARY),
    "FileTokenStore": lambda: FileTokenStore("/token.json"),
    "LeadsClient": lambda: [LeadsClient(CANARY), LeadsClient(oauth(token=TOKEN))],
    "MemoryTokenStore": filled_store,
    "OAuth2": lambda: [oauth(token=TOKEN), oauth(store=filled_store())],
    "RedisGovernor": lambda: RedisGovernor(Redis(password=CANARY), "acme"),
    "RedisTokenStore": lambda: RedisTokenStore(Redis(password=CANARY), "acme"),
    "SessionManager": lambda: SessionManager(proxy=PROXY),
    "Token": lambda: TOKEN,
}
"""Public objects that hold a secret."""

HOLD_NONE: Final = {
    # the data of responses and requests
    *("AddLeadLabelRequest", "AddLeadRequest", "AddLeadResult", "Address", "Conversion"),
    *("CustomField", "CustomFields", "DateRange", "EnsuredLead", "EnsuredWebhook", "Lead"),
    *("LeadChanged", "LeadCreated", "LeadDeleted", "LeadEvent", "LeadField", "LeadFieldOption"),
    *("LeadLabel", "LeadPage", "LeadSearchResult", "LeadSource", "LeadValue", "LinkedItem"),
    *("LabelNames", "LeadNames", "AppUninstalled"),
    *("ContactDetail", "Person", "PersonSearchResult", "Organization", "OrganizationSearchResult"),
    *("PostalAddress", "AddPersonRequest", "UpdatePersonRequest"),
    *("AddOrganizationRequest", "UpdateOrganizationRequest", "EnsuredOrganization"),
    *("EnsuredPerson", "Note", "NoteAuthor", "NoteItem", "AddNoteRequest", "UpdateNoteRequest"),
    *("TimeRange", "UpdateLeadLabelRequest", "UpdateLeadRequest"),
    *("User", "UserAccess", "UserLanguage", "Webhook"),
    *("LeadChanges", "LeadRemoved", "LeadUpdated"),
    *("ArchivedStatus", "ConversionStatus", "LabelColor", "UNSET", "UnsetType", "VisibleTo"),
    # files, counts, times and options of requests
    *("Attempt", "FormFile", "Governor", "Rate", "RetryPolicy", "Timeouts"),
    # a protocol and its tests, functions, the version
    *("TokenStore", "TokenStoreContract"),
    *("check_basic_auth", "custom_field", "from_dict", "parse_event", "to_dict", "__version__"),
    "parse_uninstall",
    # the sandbox, whose tokens are not secret
    *("ReceivedRequest", "Sandbox", "SandboxAccount", "SandboxUser", "SentWebhook"),
    "pipedrive_sandbox",
}

PUBLIC: Final = {name: module for module in modules() for name in module.__all__}
ERRORS: Final = {name for name in PUBLIC if name in vars(errors)}


def test_every_public_name_is_listed_with_or_without_secrets() -> None:
    assert PUBLIC.keys() == HOLDERS.keys() | HOLD_NONE | ERRORS
    assert not HOLDERS.keys() & HOLD_NONE


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.unix if name == "FileTokenStore" else ())
        for name in HOLDERS
    ],
)
def test_object_that_holds_a_secret_does_not_show_it(name: str) -> None:
    assert canary_in(text_of_object(HOLDERS[name]())) is None


@pytest.mark.parametrize(
    "auth",
    [ApiToken(CANARY), AccessToken(CANARY), oauth(token=TOKEN, store=MemoryTokenStore())],
    ids=lambda auth: type(auth).__name__,
)
async def test_client_in_use_does_not_show_its_credential(auth: Any) -> None:
    async with RawServer(DONE) as server:
        async with LeadsClient(auth, base_url=server.url) as client:
            await get(client)
            shown = text_of_object(client)
        assert server.requests[0].raw.count(CANARY.encode()) == 1
    assert "Connection<" in shown or "ResponseHandler" in shown
    assert canary_in(shown) is None


# Secret, SecretHeader, SecretBytes, SecretJson


@pytest.mark.parametrize(
    "secret",
    [
        Secret(CANARY),
        SecretHeader(CANARY),
        SecretBytes(b"canary"),
        SecretJson({"password": CANARY}),
    ],
    ids=type,
)
def test_repr_and_format_of_a_secret_are_redacted(secret: object) -> None:
    assert "***" in repr(secret)
    assert canary_in(f"{secret!r} {[secret]} {({'auth': secret},)} {secret!a:>40}") is None


def test_secret_is_compared_by_its_text_and_reveals_it() -> None:
    assert Secret(CANARY).reveal() == CANARY
    assert Secret(CANARY) == Secret(CANARY) != Secret("another")
    assert len({Secret(CANARY), copy.copy(Secret(CANARY)), copy.deepcopy(Secret(CANARY))}) == 1
    assert Secret(CANARY) != CANARY


@pytest.mark.parametrize("holder", [Secret(CANARY), ApiToken(CANARY), AccessToken(CANARY), TOKEN])
def test_secret_cannot_be_pickled_written_as_json_or_read_by_vars(holder: Any) -> None:
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError, match=r"pickle|state"):
            pickle.dumps(holder, protocol)
    with pytest.raises(TypeError, match="JSON serializable"):
        json.dumps(holder)
    with pytest.raises(TypeError, match="__dict__"):
        vars(holder)


def test_headers_and_bodies_are_redacted_and_keep_their_value() -> None:
    header: dict[str, str] = {"x-api-token": SecretHeader(CANARY)}
    for headers in (header, CIMultiDict(header), CIMultiDictProxy(CIMultiDict(header))):
        assert headers["x-api-token"] == CANARY
        assert canary_in(f"{headers} {headers!r} {list(headers.items())}") is None
    assert SecretBytes(b"canary") == b"canary"


# Refused arguments

REFUSALS: Final[dict[str, Callable[[], object]]] = {
    "an API token": lambda: ApiToken(f"{CANARY}\n"),
    "an access token": lambda: AccessToken(f" {CANARY}"),
    "a token": lambda: Token(f"{CANARY} "),
    "a refresh token": lambda: Token("token", f"{CANARY} "),
    "a token as JSON": lambda: Token.from_json(f"{CANARY} "),
    "a token as bytes": lambda: Token.from_json(TOKEN.to_json().encode()),  # type: ignore[arg-type]  # the case
    "a client's token": lambda: LeadsClient(f"{CANARY} "),
    "a client's access token": lambda: LeadsClient(f"v1u:{CANARY}"),
    "another argument of a client": lambda: LeadsClient(CANARY, timeout=0),
    "a base URL": lambda: LeadsClient("token", base_url=f"https://me:{CANARY}@acme.pipedrive.com"),
    "an invalid base URL": lambda: LeadsClient("token", base_url=f"https://me:{CANARY}@[acme"),
    "a client secret": lambda: OAuth2("client-id", f"{CANARY} ", "https://example.com"),
    "another argument of an app": lambda: OAuth2("", CANARY, "https://example.com"),
    "an OAuth host": lambda: oauth(oauth_url=f"https://me:{CANARY}@oauth.pipedrive.com"),
    "a proxy": lambda: SessionManager(proxy=f"ftp://me:{CANARY}@proxy.example"),
    "another argument of a session": lambda: SessionManager(proxy=PROXY, connections=0),
    "a webhook's user": lambda: check_basic_auth(CANARY, "", CANARY),
    "an app's secret": lambda: parse_uninstall(
        CANARY, f"Basic {CANARY}", client_id="id", client_secret=CANARY
    ),
    "an app's id": lambda: parse_uninstall(CANARY, CANARY, client_id="", client_secret=CANARY),
    "a webhook's header": lambda: check_basic_auth([CANARY], "me", CANARY),  # type: ignore[arg-type]  # the case
    "a number as a webhook's header": lambda: check_basic_auth(5, "me", CANARY),  # type: ignore[arg-type]  # the case
    "an app's header": lambda: parse_uninstall(
        CANARY,
        [CANARY],  # type: ignore[arg-type]  # the case
        client_id="id",
        client_secret=CANARY,
    ),
}


@pytest.mark.parametrize("refused", REFUSALS.values(), ids=REFUSALS)
def test_refused_argument_is_not_in_the_error_or_its_traceback(
    refused: Callable[[], object],
) -> None:
    with pytest.raises((TypeError, ValueError, PermissionError)) as caught:
        refused()
    assert canary_in(text_of_error(caught.value)) is None


@pytest.mark.parametrize("error", [KeyError, RuntimeError, ZeroDivisionError, KeyboardInterrupt])
def test_error_of_an_iterable_of_passwords_has_no_frame_with_them(
    error: type[BaseException],
) -> None:
    def passwords() -> Iterator[str]:
        yield CANARY
        raise error("no more")

    with pytest.raises(error, match="no more") as caught:
        check_basic_auth(CANARY, "me", passwords())
    assert canary_in(text_of_error(caught.value)) is None


def test_refused_token_of_the_environment_is_not_in_the_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PIPEDRIVE_API_TOKEN", f"{CANARY} ")
    with pytest.raises(ConfigurationError, match="PIPEDRIVE_API_TOKEN has blanks") as caught:
        LeadsClient()
    assert canary_in(text_of_error(caught.value)) is None
