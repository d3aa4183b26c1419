"""The bodies of `add_lead_label` and `update_lead_label`."""

from __future__ import annotations

import attrs

from .._codec.requests import Request
from .._shared import checks
from ..enums import UNSET, LabelColor, UnsetType
from ._validators import member_of, refuse_empty, valid


@attrs.frozen(kw_only=True)
class AddLeadLabelRequest(Request):
    """A new lead label.

    Attributes:
        name: The name shown in Pipedrive; not empty.
        color: The color, in lower case; one that Pipedrive added later is accepted too.

    Raises:
        InvalidRequestError: A value is empty or None.
        TypeError: A value has another type.

    https://developers.pipedrive.com/docs/api/v1/LeadLabels#addLeadLabel
    """

    name: str = attrs.field(validator=valid(checks.text))
    color: LabelColor | str = attrs.field(validator=valid(member_of(LabelColor)))


@attrs.frozen(kw_only=True)
class UpdateLeadLabelRequest(Request):
    """The changes of a lead label. A property that is left out stays unchanged.

    Attributes:
        name: The name shown in Pipedrive; not empty.
        color: The color, in lower case; one that Pipedrive added later is accepted too.

    Raises:
        InvalidRequestError: There are no changes, or a value is empty or None.
        TypeError: A value has another type.

    https://developers.pipedrive.com/docs/api/v1/LeadLabels#updateLeadLabel
    """

    name: str | UnsetType = attrs.field(default=UNSET, validator=valid(checks.text))
    color: LabelColor | str | UnsetType = attrs.field(
        default=UNSET, validator=valid(member_of(LabelColor))
    )

    def __attrs_post_init__(self) -> None:
        refuse_empty(self)
