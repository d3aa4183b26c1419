"""Test that public names stay importable, typed and documented."""

from __future__ import annotations

import difflib
import inspect
import re
import subprocess
import sys
from collections.abc import AsyncGenerator
from importlib.metadata import version
from typing import Any, assert_type

import attrs
import pytest

import pipedrive_leads_async
from pipedrive_leads_async import (
    AddLeadRequest,
    Lead,
    LeadPage,
    LeadsClient,
    LeadValue,
    UpdateLeadRequest,
    custom_field,
)
from pipedrive_leads_async.token_store_contract import TokenStoreContract
from tests.project.public_surface import FILE, modules, surface


@attrs.frozen(kw_only=True)
class MyLead(Lead):
    budget: int | None = custom_field("7a1c04c9e2b3f65d80f1a9be47d2c63518ef90ab")


def types_of_a_bare_client(client: LeadsClient) -> None:
    """Check types with mypy and pyright, without running: `LeadsClient` has leads of type Lead."""
    assert_type(client, LeadsClient[Lead])
    assert_type(client.get_leads(), AsyncGenerator[Lead, None])
    assert_type(client.getLeads(limit=5), AsyncGenerator[Lead, None])
    assert_type(client.get_lead_pages(), AsyncGenerator[LeadPage[Lead], None])
    assert_type(LeadsClient("x"), LeadsClient[Lead])


async def types_of_a_client_with_its_own_leads() -> None:
    """Check types with mypy and pyright, without running: methods return the user's class."""
    client = LeadsClient("x", lead_type=MyLead)
    assert_type(client, LeadsClient[MyLead])
    assert_type(client.get_leads(), AsyncGenerator[MyLead, None])
    assert_type(await client.get_lead("x"), MyLead)
    assert_type(await client.getLead("x"), MyLead)
    assert_type((await client.get_lead_page()).leads, list[MyLead])
    assert_type((await client.get_lead("x")).budget, int | None)
    lead = await client.add_lead(
        AddLeadRequest(title="x", person_id=1, value=LeadValue(amount=1, currency="EUR"))
    )
    assert_type(await client.update_lead(lead.id, UpdateLeadRequest(value=None)), MyLead)


def test_public_surface_is_that_of_the_recorded_file() -> None:
    """Fail on every change that users can notice, intended or not."""
    before, now = FILE.read_text(encoding="utf-8").splitlines(), surface().splitlines()
    # Twelve lines of context show the class of a changed member.
    changes = list(difflib.unified_diff(before, now, "recorded", "now", n=12, lineterm=""))
    if changes:
        hint = "If the change is intended, describe it in CHANGELOG.md and run:"
        pytest.fail(
            "\n".join([*changes, "", f"{hint} python -m tests.project.public_surface"]),
            pytrace=False,
        )


def test_package_exports_its_public_names() -> None:
    public = {
        name
        for name, value in vars(pipedrive_leads_async).items()
        if not name.startswith("_") and not inspect.ismodule(value)
    }
    assert public | {"__version__"} == set(pipedrive_leads_async.__all__)


@pytest.mark.parametrize(
    "public",
    [
        pytest.param(getattr(module, name), id=f"{module.__name__}.{name}")
        for module in modules()
        for name in sorted(set(module.__all__) - {"__version__", "UnsetType"})
    ],
)
def test_every_public_name_is_documented(public: Any) -> None:
    assert inspect.getdoc(public)
    if inspect.isclass(public) and not issubclass(public, (BaseException, TokenStoreContract)):
        for name, member in inspect.getmembers(public, is_documented):
            assert name.startswith("_") or inspect.getdoc(member), name


def is_documented(member: object) -> bool:
    return inspect.isfunction(member) or isinstance(member, property)


def test_operation_ids_are_aliases_of_their_methods() -> None:
    operations = [name for name in dir(LeadsClient) if name != name.lower() and name[0] != "_"]
    assert len(operations) == 18
    for operation in operations:
        method = re.sub("[A-Z]", lambda capital: f"_{capital[0].lower()}", operation)
        assert getattr(LeadsClient, operation) is getattr(LeadsClient, method)


def test_import_of_the_library_loads_no_sandbox_no_server_and_no_pydantic() -> None:
    program = (
        "import sys, pipedrive_leads_async;"
        "assert not {'pydantic', 'pydantic_core'} & set(sys.modules);"
        "assert 'pipedrive_leads_async.sandbox' not in sys.modules;"
        "assert 'aiohttp.web' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_version_is_that_of_the_distribution() -> None:
    assert version("pipedrive-leads-async") == pipedrive_leads_async.__version__
