"""Test the operations of Pipedrive's reference: paths, costs and versions."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from pipedrive_leads_async import InvalidRequestError
from pipedrive_leads_async._http import reference as operations
from pipedrive_leads_async._http.base_url import DEFAULT_BASE_URL, BaseUrl
from pipedrive_leads_async._http.reference import Operation, any_operation

# operationId, method, path, x-token-cost and version, from Pipedrive's OpenAPI files:
# https://developers.pipedrive.com/docs/api/v1
REFERENCE = """
    getLeads                GET    /leads                                          20 v1
    getArchivedLeads        GET    /leads/archived                                 40 v1
    getLead                 GET    /leads/{id}                                      2 v1
    addLead                 POST   /leads                                          10 v1
    updateLead              PATCH  /leads/{id}                                     10 v1
    deleteLead              DELETE /leads/{id}                                      6 v1
    getLeadUsers            GET    /leads/{id}/permittedUsers                      10 v1
    getLeadFields           GET    /leadFields                                     20 v1
    getLeadLabels           GET    /leadLabels                                     10 v1
    addLeadLabel            POST   /leadLabels                                     10 v1
    updateLeadLabel         PATCH  /leadLabels/{id}                                10 v1
    deleteLeadLabel         DELETE /leadLabels/{id}                                 6 v1
    getLeadSources          GET    /leadSources                                     2 v1
    getNotes                GET    /notes                                          20 v1
    getNote                 GET    /notes/{id}                                      2 v1
    addNote                 POST   /notes                                          10 v1
    updateNote              PUT    /notes/{id}                                     10 v1
    deleteNote              DELETE /notes/{id}                                      6 v1
    searchLeads             GET    /leads/search                                   20 v2
    convertLeadToDeal       POST   /leads/{id}/convert/deal                        40 v2
    getLeadConversionStatus GET    /leads/{id}/convert/status/{conversion_id}       1 v2
    convertDealToLead       POST   /deals/{id}/convert/lead                        40 v2
    getDealConversionStatus GET    /deals/{id}/convert/status/{conversion_id}       1 v2
    getPersons              GET    /persons                                        10 v2
    getPerson               GET    /persons/{id}                                    1 v2
    addPerson               POST   /persons                                         5 v2
    updatePerson            PATCH  /persons/{id}                                    5 v2
    searchPersons           GET    /persons/search                                 20 v2
    getOrganizations        GET    /organizations                                  10 v2
    getOrganization         GET    /organizations/{id}                              1 v2
    addOrganization         POST   /organizations                                   5 v2
    updateOrganization      PATCH  /organizations/{id}                              5 v2
    searchOrganization      GET    /organizations/search                           20 v2
    getUsers                GET    /users                                          20 v1
    getCurrentUser          GET    /users/me                                        2 v1
    getWebhooks             GET    /webhooks                                       10 v1
    addWebhook              POST   /webhooks                                       10 v1
    deleteWebhook           DELETE /webhooks/{id}                                   6 v1
"""


def reference() -> dict[str, Operation]:
    operations_by_id: dict[str, Operation] = {}
    for line in REFERENCE.strip().splitlines():
        id, method, path, cost, version = line.split()
        operations_by_id[id] = Operation(
            id, method, path, int(cost), int(version[1]), search=id.startswith("search")
        )
    return operations_by_id


OPERATIONS = [value for value in vars(operations).values() if isinstance(value, Operation)]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
def test_operation_matches_the_reference(operation: Operation) -> None:
    assert operation == reference()[operation.id]


def test_operations_on_leads_labels_and_sources_are_complete() -> None:
    assert {operation.id for operation in OPERATIONS} >= {
        "getLeads",
        "getArchivedLeads",
        "getLead",
        "addLead",
        "updateLead",
        "deleteLead",
        "getLeadLabels",
        "addLeadLabel",
        "updateLeadLabel",
        "deleteLeadLabel",
        "getLeadSources",
    }
    assert len({operation.id for operation in OPERATIONS}) == len(OPERATIONS)


@pytest.mark.parametrize(
    ("method", "path", "path_below_version", "version", "search"),
    [
        ("GET", "/v1/persons/42", "/persons/42", 1, False),
        ("PUT", "/v1/persons/42", "/persons/42", 1, False),
        ("GET", "/v1/deals:(id,title)", "/deals:(id,title)", 1, False),
        ("DELETE", "/v1/files/my-file_1.~txt", "/files/my-file_1.~txt", 1, False),
        ("POST", "/api/v2/deals", "/deals", 2, False),
        ("PATCH", "/api/v2/deals/1", "/deals/1", 2, False),
        ("GET", "/api/v2/itemSearch", "/itemSearch", 2, True),
        ("GET", "/v1/persons/search", "/persons/search", 1, True),
    ],
)
def test_any_other_endpoint_has_an_operation(
    method: str, path: str, path_below_version: str, version: int, *, search: bool
) -> None:
    assert any_operation(method, path) == Operation(
        f"{method} {path}", method, path_below_version, 0, version, search
    )


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "v1/persons",
        "/v1",
        "/v1/",
        "/api/v2",
        "/api/v2/",
        "/persons",
        "/v2/persons",
        "/v3/persons",
        "/api/v1/persons",
        "/V1/persons",
        "//v1/persons",
        "/v1//persons",
        "/v1/persons/",
        "/v1/./persons",
        "/v1/..",
        "/v1/../oauth/token",
        "/v1/leads/../persons/1",
        "/api/v2/../v1/persons",
        "/v1/%2e%2e/oauth",
        "/v1/%2E%2E%2Foauth",
        "/v1/persons%2f1",
        "/v1/persons?limit=1",
        "/v1/persons#1",
        "/v1/persons;x=1",
        "/v1/persons\\1",
        "/v1/per sons",
        "/v1/persons\n",
        "/v1/persons\r\nHost: evil.com",
        "/v1/persons\x00",
        "/v1/pers\u00f6ns",
        "/v1/persons/\u0661",
        "/v1/{id}",
        "/v1/@evil.com",
        "https://evil.com/v1/persons",
        "//evil.com/v1/persons",
    ],
)
def test_unsafe_path_is_refused(path: str) -> None:
    with pytest.raises(InvalidRequestError, match=r"^path must begin with /v1/ or /api/v2/ and"):
        any_operation("GET", path)


def test_path_that_is_too_long_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match=r"^path has more than 4,096 characters: shorten"):
        any_operation("GET", f"/v1/{'a' * 4096}")


@given(st.text("a./:%~_-(),", max_size=12), st.sampled_from(["/v1/", "/api/v2/"]))
def test_accepted_path_is_sent_unchanged_by_aiohttp(text: str, prefix: str) -> None:
    try:
        operation = any_operation("GET", prefix + text)
    except InvalidRequestError:
        return
    url = BaseUrl.parse(DEFAULT_BASE_URL).url(operation.version, operation.path, {})
    assert URL(url).raw_path == prefix + text


@pytest.mark.parametrize(
    "method", ["get", "HEAD", "OPTIONS", "CONNECT", "GET ", "GET\r\nX: 1", "X"]
)
def test_other_method_is_refused(method: str) -> None:
    with pytest.raises(
        InvalidRequestError, match=r"^method must be one of GET, POST, PUT, PATCH, DEL"
    ):
        any_operation(method, "/v1/persons")


@pytest.mark.parametrize("empty", ["", " "])
def test_empty_method_or_path_is_refused_by_name(empty: str) -> None:
    with pytest.raises(InvalidRequestError, match=r"^method is empty"):
        any_operation(empty, "/v1/persons")
    with pytest.raises(InvalidRequestError, match=r"^path is empty"):
        any_operation("GET", empty)


@pytest.mark.parametrize("wrong", [None, 5, b"GET"])
def test_method_or_path_of_another_type_is_refused_by_name(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"^method must be a str"):
        any_operation(wrong, "/v1/persons")
    with pytest.raises(TypeError, match=r"^path must be a str"):
        any_operation("GET", wrong)
