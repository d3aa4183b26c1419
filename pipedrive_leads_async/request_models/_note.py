"""The bodies of `add_note` and `update_note`."""

from __future__ import annotations

import datetime as dt
import html
import re
from typing import Any, Final, Self

import attrs

from .._codec.requests import Request
from .._shared import checks
from ..enums import UNSET, UnsetType
from ..errors import InvalidRequestError
from ..models._base import KEY, TIME_FORMAT
from . import _ids as ids
from ._contact_values import as_whole_seconds
from ._validators import refuse_empty, valid

_PINS: Final = {
    "pinned_to_lead_flag": "lead_id",
    "pinned_to_deal_flag": "deal_id",
    "pinned_to_person_flag": "person_id",
    "pinned_to_organization_flag": "organization_id",
    "pinned_to_project_flag": "project_id",
    "pinned_to_task_flag": "task_id",
}
"""The flags that pin a note to an item, and the ids of these items."""

_LINE_END: Final = re.compile(r"\r\n|[\r\n\v\f\x85\u2028\u2029]")


def _as_number(value: bool | int | UnsetType) -> int | UnsetType:
    """Convert a bool to 1 or 0, which is how Pipedrive expects it."""
    return int(value) if isinstance(value, bool) else value


def _check_flag(name: str, value: object) -> None:
    if type(value) is not int:
        raise TypeError(f"{name} must be a bool, got {checks.kind_of(value)}: write True or False")
    checks.integer(name, value, low=0, high=1)


def _id() -> Any:
    return attrs.field(default=UNSET, validator=valid(checks.integer))


def _flag() -> Any:
    return attrs.field(default=UNSET, converter=_as_number, validator=valid(_check_flag))


@attrs.frozen(kw_only=True)
class _NoteProperties(Request):
    lead_id: str | UnsetType = attrs.field(
        default=UNSET, converter=ids.as_lead_id, validator=valid(ids.lead_id)
    )
    deal_id: int | UnsetType = _id()
    person_id: int | UnsetType = attrs.field(
        default=UNSET, converter=ids.as_person_id, validator=valid(ids.person_id)
    )
    organization_id: int | UnsetType = attrs.field(
        default=UNSET,
        converter=ids.as_organization_id,
        validator=valid(ids.organization_id),
        metadata={KEY: "org_id"},
    )
    project_id: int | UnsetType = _id()
    task_id: int | UnsetType = _id()
    user_id: int | UnsetType = attrs.field(
        default=UNSET, converter=ids.as_user_id, validator=valid(ids.user_id)
    )
    add_time: dt.datetime | UnsetType = attrs.field(
        default=UNSET,
        converter=as_whole_seconds,
        validator=valid(checks.instant),
        metadata={TIME_FORMAT: "seconds"},
    )
    pinned_to_lead_flag: bool | int | UnsetType = _flag()
    pinned_to_deal_flag: bool | int | UnsetType = _flag()
    pinned_to_person_flag: bool | int | UnsetType = _flag()
    pinned_to_organization_flag: bool | int | UnsetType = _flag()
    pinned_to_project_flag: bool | int | UnsetType = _flag()
    pinned_to_task_flag: bool | int | UnsetType = _flag()

    @classmethod
    def from_text(
        cls,
        text: str,
        *,
        lead_id: ids.LeadId | UnsetType = UNSET,
        deal_id: int | UnsetType = UNSET,
        person_id: ids.PersonId | UnsetType = UNSET,
        organization_id: ids.OrganizationId | UnsetType = UNSET,
        project_id: int | UnsetType = UNSET,
        task_id: int | UnsetType = UNSET,
        user_id: ids.UserId | UnsetType = UNSET,
        add_time: dt.datetime | UnsetType = UNSET,
        pinned_to_lead_flag: bool | UnsetType = UNSET,
        pinned_to_deal_flag: bool | UnsetType = UNSET,
        pinned_to_person_flag: bool | UnsetType = UNSET,
        pinned_to_organization_flag: bool | UnsetType = UNSET,
        pinned_to_project_flag: bool | UnsetType = UNSET,
        pinned_to_task_flag: bool | UnsetType = UNSET,
    ) -> Self:
        r"""Return a request whose content is plain text: HTML is escaped, and line breaks are kept.

        Args:
            text: The text; not empty.
            lead_id: As for the class, like all other arguments.
            deal_id: As for the class.
            person_id: As for the class.
            organization_id: As for the class.
            project_id: As for the class.
            task_id: As for the class.
            user_id: As for the class.
            add_time: As for the class.
            pinned_to_lead_flag: As for the class.
            pinned_to_deal_flag: As for the class.
            pinned_to_person_flag: As for the class.
            pinned_to_organization_flag: As for the class.
            pinned_to_project_flag: As for the class.
            pinned_to_task_flag: As for the class.

        Raises:
            InvalidRequestError: As for the class.
            TypeError: As for the class.

        Example:
            >>> AddNoteRequest.from_text("5 < 6\nTrue", deal_id=1).content
            '5 &lt; 6<br>True'
        """
        escaped = html.escape(checks.text("text", text), quote=False)
        request: Any = cls  # both classes have the content
        note: Self = request(
            content=_LINE_END.sub("<br>", escaped),
            lead_id=lead_id,
            deal_id=deal_id,
            person_id=person_id,
            organization_id=organization_id,
            project_id=project_id,
            task_id=task_id,
            user_id=user_id,
            add_time=add_time,
            pinned_to_lead_flag=pinned_to_lead_flag,
            pinned_to_deal_flag=pinned_to_deal_flag,
            pinned_to_person_flag=pinned_to_person_flag,
            pinned_to_organization_flag=pinned_to_organization_flag,
            pinned_to_project_flag=pinned_to_project_flag,
            pinned_to_task_flag=pinned_to_task_flag,
        )
        return note


@attrs.frozen(kw_only=True)
class AddNoteRequest(_NoteProperties):
    """A new note. It belongs to at least one lead, deal, person, organization, project or task.

    The content is HTML; `from_text` creates the request from plain text. In Python, an argument
    that is an id can also be the object: `lead_id=lead`.

    Attributes:
        content: The text as HTML; not empty. Pipedrive removes what it does not allow.
        lead_id: The id of a lead.
        deal_id: The id of a deal.
        person_id: The id of a person.
        organization_id: The id of an organization.
        project_id: The id of a project.
        task_id: The id of a task.
        user_id: The id of the author; by default the user of the credential. Only an
            administrator can set another one.
        add_time: The creation time, if it is not now; fractions of a second are left out.
        pinned_to_lead_flag: Whether to pin the note to the lead.
        pinned_to_deal_flag: Whether to pin the note to the deal.
        pinned_to_person_flag: Whether to pin the note to the person.
        pinned_to_organization_flag: Whether to pin the note to the organization.
        pinned_to_project_flag: Whether to pin the note to the project.
        pinned_to_task_flag: Whether to pin the note to the task.

    Raises:
        InvalidRequestError: The note has no content or belongs to nothing, or Pipedrive would
            refuse a value.
        TypeError: A value has another type.

    https://developers.pipedrive.com/docs/api/v1/Notes#addNote
    """

    content: str = attrs.field(validator=valid(checks.text))

    def __attrs_post_init__(self) -> None:
        if all(getattr(self, name) is UNSET for name in _PINS.values()):
            raise InvalidRequestError(
                f"{', '.join(_PINS.values())} are all left out: pass at least one of them, because "
                "a note belongs to a lead, deal, person, organization, project or task"
            )
        for flag, name in _PINS.items():
            if getattr(self, flag) == 1 and getattr(self, name) is UNSET:
                raise InvalidRequestError(f"{flag} needs {name}: pass {name} too")


@attrs.frozen(kw_only=True)
class UpdateNoteRequest(_NoteProperties):
    """The changes of a note. A property that is left out stays unchanged.

    The content is HTML; `from_text` creates the request from plain text. In Python, an argument
    that is an id can also be the object: `lead_id=lead`.

    Attributes:
        content: The text as HTML; not empty. It replaces the present text.
        lead_id: The id of another lead.
        deal_id: The id of another deal.
        person_id: The id of another person.
        organization_id: The id of another organization.
        project_id: The id of another project.
        task_id: The id of another task.
        user_id: The id of another author. Only an administrator can change it.
        add_time: The creation time; fractions of a second are left out.
        pinned_to_lead_flag: Whether the note is pinned to the lead.
        pinned_to_deal_flag: Whether the note is pinned to the deal.
        pinned_to_person_flag: Whether the note is pinned to the person.
        pinned_to_organization_flag: Whether the note is pinned to the organization.
        pinned_to_project_flag: Whether the note is pinned to the project.
        pinned_to_task_flag: Whether the note is pinned to the task.

    Raises:
        InvalidRequestError: There are no changes, or Pipedrive would refuse a value.
        TypeError: A value has another type.

    https://developers.pipedrive.com/docs/api/v1/Notes#updateNote
    """

    content: str | UnsetType = attrs.field(default=UNSET, validator=valid(checks.text))

    def __attrs_post_init__(self) -> None:
        refuse_empty(self)
