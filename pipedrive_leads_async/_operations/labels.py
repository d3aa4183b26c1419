"""The labels that leads can carry, and the sources they can come from."""

from __future__ import annotations

from .._codec.codec import to_dict
from .._http import reference as operations
from .._shared import checks
from ..models import LeadLabel, LeadSource
from ..models._lead import LeadT
from ..request_models import AddLeadLabelRequest, UpdateLeadLabelRequest
from .base import Operations
from .responses import read_data, read_list, read_one


class LeadLabelOperations(Operations[LeadT]):
    """The operations on lead labels and sources, part of `LeadsClient`."""

    async def get_lead_labels(self) -> list[LeadLabel]:
        """Get all labels of the account; Pipedrive does not page them.

        Example:
            >>> async def hot(client: LeadsClient) -> str:
            ...     return next(l.id for l in await client.get_lead_labels() if l.name == "Hot")

        https://developers.pipedrive.com/docs/api/v1/LeadLabels#getLeadLabels
        """
        return await self._caller.call(operations.GET_LEAD_LABELS, read_list(LeadLabel))

    async def add_lead_label(self, request: AddLeadLabelRequest) -> LeadLabel:
        """Add a label for the whole account, and get it as Pipedrive made it.

        Args:
            request: The label to be made.

        Raises:
            OutcomeUnknownError: The request was sent, and no answer says what became of it:
                look whether `get_lead_labels` has the label.
            BadRequestError: Pipedrive refuses the label.

        Example:
            >>> from pipedrive_leads_async import AddLeadLabelRequest, LabelColor
            >>> async def urgent(client: LeadsClient) -> LeadLabel:
            ...     return await client.add_lead_label(
            ...         AddLeadLabelRequest(name="Urgent", color=LabelColor.RED)
            ...     )

        https://developers.pipedrive.com/docs/api/v1/LeadLabels#addLeadLabel
        """
        checks.instance("request", request, AddLeadLabelRequest)
        return await self._caller.call(
            operations.ADD_LEAD_LABEL, read_one(LeadLabel), json=to_dict(request)
        )

    async def update_lead_label(self, id: str, request: UpdateLeadLabelRequest) -> LeadLabel:
        """Change a label for the whole account, and get it as it is then.

        Args:
            id: The label's id, a UUID.
            request: What shall change.

        Raises:
            NotFoundError: There is no such label.
            BadRequestError: Pipedrive refuses the change.

        Example:
            >>> from pipedrive_leads_async import UpdateLeadLabelRequest
            >>> async def rename(client: LeadsClient, label: LeadLabel) -> LeadLabel:
            ...     return await client.update_lead_label(
            ...         label.id, UpdateLeadLabelRequest(name="Very hot")
            ...     )

        https://developers.pipedrive.com/docs/api/v1/LeadLabels#updateLeadLabel
        """
        checks.instance("request", request, UpdateLeadLabelRequest)
        return await self._caller.call(
            operations.UPDATE_LEAD_LABEL,
            read_one(LeadLabel),
            ids={"id": checks.uuid("id", id)},
            json=to_dict(request),
        )

    async def delete_lead_label(self, id: str) -> str:
        """Delete a label for the whole account, and get its id: it leaves every lead.

        Args:
            id: The label's id, a UUID.

        Raises:
            NotFoundError: There was no such label.

        Example:
            >>> async def forget(client: LeadsClient, label: LeadLabel) -> None:
            ...     await client.delete_lead_label(label.id)

        https://developers.pipedrive.com/docs/api/v1/LeadLabels#deleteLeadLabel
        """
        await self._caller.call(
            operations.DELETE_LEAD_LABEL, read_data, ids={"id": checks.uuid("id", id)}
        )
        return id

    async def get_lead_sources(self) -> list[LeadSource]:
        """Get all sources. The list is Pipedrive's, and may grow.

        Example:
            >>> async def names(client: LeadsClient) -> list[str]:
            ...     return [source.name for source in await client.get_lead_sources()]

        https://developers.pipedrive.com/docs/api/v1/LeadSources#getLeadSources
        """
        return await self._caller.call(operations.GET_LEAD_SOURCES, read_list(LeadSource))

    # Pipedrive's own operation ids
    getLeadLabels = get_lead_labels
    addLeadLabel = add_lead_label
    updateLeadLabel = update_lead_label
    deleteLeadLabel = delete_lead_label
    getLeadSources = get_lead_sources
