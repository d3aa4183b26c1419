"""What you send: requests that refuse, when they are made, what Pipedrive would refuse.

`UNSET`, the default, leaves a property out; None unsets it where Pipedrive allows that.
"""

from __future__ import annotations

import contextlib
import copy
import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import attrs

from .._codec.custom_field_keys import is_custom_field_key
from .._codec.json import dumps
from .._shared import checks
from ..enums import UNSET, LabelColor, UnsetType, VisibleTo
from ..errors import InvalidRequestError
from ..models import LeadValue


def _is(check: Callable[[str, Any], Any], *, nullable: bool = False) -> Callable[..., None]:
    def validate(_: object, attribute: attrs.Attribute[Any], value: object) -> None:
        if value is UNSET or (value is None and nullable):
            return
        if value is None:
            way_out = "give one" if attribute.default is attrs.NOTHING else "leave it out"
            raise InvalidRequestError(
                f"{attribute.name} cannot be None, Pipedrive does not take it: {way_out}"
            )
        check(attribute.name, value)

    return validate


def _value(name: str, value: object) -> None:
    lead_value: LeadValue = checks.instance(name, value, LeadValue)
    checks.number(f"{name}.amount", lead_value.amount)
    checks.text(f"{name}.currency", lead_value.currency)


def _custom_fields(name: str, value: object) -> None:
    fields: Mapping[object, object] = checks.instance(name, value, Mapping)
    for key, content in fields.items():
        if not isinstance(key, str) or not is_custom_field_key(key):
            raise InvalidRequestError(
                f"{name} has the key {key!r}, which is not that of a custom field (40 "
                "hexadecimal digits); Pipedrive's own properties are arguments of the request"
            )
        if content is not None and not isinstance(content, str | int | float | list | dict):
            raise TypeError(
                f"{name}[{key!r}] must be what JSON has, got {type(content).__name__}: let "
                "CustomFields.write make it, or give dates and times as text, in ISO 8601"
            )
        dumps(content, f"{name}[{key!r}]")


def _ids(value: Iterable[str] | UnsetType) -> tuple[str, ...] | UnsetType:
    return value if value is UNSET or value is None else checks.uuids("label_ids", value)


def _fields(value: Mapping[str, Any] | UnsetType) -> Mapping[str, Any]:
    if value is UNSET:
        return {}
    if not isinstance(value, Mapping):
        return value
    fields = dict(value)
    with contextlib.suppress(Exception):  # what cannot be copied is no JSON, and refused
        # The caller's values can change after they are checked.
        fields = copy.deepcopy(fields)
    return fields


@attrs.frozen(kw_only=True)
class _LeadProperties:
    owner_id: int | UnsetType = attrs.field(default=UNSET, validator=_is(checks.integer))
    label_ids: tuple[str, ...] | UnsetType = attrs.field(
        default=UNSET, converter=_ids, validator=_is(checks.uuids)
    )
    value: LeadValue | UnsetType | None = attrs.field(
        default=UNSET, validator=_is(_value, nullable=True)
    )
    visible_to: VisibleTo | str | UnsetType = attrs.field(default=UNSET, validator=_is(checks.text))
    was_seen: bool | UnsetType = attrs.field(default=UNSET, validator=_is(checks.boolean))
    channel: int | UnsetType | None = attrs.field(
        default=UNSET, validator=_is(checks.integer, nullable=True)
    )
    channel_id: str | UnsetType | None = attrs.field(
        default=UNSET, validator=_is(checks.text, nullable=True)
    )
    custom_fields: Mapping[str, Any] = attrs.field(
        factory=dict[str, Any], converter=_fields, validator=_is(_custom_fields)
    )


@attrs.frozen(kw_only=True)
class AddLeadRequest(_LeadProperties):
    """A lead to be made. It needs a title and a person, an organization or both.

    Attributes:
        title: What people see; not empty.
        person_id: The person it is linked to.
        organization_id: The organization it is linked to.
        owner_id: The user it will belong to; left out, the user of the credential.
        label_ids: The labels on it, as UUIDs.
        value: What it may be worth: amount and currency together.
        expected_close_date: When the deal made of it should close.
        visible_to: Who sees it; left out, the account's default.
        was_seen: Whether it counts as opened in Pipedrive.
        origin_id: Your own reference. It cannot be changed later.
        channel: The id of the marketing channel.
        channel_id: Your own reference within the channel.
        custom_fields: The account's own fields, by their 40-digit keys.

    Raises:
        InvalidRequestError: A value that Pipedrive refuses.
        TypeError: A value of another type.

    https://developers.pipedrive.com/docs/api/v1/Leads#addLead
    """

    title: str = attrs.field(validator=_is(checks.text))
    person_id: int | UnsetType = attrs.field(default=UNSET, validator=_is(checks.integer))
    organization_id: int | UnsetType = attrs.field(default=UNSET, validator=_is(checks.integer))
    expected_close_date: dt.date | UnsetType = attrs.field(
        default=UNSET, validator=_is(checks.date)
    )
    origin_id: str | UnsetType | None = attrs.field(
        default=UNSET, validator=_is(checks.text, nullable=True)
    )

    def __attrs_post_init__(self) -> None:
        if self.person_id is UNSET and self.organization_id is UNSET:
            raise InvalidRequestError(
                "person_id and organization_id are both left out: a lead is linked to a "
                "person, an organization or both"
            )


@attrs.frozen(kw_only=True)
class UpdateLeadRequest(_LeadProperties):
    """What shall change of a lead. What is left out stays, None unsets.

    Attributes:
        title: What people see; not empty.
        person_id: Another person, or None to unlink it.
        organization_id: Another organization, or None to unlink it.
        owner_id: Another owner.
        label_ids: All labels it shall carry: they replace those it has.
        value: Amount and currency together, or None.
        expected_close_date: A date, or None.
        visible_to: Who sees it.
        was_seen: Whether it counts as opened in Pipedrive.
        is_archived: True archives it. An archived lead takes nothing but False.
        channel: The id of the marketing channel, or None.
        channel_id: Your own reference within the channel, or None.
        custom_fields: The account's own fields, by their 40-digit keys; None unsets one.

    Raises:
        InvalidRequestError: Nothing to change, or a value that Pipedrive refuses.
        TypeError: A value of another type.

    https://developers.pipedrive.com/docs/api/v1/Leads#updateLead
    """

    title: str | UnsetType = attrs.field(default=UNSET, validator=_is(checks.text))
    person_id: int | UnsetType | None = attrs.field(
        default=UNSET, validator=_is(checks.integer, nullable=True)
    )
    organization_id: int | UnsetType | None = attrs.field(
        default=UNSET, validator=_is(checks.integer, nullable=True)
    )
    expected_close_date: dt.date | UnsetType | None = attrs.field(
        default=UNSET, validator=_is(checks.date, nullable=True)
    )
    is_archived: bool | UnsetType = attrs.field(default=UNSET, validator=_is(checks.boolean))

    def __attrs_post_init__(self) -> None:
        _refuse_empty(self)
        if self.person_id is None and self.organization_id is None:
            raise InvalidRequestError(
                "person_id and organization_id are both None: a lead stays linked to a "
                "person, an organization or both"
            )


@attrs.frozen(kw_only=True)
class AddLeadLabelRequest:
    """A lead label to be made.

    Attributes:
        name: What people see; not empty.
        color: One of `LabelColor`, or a color that Pipedrive added since.

    https://developers.pipedrive.com/docs/api/v1/LeadLabels#addLeadLabel
    """

    name: str = attrs.field(validator=_is(checks.text))
    color: LabelColor | str = attrs.field(validator=_is(checks.text))


@attrs.frozen(kw_only=True)
class UpdateLeadLabelRequest:
    """What shall change of a lead label. What is left out stays.

    Attributes:
        name: What people see; not empty.
        color: One of `LabelColor`, or a color that Pipedrive added since.

    https://developers.pipedrive.com/docs/api/v1/LeadLabels#updateLeadLabel
    """

    name: str | UnsetType = attrs.field(default=UNSET, validator=_is(checks.text))
    color: LabelColor | str | UnsetType = attrs.field(default=UNSET, validator=_is(checks.text))

    def __attrs_post_init__(self) -> None:
        _refuse_empty(self)


def _refuse_empty(request: UpdateLeadRequest | UpdateLeadLabelRequest) -> None:
    if not attrs.asdict(request, recurse=False, filter=lambda _, value: value not in (UNSET, {})):
        raise InvalidRequestError(f"{type(request).__name__} is empty: name what shall change")
