"""The bodies of `add_person` and `update_person`."""

from __future__ import annotations

import datetime as dt

import attrs

from .._shared import checks
from ..enums import UNSET, UnsetType
from ..models import ContactDetail, PostalAddress
from ..models._base import KEY
from . import _contact_values as values
from . import _ids as ids
from ._contact import ContactProperties, creation_time
from ._validators import refuse_empty, valid


@attrs.frozen(kw_only=True)
class _PersonProperties(ContactProperties):
    organization_id: int | UnsetType = attrs.field(
        default=UNSET,
        converter=ids.as_organization_id,
        validator=valid(ids.organization_id),
        metadata={KEY: "org_id"},
    )
    emails: tuple[ContactDetail, ...] | UnsetType = attrs.field(
        default=UNSET, converter=values.as_emails, validator=valid(values.emails)
    )
    phones: tuple[ContactDetail, ...] | UnsetType = attrs.field(
        default=UNSET, converter=values.as_phones, validator=valid(values.phones)
    )
    postal_address: PostalAddress | UnsetType = attrs.field(
        default=UNSET, converter=values.as_address, validator=valid(values.address)
    )
    notes: str | UnsetType = attrs.field(default=UNSET, validator=valid(checks.text))
    im: tuple[ContactDetail, ...] | UnsetType = attrs.field(
        default=UNSET, converter=values.as_accounts, validator=valid(values.accounts)
    )
    birthday: dt.date | UnsetType = attrs.field(default=UNSET, validator=valid(checks.date))
    job_title: str | UnsetType = attrs.field(default=UNSET, validator=valid(checks.text))
    marketing_status: str | UnsetType = attrs.field(default=UNSET, validator=valid(checks.text))


@attrs.frozen(kw_only=True)
class AddPersonRequest(_PersonProperties):
    """A new person.

    In Python, an argument that is an id can also be the object: `owner_id=user`. Emails, phones
    and accounts can be `ContactDetail` objects, and the address a `PostalAddress`.

    Attributes:
        name: The whole name; not empty. Pipedrive divides it into first and last name.
        owner_id: The id of the owner; by default the user of the credential.
        organization_id: The id of the organization to link.
        add_time: The creation time, if it is not now; fractions of a second are left out.
        emails: The email addresses: each is a text, or an object with `value`, `label` and
            `primary`. The first is primary, unless another one is marked.
        phones: The phone numbers, in the same form.
        visible_to: The visibility level, 1, 3, 5 or 7, whose meaning depends on the account's
            plan; by default that of the user of the credential.
        label_ids: The ids of the labels.
        postal_address: The address: a text, or an object with its parts. This property and the
            next four exist only if the company has set up the synchronisation of contacts.
        notes: The notes of the synchronisation of contacts, of at most 10,000 characters.
        im: The instant messaging accounts, in the form of `emails`.
        birthday: The birthday.
        job_title: The job title.
        marketing_status: The consent to marketing, for companies that use Campaigns:
            `no_consent`, `unsubscribed`, `subscribed` or `archived`.
        custom_fields: The values of the account's own fields of persons, by their 40-digit keys.

    Raises:
        InvalidRequestError: Pipedrive would refuse a value.
        TypeError: A value has another type.

    https://developers.pipedrive.com/docs/api/v1/Persons#addPerson
    """

    name: str = attrs.field(validator=valid(checks.text))
    add_time: dt.datetime | UnsetType = creation_time()


@attrs.frozen(kw_only=True)
class UpdatePersonRequest(_PersonProperties):
    """The changes of a person. A property that is left out stays unchanged.

    In Python, an argument that is an id can also be the object: `owner_id=user`. Emails, phones
    and accounts can be `ContactDetail` objects, and the address a `PostalAddress`.

    Attributes:
        name: The whole name; not empty.
        owner_id: The id of another owner.
        organization_id: The id of another organization.
        emails: All email addresses: each is a text, or an object with `value`, `label` and
            `primary`. They replace the present
            ones: to add one, pass the present ones too. An empty list removes all.
        phones: All phone numbers; they replace the present ones as `emails` do.
        visible_to: The visibility level, 1, 3, 5 or 7, whose meaning depends on the account's
            plan.
        label_ids: The ids of all labels of the person; they replace the present labels.
        postal_address: The address: a text, or an object with its parts. This property and the
            next four exist only if the company has set up the synchronisation of contacts.
        notes: The notes of the synchronisation of contacts, of at most 10,000 characters.
        im: All instant messaging accounts; they replace the present ones as `emails` do.
        birthday: The birthday.
        job_title: The job title.
        marketing_status: The consent to marketing, for companies that use Campaigns. Pipedrive
            accepts one change from an old status to a new one.
        custom_fields: The values of the account's own fields of persons, by their 40-digit keys;
            None clears a field.

    Raises:
        InvalidRequestError: There are no changes, or Pipedrive would refuse a value.
        TypeError: A value has another type.

    https://developers.pipedrive.com/docs/api/v1/Persons#updatePerson
    """

    name: str | UnsetType = attrs.field(default=UNSET, validator=valid(checks.text))

    def __attrs_post_init__(self) -> None:
        refuse_empty(self)
