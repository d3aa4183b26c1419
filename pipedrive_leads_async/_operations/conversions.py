"""Conversions of leads into deals, and of deals into leads."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Iterator
from itertools import chain, repeat
from typing import Any, SupportsIndex, cast

from .._codec.codec import decode_in_steps
from .._codec.json import Json
from .._http import reference as operations
from .._http.message import Response
from .._shared import checks
from ..enums import ConversionStatus
from ..errors import ConversionFailedError, InvalidRequestError, RequestTimeoutError
from ..models import Conversion
from ..models._lead import LeadT
from ..request_models._ids import LeadId, lead_id
from .base import Operations
from .responses import check_id, parse_data


class LeadConversionOperations(Operations[LeadT]):
    """The operations on conversions, part of `LeadsClient`."""

    async def convert_lead_to_deal(
        self, id: LeadId, *, stage_id: int | None = None, pipeline_id: int | None = None
    ) -> Conversion:
        """Start the conversion of a lead into a deal.

        Pass the result to `wait_for_conversion` to wait for the deal. Pipedrive moves notes,
        files, mails and activities to the deal, and deletes the lead. If both `stage_id` and
        `pipeline_id` are left out, the deal is in the first stage of the default pipeline.

        It costs 40 tokens of the daily budget.

        Args:
            id: The lead, or its id, a UUID.
            stage_id: The stage of the deal. It determines the pipeline too.
            pipeline_id: The pipeline of the deal. The deal is in its first stage.

        Raises:
            InvalidRequestError: `stage_id` and `pipeline_id` are both set.
            NotFoundError: The lead does not exist. It may have been converted already.
            OutcomeUnknownError: The request was sent, but its outcome is unknown: check with
                `get_lead` whether the lead still exists before you send it again.

        Example:
            >>> async def win(client: LeadsClient, lead: Lead) -> int | None:
            ...     conversion = await client.convert_lead_to_deal(lead.id)
            ...     return (await client.wait_for_conversion(conversion)).deal_id

        https://developers.pipedrive.com/docs/api/v1/Leads#convertLeadToDeal
        """
        if stage_id is not None and pipeline_id is not None:
            raise InvalidRequestError(
                "stage_id and pipeline_id are both set, and Pipedrive would ignore "
                "pipeline_id: set only stage_id, because a stage belongs to one pipeline"
            )
        checked_id = lead_id("id", id)
        target = {"stage_id": stage_id, "pipeline_id": pipeline_id}
        return await self._caller.call(
            operations.CONVERT_LEAD_TO_DEAL,
            _read_conversion(checked_id),
            ids={"id": checked_id},
            json={k: checks.integer(k, v) for k, v in target.items() if v is not None},
        )

    async def convert_deal_to_lead(self, deal_id: SupportsIndex) -> Conversion:
        """Start the conversion of a deal into a lead.

        Pass the result to `wait_for_conversion` to wait for the lead. Pipedrive moves notes,
        files, mails and activities to the lead, and deletes the deal. Data that only deals
        have, such as invoices and the history, stays with the deleted deal.

        It costs 40 tokens of the daily budget.

        Args:
            deal_id: The deal's id.

        Raises:
            NotFoundError: The deal does not exist. It may have been converted already.
            OutcomeUnknownError: The request was sent, but its outcome is unknown: check
                whether the deal still exists before you send it again.

        Example:
            >>> async def step_back(client: LeadsClient, deal_id: int) -> str | None:
            ...     conversion = await client.convert_deal_to_lead(deal_id)
            ...     return (await client.wait_for_conversion(conversion)).lead_id

        https://developers.pipedrive.com/docs/api/v1/Deals#convertDealToLead
        """
        checked_id = checks.integer("deal_id", deal_id)
        return await self._caller.call(
            operations.CONVERT_DEAL_TO_LEAD,
            _read_conversion(checked_id),
            ids={"id": str(checked_id)},
        )

    async def get_lead_conversion_status(
        self, id: LeadId, conversion_id: str | uuid.UUID
    ) -> Conversion:
        """Get the status of the conversion of a lead.

        It costs 1 token of the daily budget.

        Args:
            id: The lead, or its id, a UUID.
            conversion_id: The conversion's id, a UUID.

        Raises:
            NotFoundError: The conversion does not exist. Pipedrive deletes conversions after a
                few days.

        Example:
            >>> async def is_done(client: LeadsClient, id: str, conversion_id: str) -> bool:
            ...     conversion = await client.get_lead_conversion_status(id, conversion_id)
            ...     return conversion.status == "completed"

        https://developers.pipedrive.com/docs/api/v1/Leads#getLeadConversionStatus
        """
        checked_id, checked_conversion_id = lead_id("id", id), _conversion_id(conversion_id)
        return await self._caller.call(
            operations.GET_LEAD_CONVERSION_STATUS,
            _read_conversion(checked_id, checked_conversion_id),
            ids={"id": checked_id, "conversion_id": checked_conversion_id},
        )

    async def get_deal_conversion_status(
        self, deal_id: SupportsIndex, conversion_id: str | uuid.UUID
    ) -> Conversion:
        """Get the status of the conversion of a deal.

        It costs 1 token of the daily budget.

        Args:
            deal_id: The deal's id.
            conversion_id: The conversion's id, a UUID.

        Raises:
            NotFoundError: The conversion does not exist. Pipedrive deletes conversions after a
                few days.

        Example:
            >>> async def is_done(client: LeadsClient, deal_id: int, conversion_id: str) -> bool:
            ...     conversion = await client.get_deal_conversion_status(deal_id, conversion_id)
            ...     return conversion.status == "completed"

        https://developers.pipedrive.com/docs/api/v1/Deals#getDealConversionStatus
        """
        checked_id = checks.integer("deal_id", deal_id)
        checked_conversion_id = _conversion_id(conversion_id)
        return await self._caller.call(
            operations.GET_DEAL_CONVERSION_STATUS,
            _read_conversion(checked_id, checked_conversion_id),
            ids={"id": str(checked_id), "conversion_id": checked_conversion_id},
        )

    async def wait_for_conversion(
        self,
        conversion: Conversion,
        *,
        timeout: float = 60.0,  # noqa: ASYNC109 - the error says that the conversion continues
    ) -> Conversion:
        """Wait until a conversion is completed, and return it.

        The result has the id of the new deal or lead. The status is requested at once, then
        after 0.5, 1, 2 and 4 seconds, and then every 8 seconds. Each request costs 1 token of
        the daily budget.

        Args:
            conversion: The result of one of the other operations on conversions.
            timeout: The maximum time to wait, in seconds.

        Raises:
            ConversionFailedError: The conversion failed or was rejected.
            RequestTimeoutError: The conversion was not completed in time. It continues, and
                can still be completed later.
            NotFoundError: The conversion does not exist. Pipedrive deletes conversions after a
                few days.

        Example:
            >>> async def win(client: LeadsClient, lead: Lead) -> int | None:
            ...     conversion = await client.convert_lead_to_deal(lead.id)
            ...     return (await client.wait_for_conversion(conversion, timeout=20)).deal_id

        https://developers.pipedrive.com/docs/api/v1/Leads#getLeadConversionStatus
        """
        checks.instance(
            "conversion", conversion, Conversion, advice="pass that of convert_lead_to_deal()"
        )
        timeout = checks.number("timeout", timeout, above=0)
        waits = _waits()
        deadline = asyncio.timeout(timeout)
        try:
            async with deadline:
                while not _is_completed(conversion):
                    await self._caller.sleep(next(waits))
                    conversion = await self._get_status(conversion)
                return conversion
        except TimeoutError:
            if not deadline.expired():
                raise
        raise _timeout_error(conversion, timeout)

    async def _get_status(self, conversion: Conversion) -> Conversion:
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
    """Yield the seconds to wait before each request; most conversions take only a few."""
    return chain((0.0, 0.5, 1.0, 2.0, 4.0), repeat(8.0))


def _is_completed(conversion: Conversion) -> bool:
    if conversion.status in (ConversionStatus.FAILED, ConversionStatus.REJECTED):
        raise ConversionFailedError(
            f"{_describe(conversion)} ended as {conversion.status}",
            status=str(conversion.status),
            conversion_id=conversion.conversion_id,
            source_id=conversion.source_id,
            operation=_status_operation(conversion).id,
        )
    return conversion.status == ConversionStatus.COMPLETED


def _timeout_error(conversion: Conversion, timeout: float) -> RequestTimeoutError:
    return RequestTimeoutError(
        f"{_describe(conversion)} is not completed after {timeout:g} s, but continues: "
        f"get its status later with get_{_kind(conversion)}_conversion_status"
        f"({conversion.source_id!r}, {conversion.conversion_id!r})",
        sent=True,
        operation=_status_operation(conversion).id,
    )


def _status_operation(conversion: Conversion) -> operations.Operation:
    if _kind(conversion) == "lead":
        return operations.GET_LEAD_CONVERSION_STATUS
    return operations.GET_DEAL_CONVERSION_STATUS


def _describe(conversion: Conversion) -> str:
    return f"conversion {conversion.conversion_id} of {_kind(conversion)} {conversion.source_id}"


def _kind(conversion: Conversion) -> str:
    return "lead" if isinstance(conversion.source_id, str) else "deal"


def _conversion_id(value: object) -> str:
    return checks.uuid("conversion_id", value, advice="pass the conversion_id of a Conversion")


def _read_conversion(
    source_id: str | int, conversion_id: str | None = None
) -> Callable[[Response], Awaitable[Conversion]]:
    """Return a reader of a conversion, which adds the id that the response lacks.

    Args:
        source_id: The id of the lead or deal.
        conversion_id: The id that the conversion must have, None if it is new.
    """

    def parse(response: Response) -> Any:
        data = check_id(response, parse_data(response), conversion_id, key="conversion_id")
        return {**cast("Json", data), "source_id": source_id} if isinstance(data, dict) else data

    async def read(response: Response) -> Conversion:
        return await decode_in_steps(Conversion, lambda: parse(response), path="$.data")

    return read
