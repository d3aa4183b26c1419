"""The operations on one lead: read it, change it, delete it."""

from __future__ import annotations

from collections.abc import Iterable

from .._codec.codec import to_dict
from .._http import reference as operations
from .._http.message import Response
from .._shared import checks
from ..errors import DecodeError, InvalidRequestError
from ..models._lead import LeadT
from ..request_models import UpdateLeadRequest
from ..request_models._ids import LabelId, LeadId, label_ids, lead_id
from .base import Operations
from .missing_fields import warn_about_missing_fields
from .responses import parse_rows, read_deletion, read_one


class LeadOperations(Operations[LeadT]):
    """The operations on one lead, part of `LeadsClient`."""

    async def get_lead(self, id: LeadId) -> LeadT:
        """Get one lead, open or archived.

        It costs 2 tokens of the daily budget.

        Args:
            id: The lead, or its id, a UUID.

        Raises:
            NotFoundError: The lead does not exist, or is not visible to the user of the
                credential.

        Example:
            >>> async def show(client: LeadsClient, id: str) -> None:
            ...     lead = await client.get_lead(id)
            ...     print(lead.title, lead.value)

        https://developers.pipedrive.com/docs/api/v1/Leads#getLead
        """
        checked_id = lead_id("id", id)
        return await self._caller.call(
            operations.GET_LEAD,
            read_one(self._lead_type, id=checked_id),
            ids={"id": checked_id},
        )

    async def update_lead(self, id: LeadId, request: UpdateLeadRequest) -> LeadT:
        """Update the fields that are set in a request, and return the updated lead.

        It costs 10 tokens of the daily budget. A retry can overwrite a change that was made
        between the two attempts.

        Args:
            id: The lead, or its id, a UUID.
            request: The new values. Fields that are left out keep their values; None clears a
                field.

        Raises:
            NotFoundError: The lead does not exist, or is not visible to the user of the
                credential.
            BadRequestError: Pipedrive refuses a value, or the lead is archived: set
                `is_archived=False` first, in a request of its own.

        Example:
            >>> from pipedrive_leads_async import UpdateLeadRequest
            >>> async def unset_value(client: LeadsClient, id: str) -> Lead:
            ...     return await client.update_lead(id, UpdateLeadRequest(value=None))

        https://developers.pipedrive.com/docs/api/v1/Leads#updateLead
        """
        checked_id = lead_id("id", id)
        checks.request(request, UpdateLeadRequest)
        lead = await self._caller.call(
            operations.UPDATE_LEAD,
            read_one(self._lead_type, id=checked_id),
            ids={"id": checked_id},
            json=to_dict(request),
        )
        if request.custom_fields:
            warn_about_missing_fields(
                self._caller, self._account, operations.UPDATE_LEAD, request, to_dict(lead)
            )
        return lead

    async def change_lead_labels(
        self,
        id: LeadId,
        *,
        add: Iterable[LabelId] = (),
        remove: Iterable[LabelId] = (),
    ) -> LeadT:
        """Add labels to a lead and remove others from it, and return the updated lead.

        Pipedrive can only replace all labels of a lead. So this method reads the lead, which
        costs 2 tokens of the daily budget, and updates it if the labels change, which costs 10.
        It is not atomic: a change of the labels between the two requests is overwritten.

        Args:
            id: The lead, or its id, a UUID.
            add: Labels or their ids. New ones are added after the existing ones.
            remove: Labels or their ids. Those that the lead does not have are ignored.

        Raises:
            InvalidRequestError: `add` and `remove` are both empty, or have a label in common.
            NotFoundError: The lead does not exist, or is not visible to the user of the
                credential.
            BadRequestError: Pipedrive refuses the change, for example because a label does not
                exist.

        Example:
            >>> async def cool_down(client: LeadsClient, lead: Lead) -> Lead:
            ...     labels = {label.name: label for label in await client.get_lead_labels()}
            ...     return await client.change_lead_labels(
            ...         lead.id, add=[labels["Cold"]], remove=[labels["Hot"], labels["Warm"]]
            ...     )

        https://developers.pipedrive.com/docs/api/v1/Leads#updateLead
        """
        # Leads contain label ids in lower case, and these ids are compared with them.
        added = [label_id.lower() for label_id in label_ids("add", add)]
        removed = [label_id.lower() for label_id in label_ids("remove", remove)]
        if not added and not removed:
            raise InvalidRequestError("add and remove are both empty: set at least one of them")
        if both := set(added).intersection(removed):
            raise InvalidRequestError(
                f"add and remove both contain {min(both)}: leave it out of one of them"
            )
        lead = await self.get_lead(id)
        kept = [label_id for label_id in lead.label_ids if label_id not in removed]
        changed = tuple(dict.fromkeys((*kept, *added)))
        if changed == lead.label_ids:
            return lead
        return await self.update_lead(id, UpdateLeadRequest(label_ids=changed))

    async def get_lead_users(self, id: LeadId) -> list[int]:
        """Get the ids of the users who are permitted to see a lead.

        It costs 10 tokens of the daily budget.

        Args:
            id: The lead, or its id, a UUID.

        Raises:
            NotFoundError: The lead does not exist, or is not visible to the user of the
                credential.

        Example:
            >>> async def may_see(client: LeadsClient, lead: Lead, user_id: int) -> bool:
            ...     return user_id in await client.get_lead_users(lead.id)

        https://developers.pipedrive.com/docs/api/v1/Leads#getLeadUsers
        """
        return await self._caller.call(
            operations.GET_LEAD_USERS, _read_user_ids, ids={"id": lead_id("id", id)}
        )

    async def delete_lead(self, id: LeadId) -> str:
        """Delete a lead, and return its id.

        It costs 6 tokens of the daily budget. If a retry finds that the lead does not exist, an
        earlier attempt deleted it, and no error is raised.

        Args:
            id: The lead, or its id, a UUID.

        Raises:
            NotFoundError: The lead does not exist, or is not visible to the user of the
                credential.

        Example:
            >>> async def forget(client: LeadsClient, lead: Lead) -> None:
            ...     await client.delete_lead(lead.id)

        https://developers.pipedrive.com/docs/api/v1/Leads#deleteLead
        """
        checked_id = lead_id("id", id)
        await self._caller.call(
            operations.DELETE_LEAD, read_deletion(checked_id), ids={"id": checked_id}
        )
        return checked_id

    # Pipedrive's own operation ids
    getLead = get_lead
    updateLead = update_lead
    deleteLead = delete_lead
    getLeadUsers = get_lead_users


async def _read_user_ids(response: Response) -> list[int]:
    rows = parse_rows(response)
    # isinstance would accept a bool as an int.
    if wrong := [(i, type(row).__name__) for i, row in enumerate(rows) if type(row) is not int]:
        paths = tuple(f"$.data[{i}]: expected int, got {kind}" for i, kind in wrong)
        raise DecodeError(
            f"the response is not a list of user ids: {'; '.join(paths[:3])}",
            paths=paths,
            raw=rows,
        )
    return rows
