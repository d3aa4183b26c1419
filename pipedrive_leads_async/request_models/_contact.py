"""The properties that requests for persons and organizations have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from .._codec.requests import Request
from .._shared import checks
from ..enums import UNSET, UnsetType
from ..models._base import KEY, OMITTED, TIME_FORMAT
from . import _contact_values as values
from . import _ids as ids
from ._validators import as_fields, valid


def creation_time() -> Any:
    """Declare the creation time of a new contact."""
    return attrs.field(
        default=UNSET,
        converter=values.as_whole_seconds,
        validator=valid(checks.instant),
        metadata={TIME_FORMAT: "seconds of v2"},
    )


@attrs.frozen(kw_only=True)
class ContactProperties(Request):
    """The properties that new and changed persons and organizations have in common."""

    owner_id: int | UnsetType = attrs.field(
        default=UNSET, converter=ids.as_user_id, validator=valid(ids.user_id)
    )
    visible_to: int | UnsetType = attrs.field(
        default=UNSET, converter=values.as_level, validator=valid(values.level)
    )
    label_ids: tuple[int, ...] | UnsetType = attrs.field(
        default=UNSET, converter=values.as_label_ids, validator=valid(values.label_ids)
    )
    custom_fields: Mapping[str, Any] = attrs.field(
        factory=dict[str, Any],
        converter=as_fields,
        validator=valid(values.nested_fields),
        metadata={KEY: "custom_fields", OMITTED: True},
    )
