"""Models of a lead for pydantic and msgspec, and a lead class with typed custom fields."""

from __future__ import annotations

import datetime as dt

import attrs
import msgspec
import pydantic

from pipedrive_leads_async import Lead, custom_field

from .data import CUSTOM_FIELDS


class PydanticValue(pydantic.BaseModel):
    amount: float
    currency: str


class PydanticLead(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="allow")

    id: str
    title: str
    owner_id: int | None = None
    creator_id: int | None = None
    label_ids: list[str] = []
    person_id: int | None = None
    organization_id: int | None = None
    source_name: str | None = None
    origin: str | None = None
    origin_id: str | None = None
    channel: int | None = None
    channel_id: str | None = None
    source_deal_id: int | None = None
    is_archived: bool | None = None
    was_seen: bool | None = None
    value: PydanticValue | None = None
    expected_close_date: dt.date | None = None
    next_activity_id: int | None = None
    add_time: dt.datetime | None = None
    update_time: dt.datetime | None = None
    visible_to: str | None = None
    cc_email: str | None = None


class PydanticPagination(pydantic.BaseModel):
    next_start: int | None = None


class PydanticAdditionalData(pydantic.BaseModel):
    pagination: PydanticPagination


class PydanticPage(pydantic.BaseModel):
    success: bool
    data: list[PydanticLead]
    additional_data: PydanticAdditionalData


class StructValue(msgspec.Struct):
    amount: float
    currency: str


class StructLead(msgspec.Struct):
    """A lead without its custom fields, because a struct ignores unknown keys."""

    id: str
    title: str
    owner_id: int | None = None
    creator_id: int | None = None
    label_ids: list[str] = []
    person_id: int | None = None
    organization_id: int | None = None
    source_name: str | None = None
    origin: str | None = None
    origin_id: str | None = None
    channel: int | None = None
    channel_id: str | None = None
    source_deal_id: int | None = None
    is_archived: bool | None = None
    was_seen: bool | None = None
    value: StructValue | None = None
    expected_close_date: dt.date | None = None
    next_activity_id: int | None = None
    add_time: dt.datetime | None = None
    update_time: dt.datetime | None = None
    visible_to: str | None = None
    cc_email: str | None = None


class StructPagination(msgspec.Struct):
    next_start: int | None = None


class StructAdditionalData(msgspec.Struct):
    pagination: StructPagination


class StructPage(msgspec.Struct):
    success: bool
    data: list[StructLead]
    additional_data: StructAdditionalData


@attrs.frozen(kw_only=True)
class TypedLead(Lead):
    """A lead with ten typed custom fields, six of which have a value."""

    note: str | None = custom_field(CUSTOM_FIELDS[0])
    budget: int | None = custom_field(CUSTOM_FIELDS[1])
    renewal: dt.date | None = custom_field(CUSTOM_FIELDS[2])
    products: str | None = custom_field(CUSTOM_FIELDS[3])
    probability: float | None = custom_field(CUSTOM_FIELDS[4])
    stage: str | None = custom_field(CUSTOM_FIELDS[5])
    region: str | None = custom_field(CUSTOM_FIELDS[6])
    seats: int | None = custom_field(CUSTOM_FIELDS[7])
    kick_off: dt.date | None = custom_field(CUSTOM_FIELDS[8])
    discount: float | None = custom_field(CUSTOM_FIELDS[9])
