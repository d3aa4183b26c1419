"""Test that the README's code runs on the sandbox, and that its names and links exist."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import pipedrive_leads_async
from pipedrive_leads_async import LeadsClient
from pipedrive_leads_async._http import reference
from pipedrive_leads_async._http.reference import Operation
from pipedrive_leads_async.sandbox import Sandbox

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
PYTHON = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def for_sandbox(code: str, sandbox: Sandbox) -> str:
    """Return code whose clients use the sandbox."""
    return code.replace('"api-token"', f'"{sandbox.api_token}", base_url="{sandbox.url}"')


def test_first_block_is_a_short_program_that_prints_every_lead(pipedrive_sandbox: Sandbox) -> None:
    program = PYTHON.findall(README)[0]
    assert len(program.splitlines()) <= 12

    printed = subprocess.run(
        [sys.executable, "-c", for_sandbox(program, pipedrive_sandbox)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout

    assert len(printed.splitlines()) == len(pipedrive_sandbox.leads)


async def test_all_other_blocks_run_in_order(
    pipedrive_sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    names: dict[str, Any] = {}
    clients: set[LeadsClient] = set()
    try:
        for block in PYTHON.findall(README)[1:]:
            code = compile(
                for_sandbox(block, pipedrive_sandbox),
                "README.md",
                "exec",
                flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT,
                dont_inherit=True,
            )
            result = eval(code, names)
            if inspect.isawaitable(result):
                await result
            clients |= {value for value in names.values() if isinstance(value, LeadsClient)}
    finally:
        for client in clients:
            await client.aclose()
    assert "look for origin_id" not in capsys.readouterr().out


def test_error_tree_has_every_error() -> None:
    (tree,) = re.findall(r"^```\n(PipedriveError\n.*?)^```$", README, re.MULTILINE | re.DOTALL)
    errors = {name for name in pipedrive_leads_async.__all__ if name.endswith("Error")}
    assert set(re.findall(r"(?:^|─ )(\w+Error)", tree)) == errors


def test_operation_table_has_every_operation_and_names_methods_that_exist() -> None:
    rows = re.findall(
        r"^\| (\w+) \| ([A-Z]+ /\S+) \| (.+?) \| (\d+) \| `\w+(?::\w+)?` \|$", README, re.MULTILINE
    )
    version = {1: "/v1", 2: "/api/v2"}
    assert {(id, request, int(cost)) for id, request, _, cost in rows} == {
        (each.id, f"{each.method} {version[each.version]}{each.path}", each.cost)
        for each in vars(reference).values()
        if isinstance(each, Operation)
    }
    for _, _, methods, _ in rows:
        for method in re.findall(r"`(\w+)`", methods):
            assert callable(getattr(LeadsClient, method))


def test_every_link_points_to_an_existing_file_or_heading() -> None:
    headings = re.findall(r"^#+ (.+)$", README, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    links = re.findall(r"\]\(([^)\s]+)\)", README)
    assert {link[1:] for link in links if link.startswith("#")} <= anchors
    files = [link for link in links if not link.startswith(("#", "https://"))]
    assert len(files) > 20
    assert [file for file in files if not (ROOT / file).is_file()] == []
