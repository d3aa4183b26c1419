"""Test how `LeadFilters` checks filters and writes them as a query."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from pipedrive_leads_async._operations.lists.lead_filters import LeadFilters
from pipedrive_leads_async.enums import ArchivedStatus
from pipedrive_leads_async.errors import InvalidRequestError

HELSINKI = dt.timezone(dt.timedelta(hours=2))
IDS = ["owner_id", "person_id", "organization_id", "filter_id"]


def query(**filters: Any) -> dict[str, str]:
    return LeadFilters(**filters).query()


def test_filters_left_out_are_not_in_the_query() -> None:
    assert query() == {}


@pytest.mark.parametrize("name", IDS)
def test_ids_are_sent_unchanged(name: str) -> None:
    assert query(**{name: 42}) == {name: "42"}


@pytest.mark.parametrize("wrong", [True, "42", 42.0])
@pytest.mark.parametrize("name", IDS)
def test_ids_of_another_type_are_refused_by_name(name: str, wrong: object) -> None:
    with pytest.raises(TypeError, match=f"^{name} must be an int( or an? [A-Z][a-z]+)?, got"):
        query(**{name: wrong})


@pytest.mark.parametrize("wrong", [0, -1])
@pytest.mark.parametrize("name", IDS)
def test_ids_below_one_are_refused_by_name(name: str, wrong: int) -> None:
    with pytest.raises(InvalidRequestError, match=f"^{name} must be at least 1, got {wrong}$"):
        query(**{name: wrong})


@pytest.mark.parametrize("status", ArchivedStatus)
def test_archived_status_is_sent_as_its_value(status: ArchivedStatus) -> None:
    for given in (status, status.value):
        [sent] = query(archived_status=given).items()
        assert sent == ("archived_status", status.value)
        assert type(sent[1]) is str


@pytest.mark.parametrize("value", ["open", "ARCHIVED", "archived ", "true"])
def test_unknown_archived_status_is_refused_with_the_known_ones(value: str) -> None:
    with pytest.raises(
        InvalidRequestError,
        match=r"^archived_status must be one of archived, not_archived, all, got '",
    ) as caught:
        query(archived_status=value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("value", [True, 1, b"all"])
def test_archived_status_of_another_type_is_refused(value: object) -> None:
    with pytest.raises(
        TypeError, match=r"^archived_status must be one of archived, not_archived, all, got"
    ):
        query(archived_status=value)


@pytest.mark.parametrize(
    ("since", "sent"),
    [
        (dt.datetime(2025, 1, 1, 10, 20, tzinfo=dt.UTC), "2025-01-01T10:20:00Z"),
        (dt.datetime(2025, 1, 1, 10, 20, 0, 999999, dt.UTC), "2025-01-01T10:20:00Z"),
        (dt.datetime(2025, 1, 1, 1, tzinfo=HELSINKI), "2024-12-31T23:00:00Z"),
        (dt.datetime(1969, 12, 31, 23, 59, 59, 500000, dt.UTC), "1969-12-31T23:59:59Z"),
        (dt.datetime(1, 1, 1, tzinfo=dt.UTC), "0001-01-01T00:00:00Z"),
    ],
)
def test_updated_since_is_sent_in_utc_rounded_down(since: dt.datetime, sent: str) -> None:
    assert query(updated_since=since) == {"updated_since": sent}


def test_updated_since_without_a_time_zone_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match=r"^updated_since has no time zone"):
        query(updated_since=dt.datetime(2025, 1, 1))  # noqa: DTZ001 - the case


def test_updated_since_of_another_type_is_refused() -> None:
    with pytest.raises(
        TypeError, match=r"^updated_since must be a datetime.datetime, got date: pass an aware one"
    ):
        query(updated_since=dt.date(2025, 1, 1))


@pytest.mark.parametrize(
    "sort",
    ["update_time", "update_time DESC", "title ASC, add_time DESC", "id,owner_id,creator_id ASC"],
)
def test_sort_is_sent_unchanged(sort: str) -> None:
    assert query(sort=sort) == {"sort": sort}


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
def test_sort_takes_every_field_of_pipedrives_reference(field: str) -> None:
    assert query(sort=f"{field} DESC") == {"sort": f"{field} DESC"}


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
def test_unknown_sort_is_refused_with_the_known_fields(sort: str, got: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        query(sort=sort)
    assert str(caught.value) == (
        "sort must be a field with ASC or DESC in upper case, such as 'update_time DESC', "
        f"got {got}; the fields are "
        "add_time, creator_id, expected_close_date, id, next_activity_id, owner_id, title, "
        "update_time, was_seen"
    )


def test_empty_sort_is_refused() -> None:
    with pytest.raises(InvalidRequestError, match=r"^sort is empty"):
        query(sort="")


SINCE = dt.datetime(2025, 1, 1, 10, 20, tzinfo=dt.UTC)


def test_archived_query_leaves_out_the_filters_that_the_list_lacks() -> None:
    filters = LeadFilters(
        archived_status="all", owner_id=1, updated_since=SINCE, sort="update_time DESC"
    )
    assert filters.archived_query() == {"owner_id": "1", "sort": "update_time DESC"}


def test_digest_stays_the_same_in_later_versions() -> None:
    # Checkpoints contain it, and a later version must be able to read them.
    filters = LeadFilters(owner_id=1, updated_since=SINCE, sort="update_time DESC")
    assert LeadFilters().digest() == "00000000"
    assert filters.digest() == "496e22c0"


def test_digest_does_not_depend_on_the_archived_status() -> None:
    assert LeadFilters(archived_status="all", owner_id=1).digest() == (
        LeadFilters(owner_id=1).digest()
    )


@pytest.mark.parametrize(
    "other",
    [
        {"owner_id": 2},
        {"person_id": 1},
        {"owner_id": 1, "filter_id": 1},
        {"owner_id": 1, "updated_since": SINCE},
        {"owner_id": 1, "sort": "add_time"},
    ],
    ids=str,
)
def test_digest_differs_for_other_filters(other: dict[str, Any]) -> None:
    assert LeadFilters(**other).digest() != LeadFilters(owner_id=1).digest()
