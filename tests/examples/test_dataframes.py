"""Test `examples/dataframes.py`: its tables have the right types and all values."""

from __future__ import annotations

import datetime as dt
import runpy
from typing import Any, Final

import pandas as pd
import polars as pl
import pytest

from pipedrive_leads_async import Lead, LeadsClient, from_dict
from pipedrive_leads_async.sandbox import Sandbox
from tests.examples.example_process import ROOT, run

pytest_plugins = ["tests.support.installed_wheel"]
pytestmark = pytest.mark.usefixtures("in_users_venv")

EXAMPLE: Final = runpy.run_path(str(ROOT / "examples" / "dataframes.py"))

LARGE: Final = 2**53 + 1
"""An integer that a float cannot represent."""


async def rows(sandbox: Sandbox, client: LeadsClient) -> list[dict[str, Any]]:
    fields = await client.get_custom_fields()
    return [fields.row(from_dict(Lead, lead)) for lead in sandbox.leads]


async def account_of_two_pages(client: LeadsClient, sandbox: Sandbox) -> list[dict[str, Any]]:
    """Add a second page, with large ids and a new column; return the rows of all leads."""
    fields = await client.get_custom_fields()
    for _ in range(500):
        sandbox.add_lead()
    sandbox.add_lead(next_activity_id=LARGE, **fields.write({"Partner": LARGE}))
    sandbox.add_lead(**fields.write({"Interests": ["Training"], "Reception": "ü"}), note="new")
    return await rows(sandbox, client)


async def test_polars_table_has_every_value(sandbox: Sandbox, client: LeadsClient) -> None:
    expected = await account_of_two_pages(client, sandbox)
    frame: pl.DataFrame = await EXAMPLE["to_polars"](client)
    assert frame.to_dicts() == expected
    assert frame["next_activity_id"].max() == LARGE
    assert frame.schema["add_time"] == pl.Datetime("us", "UTC")
    assert frame.schema["Contract ends"] == pl.Date
    assert frame.schema["Interests"] == pl.List(pl.String)
    assert frame.schema["Opening hours"] == pl.Time


async def test_pandas_table_has_every_value(sandbox: Sandbox, client: LeadsClient) -> None:
    expected = await account_of_two_pages(client, sandbox)
    frame: pd.DataFrame = await EXAMPLE["to_pandas"](client)
    plain = frame.astype(object).where(frame.notna(), None)
    assert plain.to_dict("records") == expected
    assert frame["next_activity_id"].max() == LARGE
    assert list(frame.index) == list(range(507))
    assert {name: str(kind) for name, kind in frame.dtypes.items()} == {
        name: dtype(kind) for name, kind in (await client.get_custom_fields()).columns().items()
    }


def dtype(kind: Any) -> str:
    names = {str: "string", int: "Int64", float: "Float64", bool: "boolean"}
    return "datetime64[us, UTC]" if kind is dt.datetime else names.get(kind, "object")


@pytest.mark.parametrize("library", ["polars", "pandas"])
async def test_table_of_an_empty_account_has_the_same_columns_and_types(
    sandbox: Sandbox, client: LeadsClient, library: str
) -> None:
    to_frame = EXAMPLE[f"to_{library}"]
    with Sandbox(leads=0) as empty:
        async with LeadsClient(empty.api_token, base_url=empty.url) as client_of_empty:
            without_leads = await to_frame(client_of_empty)
    with_leads = await to_frame(client)
    assert (len(without_leads), len(with_leads)) == (0, len(sandbox.leads))
    assert list(without_leads.columns) == list(with_leads.columns)
    assert list(without_leads.dtypes) == list(with_leads.dtypes)


def test_example_prints_the_value_of_all_leads() -> None:
    with Sandbox(leads=0) as sandbox:
        for amount, currency in [(10, "EUR"), (20.5, "EUR"), (7, "USD")]:
            sandbox.add_lead(value={"amount": amount, "currency": currency})
        sandbox.add_lead(value=None)
        printed = run(
            "examples/dataframes.py",
            cwd=ROOT,
            PIPEDRIVE_API_TOKEN=sandbox.api_token,
            PIPEDRIVE_BASE_URL=sandbox.url,
        )
    words = [line.replace("┆", "").strip("│ ").split() for line in printed.splitlines()]
    assert words.count(["EUR", "2", "30.5"]) == 2
    assert words.count(["USD", "1", "7.0"]) == 2
