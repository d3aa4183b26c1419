"""The methods by which pydantic, and so FastAPI, learns how to read and write an object."""

from __future__ import annotations

import importlib
from typing import Any


class PydanticHooks:
    """An object that can be the type of a field, a body or a response."""

    __slots__ = ()

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        return _schemas().core_schema(source, handler)

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: Any) -> Any:
        return _schemas().json_schema(cls, core_schema, handler)


def _schemas() -> Any:
    # Only pydantic needs this module, which imports pydantic and is above this one.
    return importlib.import_module("pipedrive_leads_async._pydantic.schemas")
