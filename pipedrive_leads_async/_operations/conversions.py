"""Conversions of leads into deals and back: begun, looked at, waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from itertools import chain, repeat
from typing import Any, cast

from .._codec.codec import decode
from .._codec.json import Json
from .._http import reference as operations
from .._http.message import Response
from .._shared import checks
from ..enums import ConversionStatus
from ..errors import ConversionFailedError, InvalidRequestError, RequestTimeoutError
from ..models import Conversion
from ..models._lead import LeadT
from .base import Operations
from .responses import read_data


class LeadConversionOperations(Operations[LeadT]):
    """The operations on conversions, part of `LeadsClient`."""

    async def convert_lead_to_deal(
        self, id: str, *, stage_id: int | None = None, pipeline_id: int | None = None
    ) -> Conversion:
        """Begin to make a deal of a lead; `wait_for_conversion` tells when it is made.

        Notes, files, mails and activities go over to the deal, and the lead is deleted.
        Without a stage or pipeline the deal is in the first stage of the default pipeline.

        Args:
            id: The lead's id, a UUID.
            stage_id: The stage of the deal, which says the pipeline too.
            pipeline_id: The pipeline of the deal, which is put in its first stage.

        Raises:
            NotFoundError: There is no such lead; it may be converted already.
            OutcomeUnknownError: The request was sent, and no answer says what became of it:
                look whether `get_lead` still has the lead.

        Example:
            >>> async def win(client: LeadsClient, lead: Lead) -> int | None:
            ...     begun = await client.convert_lead_to_deal(lead.id)
            ...     return (await client.wait_for_conversion(begun)).deal_id

        https://developers.pipedrive.com/docs/api/v1/Leads#convertLeadToDeal
        """
        if stage_id is not None and pipeline_id is not None:
            raise InvalidRequestError(
                "stage_id and pipeline_id are both given, and Pipedrive would ignore "
                "pipeline_id: give stage_id alone, as a stage belongs to one pipeline"
            )
        target = {"stage_id": stage_id, "pipeline_id": pipeline_id}
        return await self._caller.call(
            operations.CONVERT_LEAD_TO_DEAL,
            _read_conversion(id),
            ids={"id": checks.uuid("id", id)},
            json={k: checks.integer(k, v) for k, v in target.items() if v is not None},
        )

    async def convert_deal_to_lead(self, deal_id: int) -> Conversion:
        """Begin to make a lead of a deal; `wait_for_conversion` tells when it is made.

        Notes, files, mails and activities go over to the lead, and the deal is deleted. What
        only deals have, such as invoices and the history, stays with the deal.

        Args:
            deal_id: The deal's id.

        Raises:
            NotFoundError: There is no such deal; it may be converted already.
            OutcomeUnknownError: The request was sent, and no answer says what became of it:
                look whether the deal is still there.

        Example:
            >>> async def step_back(client: LeadsClient, deal_id: int) -> str | None:
            ...     begun = await client.convert_deal_to_lead(deal_id)
            ...     return (await client.wait_for_conversion(begun)).lead_id

        https://developers.pipedrive.com/docs/api/v1/Deals#convertDealToLead
        """
        return await self._caller.call(
            operations.CONVERT_DEAL_TO_LEAD,
            _read_conversion(deal_id),
            ids={"id": str(checks.integer("deal_id", deal_id))},
        )

    async def get_lead_conversion_status(self, id: str, conversion_id: str) -> Conversion:
        """Get how far the conversion of a lead is.

        Args:
            id: The id of the lead, a UUID.
            conversion_id: The id of the conversion, a UUID.

        Raises:
            NotFoundError: There is no such conversion; Pipedrive forgets it in a few days.

        Example:
            >>> async def is_done(client: LeadsClient, id: str, conversion_id: str) -> bool:
            ...     conversion = await client.get_lead_conversion_status(id, conversion_id)
            ...     return conversion.status == "completed"

        https://developers.pipedrive.com/docs/api/v1/Leads#getLeadConversionStatus
        """
        return await self._caller.call(
            operations.GET_LEAD_CONVERSION_STATUS,
            _read_conversion(id),
            ids={
                "id": checks.uuid("id", id),
                "conversion_id": checks.uuid("conversion_id", conversion_id),
            },
        )

    async def get_deal_conversion_status(self, deal_id: int, conversion_id: str) -> Conversion:
        """Get how far the conversion of a deal is.

        Args:
            deal_id: The id of the deal.
            conversion_id: The id of the conversion, a UUID.

        Raises:
            NotFoundError: There is no such conversion; Pipedrive forgets it in a few days.

        Example:
            >>> async def is_done(client: LeadsClient, deal_id: int, conversion_id: str) -> bool:
            ...     conversion = await client.get_deal_conversion_status(deal_id, conversion_id)
            ...     return conversion.status == "completed"

        https://developers.pipedrive.com/docs/api/v1/Deals#getDealConversionStatus
        """
        return await self._caller.call(
            operations.GET_DEAL_CONVERSION_STATUS,
            _read_conversion(deal_id),
            ids={
                "id": str(checks.integer("deal_id", deal_id)),
                "conversion_id": checks.uuid("conversion_id", conversion_id),
            },
        )

    async def wait_for_conversion(
        self,
        conversion: Conversion,
        *,
        timeout: float = 60.0,  # noqa: ASYNC109 - asyncio's could not say that the job goes on
    ) -> Conversion:
        """Wait until a conversion is completed, and get it with the id of what was made.

        It asks at once and then ever less often, down to every 8 seconds; each time costs a
        token of the daily budget.

        Args:
            conversion: What one of the other operations gave.
            timeout: Seconds to wait at most.

        Raises:
            ConversionFailedError: Pipedrive gave it up.
            RequestTimeoutError: It is not completed in time, and may still be later.
            NotFoundError: Pipedrive does not know the conversion any more.

        Example:
            >>> async def win(client: LeadsClient, lead: Lead) -> int | None:
            ...     begun = await client.convert_lead_to_deal(lead.id)
            ...     return (await client.wait_for_conversion(begun, timeout=20)).deal_id

        https://developers.pipedrive.com/docs/api/v1/Leads#getLeadConversionStatus
        """
        checks.instance("conversion", conversion, Conversion)
        checks.number("timeout", timeout, above=0)
        waits = _waits()
        deadline = asyncio.timeout(timeout)
        try:
            async with deadline:
                while not _is_completed(conversion):
                    await self._caller.sleep(next(waits))
                    conversion = await self._look_again(conversion)
                return conversion
        except TimeoutError:
            if not deadline.expired():
                raise
        raise _too_late(conversion, timeout)

    async def _look_again(self, conversion: Conversion) -> Conversion:
        if isinstance(conversion.source_id, str):
            return await self.get_lead_conversion_status(
                conversion.source_id, conversion.conversion_id
            )
        return await self.get_deal_conversion_status(conversion.source_id, conversion.conversion_id)

    # Pipedrive's own operation ids
    convertLeadToDeal = convert_lead_to_deal
    convertDealToLead = convert_deal_to_lead
    getLeadConversionStatus = get_lead_conversion_status
    getDealConversionStatus = get_deal_conversion_status


def _waits() -> Iterator[float]:
    """Give the seconds before each look: few at first, as most jobs are short, then always 8."""
    return chain((0.0, 0.5, 1.0, 2.0, 4.0), repeat(8.0))


def _is_completed(conversion: Conversion) -> bool:
    if conversion.status in (ConversionStatus.FAILED, ConversionStatus.REJECTED):
        raise ConversionFailedError(
            f"{_in_words(conversion)} ended as {conversion.status}",
            status=str(conversion.status),
            conversion_id=conversion.conversion_id,
            source_id=conversion.source_id,
            operation=_status_operation(conversion).id,
        )
    return conversion.status == ConversionStatus.COMPLETED


def _too_late(conversion: Conversion, timeout: float) -> RequestTimeoutError:
    kind = "lead" if isinstance(conversion.source_id, str) else "deal"
    return RequestTimeoutError(
        f"{_in_words(conversion)} is not completed after {timeout:g} s, and may still go on: "
        f"ask again with get_{kind}_conversion_status"
        f"({conversion.source_id!r}, {conversion.conversion_id!r})",
        sent=True,
        operation=_status_operation(conversion).id,
    )


def _status_operation(conversion: Conversion) -> operations.Operation:
    if isinstance(conversion.source_id, str):
        return operations.GET_LEAD_CONVERSION_STATUS
    return operations.GET_DEAL_CONVERSION_STATUS


def _in_words(conversion: Conversion) -> str:
    kind = "lead" if isinstance(conversion.source_id, str) else "deal"
    return f"conversion {conversion.conversion_id} of {kind} {conversion.source_id}"


def _read_conversion(source_id: str | int) -> Callable[[Response], Conversion]:
    """Give a reader of a conversion; of what it is one, the answer does not say."""

    def parse(response: Response) -> Any:
        data = read_data(response)
        return {**cast("Json", data), "source_id": source_id} if isinstance(data, dict) else data

    def read(response: Response) -> Conversion:
        return decode(Conversion, lambda: parse(response), path="$.data")

    return read
