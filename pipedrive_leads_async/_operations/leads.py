"""One lead that is there: read it, change it, delete it."""

from __future__ import annotations

from collections.abc import Iterable

from .._codec.codec import to_dict
from .._http import reference as operations
from .._http.message import Response
from .._shared import checks
from ..errors import DecodeError, InvalidRequestError
from ..models import LeadLabel
from ..models._lead import LeadT
from ..request_models import UpdateLeadRequest
from .base import Operations
from .responses import read_data, read_one, read_rows


class LeadOperations(Operations[LeadT]):
    """The operations on one lead, part of `LeadsClient`."""

    async def get_lead(self, id: str) -> LeadT:
        """Get one lead, open or archived.

        Args:
            id: The lead's id, a UUID.

        Raises:
            NotFoundError: There is no such lead, or the user may not see it.

        Example:
            >>> async def show(client: LeadsClient, id: str) -> None:
            ...     lead = await client.get_lead(id)
            ...     print(lead.title, lead.value)

        https://developers.pipedrive.com/docs/api/v1/Leads#getLead
        """
        return await self._caller.call(
            operations.GET_LEAD, read_one(self._lead_type), ids={"id": checks.uuid("id", id)}
        )

    async def update_lead(self, id: str, request: UpdateLeadRequest) -> LeadT:
        """Change what the request names, and get the lead as it is then.

        A retry can overwrite what somebody else changed in between.

        Args:
            id: The lead's id, a UUID.
            request: What shall change; None unsets.

        Raises:
            NotFoundError: There is no such lead.
            BadRequestError: Pipedrive refuses the change.

        Example:
            >>> from pipedrive_leads_async import UpdateLeadRequest
            >>> async def unset_value(client: LeadsClient, id: str) -> Lead:
            ...     return await client.update_lead(id, UpdateLeadRequest(value=None))

        https://developers.pipedrive.com/docs/api/v1/Leads#updateLead
        """
        checks.instance("request", request, UpdateLeadRequest)
        return await self._caller.call(
            operations.UPDATE_LEAD,
            read_one(self._lead_type),
            ids={"id": checks.uuid("id", id)},
            json=to_dict(request),
        )

    async def change_lead_labels(
        self,
        id: str,
        *,
        add: Iterable[str | LeadLabel] = (),
        remove: Iterable[str | LeadLabel] = (),
    ) -> LeadT:
        """Put labels on a lead and take others off it, and get the lead as it is then.

        Pipedrive only knows how to replace all labels of a lead. So this reads the lead and
        writes its labels, if they change: 2 tokens of the daily budget, and 10. It is not
        atomic: what another writer does to the labels in between is overwritten.

        Args:
            id: The lead's id, a UUID.
            add: Labels, or their ids; those that the lead lacks go behind those it has.
            remove: Labels, or their ids; those that the lead lacks do not matter.

        Raises:
            NotFoundError: There is no such lead.
            BadRequestError: Pipedrive refuses the change, such as of an unknown label.

        Example:
            >>> async def cool_down(client: LeadsClient, lead: Lead) -> Lead:
            ...     labels = {label.name: label for label in await client.get_lead_labels()}
            ...     return await client.change_lead_labels(
            ...         lead.id, add=[labels["Cold"]], remove=[labels["Hot"], labels["Warm"]]
            ...     )

        https://developers.pipedrive.com/docs/api/v1/Leads#updateLead
        """
        added, removed = _label_ids("add", add), _label_ids("remove", remove)
        if not added and not removed:
            raise InvalidRequestError("add and remove are both empty: name a label")
        if both := set(added).intersection(removed):
            raise InvalidRequestError(f"add and remove both have {min(both)}: decide for one")
        lead = await self.get_lead(id)
        kept = [label_id for label_id in lead.label_ids if label_id not in removed]
        label_ids = tuple(dict.fromkeys((*kept, *added)))
        if label_ids == lead.label_ids:
            return lead
        return await self.update_lead(id, UpdateLeadRequest(label_ids=label_ids))

    async def get_lead_users(self, id: str) -> list[int]:
        """Get the ids of the users who may see a lead.

        Args:
            id: The lead's id, a UUID.

        Raises:
            NotFoundError: There is no such lead, or the user may not see it.

        Example:
            >>> async def may_see(client: LeadsClient, lead: Lead, user_id: int) -> bool:
            ...     return user_id in await client.get_lead_users(lead.id)

        https://developers.pipedrive.com/docs/api/v1/Leads#getLeadUsers
        """
        return await self._caller.call(
            operations.GET_LEAD_USERS, _read_user_ids, ids={"id": checks.uuid("id", id)}
        )

    async def delete_lead(self, id: str) -> str:
        """Delete a lead, and get its id.

        Where a retry finds no such lead any more, the first attempt deleted it.

        Args:
            id: The lead's id, a UUID.

        Raises:
            NotFoundError: There was no such lead.

        Example:
            >>> async def forget(client: LeadsClient, lead: Lead) -> None:
            ...     await client.delete_lead(lead.id)

        https://developers.pipedrive.com/docs/api/v1/Leads#deleteLead
        """
        await self._caller.call(
            operations.DELETE_LEAD, read_data, ids={"id": checks.uuid("id", id)}
        )
        return id

    # Pipedrive's own operation ids
    getLead = get_lead
    updateLead = update_lead
    deleteLead = delete_lead
    getLeadUsers = get_lead_users


def _label_ids(name: str, labels: Iterable[str | LeadLabel]) -> list[str]:
    if isinstance(labels, str) or not isinstance(labels, Iterable):
        kind = type(labels).__name__
        raise TypeError(
            f"{name} must be a list of labels or their ids, got {kind}: write {name}=[...]"
        )
    ids = (label.id if isinstance(label, LeadLabel) else label for label in labels)
    # In lower case, as they stand in leads: they are compared with those.
    return [checks.uuid(f"{name}[{i}]", id).lower() for i, id in enumerate(ids)]


def _read_user_ids(response: Response) -> list[int]:
    rows = read_rows(response)
    # A bool is an int too, for isinstance.
    if wrong := [(i, type(row).__name__) for i, row in enumerate(rows) if type(row) is not int]:
        paths = tuple(f"$.data[{i}]: expected int, got {kind}" for i, kind in wrong)
        raise DecodeError(
            f"the answer is not a list of user ids: {'; '.join(paths[:3])}", paths=paths, raw=rows
        )
    return rows
