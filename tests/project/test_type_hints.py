"""Test that `typing.get_type_hints` resolves the annotations of all public names.

Frameworks that inject dependencies call it. It fails for a name that is imported only for type
checkers.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest

from pipedrive_leads_async import AddLeadRequest, LeadsClient, Person, UnsetType
from tests.project.public_surface import modules

PUBLIC = {
    f"{module.__name__}.{name}": getattr(module, name)
    for module in modules()
    for name in module.__all__
}


def annotated(value: Any) -> Iterator[Any]:
    """Yield a class or a function, and the methods and properties of a class."""
    if inspect.isclass(value) or inspect.isfunction(value):
        yield value
    if inspect.isclass(value):
        for name in dir(value):
            member: Any = inspect.getattr_static(value, name)
            function = getattr(member, "fget", None) or getattr(member, "__func__", member)
            if inspect.isfunction(function) and _is_ours(function):
                yield function


def _is_ours(function: Any) -> bool:
    return str(function.__module__).startswith("pipedrive_leads_async")


@pytest.mark.parametrize("name", PUBLIC)
def test_type_hints_of_public_names_resolve(name: str) -> None:
    for value in annotated(PUBLIC[name]):
        typing.get_type_hints(value)


def test_type_hints_of_client_name_aiohttp() -> None:
    assert aiohttp.ClientSession in typing.get_args(
        typing.get_type_hints(LeadsClient.__init__)["session"]
    )


def test_type_hints_of_request_name_what_its_converter_accepts() -> None:
    hints = typing.get_type_hints(AddLeadRequest.__init__)
    assert set(typing.get_args(hints["person_id"])) == {typing.SupportsIndex, Person, UnsetType}
