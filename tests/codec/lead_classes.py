"""Lead classes as users write them: one with every type of custom field, and unusual ones."""

from __future__ import annotations

import datetime as dt
import enum
from typing import Any, Generic, Self, TypeVar

import attrs

from pipedrive_leads_async import Lead, custom_field
from pipedrive_leads_async.models._base import KEY

ID = "8ba414d0-8ad8-11ef-9e9e-07879dd74146"
KEYS = [f"{number:040x}" for number in range(12)]


class Stage(enum.StrEnum):
    HOT = "1"
    COLD = "2"


class Rank(enum.IntEnum):
    NONE = 0
    FIRST = 1


@attrs.frozen
class Address:
    street: str
    city: str | None = None


@attrs.frozen(kw_only=True)
class MyLead(Lead):
    number: int | None = custom_field(KEYS[0])
    text: str | None = custom_field(KEYS[1])
    amount: float | None = custom_field(KEYS[2])
    flag: bool | None = custom_field(KEYS[3])
    day: dt.date | None = custom_field(KEYS[4])
    moment: dt.datetime | None = custom_field(KEYS[5])
    words: tuple[str, ...] | None = custom_field(KEYS[6])
    stage: Stage | str | None = custom_field(KEYS[7])
    address: Address | None = custom_field(KEYS[8])
    anything: Any = custom_field(KEYS[9])
    rank: Rank | None = custom_field(KEYS[10])
    option: int | str | None = custom_field(f"{KEYS[11]}_option")


@attrs.frozen(kw_only=True, slots=False)
class DictLead(Lead):
    number: int | None = custom_field(KEYS[0])


class PlainLead(Lead):
    """A subclass without attrs."""


@attrs.frozen(kw_only=True)
class StrictLead(Lead):
    number: int = attrs.field(metadata={KEY: KEYS[0]})
    maybe: int | None = attrs.field(metadata={KEY: KEYS[1]})


# Classes whose constructor does more than store its arguments, or whose bases have hooks.


def doubled(value: int | None) -> int | None:
    return None if value is None else value * 2


@attrs.frozen(kw_only=True)
class Validated(Lead):
    number: int | None = attrs.field(
        default=None, validator=attrs.validators.optional(attrs.validators.ge(0))
    )


@attrs.frozen(kw_only=True)
class Converted(Lead):
    number: int | None = attrs.field(default=None, converter=doubled)


@attrs.frozen(kw_only=True)
class Defaulted(Lead):
    number: int = attrs.field(default=5, metadata={KEY: KEYS[0]})


@attrs.frozen(kw_only=True)
class Made(Lead):
    numbers: Any = attrs.field(factory=list[int])


@attrs.frozen(kw_only=True)
class Computed(Lead):
    number: int = attrs.field(init=False, default=None)


@attrs.frozen(kw_only=True)
class AfterInit(Lead):
    def __attrs_post_init__(self) -> None:
        raise AssertionError


@attrs.frozen(kw_only=True)
class BeforeInit(Lead):
    def __attrs_pre_init__(self) -> None:
        raise AssertionError


@attrs.frozen(kw_only=True)
class OwnInit(Lead):
    def __init__(self, **fields: Any) -> None:
        self.__attrs_init__(**fields)  # type: ignore[attr-defined]  # attrs adds it


class PlainInit(Lead):
    def __init__(self, **fields: Any) -> None:
        super().__init__(**fields)
        object.__setattr__(self, "made", True)


class OwnNew(Lead):
    def __new__(cls, **fields: Any) -> Self:
        return super().__new__(cls)


@attrs.frozen(kw_only=True, cache_hash=True)
class CachedHash(Lead):
    number: int | None = custom_field(KEYS[0])


class Mixin:
    mixed = True


@attrs.frozen(kw_only=True)
class Mixed(Lead, Mixin):
    number: int | None = custom_field(KEYS[0])


T = TypeVar("T")


@attrs.frozen(kw_only=True)
class GenericLead(Lead, Generic[T]):
    number: int | None = custom_field(KEYS[0])


@attrs.frozen(kw_only=True)
class Registered(Lead):
    def __init_subclass__(cls, *, table: str) -> None:
        super().__init_subclass__()


class Table(Registered, table="leads"):
    """A subclass whose base requires an argument that the decoder does not know."""


def row(**fields: Any) -> dict[str, Any]:
    """Return the JSON of a lead: its id, its title and the given fields."""
    return {"id": ID, "title": "Big order", **fields}
