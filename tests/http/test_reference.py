"""The reference of Pipedrive: operations, their costs, and what a list takes."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from pipedrive_leads_async import ArchivedStatus, InvalidRequestError
from pipedrive_leads_async._http import reference as operations
from pipedrive_leads_async._http.base_url import DEFAULT_BASE_URL, BaseUrl
from pipedrive_leads_async._http.reference import Operation, any_operation, leads_query

# operationId, verb, path, x-token-cost and server, as in Pipedrive's OpenAPI files.
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
    searchLeads             GET    /leads/search                                   20 v2
    convertLeadToDeal       POST   /leads/{id}/convert/deal                        40 v2
    getLeadConversionStatus GET    /leads/{id}/convert/status/{conversion_id}       1 v2
    convertDealToLead       POST   /deals/{id}/convert/lead                        40 v2
    getDealConversionStatus GET    /deals/{id}/convert/status/{conversion_id}       1 v2
"""


def reference() -> dict[str, Operation]:
    found: dict[str, Operation] = {}
    for line in REFERENCE.strip().splitlines():
        id, method, path, cost, version = line.split()
        found[id] = Operation(
            id, method, path, int(cost), int(version[1]), search=id == "searchLeads"
        )
    return found


OPERATIONS = [value for value in vars(operations).values() if isinstance(value, Operation)]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.id)
def test_an_operation_is_that_of_the_reference(operation: Operation) -> None:
    assert operation == reference()[operation.id]


def test_the_operations_on_leads_labels_and_sources_are_all_there() -> None:
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
    ("method", "path", "below", "version", "search"),
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
def test_any_other_endpoint_can_be_described(
    method: str, path: str, below: str, version: int, *, search: bool
) -> None:
    assert any_operation(method, path) == Operation(
        f"{method} {path}", method, below, 0, version, search
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
def test_a_path_that_could_lead_elsewhere_is_refused(path: str) -> None:
    with pytest.raises(InvalidRequestError, match=r"^path begins with /v1/ or /api/v2/ and goes"):
        any_operation("GET", path)


@given(st.text("a./:%~_-(),", max_size=12), st.sampled_from(["/v1/", "/api/v2/"]))
def test_a_path_that_is_taken_is_the_path_that_aiohttp_sends(text: str, prefix: str) -> None:
    try:
        operation = any_operation("GET", prefix + text)
    except InvalidRequestError:
        return
    url = BaseUrl.parse(DEFAULT_BASE_URL).url(operation, {}, {})
    assert URL(url).raw_path == prefix + text


@pytest.mark.parametrize(
    "method", ["get", "HEAD", "OPTIONS", "CONNECT", "GET ", "GET\r\nX: 1", "X"]
)
def test_another_verb_is_refused(method: str) -> None:
    with pytest.raises(
        InvalidRequestError, match=r"^method must be one of GET, POST, PUT, PATCH, DEL"
    ):
        any_operation(method, "/v1/persons")


@pytest.mark.parametrize("empty", ["", " "])
def test_an_empty_method_or_path_is_refused_by_its_name(empty: str) -> None:
    with pytest.raises(InvalidRequestError, match=r"^method is empty"):
        any_operation(empty, "/v1/persons")
    with pytest.raises(InvalidRequestError, match=r"^path is empty"):
        any_operation("GET", empty)


@pytest.mark.parametrize("wrong", [None, 5, b"GET"])
def test_a_method_or_path_of_another_type_is_refused_by_its_name(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"^method must be a str"):
        any_operation(wrong, "/v1/persons")
    with pytest.raises(TypeError, match=r"^path must be a str"):
        any_operation("GET", wrong)


# What a list of leads takes.

HELSINKI = dt.timezone(dt.timedelta(hours=2))


def test_nothing_is_sent_that_was_not_asked_for() -> None:
    assert leads_query() == {}


@pytest.mark.parametrize("name", ["owner_id", "person_id", "organization_id", "filter_id"])
def test_ids_are_sent_as_they_are(name: str) -> None:
    assert leads_query(**{name: 42}) == {name: "42"}  # type: ignore[arg-type]  # a name of four
    for wrong in (True, "42", 42.0):
        with pytest.raises(TypeError, match=f"^{name} must be an int, got"):
            leads_query(**{name: wrong})  # type: ignore[arg-type]  # the case
    for wrong in (0, -1):
        with pytest.raises(InvalidRequestError, match=f"^{name} must be at least 1, got {wrong}$"):
            leads_query(**{name: wrong})  # type: ignore[arg-type]  # a name of four


@pytest.mark.parametrize("value", ArchivedStatus)
def test_an_archived_status_is_sent_as_pipedrives_word(value: ArchivedStatus) -> None:
    for word in (value, value.value):
        assert urlencode(leads_query(archived_status=word)) == f"archived_status={value.value}"


@pytest.mark.parametrize("value", ["open", "ARCHIVED", "archived ", "true"])
def test_an_unknown_archived_status_is_refused_with_those_there_are(value: str) -> None:
    with pytest.raises(
        InvalidRequestError,
        match=r"^archived_status must be one of archived, not_archived, all, got '",
    ) as caught:
        leads_query(archived_status=value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("value", [True, 1, b"all"])
def test_an_archived_status_is_a_string(value: Any) -> None:
    with pytest.raises(TypeError, match=r"^archived_status must be a str"):
        leads_query(archived_status=value)


@pytest.mark.parametrize(
    ("since", "sent"),
    [
        (dt.datetime(2025, 1, 1, 10, 20, tzinfo=dt.UTC), "2025-01-01T10:20:00Z"),
        (dt.datetime(2025, 1, 1, 10, 20, 0, 999999, dt.UTC), "2025-01-01T10:20:00Z"),
        (dt.datetime(2025, 1, 1, 1, tzinfo=HELSINKI), "2024-12-31T23:00:00Z"),
        (dt.datetime(1969, 12, 31, 23, 59, 59, 500000, dt.UTC), "1969-12-31T23:59:59Z"),
    ],
)
def test_a_time_is_sent_in_whole_seconds_of_utc_rounded_down(since: dt.datetime, sent: str) -> None:
    assert leads_query(updated_since=since) == {"updated_since": sent}


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match=r"^updated_since has no time zone"):
        leads_query(updated_since=dt.datetime(2025, 1, 1))  # noqa: DTZ001 - the case
    with pytest.raises(TypeError, match=r"^updated_since must be a datetime.datetime, got date$"):
        leads_query(updated_since=dt.date(2025, 1, 1))  # type: ignore[arg-type]  # the case


@pytest.mark.parametrize(
    "sort",
    ["update_time", "update_time DESC", "title ASC, add_time DESC", "id,owner_id,creator_id ASC"],
)
def test_a_sort_is_sent_as_it_is(sort: str) -> None:
    assert leads_query(sort=sort) == {"sort": sort}


@pytest.mark.parametrize(
    "field",
    [
        "id",
        "title",
        "owner_id",
        "creator_id",
        "was_seen",
        "expected_close_date",
        "next_activity_id",
        "add_time",
        "update_time",
    ],
)
def test_every_field_of_the_reference_can_be_sorted_by(field: str) -> None:
    assert leads_query(sort=f"{field} DESC") == {"sort": f"{field} DESC"}


@pytest.mark.parametrize(
    ("sort", "got"),
    [
        ("value", "'value'"),
        ("update_time desc", "'update_time desc'"),
        ("update_time  DESC", "'update_time  DESC'"),
        ("update_time DESC NULLS LAST", "'update_time DESC NULLS LAST'"),
        ("title,", "''"),
        ("title;id", "'title;id'"),
        ("title, budget", "' budget'"),
    ],
)
def test_an_unknown_sort_is_refused_with_the_fields_there_are(sort: str, got: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        leads_query(sort=sort)
    assert str(caught.value) == (
        "sort must be a field with ASC or DESC in upper case, such as 'update_time DESC', "
        f"got {got}; the fields are "
        "add_time, creator_id, expected_close_date, id, next_activity_id, owner_id, title, "
        "update_time, was_seen"
    )


def test_an_empty_sort_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match=r"^sort is empty"):
        leads_query(sort="")
