"""Test that the guides for contributors name every wing, and that their links exist."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent
from typing import Any, Final

import pytest

from pipedrive_leads_async import LeadsClient
from pipedrive_leads_async.sandbox import Sandbox

ROOT: Final = Path(__file__).parents[2]
GUIDES: Final = ROOT / ".github"
CONTRIBUTING: Final = (GUIDES / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_table_of_wings_has_each_folder_of_the_package() -> None:
    rows = re.findall(r"^\| `(\w+)` \|", CONTRIBUTING, re.MULTILINE)
    folders = (ROOT / "pipedrive_leads_async").glob("*/__init__.py")
    assert sorted(rows) == sorted(path.parent.name for path in folders)


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "SECURITY.md"])
def test_links_of_a_guide_point_to_existing_files(name: str) -> None:
    links = re.findall(r"\]\(([^)\s#]+)\)", (GUIDES / name).read_text(encoding="utf-8"))
    assert links
    assert [link for link in links if not (GUIDES / link).exists()] == []


async def test_example_of_a_test_passes(client: LeadsClient, sandbox: Sandbox) -> None:
    (block,) = re.findall(r" *```python\n(.*?) *```", CONTRIBUTING, re.DOTALL)
    names: dict[str, Any] = {}
    exec(dedent(block), names)
    await names["test_title_of_an_added_lead_is_kept"](client, sandbox)
