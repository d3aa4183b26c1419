"""The labels and the sources of leads."""

from __future__ import annotations

from .._codec.codec import to_dict
from .._http import reference as operations
from .._shared import checks
from ..models import LeadLabel, LeadSource
from ..models._lead import LeadT
from ..request_models import AddLeadLabelRequest, UpdateLeadLabelRequest
from ..request_models._ids import LabelId, label_id
from .base import Operations
from .responses import read_deletion, read_list, read_one


class LeadLabelOperations(Operations[LeadT]):
    """The operations on lead labels and sources, part of `LeadsClient`."""

    async def get_lead_labels(self) -> list[LeadLabel]:
        """Get all lead labels of the account.

        It costs 10 tokens of the daily budget. Pipedrive returns them all in one response.

        Example:
            >>> async def hot(client: LeadsClient) -> str:
            ...     labels = await client.get_lead_labels()
            ...     return next(label.id for label in labels if label.name == "Hot")

        https://developers.pipedrive.com/docs/api/v1/LeadLabels#getLeadLabels
        """
        return await self._caller.call(operations.GET_LEAD_LABELS, read_list(LeadLabel))

    async def add_lead_label(self, request: AddLeadLabelRequest) -> LeadLabel:
        """Add a label for all users of the account, and return it as Pipedrive created it.

        It costs 10 tokens of the daily budget.

        Args:
            request: The label to create.

        Raises:
            OutcomeUnknownError: The request was sent, but its outcome is unknown: check with
                `get_lead_labels` whether the label exists before you send it again.
            BadRequestError: Pipedrive refuses the label, for example because of its color.

        Example:
            >>> from pipedrive_leads_async import AddLeadLabelRequest, LabelColor
            >>> async def urgent(client: LeadsClient) -> LeadLabel:
            ...     return await client.add_lead_label(
            ...         AddLeadLabelRequest(name="Urgent", color=LabelColor.RED)
            ...     )

        https://developers.pipedrive.com/docs/api/v1/LeadLabels#addLeadLabel
        """
        checks.request(request, AddLeadLabelRequest)
        return await self._caller.call(
            operations.ADD_LEAD_LABEL, read_one(LeadLabel), json=to_dict(request)
        )

    async def update_lead_label(self, id: LabelId, request: UpdateLeadLabelRequest) -> LeadLabel:
        """Update a label for all users of the account, and return the updated label.

        It costs 10 tokens of the daily budget.

        Args:
            id: The label's id, a UUID.
            request: The new values. Fields that are left out keep their values.

        Raises:
            NotFoundError: The label does not exist.
            BadRequestError: Pipedrive refuses a value.

        Example:
            >>> from pipedrive_leads_async import UpdateLeadLabelRequest
            >>> async def rename(client: LeadsClient, label: LeadLabel) -> LeadLabel:
            ...     return await client.update_lead_label(
            ...         label.id, UpdateLeadLabelRequest(name="Very hot")
            ...     )

        https://developers.pipedrive.com/docs/api/v1/LeadLabels#updateLeadLabel
        """
        checked_id = label_id("id", id)
        checks.request(request, UpdateLeadLabelRequest)
        return await self._caller.call(
            operations.UPDATE_LEAD_LABEL,
            read_one(LeadLabel, id=checked_id),
            ids={"id": checked_id},
            json=to_dict(request),
        )

    async def delete_lead_label(self, id: LabelId) -> str:
        """Delete a label for all users of the account, and return its id.

        Pipedrive removes the label from all leads. It costs 6 tokens of the daily budget. If a
        retry finds that the label does not exist, an earlier attempt deleted it, and no error
        is raised.

        Args:
            id: The label's id, a UUID.

        Raises:
            NotFoundError: The label does not exist.

        Example:
            >>> async def forget(client: LeadsClient, label: LeadLabel) -> None:
            ...     await client.delete_lead_label(label.id)

        https://developers.pipedrive.com/docs/api/v1/LeadLabels#deleteLeadLabel
        """
        checked_id = label_id("id", id)
        await self._caller.call(
            operations.DELETE_LEAD_LABEL, read_deletion(checked_id), ids={"id": checked_id}
        )
        return checked_id

    async def get_lead_sources(self) -> list[LeadSource]:
        """Get all sources that a lead can have.

        The list is fixed by Pipedrive, which can add sources later. It costs 2 tokens of the
        daily budget.

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
