"""Read all leads into a DataFrame of polars or pandas, without losing a value.

    pip install polars pandas
    python examples/dataframes.py

Set PIPEDRIVE_API_TOKEN, and PIPEDRIVE_BASE_URL to use your company's host. In a notebook, which
has an event loop of its own, write `frame = await to_polars(client)` in a cell.

Every table has the same columns of the same types, even for an account without leads. Custom
fields have their names in Pipedrive, times are in UTC, and the column `extra` contains the JSON
of all values without a column. Pages are converted one by one, because rows take more memory than
columns.
"""

import asyncio
import datetime as dt
import os
import sys
from typing import Any

import pandas as pd
import polars as pl

from pipedrive_leads_async import LeadsClient, PipedriveError

# %% polars
# polars accepts Python's types. Only a datetime needs its time zone.

POLARS: dict[Any, Any] = {dt.datetime: pl.Datetime("us", "UTC")}


async def to_polars(client: LeadsClient) -> pl.DataFrame:
    """Read all leads into polars."""
    fields = await client.get_custom_fields()
    schema = {name: POLARS.get(kind, kind) for name, kind in fields.columns().items()}
    pages = [pl.DataFrame(schema=schema)]
    async for page in client.get_lead_pages():
        rows = [fields.row(lead) for lead in page.leads]
        pages.append(pl.DataFrame(rows, schema=schema))
    return pl.concat(pages)


# %% pandas
# These types of pandas support missing values. By default, pandas converts a column of ids to
# floats if an id is missing. Dates, times and lists stay Python objects.

PANDAS: dict[Any, str] = {
    str: "string",
    int: "Int64",
    float: "Float64",
    bool: "boolean",
    dt.datetime: "datetime64[us, UTC]",
}


async def to_pandas(client: LeadsClient) -> pd.DataFrame:
    """Read all leads into pandas."""
    fields = await client.get_custom_fields()
    columns = fields.columns()
    types = {name: PANDAS[kind] for name, kind in columns.items() if kind in PANDAS}
    pages = [pd.DataFrame(columns=list(columns), dtype=object).astype(types)]
    async for page in client.get_lead_pages():
        rows = [fields.row(lead) for lead in page.leads]
        pages.append(pd.DataFrame(rows, columns=list(columns), dtype=object).astype(types))
    return pd.concat(pages, ignore_index=True)


# %% The value of all leads


async def main() -> None:
    """Add up the values of the leads, with polars and with pandas."""
    async with LeadsClient(base_url=os.environ.get("PIPEDRIVE_BASE_URL")) as client:
        leads = await to_polars(client)
        print(leads.group_by("currency").agg(pl.len(), pl.sum("value")).sort("currency"))

        frame = await to_pandas(client)
        print(frame.groupby("currency", dropna=False)["value"].agg(["size", "sum"]))


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except PipedriveError as error:
        sys.exit(f"The leads cannot be read: {error}")
