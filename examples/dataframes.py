"""All leads as a DataFrame, of polars or of pandas, with nothing lost on the way.

    python examples/dataframes.py

PIPEDRIVE_API_TOKEN is the account; PIPEDRIVE_BASE_URL may name your company's host. It takes
`pip install polars pandas`. In a notebook, which has an event loop of its own, a cell ends with
`frame = await to_polars(client)`.

Every table has the same columns of the same types, whatever the leads have set, and if there are
no leads at all: custom fields under the names that people see, times in UTC, and `extra` with
the JSON of what has no column of its own. Page by page, as rows take more room than columns.
"""

import asyncio
import datetime as dt
import os
from typing import Any

import pandas as pd
import polars as pl

from pipedrive_leads_async import LeadsClient

# %% polars
# It knows Python's types; to a datetime belongs a time zone, which the type does not tell.

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
# These of its types know a missing value from a number: of its own accord, pandas makes floats
# of ids if one is missing. Dates, times and lists have none: they stay Python's.

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


# %% What they may be worth


async def main() -> None:
    """Add up the values, with both."""
    async with LeadsClient(base_url=os.environ.get("PIPEDRIVE_BASE_URL")) as client:
        leads = await to_polars(client)
        print(leads.group_by("currency").agg(pl.len(), pl.sum("value")).sort("currency"))

        frame = await to_pandas(client)
        print(frame.groupby("currency", dropna=False)["value"].agg(["size", "sum"]))


if __name__ == "__main__":
    asyncio.run(main())
