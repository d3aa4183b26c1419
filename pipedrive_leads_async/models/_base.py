"""The base class of all models, and the kinds of field that several of them have."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar, Final, Literal, cast

import attrs

# All are left out of the hash, which is that of the id: a mapping has no hash.
maybe = partial(attrs.field, default=None, hash=False)
mapping = partial(attrs.field, factory=dict[str, Any], hash=False)

TIME_FORMAT: Final = "pipedrive_time_format"
"""The key in a field's metadata that marks a time which only informs, and names its format."""


KEY: Final = "pipedrive_key"
"""The key of a field's metadata under which its key in the JSON is stored, if it is another one."""

OMITTED: Final = "pipedrive_omitted"
"""The key in a field's metadata that marks a value that is left out of the JSON if it is None."""

omitted = partial(maybe, metadata={OMITTED: True})


def renamed(key: str) -> Any:
    """Declare an attribute whose key in the JSON is another one."""
    return maybe(metadata={KEY: key})


nested_custom_fields = partial(renamed, "custom_fields")
"""Declare the custom fields of v2, which are one object; those of v1 are among the properties."""


def informative_date() -> Any:
    """Declare a date as `informative_time` does; it is left out of the JSON if it is None."""
    return maybe(metadata={TIME_FORMAT: "date", OMITTED: True})


def informative_time(
    form: Literal["milliseconds", "seconds", "seconds of v2"] = "milliseconds",
) -> Any:
    """Declare a time that nothing is computed from: a value that is not a time is None.

    Pipedrive has sent `0000-00-00 00:00:00` for such times. One of them must not make a whole
    list unreadable.

    Args:
        form: How Pipedrive writes the time: `2025-06-13T19:06:56.000Z`, `2025-06-13 19:06:56`,
            or in v2 `2025-06-13T19:06:56Z`.
    """
    return maybe(metadata={TIME_FORMAT: form})


_NO_VALUE: Final = (type(attrs.NOTHING), cast("type[Any]", attrs.Factory))
"""The types of the default of a field that is required, or that has a factory."""


class PydanticHooks:
    """An object that pydantic, and so FastAPI, can read, write and describe."""

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


class Model(PydanticHooks):
    """An object of Pipedrive's API, decoded from a response."""

    # Defined here, so that all classes below have the same layout: the fast decoder needs it.
    __slots__ = ("__weakref__",)

    __secret_keys__: ClassVar[tuple[str, ...]] = ()
    """The keys of a response that no model may contain; they are dropped before decoding."""

    @classmethod
    def __attrs_init_subclass__(cls) -> None:
        _accept_old_pickles(cls)


def _accept_old_pickles(cls: Any) -> None:
    """Make a class load pickles that are older than a field, which then has its default.

    `__setstate__`, which attrs generates for each class with slots, sets only the attributes
    in the pickle.
    """
    restore: Callable[[Any, Any], None] | None = cast("Any", vars(cls)).get("__setstate__")
    if restore is None:  # the class has no slots of its own
        return
    defaults = {
        field.name: field.default
        for field in attrs.fields(cls)
        if not isinstance(field.default, _NO_VALUE)
    }

    def set_defaults_and_restore(self: Any, state: Any) -> None:
        for name, default in defaults.items():
            object.__setattr__(self, name, default)
        restore(self, state)

    cls.__setstate__ = set_defaults_and_restore
