"""The public names and their types: what users import stays importable, typed and documented."""

from __future__ import annotations

import inspect
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


@attrs.frozen(kw_only=True)
class MyLead(Lead):
    budget: int | None = custom_field("7a1c04c9e2b3f65d80f1a9be47d2c63518ef90ab")


def types_of_a_bare_client(client: LeadsClient) -> None:
    """Checked by mypy and pyright, never run: an annotation without brackets means Lead."""
    assert_type(client, LeadsClient[Lead])
    assert_type(client.get_leads(), AsyncGenerator[Lead, None])
    assert_type(client.getLeads(limit=5), AsyncGenerator[Lead, None])
    assert_type(client.get_lead_pages(), AsyncGenerator[LeadPage[Lead], None])
    assert_type(LeadsClient("x"), LeadsClient[Lead])


async def types_of_a_client_with_its_own_leads() -> None:
    """Checked by mypy and pyright, never run: a user's own class is carried through."""
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


def test_what_is_exported_is_what_is_public() -> None:
    public = {
        name
        for name, value in vars(pipedrive_leads_async).items()
        if not name.startswith("_") and not inspect.ismodule(value)
    }
    assert public | {"__version__"} == set(pipedrive_leads_async.__all__)


@pytest.mark.parametrize(
    "name", sorted(set(pipedrive_leads_async.__all__) - {"__version__", "UnsetType"})
)
def test_every_public_name_is_documented(name: str) -> None:
    value: Any = getattr(pipedrive_leads_async, name)
    assert inspect.getdoc(value)
    if inspect.isclass(value) and not issubclass(value, BaseException):
        for member, method in inspect.getmembers(value, inspect.isfunction):
            if not member.startswith("_"):
                assert inspect.getdoc(method), f"{name}.{member}"


@pytest.mark.parametrize(
    ("operation", "method"),
    [
        ("getLeads", "get_leads"),
        ("getArchivedLeads", "get_archived_leads"),
        ("getLead", "get_lead"),
        ("addLead", "add_lead"),
        ("updateLead", "update_lead"),
        ("deleteLead", "delete_lead"),
        ("getLeadLabels", "get_lead_labels"),
        ("addLeadLabel", "add_lead_label"),
        ("updateLeadLabel", "update_lead_label"),
        ("deleteLeadLabel", "delete_lead_label"),
        ("getLeadSources", "get_lead_sources"),
    ],
)
def test_every_operation_id_is_an_alias_of_its_method(operation: str, method: str) -> None:
    assert getattr(LeadsClient, operation) is getattr(LeadsClient, method)


def test_importing_the_library_imports_no_sandbox_and_no_server() -> None:
    program = (
        "import sys, pipedrive_leads_async;"
        "assert 'pipedrive_leads_async.sandbox' not in sys.modules;"
        "assert 'aiohttp.web' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_the_version_is_that_of_the_distribution() -> None:
    assert version("pipedrive-leads-async") == pipedrive_leads_async.__version__
