"""One lead: read it, add it, change it, delete it."""

from __future__ import annotations

from typing import Generic

from . import _checks
from . import _operations as operations
from ._answers import read_data, read_one
from ._caller import Caller
from ._codec import to_dict
from .enums import UNSET
from .errors import InvalidRequestError
from .models import LeadT
from .request_models import AddLeadRequest, UpdateLeadRequest


class LeadOperations(Generic[LeadT]):
    """The operations on one lead, part of `LeadsClient`."""

    _caller: Caller
    _lead_type: type[LeadT]

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
            operations.GET_LEAD, read_one(self._lead_type), ids={"id": _checks.uuid("id", id)}
        )

    async def add_lead(
        self, request: AddLeadRequest, *, idempotency_key: str | None = None
    ) -> LeadT:
        """Add a lead, and get it as Pipedrive made it.

        It is sent again only where the first attempt cannot have made a lead. Pipedrive has
        no idempotency: `idempotency_key` travels as the lead's `origin_id`, by which it can
        be found.

        Args:
            request: The lead to be made.
            idempotency_key: Your own name for this creation, such as an order's id.

        Raises:
            OutcomeUnknownError: The request was sent, and no answer says what became of it.
            BadRequestError: Pipedrive refuses the lead, such as an unknown person.

        Example:
            >>> from pipedrive_leads_async import AddLeadRequest, LeadValue
            >>> async def order(client: LeadsClient) -> Lead:
            ...     return await client.add_lead(
            ...         AddLeadRequest(
            ...             title="Big order",
            ...             person_id=42,
            ...             value=LeadValue(amount=1200, currency="EUR"),
            ...         ),
            ...         idempotency_key="order-1234",
            ...     )

        https://developers.pipedrive.com/docs/api/v1/Leads#addLead
        """
        _checks.instance("request", request, AddLeadRequest)
        json = to_dict(request)
        if idempotency_key is not None:
            if request.origin_id is not UNSET:
                raise InvalidRequestError(
                    "idempotency_key travels as origin_id, which request has already: give one"
                )
            json["origin_id"] = _checks.text("idempotency_key", idempotency_key)
        return await self._caller.call(
            operations.ADD_LEAD,
            read_one(self._lead_type),
            json=json,
            idempotency_key=idempotency_key,
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
        _checks.instance("request", request, UpdateLeadRequest)
        return await self._caller.call(
            operations.UPDATE_LEAD,
            read_one(self._lead_type),
            ids={"id": _checks.uuid("id", id)},
            json=to_dict(request),
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
            operations.DELETE_LEAD, read_data, ids={"id": _checks.uuid("id", id)}
        )
        return id

    # Pipedrive's own operation ids
    getLead = get_lead
    addLead = add_lead
    updateLead = update_lead
    deleteLead = delete_lead
