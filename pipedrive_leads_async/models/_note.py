"""Notes on leads, deals, persons, organizations, projects and tasks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import attrs

from ._base import Model, informative_time, mapping, maybe, omitted, renamed


@attrs.frozen(kw_only=True)
class NoteItem(Model):
    """An item that a note belongs to; its id is an attribute of the note.

    Attributes:
        title: The title of a lead, deal, project or task.
        name: The name of a person or an organization.
        extra: The keys that this version does not know.

    https://developers.pipedrive.com/docs/api/v1/Notes
    """

    title: str | None = omitted()
    name: str | None = omitted()
    extra: Mapping[str, Any] = mapping()


@attrs.frozen(kw_only=True)
class NoteAuthor(Model):
    """The author of a note, whose id is `Note.user_id`.

    Attributes:
        name: The name.
        email: The email address.
        icon_url: The URL of the picture.
        is_you: Whether the author is the user of the credential.
        extra: The keys that this version does not know.

    https://developers.pipedrive.com/docs/api/v1/Notes
    """

    name: str | None = maybe()
    email: str | None = maybe()
    icon_url: str | None = maybe()
    is_you: bool | None = maybe()
    extra: Mapping[str, Any] = mapping()


@attrs.frozen(kw_only=True)
class Note(Model):
    """A note. It belongs to at least one item. The hash is that of the id.

    Attributes:
        id: The id of the note.
        content: The text as HTML, from which Pipedrive removes what it does not allow.
        lead_id: The id of the lead, a UUID.
        deal_id: The id of the deal.
        person_id: The id of the person.
        organization_id: The id of the organization; `org_id` in the JSON.
        project_id: The id of the project.
        task_id: The id of the task.
        user_id: The id of the author.
        last_update_user_id: The id of the user who changed the note last; None if it was never
            changed.
        active_flag: False for a deleted note.
        pinned_to_lead_flag: Whether the note is pinned to the lead.
        pinned_to_deal_flag: Whether the note is pinned to the deal.
        pinned_to_person_flag: Whether the note is pinned to the person.
        pinned_to_organization_flag: Whether the note is pinned to the organization.
        pinned_to_project_flag: Whether the note is pinned to the project.
        pinned_to_task_flag: Whether the note is pinned to the task.
        add_time: The creation time, in UTC; None if Pipedrive sends an impossible time.
        update_time: The time of the last change, in UTC; None as for `add_time`.
        lead: The title of the lead.
        deal: The title of the deal.
        person: The name of the person.
        organization: The name of the organization.
        project: The title of the project.
        task: The title of the task.
        user: The author.
        extra: The keys that this version does not know.

    https://developers.pipedrive.com/docs/api/v1/Notes
    """

    id: int
    content: str | None = maybe()
    lead_id: str | None = maybe()
    deal_id: int | None = maybe()
    person_id: int | None = maybe()
    organization_id: int | None = renamed("org_id")
    project_id: int | None = maybe()
    task_id: int | None = maybe()
    user_id: int | None = maybe()
    last_update_user_id: int | None = maybe()
    active_flag: bool | None = maybe()
    pinned_to_lead_flag: bool | None = maybe()
    pinned_to_deal_flag: bool | None = maybe()
    pinned_to_person_flag: bool | None = maybe()
    pinned_to_organization_flag: bool | None = maybe()
    pinned_to_project_flag: bool | None = maybe()
    pinned_to_task_flag: bool | None = maybe()
    add_time: dt.datetime | None = informative_time("seconds")
    update_time: dt.datetime | None = informative_time("seconds")
    lead: NoteItem | None = maybe()
    deal: NoteItem | None = maybe()
    person: NoteItem | None = maybe()
    organization: NoteItem | None = maybe()
    project: NoteItem | None = maybe()
    task: NoteItem | None = maybe()
    user: NoteAuthor | None = maybe()
    extra: Mapping[str, Any] = mapping()
