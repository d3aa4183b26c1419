"""The fields that leads have in an account."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import attrs

from ._base import Model, informative_time, mapping, maybe


@attrs.frozen(kw_only=True)
class LeadFieldOption(Model):
    """An option of a field of the type `enum` or `set`.

    Attributes:
        id: The value stored in leads; a text or a boolean in some of Pipedrive's own fields.
        label: The label shown in Pipedrive.
        extra: The keys that this version does not know.

    https://developers.pipedrive.com/docs/api/v1/LeadFields
    """

    id: int | str | bool
    label: str
    extra: Mapping[str, Any] = mapping()


@attrs.frozen(kw_only=True)
class LeadField(Model):
    """A field of the leads of an account: one of Pipedrive's own fields or a custom field.

    Attributes:
        key: The key in the JSON of a lead; 40 hexadecimal digits for a custom field.
        name: The name shown in Pipedrive. Several fields can have the same name.
        id: The id of the field; None for a part of another field.
        field_type: The type, such as `varchar`, `monetary` or `enum`.
        order_nr: The position in the order of fields.
        options: The options of an `enum` or `set`.
        active_flag: Whether the field is in use.
        edit_flag: Whether the field can be changed; Pipedrive's own fields cannot.
        add_time: The creation time, in UTC; None if Pipedrive sends an impossible time.
        update_time: The time of the last change, in UTC; None as for `add_time`.
        extra: The other keys, most of which are settings of Pipedrive's own pages. They include
            `description`, `mandatory_flag`, which is a bool or an object, and `is_subfield`,
            which is true for a part of another field.

    https://developers.pipedrive.com/docs/api/v1/LeadFields
    """

    key: str
    name: str = attrs.field(hash=False)
    id: int | None = maybe()
    field_type: str | None = maybe()
    order_nr: int | None = maybe()
    options: tuple[LeadFieldOption, ...] | None = maybe()
    active_flag: bool | None = maybe()
    edit_flag: bool | None = maybe()
    add_time: dt.datetime | None = informative_time("seconds")
    update_time: dt.datetime | None = informative_time("seconds")
    extra: Mapping[str, Any] = mapping()
