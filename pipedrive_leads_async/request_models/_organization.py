"""The bodies of `add_organization` and `update_organization`."""

from __future__ import annotations

import datetime as dt

import attrs

from .._shared import checks
from ..enums import UNSET, UnsetType
from ..models import PostalAddress
from . import _contact_values as values
from ._contact import ContactProperties, creation_time
from ._validators import refuse_empty, valid


@attrs.frozen(kw_only=True)
class _OrganizationProperties(ContactProperties):
    address: PostalAddress | UnsetType = attrs.field(
        default=UNSET, converter=values.as_address, validator=valid(values.address)
    )
    website: str | UnsetType | None = attrs.field(
        default=UNSET, validator=valid(checks.text, nullable=True)
    )
    linkedin: str | UnsetType | None = attrs.field(
        default=UNSET, validator=valid(checks.text, nullable=True)
    )
    industry: int | UnsetType | None = attrs.field(
        default=UNSET, validator=valid(checks.integer, nullable=True)
    )
    annual_revenue: int | UnsetType | None = attrs.field(
        default=UNSET, validator=valid(values.whole, nullable=True)
    )
    employee_count: int | UnsetType | None = attrs.field(
        default=UNSET, validator=valid(values.whole, nullable=True)
    )


@attrs.frozen(kw_only=True)
class AddOrganizationRequest(_OrganizationProperties):
    """A new organization.

    In Python, an argument that is an id can also be the object: `owner_id=user`. The address can be
    a `PostalAddress`.

    Attributes:
        name: The name; not empty.
        owner_id: The id of the owner; by default the user of the credential.
        add_time: The creation time, if it is not now; fractions of a second are left out.
        visible_to: The visibility level, 1, 3, 5 or 7, whose meaning depends on the account's
            plan; by default that of the user of the credential.
        label_ids: The ids of the labels.
        address: The address: a text, or an object with its parts.
        website: The URL of the website.
        linkedin: The URL of the profile at LinkedIn.
        industry: The id of the industry.
        annual_revenue: The revenue of a year, at least 0.
        employee_count: The number of employees, at least 0.
        custom_fields: The values of the account's own fields of organizations, by their 40-digit
            keys.

    Raises:
        InvalidRequestError: Pipedrive would refuse a value.
        TypeError: A value has another type.

    https://developers.pipedrive.com/docs/api/v1/Organizations#addOrganization
    """

    name: str = attrs.field(validator=valid(checks.text))
    add_time: dt.datetime | UnsetType = creation_time()


@attrs.frozen(kw_only=True)
class UpdateOrganizationRequest(_OrganizationProperties):
    """The changes of an organization. A property that is left out stays unchanged.

    In Python, an argument that is an id can also be the object: `owner_id=user`. The address can be
    a `PostalAddress`.

    Attributes:
        name: The name; not empty.
        owner_id: The id of another owner.
        visible_to: The visibility level, 1, 3, 5 or 7, whose meaning depends on the account's
            plan.
        label_ids: The ids of all labels of the organization; they replace the present labels.
        address: The address: a text, or an object with its parts.
        website: The URL of the website, or None.
        linkedin: The URL of the profile at LinkedIn, or None.
        industry: The id of the industry, or None.
        annual_revenue: The revenue of a year, or None.
        employee_count: The number of employees, or None.
        custom_fields: The values of the account's own fields of organizations, by their 40-digit
            keys; None clears a field.

    Raises:
        InvalidRequestError: There are no changes, or Pipedrive would refuse a value.
        TypeError: A value has another type.

    https://developers.pipedrive.com/docs/api/v1/Organizations#updateOrganization
    """

    name: str | UnsetType = attrs.field(default=UNSET, validator=valid(checks.text))

    def __attrs_post_init__(self) -> None:
        refuse_empty(self)
