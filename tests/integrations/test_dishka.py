"""Test clients as dependencies that dishka injects."""

from __future__ import annotations

import importlib
from types import SimpleNamespace
from typing import Any, Final

import pytest

from pipedrive_leads_async import ClientClosedError, LeadsClient, OAuth2, SessionManager

dishka: Final[Any] = importlib.import_module("dishka")


@pytest.mark.parametrize("cls", [LeadsClient, OAuth2, SessionManager])
def test_constructors_can_be_provided(cls: type[Any]) -> None:
    (factory,) = dishka.provide(cls, scope=dishka.Scope.APP).dependency_sources
    assert factory.dependencies or factory.kw_dependencies


async def test_client_of_the_guide_lives_as_long_as_its_scope(guide: SimpleNamespace) -> None:
    container = dishka.make_async_container(guide.Leads())
    client: LeadsClient = await container.get(LeadsClient)
    assert client is await container.get(LeadsClient)
    assert len([lead async for lead in client.get_leads(max_items=3)]) == 3
    await container.close()
    with pytest.raises(ClientClosedError):
        await client.get_lead_sources()
