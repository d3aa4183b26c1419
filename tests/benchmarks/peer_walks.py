"""Walk through all leads with another client, once for each line of the input.

The client is installed in the virtual environment in which this program runs, which has none of
the packages of this project. Arguments: the name of the client, and the URL above `v1`.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

_TOKEN = "0123456789abcdef0123456789abcdef01234567"


def _walk(get: Callable[[dict[str, int]], Any]) -> int:
    """Count the leads of all pages, as a user of a client without a pager does."""
    count = 0
    start: int | None = 0
    while start is not None:
        page = get({"start": start, "limit": 500})
        for _lead in page["data"]:
            count += 1
        start = page["additional_data"]["pagination"].get("next_start")
    return count


def _pipedrive_python_lib(url: str) -> Callable[[], int]:
    client = importlib.import_module("pipedrive.client").Client(domain=url)
    client.set_api_token(_TOKEN)
    return lambda: _walk(lambda params: client.leads.get_all_leads(params=params))


def _pipedrive_api(url: str) -> Callable[[], int]:
    client = importlib.import_module("pipedrive").Pipedrive("example", _TOKEN)
    client._client.base_url = url
    return lambda: _walk(lambda params: client.get("v1/leads", params=params))


def _pypipedrive_client(url: str) -> Callable[[], int]:
    os.environ["PIPEDRIVE_API_TOKEN"] = _TOKEN
    api: Any = importlib.import_module("pypipedrive.api").Api

    def build_url(_: object, uri: str) -> str:
        return f"{url}v1/{uri}"

    api.build_url = build_url  # it has no option for the URL
    leads: Any = importlib.import_module("pypipedrive.models").Leads
    return lambda: len(leads.all(params={"limit": 500}))


_WALKS = {
    "pipedrive-python-lib": _pipedrive_python_lib,
    "pipedrive-api": _pipedrive_api,
    "pypipedrive-client": _pypipedrive_client,
}


def main(name: str, url: str) -> None:
    """Write a line when the client is ready, then the leads, CPU and wall seconds of each walk."""
    walk = _WALKS[name](url)
    gc.collect()
    gc.freeze()
    _write("ready")
    for _line in sys.stdin:
        gc.collect()
        began, used = time.perf_counter(), time.process_time()
        count = walk()
        _write([count, time.process_time() - used, time.perf_counter() - began])


def _write(value: Any) -> None:
    sys.stdout.write(f"{json.dumps(value)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
