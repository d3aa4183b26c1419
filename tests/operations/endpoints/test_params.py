"""Test how query parameters of any endpoint are written."""

from __future__ import annotations

import datetime as dt
import enum
from typing import Any
from uuid import UUID

import pytest

from pipedrive_leads_async import InvalidRequestError, Lead
from pipedrive_leads_async._operations.endpoints.params import write_params
from tests.support.calls import client_of
from tests.support.raw_server import RawServer, success


class Number:
    """A number as NumPy has them."""

    def __index__(self) -> int:
        return 7


class Sort(enum.StrEnum):
    """An enum whose `str()` is not its value."""

    NEWEST = "add_time DESC"

    def __str__(self) -> str:
        return self.name


class Level(enum.IntEnum):
    THREE = 3


LEAD = Lead(id="8ba414d0-8ad8-11ef-9e9e-07879dd74146", title="Big order")
NAIVE = dt.datetime(2026, 1, 2, tzinfo=dt.UTC).replace(tzinfo=None)
BERLIN = dt.timezone(dt.timedelta(hours=2))


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("ä&b", "ä&b"),
        ("", ""),
        (Sort.NEWEST, "add_time DESC"),
        (5, "5"),
        (-1, "-1"),
        (Level.THREE, "3"),
        (Number(), "7"),
        (UUID(int=5), "00000000-0000-0000-0000-000000000005"),
        (dt.datetime(2026, 1, 2, 3, 4, 5, 999_999, dt.UTC), "2026-01-02T03:04:05Z"),
        (dt.datetime(2026, 1, 2, 3, 4, tzinfo=BERLIN), "2026-01-02T01:04:00Z"),
        ([1, 2, 3], "1,2,3"),
        (("name", Number(), Level.THREE), "name,7,3"),
        ({5}, "5"),
        (range(3), "0,1,2"),
        ([dt.datetime(2026, 1, 2, tzinfo=dt.UTC)], "2026-01-02T00:00:00Z"),
    ],
)
@pytest.mark.parametrize("version", [1, 2])
def test_value_is_written_as_text(value: Any, written: str, version: int) -> None:
    assert write_params({"x": value}, version=version) == {"x": written}


@pytest.mark.parametrize(("version", "written"), [(1, "1,0"), (2, "true,false")])
def test_bool_is_written_as_the_version_expects(version: int, written: str) -> None:
    assert write_params({"x": [True, False]}, version=version) == {"x": written}
    assert write_params({"x": True}, version=version) == {"x": written.split(",", maxsplit=1)[0]}


async def test_path_selects_how_a_bool_is_written() -> None:
    async with RawServer((success([]),)) as server, client_of(server) as client:
        for path in ("/v1/persons", "/api/v2/persons"):
            await client.request("GET", path, params={"flag": True})
            assert [row async for row in client.iterate(path, params={"flag": False})] == []
        targets = [request.target for request in server.requests]
    assert targets == [
        "/v1/persons?flag=1",
        "/v1/persons?flag=0&limit=500",
        "/api/v2/persons?flag=true",
        "/api/v2/persons?flag=false&limit=500",
    ]


@pytest.mark.parametrize(
    ("value", "kind", "message"),
    [
        (None, TypeError, r"^params\['x'\] must be a str, an int, a bool, .* leave out a param"),
        (1.5, TypeError, "got float"),
        (b"x", TypeError, "got bytes"),
        (bytearray(b"x"), TypeError, "got bytearray"),
        ({"a": 1}, TypeError, "got dict"),
        (dt.date(2026, 1, 2), TypeError, "got date"),
        (LEAD, TypeError, r"^params\['x'\] must be .* got Lead: pass lead\.id$"),
        ([10**5000], InvalidRequestError, r"^params\['x'\]\[0\] is too large: .* 19 digits$"),
        (-(10**19), InvalidRequestError, r"^params\['x'\] is too large: .* 19 digits$"),
        ([1, 10**19], InvalidRequestError, r"^params\['x'\]\[1\] is too large"),
        ([None], TypeError, r"^params\['x'\]\[0\] must"),
        (["a", ["b"]], TypeError, r"^params\['x'\]\[1\] must .* got list"),
        ([], InvalidRequestError, r"^params\['x'\] is empty: add a value, or leave it out"),
        (NAIVE, InvalidRequestError, r"^params\['x'\] has no time zone"),
        ("\ud800", InvalidRequestError, r"^params\['x'\] has half of a surrogate pair"),
    ],
)
def test_other_value_is_refused_by_name(value: Any, kind: type[Exception], message: str) -> None:
    with pytest.raises(kind, match=message):
        write_params({"x": value}, version=1)


def test_generator_is_written_as_a_list() -> None:
    assert write_params({"ids": (id for id in (1, 2))}, version=2) == {"ids": "1,2"}


def test_missing_parameters_are_no_query() -> None:
    assert write_params(None, version=1) == {}
